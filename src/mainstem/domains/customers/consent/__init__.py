"""Consent: who agreed to what, over which channel, under which policy; and `allowed`, the check of every use."""

from mainstem.domains.customers.consent.checks import CHECKS
from mainstem.domains.customers.consent.commands import GIVE_CONSENT, OPERATIONS, WITHDRAW_CONSENT
from mainstem.domains.customers.consent.contracts import (
    CUSTOMERS_MAX,
    UNKNOWN_CONSENT_CHANNEL,
    UNKNOWN_PURPOSE,
    ConsentChanged,
    ConsentEntry,
    ConsentView,
    Evidence,
    GiveConsent,
    WithdrawConsent,
)
from mainstem.domains.customers.consent.policies import (
    BASES,
    CHANNELS,
    EVIDENCE,
    LATEST,
    POLICIES,
    PURPOSES,
    Basis,
    Policy,
    Purpose,
)
from mainstem.domains.customers.consent.queries import allowed, consents_of, history, only_allowed

__all__ = [
    "BASES",
    "CHANNELS",
    "CHECKS",
    "CUSTOMERS_MAX",
    "EVIDENCE",
    "GIVE_CONSENT",
    "LATEST",
    "OPERATIONS",
    "POLICIES",
    "PURPOSES",
    "UNKNOWN_CONSENT_CHANNEL",
    "UNKNOWN_PURPOSE",
    "WITHDRAW_CONSENT",
    "Basis",
    "ConsentChanged",
    "ConsentEntry",
    "ConsentView",
    "Evidence",
    "GiveConsent",
    "Policy",
    "Purpose",
    "WithdrawConsent",
    "allowed",
    "consents_of",
    "history",
    "only_allowed",
]

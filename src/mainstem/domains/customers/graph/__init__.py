"""The identity graph, pure: from facts of records and assertions of pairs to who belongs together, and why."""

from mainstem.domains.customers.graph.answers import pairs_to_join, pairs_to_part
from mainstem.domains.customers.graph.derive import (
    GROUP_SIZE_MAX,
    RECORDS_MAX,
    Derivation,
    Link,
    Proposal,
    Vetoed,
    derive,
    why,
)
from mainstem.domains.customers.graph.facts import (
    MANUAL_STRENGTH,
    PERSON_RULES,
    Assertion,
    Band,
    Claim,
    Evidence,
    HubUse,
    Likeness,
    Record,
    Role,
    Rule,
    Sign,
    Use,
)
from mainstem.domains.customers.graph.hubs import PLACEHOLDER, HubReason, hub_reason
from mainstem.domains.customers.graph.pairs import Thresholds, judge, likeness, to_append

__all__ = [
    "GROUP_SIZE_MAX",
    "MANUAL_STRENGTH",
    "PERSON_RULES",
    "PLACEHOLDER",
    "RECORDS_MAX",
    "Assertion",
    "Band",
    "Claim",
    "Derivation",
    "Evidence",
    "HubReason",
    "HubUse",
    "Likeness",
    "Link",
    "Proposal",
    "Record",
    "Role",
    "Rule",
    "Sign",
    "Thresholds",
    "Use",
    "Vetoed",
    "derive",
    "hub_reason",
    "judge",
    "likeness",
    "pairs_to_join",
    "pairs_to_part",
    "to_append",
    "why",
]

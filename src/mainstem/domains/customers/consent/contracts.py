"""What consent is told and answers."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

REFERENCE_LENGTH_MAX = 200
CUSTOMERS_MAX = 10_000
"""Customers whose consent is asked for at once, over HTTP."""

StandingState = Literal["given", "refused", "lapsed", "silent", "default"]
"""Given, refused, given to a policy that counts no longer, never asked, or not resting on consent at all."""

Reference = Annotated[str, msgspec.Meta(max_length=REFERENCE_LENGTH_MAX)]


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it can be shown that somebody said so: a way (see the purposes), and where the proof lies."""

    way: str
    reference: Reference = ""


class GiveConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: the person agreed to a use of his data, under a version of the policy, when `occurred_at` says.

    `channel` "" stands for every channel. `customer` is any id of the person; it is said for that record alone, and
    with `everywhere` for all records that belong to the person now. The latest moment counts, at one moment the
    refusal.
    """

    customer: int
    purpose: str
    policy: str
    evidence: Evidence
    channel: str = ""
    everywhere: bool = False
    occurred_at: datetime | None = None


class WithdrawConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: the person refused a use of his data, or no longer agrees to it. It counts when this is answered."""

    customer: int
    purpose: str
    evidence: Evidence
    channel: str = ""
    everywhere: bool = False
    occurred_at: datetime | None = None


class ConsentChanged(msgspec.Struct, frozen=True):
    """What was recorded: the entry for the record that was named, and how many records it was recorded for."""

    consent: int
    records: int


class ConsentSaid(msgspec.Struct, frozen=True):
    """Payload of `customers.consent_given` and `customers.consent_withdrawn` (subject: the record)."""

    consent: int
    purpose: str
    channel: str
    policy: str
    way: str
    occurred_at: datetime


class ConsentView(msgspec.Struct, frozen=True):
    """Whether a use is allowed over a channel ("": where a purpose has none), what it rests on, and since when.

    `said` is false while nobody has said anything, and the default of the purpose counts.
    """

    purpose: str
    channel: str
    allowed: bool
    basis: str
    said: bool
    since: datetime | None = None


class ConsentEntry(msgspec.Struct, frozen=True):
    """An entry of the ledger of consent, as it was recorded."""

    id: int
    record: int
    purpose: str
    channel: str
    given: bool
    policy: str
    way: str
    reference: str
    actor: int
    occurred_at: datetime
    recorded_at: datetime


class StatementCount(msgspec.Struct, frozen=True):
    """For how many records something is the latest that was said of a purpose and a channel."""

    purpose: str
    channel: str
    given: bool
    policy: str
    records: int


class StatementCounts(msgspec.Struct, frozen=True):
    """What is said of all records; `estimated` from a part of them where there are many."""

    counts: tuple[StatementCount, ...]
    estimated: bool


UNKNOWN_PURPOSE = declare(
    "unknown_purpose",
    Kind.INVALID,
    "There is no purpose {purpose}.",
    "Use a code of the list of purposes.",
)
UNKNOWN_CONSENT_CHANNEL = declare(
    "unknown_consent_channel",
    Kind.INVALID,
    "{purpose} is not consented to over a channel {channel}.",
    "Use a channel of the list of purposes, or leave it out.",
)
UNKNOWN_POLICY = declare(
    "unknown_policy",
    Kind.INVALID,
    "There is no policy {policy} that tells of {purpose}.",
    "Name the version of the policy that the person has seen.",
)
UNKNOWN_EVIDENCE = declare(
    "unknown_evidence",
    Kind.INVALID,
    "{way} is no way in which consent is shown.",
    "Use a way of the list of purposes.",
)
CONSENT_NOT_ASKED = declare(
    "consent_not_asked",
    Kind.CONFLICT,
    "{purpose} does not rest on consent: it can be neither given nor withdrawn.",
    "To end it, the person can ask for erasure.",
)
BAD_CONSENT_MOMENT = declare(
    "bad_consent_moment",
    Kind.INVALID,
    "{moment} cannot be when somebody said so.",
    "Send a moment since 2000 that is not in the future.",
)

"""What the rights of people are told and answer."""

from datetime import datetime
from typing import Annotated

import msgspec

from mainstem.domains.customers.rights.states import Kind as RequestKind
from mainstem.domains.customers.rights.states import LawCode, State, Step
from mainstem.kernel.refusals import Kind, declare

WISH_LENGTH_MAX = 2_000
PURPOSES_MAX = 20
RECORDS_MAX = 10_000

Wish = Annotated[str, msgspec.Meta(max_length=WISH_LENGTH_MAX)]


class OpenRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person asks for something that the law grants him. `customer` is any of his ids.

    `identity` says how it was checked that it is he; without it, that comes next. `purposes` are those that he objects
    to, by default automated decisions. `wish` is in his own words; it is kept under his key.
    """

    customer: int
    kind: RequestKind
    law: LawCode = "pipl"
    identity: str = ""
    purposes: Annotated[tuple[str, ...], msgspec.Meta(max_length=PURPOSES_MAX)] = ()
    wish: Wish = ""


class AdvanceRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take the request with a number a step further. Codes: `identity` for `identity_checked`, `reason` for `refused`.

    Done, a restriction keeps the person's records from every use, and an objection withdraws his consent, in the same
    transaction. An erasure is done by carrying it out.
    """

    number: int
    to: Step
    identity: str = ""
    reason: str = ""


class LiftRestriction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let the data of a customer be used again."""

    customer: int


class EraseCustomer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Carry out the request for erasure with a number: for good, in every room, of every record of the customer.

    `records` are those that somebody saw before he decided; refused when the customer is made of others now. None
    takes whatever he is made of.
    """

    number: int
    records: Annotated[tuple[int, ...], msgspec.Meta(max_length=RECORDS_MAX)] | None = None


class RequestChanged(msgspec.Struct, frozen=True):
    """A request as it stands now; `receipt` is the number of the receipt that was issued, "" when none was."""

    request: int
    state: State
    due_at: datetime
    receipt: str = ""


class RestrictionLifted(msgspec.Struct, frozen=True):
    """For how many records."""

    records: int


class CustomerErased(msgspec.Struct, frozen=True):
    """The records that were erased, which stay as pseudonyms, and the number of the receipt."""

    request: int
    records: tuple[int, ...]
    receipt: str


class RequestStepped(msgspec.Struct, frozen=True):
    """Payload of `customers.request_<state>` (subject: the request)."""

    record: int
    kind: RequestKind
    law: LawCode
    due_at: datetime
    identity: str = ""
    reason: str = ""


class ErasedEvent(msgspec.Struct, frozen=True):
    """Payload of `customers.erased` (subject: the record): by which request."""

    request: int


class RestrictedEvent(msgspec.Struct, frozen=True):
    """Payload of `customers.restricted` and `customers.restriction_lifted` (subject: the record)."""

    request: int


class RequestView(msgspec.Struct, frozen=True):
    """A request as it stands; `overdue` when its time was up at the moment of reading."""

    id: int
    customer: int
    record: int
    kind: RequestKind
    law: LawCode
    state: State
    identity: str
    purposes: tuple[str, ...]
    reason: str
    received_at: datetime
    due_at: datetime
    closed_at: datetime | None
    actor: int
    overdue: bool


class RequestFilter(msgspec.Struct, frozen=True):
    """Which requests are listed: those that are open, or those that are over.

    `due_after` (but not then) and `due_before` (or then) are of open ones.
    """

    closed: bool = False
    kind: str | None = None
    law: str | None = None
    state: str | None = None
    due_after: datetime | None = None
    due_before: datetime | None = None


class RequestCounts(msgspec.Struct, frozen=True):
    """How many requests are open, are overdue, and are due before a moment but not overdue."""

    open: int
    overdue: int
    soon: int


class Restriction(msgspec.Struct, frozen=True):
    """Since when the data of a customer is kept and not used, and by which request."""

    request: int
    since: datetime


class ErasurePreview(msgspec.Struct, frozen=True):
    """What erasure would take from each record of a customer, and what it would leave; numbers of things.

    `identifiers_shared` of the identifiers others use too: they stay with those. Of the ledger of consent, of requests
    and of receipts everything stays, without what names the person.
    """

    customer: int
    records: tuple[int, ...]
    sources: tuple[str, ...]
    open_requests: tuple[int, ...]
    identifiers: int
    identifiers_shared: int
    tags: int
    segments: int
    activities: int
    wishes: int
    evidence: int
    disclosures: int
    links: int
    consents: int
    requests: int


class Receipt(msgspec.Struct, frozen=True):
    """What the person is handed: a document, JSON with its text in both languages, and its SHA-256 (hexadecimal)."""

    request: int
    state: State
    number: str
    document: str
    sha256: str
    issued_at: datetime


UNKNOWN_IDENTITY_WAY = declare(
    "unknown_identity_way",
    Kind.INVALID,
    "{way} is no way in which an identity is checked.",
    "Use one of {ways}.",
)
UNKNOWN_REQUEST_REASON = declare(
    "unknown_request_reason",
    Kind.INVALID,
    "{reason} is no reason for which a request is refused.",
    "Use one of {reasons}.",
)
REQUEST_STEP_IMPOSSIBLE = declare(
    "request_step_impossible",
    Kind.CONFLICT,
    "A request that is {state} cannot become {to}.",
    "Read the request again; what is possible now follows from its state.",
)
REQUEST_OPEN_ALREADY = declare(
    "request_open_already",
    Kind.CONFLICT,
    "The same was asked for already, by request {request}, which is open.",
    "Go on with that one.",
)
NOT_AN_ERASURE = declare(
    "not_an_erasure",
    Kind.CONFLICT,
    "Request {request} does not ask for erasure.",
    "Take the steps of that request.",
)
RECORDS_CHANGED = declare(
    "records_changed",
    Kind.CONFLICT,
    "The customer is made of other records now: {now} of them.",
    "Look at what would be erased now, and decide again.",
)
ERASURE_TO_CARRY_OUT = declare(
    "erasure_to_carry_out",
    Kind.CONFLICT,
    "Request {request} asks for erasure: it is done when that is carried out.",
    "Carry out the erasure.",
)

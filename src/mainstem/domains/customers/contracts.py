"""What the room is asked and answers: commands, results, events, refusal codes of identity.

Personal data is in commands only, and sealed where it is kept. Results, events and refusals carry ids, rules, levels
and weights, never values.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

IDENTIFIERS_MAX = 20
"""Identifiers of one statement."""

TEXT_LENGTH_MAX = 200
"""Characters of an attribute, an identifier's value, a reference."""

CUSTOM_MAX = 50
"""Attributes of a source's own, of one statement."""

RECORDS_MAX = 200
"""Records that one split names."""

CLOSURE_MAX = 1_000
"""Records that are looked at together; what hangs together beyond that is left as it is, and shown to somebody."""

Role = Literal["identity", "attribute"]
Decision = Literal["new", "linked", "review"]
ReviewAnswer = Literal["joined", "kept_apart"]


class Identifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value by which a source knows somebody: of a type of `identifiers.TYPES`, in a scope where the type has one.

    As `identity` it stands for one person; as `attribute` it may be shared, and joins nobody.
    """

    type: str
    value: str
    scope: str = ""
    role: Role = "identity"
    verified: bool = False


class Attributes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a source says of somebody; "" is not said. `birth_date` is an ISO date, `custom` the source's own."""

    name: str = ""
    given_name: str = ""
    family_name: str = ""
    gender: str = ""
    birth_date: str = ""
    street: str = ""
    street_number: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    language: str = ""
    company: str = ""
    custom: dict[str, str] = {}


class Identify(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a source says of one person. `reference` is its own name for him; without one, the identifiers are.

    A statement of the same content, repeated, changes nothing. `occurred_at`: now if not told.
    """

    source: str
    reference: str = ""
    occurred_at: datetime | None = None
    identifiers: tuple[Identifier, ...] = ()
    attributes: Attributes = Attributes()


class Identified(msgspec.Struct, frozen=True):
    """Who it is. `record` is an id for life; `customer` is whom it belongs to today.

    `new`: nobody knew him; `linked`: he was known; `review`: somebody must say whether he was. `rules` say by what he
    is linked to other records. `refused_identifiers` are the types of values that could not be used.
    """

    record: int
    customer: int
    decision: Decision
    rules: tuple[str, ...] = ()
    refused_identifiers: tuple[str, ...] = ()


class MergeCustomers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that two customers are one person; any id ever handed out may name them."""

    customer: int
    other: int
    reason: str


class SplitCustomer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that these records of a customer are not the person that the others are.

    Beside some of his, records may be named that only a contradiction keeps from him: they stay with those that leave.
    """

    customer: int
    records: tuple[int, ...]
    reason: str


class AnswerReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say of a pair under review whether it is one person."""

    review: int
    answer: ReviewAnswer


class SuspendIdentifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that an identifier is not one person's: it joins nobody from now on."""

    identifier: int


class LiftSuspension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that a suspended identifier is one person's after all; it is not suspended by itself again."""

    identifier: int


class IdentityChanged(msgspec.Struct, frozen=True):
    """The customers that there are now, of those who were touched, smallest id first."""

    customers: tuple[int, ...]


class RecordIdentifiedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A source said something of a record; the subject is the record. `customer` is whose it is then."""

    customer: int
    source: str
    decision: Decision
    rules: tuple[str, ...] = ()


class CustomersMergedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A customer absorbed another; the subject is the one that stays. `rules`: why; `reason`: what a person said."""

    customer: int
    absorbed: int
    rules: tuple[str, ...] = ()
    reason: str = ""


class CustomerSplitEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody parted from a customer, and is a customer of his own (`restored`) again."""

    customer: int
    restored: int
    reason: str = ""


class IdentifierSuspendedEvent(msgspec.Struct, frozen=True):
    """An identifier joins nobody any more; the subject is the identifier."""

    type: str
    reason: str
    uses: int


class SuspensionLiftedEvent(msgspec.Struct, frozen=True):
    """A suspension was lifted, by a person or (`by_itself`) because its reason is gone."""

    type: str
    by_itself: bool = False


class ReviewOpenedEvent(msgspec.Struct, frozen=True):
    """Somebody should look at a pair of records; the subject is the review."""

    low: int
    high: int
    reason: str


class ReviewAnsweredEvent(msgspec.Struct, frozen=True):
    """Somebody said what a pair of records is; the subject is the review."""

    low: int
    high: int
    answer: ReviewAnswer


class CustomerUnmaskedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody read a customer's personal data in the clear; the subject is the customer.

    `reason`: a code of `UNMASK_REASONS`; "" when none was asked for.
    """

    records: int
    reason: str = ""


Evidence = dict[str, Any]
"""Why an assertion or a review is there: rules, levels and weights, never values."""


NOTHING_SAID = declare(
    "nothing_said",
    Kind.INVALID,
    "The statement has no reference, no usable identifier and no attribute.",
    "Send what the source knows the person by.",
)
UNKNOWN_IDENTIFIER_TYPE = declare(
    "unknown_identifier_type", Kind.INVALID, "There is no identifier type {type}.", "Use one of {types}."
)
TOO_MANY_IDENTIFIERS = declare(
    "too_many_identifiers",
    Kind.TOO_LARGE,
    "The statement has {size} identifiers; the limit is {limit}.",
    "Send those of one person only.",
)
FUTURE_STATEMENT = declare(
    "future_statement",
    Kind.INVALID,
    "The moment {moment} is before the year 2000 or has not come yet.",
    "Check the clock of the sending system.",
)
PERSON_ERASED = declare(
    "person_erased",
    Kind.CONFLICT,
    "What was known of customer {customer} was erased.",
    "Nothing can be added to it; a person who comes back is known under a new reference.",
)
SAME_CUSTOMER = declare(
    "same_customer", Kind.CONFLICT, "Both are customer {customer} already.", "Nothing is left to do."
)
NOT_OF_CUSTOMER = declare(
    "not_of_customer",
    Kind.INVALID,
    "Record {record} does not belong to customer {customer}.",
    "Read the customer's records again.",
)
NOTHING_REMAINS = declare(
    "nothing_remains",
    Kind.INVALID,
    "A split names some of the records of customer {customer}, not none and not all.",
    "Name the records that are another person's.",
)
CONTRADICTING_IDENTIFIERS = declare(
    "contradicting_identifiers",
    Kind.CONFLICT,
    "{customer} and {other} have more different identifiers of type {types} than one person has.",
    "Correct the records that contradict, or leave the customers apart.",
)
GROUP_TOO_LARGE = declare(
    "group_too_large",
    Kind.TOO_LARGE,
    "More than {limit} records hang together here.",
    "Suspend the identifier that they share, and try again.",
)
REVIEW_ANSWERED = declare(
    "review_answered",
    Kind.CONFLICT,
    "Review {review} is not open any more.",
    "Nothing is left to do; read it to see how it ended.",
)
NOT_SUSPENDED = declare(
    "not_suspended", Kind.CONFLICT, "Identifier {identifier} is not suspended.", "Nothing is left to do."
)
ALREADY_SUSPENDED = declare(
    "already_suspended", Kind.CONFLICT, "Identifier {identifier} is suspended already.", "Nothing is left to do."
)
REASON_NEEDED = declare(
    "reason_needed", Kind.INVALID, "A merge or a split needs a reason.", "Say in a few words how it is known."
)

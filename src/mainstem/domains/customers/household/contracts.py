"""What is asked and answered of households: the command, its result and event, what is read, and the refusals."""

from datetime import datetime
from typing import Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

HOUSEHOLD_MAX = 12
"""Customers of one household: what hangs together beyond it is no household as a whole."""

CLOSURE_MAX = 200
"""Customers that are looked at together; where more hang together, each is a household of his own."""

TieKind = Literal["address", "phone", "email", "member_card", "payment_token", "stated", "person"]
Answer = Literal["together", "apart", "unsaid"]


class CorrectHousehold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that two customers live in one household, or do not; `unsaid` takes back what was said of the two.

    Any id ever handed out may name them; what is said hangs on the records that are named.
    """

    customer: int
    other: int
    answer: Answer
    reason: str


class HouseholdCorrected(msgspec.Struct, frozen=True):
    """The households that the two are of now: one id, or two, the smaller first."""

    households: tuple[int, ...]


class HouseholdCorrectedEvent(msgspec.Struct, frozen=True):
    """Somebody said something of the household of two customers; the subject is the first record that was named."""

    customer: int
    other: int
    answer: Answer
    reason: str


class HouseholdMember(msgspec.Struct, frozen=True):
    """A customer of a household, and by which kinds of ties he belongs to it; none where he is alone."""

    customer: int
    ties: tuple[TieKind, ...]


class HouseholdTie(msgspec.Struct, frozen=True):
    """What these members have in common; `person`: somebody said that they are one household."""

    kind: TieKind
    customers: tuple[int, ...]


class HouseholdSpend(msgspec.Struct, frozen=True):
    """What the members who shop in one currency bought; amounts in its minor units, less what was returned."""

    currency: str
    customers: int
    orders_total: int
    orders_365d: int
    spend_total_minor: int
    spend_365d_minor: int


class HouseholdSaid(msgspec.Struct, frozen=True):
    """What a person said last of a member and another customer."""

    customer: int
    other: int
    answer: Answer
    actor: int
    recorded_at: datetime


class HouseholdView(msgspec.Struct, frozen=True):
    """The household of a customer. `household` is its id, that of its smallest member.

    `customer` is whom the id that was asked for means today. `whole` is false where more hangs together than is looked
    at. Each member counts once, in the currency that he shops in; currencies are never added up.
    """

    household: int
    asked: int
    customer: int
    members: list[HouseholdMember]
    ties: list[HouseholdTie]
    said: list[HouseholdSaid]
    orders_total: int
    spend: list[HouseholdSpend]
    whole: bool


HOUSEHOLD_REASON_NEEDED = declare(
    "household_reason_needed",
    Kind.INVALID,
    "A correction of a household needs a reason.",
    "Say in a few words how it is known.",
)
HOUSEHOLD_CONTRADICTION = declare(
    "household_contradiction",
    Kind.CONFLICT,
    "Something else that was said keeps {customer} and {other} in different households.",
    "Read what was said of both, and take back what does not hold.",
)
HOUSEHOLD_TOO_LARGE = declare(
    "household_too_large",
    Kind.TOO_LARGE,
    "The household would have more than {limit} members.",
    "Say first who does not belong to it.",
)
HOUSEHOLD_RESTRICTED = declare(
    "household_restricted",
    Kind.CONFLICT,
    "The data of customer {customer} may only be kept.",
    "Lift the restriction first, if the customer agrees.",
)

"""What is said about the plan of sales, what is answered, and what is refused."""

from datetime import date

import msgspec

from mainstem.kernel.refusals import Kind, declare

DAYS_MAX = 366
FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)


class PlannedDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is planned for a day in minor units; None: nothing is, any more.

    With `was_minor` it is refused unless this is what is planned now (None: nothing): who edits says what he saw.
    """

    day: date
    amount_minor: int | None
    was_minor: int | msgspec.UnsetType | None = msgspec.UNSET


class SetSalesPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Plan the sales of some days: of a node, through a channel, both together, or of all when neither is named.

    Each scope stands for itself: the plan of all is not the sum of the plans of nodes. The days that are named are set,
    all or none of them; others stay as they are.
    """

    currency: str
    days: tuple[PlannedDay, ...]
    node: str | None = None
    channel: str | None = None


class SalesPlanSet(msgspec.Struct, frozen=True):
    """How many days were changed, and what is planned for the days that were named, in minor units."""

    changed: int
    total_minor: int


class PlanRecorded(msgspec.Struct, frozen=True):
    """Payload of `orders.sales_plan_set` (subject: the node, else the channel, else 0): the command, what it did."""

    command: SetSalesPlan
    result: SalesPlanSet


BAD_PLAN_DAYS = declare(
    "bad_plan_days",
    Kind.INVALID,
    "The days of this plan cannot be used.",
    "Name from 1 to {limit} different days from 2000 to 2099.",
)
PLAN_CHANGED = declare(
    "plan_changed",
    Kind.CONFLICT,
    "The plan of {day} has changed meanwhile: it is {current} now, not {given}.",
    "Read the plan as it is now, and decide again.",
)

"""What a private release is asked and answers."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

GROUPS_MAX = 100
VALUE_MAX = 1_000_000_000_000

Grouping = Literal["channel", "node", "month", "source"]
Measure = Literal["customers", "orders", "spend"]


class PrivateRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures by group, from `since` until before `until`, that tell next to nothing of any one customer.

    Each customer counts in `groups_max` groups at most, and in each with `value_max` at most (orders, or minor units of
    `currency`; of customers with 1): what goes beyond is cut off before it is counted. Noise is added so that the
    release loses `epsilon` of the dataset's budget. Where the groups are themselves told by the data (sources), only
    those that are large enough are told, which loses `delta` too. Only who has agreed to analysis is counted.
    """

    dataset: str
    group_by: Grouping
    measure: Measure
    epsilon: float
    delta: float = 0.0
    groups_max: Annotated[int, msgspec.Meta(ge=1, le=GROUPS_MAX)] = 1
    value_max: Annotated[int, msgspec.Meta(ge=1, le=VALUE_MAX)] = 1
    currency: str = ""
    since: datetime | None = None
    until: datetime | None = None


class PrivateFigure(msgspec.Struct, frozen=True):
    """A group (a code, a month or a source), and its figure with noise: it can be below zero."""

    group: str
    value: int


class PrivateReleased(msgspec.Struct, frozen=True):
    """The figures, what they cost and what is left; repeated with the same key, the same figures at no further cost.

    95 % of the figures are within `accuracy` of what was counted. Groups below `threshold` are not told; 0: all are.
    """

    release: int
    figures: tuple[PrivateFigure, ...]
    epsilon: float
    delta: float
    epsilon_left: float
    delta_left: float
    accuracy: float
    threshold: int
    scale: float


class PrivateReleaseEvent(msgspec.Struct, frozen=True):
    """Payload of `customers.private_release` (subject: the place of the budget): what was released, never a figure."""

    release: int
    dataset: str
    group_by: Grouping
    measure: Measure
    epsilon: float
    delta: float


BAD_RELEASE = declare(
    "bad_private_release",
    Kind.INVALID,
    "The dataset {dataset} has no {measure} by {group}.",
    "Orders go by channel, node and month; customers are counted by source.",
)
BAD_SPAN = declare(
    "bad_release_span",
    Kind.INVALID,
    "Figures of orders need a span of time of up to {days} days.",
    "Send since and until, since being earlier.",
)
CURRENCY_NEEDED = declare(
    "release_currency_needed",
    Kind.INVALID,
    "What was spent can be added up in one currency only.",
    "Send its code, such as CNY.",
)
DELTA_NEEDED = declare(
    "release_delta_needed",
    Kind.INVALID,
    "Groups that the data itself tells can be released with a delta above 0 only.",
    "Send a delta such as 0.000001.",
)
DELTA_UNUSED = declare(
    "release_delta_unused",
    Kind.INVALID,
    "These groups are known beforehand: no delta is lost.",
    "Leave delta out.",
)

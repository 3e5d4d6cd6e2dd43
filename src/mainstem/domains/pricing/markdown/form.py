"""The form of a rule that proposes prices: what it selects, what it looks at, by how much, within which bounds.

Percentages are decimals of at most four places, `"-20"` is 20 % cheaper, `"5"` dearer. They are of the price that would
count without the rule's list, so that a rule never builds on itself.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from mainstem.domains.pricing.promotions.form import ALL_GOODS, Frozen, Selector, Text


class AgeStep(Frozen, frozen=True):
    """From so many days on."""

    from_days: int
    percent: Decimal


class LeftStep(Frozen, frozen=True):
    """From so many days left on."""

    days_left: int
    percent: Decimal


class MomentStep(Frozen, frozen=True):
    """From a moment on."""

    at: datetime
    percent: Decimal


class StockAge(Frozen, frozen=True, tag="stock_age"):
    """By the age of the oldest stock on hand, first in first out: the highest step that is reached counts."""

    steps: tuple[AgeStep, ...]


class Expiry(Frozen, frozen=True, tag="expiry"):
    """By the days left until a date (`YYYY-MM-DD`) in an attribute of the variant: the lowest step that is reached.

    After that date the rule proposes nothing: goods that have expired are not sold.
    """

    steps: tuple[LeftStep, ...]
    attribute: str = "expires_on"


class StockCover(Frozen, frozen=True, tag="stock_cover"):
    """By how many days the stock lasts at the speed of the last `window_days`; what does not move lasts for ever."""

    steps: tuple[AgeStep, ...]
    window_days: int = 28


class TimeOfDay(Frozen, frozen=True, tag="time_of_day"):
    """On these weekdays (1 Monday to 7 Sunday) between these local times `HH:MM`, `until` not included.

    When `until` is not after `from` it runs past midnight. The zone is that of the list's node, else `zone`.
    """

    percent: Decimal
    start: str = msgspec.field(name="from")
    until: str
    weekdays: tuple[int, ...] = ()
    zone: str = "UTC"


class Competitor(Frozen, frozen=True, tag="competitor"):
    """By what competitors were last seen to ask, not longer ago than `hours_max`: the lowest of those named (or all).

    `percent` and `plus_minor` are added to it. A price is proposed only where it is below the one without the list;
    with `raise_too` also where it is above.
    """

    competitors: tuple[str, ...] = ()
    percent: Decimal = Decimal(0)
    plus_minor: int = 0
    hours_max: int = 72
    raise_too: bool = False


class Planned(Frozen, frozen=True, tag="planned"):
    """A markdown schedule: step by step at stated moments, until `end`."""

    steps: tuple[MomentStep, ...]
    end: datetime | None = None


Trigger = StockAge | Expiry | StockCover | TimeOfDay | Competitor | Planned


class Bounds(Frozen, frozen=True):
    """Within what a proposed price stays. The floor of the SKU always holds.

    - `percent_max_per_day`: at most so far from what was asked 24 hours before, up or down.
    - `margin_percent_min`: at least so much of the price without tax stays above the cost; SKUs without a known cost
      are left alone.
    - `endings`: last digits of the minor units that a price may have (`99`, `90`): the next lower such price that the
      bounds allow, else the next higher one.
    - `change_minor_min`: smaller changes are not proposed.
    - `approval_above_percent`: a batch in which a price changes by more needs a second person; 0: every batch.
    """

    percent_max_per_day: Decimal | None = None
    margin_percent_min: Decimal | None = None
    endings: tuple[str, ...] = ()
    change_minor_min: int = 1
    approval_above_percent: Decimal = Decimal(0)


class MarkdownRule(Frozen, frozen=True, kw_only=True):
    """A rule: it proposes prices for one list. Of several rules of a list the higher priority decides over a SKU."""

    code: str
    name: Text
    price_list: str
    trigger: Trigger
    of: Selector = ALL_GOODS
    bounds: Bounds = Bounds()
    priority: int = 0
    active: bool = True


Bound = Literal["floor", "margin", "day", "ending"]


class Why(Frozen, frozen=True):
    """Why a price is proposed: by which rule, on what it saw, how much, and which bounds moved it.

    `saw` counts days (age, left, cover) or minor units (competitor). A price that is taken back has percent None.
    """

    rule: str
    trigger: str
    saw: int | None = None
    percent: Decimal | None = None
    bounds: tuple[Bound, ...] = ()

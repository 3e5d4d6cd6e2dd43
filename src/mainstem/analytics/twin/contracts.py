"""What is asked of the twin and what it answers. Amounts are minor units of the span's currency."""

from decimal import Decimal

import msgspec

from mainstem.domains import pricing

WHOLE = 100
"""Percent."""

ELASTICITY_MIN = -20

CUSTOMERS_TOLD = 100
"""Customers named that gain or lose most."""

PROMOTIONS_TOLD = 500
"""Promotions named, those that gave most first; all are in the sums of their families."""

RUN_OUTS_TOLD = 200
"""Pairs of a node and a SKU named whose stock would not have been enough."""

CONFLICTS_TOLD = 200

CHANGED, UNPROVEN = 0, -1
"""Why a line costs something else, where the span gives no reason: it is what the draft does, or the search for the
best combination ended at its limit before it was sure.
"""

UNLIKE_TOLD = 2_000
"""Lines named that cost something else, where the promotions that ran are replayed."""


class PriceDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods cost so much a whole unit, or so much more or less in percent; at a node, or everywhere."""

    of: pricing.form.Selector
    price_minor: int | None = None
    percent: Decimal | None = None
    node: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError unless exactly one of a price and a percentage is given, and neither makes it negative."""
        if (self.price_minor is None) == (self.percent is None):
            raise ValueError("give either a price or a percentage")
        if (self.price_minor or 0) < 0 or (self.percent or 0) < -WHOLE:
            raise ValueError("a price cannot be negative")


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is tried. `as_ran`: the promotions that the span says ran, beside those of the draft.

    `elasticity` None: everybody buys what they bought. Else so many percent more or less are bought for a percent of
    price, -1.5 for instance. `cost_share`: what goods without a known cost cost, as a share of their list price.
    """

    promotions: tuple[pricing.form.Promotion, ...] = ()
    prices: tuple[PriceDraft, ...] = ()
    as_ran: bool = False
    elasticity: float | None = None
    cost_share: float = 0.7

    def __post_init__(self) -> None:
        """Raises ValueError where the assumptions are none."""
        if self.elasticity is not None and not ELASTICITY_MIN <= self.elasticity <= 0:
            raise ValueError(f"elasticity is between {ELASTICITY_MIN} and 0")
        if not 0 <= self.cost_share <= 1:
            raise ValueError("cost_share is between 0 and 1")


class Sums(msgspec.Struct):
    """`charged_minor` is what was charged then, `quoted_minor` what the twin charges for the same goods; the expected
    figures are under the assumption on behaviour, equal to the quoted ones without any.
    """

    baskets: int = 0
    lines: int = 0
    list_minor: int = 0
    charged_minor: int = 0
    quoted_minor: int = 0
    expected_minor: float = 0.0
    margin_minor: float = 0.0
    charged_margin_minor: float = 0.0

    def add(self, other: "Sums") -> None:
        """Add other sums to these."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class PromotionEffect(msgspec.Struct, frozen=True):
    """What a promotion, or a family of them (their code up to a colon), gave: baskets, and how much in all."""

    code: str
    uses: int
    amount_minor: int


class Conflict(msgspec.Struct, frozen=True):
    """`excluded` gave nothing in so many baskets because of `by`; without the rule between the two customers would have
    paid `cost_minor` less in the `measured` baskets of them in which that was tried.
    """

    excluded: str
    by: str
    baskets: int
    measured: int
    cost_minor: int


class CustomerEffect(msgspec.Struct, frozen=True):
    """A customer's record, by number, pays so much more (or less) than was charged."""

    customer: int
    difference_minor: int


class RunOut(msgspec.Struct, frozen=True):
    """More of a SKU would have been wanted at a node than there was, first on this day."""

    node: str
    sku: str
    available: int
    wanted: float
    day: str


class Unlike(msgspec.Struct, frozen=True):
    """A line that costs something else than was charged, and why, as far as the span knows."""

    basket: int
    sku: str
    node: str
    quantity: int
    charged_minor: int
    quoted_minor: int
    reason: str


class TwinResult(msgspec.Struct, frozen=True):
    """What came of it.

    `reproduced_lines` cost to the minor unit what was charged; `reasons` says of the others why not, as far as the span
    knows: "changed" are those that the draft makes cost something else, "best_not_proven" those of baskets whose best
    combination was not found within the limit of the search. `budgets_gone` is the day on which a budget of the draft
    would have been spent: limits count as unused for every basket.
    """

    source: str
    behaviour: str
    cost: str
    currency: str
    total: Sums
    reproduced_lines: int
    reasons: dict[str, int]
    unlike: list[Unlike]
    unproven_baskets: int
    channels: dict[str, Sums]
    nodes: dict[str, Sums]
    days: dict[str, Sums]
    budgets_gone: dict[str, str]
    families: list[PromotionEffect]
    promotions: list[PromotionEffect]
    burn_minor: dict[str, dict[str, int]]
    conflicts: list[Conflict]
    customers_gained: int
    customers_harmed: int
    customers_same: int
    gained_minor: int
    harmed_minor: int
    most_gained: list[CustomerEffect]
    most_harmed: list[CustomerEffect]
    run_outs: list[RunOut]
    run_outs_known: bool
    seconds: float

"""Other prices than those that were: of a draft, laid over the lines of history."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mainstem.analytics.twin.contracts import PriceDraft
from mainstem.analytics.twin.span import World
from mainstem.domains import pricing


class PriceChanges:
    """The price of a line under a draft: the first entry that selects its goods at its node has the word."""

    def __init__(self, world: World, drafts: tuple[PriceDraft, ...]) -> None:
        self.any = bool(drafts)
        self._world = world
        self._drafts = drafts
        self._known: dict[tuple[int, int], PriceDraft | None] = {}
        self._tests = [pricing.engine.selects(draft.of) for draft in drafts]

    def applied(self, line: Any) -> Any:  # noqa: ANN401 - a tuple of LINE_COLUMNS
        """The line at its price under the draft."""
        key = (line[3], line[4])
        if key not in self._known:
            self._known[key] = self._find(*key, line[8])
        draft = self._known[key]
        if draft is None:
            return line
        price = draft.price_minor
        if price is None:
            assert draft.percent is not None
            exact = line[8] * (100 + draft.percent) / Decimal(100)
            price = int(exact.to_integral_value(rounding=ROUND_HALF_UP))
        return (*line[:8], price, *line[9:])

    def _find(self, node: int, goods: int, price: int) -> PriceDraft | None:
        code = self._world.nodes[node].code
        for draft, test in zip(self._drafts, self._tests, strict=True):
            if draft.node in ("", code) and test(self._world.goods[goods], price):
                return draft
        return None

"""What a promotion could give in one basket, before it is known beside which others."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from mainstem.domains.pricing.engine.cutting import Cutting, Pairs, Parts
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.quotes.contracts import Reason


class Short(NamedTuple):
    """Why a reward gives nothing, and how little would be missing: of the goods of these selectors."""

    reason: Reason
    by: tuple[str, ...] = ()
    items: int = 0
    amount_minor: int = 0
    selectors: tuple[int, ...] = ()


NOTHING_SELECTED = Short("nothing_selected")
BETTER_WITHOUT = Short("better_without")


class Claimer(Protocol):
    """Claims whole items: which ones follows from what is left and from how often it applies."""

    mask: int
    """Rows it may claim from."""

    steady: bool
    """Whether applying less often never gives more, whatever is left."""

    def times(self, left: Sequence[int]) -> int:
        """How often it can apply to the items that are left of each row."""

    def claim(self, left: Sequence[int], times: int) -> tuple[Parts, list[int]]:
        """The items that are cut and the items that are left, when it applies so often, which must be possible."""


class Offer:
    """What a promotion takes off (`cut` of `parts`; a claimer's parts follow from what it claims).

    `raw` is what it would take off list prices (None: not looked at yet, it is for all goods), `most` no less than that
    in all, whatever else applies. `rate`: it takes so many millionths of all goods. `mask`: the rows it touches.
    `points` ranks what it gives in points, `gift` are items that it gives, of some of `gift_skus`. `further`: what is
    missing for more.
    """

    __slots__ = (
        "budget",
        "claimer",
        "cut",
        "further",
        "gift",
        "gift_skus",
        "mask",
        "most",
        "parts",
        "plus",
        "points",
        "rate",
        "raw",
        "times",
    )

    def __init__(
        self,
        cut: Cutting,
        parts: Parts = (),
        raw: Pairs | None = None,
        *,
        most: int = 0,
        mask: int = 0,
        rate: int = 0,
        claimer: Claimer | None = None,
    ) -> None:
        self.cut = cut
        self.parts = parts
        self.raw = raw
        self.most = most
        self.mask = mask
        self.rate = rate
        self.claimer = claimer
        self.budget: int | None = None
        self.further: Short | None = None
        self.points = 0
        self.times = 0
        self.plus = 0
        self.gift = 0
        self.gift_skus: tuple[str, ...] = ()


Preparing = Callable[[Rows, int | None], Offer | Short]
"""What a reward offers in a basket when it may cut at most so many items, or why it gives nothing."""


def parts_of(rows: Rows, mask: int, limit: int | None) -> Parts:
    """All items of these rows, or the dearest ones up to a limit."""
    if limit is None or rows.sums(mask)[1] <= limit:
        return rows.whole(mask)
    return dearest_of(rows, mask, limit)


def dearest_of(rows: Rows, mask: int, count: int) -> list[tuple[int, int]]:
    """So many of the dearest items of these rows; fewer when there are not so many."""
    parts = []
    for row in rows.dearest():
        if mask >> row & 1:
            taken = min(count, rows.items[row])
            parts.append((row, taken))
            count -= taken
            if not count:
                break
    return sorted(parts)


def offer_of(
    rows: Rows, mask: int, limit: int | None, cut: Cutting, *, rate: int = 0, amount: int | None = None
) -> Offer | Short:
    """The offer of a reward that cuts what it selects and claims nothing. Where it is known to take so many millionths,
    or an amount in all, its parts are not looked at for all goods.
    """
    if not mask:
        return NOTHING_SELECTED
    if limit is None and mask == rows.all and (rate or amount is not None):
        goods = rows.goods_minor
        most = (goods * rate + 500_000) // 1_000_000 if amount is None else min(amount, goods)
        if not most:
            return BETTER_WITHOUT
        return Offer(cut, rows.whole(mask), most=most, mask=mask, rate=0 if amount is not None else rate)
    parts = parts_of(rows, mask, limit)
    raw = cut(rows, rows.amounts, parts, 1)
    if not raw:
        return BETTER_WITHOUT
    return Offer(cut, parts, raw, most=sum([taken for _, taken in raw]), mask=mask)

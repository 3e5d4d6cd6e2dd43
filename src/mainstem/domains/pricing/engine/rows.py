"""The basket as the arithmetic sees it: lines whose items cannot be told apart lie in one row, rows in one order.

The order of rows comes from what they are (SKU, price, ...), never from where they stand in the basket, so no total
can depend on the order of lines, nor on whether ten items are one line or two. Items are whole pieces; a line of
measured goods is one item. The last place of every list of amounts is the delivery's.
"""

from functools import lru_cache

from mainstem.domains.pricing.quotes.contracts import Basket, Priced
from mainstem.kernel.money import price_times

Measure = tuple[int, int]
"""(quantity in steps, steps per unit) of one item of measured goods."""

ROWS_REMEMBERED = 4096


@lru_cache(maxsize=ROWS_REMEMBERED)
def rows_in(mask: int) -> tuple[int, ...]:
    """The rows of a bit set, in order."""
    rows = []
    while mask:
        low = mask & -mask
        rows.append(low.bit_length() - 1)
        mask ^= low
    return tuple(rows)


class Rows:
    """A basket in rows, with what its selectors hit.

    By row: `items`, list price of one item `price`, list amount `amounts` (and the delivery's at the end), least amount
    `floors`, `measures`, `lines` (indices into the basket). `hits` are rows by number of selector, as bit sets.
    """

    __slots__ = (
        "_dearest",
        "_sums",
        "_whole",
        "all",
        "amounts",
        "basket",
        "floors",
        "goods_minor",
        "guarded",
        "hits",
        "items",
        "lines",
        "measures",
        "price",
        "size",
    )

    def __init__(self, basket: Basket) -> None:
        self.basket = basket
        laid = _lay(basket.lines)
        self.size = size = len(laid)
        self.lines = [lines for _, lines in laid]
        self.items: list[int] = []
        self.price: list[int] = []
        self.amounts: list[int] = []
        self.floors: list[int] = []
        self.measures: list[Measure | None] = []
        for _, lines in laid:
            self._add([basket.lines[i] for i in lines])
        self.goods_minor = sum(self.amounts)
        self.amounts.append(basket.delivery.amount_minor)
        self.floors.append(0)
        self.guarded = any(self.floors)
        self.all = (1 << size) - 1
        self.hits: dict[int, int] = {0: self.all}
        self._sums: dict[int, tuple[int, int]] = {}
        self._whole: dict[int, list[tuple[int, int]]] = {}
        self._dearest: list[int] | None = None

    def _add(self, lines: list[Priced]) -> None:
        first = lines[0]
        if first.steps_per_unit == 1:
            count, price, floor = sum([line.quantity for line in lines]), first.unit_price_minor, first.floor_minor
            self.measures.append(None)
        else:
            quantity, steps = first.quantity, first.steps_per_unit
            count = len(lines)
            price = price_times(first.unit_price_minor, quantity, steps)
            floor = price_times(first.floor_minor, quantity, steps) if first.floor_minor else 0
            self.measures.append((quantity, steps))
        self.items.append(count)
        self.price.append(price)
        self.amounts.append(price * count)
        self.floors.append(min(floor, price) * count)

    def dearest(self) -> list[int]:
        """All rows, those of the dearest items first; of equal price in the order of rows."""
        if self._dearest is None:
            price = self.price
            self._dearest = sorted(range(self.size), key=lambda row: -price[row])
        return self._dearest

    def sums(self, mask: int) -> tuple[int, int]:
        """(list amount, items) of the rows of a bit set."""
        found = self._sums.get(mask)
        if found is None:
            amounts, items = self.amounts, self.items
            amount = count = 0
            for row in rows_in(mask):
                amount += amounts[row]
                count += items[row]
            found = self._sums[mask] = (amount, count)
        return found

    def whole(self, mask: int) -> list[tuple[int, int]]:
        """All items of the rows of a bit set, as (row, items)."""
        found = self._whole.get(mask)
        if found is None:
            items = self.items
            found = self._whole[mask] = [(row, items[row]) for row in rows_in(mask)]
        return found

    def skus(self, mask: int) -> int:
        """How many different SKUs are in the rows of a bit set."""
        lines = self.basket.lines
        return len({lines[self.lines[row][0]].goods.sku for row in rows_in(mask)})

    def target(self, row: int, count: int, price_minor: int) -> int:
        """What so many items of a row come to at a price: each, or each whole unit of measured goods."""
        measure = self.measures[row]
        return price_minor * count if measure is None else price_times(price_minor, *measure) * count


_Key = tuple[str, int, int, int, int, int, int]


def _lay(lines: tuple[Priced, ...]) -> list[tuple[_Key, list[int]]]:
    """Lines by what tells them apart. Lines without quantity lie in no row."""
    found: dict[_Key, list[int]] = {}
    for i, line in enumerate(lines):
        quantity, steps = line.quantity, line.steps_per_unit
        if quantity <= 0:
            continue
        key = (
            line.goods.sku,
            line.unit_price_minor,
            0 if steps == 1 else quantity,
            steps,
            line.floor_minor,
            line.tax_millionths,
            line.goods.variant,
        )
        if key in found:
            found[key].append(i)
        else:
            found[key] = [i]
    for indices in found.values():
        if len(indices) > 1:
            indices.sort(key=lambda i: lines[i].position)
    return sorted(found.items())

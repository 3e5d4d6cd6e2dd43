"""The lines of a quote: what each row has come to, given back to the lines that lie in it."""

from mainstem.domains.pricing.engine.combining import Search
from mainstem.domains.pricing.engine.cutting import Pairs, Parts
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.spreading import over_items, spread
from mainstem.domains.pricing.engine.taxing import tax_of
from mainstem.domains.pricing.quotes.contracts import Basket, Priced, QuotedLine, Taken
from mainstem.kernel.money import price_times


def taken_by_row(search: Search) -> list[list[Taken]]:
    """What each row, and the delivery at the end, has lost to which promotion, in the order of layers and codes."""
    assert search.best is not None
    given, picked, terms = search.best.given, search.best.picked, search.terms
    taken: list[list[Taken]] = [[] for _ in search.rows.amounts]
    for layer in search.layers:
        for j in layer:
            if j in given:
                _tell(taken, terms[j].code, given[j], picked[j][0], terms[j].layer)
    return taken


def _tell(taken: list[list[Taken]], code: str, pairs: Pairs, parts: Parts, layer: int) -> None:
    counts = dict(parts)
    for row, amount in pairs:
        taken[row].append(Taken(code, amount, counts.get(row, 0), layer))


def lines_of(rows: Rows, left: list[int], taken: list[list[Taken]]) -> list[QuotedLine]:
    """All lines in the order of the basket; their amounts are the rows' amounts exactly, and so are their taxes."""
    basket = rows.basket
    included = basket.tax_included
    found: dict[int, QuotedLine] = {}
    for row, indices in enumerate(rows.lines):
        line = basket.lines[indices[0]]
        tax = tax_of(left[row], line.tax_millionths, included=included)
        if len(indices) == 1:
            found[indices[0]] = _line(line, rows.amounts[row], left[row], tax, tuple(taken[row]))
        else:
            _share(rows, row, tax, taken[row], found)
    return [found[i] if i in found else _empty(basket, i) for i in range(len(basket.lines))]


def _line(line: Priced, listed: int, left: int, tax: int, taken: tuple[Taken, ...]) -> QuotedLine:
    return QuotedLine(
        line.position,
        line.goods.sku,
        line.quantity,
        line.unit_price_minor,
        line.source,
        listed,
        left,
        tax,
        taken,
    )


def _empty(basket: Basket, i: int) -> QuotedLine:
    """A line without quantity costs nothing and takes part in nothing."""
    line = basket.lines[i]
    return _line(line, price_times(line.unit_price_minor, line.quantity, line.steps_per_unit), 0, 0, ())


def _share(rows: Rows, row: int, tax: int, taken: list[Taken], found: dict[int, QuotedLine]) -> None:
    """A row over its lines: evenly by item, so that no line falls below its floor however the cents divide."""
    lines = [rows.basket.lines[i] for i in rows.lines[row]]
    counts = [line.quantity if line.steps_per_unit == 1 else 1 for line in lines]
    total = rows.amounts[row]
    listed = over_items(total, counts)
    left = listed
    shares: list[list[Taken]] = [[] for _ in lines]
    for one in taken:
        total -= one.amount_minor
        after = over_items(total, counts)
        items = spread(one.items, counts)
        for share, before, now, cut in zip(shares, left, after, items, strict=True):
            if before > now:
                share.append(Taken(one.promotion, before - now, cut, one.layer))
        left = after
    taxes = over_items(tax, counts)
    for i, line, *told in zip(rows.lines[row], lines, listed, left, taxes, shares, strict=True):
        found[i] = _line(line, told[0], told[1], told[2], tuple(told[3]))

"""Which goods a selector selects: numbered once, found through an index from what they name to their numbers."""

from collections.abc import Callable, Iterator

import msgspec

from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.promotions.form import ALL_GOODS, Selector
from mainstem.domains.pricing.quotes.contracts import Goods

Test = Callable[[Goods, int], bool]
"""Whether goods at a unit price are selected."""

ALL = 0
"""The number of the selector that selects everything."""

VARIANTS_REMEMBERED = 200_000
"""How many variants a book remembers the selectors of; beyond it begins again."""

_Place = tuple[str, str]
_Known = tuple[Goods, tuple[int, ...], tuple[int, ...]]
_encode = msgspec.json.Encoder(order="deterministic").encode


class Selectors:
    """The different selectors of a book, by number, and which of them select a variant."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {_encode(ALL_GOODS): ALL}
        self._written: list[Selector] = [ALL_GOODS]
        self._tests: list[Test] = [_test(ALL_GOODS)]
        self._index: dict[_Place, list[int]] = {}
        self._anywhere: list[int] = []
        self._priced: set[int] = set()
        self._known: dict[int, _Known] = {}

    def number(self, selector: Selector) -> int:
        """The number of a selector; equal ones have the same."""
        key = _encode(selector)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self._tests)
            self._written.append(selector)
            self._tests.append(_test(selector))
            places = _named(selector)
            for place in places:
                self._index.setdefault(place, []).append(found)
            if not places:
                self._anywhere.append(found)
            if _looks_at_price(selector):
                self._priced.add(found)
        return found

    def written(self, number: int) -> Selector:
        """The selector of a number."""
        return self._written[number]

    def hit(self, rows: Rows) -> None:
        """Tell rows which selectors select them. The cost is in the selectors that do, not in those that exist."""
        basket, hits, known = rows.basket, rows.hits, self._known
        bit = 1
        for lines in rows.lines:
            line = basket.lines[lines[0]]
            goods = line.goods
            entry = known.get(goods.variant)
            if entry is None or (entry[0] is not goods and entry[0] != goods):
                entry = self._learn(goods)
            for number in entry[1]:
                hits[number] = hits.get(number, 0) | bit
            for number in entry[2]:
                if self._tests[number](goods, line.unit_price_minor):
                    hits[number] = hits.get(number, 0) | bit
            bit <<= 1

    def _learn(self, goods: Goods) -> _Known:
        if len(self._known) >= VARIANTS_REMEMBERED:
            self._known.clear()
        asked = set(self._anywhere)
        for place in _places(goods):
            asked.update(self._index.get(place, ()))
        plain = tuple(n for n in sorted(asked - self._priced) if self._tests[n](goods, 0))
        entry = self._known[goods.variant] = (goods, plain, tuple(sorted(asked & self._priced)))
        return entry


def _looks_at_price(selector: Selector) -> bool:
    within = selector.exclude is not None and _looks_at_price(selector.exclude)
    return within or selector.price_minor_min is not None or selector.price_minor_max is not None


def _named(selector: Selector) -> list[_Place]:
    """What goods must have at least one of to be selected: the narrowest field that is given; none: no index helps."""
    for kind, names in (
        ("sku", selector.skus),
        ("product", selector.products),
        ("list", selector.lists),
        ("brand", selector.brands),
        ("category", selector.categories),
    ):
        if names:
            return [(kind, name) for name in dict.fromkeys(names)]
    for name, values in selector.attributes.items():
        return [(f"attribute {name}", value) for value in dict.fromkeys(values)]
    return []


def _places(goods: Goods) -> Iterator[_Place]:
    """Under which names goods can be found."""
    yield "sku", goods.sku
    yield "product", goods.product
    yield "brand", goods.brand
    for name in goods.lists:
        yield "list", name
    path = goods.category
    while path:
        yield "category", path
        path = path.rpartition("/")[0]
    for name, value in goods.attributes.items():
        yield f"attribute {name}", value


def selects(selector: Selector) -> Test:
    """Whether goods at a unit price are selected, by one selector alone."""
    return _test(selector)


def _test(selector: Selector) -> Test:
    """Whether a selector selects goods, compiled: only what it names is looked at."""
    tests: list[Test] = []
    if selector.skus:
        tests.append(_one_of(selector.skus, lambda goods: goods.sku))
    if selector.products:
        tests.append(_one_of(selector.products, lambda goods: goods.product))
    if selector.brands:
        tests.append(_one_of(selector.brands, lambda goods: goods.brand))
    if selector.categories:
        tests.append(_below(selector.categories))
    if selector.lists:
        lists = frozenset(selector.lists)
        tests.append(lambda goods, _: not lists.isdisjoint(goods.lists))
    tests += [_attribute(name, frozenset(values)) for name, values in selector.attributes.items()]
    if selector.price_minor_min is not None:
        tests.append(_at_least(selector.price_minor_min))
    if selector.price_minor_max is not None:
        tests.append(_at_most(selector.price_minor_max))
    if selector.exclude is not None:
        tests.append(_not(_test(selector.exclude)))
    return tests[0] if len(tests) == 1 else lambda goods, price: all(test(goods, price) for test in tests)


def _one_of(names: tuple[str, ...], field: Callable[[Goods], str]) -> Test:
    wanted = frozenset(names)
    return lambda goods, _: field(goods) in wanted


def _below(categories: tuple[str, ...]) -> Test:
    exact = frozenset(categories)
    beginnings = tuple(f"{path}/" for path in categories)
    return lambda goods, _: goods.category in exact or goods.category.startswith(beginnings)


def _attribute(name: str, values: frozenset[str]) -> Test:
    return lambda goods, _: goods.attributes.get(name) in values


def _at_least(least: int) -> Test:
    return lambda _, price: price >= least


def _at_most(most: int) -> Test:
    return lambda _, price: price <= most


def _not(test: Test) -> Test:
    return lambda goods, price: not test(goods, price)

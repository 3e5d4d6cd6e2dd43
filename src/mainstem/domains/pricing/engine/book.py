"""A book: all promotions of a shop, compiled and indexed, so that a quote costs what can apply and not what exists."""

import itertools
from collections.abc import Iterable

from mainstem.domains.pricing.engine.conditions import tag
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.engine.terms import Term
from mainstem.domains.pricing.promotions.form import Channels, Condition, Nodes, Promotion
from mainstem.domains.pricing.quotes.contracts import Basket, NotApplied

PLACES_REMEMBERED = 2_000
"""For how many places a book remembers what is general there; beyond it begins again."""

NAMED_MAX = 50
"""How many promotions for any goods are named that are for another place, or lack their coupon."""

_Place = tuple[str, str, str, str]
"""Channel, its kind, region, currency."""


class Book:
    """Promotions, compiled; what it remembers of baskets changes no answer. Made by `compile_book`.

    What is for some goods is found through them, what needs a coupon through the coupon, what is for some nodes through
    the node; what is left is sorted once for every channel and region.
    """

    def __init__(self, terms: list[Term], selectors: Selectors) -> None:
        self.terms = terms
        self.selectors = selectors
        self._by_selector: dict[int, list[int]] = {}
        self._by_coupon: dict[str, int] = {}
        self._by_node: dict[str, list[int]] = {}
        self._general: list[int] = []
        self._here: dict[_Place, tuple[list[int], list[NotApplied]]] = {}
        for i, term in enumerate(terms):
            for number in term.anchors:
                self._by_selector.setdefault(number, []).append(i)
            if term.coupon:
                self._by_coupon[term.code] = i
            elif not term.anchors:
                for node in term.nodes:
                    self._by_node.setdefault(node, []).append(i)
                if not term.nodes:
                    self._general.append(i)
        for_any = [term for term in terms if term.coupon and not term.anchors]
        self._no_coupon = [NotApplied(term.code, "no_coupon") for term in for_any[:NAMED_MAX]]

    def candidates(self, basket: Basket) -> tuple[Promotion, ...]:
        """All promotions that can apply to this basket, and some that cannot, by code: those whose limits matter."""
        rows = Rows(basket)
        self.selectors.hit(rows)
        moment = basket.moment
        return tuple(
            term.promotion
            for term in self.in_question(rows)
            if (not term.coupon or term.code in basket.coupons)
            and (term.valid_from is None or moment >= term.valid_from)
            and (term.valid_until is None or moment < term.valid_until)
        )

    def in_question(self, rows: Rows) -> list[Term]:
        """Compiled promotions that have to be looked at for a basket whose selectors are known, by code."""
        basket, by_selector = rows.basket, self._by_selector
        found = set(self._place(rows)[0])
        found.update(self._by_node.get(basket.node, ()))
        for number in rows.hits:
            if number in by_selector:
                found.update(by_selector[number])
        for code in basket.coupons:
            if code in self._by_coupon:
                found.add(self._by_coupon[code])
        return [self.terms[i] for i in sorted(found)]

    def not_here(self, rows: Rows) -> list[NotApplied]:
        """Promotions for any goods that are for other channels or regions, or for a coupon that was not given."""
        coupons = rows.basket.coupons
        return self._place(rows)[1] + [one for one in self._no_coupon if one.code not in coupons]

    def _place(self, rows: Rows) -> tuple[list[int], list[NotApplied]]:
        basket = rows.basket
        key = (basket.channel, basket.channel_kind, basket.region, basket.currency)
        found = self._here.get(key)
        if found is None:
            if len(self._here) >= PLACES_REMEMBERED:
                self._here.clear()
            found = self._here[key] = self._general_at(rows)
        return found

    def _general_at(self, rows: Rows) -> tuple[list[int], list[NotApplied]]:
        here: list[int] = []
        elsewhere: list[NotApplied] = []
        for i in self._general:
            term = self.terms[i]
            why = None
            if term.currency is not None and term.currency != rows.basket.currency:
                why = "currency"
            for holds, written in term.conditions:
                if why is None and _of_place(written) and not holds(rows):
                    why = tag(written)
            if why is None:
                here.append(i)
            else:
                elsewhere.append(NotApplied(term.code, "condition", (why,)))
        return here, elsewhere[:NAMED_MAX]


def _of_place(condition: Condition) -> bool:
    """Whether a condition looks at nothing but the channel or the region."""
    return isinstance(condition, Channels) or (isinstance(condition, Nodes) and not condition.codes)


def compile_book(promotions: Iterable[Promotion]) -> Book:
    """Compile promotions, in whatever order. Raises ValueError where a code is there twice or a reward cannot be
    computed.
    """
    selectors = Selectors()
    terms = [Term(promotion, selectors) for promotion in sorted(promotions, key=lambda one: one.code)]
    for before, after in itertools.pairwise(terms):
        if before.code == after.code:
            raise ValueError(f"two promotions have the code {before.code!r}")
    return Book(terms, selectors)

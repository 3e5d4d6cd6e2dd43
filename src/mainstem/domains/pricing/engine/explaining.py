"""What a quote says beside prices: what applied, what did not and why, and what is nearly reached."""

from collections.abc import Sequence

from mainstem.domains.pricing.engine.combination import gifts_of
from mainstem.domains.pricing.engine.combining import Search
from mainstem.domains.pricing.engine.cutting import Pairs, Parts
from mainstem.domains.pricing.engine.offers import Short
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.engine.terms import Term
from mainstem.domains.pricing.quotes.contracts import Applied, Nearly, NotApplied

NEARLY_ITEMS_MAX = 3
SKUS_NAMED_MAX = 10


def applied_of(search: Search) -> tuple[Applied, ...]:
    """What each promotion of the best combination gave, by code."""
    assert search.best is not None
    coupons = search.rows.basket.coupons
    found = []
    for j, (parts, _, _) in sorted(search.best.picked.items()):
        offer, code = search.offers[j], search.terms[j].code
        pairs = search.best.given[j]
        cut = _items_cut(pairs, parts)
        gifts = gifts_of(offer, parts)
        found.append(
            Applied(
                code,
                sum([amount for _, amount in pairs]),
                sum([count for _, count in parts]) if offer.points else cut,
                offer.times,
                offer.plus,
                offer.gift_skus if gifts > 0 else (),
                max(0, gifts),
                coupons.get(code, ""),
            )
        )
    return tuple(found)


def _items_cut(pairs: Pairs, parts: Parts) -> int:
    if len(pairs) == len(parts):
        return sum([count for _, count in parts])
    rows = {row for row, _ in pairs}
    return sum([count for row, count in parts if row in rows])


def passed_over(search: Search) -> list[NotApplied]:
    """Promotions that could apply and are not in the best combination, with what was in their way."""
    assert search.best is not None
    best, terms, offers, rows = search.best, search.terms, search.offers, search.rows
    found = []
    for j, offer in enumerate(offers):
        if j in best.picked:
            continue
        against = [i for i in best.picked if search.conflicts[j] >> i & 1]
        if not against and offer.claimer is not None:
            against = [i for i in best.picked if offers[i].claimer is not None and offers[i].mask & offer.mask]
        if against:
            found.append(NotApplied(terms[j].code, "excluded", tuple([terms[i].code for i in sorted(against)])))
        elif offer.mask and not terms[j].below_floor and _at_floor(rows, best.left, offer.mask):
            found.append(NotApplied(terms[j].code, "at_floor"))
        else:
            found.append(NotApplied(terms[j].code, "better_without"))
    return found


def _at_floor(rows: Rows, left: Sequence[int], mask: int) -> bool:
    return all(left[row] <= rows.floors[row] for row in range(rows.size) if mask >> row & 1 and rows.amounts[row])


def nearly_of(term: Term, short: Short, rows: Rows, selectors: Selectors) -> Nearly | None:
    """What is missing for a promotion, if it is at most half of the amount wanted, or three items."""
    if not short.items and not short.amount_minor:
        return None
    if short.items > NEARLY_ITEMS_MAX:
        return None
    skus: list[str] = []
    for number in short.selectors:
        if short.amount_minor and short.amount_minor > rows.sums(rows.hits.get(number, 0))[0]:
            return None
        skus += selectors.written(number).skus
    return Nearly(term.code, short.amount_minor, short.items, tuple(dict.fromkeys(skus[:SKUS_NAMED_MAX])))

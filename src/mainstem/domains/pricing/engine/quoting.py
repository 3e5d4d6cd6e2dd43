"""The quote: a pure function of a basket and a book."""

from operator import attrgetter

from mainstem.domains.pricing.engine.book import Book
from mainstem.domains.pricing.engine.combining import Search
from mainstem.domains.pricing.engine.explaining import applied_of, nearly_of, passed_over
from mainstem.domains.pricing.engine.lines import lines_of, taken_by_row
from mainstem.domains.pricing.engine.offers import Offer
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.taxing import tax_of
from mainstem.domains.pricing.engine.terms import Term
from mainstem.domains.pricing.engine.weighing import weigh
from mainstem.domains.pricing.quotes.contracts import Basket, Nearly, NotApplied, Quoted


def quote(basket: Basket, book: Book) -> Quoted:
    """The prices of a basket under the best combination of the promotions of a book, with the reason of every cent.

    Amounts are minor units and add up exactly; none is negative. Neither the order of lines nor that of promotions
    changes a total, nor does it matter whether equal items are one line or several.
    """
    rows = Rows(basket)
    selectors = book.selectors
    selectors.hit(rows)
    terms: list[Term] = []
    offers: list[Offer] = []
    refused: list[NotApplied] = book.not_here(rows)
    nearly: list[Nearly] = []
    for term in book.in_question(rows):
        found = weigh(term, rows, selectors)
        if isinstance(found, Offer):
            terms.append(term)
            offers.append(found)
            short = found.further
        else:
            refused.append(NotApplied(term.code, found.reason, found.by))
            short = found
        if short is not None and short.selectors:
            near = nearly_of(term, short, rows, selectors)
            if near is not None:
                nearly.append(near)
    search = Search(rows, terms, offers)
    best, bound = search.run()
    if len(best.picked) < len(offers):
        refused += passed_over(search)
    refused.sort(key=attrgetter("code"))
    taken = taken_by_row(search)
    left = best.left
    lines = lines_of(rows, left, taken)
    included, goods = basket.tax_included, sum(left) - left[-1]
    tax = sum([line.tax_minor for line in lines]) + tax_of(left[-1], basket.delivery.tax_millionths, included=included)
    return Quoted(
        tuple(lines),
        left[-1],
        tuple(taken[-1]),
        goods,
        rows.goods_minor - goods,
        tax,
        goods + left[-1] + (0 if included else tax),
        applied_of(search),
        tuple(refused),
        tuple(nearly),
        bound,
    )

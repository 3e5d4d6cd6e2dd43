"""Gift cards and store credit: the list, and finding one by its end or by its code."""

from mainstem.console.frame import Problem, Reply, Visit, html, see_other
from mainstem.console.loyalty import words
from mainstem.console.loyalty.reading import people, position
from mainstem.domains import loyalty
from mainstem.kernel.refusals import refuse
from mainstem.platform.access.permissions import GIFTCARDS_WRITE
from mainstem.platform.query import ask

ROWS = 50
END = 4
"""Characters of the end of a code."""


async def listed(visit: Visit) -> Reply:
    """A page of cards, the latest first; those whose code ends as typed."""
    return await _page(visit)


async def find(visit: Visit) -> Reply:
    """The card with a code. It is sent, not asked for by an address, so that it stands in no history and no log."""
    code = (await visit.form()).text("code")
    if loyalty.normal_card_code(code) is None:
        return await _page(visit, visit.problem(refuse(loyalty.CARD_CODE_MISTYPED, "/code")))
    async with visit.desk.database.snapshot() as connection:
        (card,) = await ask(connection, loyalty.card_of_code(visit.desk.vault, code))
    if card is None:
        return await _page(visit, visit.problem(refuse(loyalty.UNKNOWN_CARD, "/code")))
    return see_other(f"/gift-cards/{card}")


async def _page(visit: Visit, problem: Problem | None = None) -> Reply:
    last4 = visit.query.get("last4", "").upper()[-END:]
    before = position(visit.query.get("after", ""))
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, loyalty.cards_page(ROWS + 1, before, last4.replace("\x00", "")))
        shown = rows[:ROWS]
        who = await people(visit, connection, {one.customer for one in shown if one.customer is not None})
    return html(
        visit,
        "loyalty/templates/cards.html",
        status=problem.status if problem else 200,
        rows=shown,
        who=who,
        words=words,
        last4=last4,
        problem=problem,
        may_write=visit.allowed(GIFTCARDS_WRITE),
        next_url=visit.url(after=shown[-1].id) if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if visit.query.get("after") else "",
    )

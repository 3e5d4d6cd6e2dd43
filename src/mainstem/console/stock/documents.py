"""A stock document: a delivery, an adjustment, a reservation. Counts and transfers have pages of their own."""

from mainstem.console.frame import MissingError, Reply, Visit, see_other
from mainstem.console.stock import texts
from mainstem.console.stock.answering import answer
from mainstem.domains import inventory
from mainstem.domains.inventory import DocumentView
from mainstem.kernel.refusals import NOT_FOUND, RefusedError
from mainstem.platform.access.permissions import STOCK_READ


async def read(visit: Visit, number: int, kind: str = "") -> DocumentView:
    """The document; raises MissingError for another kind, and ForbiddenError for one of nodes that are not his."""
    async with visit.desk.database.snapshot() as connection:
        try:
            found = await inventory.document(connection, number)
        except RefusedError as error:
            if error.refusal.code != NOT_FOUND.code:
                raise
            raise MissingError from error
    if kind and found.kind != kind:
        raise MissingError
    own = [visit.network.node(code) for code in (found.node, found.target) if code]
    if not any(node is not None and visit.allowed(STOCK_READ, node.id) for node in own):
        visit.require(STOCK_READ)
    return found


async def show(visit: Visit) -> Reply:
    """The document with its lines."""
    number = visit.path["document"]
    found = await read(visit, number)
    if found.kind == "transfer":
        return see_other(f"/transfers/{number}")
    if found.kind == "count":
        return see_other(f"/counts/{number}")
    node = visit.network.node(found.node)
    return answer(
        visit,
        "document",
        document=found,
        node=node,
        clock=visit.format_in(node.time_zone if node else visit.zone),
        kind=texts.called(visit, texts.DOCUMENTS, found.kind),
        reason=texts.called(visit, texts.REASONS | texts.OUTSIDE, found.reason),
        signed=found.kind == "adjustment",
    )

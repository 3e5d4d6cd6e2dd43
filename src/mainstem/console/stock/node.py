"""The stock of a node: every SKU that it has or had."""

from datetime import UTC, datetime
from typing import get_args

from mainstem.console.frame import N_, Reply, Visit
from mainstem.console.stock.answering import answer
from mainstem.console.stock.finding import PAGE_SIZE, node_of
from mainstem.domains import inventory
from mainstem.domains.inventory import NodeStockFilter
from mainstem.ledger.listing import Which
from mainstem.platform.access.permissions import STOCK_ADJUST, STOCK_READ, STOCK_WRITE

FILTERS = (
    ("all", N_("All")),
    ("low", N_("Low")),
    ("out", N_("Nothing available")),
    ("negative", N_("Below zero")),
)


async def show(visit: Visit) -> Reply:
    """A page of the stock of a node."""
    node = node_of(visit, visit.path["code"])
    visit.require(STOCK_READ, node.id)
    which: Which = next((one for one in get_args(Which) if one == visit.query.get("which")), "all")
    wanted = NodeStockFilter(
        which=which,
        category=visit.query.get("category", "").replace("\x00", "")[:200],
        order="available" if visit.query.get("order") == "available" else "sku",
    )
    after = _place(visit.query.get("after", ""), wanted)
    async with visit.desk.database.snapshot() as connection:
        found = await inventory.node_stock(connection, node.id, wanted, datetime.now(UTC), PAGE_SIZE, after)
    next_url = visit.url(after=f"{found.resume[1]}~{found.resume[0]}") if found.resume else ""
    return answer(
        visit,
        "node",
        node=node,
        rows=found.rows,
        wanted=wanted,
        filters_shown=[(code, visit.t(text)) for code, text in FILTERS],
        next_url=next_url,
        first_url=visit.url(after=None) if after else "",
        may_write=visit.allowed(STOCK_WRITE, node.id),
        may_adjust=visit.allowed(STOCK_ADJUST, node.id),
    )


def _place(text: str, wanted: NodeStockFilter) -> tuple[str, int] | None:
    left, _, key = text.partition("~")
    digits = left.removeprefix("-")
    if not key or "\x00" in key or not digits.isascii() or not digits.isdigit() or len(digits) > 18:  # noqa: PLR2004
        return None
    if wanted.order == "available" and not (key.isascii() and key.isdigit() and len(key) < 19):  # noqa: PLR2004
        return None
    return key, int(left)

"""The list as a CSV file, as it is narrowed, in pieces."""

import csv
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

from mainstem.connectors.files.cells import guard
from mainstem.console.frame import Reply, Visit, download
from mainstem.console.orders.filters import Asked, asked
from mainstem.console.orders.reading import note_unmasked
from mainstem.console.quantities import amount_typed
from mainstem.domains import orders
from mainstem.platform.access.permissions import CUSTOMERS_UNMASK, ORDERS_READ

PIECE = 1_000
"""Orders read at a time, each piece in a transaction of its own: an export holds no connection while it is sent."""

COLUMNS = (
    "order",
    "kind",
    "placed_at",
    "channel",
    "node",
    "external_id",
    "customer",
    "customer_reference",
    "state",
    "payment",
    "currency",
    "total",
    "due",
    "paid",
    "expires_at",
    "revision",
)


async def export(visit: Visit) -> Reply:
    """Every order of the list, latest first; amounts in whole units of their currency, times in the node's zone.

    References of customers are masked, unless somebody who may see them asks for them in the clear.
    """
    visit.require(ORDERS_READ, None if visit.node is None else visit.node.id)
    clear = visit.query.get("personal") == "shown"
    if clear:
        visit.require(CUSTOMERS_UNMASK)
    now = datetime.now(UTC)
    async with visit.desk.database.snapshot() as connection:
        wanted = await asked(visit, connection, now)
    day = now.astimezone(ZoneInfo(visit.zone)).date()
    return download(f"orders-{day.isoformat()}.csv", "text/csv; charset=utf-8", _pieces(visit, wanted, clear=clear))


async def _pieces(visit: Visit, wanted: Asked, *, clear: bool) -> AsyncIterator[bytes]:
    yield ("\ufeff" + _lines([COLUMNS])).encode()  # the mark by which spreadsheets know UTF-8
    zones = {node.code: ZoneInfo(node.time_zone) for node in visit.network.nodes.values()}
    behind: orders.queries.Position | None = None
    while not wanted.nothing:
        async with visit.desk.database.snapshot() as connection:
            page = await orders.queries.list_orders(
                connection, visit.desk.vault, wanted.narrow, PIECE, behind, clear=clear
            )
        if clear:
            await note_unmasked(visit, page.rows)
        yield _lines([_cells(row, zones.get(row.node, ZoneInfo(visit.zone))) for row in page.rows]).encode()
        behind = page.next
        if behind is None:
            return


def _cells(row: orders.queries.OrderRow, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        str(row.id),
        row.kind,
        _moment(row.occurred_at, zone),
        row.channel,
        row.node,
        guard(row.external_id),
        "" if row.customer is None else str(row.customer),
        guard(row.customer_reference),
        row.state,
        row.payment,
        row.currency,
        amount_typed(row.total_minor, row.currency),
        amount_typed(row.due_minor, row.currency),
        amount_typed(row.paid_minor, row.currency),
        "" if row.expires_at is None else _moment(row.expires_at, zone),
        str(row.revision),
    )


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _lines(rows: Iterable[Iterable[str]]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()

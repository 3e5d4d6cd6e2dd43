"""The list of orders and sales."""

from datetime import UTC, datetime

from mainstem.console.frame import N_, Reply, Visit, html
from mainstem.console.orders import words
from mainstem.console.orders.filters import FIELDS, Asked, asked, chosen_node, narrowed, position, position_text
from mainstem.domains import orders
from mainstem.platform.access.permissions import DATA_EXPORT, ORDERS_WRITE
from mainstem.platform.preferences import saved_views
from mainstem.platform.query import ask

AREA = "orders"
"""Where the views of this list are kept."""

ROWS = 50

_TABS = (("", N_("All orders")), ("waiting", N_("Waiting")), ("late", N_("Late")))
_MORE = ("channel", "node", "kind", "from", "to")
"""The filters that stand behind "More filters" until one of them is used."""

_MEANINGS = {
    "number": N_("order number"),
    "external": N_("external id"),
    "customer": N_("customer"),
    "sku": "SKU",
}


async def show(visit: Visit) -> Reply:
    """A page of the list as the address says."""
    now = datetime.now(UTC)
    async with visit.desk.database.snapshot() as connection:
        wanted = await asked(visit, connection, now)
        (views,) = await ask(connection, saved_views(visit.caller.principal, AREA))
        page = (
            orders.queries.OrderPage([], None)
            if wanted.nothing
            else await orders.queries.list_orders(
                connection, visit.desk.vault, wanted.narrow, ROWS, position(visit.query.get("after", ""))
            )
        )
    exportable = visit.allowed(DATA_EXPORT)
    query = narrowed(visit.query)
    return html(
        visit,
        "orders/templates/list.html",
        page=page,
        wanted=wanted,
        views=views,
        current_view=visit.query.get("view", ""),
        query=query,
        filtered=any(visit.query.get(name) for name in FIELDS if name != "show"),
        more_filters=any(visit.query.get(name) for name in _MORE),
        tabs=[(code, visit.t(text)) for code, text in _TABS],
        meanings={code: visit.t(text) for code, text in _MEANINGS.items()},
        found_as=_found_as(visit, wanted),
        choices=_choices(visit),
        rows=_rows(visit, page.rows, now),
        next_url=visit.url(after=position_text(page.next)) if page.next is not None else "",
        first_url=visit.url(after=None) if visit.query.get("after") else "",
        export_url=f"/orders/export.csv?{query}" if exportable else "",
        bulk=[(verb, visit.t(words.STEPS[verb].bulk), words.STEPS[verb].icon) for verb in orders.BULK_STEPS]
        if visit.allowed(ORDERS_WRITE)
        else [],
        words=words,
    )


def _choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer."""
    node = chosen_node(visit)
    nodes = [node] if visit.node is not None and node is not None else list(visit.network.nodes.values())
    return {
        "channel": [(one.code, one.name) for one in visit.network.channels.values()],
        "node": [(one.code, one.name) for one in nodes],
        "state": [(code, visit.t(text)) for code, (text, _) in words.STATES.items()],
        "kind": [(code, visit.t(text)) for code, text in words.KINDS.items()],
    }


def _found_as(visit: Visit, wanted: Asked) -> str:
    """As what the searched text was taken."""
    search = wanted.search
    if search is None or search.taken is None:
        return ""
    if search.taken == "customer" and search.by_end:
        count = visit.fmt.number(search.people.customers)
        if search.people.more:
            return visit.t("The end of more than {count} customers; type more of it", count=count)
        return visit.t("The end of a customer ({count})", count=count)
    return visit.t(_MEANINGS[search.taken])


def _rows(visit: Visit, rows: list[orders.queries.OrderRow], now: datetime) -> list[dict[str, object]]:
    """The rows with the names of their nodes and channels, and times in the zones of their nodes."""
    nodes = {node.code: node for node in visit.network.nodes.values()}
    channels = {channel.code: channel.name for channel in visit.network.channels.values()}
    found: list[dict[str, object]] = []
    for row in rows:
        node = nodes.get(row.node)
        fmt = visit.fmt if node is None else visit.format_in(node.time_zone)
        found.append(
            {
                "order": row,
                "channel": channels.get(row.channel, row.channel),
                "node": row.node if node is None else node.name,
                "fmt": fmt,
                "zone": fmt.zone if fmt.zone != visit.zone else "",
                "late": orders.is_late(row.state, row.occurred_at, row.expires_at, now),
            }
        )
    return found

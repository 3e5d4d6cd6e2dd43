"""Data quality: what somebody should look at, counted, each with the list behind it."""

from mainstem.console.admin import words
from mainstem.console.admin.people import number
from mainstem.console.frame import Reply, Visit, html
from mainstem.domains import catalog, inventory, orders
from mainstem.platform import quarantine
from mainstem.platform.access.permissions import CATALOG_READ, ORDERS_READ, QUARANTINE_READ, STOCK_READ
from mainstem.platform.query import ask

PAGE = 50


async def show(visit: Visit) -> Reply:
    """The counts."""
    async with visit.desk.database.snapshot() as connection:
        findings, waiting, discrepancies, placeholders = await ask(
            connection,
            orders.queries.count_findings(),
            quarantine.count_waiting(),
            inventory.count_discrepancies(),
            catalog.count_placeholders(),
        )
    return html(
        visit,
        "admin/templates/quality.html",
        waiting=waiting,
        discrepancies=discrepancies,
        placeholders=placeholders,
        findings=[(code, *_meaning(visit, code), findings.get(code, 0)) for code in {**words.FINDINGS, **findings}],
        total=sum(findings.values()),
        links={
            "quarantine": visit.allowed(QUARANTINE_READ),
            "stock": visit.allowed(STOCK_READ),
            "catalog": visit.allowed(CATALOG_READ),
            "orders": visit.allowed(ORDERS_READ),
        },
    )


async def findings(visit: Visit) -> Reply:
    """The findings of a code, the latest first, each with the order or sale it is about."""
    code: str = visit.path["code"]
    visit.require(ORDERS_READ, None if visit.node is None else visit.node.id)
    before = number(visit.query.get("before", ""))
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(
            connection,
            orders.list_findings(code, PAGE + 1, node=None if visit.node is None else visit.node.id, before=before),
        )
    shown = rows[:PAGE]
    text, remedy = _meaning(visit, code)
    return html(
        visit,
        "admin/templates/findings.html",
        code=code,
        text=text,
        remedy=remedy,
        rows=[(row, words.node_name(visit, row.node), _channel(visit, row.channel)) for row in shown],
        next_url=visit.url(before=shown[-1].id) if len(rows) > PAGE else "",
        first_url=visit.url(before=None) if before else "",
    )


def _channel(visit: Visit, channel: int) -> str:
    known = visit.network.channels.get(channel)
    return str(channel) if known is None else known.name


def _meaning(visit: Visit, code: str) -> tuple[str, str]:
    if code not in words.FINDINGS:
        return code, ""
    text, remedy = words.FINDINGS[code]
    return visit.t(text), visit.t(remedy)

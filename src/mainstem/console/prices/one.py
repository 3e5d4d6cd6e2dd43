"""The price of a SKU: what it costs for whom and where, in every list, what it was, and what it will be."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.frame import MissingError, Reply, Visit, html, see_other
from mainstem.domains import catalog, pricing
from mainstem.kernel.money import from_minor
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import PRICES_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

HISTORY, LISTS_MAX = 200, 100
RANKS = ("group", "tier", "channel_node", "node", "region", "channel", "general")
"""Where a price may be from, the one that wins first."""
_MUTED, _GRID = "#7c8b99", "#7c8b9940"


class Row(msgspec.Struct, frozen=True):
    """A price as it was recorded; `rank` 0 comes before all others. `amount` "" : the list has no price."""

    rank: int
    where: str
    list_code: str
    quantity: int
    amount: str
    amount_minor: int | None
    since: datetime
    until: datetime | None
    derived: str
    who: str
    state: str


class Asked(msgspec.Struct, frozen=True):
    """For whom and where a price is asked, and on which day."""

    channel: catalog.ChannelView
    node: catalog.NodeView | None
    tier: str
    group: str
    moment: datetime
    day: str


async def search(visit: Visit) -> Reply:
    """Look for a SKU or a GTIN."""
    text = visit.query.get("q", "").replace("\x00", "")
    found: list[catalog.Goods] = []
    if text:
        async with visit.desk.database.snapshot() as connection:
            (found,) = await ask(connection, catalog.goods_by_code(text))
        if len(found) == 1:
            return see_other(f"/price?sku={found[0].sku}")
    return html(visit, "prices/templates/search.html", text=text, found=found)


async def shown(visit: Visit) -> Reply:
    """The prices of a SKU."""
    now, sku = datetime.now(UTC), visit.query.get("sku", "").replace("\x00", "")
    asked = _asked(visit, now)
    async with visit.desk.database.snapshot() as connection:
        (goods,) = await ask(connection, catalog.goods_by_sku([sku]))
        if sku not in goods:
            raise MissingError
        one = goods[sku]
        history, listed, guards, sold = await ask(
            connection,
            pricing.price_history(one.id, HISTORY),
            pricing.lists.variant_prices(one.id, HISTORY),
            pricing.lists.guard_history(one.id, HISTORY),
            catalog.sold_goods([one.id]),
        )
        actors = {row.actor for row in history} | {row.price.actor for row in listed} | {row.actor for row in guards}
        (called,) = await ask(connection, names(actors - {0}))
        told = None
        if asked is not None:
            told = await _told(visit, connection, asked, one.id, sold[one.id].category, now)
    rows = _rows(visit, history, listed, called, now)
    return html(
        visit,
        "prices/templates/price.html",
        goods=one,
        asked=asked,
        told=told,
        rows=[row for row in rows if row.state == "now"],
        coming=sorted((row for row in rows if row.state == "coming"), key=lambda row: row.since),
        past=[row for row in rows if row.state == "past"],
        guards=[(row, called.get(row.actor, f"#{row.actor}")) for row in guards],
        channels=[(channel.code, channel.name) for channel in visit.network.channels.values()],
        nodes=[(node.code, node.name) for node in visit.network.nodes.values()],
        may_write=visit.allowed(PRICES_WRITE),
    )


def _asked(visit: Visit, now: datetime) -> Asked | None:
    channel = visit.network.channel(visit.query.get("channel", ""))
    channel = channel or next(iter(visit.network.channels.values()), None)
    if channel is None:
        return None
    node, day, moment = visit.network.node(visit.query.get("node", "")), visit.query.get("day", ""), now
    try:
        zone = ZoneInfo(visit.zone if node is None else node.time_zone)
        moment = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone).astimezone(UTC) if day else now
    except ValueError:
        day = ""
    return Asked(channel, node, visit.query.get("tier", ""), visit.query.get("group", ""), moment, day)


class Told(msgspec.Struct, frozen=True):
    """What somebody pays, where that comes from, and how it moved: as a chart and as (from, amount)."""

    amount: str
    source: str
    tax: str
    lowest: str
    reduced: str
    floor: str
    cost: str
    chart: str
    steps: list[tuple[datetime, str]]


async def _told(visit: Visit, connection: Connection, asked: Asked, variant: int, category: str, now: datetime) -> Told:
    currency, node = asked.channel.currency, asked.node
    basket = pricing.lists.Asked(
        channel=asked.channel.id,
        channel_code=asked.channel.code,
        currency=currency,
        lines=((variant, 1),),
        node=None if node is None else node.id,
        node_code="" if node is None else node.code,
        region="" if node is None else node.region,
        tier=asked.tier,
        groups=(asked.group,) if asked.group else (),
    )
    scope = pricing.lists.Scope(
        asked.channel.id, asked.channel.code, currency, basket.node, basket.node_code, basket.region
    )
    country = "" if node is None else node.country
    book, steps, reduced, guards, taxes = await ask(
        connection,
        pricing.lists.price_for([basket], asked.moment),
        pricing.lists.steps_before([variant], scope, now),
        pricing.lists.lowest_before([variant], scope, asked.moment),
        pricing.lists.guards_for([variant], currency, asked.moment),
        pricing.lists.tax_for([country] if country else [], asked.moment),
    )
    (found,) = book.of(basket)
    moved = [step for step in steps.get(variant, []) if step.start <= now]
    tax = taxes.at(category, country, basket.region)
    low = reduced.get(variant)
    cost = guards.cost(variant)

    def money(amount: int | None) -> str:
        return "" if amount is None else visit.fmt.money(amount, currency)

    return Told(
        "" if found is None else money(found.unit_price_minor),
        "" if found is None else found.source,
        f"{tax.name} {tax.rate_millionths / 10_000:g}%".strip() if tax.name else "",
        money(_lowest(moved, now)),
        visit.t("reduced from at least {amount}", amount=money(low.lowest_minor)) if low is not None else "",
        money(guards.floor(variant) or None),
        money(cost),
        _chart(visit, moved, now, currency),
        [(step.start, money(step.amount_minor)) for step in reversed(moved)],
    )


def _lowest(moved: list[pricing.lists.Step], now: datetime) -> int | None:
    """The lowest price of the last 30 days."""
    since = now - timedelta(days=30)
    ends = [step.start for step in moved[1:]] + [now]
    amounts = [
        step.amount_minor
        for step, end in zip(moved, ends, strict=True)
        if end > since and step.amount_minor is not None
    ]
    return min(amounts, default=None)


def _chart(visit: Visit, moved: list[pricing.lists.Step], now: datetime, currency: str) -> str:
    points: list[list[object]] = [
        [
            step.start.isoformat(),
            None if step.amount_minor is None else float(from_minor(step.amount_minor, currency)),
        ]
        for step in moved
    ]
    if points:
        points.append([now.isoformat(), points[-1][1]])
    muted = {"color": _MUTED}
    option = {
        "grid": {"left": 8, "right": 16, "top": 12, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "time", "axisLabel": muted | {"hideOverlap": True}},
        "yAxis": {
            "type": "value",
            "scale": True,
            "splitNumber": 3,
            "axisLabel": muted,
            "splitLine": {"lineStyle": {"color": _GRID}},
        },
        "series": [{"name": visit.t("Price"), "type": "line", "step": "end", "symbol": "circle", "data": points}],
    }
    return msgspec.json.encode(option).decode()


def _rows(
    visit: Visit,
    history: list[pricing.PriceView],
    listed: list[pricing.lists.VariantPrice],
    called: dict[int, str],
    now: datetime,
) -> list[Row]:
    def who(actor: int) -> str:
        return called.get(actor, f"#{actor}") if actor else ""

    def state(since: datetime, until: datetime | None) -> str:
        if since > now:
            return "coming"
        return "now" if until is None or until > now else "past"

    found = []
    for row in history:
        channel = visit.network.channels.get(row.channel) if row.channel is not None else None
        node = visit.network.nodes.get(row.node) if row.node is not None else None
        kind = "channel_node" if channel and node else "node" if node else "channel" if channel else "general"
        where = " · ".join(one.name for one in (channel, node) if one is not None) or visit.t("Base price")
        found.append(
            Row(
                2 * RANKS.index(kind) + 1,
                where,
                "",
                1,
                visit.fmt.money(row.amount_minor, row.currency),
                row.amount_minor,
                row.valid_from,
                row.valid_until,
                row.derived,
                who(row.actor),
                state(row.valid_from, row.valid_until),
            )
        )
    for one in listed:
        price = one.price
        found.append(
            Row(
                2 * RANKS.index(one.kind),
                f"{one.code} · {one.scope}" if one.scope else one.code,
                one.code,
                price.from_quantity,
                "" if price.amount_minor is None else visit.fmt.money(price.amount_minor, one.currency),
                price.amount_minor,
                price.valid_from,
                price.valid_until,
                price.derived,
                who(price.actor),
                state(price.valid_from, price.valid_until),
            )
        )
    current = sorted((row for row in found if row.state != "past"), key=lambda row: (row.rank, row.where))
    return current + sorted((row for row in found if row.state == "past"), key=lambda row: row.since, reverse=True)

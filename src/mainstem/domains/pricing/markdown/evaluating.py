"""What a rule would change now: the goods it selects are looked up in parts, and each is decided by itself."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from mainstem.domains import catalog, inventory
from mainstem.domains.pricing.lists.finding import Asked, FoundPrice, PriceBook, price_for, with_tax
from mainstem.domains.pricing.lists.guards import guards_for
from mainstem.domains.pricing.lists.store import KeptList, lists_by_code
from mainstem.domains.pricing.lists.taxes import Taxes, tax_for
from mainstem.domains.pricing.markdown import contracts as c
from mainstem.domains.pricing.markdown import store
from mainstem.domains.pricing.markdown.bounds import Guarded
from mainstem.domains.pricing.markdown.competitors import lowest_asked
from mainstem.domains.pricing.markdown.form import Competitor, MarkdownRule, StockAge, StockCover
from mainstem.domains.pricing.markdown.proposing import Line, Subject, day_ago, propose, selects
from mainstem.domains.pricing.markdown.store import KeptRule
from mainstem.domains.pricing.markdown.triggers import Seen
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

PART = 1_000
"""SKUs that are looked up at once."""

NODES_PAGE = 1_000


class Evaluation(msgspec.Struct, frozen=True):
    """What a rule proposes, and how many SKUs it leaves alone, by reason."""

    lines: tuple[Line, ...]
    skipped: dict[c.Skip, int]


class Where(msgspec.Struct, frozen=True):
    """Where the prices of a list count: the basket that sees them, its place for taxes, nodes whose stock counts."""

    basket: Asked
    country: str
    region: str
    zone: str
    nodes: tuple[int, ...]


async def evaluate(connection: Connection, rule: KeptRule, now: datetime) -> Evaluation:
    """What a rule would change at this moment. Raises RefusedError when it selects more than CHANGES_MAX SKUs."""
    (lists, others) = await ask(connection, lists_by_code([rule.price_list]), store.rules(price_list=rule.price_list))
    price_list = lists[rule.price_list]
    where = await whereabouts(connection, price_list)
    mine = (-rule.form.priority, rule.code)

    def outranked(code: str) -> bool:
        other = others.get(code)
        return other is not None and other.form.active and (-other.form.priority, code) < mine

    lines: list[Line] = []
    skipped: Counter[c.Skip] = Counter()
    for goods in await _goods(connection, rule.form):
        for subject in await _subjects(connection, rule.form, price_list, where, goods, now):
            found = propose(rule.form, subject, now, where.zone, outranked)
            if isinstance(found, str):
                skipped[found] += 1
            else:
                lines += found
    return Evaluation(tuple(lines), dict(skipped))


async def whereabouts(connection: Connection, price_list: KeptList) -> Where:
    """Where a list counts. Stock of a general list is that of all nodes, of a channel's that of its own."""
    kind, scope, currency = price_list.kind, price_list.scope, price_list.currency
    if kind == "node":
        (node,) = await ask(connection, catalog.find_node(scope))
        assert node is not None, "a list of a node is made for one that there is"
        basket = Asked(0, "", currency, (), node=node.id, node_code=node.code, region=node.region)
        return Where(basket, node.country, node.region, node.time_zone, (node.id,))
    views: list[catalog.NodeView] = []
    while True:
        (page,) = await ask(connection, catalog.list_nodes(NODES_PAGE, views[-1].code if views else ""))
        views += page
        if len(page) < NODES_PAGE:
            break
    if kind == "region":
        views = [view for view in views if view.region == scope]
        country = views[0].country if views else ""
        return Where(Asked(0, "", currency, (), region=scope), country, scope, "", tuple(v.id for v in views))
    if kind == "channel":
        (channels,) = await ask(connection, catalog.channels_by_code([scope]))
        channel = channels[scope]
        basket = Asked(channel.id, channel.code, currency, ())
        return Where(basket, "", "", "", channel.nodes or tuple(view.id for view in views))
    return Where(Asked(0, "", currency, ()), "", "", "", tuple(view.id for view in views))


async def _goods(connection: Connection, rule: MarkdownRule) -> list[list[catalog.Attributed]]:
    parts: list[list[catalog.Attributed]] = []
    after = count = 0
    while True:
        (found,) = await ask(
            connection,
            catalog.variants_selected(
                after,
                PART,
                skus=rule.of.skus,
                products=rule.of.products,
                categories=rule.of.categories,
                brands=rule.of.brands,
            ),
        )
        parts.append(found)
        count += len(found)
        if len(found) < PART:
            return parts
        if count > c.CHANGES_MAX:
            raise RefusedError(refuse(c.TOO_MANY_GOODS, "/rule/of", rule=rule.code, limit=c.CHANGES_MAX))
        after = found[-1].id


async def _subjects(
    connection: Connection,
    rule: MarkdownRule,
    price_list: KeptList,
    where: Where,
    goods: Sequence[catalog.Attributed],
    now: datetime,
) -> list[Subject]:
    ids = [one.id for one in goods]
    basket = msgspec.structs.replace(where.basket, lines=tuple((number, 1) for number in ids))
    trigger = rule.trigger
    wants_stock = isinstance(trigger, StockAge | StockCover)
    window = trigger.window_days if isinstance(trigger, StockCover) else 28
    stock_query: Query[dict[int, inventory.Ageing]] = inventory.ageing(
        ids if wants_stock else (), where.nodes, now, window
    )
    names = trigger.competitors if isinstance(trigger, Competitor) else ()
    hours = trigger.hours_max if isinstance(trigger, Competitor) else 0
    book, before, own, guards, taxes, stock, competitors = await ask(
        connection,
        price_for([basket], now),
        price_for([basket], day_ago(now)),
        store.own_prices(price_list.id, ids, now),
        guards_for(ids, price_list.currency, now),
        tax_for([where.country], now),
        stock_query,
        lowest_asked(ids if hours else (), price_list.currency, names, now, hours),
    )
    asked = _Prices(book, before, basket, price_list, taxes, where)
    found: list[Subject] = []
    for place, one in enumerate(goods):
        reference = asked.reference(place, one)
        if not selects(rule.of, one, reference):
            continue
        age = stock.get(one.id)
        rate = taxes.at(one.category, where.country, where.region).rate_millionths if price_list.tax_included else 0
        found.append(
            Subject(
                one.id,
                one.sku,
                Seen(
                    one.attributes,
                    None if age is None else age.age_days,
                    None if age is None else age.cover_days,
                    0 if age is None else age.on_hand,
                    competitors.get(one.id),
                ),
                asked.now(place, one),
                reference,
                Guarded(asked.day_before(place, one), guards.floor(one.id), guards.cost(one.id), rate),
                own.get(one.id, ()),
            )
        )
    return found


class _Prices:
    """Prices of a part of the goods, with tax in or out as the list has it."""

    def __init__(
        self,
        book: PriceBook,
        before: PriceBook,
        basket: Asked,
        price_list: KeptList,
        taxes: Taxes,
        where: Where,
    ) -> None:
        self._now = book.of(basket)
        self._without = book.of(basket, without=price_list.code)
        self._before = before.of(basket)
        self._list, self._taxes, self._where = price_list, taxes, where

    def now(self, place: int, goods: catalog.Attributed) -> int | None:
        """What is asked now."""
        return self._as_listed(self._now[place], goods)

    def reference(self, place: int, goods: catalog.Attributed) -> int | None:
        """What would be asked without the list."""
        return self._as_listed(self._without[place], goods)

    def day_before(self, place: int, goods: catalog.Attributed) -> int | None:
        """What was asked 24 hours ago."""
        return self._as_listed(self._before[place], goods)

    def _as_listed(self, found: FoundPrice | None, goods: catalog.Attributed) -> int | None:
        if found is None:
            return None
        if found.tax_included is None:
            return found.unit_price_minor
        rate = self._taxes.at(goods.category, self._where.country, self._where.region).rate_millionths
        return with_tax(found.unit_price_minor, rate, included=found.tax_included, wanted=self._list.tax_included)

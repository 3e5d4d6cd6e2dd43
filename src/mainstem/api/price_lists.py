"""Price lists: kept, read as they are and were; costs and floors; what a basket would cost line by line."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from mainstem.api.commands import bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import catalog, pricing
from mainstem.kernel.quantity import QUANTITY_MAX
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.access.permissions import PRICES_READ, PRICES_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

lists = pricing.lists

ROOM = "/v1/price-lists"
ONE = f"{ROOM}/{{code:str}}"

SKUS_MAX = 100
"""SKUs of one question for prices in force."""

Limit = Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)]


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of a list."""

    cursor: str | None = None
    limit: Limit = PAGE_DEFAULT


class ListPriceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The prices of a list that are in force or to come at a moment (default: now)."""

    moment: datetime | None = None
    cursor: str | None = None
    limit: Limit = PAGE_DEFAULT


class SkuHistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that was ever recorded of a SKU, the latest first."""

    sku: str
    cursor: str | None = None
    limit: Limit = PAGE_DEFAULT


class PriceForQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What SKUs cost through a channel, at a node, for a customer of a tier and groups, at a moment (default: now).

    `quantity` is in smallest steps, of each SKU. `currency` is by default that of the channel.
    """

    sku: tuple[str, ...]
    channel: str
    node: str | None = None
    tier: str = ""
    group: tuple[str, ...] = ()
    quantity: Annotated[int, msgspec.Meta(ge=1, le=QUANTITY_MAX)] = 1
    currency: str | None = None
    moment: datetime | None = None


class ListPriceRow(msgspec.Struct, frozen=True, gc=False):
    """A price of a list, and who set it; `amount_minor` None: the list has no price.

    `batch` is the batch of price changes that it came with, `continues` the price that goes on here.
    """

    id: int
    sku: str
    from_quantity: int
    amount_minor: int | None
    valid_from: datetime
    valid_until: datetime | None
    derived: str
    batch: int | None
    continues: int | None
    actor: int
    recorded_at: datetime


class PriceForRow(msgspec.Struct, frozen=True):
    """What a whole unit of a SKU costs, what that came from, its tax and its price by weight or volume.

    None: nothing is in force. `lowest_30_days_minor` is there when the price that everybody is asked is a reduced one.
    """

    sku: str
    unit_price_minor: int | None
    currency: str
    source: str
    tax_included: bool | None
    tax_name: str
    tax_millionths: int
    unit_price: pricing.lists.UnitPrice | None
    lowest_30_days_minor: int | None


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def all(self, exchange: Exchange) -> Answer:
        """A page of lists."""
        asked = read_query(PageQuery, exchange.scope["query_string"])
        after = (position_of(asked.cursor, tuple[str]) or ("",))[0]
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, lists.price_lists(asked.limit, after))
        return exchange.found(page(rows, asked.limit, (rows[-1].code,) if rows else None))

    async def one(self, exchange: Exchange) -> Answer:
        """A list."""
        async with self._database.snapshot() as connection:
            found = await _list(connection, exchange)
        return exchange.found(found)

    async def terms(self, exchange: Exchange) -> Answer:
        """What a list said and says."""
        async with self._database.snapshot() as connection:
            found = await _list(connection, exchange)
            (terms,) = await ask(connection, lists.price_list_terms(found.id))
        return exchange.found({"items": terms})

    async def prices(self, exchange: Exchange) -> Answer:
        """A page of the prices of a list."""
        asked = read_query(ListPriceQuery, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[int, int, datetime, int])
        async with self._database.snapshot() as connection:
            found = await _list(connection, exchange)
            moment = asked.moment or datetime.now(UTC)
            (rows,) = await ask(connection, lists.list_prices(found.id, moment, asked.limit, after))
            shown = await _rows(connection, rows)
        last = rows[-1] if rows else None
        position = None if last is None else (last.variant, last.from_quantity, last.valid_from, last.id)
        return exchange.found(page(shown, asked.limit, position))

    async def history(self, exchange: Exchange) -> Answer:
        """A page of the prices that a list ever had for a SKU."""
        asked = read_query(SkuHistoryQuery, exchange.scope["query_string"])
        behind = position_of(asked.cursor, tuple[datetime, int])
        async with self._database.snapshot() as connection:
            found = await _list(connection, exchange)
            variant = await known_sku(connection, asked.sku)
            (rows,) = await ask(connection, lists.list_price_history(found.id, variant.id, asked.limit, behind))
            shown = await _rows(connection, rows)
        return exchange.found(page(shown, asked.limit, (rows[-1].valid_from, rows[-1].id) if rows else None))

    async def guards(self, exchange: Exchange) -> Answer:
        """A page of the costs and floors that a SKU ever had."""
        asked = read_query(SkuHistoryQuery, exchange.scope["query_string"])
        before = (position_of(asked.cursor, tuple[int]) or (None,))[0]
        async with self._database.snapshot() as connection:
            variant = await known_sku(connection, asked.sku)
            (rows,) = await ask(connection, lists.guard_history(variant.id, asked.limit, before))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def price_for(self, exchange: Exchange) -> Answer:
        """What SKUs cost in one situation."""
        asked = read_query(PriceForQuery, exchange.scope["query_string"])
        async with self._database.snapshot() as connection:
            rows = await _price_for(connection, asked)
        return exchange.found({"items": rows})


async def known_sku(connection: Connection, sku: str) -> catalog.Variant:
    """The variant of a SKU. Raises RefusedError when there is none."""
    (variants,) = await ask(connection, catalog.variants_by_sku([sku]))
    if sku not in variants:
        raise RefusedError(refuse(catalog.UNKNOWN_SKU, "/sku", sku=sku[:64]))
    return variants[sku]


async def _list(connection: Connection, exchange: Exchange) -> pricing.lists.PriceListView:
    code = str(exchange.path_values()["code"])
    (found,) = await ask(connection, lists.find_price_list(code))
    if found is None:
        raise RefusedError(refuse(lists.UNKNOWN_LIST, "/code", list=code[:64]))
    return found


async def _rows(connection: Connection, rows: list[pricing.lists.ListPriceView]) -> list[ListPriceRow]:
    (variants,) = await ask(connection, catalog.variants_by_id({row.variant for row in rows}))
    return [
        ListPriceRow(
            row.id,
            variants[row.variant].sku,
            row.from_quantity,
            row.amount_minor,
            row.valid_from,
            row.valid_until,
            row.derived,
            row.batch,
            row.continues,
            row.actor,
            row.recorded_at,
        )
        for row in rows
    ]


async def _price_for(connection: Connection, asked: PriceForQuery) -> list[PriceForRow]:
    if len(asked.sku) > SKUS_MAX:
        raise RefusedError(refuse(catalog.TOO_MANY, "/sku", field="sku", size=len(asked.sku), limit=SKUS_MAX))
    variants, channels, node = await ask(
        connection,
        catalog.variants_by_sku(asked.sku),
        catalog.channels_by_code([asked.channel]),
        catalog.find_node(asked.node or ""),
    )
    for sku in asked.sku:
        if sku not in variants:
            raise RefusedError(refuse(catalog.UNKNOWN_SKU, "/sku", sku=sku[:64]))
    if asked.channel not in channels:
        raise RefusedError(refuse(catalog.UNKNOWN_CHANNEL, "/channel", channel=asked.channel[:64]))
    if asked.node is not None and node is None:
        raise RefusedError(refuse(catalog.UNKNOWN_NODE, "/node", node=asked.node[:64]))
    channel = channels[asked.channel]
    place = ("", "") if node is None else (node.country, node.region)
    ids = [variants[sku].id for sku in asked.sku]
    basket = lists.Asked(
        channel.id,
        channel.code,
        asked.currency or channel.currency,
        tuple((number, asked.quantity) for number in ids),
        node=None if node is None else node.id,
        node_code=asked.node or "",
        region=place[1],
        tier=asked.tier,
        groups=asked.group,
    )
    scope = lists.Scope(channel.id, channel.code, basket.currency, basket.node, basket.node_code, basket.region)
    moment = asked.moment or datetime.now(UTC)
    goods, book, taxes, lowest = await ask(
        connection,
        catalog.variants_attributed(ids),
        lists.price_for([basket], moment),
        lists.tax_for([place[0]], moment),
        lists.lowest_before(ids, scope, moment),
    )
    rows = []
    for number, price in zip(ids, book.of(basket), strict=True):
        one = goods[number]
        tax = taxes.at(one.category, *place)
        amount = None if price is None else price.unit_price_minor
        reduced = lowest.get(number)
        rows.append(
            PriceForRow(
                sku=one.sku,
                unit_price_minor=amount,
                currency=basket.currency,
                source="" if price is None else price.source,
                tax_included=None if price is None else price.tax_included,
                tax_name=tax.name,
                tax_millionths=tax.rate_millionths,
                unit_price=None if amount is None else lists.unit_price(amount, one.unit, one.attributes),
                lowest_30_days_minor=None if reduced is None else reduced.lowest_minor,
            )
        )
    return rows


def routes(services: Services) -> list[Route]:
    """The routes of price lists."""
    return [*_writing(services), *_reading(_Reads(services))]


def _writing(services: Services) -> list[Route]:
    return [
        command_route(
            services,
            ONE,
            lists.SAVE_PRICE_LIST,
            PRICES_WRITE,
            "Make a price list, or change its terms.",
            given=("code",),
            method="PUT",
            key="optional",
        ),
        command_route(
            services, "/v1/list-prices", lists.SET_LIST_PRICE, PRICES_WRITE, "Set a price of a list.", status=201
        ),
        bulk_route(
            services,
            "/v1/list-prices/bulk",
            lists.SET_LIST_PRICE,
            PRICES_WRITE,
            "Set up to 1,000 prices of lists, each for itself.",
            status=201,
        ),
        command_route(
            services,
            "/v1/price-guards",
            lists.SET_PRICE_GUARD,
            PRICES_WRITE,
            "Set what a SKU costs us, or its floor price.",
            status=201,
        ),
        bulk_route(
            services,
            "/v1/price-guards/bulk",
            lists.SET_PRICE_GUARD,
            PRICES_WRITE,
            "Set up to 1,000 costs and floor prices, each for itself.",
            status=201,
        ),
    ]


def _reading(reads: _Reads) -> list[Route]:
    def items(name: str, row: type[msgspec.Struct]) -> type[msgspec.Struct]:
        return msgspec.defstruct(name, [("items", list[row])], frozen=True)  # type: ignore[valid-type]

    return [
        Route(
            method="GET",
            path=ROOM,
            permission=PRICES_READ,
            respond=reads.all,
            summary="List the price lists.",
            query=PageQuery,
            result=page_of(lists.PriceListView),
        ),
        Route(
            method="GET",
            path=ONE,
            permission=PRICES_READ,
            respond=reads.one,
            summary="Read a price list.",
            result=lists.PriceListView,
        ),
        Route(
            method="GET",
            path=f"{ONE}/terms",
            permission=PRICES_READ,
            respond=reads.terms,
            summary="Read what a price list said and says, and who changed it.",
            result=items("PriceListTermsList", lists.PriceListTerms),
        ),
        Route(
            method="GET",
            path=f"{ONE}/prices",
            permission=PRICES_READ,
            respond=reads.prices,
            summary="List the prices of a list, in force and to come.",
            query=ListPriceQuery,
            result=page_of(ListPriceRow),
        ),
        Route(
            method="GET",
            path=f"{ONE}/prices/history",
            permission=PRICES_READ,
            respond=reads.history,
            summary="List the prices a list ever had for a SKU, and who set them.",
            query=SkuHistoryQuery,
            result=page_of(ListPriceRow),
        ),
        Route(
            method="GET",
            path="/v1/price-guards",
            permission=PRICES_WRITE,
            respond=reads.guards,
            summary="List the costs and floor prices a SKU ever had, and who set them.",
            query=SkuHistoryQuery,
            result=page_of(lists.PriceGuardView),
        ),
        Route(
            method="GET",
            path="/v1/prices/for",
            permission=PRICES_READ,
            respond=reads.price_for,
            summary="Read what SKUs cost in a situation, on any day, and what that comes from.",
            query=PriceForQuery,
            result=items("PriceForRowList", PriceForRow),
        ),
    ]

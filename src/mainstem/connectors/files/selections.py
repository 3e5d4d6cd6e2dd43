"""What an export reads: every document of a kind, in a stable order, from one snapshot, in bounded memory."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec

from mainstem.connectors.files.flat import ToldOrder
from mainstem.connectors.files.reading import StockDocument
from mainstem.domains import catalog, customers, inventory, orders, pricing
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Row, ask
from mainstem.platform.vault import Vault

PAGE = 1_000
"""Documents that are held in memory at once."""

_PRODUCTS = """
select p.external_id, p.name, p.brand, p.category,
    (select coalesce(json_agg(json_build_object('sku', v.sku, 'name', v.name, 'unit', v.unit,
            'gtins', array(select g.gtin from catalog.gtin as g where g.variant = v.id order by g.gtin),
            'attributes', v.attributes) order by v.sku), '[]')
        from catalog.variant as v where v.product = p.id)::text
from catalog.product as p
where p.external_id is not null
order by p.external_id collate "C"
"""

_PRICES = """
select v.sku, p.currency, p.amount_minor, c.code, n.code, p.valid_from, p.derived
from pricing.price as p
join catalog.variant as v on v.id = p.variant
left join catalog.channel as c on c.id = p.channel
left join catalog.node as n on n.id = p.node
where p.valid_until > p.valid_from
order by v.sku, c.code collate "C" nulls first, n.code collate "C" nulls first, p.currency, p.valid_from
"""

_LIST_PRICES = """
select l.code, v.sku, p.amount_minor, p.from_quantity, l.currency, p.valid_from, nullif(p.valid_until, 'infinity'),
    p.derived
from pricing.list_price as p
join pricing.price_list as l on l.id = p.list
join catalog.variant as v on v.id = p.variant
where p.valid_until > p.valid_from
order by l.code collate "C", v.sku, p.from_quantity, p.valid_from
"""

# Only the columns that the layout has: what became of an order since is told by the API.
_ORDERS = """
select o.id, c.code, n.code, o.external_id, o.customer, o.currency, o.occurred_at, o.state,
    (select coalesce(json_agg(json_build_object('sku', v.sku, 'quantity', l.quantity, 'unit', v.unit,
            'unit_price_minor', l.unit_price_minor, 'amount_minor', l.amount_minor,
            'discounts', (select coalesce(json_agg(json_build_object('kind', d.kind, 'amount_minor', d.amount_minor)
                order by d.kind), '[]') from orders.line_discount as d
                where d.order_id = l.order_id and d.position = l.position)
        ) order by l.position), '[]')
        from orders.order_line as l join catalog.variant as v on v.id = l.variant where l.order_id = o.id)::text,
    (select coalesce(json_agg(json_build_object('kind', t.kind, 'amount_minor', t.amount_minor,
        'reference', t.reference) order by t.id), '[]') from orders.tender as t where t.order_id = o.id)::text,
    (select coalesce(json_agg(json_build_object('name', t.name, 'amount_minor', t.amount_minor,
        'rate_millionths', t.rate_millionths, 'included', t.included) order by t.position), '[]')
        from orders.tax_line as t where t.order_id = o.id)::text
from orders.customer_order as o
join catalog.channel as c on c.id = o.channel
join catalog.node as n on n.id = o.node
where o.kind = %s
order by o.occurred_at, o.id
"""


class _Line(msgspec.Struct, frozen=True, gc=False):
    sku: str
    quantity: int
    unit: str
    unit_price_minor: int | None
    amount_minor: int
    discounts: tuple[orders.Discount, ...]


_CUSTOMER = 4
"""Which column of `_ORDERS` is the record of the customer."""

_lines = msgspec.json.Decoder(tuple[_Line, ...]).decode
_variants = msgspec.json.Decoder(tuple[catalog.VariantInput, ...]).decode
_tenders = msgspec.json.Decoder(tuple[orders.Tender, ...]).decode
_taxes = msgspec.json.Decoder(tuple[orders.TaxLine, ...]).decode


async def products(connection: Connection) -> AsyncIterator[catalog.UpsertProduct]:
    """The described products by external id, their variants by SKU; placeholders are nobody's product."""
    async for external_id, name, brand, category, variants in _stream(connection, _PRODUCTS):
        yield catalog.UpsertProduct(external_id, name, _variants(variants), brand, category)


async def _node_views(connection: Connection) -> AsyncIterator[catalog.NodeView]:
    after = ""
    while True:
        (page,) = await ask(connection, catalog.list_nodes(PAGE, after))
        for view in page:
            yield view
        if len(page) < PAGE:
            return
        after = page[-1].code


async def nodes(connection: Connection) -> AsyncIterator[catalog.UpsertNode]:
    """The nodes by code."""
    async for view in _node_views(connection):
        values = msgspec.structs.asdict(view)
        yield catalog.UpsertNode(
            **{name: values[name] for name in catalog.UpsertNode.__struct_fields__ if name in values}
        )


async def channels(connection: Connection) -> AsyncIterator[catalog.UpsertChannel]:
    """The channels by code."""
    after = ""
    while True:
        (page,) = await ask(connection, catalog.list_channels(PAGE, after))
        for view in page:
            values = msgspec.structs.asdict(view)
            names = catalog.UpsertChannel.__struct_fields__
            yield catalog.UpsertChannel(**{name: values[name] for name in names if name in values})
        if len(page) < PAGE:
            return
        after = page[-1].code


async def prices(connection: Connection) -> AsyncIterator[pricing.SetPrice]:
    """Every price that was in force for a time, is or will be: by SKU, channel, node, currency and start."""
    async for row in _stream(connection, _PRICES):
        sku, currency, amount_minor, channel, node, valid_from, derived = row
        yield pricing.SetPrice(sku, currency, amount_minor, channel, node, valid_from, derived)


async def list_prices(connection: Connection) -> AsyncIterator[pricing.lists.SetListPrice]:
    """Every price that a list had for a time, has or will have: by list, SKU, quantity and start."""
    async for row in _stream(connection, _LIST_PRICES):
        yield pricing.lists.SetListPrice(*row)


async def stock(connection: Connection) -> AsyncIterator[StockDocument]:
    """What is on hand now, node by node, as counts of this moment; below 0 where a shelf was oversold."""
    cursor = await connection.execute("select now()")
    row = await cursor.fetchone()
    assert row is not None
    moment: datetime = row[0]
    async for view in _node_views(connection):
        after = 0
        while page := await inventory.stock_of_node(connection, view.id, after, PAGE):
            yield StockDocument(
                type="count",
                node=view.code,
                document=f"export {moment.isoformat()} {after}",
                lines=tuple([inventory.StockLine(row.sku, row.on_hand, row.unit) for row in page]),
                occurred_at=moment,
            )
            after = page[-1].id


async def placed_orders(connection: Connection, vault: Vault, *, clear: bool) -> AsyncIterator[ToldOrder]:
    """The orders by moment, as they were placed, at the node that promises them, with everything paid since."""
    async for row in _with_customers(connection, vault, _stream(connection, _ORDERS, "order"), clear=clear):
        number, channel, node, external_id, customer, currency, placed_at, state = row[:8]
        order = orders.PlaceOrder(
            channel=channel,
            lines=tuple(
                [
                    orders.OrderLine(line.sku, line.quantity, line.unit, line.unit_price_minor, line.discounts)
                    for line in _lines(row[8])
                ]
            ),
            external_id=external_id or f"mainstem-{number}",
            node=node,
            customer=customer,
            currency=currency,
            tenders=_tenders(row[9]),
            taxes=_taxes(row[10]),
        )
        yield ToldOrder(order, state, placed_at)


async def sales(connection: Connection, vault: Vault, *, clear: bool) -> AsyncIterator[orders.RecordSale]:
    """The sales by moment."""
    async for row in _with_customers(connection, vault, _stream(connection, _ORDERS, "sale"), clear=clear):
        _, channel, node, external_id, customer, currency, occurred_at, _ = row[:8]
        yield orders.RecordSale(
            channel=channel,
            node=node,
            external_id=external_id,
            occurred_at=occurred_at,
            lines=tuple(
                [
                    orders.SaleLine(line.sku, line.quantity, line.amount_minor, line.unit, line.discounts)
                    for line in _lines(row[8])
                ]
            ),
            customer=customer,
            currency=currency,
            tenders=_tenders(row[9]),
            taxes=_taxes(row[10]),
        )


async def _with_customers(
    connection: Connection, vault: Vault, rows: AsyncIterator[Row], *, clear: bool
) -> AsyncIterator[Row]:
    """The rows with what its channel calls the customer in place of the id of his record."""
    page: list[Row] = []

    async def named() -> list[Row]:
        records = {row[_CUSTOMER] for row in page if row[_CUSTOMER] is not None}
        (people,) = await ask(connection, customers.named(vault, records, clear=clear))
        return [
            (*row[:_CUSTOMER], people[row[_CUSTOMER]].reference if row[_CUSTOMER] else "", *row[_CUSTOMER + 1 :])
            for row in page
        ]

    async for row in rows:
        page.append(row)
        if len(page) == PAGE:
            for complete in await named():
                yield complete
            page.clear()
    for complete in await named():
        yield complete


async def _stream(connection: Connection, sql: str, *parameters: Any) -> AsyncIterator[Row]:  # noqa: ANN401
    """The rows of a statement through a cursor of the server."""
    async with connection.cursor(name="export", binary=True) as cursor:
        cursor.itersize = PAGE
        await cursor.execute(sql, parameters)
        async for row in cursor:
            yield row

"""The data set as Mainstem's ordinary commands: nothing here writes, and nothing is invented without being named so."""

from collections.abc import Iterator

import duckdb

from mainstem.connectors.complete_journey import source
from mainstem.connectors.complete_journey.derived_stock import Delivery, DerivedStock, StockChunk
from mainstem.domains.catalog import UpsertChannel, UpsertNode, UpsertProduct, VariantInput
from mainstem.domains.customers import Attributes, Identifier, Identify
from mainstem.domains.inventory import ReceiveStock, StockLine
from mainstem.domains.orders import Discount, RecordSale, SaleLine, Tender
from mainstem.domains.pricing import SetPrice

CHANNEL = "till"
CARD_PROGRAMME = "complete-journey"
"""The programme of the loyalty cards: the data has one card a household."""
DERIVED_STOCK = "complete_journey:r,nQ"
DERIVED_PRICE = "complete_journey:most frequent regular price"
COUPON_TENDER = "manufacturer_coupon"
"""A manufacturer's coupon pays for the goods like money; the data does not say how the rest was paid."""
REST_TENDER = "unknown"
LINES_PER_DELIVERY = 1000


def node_code(store_id: int) -> str:
    """The node of a store."""
    return f"S{store_id}"


def nodes(con: duckdb.DuckDBPyConnection) -> list[UpsertNode]:
    """One node a store; the data has neither names nor addresses."""
    return [
        UpsertNode(code=node_code(store), name=f"Store {store}", kind="store", time_zone=source.TIME_ZONE, country="US")
        for store in source.stores(con)
    ]


def channels() -> list[UpsertChannel]:
    """The one channel that the data knows."""
    return [UpsertChannel(code=CHANNEL, name="Tills", kind="till", currency=source.CURRENCY)]


def products(con: duckdb.DuckDBPyConnection) -> Iterator[list[UpsertProduct]]:
    """The catalogue, a batch at a time; a product has one variant, whose SKU is the product's number."""
    for batch in source.products(con):
        yield [
            UpsertProduct(
                external_id=external_id,
                name=name,
                variants=(VariantInput(sku=external_id, unit=unit),),
                brand=brand,
                category="/".join(level.replace("/", "-") for level in path),
            )
            for external_id, name, brand, path, unit in zip(
                batch.external_ids, batch.names, batch.brands, batch.category_paths, batch.units, strict=True
            )
        ]


def households(con: duckdb.DuckDBPyConnection) -> Iterator[list[Identify]]:
    """The loyalty cards as what the tills know of people, a batch at a time; there are no names in the data."""
    for batch in source.households(con):
        yield [
            Identify(
                source=CHANNEL,
                reference=card(household.household_id),
                identifiers=(Identifier("member_card", card(household.household_id), CARD_PROGRAMME),),
                attributes=Attributes(custom=household.demographics),
            )
            for household in batch
        ]


def card(household_id: int) -> str:
    """What the tills call a household."""
    return str(household_id)


def prices(con: duckdb.DuckDBPyConnection) -> list[SetPrice]:
    """One price a product that was sold, derived: its most frequent regular price. The data has no price list."""
    rows = con.execute(_PRICES).fetchall()
    return [
        SetPrice(sku=str(product), currency=source.CURRENCY, amount_minor=amount, derived=DERIVED_PRICE)
        for product, amount in rows
    ]


def opening(derived: DerivedStock) -> Iterator[ReceiveStock]:
    """The opening stock as deliveries of bounded size, derived."""
    for chunk in derived.opening():
        yield from _documents(chunk, "opening", "opening", derived.opened_at)


def delivery(week: Delivery) -> Iterator[ReceiveStock]:
    """A week's deliveries, one or more documents a store, derived."""
    yield from _documents(week.stock, "supplier", f"week of {week.delivered_at:%Y-%m-%d}", week.delivered_at)


def _documents(chunk: StockChunk, origin: str, name: str, moment: object) -> Iterator[ReceiveStock]:
    start = 0
    stores = chunk.store_ids
    while start < len(stores):
        end = start
        while end < len(stores) and stores[end] == stores[start] and end - start < LINES_PER_DELIVERY:
            end += 1
        yield ReceiveStock(
            node=node_code(stores[start]),
            lines=tuple(
                [
                    StockLine(str(product), quantity)
                    for product, quantity in zip(chunk.product_ids[start:end], chunk.quantities[start:end], strict=True)
                ]
            ),
            source=origin,  # type: ignore[arg-type]
            document=f"{name}, {node_code(stores[start])}, from {chunk.product_ids[start]}",
            occurred_at=moment,  # type: ignore[arg-type]
            derived=DERIVED_STOCK,
        )
        start = end


def sale(basket: source.Basket) -> RecordSale:
    """A basket as a recorded sale: net of the retailer's own discounts, a manufacturer's coupon as a tender."""
    lines = []
    tenders = []
    total = coupons = 0
    for position, (product, quantity, value, retail, coupon, match) in enumerate(basket.lines, 1):
        discounts: tuple[Discount, ...] = (Discount("retail", retail),) if retail else ()
        if match:
            discounts = (*discounts, Discount("coupon_match", match))
        if coupon:
            tenders.append(Tender(COUPON_TENDER, coupon, f"line {position}"))
            coupons += coupon
        total += value
        lines.append(SaleLine(str(product), quantity, value, None, discounts))
    if total != coupons:
        tenders.append(Tender(REST_TENDER, total - coupons))
    return RecordSale(
        channel=CHANNEL,
        node=node_code(basket.store_id),
        external_id=str(basket.basket_id),
        occurred_at=basket.occurred_at,
        lines=tuple(lines),
        customer=card(basket.household_id),
        tenders=tuple(tenders),
    )


_PRICES = """
SELECT product_id, mode(round((sales_value_minor + retail_discount_minor + coupon_match_discount_minor) * steps
    / quantity)::BIGINT)
FROM (SELECT *, CASE WHEN product_id IN (SELECT product_id FROM fuel_products) THEN 1000 ELSE 1 END AS steps FROM lines)
WHERE quantity > 0 AND sales_value_minor > 0
GROUP BY product_id ORDER BY product_id
"""

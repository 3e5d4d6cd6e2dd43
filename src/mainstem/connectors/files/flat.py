"""From what an export found to the rows of the flat layout: the reverse of reading."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from mainstem.connectors.files.layout import Column, Layout
from mainstem.connectors.files.reading import NO_ITEMS, StockDocument
from mainstem.domains import catalog, orders, pricing

Cell = str | int | float | datetime | tuple[str, ...] | None
"""A value of a column: a list column has a tuple, a JSON column the JSON text."""

FlatRow = dict[str, Cell]


class ToldOrder(msgspec.Struct, frozen=True):
    """An order and what an export tells beside it."""

    order: orders.PlaceOrder
    state: str
    placed_at: datetime


def written_columns(layout: Layout) -> tuple[Column, ...]:
    """The columns that an export writes: amounts in minor units and quantities in smallest steps, never both forms."""
    return tuple(column for column in layout.columns if not (column.other and column.type == "decimal"))


def _json(value: Any) -> str:  # noqa: ANN401 - whatever the column holds
    return msgspec.json.encode(value).decode() if value else ""


def product(command: catalog.UpsertProduct) -> Iterator[FlatRow]:
    """A row a variant."""
    for variant in command.variants:
        yield {
            "external_id": command.external_id,
            "name": command.name,
            "brand": command.brand,
            "category": command.category,
            "sku": variant.sku,
            "variant_name": variant.name,
            "unit": variant.unit,
            "gtins": variant.gtins,
            "attributes": _json(variant.attributes),
        }


def node(command: catalog.UpsertNode) -> Iterator[FlatRow]:
    """A row a node."""
    row = msgspec.structs.asdict(command)
    yield row | {
        "opening_hours": _json(command.opening_hours),
        "capabilities": command.capabilities or (NO_ITEMS,),
    }


def plain(command: catalog.UpsertChannel | pricing.SetPrice | pricing.lists.SetListPrice) -> Iterator[FlatRow]:
    """A row a channel or price: their fields are the columns."""
    yield msgspec.structs.asdict(command)


def stock(document: StockDocument) -> Iterator[FlatRow]:
    """A row a line."""
    head = msgspec.structs.asdict(document)
    del head["lines"]
    for line in document.lines:
        yield head | {"sku": line.sku, "quantity": line.quantity, "unit": line.unit}


def order(told: ToldOrder) -> Iterator[FlatRow]:
    """A row a line."""
    command = told.order
    head: FlatRow = {
        "channel": command.channel,
        "external_id": command.external_id,
        "node": command.node,
        "customer": command.customer,
        "currency": command.currency,
        "tenders": _json(command.tenders),
        "taxes": _json(command.taxes),
        "state": told.state,
        "placed_at": told.placed_at,
    }
    for line in command.lines:
        yield head | {
            "sku": line.sku,
            "quantity": line.quantity,
            "unit": line.unit,
            "unit_price_minor": line.unit_price_minor,
            "discounts": _json(line.discounts),
        }


def sale(command: orders.RecordSale) -> Iterator[FlatRow]:
    """A row a line."""
    head: FlatRow = {
        "channel": command.channel,
        "node": command.node,
        "external_id": command.external_id,
        "occurred_at": command.occurred_at,
        "customer": command.customer,
        "currency": command.currency,
        "tenders": _json(command.tenders),
        "taxes": _json(command.taxes),
    }
    for line in command.lines:
        yield head | {
            "sku": line.sku,
            "quantity": line.quantity,
            "unit": line.unit,
            "amount_minor": line.amount_minor,
            "discounts": _json(line.discounts),
        }

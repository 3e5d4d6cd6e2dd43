"""The kinds of files: layout, how a document is read, which operation takes it, and by what it is known."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zlib import crc32

import msgspec

from mainstem.connectors.files import cells, reading
from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.layout import LAYOUTS, Layout
from mainstem.connectors.files.reading import Cells, Defaults, StockDocument
from mainstem.domains import catalog, inventory, orders, pricing
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Operation
from mainstem.processes import PLACE_ORDERS, RECORD_SALES

_encode = msgspec.json.Encoder().encode


def _stock_identity(command: inventory.ReceiveStock | inventory.CountStock) -> str:
    type_ = command.source if isinstance(command, inventory.ReceiveStock) else "count"
    moment = command.occurred_at.isoformat() if command.occurred_at else ""
    return f"file\x1f{type_}\x1f{command.node}\x1f{command.document}\x1f{moment}"


def _document_changed(command: inventory.ReceiveStock | inventory.CountStock) -> Refusal:
    return refuse(c.DOCUMENT_CHANGED, "/document", document=command.document, node=command.node)


def _order_changed(command: orders.PlaceOrder) -> Refusal:
    return refuse(orders.DUPLICATE_ORDER, "/external_id", external_id=command.external_id, channel=command.channel)


def _product_codes(command: catalog.UpsertProduct) -> Iterator[str]:
    """What only one product can have; a GTIN in 14 digits, as the catalogue keeps it."""
    yield f"product {command.external_id}"
    for variant in command.variants:
        yield f"sku {variant.sku}"
        yield from (gtin.zfill(14) for gtin in variant.gtins)


# An operation that has an identity forgets its refusals: what a file could not do for want of a product or of stock it
# can do when it is imported again.
_RECEIVE = replace(inventory.RECEIVE_STOCK, identity=_stock_identity, clash=_document_changed)
_COUNT = replace(inventory.COUNT_STOCK, identity=_stock_identity, clash=_document_changed)
_PRICES = replace(pricing.SET_PRICES, identity=lambda command: f"file\x1f{_encode(command).decode()}")
_LIST_PRICES = replace(pricing.lists.SET_LIST_PRICE, identity=lambda command: f"file\x1f{_encode(command).decode()}")
_ORDERS = replace(
    PLACE_ORDERS,
    identity=lambda command: f"file\x1f{command.channel}\x1f{command.external_id}",
    clash=_order_changed,
)


@dataclass(frozen=True, slots=True)
class FileKind:
    """How one kind of file is handled.

    `line` reads a row of a document with lines, `document` the document from its first row and its lines. `nested` is
    what a line of JSON Lines holds. `operations` maps the type of a command to what takes it. An upsert does nothing
    when it is sent again; everything else is known by the identity of its operation. A refused fact is held back.
    Documents of different `lane` do not depend on each other's order, unless they share one of their `codes`.
    """

    layout: Layout
    document: Callable[[Cells, tuple[Any, ...], Defaults], Any]
    nested: type[Any]
    operations: dict[type[Any], Operation[Any, Any]]
    line: Callable[[Cells, Defaults], Any] | None = None
    upsert: bool = False
    fact: bool = False
    moments: tuple[str, ...] = field(default=())
    lane: Callable[[Any], int] | None = None
    codes: Callable[[Any], Iterable[str]] | None = None

    def from_nested(self, document: Any, defaults: Defaults) -> Any:  # noqa: ANN401 - any of the nested types
        """The command of a document that JSON Lines gave whole; raises CellError."""
        given: dict[str, datetime | None] = {name: getattr(document, name) for name in self.moments}
        read = {
            name: cells.instant(name, moment, defaults.zone) for name, moment in given.items() if moment is not None
        }
        if read != given:
            if "valid_from" in given and "valid_from" not in read:
                read["valid_from"] = defaults.valid_from or cells.fail(
                    "valid_from", c.CELL_MISSING, column="valid_from"
                )
            document = msgspec.structs.replace(document, **read)
        for name in self.layout.keys:
            if name not in self.moments and not getattr(document, name):
                cells.fail(name, c.CELL_MISSING, column=name)
        return reading.stock_command(document) if isinstance(document, StockDocument) else document


FILE_KINDS: dict[str, FileKind] = {
    "products": FileKind(
        layout=LAYOUTS["products"],
        line=reading.variant,
        document=reading.product,
        nested=catalog.UpsertProduct,
        operations={catalog.UpsertProduct: catalog.UPSERT_PRODUCTS},
        upsert=True,
        lane=lambda command: crc32(command.external_id.encode()),
        codes=_product_codes,
    ),
    "nodes": FileKind(
        layout=LAYOUTS["nodes"],
        document=reading.node,
        nested=catalog.UpsertNode,
        operations={catalog.UpsertNode: catalog.UPSERT_NODES},
        upsert=True,
    ),
    "channels": FileKind(
        layout=LAYOUTS["channels"],
        document=reading.channel,
        nested=catalog.UpsertChannel,
        operations={catalog.UpsertChannel: catalog.UPSERT_CHANNELS},
        upsert=True,
    ),
    "prices": FileKind(
        layout=LAYOUTS["prices"],
        document=reading.price,
        nested=pricing.SetPrice,
        operations={pricing.SetPrice: _PRICES},
        moments=("valid_from",),
    ),
    "price_list": FileKind(
        layout=LAYOUTS["price_list"],
        document=reading.list_price,
        nested=pricing.lists.SetListPrice,
        operations={pricing.lists.SetListPrice: _LIST_PRICES},
        moments=("valid_from", "valid_until"),
    ),
    "stock": FileKind(
        layout=LAYOUTS["stock"],
        line=reading.stock_line,
        document=reading.stock,
        nested=StockDocument,
        operations={inventory.ReceiveStock: _RECEIVE, inventory.CountStock: _COUNT},
        fact=True,
        moments=("occurred_at",),
    ),
    "orders": FileKind(
        layout=LAYOUTS["orders"],
        line=reading.order_line,
        document=reading.order,
        nested=orders.PlaceOrder,
        operations={orders.PlaceOrder: _ORDERS},
    ),
    "sales": FileKind(
        layout=LAYOUTS["sales"],
        line=reading.sale_line,
        document=reading.sale,
        nested=orders.RecordSale,
        operations={orders.RecordSale: RECORD_SALES},
        fact=True,
        moments=("occurred_at",),
        lane=lambda command: crc32(command.node.encode()),  # what a shelf holds is told in the order of the file
    ),
}

"""From cells to what the operations take: one function for a line and one for its document, for each kind."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar, get_args

import msgspec

from mainstem.connectors.files import cells
from mainstem.connectors.files import contracts as c
from mainstem.domains import catalog, inventory, orders, pricing

StockType = Literal["supplier", "opening", "count"]
Cells = Mapping[str, str]
T = TypeVar("T")

_STOCK_TYPES: tuple[str, ...] = get_args(StockType)
_NODE_KINDS: tuple[str, ...] = get_args(catalog.NodeKind)
_CHANNEL_KINDS: tuple[str, ...] = get_args(catalog.ChannelKind)
_CAPABILITIES: tuple[str, ...] = get_args(catalog.Capability)

NO_ITEMS = "none"
"""A list of capabilities without any; a blank cell means the usual ones."""

_attributes = cells.json_reader(dict[str, str])
_hours = cells.json_reader(tuple[catalog.OpeningHours, ...])
_discounts = cells.json_reader(tuple[orders.Discount, ...])
_tenders = cells.json_reader(tuple[orders.Tender, ...])
_taxes = cells.json_reader(tuple[orders.TaxLine, ...])


class Defaults(msgspec.Struct, frozen=True):
    """What the options say where the file does not."""

    zone: str | None = None
    currency: str = ""
    valid_from: datetime | None = None


class StockDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of JSON Lines of stock: what the HTTP API takes as delivery or count, told apart by `type`."""

    type: StockType
    node: str
    document: str
    lines: tuple[inventory.StockLine, ...]
    occurred_at: datetime | None = None
    derived: str = ""


def need(row: Cells, column: str) -> str:
    """A cell that must not be blank."""
    text = row.get(column)
    if not text or text.isspace():
        cells.fail(column, c.CELL_MISSING, column=column)
    return text


def _optional(row: Cells, column: str, read: Callable[[str, str], T], otherwise: T) -> T:
    text = row.get(column)
    return read(column, text) if text else otherwise


def _quantity(row: Cells) -> tuple[int, str | None]:
    """The smallest steps of a line, and its unit where it names one."""
    unit = row.get("unit") or None
    text = row.get("quantity")
    if text is None:
        text = need(row, "units")
        return cells.steps("units", text, need(row, "unit")), unit
    return cells.integer("quantity", text or need(row, "quantity")), unit


def _money(row: Cells, minor: str, major: str, defaults: Defaults) -> int | None:
    """Minor units from whichever of the two columns there is; None when it is blank."""
    text = row.get(minor)
    if text:
        return cells.integer(minor, text)
    text = row.get(major)
    if not text:
        return None
    return cells.amount(major, text, row.get("currency") or defaults.currency or need(row, "currency"))


def _needed_money(row: Cells, defaults: Defaults) -> int:
    found = _money(row, "amount_minor", "amount", defaults)
    if found is None:
        need(row, "amount" if "amount" in row else "amount_minor")
        raise AssertionError
    return found


def _moment(row: Cells, column: str, defaults: Defaults) -> datetime | None:
    text = row.get(column)
    return cells.moment(column, text, defaults.zone) if text else None


def _needed_moment(row: Cells, column: str, defaults: Defaults) -> datetime:
    return cells.moment(column, need(row, column), defaults.zone)


def variant(row: Cells, _: Defaults) -> catalog.VariantInput:
    """A row of products as a variant."""
    return catalog.VariantInput(
        sku=cells.code("sku", need(row, "sku")),
        name=row.get("variant_name", ""),
        unit=row.get("unit") or "pc",
        gtins=tuple([_gtin(entry) for entry in cells.items(row.get("gtins", ""))]),
        attributes=_optional(row, "attributes", _attributes, {}),
    )


def _gtin(text: str) -> str:
    """A GTIN exactly as written; whether its check digit is right is the catalogue's business."""
    return cells.code("gtins", text) if text else cells.fail("gtins", catalog.BAD_GTIN, gtin=text)


def product(row: Cells, lines: tuple[Any, ...], _: Defaults) -> catalog.UpsertProduct:
    """A product with its variants."""
    return catalog.UpsertProduct(
        external_id=cells.code("external_id", need(row, "external_id")),
        name=need(row, "name"),
        variants=lines,
        brand=row.get("brand", ""),
        category=row.get("category", ""),
    )


def node(row: Cells, _: tuple[Any, ...], __: Defaults) -> catalog.UpsertNode:
    """A node."""
    said = row.get("capabilities", "")
    capabilities = () if said == NO_ITEMS else cells.items(said) or catalog.USUAL_CAPABILITIES
    return catalog.UpsertNode(
        code=cells.code("code", need(row, "code")),
        name=need(row, "name"),
        kind=cells.choice("kind", need(row, "kind"), _NODE_KINDS),  # type: ignore[arg-type]
        time_zone=need(row, "time_zone"),
        country=row.get("country", ""),
        region=row.get("region", ""),
        city=row.get("city", ""),
        postal_code=row.get("postal_code", ""),
        street=row.get("street", ""),
        latitude=_optional(row, "latitude", cells.degrees, None),
        longitude=_optional(row, "longitude", cells.degrees, None),
        opening_hours=_optional(row, "opening_hours", _hours, ()),
        capabilities=tuple(
            [cells.choice("capabilities", entry, _CAPABILITIES) for entry in capabilities]  # type: ignore[misc]
        ),
    )


def channel(row: Cells, _: tuple[Any, ...], __: Defaults) -> catalog.UpsertChannel:
    """A channel."""
    return catalog.UpsertChannel(
        code=cells.code("code", need(row, "code")),
        name=need(row, "name"),
        kind=cells.choice("kind", need(row, "kind"), _CHANNEL_KINDS),  # type: ignore[arg-type]
        currency=need(row, "currency"),
        nodes=tuple([cells.code("nodes", entry) for entry in cells.items(row.get("nodes", ""))]),
    )


def price(row: Cells, _: tuple[Any, ...], defaults: Defaults) -> pricing.SetPrice:
    """A price; the moment from which it is valid has to be known, so that importing it twice means the same."""
    return pricing.SetPrice(
        sku=cells.code("sku", need(row, "sku")),
        currency=row.get("currency") or defaults.currency or need(row, "currency"),
        amount_minor=_needed_money(row, defaults),
        channel=_optional(row, "channel", cells.code, None),
        node=_optional(row, "node", cells.code, None),
        valid_from=_valid_from(row, defaults),
        derived=row.get("derived", ""),
    )


def list_price(row: Cells, _: tuple[Any, ...], defaults: Defaults) -> pricing.lists.SetListPrice:
    """A price of a list; a blank amount takes the price away. The moment has to be known, as of other prices."""
    return pricing.lists.SetListPrice(
        price_list=cells.code("price_list", need(row, "price_list")),
        sku=cells.code("sku", need(row, "sku")),
        amount_minor=_money(row, "amount_minor", "amount", defaults),
        from_quantity=_optional(row, "from_quantity", cells.integer, 1),
        currency=row.get("currency") or defaults.currency or None,
        valid_from=_valid_from(row, defaults),
        valid_until=_moment(row, "valid_until", defaults),
        derived=row.get("derived", ""),
    )


def _valid_from(row: Cells, defaults: Defaults) -> datetime:
    text = row.get("valid_from")
    if not text and defaults.valid_from is not None:
        return defaults.valid_from
    return _needed_moment(row, "valid_from", defaults)


def stock_line(row: Cells, _: Defaults) -> inventory.StockLine:
    """A row of stock."""
    quantity, unit = _quantity(row)
    return inventory.StockLine(cells.code("sku", need(row, "sku")), quantity, unit)


def stock(row: Cells, lines: tuple[Any, ...], defaults: Defaults) -> inventory.ReceiveStock | inventory.CountStock:
    """A delivery, an opening stock or a count."""
    document = StockDocument(
        type=cells.choice("type", need(row, "type"), _STOCK_TYPES),  # type: ignore[arg-type]
        node=cells.code("node", need(row, "node")),
        document=cells.code("document", need(row, "document")),
        lines=lines,
        occurred_at=_moment(row, "occurred_at", defaults),
        derived=row.get("derived", ""),
    )
    return stock_command(document)


def stock_command(document: StockDocument) -> inventory.ReceiveStock | inventory.CountStock:
    """The command that a document of stock is."""
    if document.type == "count":
        return inventory.CountStock(document.node, document.lines, document.document, document.occurred_at)
    return inventory.ReceiveStock(
        node=document.node,
        lines=document.lines,
        source=document.type,
        document=document.document,
        occurred_at=document.occurred_at,
        derived=document.derived,
    )


def order_line(row: Cells, defaults: Defaults) -> orders.OrderLine:
    """A row of orders; without a price the one in force is taken."""
    quantity, unit = _quantity(row)
    return orders.OrderLine(
        cells.code("sku", need(row, "sku")),
        quantity,
        unit,
        _money(row, "unit_price_minor", "unit_price", defaults),
        _optional(row, "discounts", _discounts, ()),
    )


def order(row: Cells, lines: tuple[Any, ...], _: Defaults) -> orders.PlaceOrder:
    """An order to be placed."""
    return orders.PlaceOrder(
        channel=cells.code("channel", need(row, "channel")),
        lines=lines,
        external_id=cells.code("external_id", need(row, "external_id")),
        node=_optional(row, "node", cells.code, None),
        customer=row.get("customer", ""),
        currency=row.get("currency") or None,
        hold_minutes=_optional(row, "hold_minutes", cells.integer, None),
        tenders=_optional(row, "tenders", _tenders, ()),
        taxes=_optional(row, "taxes", _taxes, ()),
    )


def sale_line(row: Cells, defaults: Defaults) -> orders.SaleLine:
    """A row of sales."""
    quantity, unit = _quantity(row)
    discounts = row.get("discounts")
    return orders.SaleLine(
        cells.code("sku", need(row, "sku")),
        quantity,
        _needed_money(row, defaults),
        unit,
        _discounts("discounts", discounts) if discounts else (),
    )


def sale(row: Cells, lines: tuple[Any, ...], defaults: Defaults) -> orders.RecordSale:
    """A recorded sale."""
    return orders.RecordSale(
        channel=cells.code("channel", need(row, "channel")),
        node=cells.code("node", need(row, "node")),
        external_id=cells.code("external_id", need(row, "external_id")),
        occurred_at=_needed_moment(row, "occurred_at", defaults),
        lines=lines,
        customer=row.get("customer", ""),
        currency=row.get("currency") or None,
        tenders=_optional(row, "tenders", _tenders, ()),
        taxes=_optional(row, "taxes", _taxes, ()),
    )

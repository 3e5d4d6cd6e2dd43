"""The canonical layout: the columns of each kind of file, and how a header is read. See docs/import-layout.md."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal, get_args

import msgspec

from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.contracts import KindName
from mainstem.kernel.refusals import Refusal, RefusedError, refuse

ColumnType = Literal["code", "text", "integer", "decimal", "moment", "list", "json"]


class Column(msgspec.Struct, frozen=True):
    """A column: its name, what its cells hold, whether it must be there, and which other column says the same thing.

    Of a pair of alternatives one must be there when they are required. `document` columns say something of the
    document, not of its line; `key` columns tell one document from the next. `told` columns are written by an export
    and ignored by an import.
    """

    name: str
    type: ColumnType = "text"
    required: bool = False
    other: str = ""
    document: bool = False
    key: bool = False
    told: bool = False


class Layout(msgspec.Struct, frozen=True):
    """The columns of a kind, in the order in which an export writes them; `lines` names the rows of a document."""

    kind: KindName
    columns: tuple[Column, ...]
    lines: str = ""

    @property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell one document from the next."""
        return tuple(column.name for column in self.columns if column.key)


def _key(name: str, type_: ColumnType = "code", *, required: bool = True) -> Column:
    return Column(name, type_, required=required, document=True, key=True)


def _head(name: str, type_: ColumnType = "text", *, required: bool = False) -> Column:
    return Column(name, type_, required=required, document=True)


def _quantity(unit: Column) -> tuple[Column, ...]:
    return (
        Column("quantity", "integer", required=True, other="units"),
        Column("units", "decimal", required=True, other="quantity"),
        unit,
    )


_UNIT = Column("unit")
_PAYMENT = (_head("customer"), _head("currency"), _head("tenders", "json"), _head("taxes", "json"))

LAYOUTS: dict[str, Layout] = {
    layout.kind: layout
    for layout in (
        Layout(
            "products",
            (
                _key("external_id"),
                _head("name", required=True),
                _head("brand"),
                _head("category"),
                Column("sku", "code", required=True),
                Column("variant_name"),
                _UNIT,
                Column("gtins", "list"),
                Column("attributes", "json"),
            ),
            "variants",
        ),
        Layout(
            "nodes",
            (
                _key("code"),
                _head("name", required=True),
                _head("kind", required=True),
                _head("time_zone", required=True),
                _head("country"),
                _head("region"),
                _head("city"),
                _head("postal_code"),
                _head("street"),
                _head("latitude", "decimal"),
                _head("longitude", "decimal"),
                _head("opening_hours", "json"),
                _head("capabilities", "list"),
            ),
        ),
        Layout(
            "channels",
            (
                _key("code"),
                _head("name", required=True),
                _head("kind", required=True),
                _head("currency", required=True),
                _head("nodes", "list"),
            ),
        ),
        Layout(
            "prices",
            (
                Column("sku", "code", required=True),
                Column("channel", "code"),
                Column("node", "code"),
                Column("currency"),
                Column("amount_minor", "integer", required=True, other="amount"),
                Column("amount", "decimal", required=True, other="amount_minor"),
                Column("valid_from", "moment"),
                Column("derived"),
            ),
        ),
        Layout(
            "price_list",
            (
                Column("price_list", "code", required=True),
                Column("sku", "code", required=True),
                Column("from_quantity", "integer"),
                Column("currency"),
                Column("amount_minor", "integer", required=True, other="amount"),
                Column("amount", "decimal", required=True, other="amount_minor"),
                Column("valid_from", "moment"),
                Column("valid_until", "moment"),
                Column("derived"),
            ),
        ),
        Layout(
            "stock",
            (
                _key("type", "text"),
                _key("node"),
                _key("document"),
                _key("occurred_at", "moment", required=False),
                Column("sku", "code", required=True),
                *_quantity(_UNIT),
                _head("derived"),
            ),
            "lines",
        ),
        Layout(
            "orders",
            (
                _key("channel"),
                _key("external_id"),
                _head("node", "code"),
                *_PAYMENT,
                _head("hold_minutes", "integer"),
                Column("sku", "code", required=True),
                *_quantity(_UNIT),
                Column("unit_price_minor", "integer", other="unit_price"),
                Column("unit_price", "decimal", other="unit_price_minor"),
                Column("discounts", "json"),
                Column("state", document=True, told=True),
                Column("placed_at", "moment", document=True, told=True),
            ),
            "lines",
        ),
        Layout(
            "sales",
            (
                _key("channel"),
                _key("node"),
                _key("external_id"),
                _head("occurred_at", "moment", required=True),
                *_PAYMENT,
                Column("sku", "code", required=True),
                *_quantity(_UNIT),
                Column("amount_minor", "integer", required=True, other="amount"),
                Column("amount", "decimal", required=True, other="amount_minor"),
                Column("discounts", "json"),
            ),
            "lines",
        ),
    )
}
assert tuple(LAYOUTS) == get_args(KindName)


def read_header(layout: Layout, header: Sequence[str]) -> tuple[str, ...]:
    """The names of a file's columns, in its order; blanks around a name and capitals do not matter.

    Raises RefusedError for a name that is unknown (with the nearest known one), is there twice or says the same as
    another, and for one that is missing.
    """
    known = layout.by_name
    names = tuple(name.strip().lower() for name in header)
    for shown, name in zip(header, names, strict=True):
        if name not in known and name not in c.REJECT_COLUMNS:
            raise RefusedError(unknown_column(layout, shown))
        if names.count(name) > 1:
            raise RefusedError(refuse(c.COLUMN_TWICE, f"/{name}", column=name))
    for column in layout.columns:
        if column.other and column.name in names and column.other in names:
            both = {"first": column.name, "second": column.other}
            raise RefusedError(refuse(c.COLUMNS_EXCLUSIVE, f"/{column.other}", **both))
        if column.required and column.name not in names and column.other not in names:
            raise RefusedError(refuse(c.COLUMN_MISSING, f"/{column.name}", column=column.name))
    return names


def unknown_column(layout: Layout, name: str) -> Refusal:
    """The refusal of a name that no column has."""
    near = get_close_matches(name.strip().lower(), layout.by_name, n=1)
    return refuse(
        c.COLUMN_UNKNOWN,
        f"/{name[:80]}",
        column=name[:80] or '""',
        suggestion=f"Did you mean {near[0]}? " if near else "",
        columns=", ".join(layout.by_name),
    )

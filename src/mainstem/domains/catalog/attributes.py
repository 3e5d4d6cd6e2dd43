"""Variants with all that selectors, labels and rules look at."""

from collections.abc import Collection, Iterable

import msgspec

from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row


class Attributed(msgspec.Struct, frozen=True, gc=False):
    """A variant with its product's external id ("" for a placeholder's), category, brand and its own attributes.

    `name` is that of its product, and its own where it has another.
    """

    id: int
    sku: str
    unit: str
    name: str
    product: str
    category: str
    brand: str
    attributes: dict[str, str]


_SQL = """
select v.id, v.sku, v.unit, p.name, v.name, coalesce(p.external_id, ''), p.category, p.brand, v.attributes
from catalog.variant as v join catalog.product as p on p.id = v.product
"""


def variants_attributed(ids: Iterable[int]) -> Query[dict[int, Attributed]]:
    """The variants with these ids."""
    return Query(
        _SQL + "where v.id = any(%b::bigint[])", (Bigints(ids),), lambda rows: {row[0]: _read(row) for row in rows}
    )


def variants_selected(
    after: int,
    limit: int,
    *,
    skus: Collection[str] = (),
    products: Collection[str] = (),
    categories: Collection[str] = (),
    brands: Collection[str] = (),
) -> Query[list[Attributed]]:
    """Up to `limit` variants behind an id, that meet every collection given; a category includes those below it."""
    conditions, values = ["v.id > %b::bigint"], list[object]((after,))
    for column, names in (("v.sku", skus), ("p.external_id", products), ("p.brand", brands)):
        if names:
            conditions.append(f"{column} = any(%b::text[])")
            values.append(Texts(name for name in names if "\x00" not in name))
    if categories:
        wanted = [name for name in categories if "\x00" not in name]
        conditions.append("(p.category = any(%b::text[]) or p.category like any(%b::text[]))")
        values += [Texts(wanted), Texts(_below(name) for name in wanted)]
    sql = f"{_SQL} where {' and '.join(conditions)} order by v.id limit %b::bigint"
    return Query(sql, (*values, limit), lambda rows: [_read(row) for row in rows])


def _below(category: str) -> str:
    escaped = category.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}/%"


def _read(row: Row) -> Attributed:
    number, sku, unit, product_name, own, product, category, brand, attributes = row
    name = f"{product_name} · {own}" if own and own != product_name else product_name
    return Attributed(number, sku, unit, name or sku, product, category, brand, attributes)

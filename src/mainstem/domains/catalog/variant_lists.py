"""Variants as lists show them: with their names, in the order of their SKUs, within categories."""

from collections.abc import Collection, Iterable
from struct import unpack

import msgspec

from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row


class NamedVariant(msgspec.Struct, frozen=True, gc=False):
    """A variant with its name: that of its product, and its own where it has another."""

    id: int
    sku: str
    unit: str
    category: str
    placeholder: bool
    product: int
    name: str


_NAMED = """
select v.id, v.sku, v.unit, p.category, v.placeholder, p.id, p.name, v.name
from catalog.variant as v join catalog.product as p on p.id = v.product
"""
_IN_CATEGORY = "(p.category = %b::text or p.category like %b::text)"
# The ids of a category travel as one byte string of 8-byte integers: there can be as many as the catalogue has.
_WITHIN = """
select p.category, string_agg(int8send(v.id), '')
from catalog.product as p join catalog.variant as v on v.product = p.id
where (p.category = any(%b::text[]) or p.category like any(%b::text[])) {among}
group by p.category
"""


def named_variants(ids: Iterable[int]) -> Query[dict[int, NamedVariant]]:
    """The variants with these ids."""
    return Query(
        _NAMED + "where v.id = any(%b::bigint[])", (Bigints(ids),), lambda rows: {row[0]: _named(row) for row in rows}
    )


def variants_after(
    sku: str, limit: int, *, category: str = "", among: Collection[int] | None = None
) -> Query[list[NamedVariant]]:
    """Variants in the order of their SKUs, after one; in a category and those below it, and among some ids."""
    conditions, values = ["v.sku > %b::text"], list[object]((sku,))
    if category:
        conditions.append(_IN_CATEGORY)
        values += [category, _below(category)]
    if among is not None:
        conditions.append("v.id = any(%b::bigint[])")
        values.append(Bigints(among))
    sql = f"{_NAMED} where {' and '.join(conditions)} order by v.sku limit %b::bigint"
    return Query(sql, (*values, limit), lambda rows: [_named(row) for row in rows])


def variants_within(
    categories: Collection[str], among: Collection[int] | None = None
) -> Query[dict[str, tuple[int, ...]]]:
    """The ids of the variants of these categories and of those below them, by their category; among some ids."""
    return Query(
        _WITHIN.format(among="" if among is None else "and v.id = any(%b::bigint[])"),
        (
            Texts(categories),
            Texts(_below(category) for category in categories),
            *(() if among is None else (Bigints(among),)),
        ),
        lambda rows: {category: unpack(f">{len(ids) // 8}q", ids) for category, ids in rows},
    )


def _below(category: str) -> str:
    escaped = category.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}/%"


def _named(row: Row) -> NamedVariant:
    product, own = row[6], row[7]
    return NamedVariant(*(*row[:6], f"{product} · {own}" if own and own != product else product))

"""All SQL that only reads price lists."""

from datetime import datetime

import msgspec

from mainstem.domains.pricing.lists.contracts import ListKind, ListPriceView, PriceListTerms, PriceListView
from mainstem.domains.pricing.promotions.form import Text
from mainstem.platform.query import Query, Row

_text = msgspec.json.Decoder(Text).decode

_LIST = """
select l.id, l.code, t.name::text, t.label::text, l.kind, l.scope, l.currency, l.tax_included, t.priority, t.active,
    nullif(t.valid_from, '-infinity'), nullif(t.valid_until, 'infinity'), t.revision, t.actor, t.recorded_at
from pricing.price_list as l join pricing.price_list_terms as t on t.list = l.id and t.until = 'infinity'
"""
_PRICE = """
select p.id, p.variant, p.from_quantity, p.amount_minor, p.valid_from, nullif(p.valid_until, 'infinity'), p.derived,
    p.batch, p.continues, p.actor, p.recorded_at
from pricing.list_price as p
where p.list = %b::bigint
"""


def price_lists(limit: int, after: str = "") -> Query[list[PriceListView]]:
    """Up to `limit` lists by code, behind one."""
    return Query(_LIST + "where l.code > %b::text order by l.code limit %b::bigint", (after, limit), _lists)


def find_price_list(code: str) -> Query[PriceListView | None]:
    """The list with this code, or None."""
    sql = _LIST + "where l.code = %b::text"
    return Query(sql, (code.replace("\x00", ""),), lambda rows: next(iter(_lists(rows)), None))


def price_list_terms(price_list: int) -> Query[list[PriceListTerms]]:
    """What a list said and says, the latest first."""
    return Query(
        "select revision, name::text, label::text, priority, active, nullif(valid_from, '-infinity'),"
        " nullif(valid_until, 'infinity'), nullif(since, '-infinity'), nullif(until, 'infinity'), actor, recorded_at"
        " from pricing.price_list_terms where list = %b::bigint order by revision desc limit 1000",
        (price_list,),
        lambda rows: [PriceListTerms(row[0], _text(row[1]), _text(row[2]), *row[3:]) for row in rows],
    )


def list_prices(
    price_list: int, moment: datetime, limit: int, after: tuple[int, int, datetime, int] | None = None
) -> Query[list[ListPriceView]]:
    """Up to `limit` prices of a list that are in force or to come at a moment, by variant, quantity and start."""
    sql, parameters = (
        _PRICE + "and p.valid_until > %b::timestamptz and p.valid_until > p.valid_from",
        [price_list, moment],
    )
    behind: tuple[object, ...] = ()
    if after is not None:
        sql += " and (p.variant, p.from_quantity, p.valid_from, p.id)"
        sql += " > (%b::bigint, %b::bigint, %b::timestamptz, %b::bigint)"
        behind = after
    sql += " order by p.variant, p.from_quantity, p.valid_from, p.id limit %b::bigint"
    return Query(sql, (*parameters, *behind, limit), _prices)


def list_price_history(
    price_list: int, variant: int, limit: int, behind: tuple[datetime, int] | None = None
) -> Query[list[ListPriceView]]:
    """Up to `limit` prices that a list ever had for a variant, latest start first, behind one by (start, id)."""
    sql, given = _PRICE + "and p.variant = %b::bigint", tuple[object, ...](behind or ())
    if behind is not None:
        sql += " and (p.valid_from, p.id) < (%b::timestamptz, %b::bigint)"
    sql += " order by p.valid_from desc, p.id desc limit %b::bigint"
    return Query(sql, (price_list, variant, *given, limit), _prices)


class VariantPrice(msgspec.Struct, frozen=True, gc=False):
    """A price of a variant with the list that it is in."""

    code: str
    kind: ListKind
    scope: str
    currency: str
    price: ListPriceView


def variant_prices(variant: int, limit: int) -> Query[list[VariantPrice]]:
    """Up to `limit` prices that any list ever had for a variant, latest start first."""
    sql = _PRICE.replace("select p.id", "select l.code, l.kind, l.scope, l.currency, p.id").replace(
        "where p.list = %b::bigint",
        "join pricing.price_list as l on l.id = p.list where p.variant = %b::bigint"
        " and p.valid_until > p.valid_from order by p.valid_from desc, p.id desc limit %b::bigint",
    )
    return Query(
        sql,
        (variant, limit),
        lambda rows: [VariantPrice(row[0], row[1], row[2], row[3], ListPriceView(*row[4:])) for row in rows],
    )


def _lists(rows: list[Row]) -> list[PriceListView]:
    return [PriceListView(row[0], row[1], _text(row[2]), _text(row[3]), *row[4:]) for row in rows]


def _prices(rows: list[Row]) -> list[ListPriceView]:
    return [ListPriceView(*row) for row in rows]

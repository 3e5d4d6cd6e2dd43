"""All SQL that only reads promotions and product lists."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains.pricing.promotions.contracts import CalendarEntry, ChangeView, PromotionView
from mainstem.domains.pricing.promotions.form import Channels, Nodes, Promotion
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row

_decode = msgspec.json.Decoder(Promotion).decode

_PHASE = """case when valid_until <= %b::timestamptz then 'over' when valid_from > %b::timestamptz then 'ahead'
    else 'running' end"""
_VIEW = f"select id, revision, state, {_PHASE}, updated_at, form from pricing.promotion"  # noqa: S608 - constants
_CHANGES = """
select id, revision, verb, state, note, actor, recorded_at, form, previous from (
    select c.*, lag(form) over (order by (form is null), id) as previous
    from pricing.promotion_change as c
    where promotion = (select id from pricing.promotion where code = %b::text)
) as every where id < %b::bigint order by id desc limit %b::bigint
"""
_CALENDAR = """
select state, form from pricing.promotion
where state = any(%b::text[]) and (valid_from is null or valid_from < %b::timestamptz)
  and (valid_until is null or valid_until > %b::timestamptz)
order by valid_from nulls first, code limit %b::bigint
"""


class ProductListRow(msgspec.Struct, frozen=True):
    """A product list and how many SKUs are in it."""

    id: int
    name: str
    revision: int
    skus: int
    updated_at: datetime


def promotion(code: str, now: datetime) -> Query[PromotionView | None]:
    """The promotion with this code, or None."""
    return Query(f"{_VIEW} where code = %b::text", (now, now, code), lambda rows: _views(rows)[0] if rows else None)


def promotions_page(
    now: datetime, limit: int, after: str = "", state: str = "", text: str = ""
) -> Query[list[PromotionView]]:
    """Up to `limit` promotions in the order of their codes, behind one; of a state, with a text in code or name."""
    words = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Query(
        f"{_VIEW} where code > %b::text and (%b::text = '' or state = %b::text)"
        " and (%b::text = '' or lower(code || ' ' || (form::json ->> 'name')) like %b::text)"
        " order by code limit %b::bigint",
        (now, now, after, state, state, text, f"%{words}%", limit),
        _views,
    )


def _views(rows: list[Row]) -> list[PromotionView]:
    return [PromotionView(*(*row[:5], _decode(row[5]))) for row in rows]


def promotion_history(code: str, limit: int, before: int) -> Query[list[ChangeView]]:
    """Up to `limit` changes of a promotion, the latest first, before one's id."""

    def parse(rows: list[Row]) -> list[ChangeView]:
        return [
            ChangeView(
                *(
                    *row[:7],
                    () if row[7] is None else tuple(changed(row[8], row[7])),
                    None if row[7] is None else _decode(row[7]),
                )
            )
            for row in rows
        ]

    return Query(_CHANGES, (code, before, limit), parse)


def changed(before: str | None, after: str) -> Iterator[str]:
    """JSON pointers to what one form has and another has otherwise or not; nothing for the first."""
    if before is not None:
        yield from _differences("", msgspec.json.decode(before), msgspec.json.decode(after))


def _differences(place: str, one: Any, other: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(one, dict) and isinstance(other, dict) and one.get("type") == other.get("type"):
        for name in sorted(one.keys() | other.keys()):
            pointer = f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}"
            if name in one and name in other:
                yield from _differences(pointer, one[name], other[name])
            else:
                yield pointer
    elif one != other:
        yield place


def calendar(since: datetime, until: datetime, states: Iterable[str], limit: int) -> Query[list[CalendarEntry]]:
    """What applies, or would, at some time of a span: by state, those without a beginning first."""
    return Query(
        _CALENDAR, (Texts(states), until, since, limit), lambda rows: [_entry(row[0], _decode(row[1])) for row in rows]
    )


def _entry(state: Any, form: Promotion) -> CalendarEntry:  # noqa: ANN401 - one of the states
    channels: list[str] = []
    nodes: list[str] = []
    for condition in form.when:
        if isinstance(condition, Channels):
            channels += [*condition.codes, *condition.kinds]
        elif isinstance(condition, Nodes):
            nodes += [*condition.codes, *condition.regions]
    return CalendarEntry(
        code=form.code,
        name=form.name,
        state=state,
        kind=str(type(form.reward).__struct_config__.tag),
        valid_from=form.valid_from,
        valid_until=form.valid_until,
        channels=tuple(channels),
        nodes=tuple(nodes),
        exclusive=form.stacking.exclusive,
        group=form.stacking.group,
        coupon=form.coupon,
    )


def list_names(names: Collection[str]) -> Query[set[str]]:
    """Which of these product lists there are."""
    return Query(
        "select name from pricing.product_list where name = any(%b::text[])",
        (Texts(sorted(names)),),
        lambda rows: {row[0] for row in rows},
    )


def product_lists_page(limit: int, after: str = "") -> Query[list[ProductListRow]]:
    """Up to `limit` product lists in the order of their names, behind one."""
    return Query(
        "select id, name, revision, (select count(*) from pricing.product_list_item as i where i.list = l.id),"
        " updated_at from pricing.product_list as l where name > %b::text order by name limit %b::bigint",
        (after, limit),
        lambda rows: [ProductListRow(*row) for row in rows],
    )


def product_list(name: str) -> Query[ProductListRow | None]:
    """The product list with this name, or None."""
    return Query(
        "select id, name, revision, (select count(*) from pricing.product_list_item as i where i.list = l.id),"
        " updated_at from pricing.product_list as l where name = %b::text",
        (name,),
        lambda rows: ProductListRow(*rows[0]) if rows else None,
    )


def listed_variants(name: str, limit: int, after: int = 0) -> Query[list[int]]:
    """Up to `limit` variants of a product list in the order of their ids, behind one."""
    return Query(
        "select i.variant from pricing.product_list as l join pricing.product_list_item as i on i.list = l.id"
        " where l.name = %b::text and i.variant > %b::bigint order by i.variant limit %b::bigint",
        (name, after, limit),
        lambda rows: [row[0] for row in rows],
    )


def lists_of(variants: Iterable[int]) -> Query[dict[int, tuple[str, ...]]]:
    """The names of the product lists that variants are in, sorted; those in none are left out."""
    return Query(
        "select i.variant, array_agg(l.name order by l.name) from pricing.product_list_item as i"
        " join pricing.product_list as l on l.id = i.list where i.variant = any(%b::bigint[]) group by i.variant",
        (Bigints(variants),),
        lambda rows: {row[0]: tuple(row[1]) for row in rows},
    )

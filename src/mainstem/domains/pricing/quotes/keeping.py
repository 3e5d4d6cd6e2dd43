"""All SQL of quotes that are held."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from mainstem.platform.arrays import Bigints, Moments
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

_READ = "select id, form, expires_at, used_by, actor, made_at from pricing.quote"
_INSERT = """
insert into pricing.quote (id, form, expires_at, actor, made_at)
select id, form, expires_at, actor, %b::timestamptz
from unnest(%b::bigint[], %b::text[], %b::timestamptz[], %b::bigint[]) as n (id, form, expires_at, actor)
"""
_USE = """
update pricing.quote as q set used_by = n.used_by
from unnest(%b::bigint[], %b::bigint[]) as n (id, used_by) where q.id = n.id
"""


class KeptQuote(msgspec.Struct, frozen=True):
    """A quote that is held: `form` is what was asked and told, as JSON; `used_by` the order that it became."""

    id: int
    form: str
    expires_at: datetime
    used_by: int | None
    actor: int
    made_at: datetime


def kept_quotes(ids: Collection[int], *, lock: bool = False) -> Query[dict[int, KeptQuote]]:
    """These quotes, by id. `lock`: for whoever makes orders of them."""

    def parse(rows: list[Row]) -> dict[int, KeptQuote]:
        return {row[0]: KeptQuote(*row) for row in rows}

    ending = " order by id for update" if lock else ""
    return Query(f"{_READ} where id = any(%b::bigint[]){ending}", (Bigints(sorted(set(ids))),), parse)


def keep_quotes(work: Work, quotes: Sequence[KeptQuote]) -> None:
    """Queue quotes that are held from now on."""
    if quotes:
        work.write(
            _INSERT,
            work.now,
            Bigints(one.id for one in quotes),
            [one.form for one in quotes],
            Moments(one.expires_at for one in quotes),
            Bigints(one.actor for one in quotes),
        )


def use_quotes(work: Work, orders: Sequence[tuple[int, int]]) -> None:
    """Queue (quote, order): which orders quotes became."""
    if orders:
        work.write(_USE, Bigints(quote for quote, _ in orders), Bigints(order for _, order in orders))

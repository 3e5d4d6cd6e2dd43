"""All SQL that writes activity. An occasion is written as it is now: writing it twice changes nothing."""

from collections.abc import Sequence

from mainstem.domains.customers.activity.contracts import Goods, Occasion
from mainstem.platform.arrays import Bigints, Moments, Texts
from mainstem.platform.work import Work

_SAVE = """
insert into customers.activity as a (occasion, record, kind, day, hour, moment, channel, channel_kind, node, currency,
    purchases, units, amount_minor, discount_minor, returned_units, returned_minor, cancelled_minor)
select n.* from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::date[], %b::bigint[], %b::timestamptz[], %b::text[],
    %b::text[], %b::text[], %b::text[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[],
    %b::bigint[], %b::bigint[]) as n (occasion, record)
where not exists (
    select from customers.source_record as r where r.id = n.record and r.erased_at is not null
)
on conflict (occasion) do update set record = excluded.record, purchases = excluded.purchases, units = excluded.units,
    amount_minor = excluded.amount_minor, discount_minor = excluded.discount_minor,
    returned_units = excluded.returned_units, returned_minor = excluded.returned_minor,
    cancelled_minor = excluded.cancelled_minor
"""
_FORGET_GOODS = "delete from customers.activity_goods where occasion = any(%b::bigint[])"
_SAVE_GOODS = """
insert into customers.activity_goods (occasion, record, day, category, size, units, amount_minor, returned_units,
    returned_minor)
select n.* from unnest(%b::bigint[], %b::bigint[], %b::date[], %b::text[], %b::text[], %b::bigint[], %b::bigint[],
    %b::bigint[], %b::bigint[]) as n (occasion)
where exists (select from customers.activity as a where a.occasion = n.occasion)
"""
_FORGET_ERASED = """
with gone as (
    select id from customers.source_record where customer = any(%b::bigint[]) and erased_at is not null
), tags as (
    delete from customers.manual_tag where record in (select id from gone)
)
delete from customers.activity where record in (select id from gone)
"""


def save(work: Work, occasions: Sequence[Occasion]) -> None:
    """Queue occasions as they are now; those of records that were erased are not kept."""
    if not occasions:
        return
    work.write(
        _SAVE,
        Bigints(one.occasion for one in occasions),
        Bigints(one.record for one in occasions),
        Texts([one.kind for one in occasions]),
        [one.day for one in occasions],
        Bigints(one.hour for one in occasions),
        Moments(one.moment for one in occasions),
        Texts([one.channel for one in occasions]),
        Texts([one.channel_kind for one in occasions]),
        Texts([one.node for one in occasions]),
        Texts([one.currency for one in occasions]),
        Bigints(int(one.bought) for one in occasions),
        Bigints(one.units for one in occasions),
        Bigints(one.amount_minor for one in occasions),
        Bigints(one.discount_minor for one in occasions),
        Bigints(one.returned_units for one in occasions),
        Bigints(one.returned_minor for one in occasions),
        Bigints(one.cancelled_minor for one in occasions),
    )
    rows = [(one, goods) for one in occasions for goods in one.goods]
    work.write(_FORGET_GOODS, Bigints(one.occasion for one in occasions))
    if rows:
        _save_goods(work, rows)


def _save_goods(work: Work, rows: Sequence[tuple[Occasion, Goods]]) -> None:
    work.write(
        _SAVE_GOODS,
        Bigints(one.occasion for one, _ in rows),
        Bigints(one.record for one, _ in rows),
        [one.day for one, _ in rows],
        Texts([goods.category for _, goods in rows]),
        Texts([goods.size for _, goods in rows]),
        Bigints(goods.units for _, goods in rows),
        Bigints(goods.amount_minor for _, goods in rows),
        Bigints(goods.returned_units for _, goods in rows),
        Bigints(goods.returned_minor for _, goods in rows),
    )


def forget_erased(work: Work, customers: Sequence[int]) -> None:
    """Queue that nothing is kept of erased records: an occasion may have been written while they were erased."""
    work.write(_FORGET_ERASED, Bigints(customers))

"""Brings the traits of customers up to date: set-based, from what is there now, so that doing it twice changes nothing.

Three parts write three groups of columns: identity and activity in SQL, the golden record from what was opened of it.
A row is written only where something differs.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from mainstem.domains.customers.traits.contracts import Golden
from mainstem.domains.customers.traits.sums import SUMS
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.work import Work

_IDENTITY_COLUMNS = (
    "records",
    "sources",
    "known_at",
    "told_at",
    "has_phone",
    "has_email",
    "has_wechat",
    "has_card",
    "has_device",
    "phone_verified",
    "email_verified",
)
_GOLDEN_COLUMNS = ("gender", "birth_year", "birth_month", "country", "region", "city", "language", "is_company")
_MAP_COLUMNS = (
    "favourite_channel",
    "spend_by_channel",
    "orders_by_channel_kind",
    "favourite_store",
    "favourite_store_orders",
    "spend_by_category",
    "orders_by_category",
    "categories_used",
    "top_category",
    "top_category_minor",
    "category_spend_minor",
    "favourite_size",
    "size_by_category",
)
_NONE_YET = {  # a customer without purchases has these
    "favourite_store_orders": "0",
    "categories_used": "0",
    "top_category_minor": "0",
    "category_spend_minor": "0",
    "cancelled_orders": "0",
    **{column: "0" for column, sql in SUMS.items() if not sql.startswith(("min(", "max(", "mode("))},
}
_RFM_COLUMNS = ("rfm_recency", "rfm_frequency", "rfm_monetary")
_ACTIVITY_COLUMNS = ("as_of", "currency", *SUMS, "cancelled_orders", *_MAP_COLUMNS, *_RFM_COLUMNS)


def _differs(columns: Sequence[str], other: str) -> str:
    ours = ", ".join(f"v.{column}" for column in columns)
    theirs = ", ".join(f"{other}.{column}" for column in columns)
    return f"({ours}) is distinct from ({theirs})"


def _assigned(columns: Sequence[str], other: str) -> str:
    return ", ".join(f"{column} = {other}.{column}" for column in columns)


_IDENTITY = f"""
with own as materialized (
    select id, customer, source, created_at, updated_at from customers.source_record
    where customer = any(%b::bigint[]) and erased_at is null
), used as (
    select r.customer,
        bool_or(i.type = 'phone') as has_phone, bool_or(i.type = 'email') as has_email,
        bool_or(i.type in ('unionid', 'openid')) as has_wechat, bool_or(i.type = 'member_card') as has_card,
        bool_or(i.type = 'device') as has_device,
        bool_or(i.type = 'phone' and u.verification > 0) as phone_verified,
        bool_or(i.type = 'email' and u.verification > 0) as email_verified
    from own as r join customers.identifier_use as u on u.record = r.id
    join customers.identifier as i on i.id = u.identifier
    where i.suspended_at is null group by r.customer
)
insert into customers.trait_value as v (customer, as_of, {", ".join(_IDENTITY_COLUMNS)})
select r.customer, %b::date, count(*), count(distinct r.source), min(r.created_at), max(r.updated_at),
    {", ".join(f"coalesce(bool_or(u.{column}), false)" for column in _IDENTITY_COLUMNS[4:])}
from own as r left join used as u on u.customer = r.customer group by r.customer
on conflict (customer) do update set {_assigned(_IDENTITY_COLUMNS, "excluded")}
where {_differs(_IDENTITY_COLUMNS, "excluded")}
"""  # noqa: S608 - the names of columns are above

_GONE = """
delete from customers.trait_value as v where v.customer = any(%b::bigint[])
and not exists (select from customers.source_record as r where r.customer = v.customer and r.erased_at is null)
"""

_GONE_BATCH = """
delete from customers.batch_value as v where v.customer = any(%b::bigint[])
and not exists (select from customers.source_record as r where r.customer = v.customer and r.erased_at is null)
"""

_ACTIVITY = f"""
with p as (select %b::date as today),
target as (select customer from customers.trait_value where customer = any(%b::bigint[])),
own as materialized (
    select r.id, r.customer from customers.source_record as r where r.customer = any(%b::bigint[])
    and r.erased_at is null
),
done as materialized (select r.customer, a.* from own as r join customers.activity as a on a.record = r.id),
main as materialized (
    select distinct on (customer) customer, currency from done where purchases > 0
    group by customer, currency order by customer, count(*) desc, currency
),
bought as materialized (
    select d.*,
        case when d.currency = m.currency then d.amount_minor else 0 end as gross,
        case when d.currency = m.currency then d.amount_minor - d.returned_minor else 0 end as net,
        case when d.currency = m.currency then d.discount_minor else 0 end as discount,
        m.currency as main
    from done as d join main as m on m.customer = d.customer where d.purchases > 0
),
sums as (
    select a.customer, a.main as currency, {", ".join(f"{sql} as {column}" for column, sql in SUMS.items())}
    from bought as a cross join p group by a.customer, a.main
),
given_up as (
    select customer, count(*) as cancelled_orders from done where purchases = 0 group by customer
),
channels as (
    select customer, (array_agg(channel order by orders desc, net desc, channel))[1] as favourite_channel,
        jsonb_object_agg(channel, net) as spend_by_channel
    from (select customer, channel, count(*) as orders, sum(net)::bigint as net from bought group by 1, 2) as n
    group by customer
),
kinds as (
    select customer, jsonb_object_agg(channel_kind, orders) as orders_by_channel_kind
    from (select customer, channel_kind, count(*) as orders from bought group by 1, 2) as n group by customer
),
stores as (
    select customer, (array_agg(node order by orders desc, net desc, node))[1] as favourite_store,
        max(orders) as favourite_store_orders
    from (
        select customer, node, count(*) as orders, sum(net) as net from bought where kind = 'sale' group by 1, 2
    ) as n group by customer
),
goods as materialized (
    select b.customer, b.occasion, split_part(g.category, '/', 1) as category, g.size, g.units,
        case when b.currency = b.main then g.amount_minor - g.returned_minor else 0 end as net
    from bought as b join customers.activity_goods as g on g.occasion = b.occasion
),
categories as (
    select customer, jsonb_object_agg(category, net) as spend_by_category,
        jsonb_object_agg(category, orders) as orders_by_category, count(*) as categories_used,
        (array_agg(category order by orders desc, net desc, category))[1] as top_category,
        (array_agg(net order by orders desc, net desc, category))[1] as top_category_minor,
        sum(net)::bigint as category_spend_minor
    from (
        select customer, category, count(distinct occasion) as orders, sum(net)::bigint as net
        from goods where category <> '' group by 1, 2
    ) as n group by customer
),
worn as (
    select customer, category, size, sum(units) as units from goods where size <> '' group by 1, 2, 3
),
sizes as (
    select customer, (array_agg(size order by units desc, size))[1] as favourite_size
    from (select customer, size, sum(units) as units from worn group by 1, 2) as n group by customer
),
size_maps as (
    select customer, jsonb_object_agg(category, size) as size_by_category from (
        select distinct on (customer, category) customer, category, size from worn
        order by customer, category, units desc, size
    ) as n group by customer
),
fresh as (
    select target.customer, p.today as as_of, sums.currency,
        {
    ", ".join(
        f"coalesce({column}, 0) as {column}" if column in _NONE_YET else column
        for column in (*SUMS, "cancelled_orders", *_MAP_COLUMNS)
    )
},
        -- one more than there are bounds below: who is at a bound is in the fifth that it ends
        1 + width_bucket(sums.last_purchase_day - 1, b.days) as rfm_recency,
        1 + width_bucket(sums.orders_365d::integer - 1, b.orders) as rfm_frequency,
        1 + width_bucket(sums.spend_365d_minor::bigint - 1, b.spend_minor) as rfm_monetary
    from target cross join p
    left join sums on sums.customer = target.customer
    left join given_up on given_up.customer = target.customer
    left join channels on channels.customer = target.customer
    left join kinds on kinds.customer = target.customer
    left join stores on stores.customer = target.customer
    left join categories on categories.customer = target.customer
    left join sizes on sizes.customer = target.customer
    left join size_maps on size_maps.customer = target.customer
    left join customers.rfm_bounds as b on b.currency = sums.currency
)
update customers.trait_value as v set {_assigned(_ACTIVITY_COLUMNS, "fresh")}
from fresh where v.customer = fresh.customer and {_differs(_ACTIVITY_COLUMNS, "fresh")}
"""  # noqa: S608 - the names of columns are above

_GOLDEN = f"""
update customers.trait_value as v set {_assigned(_GOLDEN_COLUMNS, "g")}
from unnest(%b::bigint[], %b::text[], %b::integer[], %b::integer[], %b::text[], %b::text[], %b::text[], %b::text[],
    %b::boolean[]) as g (customer, {", ".join(_GOLDEN_COLUMNS)})
where v.customer = g.customer and {_differs(_GOLDEN_COLUMNS, "g")}
"""  # noqa: S608 - the names of columns are above

_CONSENTS = """
update customers.trait_value as v set consents = n.given, restricted = n.given = '{}'
from (
    select customer, string_to_array(texts, ' ') as given
    from unnest(%b::bigint[], %b::text[]) as n (customer, texts)
) as n
where v.customer = n.customer and (v.consents, v.restricted) is distinct from (n.given, n.given = '{}')
"""


def refresh(work: Work, customers: Collection[int], today: date) -> None:
    """Queue the traits of these customers from identity and activity; ids that are nobody any more lose their row."""
    if not customers:
        return
    ids = Bigints(sorted(customers))
    work.write(_IDENTITY, ids, today)
    work.write(_GONE, ids)
    work.write(_GONE_BATCH, ids)
    work.write(_ACTIVITY, today, ids, ids)


def refresh_golden(work: Work, golden: Mapping[int, Golden]) -> None:
    """Queue what the golden records say; to be called behind `refresh`, which makes the rows."""
    if not golden:
        return
    rows = list(golden.values())
    work.write(
        _GOLDEN,
        Bigints(golden),
        [row.gender for row in rows],
        [row.birth_year for row in rows],
        [row.birth_month for row in rows],
        [row.country for row in rows],
        [row.region for row in rows],
        [row.city for row in rows],
        [row.language for row in rows],
        [row.is_company for row in rows],
    )


def refresh_consents(work: Work, consents: Mapping[int, Sequence[str]]) -> None:
    """Queue what customers may be used for, as `purpose` or `purpose:channel`; of nothing, they are kept only.

    To be called behind `refresh`, which makes the rows.
    """
    texts = [" ".join(sorted(given)) for given in consents.values()]
    work.write(_CONSENTS, Bigints(consents), Texts(texts))

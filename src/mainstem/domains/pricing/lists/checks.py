"""What is always true of prices, price lists, rates and guards."""

from mainstem.platform.checks import Check, Said

_OVERLAPS = """
with span as (
    select 'price' as what, variant::text || ' ' || coalesce(channel::text, '-') || ' ' || coalesce(node::text, '-')
        || ' ' || currency as key, id, valid_from, valid_until from pricing.price
    union all
    select 'list price', list::text || ' ' || variant::text || ' ' || from_quantity::text, id, valid_from, valid_until
    from pricing.list_price
    union all
    select 'tax rate', country || ' ' || region || ' ' || category, id, valid_from, valid_until from pricing.tax_rate
    union all
    select 'guard', variant::text || ' ' || kind || ' ' || currency, id, valid_from, valid_until from pricing.guard
), seen as (
    select what, key, id, valid_from, max(valid_until) over w as until, first_value(id) over w as first
    from span where valid_until > valid_from
    window w as (partition by what, key order by valid_from, id rows between unbounded preceding and 1 preceding)
)
select what, key, id, valid_from, until::text as until from seen where until > valid_from
"""

_TERMS = """
select l.code, l.revision, count(t.list) as terms, coalesce(max(t.revision), 0) as latest
from pricing.price_list as l left join pricing.price_list_terms as t on t.list = l.id
group by l.id
having count(t.list) <> l.revision or coalesce(max(t.revision), 0) <> l.revision
    or count(*) filter (where t.until = 'infinity') <> 1 or count(*) filter (where t.since = '-infinity') <> 1
    or sum(extract(epoch from least(t.until, now()) - greatest(t.since, '2000-01-01')))
        <> extract(epoch from now() - timestamptz '2000-01-01')
"""

_SCOPES = """
select l.code, l.kind, l.scope from pricing.price_list as l
where (l.kind = 'node' and not exists (select from catalog.node as n where n.code = l.scope))
   or (l.kind = 'channel' and not exists (select from catalog.channel as c where c.code = l.scope))
"""

_SUBJECTS = """
select 'price' as what, p.id, p.variant from pricing.price as p
where not exists (select from catalog.variant as v where v.id = p.variant)
union all
select 'list price', p.id, p.variant from pricing.list_price as p
where not exists (select from catalog.variant as v where v.id = p.variant)
union all
select 'guard', p.id, p.variant from pricing.guard as p
where not exists (select from catalog.variant as v where v.id = p.variant)
union all
select 'competitor price', p.id, p.variant from pricing.competitor_price as p
where not exists (select from catalog.variant as v where v.id = p.variant)
"""

CHECKS: tuple[Check, ...] = (
    Check(
        name="pricing.timelines",
        question=Said(
            "Is at most one price, rate, cost or floor of a scope in force at any moment?",
            "同一范围在任一时刻至多只有一个价格、税率、成本或底价有效吗？",
        ),
        sql=_OVERLAPS,
        explain=Said(
            "{what} {id} ({key}) begins at {valid_from}; another one lasts until {until}",
            "{what} {id}（{key}）自 {valid_from} 起生效，而另一条有效至 {until}",
        ),
        meaning=Said("Which of them is charged is left to chance.", "究竟按哪一条收取将无法确定。"),
    ),
    Check(
        name="pricing.terms",
        question=Said(
            "Do the terms of every price list follow each other without gap, up to its revision?",
            "每个价目表的条款都前后相接、与其版本一致吗？",
        ),
        sql=_TERMS,
        explain=Said(
            "price list {code} has revision {revision}; there are {terms} terms, the latest of revision {latest}",
            "价目表 {code} 版本为 {revision}；共有 {terms} 条条款，最新版本为 {latest}",
        ),
        meaning=Said("What a price was on some day can no longer be told.", "某一天的价格将无法查明。"),
    ),
    Check(
        name="pricing.list_scopes",
        question=Said(
            "Is every price list of a node or channel for one that there is?",
            "每个节点或渠道价目表都对应现有的节点或渠道吗？",
        ),
        sql=_SCOPES,
        explain=Said(
            "price list {code} is for {kind} {scope}, which there is not",
            "价目表 {code} 适用于 {kind} {scope}，但它并不存在",
        ),
        meaning=Said("Its prices are never charged.", "其价格永远不会被采用。"),
    ),
    Check(
        name="pricing.subjects",
        question=Said(
            "Is every price, cost and floor of a SKU that there is?", "每个价格、成本与底价都对应现有的 SKU 吗？"
        ),
        sql=_SUBJECTS,
        explain=Said(
            "{what} {id} is of variant {variant}, which there is not", "{what} {id} 属于规格 {variant}，但它并不存在"
        ),
        meaning=Said("It is never used.", "它永远不会被使用。"),
    ),
)

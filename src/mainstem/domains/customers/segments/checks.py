"""What is always true of activity, traits and segments."""

from mainstem.platform.checks import Check, Said

CHECKS: tuple[Check, ...] = (
    Check(
        name="customers.activity",
        question=Said(
            "Does what was bought by category add up to each occasion?", "各品类的购买明细与每次消费的合计一致吗？"
        ),
        sql="""
select a.occasion, a.units, coalesce(sum(g.units), 0) as goods_units
from customers.activity as a left join customers.activity_goods as g on g.occasion = a.occasion
group by a.occasion having a.units <> coalesce(sum(g.units), 0)
""",
        explain=Said(
            "occasion {occasion} has {units} units, its goods {goods_units}",
            "消费 {occasion} 共 {units} 件，明细合计 {goods_units} 件",
        ),
        meaning=Said(
            "Traits and conditions over categories are wrong for its customer.",
            "该客户按品类计算的特征与条件不正确。",
        ),
    ),
    Check(
        name="customers.activity_subjects",
        question=Said("Is what was done known of a record that there is?", "每条消费活动都属于存在的来源记录吗？"),
        sql="""
select a.occasion, a.record from customers.activity as a
where not exists (select from customers.source_record as r where r.id = a.record and r.erased_at is null)
""",
        explain=Said(
            "occasion {occasion} is of record {record}, which is not there or was erased",
            "消费 {occasion} 属于记录 {record}，而该记录不存在或已删除",
        ),
        meaning=Said("Something is kept of nobody, or of somebody who was erased.", "保留了无主或已删除客户的数据。"),
    ),
    Check(
        name="customers.members",
        question=Said(
            "Is each member of a segment a customer whose data may be used?",
            "分群的每个成员都是可以使用其数据的客户吗？",
        ),
        sql="""
select m.segment, m.customer from customers.segment_member as m
join customers.segment as s on s.id = m.segment and s.filled_after is null
where s.removed_at is not null
or not exists (select from customers.trait_value as t where t.customer = m.customer and not t.restricted)
""",
        explain=Said(
            "customer {customer} is in segment {segment}, and should not be",
            "客户 {customer} 在分群 {segment} 中，但不应在其中",
        ),
        meaning=Said("Counts and lists of the segment are wrong.", "该分群的计数与名单不正确。"),
    ),
    Check(
        name="customers.segment_sizes",
        question=Said(
            "Is each segment as large as who entered, less who left?", "每个分群的人数等于进入人数减去离开人数吗？"
        ),
        sql="""
select k.segment, coalesce(t.moved, 0) as moved, coalesce(t.size, 0) as size, coalesce(m.members, 0) as members
from (select id as segment from customers.segment) as k
left join (
    select segment, sum(entered - departed)::bigint as moved, (array_agg(size order by hour desc))[1] as size
    from customers.segment_hour group by segment
) as t using (segment)
left join (select segment, count(*) as members from customers.segment_member group by segment) as m using (segment)
where coalesce(t.moved, 0) <> coalesce(m.members, 0) or coalesce(t.size, 0) <> coalesce(m.members, 0)
""",
        explain=Said(
            "segment {segment} has {members} members, where {moved} have come and stayed, and its size is {size}",
            "分群 {segment} 有 {members} 名成员，净进入 {moved} 人，记录的人数为 {size}",
        ),
        meaning=Said("Figures and charts of the segment are wrong.", "该分群的数字与图表不正确。"),
    ),
)

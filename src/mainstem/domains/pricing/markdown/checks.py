"""What is always true of batches of price changes and of the rules that propose them."""

from mainstem.platform.checks import Check, Said

_BATCHES = """
with had as (
    select b.id, b.state, b.lines, count(l.batch) as kept
    from pricing.price_batch as b left join pricing.price_batch_line as l on l.batch = b.id group by b.id
), came as (
    select batch, count(*) as prices from pricing.list_price
    where batch is not null and continues is null group by batch
)
select coalesce(h.id, c.batch) as id, coalesce(h.state, '-') as state, coalesce(h.lines, 0) as lines,
    coalesce(h.kept, 0) as kept, coalesce(c.prices, 0) as prices
from had as h full join came as c on c.batch = h.id
where h.id is null or h.kept <> h.lines or coalesce(c.prices, 0) > h.lines
   or (h.state = 'in_force') <> (coalesce(c.prices, 0) > 0)
"""

_SECOND = """
select id, actor, decided_by from pricing.price_batch where state = 'in_force' and decided_by = actor and rule = ''
"""

CHECKS: tuple[Check, ...] = (
    Check(
        name="pricing.batches",
        question=Said(
            "Is every batch of price changes whole, and are its prices there if and only if it is in force?",
            "每个价格变更批次都完整，且仅在生效后才有对应的价格吗？",
        ),
        sql=_BATCHES,
        explain=Said(
            "batch {id} is {state}: {lines} lines, {kept} of them kept, {prices} prices",
            "批次 {id} 状态为 {state}：{lines} 行，保留 {kept} 行，价格 {prices} 条",
        ),
        meaning=Said(
            "Prices are in force that nobody approved, or were approved and are not in force.",
            "存在未经批准却已生效的价格，或已批准却未生效的价格。",
        ),
    ),
    Check(
        name="pricing.second_person",
        question=Said("Was every batch made by hand approved by somebody else?", "每个手工批次都由另一人批准吗？"),
        sql=_SECOND,
        explain=Said(
            "batch {id} was proposed and approved by principal {actor}", "批次 {id} 由主体 {actor} 提出并自行批准"
        ),
        meaning=Said("The four-eyes rule was broken.", "违反了双人复核规则。"),
    ),
)

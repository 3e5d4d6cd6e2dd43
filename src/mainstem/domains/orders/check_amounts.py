"""Checks of what orders cost: totals, discounts, what is due, what was paid."""

from mainstem.platform.checks import Check, Said

_DUE = """
with given as (
    select order_id, sum(amount_minor) as whole,
        bool_or(cancelled + returned > 0) and not bool_or(quantity > cancelled + returned) as all_given_up,
        sum(case when cancelled + returned = 0 or quantity = 0 then 0
            else div(amount_minor::numeric * (cancelled + returned), quantity) end) as given_up
    from orders.order_line group by order_id
), expected as (
    select o.id, o.kind, o.due_minor, g.given_up,
        o.total_minor - g.given_up
        - case when g.whole > 0 then div(o.added_tax_minor::numeric * g.given_up, g.whole)
            when g.all_given_up then o.added_tax_minor else 0 end
        - case when g.all_given_up then o.delivery_minor else 0 end as expected
    from orders.customer_order as o join given as g on g.order_id = o.id
)
select id, kind, due_minor, given_up, expected, due_minor - expected as off from expected where due_minor <> expected
"""

AMOUNTS: tuple[Check, ...] = (
    Check(
        name="orders.totals",
        question=Said(
            "Is every total the sum of its lines, delivery and added tax?", "每个总额都等于各行、配送费与外加税之和吗？"
        ),
        sql="""
with line as (
    select order_id, sum(amount_minor) as amount from orders.order_line group by order_id
), tax as (
    select order_id, sum(amount_minor) as amount from orders.tax_line where not included group by order_id
)
select o.id, o.kind, o.total_minor, l.amount as lines, o.added_tax_minor, coalesce(t.amount, 0) as tax_lines,
    o.delivery_minor, o.total_minor - l.amount - o.added_tax_minor - o.delivery_minor as off
from orders.customer_order as o join line as l on l.order_id = o.id left join tax as t on t.order_id = o.id
where o.total_minor <> l.amount + o.added_tax_minor + o.delivery_minor or o.added_tax_minor <> coalesce(t.amount, 0)
""",
        explain=Said(
            "{kind} {id}: total {total_minor}, lines {lines}, delivery {delivery_minor}, added tax {added_tax_minor}"
            " (its tax lines say {tax_lines}); off by {off:+}",
            "{kind} {id}：总额 {total_minor}，各行 {lines}，配送费 {delivery_minor}，外加税 {added_tax_minor}"
            "（税行合计 {tax_lines}）；相差 {off:+}",
        ),
        meaning=Said("The customer was charged something else than what was sold.", "向客户收取的与所售不符。"),
    ),
    Check(
        name="orders.discounts",
        question=Said(
            "Is the discount of every line the sum of its discounts by kind?", "每行的折扣都等于其各类折扣之和吗？"
        ),
        sql="""
select order_id as id, position, sum(discount) as discount_minor, sum(kind) as kinds, sum(discount) - sum(kind) as off
from (
    select order_id, position, discount_minor as discount, 0 as kind from orders.order_line where discount_minor <> 0
    union all
    select order_id, position, 0, amount_minor from orders.line_discount
) as side
group by order_id, position having sum(discount) <> sum(kind)
""",
        explain=Said(
            "line {position} of {id}: discount {discount_minor}, by kind {kinds}; off by {off:+}",
            "{id} 第 {position} 行：折扣 {discount_minor}，按类合计 {kinds}；相差 {off:+}",
        ),
        meaning=Said("Reports of discounts do not add up.", "折扣报表无法对平。"),
    ),
    Check(
        name="orders.due",
        question=Said(
            "Is what is due the total less the share of what was cancelled or returned?",
            "应付额都等于总额减去已取消或退回部分吗？",
        ),
        sql=_DUE,
        explain=Said(
            "{kind} {id}: due {due_minor}, expected {expected} (given up {given_up}); off by {off:+}",
            "{kind} {id}：应付 {due_minor}，应为 {expected}（已放弃 {given_up}）；相差 {off:+}",
        ),
        meaning=Said("A refund or a demand for payment would be wrong.", "退款或催款金额会出错。"),
    ),
    Check(
        name="orders.paid",
        question=Said(
            "Is what was paid on every order the sum of its tenders?", "每个订单的已付额都等于其付款之和吗？"
        ),
        sql="""
with tender as (
    select order_id, sum(amount_minor) as amount from orders.tender group by order_id
)
select o.id, o.kind, o.paid_minor, coalesce(t.amount, 0) as tenders, o.paid_minor - coalesce(t.amount, 0) as off
from orders.customer_order as o left join tender as t on t.order_id = o.id
where o.kind = 'order' and o.paid_minor <> coalesce(t.amount, 0)
""",
        explain=Said(
            "order {id}: paid {paid_minor}, tenders {tenders}; off by {off:+}",
            "订单 {id}：已付 {paid_minor}，付款合计 {tenders}；相差 {off:+}",
        ),
        meaning=Said(
            "A payment was lost or counted twice: the order may lapse although it was paid.",
            "付款丢失或重复计入：已付款的订单可能失效。",
        ),
    ),
)

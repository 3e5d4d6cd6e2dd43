"""What is always true of the orders, and of the orders against the ledger."""

from mainstem.domains.orders.check_amounts import AMOUNTS
from mainstem.domains.orders.check_goods import GOODS
from mainstem.platform.checks import Check, Said

_STATES = """
with line as (
    select order_id, bool_or(quantity - shipped - cancelled > 0) as some_open, bool_or(shipped > 0) as some_shipped,
        bool_or(shipped - returned > 0) as some_out, bool_or(returned > 0) as some_returned
    from orders.order_line group by order_id
)
select o.id, o.kind, o.state, l.some_open, l.some_shipped, l.some_out, l.some_returned, o.undelivered, o.expires_at
from orders.customer_order as o join line as l on l.order_id = o.id
where not coalesce(case o.state
    when 'placed' then o.kind = 'order' and l.some_open and not l.some_shipped
    when 'allocated' then o.kind = 'order' and l.some_open and not l.some_shipped
    when 'part_shipped' then o.kind = 'order' and l.some_open and l.some_shipped
    when 'shipped' then o.kind = 'order' and not l.some_open and l.some_shipped and o.undelivered > 0
        and not l.some_returned
    when 'delivered' then o.kind = 'order' and not l.some_open and l.some_shipped and o.undelivered = 0
    when 'sold' then o.kind = 'sale' and not l.some_returned
    when 'part_returned' then not l.some_open and l.some_returned and l.some_out
    when 'returned' then not l.some_open and not l.some_out and l.some_returned
    when 'cancelled' then o.kind = 'order' and not l.some_open and not l.some_shipped
    when 'lapsed' then o.kind = 'order' and not l.some_open and not l.some_shipped
    end, false)
   or (o.expires_at is not null and o.state <> 'placed')
"""

_ORPHANS = """
select 'line' as what, l.order_id as id, 'order' as missing, l.order_id as missing_id
from orders.order_line as l
where not exists (select from orders.customer_order as o where o.id = l.order_id)
union all
select 'line', l.order_id, 'SKU', l.variant from orders.order_line as l
where not exists (select from catalog.variant as v where v.id = l.variant)
union all
select 'order', o.id, 'line', null from orders.customer_order as o
where not exists (select from orders.order_line as l where l.order_id = o.id)
union all
select 'order', o.id, 'channel', o.channel from orders.customer_order as o
where not exists (select from catalog.channel as c where c.id = o.channel)
union all
select 'order', o.id, 'node', o.node from orders.customer_order as o
where not exists (select from catalog.node as n where n.id = o.node)
union all
select 'order', o.id, 'customer', o.customer from orders.customer_order as o
where o.customer is not null and not exists (select from customers.source_record as r where r.id = o.customer)
union all
select 'discount', d.order_id, 'line', d.position from orders.line_discount as d
where not exists (select from orders.order_line as l where (l.order_id, l.position) = (d.order_id, d.position))
union all
select part.what, part.id, 'order', part.order_id
from (
    select 'tender' as what, id, order_id from orders.tender
    union all select 'tax line', order_id, order_id from orders.tax_line
    union all select 'shipment', id, order_id from orders.shipment
    union all select 'return', id, order_id from orders.customer_return
    union all select 'finding', id, order_id from orders.finding
) as part
where not exists (select from orders.customer_order as o where o.id = part.order_id)
"""

_EVENTS = """
with told as (
    select subject as id, count(*) as events from platform.event
    where type in ('orders.order_placed', 'orders.sale_recorded') group by subject
)
select id, o.kind, coalesce(events, 0) as events, o.external_id
from orders.customer_order as o full join told using (id)
where o.id is null or events is distinct from 1
"""

CHECKS: tuple[Check, ...] = (
    *AMOUNTS,
    *GOODS,
    Check(
        name="orders.states",
        question=Said("Does the state of each order agree with its lines?", "每个订单的状态都与其行一致吗？"),
        sql=_STATES,
        explain=Said(
            "{kind} {id} is {state}, but: open {some_open}, shipped {some_shipped}, with the customer {some_out},"
            " returned {some_returned}, shipments on their way {undelivered}, expires {expires_at}",
            "{kind} {id} 状态为 {state}，而：未结 {some_open}，已发货 {some_shipped}，在客户处 {some_out},"
            "已退回 {some_returned}，在途发货 {undelivered}，到期 {expires_at}",
        ),
        meaning=Said("What can still be done with the order is decided wrongly.", "该订单还能做什么会被错误判断。"),
    ),
    Check(
        name="orders.orphans",
        question=Said(
            "Does everything of an order belong to an order, and every order name what exists?",
            "订单的各部分都属于某个订单，且订单所指均存在吗？",
        ),
        sql=_ORPHANS,
        explain=Said("{what} {id} has no {missing} {missing_id}", "{what} {id} 缺少 {missing} {missing_id}"),
        meaning=Said("A part of an order was lost, or was written without the rest.", "订单的一部分丢失，或单独写入。"),
    ),
    Check(
        name="orders.events",
        question=Said(
            "Has every order exactly one event of its beginning, and every such event an order?",
            "每个订单恰有一个开始事件，每个开始事件都有订单吗？",
        ),
        sql=_EVENTS,
        explain=Said(
            "{kind} {id} (external id {external_id!r}): {events} events of its beginning",
            "{kind} {id}（外部编号 {external_id!r}）：开始事件 {events} 个",
        ),
        meaning=Said(
            "An order was lost after it was accepted, or was written past the command path.",
            "订单在接受之后丢失，或绕过命令写入。",
        ),
    ),
)

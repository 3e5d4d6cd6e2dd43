"""Checks of where the goods of orders are: holds, shipments, returns, and their movements in the ledger."""

from mainstem.platform.checks import Check, Said

_HOLDS = """
with promised as (
    select l.order_id, l.position, l.variant, o.node, o.kind, l.hold, l.quantity - l.shipped - l.cancelled as open
    from orders.order_line as l join orders.customer_order as o on o.id = l.order_id
    where l.hold is not null or o.kind = 'order'
)
select order_id as id, position, hold, open as line_open, h.quantity - h.settled - h.released as hold_open
from promised as p left join ledger.hold as h on h.id = p.hold
where p.kind <> 'order' or h.id is null or h.quantity - h.settled - h.released <> p.open
   or h.asset <> p.variant or h.reference <> p.order_id or (p.open > 0 and h.place <> p.node)
union all
select h.reference, 0, h.id, 0, h.quantity - h.settled - h.released
from ledger.hold as h
where h.state = 'held' and not exists (
        select from orders.order_line as l where l.order_id = h.reference and l.hold = h.id
    ) and not exists (select from inventory.document as d where d.id = h.reference)
"""

_SALES = """
with sold as (
    select l.order_id as reference, l.variant as asset, o.node as place, sum(l.quantity) as quantity
    from orders.order_line as l join orders.customer_order as o on o.id = l.order_id
    where o.kind = 'sale' and l.quantity > 0 group by l.order_id, l.variant, o.node
), moved as (
    select reference, asset, source as place, sum(quantity) as quantity
    from ledger.movement where kind = 'sale' group by reference, asset, source
)
select reference as id, asset, place, coalesce(s.quantity, 0) as sold, coalesce(m.quantity, 0) as moved,
    coalesce(m.quantity, 0) - coalesce(s.quantity, 0) as off
from sold as s full join moved as m using (reference, asset, place)
where s.quantity is distinct from m.quantity
"""

_SHIPMENTS = """
with shipped as (
    select s.order_id as reference, l.variant as asset, s.node as place, sum(p.quantity) as quantity
    from orders.shipment as s join orders.shipment_line as p on p.shipment = s.id
    join orders.order_line as l on l.order_id = s.order_id and l.position = p.position
    group by s.order_id, l.variant, s.node
), moved as (
    select reference, asset, source as place, sum(quantity) as quantity
    from ledger.movement where kind = 'shipment' group by reference, asset, source
)
select reference as id, asset, place, coalesce(s.quantity, 0) as shipped, coalesce(m.quantity, 0) as moved,
    coalesce(m.quantity, 0) - coalesce(s.quantity, 0) as off
from shipped as s full join moved as m using (reference, asset, place)
where s.quantity is distinct from m.quantity
"""

_RETURNS = """
with came_back as (
    select r.order_id as reference, l.variant as asset, case when r.restock then r.node else 0 end as place,
        sum(p.quantity) as quantity
    from orders.customer_return as r join orders.return_line as p on p.return_id = r.id
    join orders.order_line as l on l.order_id = r.order_id and l.position = p.position
    group by 1, 2, 3
), moved as (
    select reference, asset, greatest(target, 0) as place, sum(quantity) as quantity
    from ledger.movement where kind = 'return' group by 1, 2, 3
)
select reference as id, asset, place, coalesce(r.quantity, 0) as returned, coalesce(m.quantity, 0) as moved,
    coalesce(m.quantity, 0) - coalesce(r.quantity, 0) as off
from came_back as r full join moved as m using (reference, asset, place)
where r.quantity is distinct from m.quantity
"""

_LINES = """
with shipped as (
    select s.order_id, p.position, sum(p.quantity) as quantity
    from orders.shipment as s join orders.shipment_line as p on p.shipment = s.id group by s.order_id, p.position
), returned as (
    select r.order_id, p.position, sum(p.quantity) as quantity
    from orders.customer_return as r join orders.return_line as p on p.return_id = r.id group by r.order_id, p.position
)
select order_id as id, position, l.quantity, l.shipped, l.cancelled, l.returned,
    case when o.kind = 'sale' then l.quantity else coalesce(s.quantity, 0) end as shipments,
    coalesce(r.quantity, 0) as returns
from orders.order_line as l
full join shipped as s using (order_id, position)
full join returned as r using (order_id, position)
left join orders.customer_order as o on o.id = order_id
where l.order_id is null
   or l.shipped <> case when o.kind = 'sale' then l.quantity else coalesce(s.quantity, 0) end
   or l.returned <> coalesce(r.quantity, 0)
   or l.shipped + l.cancelled > l.quantity or l.returned > l.shipped or l.cancelled < 0
   or (o.kind = 'sale' and s.quantity is not null)
"""

_UNDELIVERED = """
with waiting as (
    select order_id, count(*) as shipments from orders.shipment where delivered_at is null group by order_id
)
select o.id, o.undelivered, coalesce(w.shipments, 0) as shipments
from orders.customer_order as o left join waiting as w on w.order_id = o.id
where o.undelivered <> coalesce(w.shipments, 0)
"""

GOODS: tuple[Check, ...] = (
    Check(
        name="orders.holds",
        question=Said(
            "Is what each order line still promises held, once, and nothing else?",
            "每个订单行尚未履行的数量都恰好被占用一次,且没有多余占用吗?",
        ),
        sql=_HOLDS,
        explain=Said(
            "line {position} of {id}: {line_open} is open, hold {hold} holds {hold_open} (or another SKU, node or"
            " order)",
            "{id} 第 {position} 行:未结 {line_open},占用 {hold} 为 {hold_open}(或属于别的 SKU、节点或订单)",
        ),
        meaning=Said(
            "The line cannot be shipped as promised, or stock is kept for nobody.",
            "该行无法如约发货,或库存被无主占用。",
        ),
    ),
    Check(
        name="orders.lines",
        question=Said(
            "Is what each line shipped and returned what its shipments and returns say?",
            "每行的发货与退货数量都与其发货单、退货单一致吗?",
        ),
        sql=_LINES,
        explain=Said(
            "line {position} of {id}: quantity {quantity}, shipped {shipped} (shipments say {shipments}), cancelled"
            " {cancelled}, returned {returned} (returns say {returns})",
            "{id} 第 {position} 行:数量 {quantity},已发 {shipped}(发货单 {shipments}),已取消 {cancelled},"
            "已退 {returned}(退货单 {returns})",
        ),
        meaning=Said("More or less can be shipped or returned than is right.", "可发或可退的数量不对。"),
    ),
    Check(
        name="orders.undelivered",
        question=Said(
            "Does each order know how many of its shipments are on their way?", "每个订单的在途发货数都正确吗?"
        ),
        sql=_UNDELIVERED,
        explain=Said(
            "order {id} counts {undelivered} on their way, {shipments} are",
            "订单 {id} 记在途 {undelivered},实为 {shipments}",
        ),
        meaning=Said("It becomes delivered too early or never.", "订单会过早或永远不会变为已送达。"),
    ),
    *(
        Check(
            name=f"orders.{name}",
            question=Said(
                f"Did the ledger move exactly what {en} say, by SKU and place?",
                f"账本移动的数量都与{zh}完全一致(按 SKU 与位置)吗?",
            ),
            sql=sql,
            explain=Said(
                f"{{id}}, asset {{asset}} at place {{place}}: {word} {{{word}}}, moved {{moved}}; off by {{off:+}}",
                f"{{id}},资产 {{asset}} 在位置 {{place}}:{zh} {{{word}}},移动 {{moved}};相差 {{off:+}}",
            ),
            meaning=Said(
                "Stock and trade tell different stories: one of them lost or repeated something.",
                "库存与交易不一致:其中之一有遗漏或重复。",
            ),
        )
        for name, en, zh, word, sql in (
            ("sale_movements", "the sales", "销售", "sold", _SALES),
            ("shipment_movements", "the shipments", "发货", "shipped", _SHIPMENTS),
            ("return_movements", "the returns", "退货", "returned", _RETURNS),
        )
    ),
)

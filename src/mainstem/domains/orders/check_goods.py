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
from ledger.hold as h join ledger.asset as a on a.id = h.asset and a.kind = 'sku'
where h.state = 'held' and not exists (
        select from orders.order_line as l where l.order_id = h.reference and l.hold = h.id
    ) and not exists (select from inventory.document as d where d.id = h.reference)
"""

_SALES = """
    select l.order_id as reference, l.variant as asset, o.node as place, l.quantity as told, 0 as moved
    from orders.order_line as l join orders.customer_order as o on o.id = l.order_id
    where o.kind = 'sale' and l.quantity > 0
    union all
    select reference, asset, source, 0, quantity from ledger.movement where kind = 'sale'
"""

_SHIPMENTS = """
    select s.order_id as reference, l.variant as asset, s.node as place, p.quantity as told, 0 as moved
    from orders.shipment as s join orders.shipment_line as p on p.shipment = s.id
    join orders.order_line as l on l.order_id = s.order_id and l.position = p.position
    union all
    select reference, asset, source, 0, quantity from ledger.movement where kind = 'shipment'
"""

_RETURNS = """
    select r.order_id as reference, l.variant as asset, case when r.restock then r.node else 0 end as place,
        p.quantity as told, 0 as moved
    from orders.customer_return as r join orders.return_line as p on p.return_id = r.id
    join orders.order_line as l on l.order_id = r.order_id and l.position = p.position
    union all
    select reference, asset, greatest(target, 0), 0, quantity from ledger.movement where kind = 'return'
"""

# One aggregate over both sides: joining two aggregates of millions of rows takes half as long again.
_COMPARED = """
select reference as id, asset, place, sum(told) as told, sum(moved) as moved, sum(moved) - sum(told) as off
from ({sides}) as side group by reference, asset, place having sum(told) <> sum(moved)
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
            "每个订单行尚未履行的数量都恰好被占用一次，且没有多余占用吗？",
        ),
        sql=_HOLDS,
        explain=Said(
            "line {position} of {id}: {line_open} is open, hold {hold} holds {hold_open} (or another SKU, node or"
            " order)",
            "{id} 第 {position} 行：未结 {line_open}，占用 {hold} 为 {hold_open}（或属于别的 SKU、节点或订单）",
        ),
        meaning=Said(
            "The line cannot be shipped as promised, or stock is kept for nobody.",
            "该行无法如约发货，或库存被无主占用。",
        ),
    ),
    Check(
        name="orders.lines",
        question=Said(
            "Is what each line shipped and returned what its shipments and returns say?",
            "每行的发货与退货数量都与其发货单、退货单一致吗？",
        ),
        sql=_LINES,
        explain=Said(
            "line {position} of {id}: quantity {quantity}, shipped {shipped} (shipments say {shipments}), cancelled"
            " {cancelled}, returned {returned} (returns say {returns})",
            "{id} 第 {position} 行：数量 {quantity}，已发 {shipped}（发货单 {shipments}），已取消 {cancelled},"
            "已退 {returned}（退货单 {returns}）",
        ),
        meaning=Said("More or less can be shipped or returned than is right.", "可发或可退的数量不对。"),
    ),
    Check(
        name="orders.undelivered",
        question=Said(
            "Does each order know how many of its shipments are on their way?", "每个订单的在途发货数都正确吗？"
        ),
        sql=_UNDELIVERED,
        explain=Said(
            "order {id} counts {undelivered} on their way, {shipments} are",
            "订单 {id} 记在途 {undelivered}，实为 {shipments}",
        ),
        meaning=Said("It becomes delivered too early or never.", "订单会过早或永远不会变为已送达。"),
    ),
    *(
        Check(
            name=f"orders.{name}",
            question=Said(
                f"Did the ledger move exactly what {en} say, by SKU and place?",
                f"账本移动的数量都与{zh}完全一致（按 SKU 与位置）吗？",
            ),
            sql=_COMPARED.format(sides=sides),
            explain=Said(
                f"{{id}}, asset {{asset}} at place {{place}}: {en} say {{told}}, moved {{moved}}; off by {{off:+}}",
                f"{{id}}，资产 {{asset}} 在位置 {{place}}:{zh} {{told}}，移动 {{moved}}；相差 {{off:+}}",
            ),
            meaning=Said(
                "Stock and trade tell different stories: one of them lost or repeated something.",
                "库存与交易不一致：其中之一有遗漏或重复。",
            ),
        )
        for name, en, zh, sides in (
            ("sale_movements", "the sales", "销售", _SALES),
            ("shipment_movements", "the shipments", "发货", _SHIPMENTS),
            ("return_movements", "the returns", "退货", _RETURNS),
        )
    ),
)

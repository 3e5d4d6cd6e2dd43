"""What is always true of the stock's documents, and of the documents against the ledger."""

from mainstem.domains.inventory.contracts import COUNT_VARIANCE
from mainstem.platform.checks import Check, Said

_DOCUMENTS = """
with moved as (
    select distinct m.reference, m.kind from ledger.movement as m
    left join ledger.asset as a on a.id = m.asset
    where coalesce(a.kind, 'sku') = 'sku' and m.kind not in ('sale', 'shipment', 'return')
), matched as (
    select coalesce(d.id, m.reference) as id, d.kind, m.kind as moved
    from moved as m full join inventory.document as d on d.id = m.reference
)
select id, coalesce(kind, '-') as kind, coalesce(moved, '-') as moved from matched
where kind is null
   or (moved is null and kind not in ('count', 'reservation'))
   or (moved is not null and (kind, moved) not in (values ('delivery', 'delivery'), ('delivery', 'opening'),
        ('adjustment', 'adjustment'), ('count', 'count'), ('transfer', 'transfer_out'), ('transfer', 'transfer_in')))
"""

_RESERVATIONS = """
with live as (
    select reference, count(*) as holds, array_agg(distinct place) as places
    from ledger.hold where state = 'held' group by reference
)
select d.id, d.kind, d.state, coalesce(l.holds, 0) as holds
from inventory.document as d left join live as l on l.reference = d.id
where (d.kind = 'reservation' and (d.state = 'open') <> (l.holds is not null))
   or (d.kind <> 'reservation' and l.holds is not null)
   or (d.kind not in ('reservation', 'transfer') and d.state = 'open')
   or l.places <> array[d.node]
"""

_TRANSFERS = """
with line as (
    select document, variant, sent, received from inventory.transfer_line
), moved as (
    select m.reference as document, m.asset as variant,
        sum(m.quantity) filter (where m.kind = 'transfer_out' and m.source = d.node and m.target = n.transit) as sent,
        sum(m.quantity) filter (where m.kind = 'transfer_in' and m.target = d.target) as received
    from ledger.movement as m
    join inventory.document as d on d.id = m.reference and d.kind = 'transfer'
    join catalog.node as n on n.id = d.target
    where m.kind in ('transfer_out', 'transfer_in')
    group by m.reference, m.asset
)
select document as id, variant, coalesce(l.sent, 0) as sent, coalesce(m.sent, 0) as moved_out,
    coalesce(l.received, 0) as received, coalesce(m.received, 0) as moved_in
from line as l full join moved as m using (document, variant)
where coalesce(l.sent, 0) <> coalesce(m.sent, 0) or coalesce(l.received, 0) <> coalesce(m.received, 0)
"""

_TRANSIT = """
with on_its_way as (
    select l.variant as asset, n.transit as place, sum(greatest(l.sent - l.received, 0)) as quantity
    from inventory.transfer_line as l
    join inventory.document as d on d.id = l.document and d.state = 'open'
    join catalog.node as n on n.id = d.target
    group by l.variant, n.transit
), there as (
    select b.asset, b.place, b.posted as quantity
    from catalog.node as n join ledger.balance as b on b.place = n.transit
)
select asset, place, coalesce(w.quantity, 0) as on_its_way, coalesce(t.quantity, 0) as there,
    coalesce(t.quantity, 0) - coalesce(w.quantity, 0) as off
from on_its_way as w full join there as t using (asset, place)
where coalesce(w.quantity, 0) <> coalesce(t.quantity, 0)
"""

_DISCREPANCIES = f"""
with posted as (
    select m.reference, m.asset as variant,
        case when m.kind = 'count' then 'counted' when m.source < 0 then 'transfer_over' else 'transfer_short' end
            as kind,
        sum(case when m.source < 0 then m.quantity else -m.quantity end) as quantity
    from ledger.movement as m
    where m.kind in ('count', 'transfer_in') and {COUNT_VARIANCE} in (m.source, m.target)
    group by 1, 2, 3
), noted as (
    select reference, variant, kind, sum(quantity) as quantity
    from inventory.discrepancy where kind <> 'oversold' group by reference, variant, kind
)
select reference, variant, kind, coalesce(n.quantity, 0) as noted, coalesce(p.quantity, 0) as posted
from noted as n full join posted as p using (reference, variant, kind)
where n.quantity is distinct from p.quantity
"""  # noqa: S608 - a constant

_OVERSOLD = """
select d.id, d.reference, d.variant, d.node, d.quantity, coalesce(sold.quantity, 0) as sold
from inventory.discrepancy as d
left join lateral (
    select sum(m.quantity) as quantity from ledger.movement as m
    where m.reference = d.reference and m.asset = d.variant and m.source = d.node
) as sold on true
where d.kind = 'oversold' and abs(d.quantity) > coalesce(sold.quantity, 0)
"""

_OVERDRAWN = """
select b.asset, b.place, b.posted, b.held, b.floor
from ledger.balance as b join ledger.asset as a on a.id = b.asset and a.kind = 'sku'
where b.floor < 0 and not exists (
    select from inventory.discrepancy as d where d.variant = b.asset and d.node = b.place
)
"""

_ORPHANS = """
select part.what, part.id, part.kind, part.missing
from (
    select 'document' as what, id, 'node' as kind, node as missing from inventory.document
    union all select 'document', id, 'node', target from inventory.document
    union all select 'announcement', node, 'node', node from inventory.inbound
    union all select 'announcement', node, 'SKU', variant from inventory.inbound
    union all select 'transfer', document, 'SKU', variant from inventory.transfer_line
    union all select 'discrepancy', id, 'node', node from inventory.discrepancy
    union all select 'discrepancy', id, 'SKU', variant from inventory.discrepancy
    union all select 'policy', id, 'node', node from inventory.policy
    union all select 'policy', id, 'SKU', variant from inventory.policy
    union all select 'policy', id, 'channel', channel from inventory.policy
) as part
left join catalog.node as n on part.kind = 'node' and n.id = part.missing
left join catalog.variant as v on part.kind = 'SKU' and v.id = part.missing
left join catalog.channel as c on part.kind = 'channel' and c.id = part.missing
where part.missing is not null and coalesce(n.id, v.id, c.id) is null
"""

CHECKS: tuple[Check, ...] = (
    Check(
        name="inventory.documents",
        question=Said(
            "Has every movement of stock its document, and every document what it moved?",
            "每次库存移动都有单据、每张单据都有对应的移动吗？",
        ),
        sql=_DOCUMENTS,
        explain=Said(
            "document {id} is of kind {kind}, its movements are of kind {moved}",
            "单据 {id} 类型为 {kind}，其移动记录类型为 {moved}",
        ),
        meaning=Said("Stock changed and nobody can say why.", "库存变动而无从查证原因。"),
    ),
    Check(
        name="inventory.reservations",
        question=Said(
            "Does every open reservation hold something at its node, and nothing else?",
            "每个未结预留都在其节点占用库存，且别无其他占用吗？",
        ),
        sql=_RESERVATIONS,
        explain=Said(
            "{kind} {id} is {state} and has {holds} live holds (or at another node)",
            "{kind} {id} 状态为 {state}，有 {holds} 个有效占用（或在别的节点）",
        ),
        meaning=Said("Stock is kept for nobody, or is promised and not kept.", "库存被无主占用，或已承诺却未占用。"),
    ),
    Check(
        name="inventory.transfers",
        question=Said(
            "Do the lines of transfers say what moved out and what arrived?", "调拨行与实际发出、到达的数量一致吗？"
        ),
        sql=_TRANSFERS,
        explain=Said(
            "transfer {id}, SKU {variant}: sent {sent} (moved out {moved_out}), received {received} (moved in"
            " {moved_in})",
            "调拨 {id},SKU {variant}：发出 {sent}（移出 {moved_out}），收到 {received}（移入 {moved_in}）",
        ),
        meaning=Said("Goods on their way are counted wrongly.", "在途数量记错。"),
    ),
    Check(
        name="inventory.transit",
        question=Said(
            "Is in transit exactly what open transfers have sent and not received?",
            "在途库存恰为未结调拨已发未收的数量吗？",
        ),
        sql=_TRANSIT,
        explain=Said(
            "asset {asset} at transit place {place}: {there} is there, {on_its_way} is on its way; off by {off:+}",
            "资产 {asset} 在途位置 {place}：现存 {there}，应在途 {on_its_way}；相差 {off:+}",
        ),
        meaning=Said("Goods left one node and will never arrive at another.", "货物离开一处却永远到不了另一处。"),
    ),
    Check(
        name="inventory.discrepancies",
        question=Said(
            "Is every variance that counts and transfers posted noted as a discrepancy, and nothing else?",
            "盘点与调拨过账的每笔差异都恰好记为差异单吗？",
        ),
        sql=_DISCREPANCIES,
        explain=Said(
            "document {reference}, SKU {variant}, {kind}: {noted} noted, {posted} posted",
            "单据 {reference},SKU {variant},{kind}：记录 {noted}，过账 {posted}",
        ),
        meaning=Said("Somebody should look and does not know, or looks for nothing.", "应查而不知，或无事可查。"),
    ),
    Check(
        name="inventory.oversold",
        question=Said(
            "Does every oversold shelf follow from goods that left it?", "每条超卖记录都有相应的出货事实吗？"
        ),
        sql=_OVERSOLD,
        explain=Said(
            "discrepancy {id}: {quantity} of SKU {variant} oversold at {node} by {reference}, which took {sold}",
            "差异 {id}:{reference} 在 {node} 超卖 SKU {variant} 共 {quantity}，而其出货为 {sold}",
        ),
        meaning=Said("The fact behind the discrepancy was lost or changed.", "差异所依据的事实丢失或被改动。"),
    ),
    Check(
        name="inventory.overdrawn",
        question=Said(
            "Is there a discrepancy for every spot that facts took below zero?",
            "每个被事实扣至零以下的位置都有差异记录吗？",
        ),
        sql=_OVERDRAWN,
        explain=Said(
            "asset {asset} at place {place}: posted {posted}, held {held}, floor {floor}",
            "资产 {asset} 在位置 {place}：过账 {posted}，占用 {held}，下限 {floor}",
        ),
        meaning=Said("A shelf was oversold and nobody was told.", "货架被超卖而无人知晓。"),
    ),
    Check(
        name="inventory.orphans",
        question=Said("Does everything in stock name what exists?", "库存各表所指的对象都存在吗？"),
        sql=_ORPHANS,
        explain=Said(
            "{what} {id} names {kind} {missing}, which does not exist", "{what} {id} 所指的 {kind} {missing} 不存在"
        ),
        meaning=Said("It cannot be shown or dealt with.", "它无法显示，也无法处理。"),
    ),
)

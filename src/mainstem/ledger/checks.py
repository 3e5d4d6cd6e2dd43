"""What is always true of the ledger."""

from mainstem.platform.checks import Check, Said

CHECKS: tuple[Check, ...] = (
    Check(
        name="ledger.conservation",
        question=Said(
            "For each asset, is what is there what came in minus what went out?",
            "每项资产的现存量都等于流入减去流出吗？",
        ),
        sql="""
with flow as (
    select asset, coalesce(sum(quantity) filter (where source < 0 and target > 0), 0) as came_in,
        coalesce(sum(quantity) filter (where source > 0 and target < 0), 0) as went_out
    from ledger.movement where source < 0 or target < 0 group by asset
), there as (
    select asset, sum(posted) as there from ledger.balance group by asset
)
select asset, coalesce(there, 0) as there, coalesce(came_in, 0) as came_in, coalesce(went_out, 0) as went_out,
    coalesce(there, 0) - coalesce(came_in, 0) + coalesce(went_out, 0) as off
from there full join flow using (asset)
where coalesce(there, 0) <> coalesce(came_in, 0) - coalesce(went_out, 0)
""",
        explain=Said(
            "asset {asset}: {there} is there, {came_in} came in and {went_out} went out; off by {off:+}",
            "资产 {asset}：现存 {there}，流入 {came_in}，流出 {went_out}；相差 {off:+}",
        ),
        meaning=Said(
            "Some of it appeared from nowhere or vanished: a balance was set, or a movement was added, changed, lost.",
            "有数量凭空出现或消失：余额被直接改动，或移动记录被添加、修改或丢失。",
        ),
    ),
    Check(
        name="ledger.replay",
        question=Said("Does replaying all movements rebuild each balance?", "重放全部移动记录能重建每个余额吗？"),
        sql="""
with moved as (
    select asset, place, sum(net) as net
    from (
        select asset, target as place, quantity as net from ledger.movement where target > 0
        union all
        select asset, source, -quantity from ledger.movement where source > 0
    ) as leg
    group by asset, place
)
select asset, place, coalesce(b.posted, 0) as posted, coalesce(m.net, 0) as moved,
    coalesce(b.posted, 0) - coalesce(m.net, 0) as off
from ledger.balance as b full join moved as m using (asset, place)
where coalesce(b.posted, 0) <> coalesce(m.net, 0)
""",
        explain=Said(
            "asset {asset} at place {place}: the balance says {posted}, its movements say {moved}; off by {off:+}",
            "资产 {asset} 在位置 {place}：余额为 {posted}，移动记录合计为 {moved}；相差 {off:+}",
        ),
        meaning=Said(
            "The balance does not follow from its history: what is promised from it may not be there.",
            "余额与其历史不符：据此承诺的数量可能并不存在。",
        ),
    ),
    Check(
        name="ledger.held",
        question=Said(
            "Is what each balance holds the sum of its live holds?", "每个余额的占用量都等于其有效占用之和吗？"
        ),
        sql="""
with live as (
    select asset, place, sum(quantity - settled - released) as held from ledger.hold where state = 'held'
    group by asset, place
)
select asset, place, coalesce(b.held, 0) as held, coalesce(l.held, 0) as live,
    coalesce(b.held, 0) - coalesce(l.held, 0) as off
from ledger.balance as b full join live as l using (asset, place)
where coalesce(b.held, 0) <> coalesce(l.held, 0)
""",
        explain=Said(
            "asset {asset} at place {place}: the balance holds {held}, its live holds are {live}; off by {off:+}",
            "资产 {asset} 在位置 {place}：余额占用 {held}，有效占用合计 {live}；相差 {off:+}",
        ),
        meaning=Said(
            "Too much held cannot be sold though it is free; too little can be sold twice.",
            "占用偏多，可售的卖不出去；占用偏少，同一件可能卖两次。",
        ),
    ),
    Check(
        name="ledger.floor",
        question=Said(
            "Is each floor 0, or as far below as facts have taken what is free?",
            "每个下限都是 0，或恰为事实使可用量低于零的程度吗？",
        ),
        sql="""
select asset, place, posted, held, floor, least(0, posted - held) as expected
from ledger.balance where floor <> least(0, posted - held)
""",
        explain=Said(
            "asset {asset} at place {place}: posted {posted}, held {held}, floor {floor} where {expected} is expected",
            "资产 {asset} 在位置 {place}：过账 {posted}，占用 {held}，下限 {floor}，应为 {expected}",
        ),
        meaning=Said(
            "A floor too low lets requests take what is not there; one too high stops every change of the balance.",
            "下限过低，请求可以取走不存在的数量；下限过高，该余额无法再变动。",
        ),
    ),
    Check(
        name="ledger.negative_held",
        question=Said("Does no balance hold less than nothing?", "没有余额的占用量小于零吗？"),
        sql="select asset, place, held from ledger.balance where held < 0",
        explain=Said("asset {asset} at place {place}: {held} is held", "资产 {asset} 在位置 {place}：占用量为 {held}"),
        meaning=Said("More can be promised than is there.", "可承诺的数量超过了现有数量。"),
    ),
    Check(
        name="ledger.holds",
        question=Said("Does the arithmetic of each hold agree with its state?", "每个占用的数量关系都与其状态一致吗？"),
        sql="""
select id as hold, asset, place, quantity, settled, released, quantity - settled - released as open, state
from ledger.hold
where quantity <= 0 or settled < 0 or released < 0 or settled + released > quantity
   or (state = 'held') <> (settled + released < quantity)
   or (state = 'released' and settled > 0) or (state = 'posted' and settled = 0) or (state = 'expired' and released = 0)
""",
        explain=Said(
            "hold {hold} of asset {asset} at place {place}: {quantity} = {settled} settled + {released} released +"
            " {open} open, but it is {state}",
            "资产 {asset} 在位置 {place} 的占用 {hold}:{quantity} = 已结算 {settled} + 已释放 {released} + 未结"
            " {open}，而状态为 {state}",
        ),
        meaning=Said(
            "It ended twice, or it ended and still promises something.", "它结束了两次，或已结束却仍在承诺数量。"
        ),
    ),
    Check(
        name="ledger.settled",
        question=Said(
            "Did everything that holds settled leave its place under the same reference?",
            "占用结算的数量都以同一单据移出了吗？",
        ),
        sql="""
with settled as (
    select reference, asset, place, sum(settled) as settled from ledger.hold where settled > 0
    group by reference, asset, place
), moved as (
    select reference, asset, source as place, sum(quantity) as moved
    from ledger.movement where reference in (select reference from settled) and source > 0
    group by reference, asset, source
)
select reference, asset, place, settled, coalesce(moved, 0) as moved, settled - coalesce(moved, 0) as off
from settled left join moved using (reference, asset, place)
where settled > coalesce(moved, 0)
""",
        explain=Said(
            "reference {reference}, asset {asset} at place {place}: holds settled {settled}, {moved} moved; off by"
            " {off:+}",
            "单据 {reference}，资产 {asset} 在位置 {place}：占用结算 {settled}，移动 {moved}；相差 {off:+}",
        ),
        meaning=Said(
            "A hold counts as fulfilled although the goods are recorded as still there.",
            "占用视为已履行，而货物在账上仍在原处。",
        ),
    ),
    Check(
        name="ledger.orphans",
        question=Said("Is every asset and place that is counted registered?", "账上的每项资产和位置都已登记吗？"),
        sql="""
with spot as (
    select distinct 'balance' as what, asset, place from ledger.balance
    union all
    select distinct 'hold', asset, place from ledger.hold
), used as (
    select what, 'asset' as kind, asset as id from spot
    union select what, 'place', place from spot
    union select 'movement', 'asset', asset from (select distinct asset from ledger.movement) as m
    union select 'movement', 'place', source from (select distinct source from ledger.movement where source > 0) as m
    union select 'movement', 'place', target from (select distinct target from ledger.movement where target > 0) as m
)
select what, kind, id from used
where (kind = 'asset' and not exists (select from ledger.asset as a where a.id = used.id))
   or (kind = 'place' and not exists (select from ledger.place as p where p.id = used.id))
""",
        explain=Said("{what} with {kind} {id}, which is not registered", "{what} 使用了未登记的 {kind} {id}"),
        meaning=Said("Nobody knows what is counted there.", "无人知道那里记的是什么。"),
    ),
)

"""What is always true of points and cards, and of both against the ledger."""

from mainstem.platform.checks import Check, Said

_LOTS = """
select a.id as asset, a.kind from ledger.asset as a
where (a.kind in ('points', 'benefit') and not exists (select from loyalty.lot as l where l.asset = a.id))
   or (a.kind = 'stored_value' and not exists (select from loyalty.stored_value as v where v.asset = a.id))
union all
select l.asset, 'lot' from loyalty.lot as l
where not exists (
    select from ledger.asset as a
    where a.id = l.asset and a.kind = case when l.benefit = '' then 'points' else 'benefit' end
)
"""
_PENDING = """
with expected as (
    select pending as asset, account as place, sum(points - back) as points
    from loyalty.earning where state = 'pending' group by pending, account
), there as (
    select b.asset, b.place, b.posted as points
    from loyalty.lot as l join ledger.balance as b on b.asset = l.asset where l.pending
)
select asset, place as account, coalesce(e.points, 0) as waiting, coalesce(t.points, 0) as there
from expected as e full join there as t using (asset, place)
where coalesce(e.points, 0) <> coalesce(t.points, 0)
"""
_EARNINGS = """
select e.id, e.points, e.back, sum(l.points) as on_lines, sum(l.points * l.returned / l.quantity) as returned
from loyalty.earning as e join loyalty.line as l on l.document = e.id
group by e.id
having sum(l.points) <> e.points or sum(l.points * l.returned / l.quantity) <> e.back
"""
_BURNS = """
select b.id, b.points, coalesce(sum(p.points), 0) as parts, b.back, coalesce(sum(p.back), 0) as parts_back
from loyalty.burn as b left join loyalty.burn_part as p on p.burn = b.id
group by b.id having b.points <> coalesce(sum(p.points), 0) or b.back <> coalesce(sum(p.back), 0)
"""
_HOLDS = """
select b.reference as id, p.hold, b.state, p.points as told, h.quantity - h.settled - h.released as held
from loyalty.burn as b join loyalty.burn_part as p on p.burn = b.id and p.hold is not null
left join ledger.hold as h on h.reference = b.reference and h.id = p.hold
where h.id is null or h.quantity <> p.points or (b.state = 'held') <> (h.state = 'held')
   or (b.state = 'settled') <> (h.settled > 0)
union all
select u.reference, u.hold, u.state, u.amount_minor, h.quantity - h.settled - h.released
from loyalty.card_use as u left join ledger.hold as h on h.reference = u.reference and h.id = u.hold
where u.hold is not null and (h.id is null or h.quantity <> u.amount_minor or (u.state = 'held') <> (h.state = 'held')
   or (u.state = 'settled') <> (h.settled > 0))
"""
_BELOW = """
select b.asset, b.place as account, b.posted, b.held
from ledger.balance as b join loyalty.lot as l on l.asset = b.asset
where b.floor < 0 and (l.expires_on <> '9999-12-31' or l.benefit <> '' or l.pending)
"""
_CARDS = """
with paid as (
    select card, sum(case when state = 'settled' then amount_minor - refunded_minor else 0 end) as net
    from loyalty.card_use group by card
), moved as (
    select m.card, sum(m.net) as net from (
        select c.id as card, case when m.source = c.id then m.quantity else -m.quantity end as net
        from loyalty.card as c join ledger.movement as m on m.asset = c.asset and c.id in (m.source, m.target)
        where -41 in (m.source, m.target)
    ) as m group by m.card
)
select card, coalesce(p.net, 0) as told, coalesce(m.net, 0) as moved
from paid as p full join moved as m using (card) where coalesce(p.net, 0) <> coalesce(m.net, 0)
union all
select c.id, 0, b.posted from loyalty.card as c join ledger.balance as b on b.asset = c.asset and b.place = c.id
where c.state = 'issued' and b.posted <> 0 or b.posted < 0
"""
_ORPHANS = """
select 'account' as what, a.id, 'customer record' as kind, a.record as missing from loyalty.account as a
where not exists (select from customers.source_record as r where r.id = a.record)
union all
select 'account', a.id, 'place', a.id from loyalty.account as a
where not exists (select from ledger.place as p where p.id = a.id and p.kind = 'member')
union all
select 'card', c.id, 'place', c.id from loyalty.card as c
where not exists (select from ledger.place as p where p.id = c.id and p.kind = 'card')
union all
select 'card', c.id, 'customer record', c.record from loyalty.card as c
where c.record is not null and not exists (select from customers.source_record as r where r.id = c.record)
union all
select 'pool', a.pool, 'second member', min(a.id) from loyalty.account as a where a.pool is not null
group by a.pool having count(*) < 2 or count(distinct a.programme) > 1
"""
_ADJUSTMENTS = """
with told as (
    select account, sum(points) as points from loyalty.adjustment where state = 'posted' group by account
), moved as (
    select m.reference as account, sum(case when m.source < 0 then m.quantity else -m.quantity end) as points
    from ledger.movement as m where m.kind = 'points_adjustment' group by m.reference
)
select account, coalesce(t.points, 0) as told, coalesce(m.points, 0) as moved
from told as t full join moved as m using (account) where coalesce(t.points, 0) <> coalesce(m.points, 0)
union all
select account, points, 0 from loyalty.adjustment where state = 'waiting' and decided_by is not null
"""

CHECKS: tuple[Check, ...] = (
    Check(
        name="loyalty.lots",
        question=Said("Is everything that is counted of points and cards known?", "积分与储值的每项资产都有定义吗？"),
        sql=_LOTS,
        explain=Said("asset {asset} of kind {kind} has no counterpart", "类型为 {kind} 的资产 {asset} 没有对应记录"),
        meaning=Said("Nobody knows what is counted there.", "无人知道那里记的是什么。"),
    ),
    Check(
        name="loyalty.pending",
        question=Said(
            "Are the points that wait exactly those of earnings that wait?", "待生效积分恰为尚未生效的获得记录吗？"
        ),
        sql=_PENDING,
        explain=Said(
            "account {account}, asset {asset}: {waiting} should wait, {there} do",
            "账户 {account}，资产 {asset}：应待生效 {waiting}，实有 {there}",
        ),
        meaning=Said("Points will never become usable, or appear from nowhere.", "积分将永不生效，或凭空出现。"),
    ),
    Check(
        name="loyalty.earnings",
        question=Said(
            "Do the lines of each earning come to its points, and their returns to what was taken back?",
            "每笔获得的各行之和等于其积分、退货部分等于收回的积分吗？",
        ),
        sql=_EARNINGS,
        explain=Said(
            "earning {id}: {points} points, {on_lines} on lines; {back} taken back, {returned} returned",
            "获得 {id}：积分 {points}，各行合计 {on_lines}；收回 {back}，退货对应 {returned}",
        ),
        meaning=Said("A last return would not end at zero.", "最后一次退货不会归零。"),
    ),
    Check(
        name="loyalty.burns",
        question=Said("Do the parts of each burn come to its points?", "每笔使用的各部分之和等于其积分吗？"),
        sql=_BURNS,
        explain=Said(
            "burn {id}: {points} points, {parts} in parts; {back} given back, {parts_back} in parts",
            "使用 {id}：积分 {points}，各部分 {parts}；退回 {back}，各部分 {parts_back}",
        ),
        meaning=Said("More or less would be given back than was spent.", "退回的积分与使用的不符。"),
    ),
    Check(
        name="loyalty.holds",
        question=Said(
            "Is what burns and cards hold for orders held on the ledger, and nothing else?",
            "积分与卡为订单占用的数量都与账本一致吗？",
        ),
        sql=_HOLDS,
        explain=Said(
            "order {id}, hold {hold} ({state}): {told} are told, {held} are held",
            "订单 {id}，占用 {hold}（{state}）：记录 {told}，实际占用 {held}",
        ),
        meaning=Said("A tender was spent twice, or is kept for nobody.", "支付被重复使用，或被无主占用。"),
    ),
    Check(
        name="loyalty.below_zero",
        question=Said("Are only debts of returns below zero?", "只有退货欠款低于零吗？"),
        sql=_BELOW,
        explain=Said(
            "account {account}, asset {asset}: {posted} posted, {held} held",
            "账户 {account}，资产 {asset}：过账 {posted}，占用 {held}",
        ),
        meaning=Said("Something was spent that was not there.", "使用了并不存在的数量。"),
    ),
    Check(
        name="loyalty.cards",
        question=Said(
            "Is what was paid with each card what left it, and nothing before it is active?",
            "每张卡的支付都与余额变动一致，且激活前没有余额吗？",
        ),
        sql=_CARDS,
        explain=Said("card {card}: {told} were paid, {moved} moved", "卡 {card}：支付 {told}，变动 {moved}"),
        meaning=Said("Money of a card vanished, or was paid twice.", "卡内金额消失，或被重复支付。"),
    ),
    Check(
        name="loyalty.orphans",
        question=Said("Does every member, card and pool name what exists?", "每个会员、卡与共享池所指的对象都存在吗？"),
        sql=_ORPHANS,
        explain=Said(
            "{what} {id} names {kind} {missing}, which does not exist", "{what} {id} 所指的 {kind} {missing} 不存在"
        ),
        meaning=Said("It cannot be shown or dealt with.", "它无法显示，也无法处理。"),
    ),
    Check(
        name="loyalty.adjustments",
        question=Said("Was every adjustment that counts posted once?", "每笔生效的调整都恰好过账一次吗？"),
        sql=_ADJUSTMENTS,
        explain=Said(
            "account {account}: {told} points were adjusted, {moved} moved",
            "账户 {account}：调整积分 {told}，实际变动 {moved}",
        ),
        meaning=Said("Points were given that nobody answers for.", "发放了无人负责的积分。"),
    ),
)

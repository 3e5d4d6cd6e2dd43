"""What is always true of promotions and coupons, and of their uses against the ledger."""

from mainstem.platform.checks import Check, Said

_PROMOTIONS = """
select p.id, p.code, p.revision, p.state, c.revision as told, c.state as told_state
from pricing.promotion as p
left join lateral (
    select revision, state from pricing.promotion_change as c where c.promotion = p.id order by c.id desc limit 1
) as c on true
where c.state is distinct from p.state or c.revision is distinct from p.revision
   or not exists (
       select from pricing.promotion_change as f
       where f.promotion = p.id and f.verb = 'saved' and f.revision = p.revision and f.form = p.form
   )
"""
_HOLDS = """
select u.id, u.kind, u.state, p.hold, p.quantity, h.state as hold_state, h.settled, h.released
from pricing.usage as u join pricing.usage_part as p on p.usage = u.id
left join ledger.hold as h on h.reference = u.reference and h.id = p.hold
where h.id is null or h.quantity <> p.quantity or h.asset <> p.asset or h.place <> p.place
   or (u.state = 'held') <> (h.state = 'held')
   or (u.state = 'settled' and h.settled <> p.quantity) or (u.state = 'released' and h.settled <> 0)
"""
_COUNTED = """
with kinds as (
    select id as asset, kind from ledger.asset
    where kind in ('promotion_uses', 'promotion_items', 'promotion_budget', 'promotion_day_uses', 'coupon_uses')
), used as (
    select p.asset, p.place, sum(p.quantity) as quantity
    from pricing.usage as u join pricing.usage_part as p on p.usage = u.id
    where u.state in ('held', 'settled') group by p.asset, p.place
)
select asset, b.place, k.kind,
    case when k.kind = 'promotion_budget' then 10000000000000000 else 1000000000 end - b.posted + b.held as counted,
    coalesce(u.quantity, 0) as used
from kinds as k join ledger.balance as b using (asset) left join used as u using (asset, place)
where case when k.kind = 'promotion_budget' then 10000000000000000 else 1000000000 end - b.posted + b.held
    <> coalesce(u.quantity, 0)
"""
_COUPONS = """
select c.id, b.code as batch, c.number, b.count, b.issued, b.kind
from pricing.coupon as c join pricing.coupon_batch as b on b.id = c.batch
where c.number > case when b.kind = 'unique' then b.count else b.issued end
union all
select b.id, b.code, b.issued, b.count, b.issued, b.kind from pricing.coupon_batch as b where b.issued > b.count
"""

CHECKS: tuple[Check, ...] = (
    Check(
        name="pricing.promotions",
        question=Said("Is each promotion what its history says last?", "每个促销的现状都与其历史的最后一条一致吗？"),
        sql=_PROMOTIONS,
        explain=Said(
            "promotion {code} is {state} at revision {revision}, its history says {told_state} at {told}",
            "促销 {code} 状态为 {state}，版本 {revision}；其历史为 {told_state}，版本 {told}",
        ),
        meaning=Said(
            "Somebody changed a promotion past the program: who did it cannot be told.",
            "有人绕过程序修改了促销，无法得知是谁。",
        ),
    ),
    Check(
        name="pricing.usage",
        question=Said(
            "Does every use of a promotion or coupon have its holds on the ledger?",
            "促销与优惠券的每次使用在账本上都有对应的占用吗？",
        ),
        sql=_HOLDS,
        explain=Said(
            "use {id} is {state}, hold {hold} of {quantity} is {hold_state}: {settled} settled, {released} released",
            "使用 {id} 为 {state}，其占用 {hold}（数量 {quantity}）为 {hold_state}：结算 {settled}，释放 {released}",
        ),
        meaning=Said("A limit counts what was not used, or not what was.", "限额统计与实际使用不符。"),
    ),
    Check(
        name="pricing.counted",
        question=Said(
            "Is what the ledger counts as used what orders use?", "账本所计的已用数量与订单的使用合计一致吗？"
        ),
        sql=_COUNTED,
        explain=Said(
            "asset {asset} ({kind}) at place {place}: {counted} are counted, {used} are used",
            "资产 {asset}（{kind}）在位置 {place}：已计 {counted}，实际使用 {used}",
        ),
        meaning=Said("A limit is reached too early, or a budget is overspent.", "限额会提前用尽，或预算会超支。"),
    ),
    Check(
        name="pricing.coupons",
        question=Said("Is no coupon beyond its batch?", "没有超出批次的优惠券吗？"),
        sql=_COUPONS,
        explain=Said(
            "number {number} of batch {batch} ({kind}): the batch has {count}, {issued} are given out",
            "批次 {batch}（{kind}）的编号 {number}：批次共 {count}，已发 {issued}",
        ),
        meaning=Said("Coupons are valid that nobody meant to make.", "存在无人有意制作却有效的优惠券。"),
    ),
)

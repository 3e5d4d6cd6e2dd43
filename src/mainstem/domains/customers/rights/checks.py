"""What is always true of requests, receipts, links, erased records and privacy budgets."""

from mainstem.domains.customers.rights.budgets import GRANTED, SPENT
from mainstem.platform.checks import Check, Said

CHECKS: tuple[Check, ...] = (
    Check(
        name="customers.receipts",
        question=Said(
            "Has every request its receipts, each as it was handed out?",
            "每个权利请求都有其回执，且回执与发出时一致吗？",
        ),
        sql="""
select q.id as request, q.state, 'missing' as fault from customers.rights_request as q
where not exists (select from customers.rights_receipt as p where p.request = q.id and p.issued_at = q.received_at)
   or (q.closed_at is not null
       and not exists (select from customers.rights_receipt as p where p.request = q.id and p.state = q.state))
union all
select p.request, p.state, 'altered' from customers.rights_receipt as p
where p.hash <> sha256(convert_to(p.document, 'UTF8'))
union all
select p.request, p.state, 'of nothing' from customers.rights_receipt as p
where not exists (select from customers.rights_request as q where q.id = p.request)
""",
        explain=Said(
            "request {request}: its receipt for {state} is {fault}",
            "请求 {request}：状态 {state} 的回执异常（{fault}）",
        ),
        meaning=Said(
            "What the person was handed cannot be shown to be what was written.",
            "无法证明交给本人的回执与所写内容一致。",
        ),
    ),
    Check(
        name="customers.erased",
        question=Said("Is nothing left of who was erased?", "已删除的人是否不再留有任何信息？"),
        sql="""
with erased as (select id, customer, body from customers.source_record where erased_at is not null)
select e.id as record, 'key' as what from erased as e join customers.subject_key as k on k.record = e.id
union all
select id, 'body' from erased where body <> '' or customer <> id
union all
select e.id, 'identifier' from erased as e join customers.identifier_use as u on u.record = e.id
union all
select e.id, 'block' from erased as e join customers.block as b on b.record = e.id
union all
select e.id, 'search key' from erased as e join customers.search_key as s on s.record = e.id
union all
select e.id, 'assertion' from erased as e join customers.assertion as a on a.low = e.id
union all
select e.id, 'assertion' from erased as e join customers.assertion as a on a.high = e.id
union all
select e.id, 'evidence' from erased as e join customers.consent as c on c.record = e.id and c.reference <> ''
union all
select e.id, 'wish' from erased as e join customers.rights_request as q on q.record = e.id and q.wish is not null
union all
select e.id, 'link' from erased as e join customers.privacy_link as l on l.record = e.id and l.ended_at is null
""",
        explain=Said("record {record} was erased, and has a {what}", "记录 {record} 已删除，却仍有 {what}"),
        meaning=Said("The person can be found or read again.", "此人仍可被找到或读取。"),
    ),
    Check(
        name="customers.restrictions",
        question=Said(
            "Was every restriction asked for, and carried out?", "每项限制处理都有相应的请求，且该请求已办理吗？"
        ),
        sql="""
select x.record, x.request from customers.restriction as x
where not exists (
    select from customers.rights_request as q
    where q.id = x.request and q.kind = 'restriction' and q.state = 'done'
)
""",
        explain=Said(
            "record {record} is restricted by request {request}, which is none that was carried out",
            "记录 {record} 因请求 {request} 被限制处理，但该请求并未办理",
        ),
        meaning=Said("Somebody is not served, and nobody knows why.", "有人无法获得服务，且原因不明。"),
    ),
    Check(
        name="customers.links",
        question=Said(
            "Was every privacy page opened with a code, in time, and after few attempts?",
            "每个隐私页面都是凭验证码、在有效期内、经少量尝试打开的吗？",
        ),
        sql="""
select id as link, attempts, session_ends from customers.privacy_link
where (session_hash is not null and (attempts < 1 or session_ends > expires_at + interval '1 hour'))
   or attempts < 0 or attempts > 5
""",
        explain=Said(
            "link {link}: {attempts} attempts, open until {session_ends}",
            "链接 {link}：尝试 {attempts} 次，打开至 {session_ends}",
        ),
        meaning=Said("Somebody may have seen what is not his.", "可能有人看到了不属于自己的信息。"),
    ),
    Check(
        name="customers.privacy_budgets",
        question=Said(
            "Is every privacy budget on the ledger, granted before it was spent?",
            "每个隐私预算都记在账本上，且先授予后使用吗？",
        ),
        sql=f"""
select b.dataset, a.asset, coalesce(l.posted, 0) as there from customers.privacy_budget as b
cross join lateral (values (b.epsilon, 'privacy_epsilon'), (b.delta, 'privacy_delta')) as a (asset, kind)
left join ledger.balance as l on l.asset = a.asset and l.place = b.place
where l.posted < 0
   or not exists (select from ledger.asset as r where r.id = a.asset and r.kind = a.kind)
   or not exists (select from ledger.place as p where p.id = b.place and p.kind = 'privacy_budget')
   or exists (
       select from ledger.movement as m where m.asset = a.asset
         and not (m.source = {GRANTED} and m.target = b.place or m.source = b.place and m.target = {SPENT})
   )
""",  # noqa: S608 - constants
        explain=Said(
            "dataset {dataset}: asset {asset} has {there} at its place",
            "数据集 {dataset}：资产 {asset} 在其位置有 {there}",
        ),
        meaning=Said(
            "More may have been released of people than was allowed.", "发布的统计信息可能超出了允许的隐私损失。"
        ),
    ),
)

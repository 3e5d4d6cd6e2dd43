"""What is always true of consent."""

from mainstem.platform.checks import Check, Said

CHECKS: tuple[Check, ...] = (
    Check(
        name="customers.consent",
        question=Said(
            "Is what counts of consent the latest that was said, and the refusal where two were said at once?",
            "生效的同意状态是否为最近一次表态，同一时刻有两次表态时是否以拒绝为准？",
        ),
        sql="""
with latest as (
    select distinct on (record, purpose, channel) record, purpose, channel, given, policy, occurred_at
    from customers.consent
    order by record, purpose, channel, occurred_at desc, given, policy collate "C" desc
)
select record, purpose, channel, l.given as said, s.given as counts
from latest as l full join customers.consent_state as s using (record, purpose, channel)
where (l.given, l.policy, l.occurred_at) is distinct from (s.given, s.policy, s.occurred_at)
""",
        explain=Said(
            "record {record}, {purpose} over {channel!r}: the ledger says {said}, what counts is {counts}",
            "记录 {record}，用途 {purpose}，渠道 {channel!r}：台账为 {said}，生效状态为 {counts}",
        ),
        meaning=Said(
            "Somebody is used for what he refused, or not for what he agreed to.",
            "有人的信息被用于其已拒绝的用途，或未被用于其已同意的用途。",
        ),
    ),
    Check(
        name="customers.consent_subjects",
        question=Said("Is every entry of consent about a record that is there?", "每条同意记录都属于存在的记录吗？"),
        sql="""
select c.id as consent, c.record from customers.consent as c
where not exists (select from customers.source_record as r where r.id = c.record)
""",
        explain=Said("entry {consent} is about record {record}", "条目 {consent} 属于记录 {record}"),
        meaning=Said("Nobody knows whose consent that is.", "无法得知这是谁的同意。"),
    ),
)

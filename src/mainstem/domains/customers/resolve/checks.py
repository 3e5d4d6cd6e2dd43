"""What is always true of identity: of records, their identifiers, what joins them and what was said."""

from mainstem.platform.checks import Check, Said

_CUSTOMERS = """
select r.id, r.customer, c.customer as of_customer,
    (select min(m.id) from customers.source_record as m where m.customer = r.customer) as smallest
from customers.source_record as r left join customers.source_record as c on c.id = r.customer
where c.id is null or c.customer <> c.id
   or r.customer <> (select min(m.id) from customers.source_record as m where m.customer = r.customer)
"""

_USES = """
select i.id, i.type, i.uses, coalesce(u.counted, 0) as counted
from customers.identifier as i
left join (select identifier, count(*) as counted from customers.identifier_use group by identifier) as u
  on u.identifier = i.id
where i.uses <> coalesce(u.counted, 0)
"""

_KEYS = """
select r.id, r.revision, octet_length(r.body) as bytes
from customers.source_record as r left join customers.subject_key as k on k.record = r.id
where r.erased_at is null and k.record is null and (r.body <> '' or r.revision > 0)
"""

# Reach each member from its customer over what counts today; whoever is not reached has no reason to be there.
_REASONS = """
with recursive counts as (
    select distinct on (a.low, a.high, a.rule, a.identifier) a.low, a.high, a.sign, a.identifier
    from customers.assertion as a
    order by a.low, a.high, a.rule, a.identifier, a.recorded_at desc, a.id desc
), edge as (
    select c.low, c.high from counts as c
    join customers.source_record as l on l.id = c.low join customers.source_record as h on h.id = c.high
    left join customers.identifier as i on i.id = c.identifier
    where c.sign > 0 and i.suspended_at is null and l.customer = h.customer
      and l.erased_at is null and h.erased_at is null
), both_ways as (
    select low as one, high as other from edge union select high, low from edge
), reached (id) as (
    select id from customers.source_record where customer = id
    union
    select b.other from reached as r join both_ways as b on b.one = r.id
)
select r.id, r.customer from customers.source_record as r
where r.customer <> r.id and not exists (select from reached where reached.id = r.id)
"""

_APART = """
select a.low, a.high, l.customer, a.rule
from (
    select distinct on (low, high) low, high, sign, rule from customers.assertion
    where rule in ('manual', 'review') order by low, high, recorded_at desc, id desc
) as a
join customers.source_record as l on l.id = a.low join customers.source_record as h on h.id = a.high
where a.sign < 0 and l.customer = h.customer
"""

_ORPHANS = """
select part.what, part.id, part.record from (
    select 'statement' as what, id, record from customers.statement
    union all select 'subject key', record, record from customers.subject_key
    union all select 'use of identifier', identifier, record from customers.identifier_use
    union all select 'block', 0, record from customers.block
    union all select 'search key', 0, record from customers.search_key
    union all select 'assertion', id, low from customers.assertion
    union all select 'assertion', id, high from customers.assertion
    union all select 'review', id, low from customers.review
    union all select 'review', id, high from customers.review
) as part left join customers.source_record as r on r.id = part.record
where r.id is null
union all
select 'use of identifier', u.identifier, u.record
from customers.identifier_use as u left join customers.identifier as i on i.id = u.identifier where i.id is null
"""

_STATEMENTS = """
select r.id, r.revision, coalesce(s.said, 0) as said
from customers.source_record as r
left join (select record, count(*) as said from customers.statement group by record) as s on s.record = r.id
where r.erased_at is null and r.revision <> coalesce(s.said, 0)
"""

CHECKS: tuple[Check, ...] = (
    Check(
        name="customers.customers",
        question=Said(
            "Is every customer the smallest of the records that belong to him, one step away from each?",
            "每位客户都是其所属记录中编号最小者，且每条记录一步即可到达吗？",
        ),
        sql=_CUSTOMERS,
        explain=Said(
            "record {id} is of customer {customer}, who is of {of_customer}; the smallest there is {smallest}",
            "记录 {id} 属于客户 {customer}，而后者属于 {of_customer}；其中最小编号为 {smallest}",
        ),
        meaning=Said(
            "An id that was handed out leads to nobody, or to somebody else.", "已发出的编号找不到人，或指向他人。"
        ),
    ),
    Check(
        name="customers.reasons",
        question=Said(
            "Is every record held with its customer by something that counts, and not only by what is suspended?",
            "每条记录归属其客户都有有效依据，而非仅凭已停用的标识符吗？",
        ),
        sql=_REASONS,
        explain=Said(
            "record {id} is of customer {customer}, and nothing that counts joins them",
            "记录 {id} 属于客户 {customer}，却没有任何有效依据将其相连",
        ),
        meaning=Said(
            "Two people may be taken for one, and nobody can say why.", "两个人可能被当作一人，且无从说明原因。"
        ),
    ),
    Check(
        name="customers.apart",
        question=Said(
            "Is nobody one customer with whom a person keeps him apart from?", "被人工分开的记录都没有归为同一客户吗？"
        ),
        sql=_APART,
        explain=Said(
            "records {low} and {high} are kept apart ({rule}) and both of customer {customer}",
            "记录 {low} 与 {high} 已被分开（{rule}），却同属客户 {customer}",
        ),
        meaning=Said("What somebody corrected was undone.", "人工更正被推翻。"),
    ),
    Check(
        name="customers.keys",
        question=Said(
            "Has every living record of which something was said its key?", "每条有内容的在用记录都有密钥吗？"
        ),
        sql=_KEYS,
        explain=Said(
            "record {id} has {bytes} bytes of {revision} statements and no key",
            "记录 {id} 有 {revision} 条陈述共 {bytes} 字节，却没有密钥",
        ),
        meaning=Said("What is known of the person can be read by nobody.", "有关此人的资料已无人可读。"),
    ),
    Check(
        name="customers.uses",
        question=Said("Is every identifier used as often as it says?", "每个标识符的使用次数都与记录一致吗？"),
        sql=_USES,
        explain=Said(
            "identifier {id} ({type}) says {uses} uses and has {counted}",
            "标识符 {id}（{type}）记为使用 {uses} 次，实为 {counted} 次",
        ),
        meaning=Said("A hub would be found too late, or too early.", "共用标识符会被过晚或过早识别。"),
    ),
    Check(
        name="customers.statements",
        question=Said("Was everything said of a record kept?", "对每条记录的全部陈述都已保存吗？"),
        sql=_STATEMENTS,
        explain=Said(
            "record {id} was told of {revision} times; {said} statements are kept",
            "记录 {id} 共有 {revision} 次陈述，现存 {said} 条",
        ),
        meaning=Said("What a source said is lost or made up.", "来源的陈述已丢失，或是凭空出现。"),
    ),
    Check(
        name="customers.orphans",
        question=Said("Does everything in identity name a record that exists?", "身份各表所指的记录都存在吗？"),
        sql=_ORPHANS,
        explain=Said(
            "{what} {id} names record {record}, or what does not exist", "{what} {id} 所指的记录 {record} 或对象不存在"
        ),
        meaning=Said("It belongs to nobody and would never be erased.", "它不属于任何人，也永远不会被删除。"),
    ),
)

"""What is always true of households."""

from mainstem.platform.checks import Check, Said

CHECKS: tuple[Check, ...] = (
    Check(
        name="customers.households",
        question=Said(
            "Does everything of households name a record that is there and was not erased?",
            "家庭各表所指的记录都存在且未被删除吗？",
        ),
        sql="""
select part.what, part.record
from (
    select 'key' as what, record from customers.household_key
    union all select 'word', low from customers.household_word
    union all select 'word', high from customers.household_word
) as part left join customers.source_record as r on r.id = part.record
where r.id is null or r.erased_at is not null
""",
        explain=Said(
            "a {what} of households names record {record}, which is not there or was erased",
            "家庭数据（{what}）指向记录 {record}，而它不存在或已被删除",
        ),
        meaning=Said(
            "Something is kept of somebody who is nobody, or who asked to be forgotten.",
            "仍保留着不存在者、或已要求删除者的数据。",
        ),
    ),
)

"""All SQL of households that locks or writes."""

from collections.abc import Collection, Iterable, Sequence

from mainstem.domains.customers.household.keys import keys_of
from mainstem.domains.customers.resolve.queries import Member
from mainstem.platform.arrays import Bigints, Byteas, Texts
from mainstem.platform.query import Query
from mainstem.platform.work import Work

_KEEP = """
with wanted as (
    select * from unnest(%b::bigint[], %b::text[], %b::bytea[]) as n (record, kind, digest)
), gone as (
    delete from customers.household_key as k
    where k.record = any(%b::bigint[]) and not exists (
        select from wanted as w where w.record = k.record and w.kind = k.kind and w.digest = k.digest
    )
)
insert into customers.household_key (record, kind, digest)
select w.record, w.kind, w.digest from wanted as w
join customers.source_record as r on r.id = w.record and r.erased_at is null
where not exists (
    select from customers.household_key as k where k.record = w.record and k.kind = w.kind and k.digest = w.digest
)
"""

_LOCK = "select pg_advisory_xact_lock(hashtextextended('mainstem.customers.household', 0))"

_LOCK_NAMED = """
select id, customer, erased_at is not null from customers.source_record
where id = any(%b::bigint[]) order by id for no key update
"""

_SAY = """
insert into customers.household_word (id, low, high, sign, actor, recorded_at)
values (%b::bigint, %b::bigint, %b::bigint, %b::smallint, %b::bigint, %b::timestamptz)
"""


def keep_keys(work: Work, members: Iterable[Member]) -> None:
    """Queue the keys of these records as they are by now: one statement for all, which writes only what differs."""
    looked = list(members)
    rows = [(one.id, kind, digest) for one in looked for kind, digest in keys_of(work.vault, one.source, one.folded)]
    if looked:
        work.write(
            _KEEP,
            Bigints(row[0] for row in rows),
            Texts(row[1] for row in rows),
            Byteas(row[2] for row in rows),
            Bigints(one.id for one in looked),
        )


def lock_corrections() -> Query[None]:
    """Wait until nobody else corrects households; held until the transaction ends."""
    return Query(_LOCK, (), lambda _: None)


def lock_named(records: Collection[int]) -> Query[dict[int, tuple[int, bool]]]:
    """Whose these records are, and whether they are erased; none of them is erased or moved meanwhile."""
    return Query(_LOCK_NAMED, (Bigints(sorted(records)),), lambda rows: {row[0]: (row[1], row[2]) for row in rows})


async def say(work: Work, pair: Sequence[int], sign: int, actor: int) -> None:
    """Write what a person says of two records."""
    await work.reserve_ids(1)
    work.write(_SAY, work.ids.take(), min(pair), max(pair), sign, actor, work.now)
    await work.flush()

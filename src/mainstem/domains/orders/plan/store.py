"""All SQL that locks or writes the plan of sales."""

from collections.abc import Mapping, Sequence
from datetime import date

from mainstem.domains.orders.plan.rules import PlanKey, Read
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.work import Work

LOCK_KEY = 0x706C616E
"""The advisory lock of whoever sets the plan: "plan" in ASCII. It is changed by one batch at a time."""

_LOCK = "select pg_advisory_xact_lock(%b::bigint)"

_LOAD = """
select p.day, p.node, p.channel, p.currency, p.amount_minor
from unnest(%b::text[], %b::bigint[], %b::bigint[], %b::text[]) as k (day, node, channel, currency)
join orders.sales_plan as p on p.day = k.day::date and p.currency = k.currency
    and p.node is not distinct from k.node and p.channel is not distinct from k.channel
"""

_SET = """
insert into orders.sales_plan as p (day, node, channel, currency, amount_minor, actor, recorded_at)
select day::date, node, channel, currency, amount_minor, actor, %b::timestamptz
from unnest(%b::text[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[])
    as n (day, node, channel, currency, amount_minor, actor)
on conflict (day, node, channel, currency) do update
set amount_minor = excluded.amount_minor, actor = excluded.actor, recorded_at = excluded.recorded_at
"""

_REMOVE = """
delete from orders.sales_plan as p
using unnest(%b::text[], %b::bigint[], %b::bigint[], %b::text[]) as k (day, node, channel, currency)
where p.day = k.day::date and p.currency = k.currency
    and p.node is not distinct from k.node and p.channel is not distinct from k.channel
"""


async def lock(work: Work, reads: Sequence[Read]) -> dict[PlanKey, int]:
    """Lock the plan; what is planned for the days that the commands name."""
    keys = list(dict.fromkeys((one.day, read.scope) for read in reads for one in read.command.days))
    _, rows = await work.read((_LOCK, (LOCK_KEY,)), (_LOAD, _columns(keys)))
    return {(row[0], (row[1], row[2], row[3])): row[4] for row in rows}


def save(work: Work, changed: Mapping[PlanKey, tuple[int | None, int]]) -> None:
    """Queue what days are planned now, each with who said so; None is nothing any more."""
    kept = [(key, amount, actor) for key, (amount, actor) in changed.items() if amount is not None]
    gone = [key for key, (amount, _) in changed.items() if amount is None]
    if kept:
        amounts, actors = Bigints(one[1] for one in kept), Bigints(one[2] for one in kept)
        work.write(_SET, work.now, *_columns([one[0] for one in kept]), amounts, actors)
    if gone:
        work.write(_REMOVE, *_columns(gone))


def _columns(keys: Sequence[tuple[date, tuple[int | None, int | None, str]]]) -> tuple[object, ...]:
    return (
        Texts([day.isoformat() for day, _ in keys]),
        Bigints(scope[0] for _, scope in keys),
        Bigints(scope[1] for _, scope in keys),
        Texts([scope[2] for _, scope in keys]),
    )

"""Pools: members of a household who spend together. Points stay where they are; what is usable is read over all.

They change rarely: each call of a batch asks for itself, and sees what those before it did.
"""

from collections.abc import Sequence

import msgspec

from mainstem.domains import customers
from mainstem.domains.loyalty import contracts as c
from mainstem.domains.loyalty.members import store
from mainstem.domains.loyalty.members.store import AccountRow
from mainstem.domains.loyalty.programmes.store import programmes
from mainstem.domains.loyalty.telling import tell
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class JoinPool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let these members of one household spend together; who is in a pool already brings it along."""

    members: tuple[str, ...]


class LeavePool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a member leave his pool. He keeps the points that are on his own account."""

    member: str


class PoolChanged(msgspec.Struct, frozen=True):
    """The pool, and who is in it now."""

    pool: int
    members: tuple[str, ...]


async def _join(work: Work, calls: Sequence[Call[JoinPool]]) -> list[PoolChanged | Refusal]:
    await work.reserve_ids(len(calls))
    answers: list[PoolChanged | Refusal] = []
    for call in calls:
        answers.append(await _join_one(work, call))
        await work.flush()
    return answers


async def _join_one(work: Work, call: Call[JoinPool]) -> PoolChanged | Refusal:
    wanted = list(dict.fromkeys(call.command.members))
    most = c.POOL_MEMBERS_MAX
    if not 2 <= len(wanted) <= most:  # noqa: PLR2004 - together are two at least
        return refuse(c.OUT_OF_RANGE, "/members", value=len(wanted), least=2, most=most)
    kept, rows = await ask(work.connection, programmes(), store.accounts_by_number(wanted))
    unknown = next((member for member in wanted if member not in rows), None)
    if unknown is not None:
        return refuse(c.UNKNOWN_MEMBER, "/members", member=unknown[:64])
    if len({row.programme for row in rows.values()}) > 1:
        return refuse(c.ANOTHER_PROGRAMME, "/members")
    locked, pooled = await ask(
        work.connection,
        store.accounts_of([row.record for row in rows.values()], lock=True),
        store.accounts_of_pools({row.pool for row in rows.values() if row.pool is not None}),
    )
    rows = {one.number: one for one in locked if one.number in rows}
    pools = {row.pool for row in rows.values() if row.pool is not None}
    if len(pools) > 1:
        return refuse(c.POOLED_ALREADY, "/members", member=next(r.number for r in rows.values() if r.pool is not None))
    together = {one.id: one for one in (*pooled, *rows.values())}
    allowed = kept.by_id[rows[wanted[0]].programme].form.pool_members_max
    if len(together) > allowed:
        return refuse(c.POOL_TOO_LARGE, "/members", most=allowed)
    stranger = await _stranger(work, [rows[member] for member in wanted])
    if stranger is not None:
        return refuse(c.POOL_APART, "/members", member=stranger.number)
    pool = pools.pop() if pools else work.ids.take()
    assert pool is not None
    store.set_pools(work, dict.fromkeys(together, pool))
    changed = PoolChanged(pool, tuple(sorted(one.number for one in together.values())))
    tell(work, call, "pool_joined", pool, changed)
    return changed


async def _stranger(work: Work, rows: Sequence[AccountRow]) -> AccountRow | None:
    """The first who does not live with the one named first."""
    household = await customers.household_of(work.connection, rows[0].record)
    (owners,) = await ask(work.connection, customers.customers_of([row.record for row in rows]))
    near = {member.customer for member in household.members} if household is not None else set()
    near.add(owners.get(rows[0].record, 0))
    return next((row for row in rows if owners.get(row.record) not in near), None)


async def _leave(work: Work, calls: Sequence[Call[LeavePool]]) -> list[PoolChanged | Refusal]:
    answers: list[PoolChanged | Refusal] = []
    for call in calls:
        (rows,) = await ask(work.connection, store.accounts_by_number([call.command.member]))
        row = rows.get(call.command.member)
        if row is None:
            answers.append(refuse(c.UNKNOWN_MEMBER, "/member", member=call.command.member[:64]))
            continue
        if row.pool is None:
            answers.append(refuse(c.NOT_POOLED, "/member", member=row.number))
            continue
        (pooled,) = await ask(work.connection, store.accounts_of_pools([row.pool]))
        staying = [one for one in pooled if one.id != row.id]
        alone = len(staying) == 1  # nobody is a pool alone
        store.set_pools(work, {one.id: None for one in pooled if one.id == row.id or alone})
        changed = PoolChanged(row.pool, () if alone else tuple(sorted(one.number for one in staying)))
        tell(work, call, "pool_left", row.pool, changed)
        answers.append(changed)
        await work.flush()
    return answers


JOIN_POOL: Operation[JoinPool, PoolChanged] = Operation("loyalty.join_pool", JoinPool, PoolChanged, _join)
LEAVE_POOL: Operation[LeavePool, PoolChanged] = Operation("loyalty.leave_pool", LeavePool, PoolChanged, _leave)

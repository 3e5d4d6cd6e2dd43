"""What belongs to a member besides his points: why they moved, what waits, who brought whom, and who is near."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from mainstem.domains import customers
from mainstem.domains.loyalty.contracts import UNKNOWN_MEMBER
from mainstem.domains.loyalty.members.store import accounts_by_number, accounts_of
from mainstem.domains.loyalty.points.adjusting import VIEW_COLUMNS, AdjustmentView
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask


class Waiting(msgspec.Struct, frozen=True):
    """Points of an order that wait, and from when on they can be used."""

    points: int
    order: int
    release_at: datetime


class Why(msgspec.Struct, frozen=True):
    """Why points moved at a moment: the reason of an adjustment, the action, the reward, or who was brought."""

    at: datetime
    kind: Literal["adjustment", "action", "reward", "referral"]
    what: str
    note: str
    actor: int


class Brought(msgspec.Struct, frozen=True):
    """Who brought the member ("": nobody), whether that has led to an order, and how many he has brought himself."""

    by: str
    rewarded: bool
    brought: int
    brought_rewarded: int


class Near(msgspec.Struct, frozen=True):
    """Another member of the same programme: of the same customer, pool or household."""

    member: str
    customer: int
    tie: Literal["self", "pool", "household"]


class Beside(msgspec.Struct, frozen=True):
    """All of it. `adjustments` are the latest, those that wait first."""

    accounts: tuple[int, ...]
    waiting: tuple[Waiting, ...]
    adjustments: tuple[AdjustmentView, ...]
    referral: Brought
    near: tuple[Near, ...]


_WAITING = """
select points - back, reference, release_at from loyalty.earning
where account = any(%b::bigint[]) and state = 'pending' and points > back order by release_at, id limit %b::bigint
"""
_ADJUSTMENTS = f"""
select {VIEW_COLUMNS} from loyalty.adjustment as j join loyalty.account as a on a.id = j.account
where j.account = any(%b::bigint[]) order by j.state <> 'waiting', j.id desc limit %b::bigint
"""  # noqa: S608 - a constant
_WHY = """
select decided_at, 'adjustment', reason, note, actor from loyalty.adjustment
where account = any(%b::bigint[]) and state = 'posted' and decided_at between %b::timestamptz and %b::timestamptz
union all
select occurred_at, kind, what, '', 0::bigint from loyalty.earning
where account = any(%b::bigint[]) and kind <> 'order' and occurred_at between %b::timestamptz and %b::timestamptz
union all
select occurred_at, kind, what, '', 0::bigint from loyalty.burn
where account = any(%b::bigint[]) and kind = 'reward' and occurred_at between %b::timestamptz and %b::timestamptz
"""
_BROUGHT = """
select coalesce((
    select a.number from loyalty.referral as r join loyalty.account as a on a.id = r.referrer
    where r.referred = any(%b::bigint[]) order by r.created_at limit 1
), ''), exists (select from loyalty.referral where referred = any(%b::bigint[]) and state = 'rewarded'),
    (select count(*) from loyalty.referral where referrer = any(%b::bigint[])),
    (select count(*) from loyalty.referral where referrer = any(%b::bigint[]) and state = 'rewarded')
"""


async def beside(connection: Connection, number: str, limit: int) -> Beside:
    """What there is of a member, up to `limit` of each list; raises `RefusedError` when there is none."""
    (found,) = await ask(connection, accounts_by_number([number]))
    if number not in found:
        raise RefusedError(refuse(UNKNOWN_MEMBER, "/member", member=number[:64]))
    mine = found[number]
    household = await customers.household_of(connection, mine.record)
    people = [one.customer for one in household.members] if household is not None else []
    (every,) = await ask(connection, customers.records_of([mine.record, *people]))
    owners, accounts = await ask(connection, customers.customers_of(every), accounts_of(every))
    (more,) = await ask(connection, customers.customers_of({one.record for one in accounts} - owners.keys()))
    owners = {**owners, **more}
    ids = tuple(
        one.id for one in accounts if one.programme == mine.programme and owners[one.record] == owners[mine.record]
    )
    own = Bigints(ids)
    pools = {one.pool for one in accounts if one.id in ids and one.pool is not None}
    waiting, adjusted, brought = await ask(
        connection,
        Query(_WAITING, (own, limit), lambda rows: tuple(Waiting(*row) for row in rows)),
        Query(_ADJUSTMENTS, (own, limit), lambda rows: tuple(AdjustmentView(*row) for row in rows)),
        Query(_BROUGHT, (own, own, own, own), lambda rows: Brought(*rows[0])),
    )
    near = []
    for one in accounts:
        if one.programme != mine.programme or one.id == mine.id:
            continue
        whose = owners[one.record]
        if whose == owners[mine.record]:
            near.append(Near(one.number, whose, "self"))
        elif one.pool in pools:
            near.append(Near(one.number, whose, "pool"))
        elif whose in people:
            near.append(Near(one.number, whose, "household"))
    return Beside(ids, waiting, adjusted, brought, tuple(near))


def why_moved(accounts: Sequence[int], since: datetime, until: datetime) -> Query[list[Why]]:
    """Why points of these accounts moved between two moments, both included, as far as it was not an order."""
    own = Bigints(accounts)
    span = (own, since, until)
    return Query(_WHY, (*span, *span, *span), lambda rows: [Why(*row) for row in rows])

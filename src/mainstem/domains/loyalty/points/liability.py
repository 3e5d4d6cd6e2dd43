"""What the points of a programme stand for on a day: outstanding, pending, expiring by month, expected to expire."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from mainstem.domains.loyalty.contracts import EXPIRED, UNKNOWN_PROGRAMME, USED
from mainstem.domains.loyalty.programmes.form import NEVER
from mainstem.domains.loyalty.programmes.store import programmes
from mainstem.kernel.moments import day_bounds
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

HISTORY_DAYS = 730
"""How far back the programme's own history of expiry is looked at."""

MILLION = 1_000_000


class ExpiringMonth(msgspec.Struct, frozen=True):
    """Points whose last day is in a month (its first day); None: never."""

    month: date | None
    points: int
    money_minor: int


class LiabilityDay(msgspec.Struct, frozen=True):
    """A programme at the end of a day, in its own zone. Money is what the points pay as a tender.

    `outstanding` can be used, or is held by orders; `debt` is what members owe after returns, and not taken off it.
    `breakage_millionths`: of the points that ended in the two years before, how many expired; `breakage` is as much of
    outstanding and pending points, 0 where nothing has ended yet.
    """

    programme: str
    day: date
    currency: str
    outstanding: int
    outstanding_minor: int
    pending: int
    pending_minor: int
    debt: int
    expiring: tuple[ExpiringMonth, ...]
    breakage_millionths: int
    breakage: int
    breakage_minor: int


_LOTS = """
with moved as (
    select m.asset, p.place, sum(p.sign * m.quantity) as net
    from loyalty.lot as l
    join ledger.movement as m on m.asset = l.asset and m.occurred_at >= %b::timestamptz
    cross join lateral (values (m.target, 1), (m.source, -1)) as p (place, sign)
    where l.programme = %b::bigint and l.benefit = '' and p.place > 0
    group by m.asset, p.place
), stood as (
    select l.expires_on, l.pending, b.posted - coalesce(v.net, 0) as points
    from loyalty.lot as l join ledger.balance as b on b.asset = l.asset
    left join moved as v on v.asset = b.asset and v.place = b.place
    where l.programme = %b::bigint and l.benefit = ''
)
select expires_on, pending, sum(greatest(points, 0))::bigint, sum(greatest(-points, 0))::bigint
from stood group by expires_on, pending order by expires_on
"""
_ENDED = """
select m.target, sum(m.quantity)::bigint
from loyalty.lot as l join ledger.movement as m on m.asset = l.asset
where l.programme = %b::bigint and l.benefit = '' and m.target in (%b::bigint, %b::bigint)
    and m.occurred_at >= %b::timestamptz and m.occurred_at < %b::timestamptz
group by m.target
"""


async def liability(connection: Connection, programme: str, days: Sequence[date]) -> list[LiabilityDay]:
    """A programme at the end of each of these days; raises `RefusedError` when there is no such programme."""
    (kept,) = await ask(connection, programmes())
    found = kept.by_code.get(programme)
    if found is None:
        raise RefusedError(refuse(UNKNOWN_PROGRAMME, "/programme", programme=programme[:64]))
    form = found.form
    told = []
    for day in days:
        end = day_bounds(day, form.zone)[1]
        lots, ended = await ask(
            connection,
            Query(_LOTS, (end, found.id, found.id), list),
            _ended(found.id, end),
        )
        gone, used = ended.get(EXPIRED, 0), ended.get(USED, 0)
        share = gone * MILLION // (gone + used) if gone + used else 0
        told.append(
            _day(
                form.code,
                form.currency,
                day,
                lots,
                share,
                (1, 0) if form.burn is None else (form.burn.points, form.burn.amount_minor),
            )
        )
    return told


def _ended(programme: int, end: datetime) -> Query[dict[int, int]]:
    return Query(_ENDED, (programme, EXPIRED, USED, end - timedelta(days=HISTORY_DAYS), end), dict)


def _day(code: str, currency: str, day: date, lots: list[Row], share: int, rate: tuple[int, int]) -> LiabilityDay:
    def money(points: int) -> int:
        return points * rate[1] // rate[0]

    usable = [row for row in lots if not row[1]]
    outstanding = sum(row[2] for row in usable)
    pending = sum(row[2] for row in lots if row[1])
    by_month: dict[date | None, int] = {}
    for expires_on, _, points, _ in usable:
        month = None if expires_on == NEVER else expires_on.replace(day=1)
        by_month[month] = by_month.get(month, 0) + points
    breakage = (outstanding + pending) * share // MILLION
    return LiabilityDay(
        code,
        day,
        currency,
        outstanding,
        money(outstanding),
        pending,
        money(pending),
        sum(row[3] for row in usable),
        tuple(ExpiringMonth(month, points, money(points)) for month, points in by_month.items() if points),
        share,
        breakage,
        money(breakage),
    )

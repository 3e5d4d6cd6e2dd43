"""All SQL that locks or writes what was earned and spent."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from mainstem.domains.loyalty.points.burning import Burned, Part
from mainstem.domains.loyalty.points.earning import Earned, LineShare
from mainstem.domains.loyalty.points.purse import Lot
from mainstem.domains.loyalty.points.returning import Burning, Earning, Line
from mainstem.platform.arrays import Bigints, Moments
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

_LOTS = """
select l.expires_on, b.asset, b.place, l.benefit, l.pending
from ledger.balance as b join loyalty.lot as l on l.asset = b.asset
where b.place = any(%b::bigint[]) and (b.posted <> 0 or b.held <> 0)
order by l.expires_on, b.asset, b.place
"""
_QUALIFYING = """
select k.account, sum(e.points - e.back)::bigint, sum(e.spend_minor - e.spend_back_minor)::bigint
from unnest(%b::bigint[], %b::timestamptz[]) as k (account, since)
join loyalty.earning as e on e.account = k.account and e.occurred_at >= k.since
where e.kind = 'order'
group by k.account
"""
_GIVEN = """
select k.account, e.rule, sum(e.points) filter (where e.day = k.today)::bigint, sum(e.points)::bigint
from unnest(%b::bigint[], %b::date[], %b::date[]) as k (account, month, today)
join loyalty.rule_earning as e on e.account = k.account and e.day >= k.month
group by k.account, e.rule
"""
_EARNINGS = """
select id, account, kind, reference, points, back, spend_minor, spend_back_minor, lot, pending, state
from loyalty.earning where kind <> 'action' and reference = any(%b::bigint[]) order by id for update
"""
_DUE_EARNINGS = """
select id, account, kind, reference, points, back, spend_minor, spend_back_minor, lot, pending, state
from loyalty.earning where state = 'pending' and release_at <= %b::timestamptz
order by release_at, id limit %b::bigint for update skip locked
"""
_BURNS = """
select id, account, kind, reference, points, amount_minor, back, state
from loyalty.burn where kind = 'tender' and reference = any(%b::bigint[]) order by id for update
"""
_PARTS = """
select p.burn, p.position, p.asset, p.account, p.points, p.hold, p.back, l.expires_on
from loyalty.burn as b join loyalty.burn_part as p on p.burn = b.id join loyalty.lot as l on l.asset = p.asset
where b.kind = 'tender' and b.reference = any(%b::bigint[]) order by p.burn, p.position
"""
_LINES = """
select document, position, quantity, returned, points, spend_minor from loyalty.line
where document in (
    select id from loyalty.earning where kind <> 'action' and reference = any(%b::bigint[])
    union all select id from loyalty.burn where kind = 'tender' and reference = any(%b::bigint[])
)
"""
_EXPIRED = """
select b.asset, b.place, l.programme, l.benefit
from loyalty.lot as l
join unnest(%b::bigint[], %b::date[]) as k (programme, today) on k.programme = l.programme and l.expires_on < k.today
join ledger.balance as b on b.asset = l.asset and b.posted - b.held > 0
where not l.pending order by b.asset, b.place limit %b::bigint
"""
_INSERT_EARNINGS = """
insert into loyalty.earning
    (id, account, kind, reference, what, points, spend_minor, lot, pending, state, release_at, occurred_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[],
    %b::bigint[], %b::bigint[], %b::text[], %b::timestamptz[], %b::timestamptz[])
"""
_INSERT_BURNS = """
insert into loyalty.burn (id, account, kind, reference, what, points, amount_minor, state, occurred_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[],
    %b::text[], %b::timestamptz[])
"""
_INSERT_PARTS = """
insert into loyalty.burn_part (burn, position, hold, asset, account, points)
select * from unnest(%b::bigint[], %b::integer[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
"""
_INSERT_LINES = """
insert into loyalty.line (document, position, quantity, points, spend_minor)
select * from unnest(%b::bigint[], %b::integer[], %b::bigint[], %b::bigint[], %b::bigint[])
"""


_RECORDS = """
select distinct a.record from loyalty.account as a where a.id in (
    select account from loyalty.earning where kind <> 'action' and reference = any(%b::bigint[])
    union all select account from loyalty.burn where kind = 'tender' and reference = any(%b::bigint[])
)
"""


class EarnedRow(NamedTuple):
    """An earning that is to be stored."""

    id: int
    earned: Earned
    lot: int
    pending: int
    release_at: datetime
    day: date


def records_of_orders(orders: Collection[int]) -> Query[set[int]]:
    """The customer records whose accounts these orders concern."""
    wanted = Bigints(sorted(orders))
    return Query(_RECORDS, (wanted, wanted), lambda rows: {record for (record,) in rows})


def lots_at(accounts: Collection[int]) -> Query[dict[int, list[Lot]]]:
    """What these accounts have, by account, what expires first first."""

    def parse(rows: list[Row]) -> dict[int, list[Lot]]:
        found: dict[int, list[Lot]] = {}
        for row in rows:
            found.setdefault(row[2], []).append(Lot(*row))
        return found

    return Query(_LOTS, (Bigints(sorted(accounts)),), parse)


def qualifying(windows: Sequence[tuple[int, datetime]]) -> Query[dict[int, tuple[int, int]]]:
    """What orders earned of (account, since): (points, minor units spent), less what came back."""
    return Query(
        _QUALIFYING,
        (Bigints(account for account, _ in windows), Moments(since for _, since in windows)),
        lambda rows: {row[0]: (row[1], row[2]) for row in rows},
    )


def given(days: Sequence[tuple[int, date, date]]) -> Query[dict[tuple[int, str], tuple[int, int]]]:
    """What each rule gave (account, first of the month, day): on the day and in the month."""
    return Query(
        _GIVEN,
        (Bigints(one[0] for one in days), [one[1] for one in days], [one[2] for one in days]),
        lambda rows: {(row[0], row[1]): (row[2] or 0, row[3]) for row in rows},
    )


def lock_earnings(orders: Collection[int]) -> Query[list[Earning]]:
    """What these orders earned, locked; lines are asked apart."""
    return Query(_EARNINGS, (Bigints(sorted(orders)),), lambda rows: [Earning(*row) for row in rows])


def lock_due_earnings(moment: datetime, limit: int) -> Query[list[Earning]]:
    """Earnings that may be used from now on, locked, but for those locked already."""
    return Query(_DUE_EARNINGS, (moment, limit), lambda rows: [Earning(*row) for row in rows])


def lock_burns(orders: Collection[int]) -> Query[list[Burning]]:
    """What paid a part of these orders, locked; parts and lines are asked apart."""
    return Query(_BURNS, (Bigints(sorted(orders)),), lambda rows: [Burning(*row) for row in rows])


def burn_parts(orders: Collection[int]) -> Query[dict[int, list[tuple[Part, date]]]]:
    """Where the points come from that paid these orders, and the last day of each."""

    def parse(rows: list[Row]) -> dict[int, list[tuple[Part, date]]]:
        found: dict[int, list[tuple[Part, date]]] = {}
        for burn, position, asset, account, points, hold, back, day in rows:
            found.setdefault(burn, []).append((Part(position, asset, account, points, hold, back), day))
        return found

    return Query(_PARTS, (Bigints(sorted(orders)),), parse)


def lines_of(orders: Collection[int]) -> Query[dict[int, dict[int, Line]]]:
    """How earnings and burns of these orders lie on their lines."""

    def parse(rows: list[Row]) -> dict[int, dict[int, Line]]:
        found: dict[int, dict[int, Line]] = {}
        for row in rows:
            found.setdefault(row[0], {})[row[1]] = Line(*row[1:])
        return found

    wanted = Bigints(sorted(orders))
    return Query(_LINES, (wanted, wanted), parse)


def expired(days: Sequence[tuple[int, date]], limit: int) -> Query[list[tuple[int, int, int, str]]]:
    """Spots with something whose last day is over: (asset, account, programme, benefit)."""
    return Query(_EXPIRED, (Bigints(one for one, _ in days), [day for _, day in days], limit), list)


def actions_known(actions: Collection[tuple[int, str]]) -> Query[dict[tuple[int, str], int]]:
    """What (account, action) earned when they were recorded before."""
    ordered = sorted(actions)
    return Query(
        "select e.account, e.what, e.points from unnest(%b::bigint[], %b::text[]) as k (account, what)"
        " join loyalty.earning as e on e.account = k.account and e.what = k.what and e.kind = 'action'"
        " and e.reference = 0",
        (Bigints(account for account, _ in ordered), [what for _, what in ordered]),
        lambda rows: {(row[0], row[1]): row[2] for row in rows},
    )


def insert_earnings(work: Work, rows: Sequence[EarnedRow]) -> None:
    """Queue earnings with their lines, and what each rule gave."""
    if not rows:
        return
    work.write(
        _INSERT_EARNINGS,
        Bigints(row.id for row in rows),
        Bigints(row.earned.account for row in rows),
        [row.earned.kind for row in rows],
        Bigints(row.earned.reference for row in rows),
        [row.earned.what for row in rows],
        Bigints(row.earned.points for row in rows),
        Bigints(row.earned.spend_minor for row in rows),
        Bigints(row.lot for row in rows),
        Bigints(row.pending for row in rows),
        ["pending" if row.earned.pending else "available" for row in rows],
        Moments(row.release_at for row in rows),
        Moments(work.now for _ in rows),
    )
    _insert_lines(work, [(row.id, line) for row in rows for line in row.earned.lines])
    by_rule = [(row, rule, points) for row in rows for rule, points in row.earned.by_rule.items()]
    if by_rule:
        work.write(
            "insert into loyalty.rule_earning (earning, account, rule, day, points)"
            " select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::date[], %b::bigint[])",
            Bigints(row.id for row, _, _ in by_rule),
            Bigints(row.earned.account for row, _, _ in by_rule),
            [rule for _, rule, _ in by_rule],
            [row.day for row, _, _ in by_rule],
            Bigints(points for _, _, points in by_rule),
        )


def insert_burns(work: Work, rows: Sequence[tuple[int, Burned]]) -> None:
    """Queue burns with their parts and lines."""
    if not rows:
        return
    work.write(
        _INSERT_BURNS,
        Bigints(number for number, _ in rows),
        Bigints(burned.account for _, burned in rows),
        [burned.kind for _, burned in rows],
        Bigints(burned.reference for _, burned in rows),
        [burned.what for _, burned in rows],
        Bigints(burned.points for _, burned in rows),
        Bigints(burned.amount_minor for _, burned in rows),
        [burned.state for _, burned in rows],
        Moments(work.now for _ in rows),
    )
    parts = [(number, part) for number, burned in rows for part in burned.parts]
    work.write(
        _INSERT_PARTS,
        Bigints(number for number, _ in parts),
        Bigints(part.position for _, part in parts),
        Bigints(part.hold for _, part in parts),
        Bigints(part.asset for _, part in parts),
        Bigints(part.account for _, part in parts),
        Bigints(part.points for _, part in parts),
    )
    _insert_lines(work, [(number, line) for number, burned in rows for line in burned.lines])


def _insert_lines(work: Work, lines: Sequence[tuple[int, LineShare]]) -> None:
    if lines:
        work.write(
            _INSERT_LINES,
            Bigints(document for document, _ in lines),
            Bigints(line.position for _, line in lines),
            Bigints(line.quantity for _, line in lines),
            Bigints(line.points for _, line in lines),
            Bigints(line.spend_minor for _, line in lines),
        )


def update_earnings(work: Work, rows: Sequence[Earning]) -> None:
    """Queue what returns took back, and which may be used by now."""
    if rows:
        work.write(
            "update loyalty.earning as e set back = k.back, spend_back_minor = k.spend_back, state = k.state"
            " from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[]) as k (id, back, spend_back, state)"
            " where e.id = k.id",
            Bigints(row.id for row in rows),
            Bigints(row.back for row in rows),
            Bigints(row.spend_back_minor for row in rows),
            [row.state for row in rows],
        )
        _update_lines(work, [(row.id, line) for row in rows for line in row.lines.values()])


def update_burns(work: Work, rows: Sequence[Burning]) -> None:
    """Queue what became of burns: settled, released, given back."""
    if not rows:
        return
    work.write(
        "update loyalty.burn as b set back = k.back, state = k.state"
        " from unnest(%b::bigint[], %b::bigint[], %b::text[]) as k (id, back, state) where b.id = k.id",
        Bigints(row.id for row in rows),
        Bigints(row.back for row in rows),
        [row.state for row in rows],
    )
    parts = [(row.id, part) for row in rows for part in row.parts]
    work.write(
        "update loyalty.burn_part as p set back = k.back"
        " from unnest(%b::bigint[], %b::integer[], %b::bigint[]) as k (burn, position, back)"
        " where p.burn = k.burn and p.position = k.position and p.back <> k.back",
        Bigints(number for number, _ in parts),
        Bigints(part.position for _, part in parts),
        Bigints(part.back for _, part in parts),
    )
    _update_lines(work, [(row.id, line) for row in rows for line in row.lines.values()])


def _update_lines(work: Work, lines: Sequence[tuple[int, Line]]) -> None:
    if lines:
        work.write(
            "update loyalty.line as l set returned = k.returned"
            " from unnest(%b::bigint[], %b::integer[], %b::bigint[]) as k (document, position, returned)"
            " where l.document = k.document and l.position = k.position and l.returned <> k.returned",
            Bigints(document for document, _ in lines),
            Bigints(line.position for _, line in lines),
            Bigints(line.returned for _, line in lines),
        )

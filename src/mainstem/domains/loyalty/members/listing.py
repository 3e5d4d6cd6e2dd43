"""Members as a list: in pages, or those of some customers; each with what his customer has in the programme."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, date, datetime

import msgspec

from mainstem.domains import customers
from mainstem.domains.loyalty.members.store import accounts_of
from mainstem.domains.loyalty.programmes.calendar import today
from mainstem.domains.loyalty.programmes.store import programmes
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

LAST = 2**63 - 1
"""The position before the latest member."""


class ListedMember(msgspec.Struct, frozen=True):
    """A membership; `available` and `pending` are those of the customer, over all his records.

    `position` is where the list goes on behind it.
    """

    account: int
    member: str
    programme: str
    customer: int
    tier: str
    joined_at: datetime
    available: int
    pending: int
    position: int


class _Row(msgspec.Struct, frozen=True, gc=False):
    id: int
    number: str
    programme: int
    record: int
    tier: str
    joined_at: datetime


_COLUMNS = "select a.id, a.number, a.programme, a.record, a.tier, a.joined_at from loyalty.account as a"
_ALL = f"{_COLUMNS} where a.id < %b::bigint order by a.id desc limit %b::bigint"
_OF_PROGRAMME = f"""
{_COLUMNS} where a.programme = %b::bigint and a.record < %b::bigint order by a.record desc limit %b::bigint
"""
_OF_RECORDS = f"{_COLUMNS} where a.record = any(%b::bigint[]) and a.id < %b::bigint order by a.id desc limit %b::bigint"
_BY_NUMBER = f"{_COLUMNS} where a.number = %b::text"
_POINTS = """
select b.place, l.expires_on, l.pending, b.posted - b.held
from ledger.balance as b join loyalty.lot as l on l.asset = b.asset
where b.place = any(%b::bigint[]) and l.benefit = '' and (b.posted <> 0 or b.held <> 0)
"""


async def list_members(
    connection: Connection, limit: int, before: int = LAST, programme: int | None = None
) -> list[ListedMember]:
    """Up to `limit` members behind a position: the latest first; of one programme the latest records first."""
    if programme is None:
        query = Query(_ALL, (before, limit), _rows)
    else:
        query = Query(_OF_PROGRAMME, (programme, before, limit), _rows)
    (rows,) = await ask(connection, query)
    return await _listed(connection, rows, by_record=programme is not None)


async def members_of_records(connection: Connection, records: Collection[int], limit: int) -> list[ListedMember]:
    """Up to `limit` memberships of the customers whom these ids mean, the latest first."""
    (every,) = await ask(connection, customers.records_of(records))
    (rows,) = await ask(connection, Query(_OF_RECORDS, (Bigints(every), LAST, limit), _rows))
    return await _listed(connection, rows, by_record=False)


async def member_called(connection: Connection, number: str) -> list[ListedMember]:
    """The member with a number, or nobody."""
    (rows,) = await ask(connection, Query(_BY_NUMBER, (number,), _rows))
    return await _listed(connection, rows, by_record=False)


def _rows(rows: list[Row]) -> list[_Row]:
    return [_Row(*row) for row in rows]


async def _listed(connection: Connection, rows: list[_Row], *, by_record: bool) -> list[ListedMember]:
    every, kept = await ask(connection, customers.records_of({row.record for row in rows}), programmes())
    owners, accounts = await ask(connection, customers.customers_of(every), accounts_of(every))
    whose = {one.id: (one.programme, owners[one.record]) for one in accounts if one.record in owners}
    (spots,) = await ask(connection, Query(_POINTS, (Bigints(whose),), list))
    now = datetime.now(UTC)
    days: dict[int, date] = {number: today(one.form, now) for number, one in kept.by_id.items()}
    usable: dict[tuple[int, int], int] = defaultdict(int)
    waiting: dict[tuple[int, int], int] = defaultdict(int)
    for place, expires_on, pending, points in spots:
        key = whose[place]
        if pending:
            waiting[key] += points
        elif expires_on >= days[key[0]]:
            usable[key] += points
    return [
        ListedMember(
            row.id,
            row.number,
            kept.by_id[row.programme].form.code,
            owners[row.record],
            row.tier,
            row.joined_at,
            usable[row.programme, owners[row.record]],
            waiting[row.programme, owners[row.record]],
            row.record if by_record else row.id,
        )
        for row in rows
    ]

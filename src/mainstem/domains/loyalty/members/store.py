"""All SQL that locks or writes memberships, and what hangs on them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

import msgspec

from mainstem.domains.loyalty.members.tiers import TierChange
from mainstem.platform.arrays import Bigints, Moments
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work


class AccountRow(msgspec.Struct, frozen=True, gc=False):
    """A row of loyalty.account."""

    id: int
    programme: int
    record: int
    number: str
    tier: str
    tier_since: datetime | None
    tier_until: date | None
    pool: int | None


_COLUMNS = "a.id, a.programme, a.record, a.number, a.tier, a.tier_since, a.tier_until, a.pool"
_OF_RECORDS = f"""
select {_COLUMNS} from loyalty.account as a
where a.record = any(%b::bigint[]) or a.pool in (
    select pool from loyalty.account where record = any(%b::bigint[]) and pool is not null
)
order by a.id
"""  # noqa: S608 - a constant
_BY_NUMBER = f"select {_COLUMNS} from loyalty.account as a where a.number = any(%b::text[]) order by a.id"  # noqa: S608
_OF_POOLS = f"select {_COLUMNS} from loyalty.account as a where a.pool = any(%b::bigint[]) order by a.id"  # noqa: S608
_DUE_REVIEWS = f"""
select {_COLUMNS} from loyalty.account as a
join unnest(%b::bigint[], %b::date[]) as k (programme, today) on k.programme = a.programme
where a.review_on <= k.today order by a.id limit %b::bigint for update of a skip locked
"""  # noqa: S608
_AFTER = f"""
select {_COLUMNS} from loyalty.account as a
where a.id > %b::bigint and a.programme = any(%b::bigint[]) order by a.id limit %b::bigint
"""  # noqa: S608
_INSERT = """
insert into loyalty.account (id, programme, record, number, device, joined_at)
select k.id, k.programme, k.record, k.number, nullif(k.device, ''), %b::timestamptz
from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bytea[])
    as k (id, programme, record, number, device)
"""
_SET_TIERS = """
update loyalty.account as a
set tier = k.tier, tier_until = k.until, review_on = k.review_on,
    tier_since = case when a.tier = k.tier then a.tier_since else %b::timestamptz end
from unnest(%b::bigint[], %b::text[], %b::date[], %b::date[]) as k (id, tier, until, review_on)
where a.id = k.id
"""
_DEVICES = """
select device, count(*) from loyalty.account where device = any(%b::bytea[]) group by device
"""
_REFERRALS = """
select referrer, count(*), count(*) filter (where created_at >= %b::timestamptz)
from loyalty.referral where referrer = any(%b::bigint[]) group by referrer
"""
_WAITING = """
select r.referred, r.referrer from loyalty.referral as r
where r.state = 'waiting' and r.referred = any(%b::bigint[]) order by r.referred for update
"""
_INSERT_REFERRALS = """
insert into loyalty.referral (referred, referrer, created_at, state)
select k.referred, k.referrer, %b::timestamptz, 'waiting'
from unnest(%b::bigint[], %b::bigint[]) as k (referred, referrer)
"""


def _rows(rows: list[Row]) -> list[AccountRow]:
    return [AccountRow(*row) for row in rows]


def accounts_of(records: Collection[int], *, lock: bool = False) -> Query[list[AccountRow]]:
    """The accounts of these records and of the pools they are in."""
    wanted = Bigints(sorted(set(records)))
    return Query(_OF_RECORDS + ("for update of a" if lock else ""), (wanted, wanted), _rows)


def accounts_by_number(numbers: Iterable[str]) -> Query[dict[str, AccountRow]]:
    """The accounts with these member numbers."""
    return Query(_BY_NUMBER, (sorted(set(numbers)),), lambda rows: {row[3]: AccountRow(*row) for row in rows})


def accounts_of_pools(pools: Iterable[int]) -> Query[list[AccountRow]]:
    """The accounts of these pools, locked."""
    return Query(_OF_POOLS + " for update of a", (Bigints(sorted(set(pools))),), _rows)


def lock_due_reviews(days: Sequence[tuple[int, date]], limit: int) -> Query[list[AccountRow]]:
    """Accounts whose tier is to be looked at: (programme, its day), locked, but for those locked already."""
    return Query(_DUE_REVIEWS, (Bigints(one for one, _ in days), [day for _, day in days], limit), _rows)


def accounts_after(after: int, programmes: Collection[int], limit: int) -> Query[list[AccountRow]]:
    """The next accounts of these programmes in the order of their ids."""
    return Query(_AFTER, (after, Bigints(sorted(programmes)), limit), _rows)


def programmes_of(accounts: Collection[int]) -> Query[dict[int, tuple[int, str]]]:
    """(programme, number) of these accounts."""
    return Query(
        "select id, programme, number from loyalty.account where id = any(%b::bigint[])",
        (Bigints(sorted(accounts)),),
        lambda rows: {row[0]: (row[1], row[2]) for row in rows},
    )


def insert_accounts(work: Work, rows: Sequence[tuple[int, int, int, str, bytes]]) -> None:
    """Queue new accounts: (id, programme, record, number, device)."""
    if rows:
        work.write(
            _INSERT,
            work.now,
            Bigints(row[0] for row in rows),
            Bigints(row[1] for row in rows),
            Bigints(row[2] for row in rows),
            [row[3] for row in rows],
            [row[4] for row in rows],
        )


def set_tiers(work: Work, changes: Sequence[TierChange]) -> None:
    """Queue tiers as they are from now on."""
    latest = {one.account: one for one in changes}
    if latest:
        work.write(
            _SET_TIERS,
            work.now,
            Bigints(latest),
            [one.tier for one in latest.values()],
            [one.tier_until for one in latest.values()],
            [one.review_on for one in latest.values()],
        )


def forget_devices(work: Work, records: Collection[int]) -> None:
    """Queue that nothing is kept of the devices of customer records, as when they are erased. Points stay."""
    work.write("update loyalty.account set device = null where record = any(%b::bigint[])", Bigints(sorted(records)))


def set_pools(work: Work, pools: dict[int, int | None]) -> None:
    """Queue which pool accounts are in."""
    if pools:
        work.write(
            "update loyalty.account as a set pool = k.pool from unnest(%b::bigint[], %b::bigint[]) as k (id, pool)"
            " where a.id = k.id",
            Bigints(pools),
            Bigints(pools.values()),
        )


def devices(digests: Collection[bytes]) -> Query[dict[bytes, int]]:
    """How many members came from these devices."""
    return Query(_DEVICES, (sorted(digests),), dict)


def referrals(referrers: Collection[int], since: datetime) -> Query[dict[int, tuple[int, int]]]:
    """How many each of these members has brought: in all, and since a moment."""
    return Query(
        _REFERRALS, (since, Bigints(sorted(referrers))), lambda rows: {row[0]: (row[1], row[2]) for row in rows}
    )


def lock_waiting_referrals(accounts: Collection[int]) -> Query[dict[int, int]]:
    """Who brought these members and has nothing for it yet, locked."""
    return Query(_WAITING, (Bigints(sorted(accounts)),), dict)


def insert_referrals(work: Work, pairs: Sequence[tuple[int, int]]) -> None:
    """Queue who was brought by whom."""
    if pairs:
        work.write(_INSERT_REFERRALS, work.now, Bigints(one for one, _ in pairs), Bigints(one for _, one in pairs))


def reward_referrals(work: Work, rewarded: Sequence[tuple[int, int]]) -> None:
    """Queue that referrals have led to an order: (referred, order)."""
    if rewarded:
        work.write(
            "update loyalty.referral as r set state = 'rewarded', reference = k.reference"
            " from unnest(%b::bigint[], %b::bigint[]) as k (referred, reference) where r.referred = k.referred",
            Bigints(one for one, _ in rewarded),
            Bigints(one for _, one in rewarded),
        )


class BenefitGrant(msgspec.Struct, frozen=True, gc=False):
    """A benefit that was granted once for a period."""

    id: int
    account: int
    benefit: str
    period: str
    quantity: int
    asset: int


def grants_known(keys: Collection[tuple[int, str, str]]) -> Query[set[tuple[int, str, str]]]:
    """Which (account, benefit, period) were granted already."""
    ordered = sorted(keys)
    return Query(
        "select g.account, g.benefit, g.period from unnest(%b::bigint[], %b::text[], %b::text[])"
        " as k (account, benefit, period) join loyalty.benefit_grant as g using (account, benefit, period)",
        (Bigints(one[0] for one in ordered), [one[1] for one in ordered], [one[2] for one in ordered]),
        lambda rows: {(row[0], row[1], row[2]) for row in rows},
    )


def insert_grants(work: Work, rows: Sequence[BenefitGrant]) -> None:
    """Queue grants."""
    if rows:
        work.write(
            "insert into loyalty.benefit_grant (id, account, benefit, period, quantity, asset, given_at)"
            " select k.*, %b::timestamptz from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::bigint[],"
            " %b::bigint[]) as k",
            work.now,
            Bigints(row.id for row in rows),
            Bigints(row.account for row in rows),
            [row.benefit for row in rows],
            [row.period for row in rows],
            Bigints(row.quantity for row in rows),
            Bigints(row.asset for row in rows),
        )


def insert_uses(work: Work, rows: Sequence[tuple[int, int, str, int, str, datetime]]) -> None:
    """Queue uses of benefits: (id, account, benefit, quantity, reference, moment)."""
    if rows:
        work.write(
            "insert into loyalty.benefit_use (id, account, benefit, quantity, reference, used_at)"
            " select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::text[],"
            " %b::timestamptz[])",
            Bigints(row[0] for row in rows),
            Bigints(row[1] for row in rows),
            [row[2] for row in rows],
            Bigints(row[3] for row in rows),
            [row[4] for row in rows],
            Moments(row[5] for row in rows),
        )

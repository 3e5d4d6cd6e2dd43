"""What is read of members: what they have, and how it came about."""

from datetime import UTC, date, datetime

import msgspec

from mainstem.domains import customers
from mainstem.domains.loyalty.contracts import UNKNOWN_MEMBER
from mainstem.domains.loyalty.members.numbers import card_payload
from mainstem.domains.loyalty.members.store import AccountRow, accounts_by_number, accounts_of
from mainstem.domains.loyalty.points.store import qualifying
from mainstem.domains.loyalty.programmes.calendar import today, window_start
from mainstem.domains.loyalty.programmes.form import NEVER, Programme, Tier
from mainstem.domains.loyalty.programmes.store import Programmes, programmes
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.vault import Vault


class Expiring(msgspec.Struct, frozen=True):
    """Points that can be used up to a day; None: for ever."""

    points: int
    until: date | None


class Entitled(msgspec.Struct, frozen=True):
    """So many of a benefit, up to a day."""

    benefit: str
    quantity: int
    until: date


class NextTier(msgspec.Struct, frozen=True):
    """The tier above, and what is missing to it."""

    tier: str
    missing: int


class MemberView(msgspec.Struct, frozen=True):
    """A member today: over all records of the customer, and with `pooled` what others of the pool add.

    `available` is below zero after a return of points that were spent. `qualifying` counts for the tier: minor units
    or points of the window. `code` is what a QR code shows, good for a few minutes.
    """

    account: int
    member: str
    programme: str
    customer: int
    available: int
    held: int
    pooled: int
    pending: int
    worth_minor: int
    currency: str
    expiring: tuple[Expiring, ...]
    benefits: tuple[Entitled, ...]
    tier: str
    tier_until: date | None
    qualifying: int
    next_tier: NextTier | None
    pool: int | None
    joined_under: tuple[str, ...]
    code: str


class StatementLine(msgspec.Struct, frozen=True):
    """Points that came or went; `points` below zero went. `pending`: they were not usable then."""

    id: int
    occurred_at: datetime
    kind: str
    points: int
    reference: int
    expires_on: date | None
    pending: bool


_SPOTS = """
select b.place, l.benefit, l.expires_on, l.pending, b.posted - b.held, b.held
from ledger.balance as b join loyalty.lot as l on l.asset = b.asset
where b.place = any(%b::bigint[]) and (b.posted <> 0 or b.held <> 0) order by l.expires_on, l.benefit
"""
_STATEMENT = """
select m.id, m.occurred_at, m.kind, case when m.target = any(%b::bigint[]) then m.quantity else -m.quantity end,
    m.reference, nullif(l.expires_on, '9999-12-31'), l.pending
from loyalty.lot as l
join ledger.movement as m on m.asset = l.asset
where l.programme = %b::bigint and l.benefit = '' and (m.source = any(%b::bigint[]) or m.target = any(%b::bigint[]))
    and not (m.source = any(%b::bigint[]) and m.target = any(%b::bigint[])) and m.id < %b::bigint
order by m.id desc limit %b::bigint
"""


async def member(connection: Connection, vault: Vault, number: str) -> MemberView:
    """A member as he is now; raises `RefusedError` when there is none."""
    (found,) = await ask(connection, accounts_by_number([number]))
    if number not in found:
        raise RefusedError(refuse(UNKNOWN_MEMBER, "/member", member=number[:64]))
    views = await members_of(connection, vault, found[number].record)
    return next(view for view in views if view.account == found[number].id or number in view.joined_under)


async def members_of(connection: Connection, vault: Vault, customer: int) -> list[MemberView]:
    """Every membership of the customer that an id, any that was ever handed out, means today; one a programme."""
    every, kept = await ask(connection, customers.records_of([customer]), programmes())
    owners, accounts = await ask(connection, customers.customers_of(every), accounts_of(every))
    views = []
    for programme in sorted({one.programme for one in accounts}):
        alike = [one for one in accounts if one.programme == programme]
        own = [one for one in alike if one.record in owners]
        if own:
            views.append(await _view(connection, vault, kept, own, alike, owners[own[0].record]))
    return views


async def _view(
    connection: Connection,
    vault: Vault,
    kept: Programmes,
    own: list[AccountRow],
    alike: list[AccountRow],
    customer: int,
) -> MemberView:
    now = datetime.now(UTC)
    form = kept.by_id[own[0].programme].form
    day = today(form, now)
    windows = [(one.id, window_start(form.tiers, form, day)) for one in own] if form.tiers is not None else []
    spots, counted = await ask(
        connection,
        Query(_SPOTS, (Bigints(one.id for one in alike),), list),
        qualifying(windows),
    )
    mine = {one.id for one in own}
    points = [row for row in spots if not row[1] and not row[3] and row[2] >= day]
    available = sum(row[4] for row in points if row[0] in mine)
    by_points = form.tiers is not None and form.tiers.by == "points"
    reached = sum(pair[0 if by_points else 1] for pair in counted.values())
    tier = _held(form, own)
    first = min(own, key=lambda one: one.id)
    return MemberView(
        first.id,
        first.number,
        form.code,
        customer,
        available,
        sum(row[5] for row in points if row[0] in mine),
        sum(row[4] for row in points if row[0] not in mine),
        sum(row[4] for row in spots if row[3] and row[0] in mine),
        max(available, 0) * form.burn.amount_minor // form.burn.points if form.burn is not None else 0,
        form.currency,
        _expiring([row for row in points if row[0] in mine]),
        tuple(Entitled(row[1], row[4], row[2]) for row in spots if row[1] and row[0] in mine and row[2] >= day),
        "" if tier is None else tier.code,
        max((one.tier_until for one in own if tier and one.tier == tier.code and one.tier_until), default=None),
        reached,
        _next(form, tier, reached),
        next((one.pool for one in own if one.pool is not None), None),
        tuple(one.number for one in own),
        card_payload(vault, first.number, now),
    )


def _expiring(rows: list[Row]) -> tuple[Expiring, ...]:
    by_day: dict[date, int] = {}
    for row in rows:
        by_day[row[2]] = by_day.get(row[2], 0) + row[4]
    return tuple(Expiring(points, None if day == NEVER else day) for day, points in sorted(by_day.items()) if points)


def _held(form: Programme, own: list[AccountRow]) -> Tier | None:
    steps = () if form.tiers is None else form.tiers.steps
    return next((tier for tier in reversed(steps) if any(one.tier == tier.code for one in own)), None)


def _next(form: Programme, held: Tier | None, reached: int) -> NextTier | None:
    steps = () if form.tiers is None else form.tiers.steps
    above = next((tier for tier in steps if held is None or tier.at_least > held.at_least), None)
    return None if above is None else NextTier(above.code, max(above.at_least - reached, 0))


async def statement(connection: Connection, number: str, limit: int, before: int = 2**63 - 1) -> list[StatementLine]:
    """Up to `limit` movements of a member's points, the latest first, before one's id; over all his records.

    Raises `RefusedError` when there is no such member.
    """
    (found,) = await ask(connection, accounts_by_number([number]))
    if number not in found:
        raise RefusedError(refuse(UNKNOWN_MEMBER, "/member", member=number[:64]))
    account = found[number]
    (every,) = await ask(connection, customers.records_of([account.record]))
    owners, accounts = await ask(connection, customers.customers_of(every), accounts_of(every))
    mine = Bigints(one.id for one in accounts if one.record in owners and one.programme == account.programme)
    parameters = (mine, account.programme, mine, mine, mine, mine, before, limit)
    (lines,) = await ask(connection, Query(_STATEMENT, parameters, lambda rows: [StatementLine(*row) for row in rows]))
    return lines

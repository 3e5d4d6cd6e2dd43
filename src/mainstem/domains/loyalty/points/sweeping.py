"""What happens by itself: points expire and become available, tiers are looked at.

Each step takes up to so many in one transaction and may run in several places at once.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from mainstem import ledger
from mainstem.domains.loyalty.members import store as members
from mainstem.domains.loyalty.members.tiers import TierChange, review, tier_lots
from mainstem.domains.loyalty.points import store
from mainstem.domains.loyalty.points.changes import PointsEvent, TierEvent
from mainstem.domains.loyalty.points.opening import open_purses
from mainstem.domains.loyalty.points.returning import expire, release_pending
from mainstem.domains.loyalty.programmes.calendar import today
from mainstem.domains.loyalty.programmes.form import NEVER
from mainstem.domains.loyalty.programmes.store import Kept, LotKey, lots, programmes
from mainstem.domains.loyalty.telling import tell
from mainstem.ledger import Group, Transfer
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class ExpiredEvent(msgspec.Struct, frozen=True):
    """Payload of `loyalty.points_expired` and `benefit_expired` (subject: the account)."""

    quantity: int
    benefit: str = ""


async def expire_points(work: Work, limit: int) -> int:
    """Let points and benefits whose last day is over go; what an account owes is paid from them first.

    Answers how many spots there were. What is held stays until it is settled or let go.
    """
    (kept,) = await ask(work.connection, programmes())
    (due,) = await ask(work.connection, store.expired(_days(work, kept.by_id.values()), limit))
    if not due:
        return 0
    debts = await lots(work, {LotKey(programme, "", NEVER) for _, _, programme, _ in due})
    owed = {(asset, account): debts[LotKey(programme, "", NEVER)] for asset, account, programme, _ in due}
    book = await ledger.lock(work, {*owed, *((debt, account) for (_, account), debt in owed.items())})
    for asset, account, _, benefit in due:
        lost, steps = expire(book, asset, account, asset if benefit else owed[asset, account])
        if steps:
            kind = "benefit_expiry" if benefit else "points_expiry"
            _granted(book.decide(Group(steps, kind, account, work.now)))
        if lost:
            told = ExpiredEvent(lost, benefit)
            tell(work, None, "benefit_expired" if benefit else "points_expired", account, told)
    await ledger.save(work, book)
    return len(due)


async def release_points(work: Work, limit: int) -> int:
    """Make points usable whose window of returns has closed; answers how many earnings there were."""
    (due,) = await ask(work.connection, store.lock_due_earnings(work.now, limit))
    if not due:
        return 0
    (known,) = await ask(work.connection, members.programmes_of({one.account for one in due}))
    debts = await lots(work, {LotKey(programme, "", NEVER) for programme, _ in known.values()})
    owing = {account: debts[LotKey(programme, "", NEVER)] for account, (programme, _) in known.items()}
    spots = {(asset, one.account) for one in due for asset in (one.lot, one.pending, owing[one.account])}
    book = await ledger.lock(work, spots)
    for one in due:
        debt = owing[one.account]
        missing = max(-book.free(debt, one.account), 0)
        steps = release_pending(one, debt, [(one.account, missing)])
        one.state = "available"
        if steps:
            _granted(book.decide(Group(steps, "points_release", one.account, work.now)))
            event = PointsEvent(known[one.account][1], one.points - one.back, one.reference)
            tell(work, None, "points_available", one.account, event)
    await ledger.save(work, book)
    store.update_earnings(work, due)
    return len(due)


async def review_tiers(work: Work, limit: int) -> int:
    """Look at tiers whose time is over: renew, keep for the days of grace, or lower; answers how many accounts."""
    (kept,) = await ask(work.connection, programmes())
    days = {number: today(one.form, work.now) for number, one in kept.by_id.items()}
    (due,) = await ask(work.connection, members.lock_due_reviews(sorted(days.items()), limit))
    if not due:
        return 0
    purses = await open_purses(work, {row.record for row in due}, lock=False)
    forms = {row.programme: kept.by_id[row.programme].form for row in due}
    assets = await lots(work, set().union(*(tier_lots(number, form, days[number]) for number, form in forms.items())))
    changes: list[TierChange] = []
    for row in due:
        assert row.tier_until is not None, "a tier to be looked at has an end"
        qualifying = purses.by_account[row.id].standing.qualifying
        form, day = forms[row.programme], days[row.programme]
        changes.append(review(row.programme, form, row.id, row.tier, row.tier_until, qualifying, day, assets))
    spots = {(step.asset, step.target) for one in changes for step in one.steps if isinstance(step, Transfer)}
    book = await ledger.lock(work, spots)
    numbers = {row.id: row.number for row in due}
    for one in changes:
        if one.steps:
            _granted(book.decide(Group(one.steps, "benefit_grant", one.account, work.now)))
        if one.tier != one.before:
            tell(work, None, "tier_changed", one.account, TierEvent(numbers[one.account], one.before, one.tier))
    await ledger.save(work, book)
    members.set_tiers(work, changes)
    return len(due)


def _days(work: Work, kept: Iterable[Kept]) -> list[tuple[int, date]]:
    """The day of each programme."""
    return [(one.id, today(one.form, work.now)) for one in kept]


def _granted(found: object) -> None:
    assert isinstance(found, list), "what is moved was seen to be there"

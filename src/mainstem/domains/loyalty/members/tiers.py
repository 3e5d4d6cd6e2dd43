"""Which tier a customer has: reached at once, lowered only when it is looked at. Pure."""

from datetime import date

import msgspec

from mainstem.domains.loyalty.contracts import ISSUED
from mainstem.domains.loyalty.points.purse import Purse
from mainstem.domains.loyalty.programmes.calendar import days_after, months_after
from mainstem.domains.loyalty.programmes.form import Grant, Programme, Tier, Tiers
from mainstem.domains.loyalty.programmes.store import LotKey
from mainstem.ledger import Step, Transfer


class TierChange(msgspec.Struct, frozen=True):
    """An account's tier as it is from now on; `steps` grant what belongs to it."""

    account: int
    before: str
    tier: str
    tier_until: date | None
    review_on: date | None
    steps: tuple[Step, ...] = ()


def reached(tiers: Tiers, qualifying: int) -> Tier | None:
    """The highest tier that so much reaches."""
    return next((tier for tier in reversed(tiers.steps) if qualifying >= tier.at_least), None)


def upgrade(purse: Purse, more: int) -> TierChange | None:
    """What becomes of the tier when so much more counts; None when it stays."""
    tiers = purse.programme.tiers
    if tiers is None:
        return None
    purse.standing.qualifying += more
    tier = reached(tiers, purse.standing.qualifying)
    held = purse.tier
    if tier is None or (held is not None and held.at_least >= tier.at_least):
        return None
    purse.standing.tier = tier.code
    return given(
        purse.programme_id, purse.programme, purse.account.id, purse.account.tier, tier, purse.today, purse.benefit_lots
    )


def given(
    programme_id: int,
    programme: Programme,
    account: int,
    before: str,
    tier: Tier,
    day: date,
    lots: dict[LotKey, int],
    *,
    whom: int | None = None,
) -> TierChange:
    """A tier from a day on, for as long as the programme says, with what belongs to it."""
    assert programme.tiers is not None
    until = months_after(day, programme.tiers.valid_months)
    steps = tuple(
        Transfer(lots[grant_lot(programme_id, grant, day)], ISSUED, whom or account, grant.quantity)
        for grant in tier.grants
    )
    return TierChange(account, before, tier.code, until, days_after(until, 1), steps)


def review(
    programme_id: int,
    programme: Programme,
    account: int,
    held: str,
    until: date,
    qualifying: int,
    day: date,
    lots: dict[LotKey, int],
) -> TierChange:
    """What becomes of a tier whose time is over: renewed, kept for the grace, or lowered to what was reached."""
    tiers = programme.tiers
    if tiers is None:
        return TierChange(account, held, "", None, None)
    tier = reached(tiers, qualifying)
    kept = next((one for one in tiers.steps if one.code == held), None)
    if tier is not None and (kept is None or tier.at_least >= kept.at_least):
        return given(programme_id, programme, account, held, tier, day, lots)
    if kept is not None and day <= days_after(until, tiers.grace_days):
        return TierChange(account, held, held, until, days_after(until, tiers.grace_days + 1))
    if tier is None:
        return TierChange(account, held, "", None, None)
    return given(programme_id, programme, account, held, tier, day, lots)


def grant_lot(programme: int, grant: Grant, day: date) -> LotKey:
    """The lot that a grant of a day goes to."""
    return LotKey(programme, grant.benefit, days_after(day, grant.days))


def tier_lots(programme: int, form: Programme, day: date) -> set[LotKey]:
    """The lots that a change of tier on a day may grant to."""
    tiers = form.tiers
    return {grant_lot(programme, grant, day) for tier in (tiers.steps if tiers else ()) for grant in tier.grants}

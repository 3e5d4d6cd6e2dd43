"""What a purchase would earn under a programme, for whoever is about to save it. Pure."""

from datetime import date, datetime

import msgspec

from mainstem.domains.loyalty.points.burning import worth
from mainstem.domains.loyalty.points.earning import OrderLine, Purchase, earn
from mainstem.domains.loyalty.points.purse import Account, Purse, Standing, Target
from mainstem.domains.loyalty.programmes.calendar import last_day, today
from mainstem.domains.loyalty.programmes.form import NEVER, Programme
from mainstem.ledger import Book


class Foreseen(msgspec.Struct, frozen=True):
    """What somebody of a tier ("": of none) would earn. `by_rule`: in the order of the rules; `until`: the last day.

    `worth_minor` is what the points would pay, None where the programme takes none.
    """

    tier: str
    points: int
    by_rule: dict[str, int]
    worth_minor: int | None
    until: date | None


def foresee(form: Programme, amount_minor: int, now: datetime, *, tier: str = "", channel: str = "") -> Foreseen:
    """What one item of that price earns, of goods that no rule names, at a moment; `form` must be a valid programme."""
    account = Account(0, 0, 0, "", tier, None, None, None, 0)
    day = today(form, now)
    until = last_day(form.life, day)
    target = Target(0, 0, 0, 0, until, until)
    purse = Purse(0, form, now, account, (), (), (), target, {}, Standing(tier))
    line = OrderLine(1, "", "", "", "", 1, amount_minor, amount_minor)
    earned = earn(purse, Book({}), Purchase(0, form.currency, channel, (line,)))
    by_rule = {rule.code: earned.by_rule[rule.code] for rule in form.rules if rule.code in earned.by_rule}
    paid = None if form.burn is None else worth(form.burn, earned.points)
    return Foreseen(tier, earned.points, by_rule, paid, None if until == NEVER else until)

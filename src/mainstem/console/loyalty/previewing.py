"""What a purchase would earn: shown beside a programme, and while it is written."""

from datetime import UTC, datetime

import msgspec

from mainstem.console.frame import Visit
from mainstem.console.loyalty.reading import amount
from mainstem.console.loyalty.words import said
from mainstem.console.quantities import amount_typed
from mainstem.domains import loyalty
from mainstem.kernel.money import AMOUNT_MINOR_MAX

USUAL = 20_000
"""Minor units of the purchase that is shown until another is typed."""


class Outcome(msgspec.Struct, frozen=True):
    """What somebody of a tier earns: how that is put together, and what the points pay ("" where they pay nothing)."""

    tier: str
    points: int
    parts: tuple[tuple[str, int], ...]
    worth: str


class Preview(msgspec.Struct, frozen=True):
    """The purchase as it was typed, whether it is an amount at all, and the outcome by tier, without one first."""

    amount: str
    shown: str
    channel: str
    wrong: bool
    outcomes: tuple[Outcome, ...]
    until: str


def preview(visit: Visit, form: loyalty.Programme, text: str, channel: str = "") -> Preview:
    """The preview of a valid programme for a purchase of one thing at this price."""
    typed = text or amount_typed(USUAL, form.currency)
    minor = amount(typed, form.currency)
    if minor is None or not 0 <= minor <= AMOUNT_MINOR_MAX:
        return Preview(typed, "", channel, wrong=True, outcomes=(), until="")
    names = {rule.code: said(visit, rule.name) for rule in form.rules}
    tiers = [("", visit.t("No tier")), *((one.code, said(visit, one.name)) for one in _steps(form))]
    outcomes = []
    until = ""
    for code, name in tiers:
        found = loyalty.foresee(form, minor, datetime.now(UTC), tier=code, channel=channel)
        worth = "" if found.worth_minor is None else visit.fmt.money(found.worth_minor, form.currency)
        until = "" if found.until is None else visit.fmt.day(found.until)
        parts = tuple((names[rule], points) for rule, points in found.by_rule.items())
        outcomes.append(Outcome(name, found.points, parts, worth))
    shown = visit.fmt.money(minor, form.currency)
    return Preview(typed, shown, channel, wrong=False, outcomes=tuple(outcomes), until=until)


def _steps(form: loyalty.Programme) -> tuple[loyalty.Tier, ...]:
    return () if form.tiers is None else form.tiers.steps

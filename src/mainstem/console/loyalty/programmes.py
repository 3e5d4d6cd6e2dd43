"""Programmes: the list, and the page of one: what it gives, its tiers as a picture, what a purchase earns."""

import msgspec

from mainstem.console.frame import N_, Reply, Visit, html
from mainstem.console.loyalty import words
from mainstem.console.loyalty.previewing import preview
from mainstem.console.loyalty.programme_fields import goods_lines
from mainstem.console.loyalty.reading import kept_programmes, programme_of
from mainstem.console.loyalty.stairs import Rise, Stairs, stairs
from mainstem.domains import loyalty
from mainstem.platform.access.permissions import LOYALTY_WRITE


class RuleLine(msgspec.Struct, frozen=True):
    """A rule in words: what it gives, on what, to whom, and its limits."""

    code: str
    name: str
    gives: str
    goods: tuple[str, ...]
    who: tuple[str, ...]
    limits: tuple[str, ...]


async def listed(visit: Visit) -> Reply:
    """Every programme."""
    async with visit.desk.database.snapshot() as connection:
        kept = await kept_programmes(connection)
    return html(
        visit,
        "loyalty/templates/programmes.html",
        programmes=list(kept.values()),
        said=lambda text: words.said(visit, text),
        may_write=visit.allowed(LOYALTY_WRITE),
    )


async def show(visit: Visit) -> Reply:
    """A programme; with `amount` and `channel`, what that purchase earns."""
    async with visit.desk.database.snapshot() as connection:
        kept = programme_of(await kept_programmes(connection), visit.path["programme"])
    form = kept.form
    benefits = {one.code: words.said(visit, one.name) for one in form.benefits}
    channel = visit.query.get("channel", "")
    return html(
        visit,
        "loyalty/templates/programme.html",
        kept=kept,
        form=form,
        words=words,
        said=lambda text: words.said(visit, text),
        stairs=picture(visit, form),
        rules=[_rule(visit, form, one) for one in form.rules],
        benefits=benefits,
        granted=lambda grant: granted(visit, benefits, grant),
        preview=preview(visit, form, visit.query.get("amount", ""), channel),
        channels=[(one.code, one.name) for one in visit.network.channels.values()],
        may_write=visit.allowed(LOYALTY_WRITE),
    )


def picture(
    visit: Visit, form: loyalty.Programme, held: str | None = None, reached: int | None = None
) -> Stairs | None:
    """The tiers of a programme as stairs; with where somebody stands on them."""
    if form.tiers is None:
        return None
    rises = [
        Rise(one.code, words.said(visit, one.name), one.at_least, asks(visit, form, one.at_least))
        for one in form.tiers.steps
    ]
    return stairs(rises, held, reached)


def asks(visit: Visit, form: loyalty.Programme, value: int) -> str:
    """What counts for a tier, in money or in points."""
    if form.tiers is not None and form.tiers.by == "points":
        return visit.t("{points} points", points=visit.fmt.number(value))
    return visit.fmt.money(value, form.currency)


def granted(visit: Visit, benefits: dict[str, str], grant: loyalty.Grant) -> str:
    """A grant in words."""
    return visit.t(
        "{quantity} × {benefit}, good for {days} days",
        quantity=visit.fmt.number(grant.quantity),
        benefit=benefits.get(grant.benefit, grant.benefit),
        days=visit.fmt.number(grant.days),
    )


def _rule(visit: Visit, form: loyalty.Programme, rule: loyalty.EarnRule) -> RuleLine:
    number, t = visit.fmt.number, visit.t
    gives = rule.gives
    if isinstance(gives, loyalty.PerAmount):
        spent = visit.fmt.money(gives.per_minor, form.currency)
        text = t("{points} points for each {amount}", points=number(gives.points), amount=spent)
    elif isinstance(gives, loyalty.PerItem):
        text = t("{points} points for each item", points=number(gives.points))
    elif isinstance(gives, loyalty.Times):
        text = f"× {gives.times.normalize():f}"
    else:
        text = t("{points} points for “{action}”", points=number(gives.points), action=gives.action)
    goods = () if isinstance(gives, loyalty.ForAction) else tuple(goods_lines(gives.of))
    tiers = {one.code: words.said(visit, one.name) for one in (form.tiers.steps if form.tiers else ())}
    channels = {one.code: one.name for one in visit.network.channels.values()}
    who = [tiers.get(code, code) for code in rule.tiers] + [channels.get(code, code) for code in rule.channels]
    limits = [
        t(text, points=number(most))
        for text, most in (
            (_ORDER, rule.per_order_max),
            (_DAY, rule.per_day_max),
            (_MONTH, rule.per_month_max),
        )
        if most is not None
    ]
    here = visit.format_in(form.zone)
    if rule.valid_from is not None:
        limits.append(t("from {moment}", moment=here.moment(rule.valid_from)))
    if rule.valid_until is not None:
        limits.append(t("until {moment}", moment=here.moment(rule.valid_until)))
    return RuleLine(rule.code, words.said(visit, rule.name), text, goods, tuple(who), tuple(limits))


_ORDER = N_("at most {points} an order")
_DAY = N_("at most {points} a day")
_MONTH = N_("at most {points} a month")

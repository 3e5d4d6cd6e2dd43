"""What a promotion gives, in words."""

from decimal import Decimal

from mainstem.console.frame import N_
from mainstem.console.promotions.telling_goods import goods
from mainstem.console.promotions.voice import Voice
from mainstem.domains.pricing import form as f

TAKES = {"cheapest": N_("the cheapest"), "dearest": N_("the dearest")}


def percent(value: Decimal) -> str:
    """A percentage without zeros at its end."""
    return f"{value.normalize():f}%"


def cut(voice: Voice, given: f.Cut) -> str:
    """How much cheaper."""
    if given.percent is not None:
        return voice.t("free") if given.percent == 100 else voice.t("{percent} off", percent=percent(given.percent))  # noqa: PLR2004
    if given.amount_minor is not None:
        return voice.t("{amount} off", amount=voice.money(given.amount_minor))
    price = given.price_minor or 0
    return voice.t("for {price}", price=voice.money(price)) if price else voice.t("free")


def reward(voice: Voice, given: f.Reward) -> str:
    """What a reward gives."""
    match given:
        case f.Percent():
            return _percent(voice, given)
        case f.Amount():
            text = N_("{amount} off each of {goods}") if given.per == "item" else N_("{amount} off {goods} together")
            return voice.t(text, amount=voice.money(given.amount_minor), goods=goods(voice, given.of))
        case f.FixedPrice():
            price = voice.money(given.price_minor)
            return voice.t("each of {goods} costs at most {price}", goods=goods(voice, given.of), price=price)
        case f.NthItem():
            said = voice.t(
                "of every {every} of {goods}, {which}: {cut}",
                every=voice.fmt.number(given.every),
                goods=goods(voice, given.of),
                which=voice.t(TAKES[given.take]),
                cut=cut(voice, given.cut),
            )
            return _times(voice, said, given.times_max)
        case f.BuyGet():
            return _times(voice, _buy_get(voice, given), given.times_max)
        case f.Bundle():
            parts = [
                voice.t("{count} of {goods}", count=voice.fmt.number(part.items), goods=goods(voice, part.of))
                for part in given.parts
            ]
            said = voice.t("{parts} together: {cut}", parts=" + ".join(parts), cut=cut(voice, given.cut))
            return _times(voice, said, given.times_max)
        case f.Gift():
            return voice.t(
                "a gift: {count} of {skus}", count=voice.fmt.number(given.items), skus=voice.quoted(given.skus)
            )
        case f.Tiers():
            return _tiers(voice, given)
        case f.FreeDelivery():
            return _delivery(voice, given)
        case f.Points():
            return _points(voice, given)


def _percent(voice: Voice, given: f.Percent) -> str:
    said = voice.t("{percent} off {goods}", percent=percent(given.percent), goods=goods(voice, given.of))
    if given.at_most_minor is None:
        return said
    return voice.t("{reward}, at most {amount} in all", reward=said, amount=voice.money(given.at_most_minor))


def _times(voice: Voice, said: str, times_max: int | None) -> str:
    if times_max is None:
        return said
    if times_max == 1:
        return voice.t("{reward}, once an order", reward=said)
    return voice.t("{reward}, at most {count} times an order", reward=said, count=voice.fmt.number(times_max))


def _buy_get(voice: Voice, given: f.BuyGet) -> str:
    text = (
        N_("buy {buy_count} of {bought}, get {get_count} more of them, {which}: {cut}")
        if given.buy == given.get
        else N_("buy {buy_count} of {bought}, get {get_count} of {got}, {which}: {cut}")
    )
    return voice.t(
        text,
        buy_count=voice.fmt.number(given.buy_items),
        bought=goods(voice, given.buy),
        get_count=voice.fmt.number(given.get_items),
        got=goods(voice, given.get),
        which=voice.t(TAKES[given.take]),
        cut=cut(voice, given.cut),
    )


def _tiers(voice: Voice, given: f.Tiers) -> str:
    steps = [
        voice.t("from {amount} on {cut}", amount=voice.money(step.at_least), cut=cut(voice, step.cut))
        if given.by == "amount"
        else voice.t("from {count} items on {cut}", count=voice.fmt.number(step.at_least), cut=cut(voice, step.cut))
        for step in given.steps
    ]
    return voice.t("{goods}: {steps}", goods=goods(voice, given.of), steps=voice.t("; ").join(steps))


def _delivery(voice: Voice, given: f.FreeDelivery) -> str:
    said = voice.t("free delivery")
    if given.at_most_minor is not None:
        said = voice.t("up to {amount} off delivery", amount=voice.money(given.at_most_minor))
    if given.methods:
        said = voice.t("{reward} (by {methods})", reward=said, methods=voice.quoted(given.methods))
    return said


def _points(voice: Voice, given: f.Points) -> str:
    times = f"{given.times.normalize():f}"
    plus = voice.fmt.number(given.plus)
    if given.times == 1:
        return voice.t("{plus} points on top", plus=plus)
    said = voice.t("{times} times the points for {goods}", times=times, goods=goods(voice, given.of))
    return voice.t("{reward}, and {plus} points on top", reward=said, plus=plus) if given.plus else said

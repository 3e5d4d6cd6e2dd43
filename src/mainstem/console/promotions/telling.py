"""A promotion in words: what it gives, when, beside what, how often, and from when until when."""

from collections.abc import Iterator

import msgspec

from mainstem.console.frame import N_
from mainstem.console.promotions.telling_conditions import conditions
from mainstem.console.promotions.telling_rewards import reward
from mainstem.console.promotions.voice import Voice
from mainstem.domains.pricing import form as f

_LIMITS = {
    "uses_total": N_("At most {count} orders in all"),
    "uses_per_day": N_("At most {count} orders a day"),
    "uses_per_customer": N_("At most {count} orders of a customer"),
    "uses_per_customer_and_day": N_("At most {count} orders of a customer a day"),
    "items_per_order": N_("At most {count} items an order"),
    "items_total": N_("Its own stock: {count} items in all"),
}


class Told(msgspec.Struct, frozen=True):
    """A promotion in words; what there is nothing to say of is empty."""

    gives: str
    when: tuple[str, ...]
    time: str
    beside: tuple[str, ...]
    limits: tuple[str, ...]
    sentence: str


def name(language: str, text: f.Text) -> str:
    """What is read in a language; the English where there is no Chinese."""
    return (text.zh if language == "zh" else "") or text.en


def tell(voice: Voice, promotion: f.Promotion) -> Told:
    """A promotion in words, and its conditions and reward as one sentence."""
    gives = reward(voice, promotion.reward)
    when = conditions(voice, promotion.when)
    if promotion.coupon:
        when.insert(0, voice.t("a coupon is given"))
    sentence = voice.t("If {condition}: {reward}", condition=voice.all_of(when), reward=gives) if when else gives
    whole = (sentence, *_limits(voice, promotion.limits), *_beside(voice, promotion))
    shown = voice.t(". ").join(text[:1].upper() + text[1:] for text in whole)
    return Told(
        gives,
        tuple(when),
        span(voice, promotion),
        tuple(_beside(voice, promotion)),
        tuple(_limits(voice, promotion.limits)),
        voice.t("{sentence}.", sentence=shown),
    )


def span(voice: Voice, promotion: f.Promotion) -> str:
    """From when until when."""
    since, until = promotion.valid_from, promotion.valid_until
    if since is not None and until is not None:
        return voice.t("{start} to {end}", start=voice.fmt.moment(since), end=voice.fmt.moment(until))
    if since is not None:
        return voice.t("from {moment} on", moment=voice.fmt.moment(since))
    if until is not None:
        return voice.t("until {moment}", moment=voice.fmt.moment(until))
    return voice.t("without end")


def _limits(voice: Voice, limits: f.Limits) -> Iterator[str]:
    for field, text in _LIMITS.items():
        count = getattr(limits, field)
        if count is not None:
            yield voice.t(text, count=voice.fmt.number(count))
    if limits.budget_minor is not None:
        yield voice.t("All together it gives away at most {amount}", amount=voice.money(limits.budget_minor))


def _beside(voice: Voice, promotion: f.Promotion) -> Iterator[str]:
    stacking = promotion.stacking
    if stacking.exclusive == "basket":
        yield voice.t("No other promotion applies beside it")
    elif stacking.exclusive == "items":
        yield voice.t("No other promotion touches the same lines")
    if stacking.group:
        yield voice.t("Of group {name} only the best for the customer applies", name=voice.quoted([stacking.group]))
    if stacking.not_with:
        yield voice.t("Not together with {names}", names=voice.quoted(stacking.not_with))
    if stacking.layer is not None:
        yield voice.t("Computed in layer {number}", number=stacking.layer)
    if stacking.priority:
        yield voice.t("Priority {number} between equal totals", number=stacking.priority)
    if promotion.below_floor:
        yield voice.t("It may take prices below their floor")

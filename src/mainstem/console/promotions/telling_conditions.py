"""When a promotion applies, in words."""

from collections.abc import Sequence

from mainstem.console.frame import N_
from mainstem.console.promotions.telling_goods import goods
from mainstem.console.promotions.voice import Voice
from mainstem.domains.pricing import form as f

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


def conditions(voice: Voice, when: Sequence[f.Condition]) -> list[str]:
    """Every condition, each as a clause; all of them must hold."""
    return [condition(voice, one) for one in when]


def condition(voice: Voice, one: f.Condition) -> str:  # noqa: C901, PLR0911 - one line a kind of condition
    """A condition as a clause that can hold or not."""
    match one:
        case f.Channels():
            return _either(
                voice,
                (N_("the channel is {names}"), voice.called(one.codes)),
                (N_("the channel is of kind {names}"), voice.kinds(one.kinds)),
            )
        case f.Nodes():
            return _either(
                voice,
                (N_("the node is {names}"), voice.called(one.codes)),
                (N_("the node is in region {names}"), one.regions),
            )
        case f.Member():
            told = _either(
                voice,
                (N_("the customer is a member of tier {names}"), one.tiers),
                (N_("the customer is a member of group {names}"), one.groups),
            )
            return told or voice.t("the customer is a member")
        case f.InSegment():
            return voice.t("the customer is in segment {names}", names=voice.quoted(one.names))
        case f.FirstOrder():
            return voice.t("it is the customer’s first order")
        case f.Birthday():
            return _birthday(voice, one)
        case f.Schedule():
            return _schedule(voice, one)
        case f.Basket():
            return _basket(voice, one)
        case f.PaidWith():
            return voice.t("all is paid with {names}", names=voice.quoted(one.kinds))
        case f.DeliveredBy():
            return voice.t("the delivery is by {names}", names=voice.quoted(one.methods))
        case f.AnyOf():
            parts = conditions(voice, one.conditions)
            return voice.t("({condition})", condition=voice.either(parts)) if len(parts) > 1 else "".join(parts)
        case f.Not():
            return voice.t("not ({condition})", condition=condition(voice, one.condition))


def _either(voice: Voice, *clauses: tuple[str, Sequence[str]]) -> str:
    told = [voice.t(text, names=voice.quoted(names)) for text, names in clauses if names]
    return voice.either(told) if told else ""


def _birthday(voice: Voice, one: f.Birthday) -> str:
    if one.month:
        return voice.t("it is the month of the customer’s birthday")
    if not one.days_before and not one.days_after:
        return voice.t("it is the customer’s birthday")
    return voice.t(
        "it is from {before} days before to {after} days after the customer’s birthday",
        before=one.days_before,
        after=one.days_after,
    )


def _schedule(voice: Voice, one: f.Schedule) -> str:
    days = voice.either([voice.t(WEEKDAYS[day - 1]) for day in one.weekdays if 1 <= day <= len(WEEKDAYS)] or [""])
    whole = (one.start, one.until) == ("00:00", "24:00")
    if whole:
        return voice.t("it is {days}", days=days) if days else voice.t("it is any time")
    clock = voice.t("it is from {start} to {until}", start=one.start, until=one.until)
    return voice.t("it is {days}, {start} to {until}", days=days, start=one.start, until=one.until) if days else clock


def _basket(voice: Voice, one: f.Basket) -> str:
    told = []
    least, most = one.amount_minor_min, one.amount_minor_max
    if least is not None or most is not None:
        told.append(
            _bounds(voice, None if least is None else voice.money(least), None if most is None else voice.money(most))
        )
    if one.items_min is not None or one.items_max is not None:
        told.append(
            voice.t(
                "{bounds} items",
                bounds=_bounds(
                    voice,
                    None if one.items_min is None else voice.fmt.number(one.items_min),
                    None if one.items_max is None else voice.fmt.number(one.items_max),
                ),
            )
        )
    if one.skus_min is not None:
        told.append(voice.t("at least {count} different SKUs", count=voice.fmt.number(one.skus_min)))
    much = voice.all_of(told or [voice.t("any quantity")])
    return voice.t("the basket has {much} of {goods}", much=much, goods=goods(voice, one.of))


def _bounds(voice: Voice, least: str | None, most: str | None) -> str:
    if least is not None and most is not None:
        return voice.t("{least} to {most}", least=least, most=most)
    if least is not None:
        return voice.t("at least {value}", value=least)
    return voice.t("at most {value}", value=most)

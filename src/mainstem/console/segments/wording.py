"""A condition as a sentence, in the visitor's language."""

from datetime import date
from typing import Any

from mainstem.console.frame import N_, Visit
from mainstem.console.segments.drawing import in_currency
from mainstem.console.segments.fields import FIELDS, Field, choices, currencies, said, title
from mainstem.domains import customers

Json = dict[str, Any]

_COMPARED = {
    "=": N_("exactly {value}"),
    "!=": N_("not {value}"),
    ">": N_("over {value}"),
    ">=": N_("at least {value}"),
    "<": N_("less than {value}"),
    "<=": N_("at most {value}"),
    "in": N_("one of {value}"),
}
_DAYS = {
    "=": N_("on {value}"),
    "!=": N_("not on {value}"),
    ">": N_("after {value}"),
    ">=": N_("on or after {value}"),
    "<": N_("before {value}"),
    "<=": N_("on or before {value}"),
    "in": N_("on one of {value}"),
}
_TEXTS = {
    "=": N_("whose {trait} is “{value}”"),
    "!=": N_("whose {trait} is not “{value}”"),
    "in": N_("whose {trait} is one of “{value}”"),
    "known": N_("whose {trait} is known"),
    "unknown": N_("whose {trait} is not known"),
}
_HOLDS = N_("whose {trait} is “{value}”")
_PHRASES: dict[str, tuple[str, int]] = {
    **{f"spend_{days}d": (N_("who spent {value} in {days} days"), days) for days in (30, 90, 365)},
    **{f"orders_{days}d": (N_("who bought {value} times in {days} days"), days) for days in (30, 90, 365)},
    **{f"visits_{days}d": (N_("who visited {value} times in {days} days"), days) for days in (30, 90, 365)},
    "spend_total": (N_("who spent {value} in all"), 0),
    "orders_total": (N_("who bought {value} times in all"), 0),
    "store_orders": (N_("who bought {value} times in stores"), 0),
    "remote_orders": (N_("who bought {value} times outside stores"), 0),
    "units_total": (N_("who bought {value} pieces in all"), 0),
    "units_365d": (N_("who bought {value} pieces in {days} days"), 365),
    "days_since_purchase": (N_("who last bought {value} days ago"), 0),
    "days_since_first_purchase": (N_("who first bought {value} days ago"), 0),
    "days_since_seen": (N_("who were last seen {value} days ago"), 0),
    "tenure_days": (N_("who were first seen {value} days ago"), 0),
    "last_purchase": (N_("who last bought {value}"), 0),
    "first_purchase": (N_("who first bought {value}"), 0),
    "last_seen": (N_("who were last seen {value}"), 0),
    "first_seen": (N_("who were first seen {value}"), 0),
    "age": (N_("who turn {value} years old this year"), 0),
    "spend_by_channel": (N_("who spent {value} through “{key}”"), 0),
    "spend_by_category": (N_("who spent {value} on “{key}”"), 0),
    "orders_by_category": (N_("who bought “{key}” {value} times"), 0),
    "orders_by_channel_kind": (N_("who bought {value} times through “{key}”"), 0),
}
_FLAGS = {
    "has_phone": (N_("who have a phone number"), N_("who have no phone number")),
    "has_email": (N_("who have an e-mail address"), N_("who have no e-mail address")),
    "has_wechat": (N_("who are known at WeChat"), N_("who are not known at WeChat")),
    "has_card": (N_("who have a member card"), N_("who have no member card")),
    "has_device": (N_("who have a known device"), N_("who have no known device")),
    "phone_verified": (N_("whose phone number is verified"), N_("whose phone number is not verified")),
    "email_verified": (N_("whose e-mail address is verified"), N_("whose e-mail address is not verified")),
    "is_company": (N_("who are companies"), N_("who are no companies")),
}
_PLAIN_NUMBERS = ("birth_year", "birth_month", "favourite_hour")


def sentence(visit: Visit, condition: Json) -> str:
    """Who fits, in words; the condition is one that the room takes."""
    return visit.t("Customers {condition}", condition=_said(visit, condition, top=True))


def _said(visit: Visit, condition: Json, *, top: bool = False) -> str:
    together = in_currency(condition)
    if together is not None:
        return _compared(visit, together[1], together[0])
    for mode, template in (("all", N_("{first} and {second}")), ("any", N_("{first} or {second}"))):
        if mode in condition:
            return _joined(visit, condition[mode], template, top=top)
    if "not" in condition:
        return visit.t("not ({condition})", condition=_said(visit, condition["not"], top=True))
    if "bought" in condition:
        return _bought(visit, condition)
    if "consent" in condition:
        return _consent(visit, condition)
    if "tag" in condition:
        return visit.t("with the tag “{tag}”", tag=tag_name(visit, condition["tag"]))
    return _compared(visit, condition, "")


def _joined(visit: Visit, parts: list[Json], template: str, *, top: bool) -> str:
    text = _said(visit, parts[0], top=len(parts) == 1 and top)
    for part in parts[1:]:
        text = visit.t(template, first=text, second=_said(visit, part))
    return text if top or len(parts) == 1 else visit.t("({condition})", condition=text)


def tag_name(visit: Visit, name: str) -> str:
    """What a tag is called: of the library, of a category, or as people attach it."""
    for tag in customers.shipped_tags():
        if tag.name == name:
            return said(visit, tag)
    _, colon, category = name.partition(":")
    for tag in customers.category_tags(category) if colon else ():
        if tag.name == name:
            return said(visit, tag)
    return name


def _consent(visit: Visit, condition: Json) -> str:
    purpose = said(visit, customers.consent.PURPOSES[condition["consent"]].name)
    if "channel" not in condition:
        return visit.t("who agreed to “{purpose}”", purpose=purpose)
    channel = said(visit, customers.consent.CHANNELS[condition["channel"]])
    return visit.t("who agreed to “{purpose}” by {channel}", purpose=purpose, channel=channel)


def _bought(visit: Visit, condition: Json) -> str:
    narrowed = condition["bought"]
    category = narrowed.get("category")
    what = visit.t("something of “{category}”", category=category) if category else visit.t("something")
    places = ""
    if "channel" in narrowed:
        places += visit.t(" through “{channel}”", channel=_choice(visit, "channel", narrowed["channel"]))
    if "node" in narrowed:
        places += visit.t(" at “{node}”", node=_choice(visit, "node", narrowed["node"]))
    times = visit.t(_COMPARED[condition.get("op", ">=")], value=visit.fmt.number(condition.get("value", 1)))
    days = visit.fmt.number(condition["days"])
    return visit.t(
        "who bought {what} {times} times in {days} days{places}", what=what, times=times, days=days, places=places
    )


def _compared(visit: Visit, condition: Json, currency: str) -> str:
    name, op = condition["trait"], condition["op"]
    field = FIELDS[name]
    key = _choice(visit, field.keys, condition["key"]) if field.keys else ""
    called = title(visit, name)
    if visit.language == "en" and not called[:2].isupper():
        called = called[:1].lower() + called[1:]
    if key and name not in _PHRASES:
        called = visit.t("{trait} of “{key}”", trait=called, key=key)
    if op in ("known", "unknown"):
        named = visit.t("{trait} of “{key}”", trait=called, key=key) if name in _PHRASES and key else called
        return visit.t(_TEXTS[op], trait=named)
    if field.shape == "flag":
        return _flag(visit, name, called, holds=condition["value"] is (op == "="))
    values = condition["value"] if op == "in" else [condition["value"]]
    value = visit.t(", ").join(_value(visit, field, one, currency) for one in values)
    if field.shape == "text":
        return visit.t(_TEXTS[op], trait=called, value=value)
    compared = visit.t((_DAYS if field.shape == "day" else _COMPARED)[op], value=value)
    if name in _PHRASES:
        template, days = _PHRASES[name]
        return visit.t(template, value=compared, days=days, key=key)
    return visit.t("whose {trait} is {value}", trait=called, value=compared)


def _flag(visit: Visit, name: str, called: str, *, holds: bool) -> str:
    if name in _FLAGS:
        return visit.t(_FLAGS[name][0 if holds else 1])
    return visit.t(_HOLDS, trait=called, value=visit.t("Yes") if holds else visit.t("No"))


def _value(visit: Visit, field: Field, value: Any, currency: str) -> str:  # noqa: ANN401 - JSON
    if field.shape == "amount":
        return visit.fmt.money(value, currency or currencies(visit)[0])
    if field.shape == "percent":
        return visit.fmt.share(value / 100)
    if field.shape == "day":
        return visit.fmt.day(date.fromisoformat(value))
    if field.shape == "number":
        return str(value) if field.name in _PLAIN_NUMBERS else visit.fmt.number(value)
    return _choice(visit, field.values, value)


def _choice(visit: Visit, what: str, value: str) -> str:
    return dict(choices(visit, what)).get(value, value)

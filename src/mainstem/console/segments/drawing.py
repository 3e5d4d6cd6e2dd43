"""From a condition in JSON to the rows and groups that show it."""

from typing import Any

import msgspec

from mainstem.console.frame import Visit
from mainstem.console.quantities import amount_typed
from mainstem.console.segments.draft import NESTING_MAX, Draft, Group, Row
from mainstem.console.segments.fields import ATTACHED, BOUGHT, CONSENT, FIELDS, TAG, currencies
from mainstem.domains import customers
from mainstem.kernel.money import CURRENCIES

Json = dict[str, Any]


class _NotShownError(Exception):
    """Rows cannot show this."""


def drawn(visit: Visit, condition: Json) -> Draft:
    """The draft of a condition that the room takes: as JSON where it nests deeper than rows do, or says more."""
    try:
        whole = _part(visit, condition, 0)
    except _NotShownError:
        return Draft(raw=pretty(condition))
    return Draft(whole if isinstance(whole, Group) else Group("all", [whole]))


def pretty(condition: Json) -> str:
    """A condition in JSON as people read it."""
    return msgspec.json.format(msgspec.json.encode(condition), indent=2).decode()


def in_currency(condition: Json) -> tuple[str, Json] | None:
    """The currency and the amount, where a condition says that somebody's main currency is one, and compares in it."""
    parts = condition.get("all")
    if not isinstance(parts, list) or len(parts) != 2:  # noqa: PLR2004
        return None
    first, second = parts
    if (first.get("trait"), first.get("op")) != ("currency", "=") or first.get("value") not in CURRENCIES:
        return None
    field = FIELDS.get(second.get("trait", ""))
    return (first["value"], second) if field is not None and field.shape == "amount" else None


def _part(visit: Visit, condition: Json, level: int) -> Row | Group:
    together = in_currency(condition)
    if together is not None:
        return _compared(visit, together[1], together[0])
    for mode in ("all", "any"):
        if mode in condition:
            return _group(visit, mode, condition[mode], level)
    if "not" in condition:
        inner = condition["not"]
        return _group(visit, "none", inner.get("any", [inner]), level)
    if "bought" in condition:
        return Row(
            BOUGHT,
            op=condition.get("op", ">="),
            value=str(condition.get("value", 1)),
            days=str(condition["days"]),
            **condition["bought"],
        )
    if "consent" in condition:
        channel = condition.get("channel")
        return Row(CONSENT, "=", value=f"{condition['consent']}:{channel}" if channel else condition["consent"])
    if "tag" in condition:
        return _tag(condition["tag"])
    return _compared(visit, condition, "")


def _group(visit: Visit, mode: str, parts: list[Json], level: int) -> Group:
    if level > NESTING_MAX:
        raise _NotShownError
    return Group(mode, [_part(visit, part, level + 1) for part in parts])


def _tag(name: str) -> Row:
    family, colon, category = name.partition(":")
    if name not in customers.tag_conditions():
        return Row(ATTACHED, "=", value=name)
    return Row(TAG, "=", value=f"{family}:", category=category) if colon else Row(TAG, "=", value=name)


def _compared(visit: Visit, condition: Json, currency: str) -> Row:
    field = FIELDS.get(condition["trait"])
    if field is None or condition["op"] not in field.ops:
        raise _NotShownError
    key = condition.get("key", "")
    if condition["op"] == "in":
        lines = [_typed(visit, field.shape, one, currency) for one in condition["value"]]
        if any(line != line.strip() or not line or len(line.splitlines()) > 1 for line in lines):
            raise _NotShownError
        value = "\n".join(lines)
    else:
        value = _typed(visit, field.shape, condition["value"], currency) if "value" in condition else ""
        if value != value.strip() or ("value" in condition and not value):
            raise _NotShownError
    return Row(field.name, condition["op"], key=key, value=value, currency=currency)


def _typed(visit: Visit, shape: str, value: object, currency: str) -> str:
    if shape == "amount" and isinstance(value, int):
        return amount_typed(value, currency or currencies(visit)[0])
    return str(value).lower() if isinstance(value, bool) else str(value)

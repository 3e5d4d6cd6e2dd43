"""From a promotion to what stands in the fields that show it."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.promotions.draft import Draft, Typed, settle
from mainstem.console.quantities import amount_typed
from mainstem.domains.pricing import Promotion


def drawn(promotion: Promotion, zone: str) -> Draft:
    """The draft of a promotion, with its times in a zone."""
    typed: Typed = {}
    currency = promotion.currency
    whole = msgspec.json.decode(msgspec.json.encode(promotion))
    items = whole["reward"].get("by") == "items"
    _draw(typed, "", whole, currency, items=items)
    for name in ("valid_from", "valid_until"):
        moment = getattr(promotion, name)
        if moment is not None:
            typed[f"/{name}"] = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    typed.setdefault("/stacking/exclusive", "no")
    for at in [key.removesuffix("/type") for key in typed if key.endswith("/type")]:
        typed[f"{at}/shown"] = typed[f"{at}/type"]
    draft = Draft(typed)
    settle(draft)
    return draft


def pretty(promotion: Promotion) -> str:
    """A promotion in JSON as people read it."""
    return msgspec.json.format(msgspec.json.encode(promotion), indent=2).decode()


def _draw(typed: Typed, at: str, value: Any, currency: str | None, *, items: bool) -> None:  # noqa: ANN401 - JSON
    name = at.rpartition("/")[2]
    if name == "cut":
        kind, amount = next(iter(value.items()), ("percent", ""))
        typed[f"{at}/kind"] = kind
        typed[f"{at}/value"] = _text(kind, amount, currency, items=items)
    elif name == "attributes":
        typed[at] = "\n".join(f"{attribute} = {', '.join(values)}" for attribute, values in value.items())
    elif isinstance(value, dict):
        if name == "exclude":
            typed[f"{at}/on"] = "1"
        for inner, one in value.items():
            _draw(typed, f"{at}/{inner}", one, currency, items=items)
    elif isinstance(value, list):
        if value and isinstance(value[0], dict):
            for number, one in enumerate(value):
                _draw(typed, f"{at}/{number}", one, currency, items=items)
        else:
            typed[at] = "\n".join(map(str, value))
    elif value is not None:
        typed[at] = _text(name, value, currency, items=items)


def _text(name: str, value: object, currency: str | None, *, items: bool) -> str:
    if value is False:
        return ""
    if value is True:
        return "1"
    money = "_minor" in name or (name == "at_least" and not items)
    if money and isinstance(value, int) and currency:
        return amount_typed(value, currency)
    return str(value)

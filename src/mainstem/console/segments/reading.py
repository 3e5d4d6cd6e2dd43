"""From what was typed to a condition in JSON, with what is wrong beside the field where it is."""

from datetime import date
from typing import Any

import msgspec

from mainstem.console.frame import N_, Visit
from mainstem.console.segments.draft import Draft, Group, Path, Row, label
from mainstem.console.segments.fields import AGES, AGO, ATTACHED, BOUGHT, CONSENT, FIELDS, TAG, WITHIN, currencies
from mainstem.domains import customers
from mainstem.kernel.money import to_minor
from mainstem.kernel.refusals import RefusedError

Json = dict[str, Any]

MISSING = N_("Type or choose a value.")
_WANTED = {
    "number": N_("Type a whole number."),
    "percent": N_("Type a whole number of per cent."),
    "amount": N_("Type an amount, no finer than the currency."),
    "flag": N_("Choose yes or no."),
    "day": N_("Choose a day."),
}
_PLACES = {
    "trait": "field",
    "value": "value",
    "op": "op",
    "key": "key",
    "tag": "value",
    "consent": "value",
    "channel": "value",
    "days": "days",
    "bought/category": "category",
    "bought/channel": "channel",
    "bought/node": "node",
}
"""Which field of a row a place in its JSON is typed in."""


class Read(msgspec.Struct, frozen=True):
    """A condition that holds together, or None; what is `wrong` and what is `missing` by the names of fields.

    `other` is what is wrong with the whole.
    """

    condition: Json | None
    wrong: dict[str, str]
    missing: dict[str, str]
    other: str = ""

    def problems(self, *, all_of_them: bool) -> dict[str, str]:
        """What is shown beside fields: while somebody is still typing, not what is not typed yet."""
        return {**self.missing, **self.wrong} if all_of_them else self.wrong


class _UnfitError(Exception):
    """What was typed is no value."""


class _Reader:
    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.wrong: dict[str, str] = {}
        self.missing: dict[str, str] = {}
        self.places: dict[str, Path] = {}

    def group(self, group: Group, path: Path, at: str) -> Json:
        if not group.parts:
            self.missing[f"mode-{label(path)}"] = self.visit.t("Add a condition to this group.")
        word, inner = ("any", f"{at}/not/any") if group.mode == "none" else (group.mode, f"{at}/{group.mode}")
        parts = [
            self.group(part, (*path, n), f"{inner}/{n}")
            if isinstance(part, Group)
            else self.row(part, (*path, n), f"{inner}/{n}")
            for n, part in enumerate(group.parts)
        ]
        made: Json = {word: parts}
        return {"not": made} if group.mode == "none" else made

    def row(self, row: Row, path: Path, at: str) -> Json:
        where = label(path)
        self.places[at] = path
        shape = FIELDS[row.field].shape
        if shape == BOUGHT:
            return self._bought(row, where)
        if shape == CONSENT:
            purpose, _, channel = self._needed(row.value, f"value-{where}").partition(":")
            return {"consent": purpose} | ({"channel": channel} if channel else {})
        if shape in (TAG, ATTACHED):
            name = self._needed(row.value, f"value-{where}")
            return {"tag": name + self._needed(row.category, f"category-{where}") if name.endswith(":") else name}
        made = self._compared(row, where)
        if shape == "amount" and row.currency:
            self.places[f"{at}/all/1"] = path
            return {"all": [{"trait": "currency", "op": "=", "value": row.currency}, made]}
        return made

    def _compared(self, row: Row, where: str) -> Json:
        field = FIELDS[row.field]
        made: Json = {"trait": row.field, "op": row.op}
        if field.keys:
            made["key"] = self._needed(row.key, f"key-{where}")
        if row.op in (WITHIN, AGO):
            days = self._value("number", row.value, row, f"value-{where}")
            return {"trait": AGES[row.field], "op": "<=" if row.op == WITHIN else ">", "value": days}
        if row.op == "in":
            lines = [line.strip() for line in row.value.splitlines() if line.strip()]
            made["value"] = [self._value(field.shape, line, row, f"value-{where}") for line in lines]
            if not lines:
                self.missing[f"value-{where}"] = self.visit.t(MISSING)
        elif row.op not in ("known", "unknown"):
            made["value"] = self._value(field.shape, row.value, row, f"value-{where}")
        return made

    def _bought(self, row: Row, where: str) -> Json:
        narrowed = {
            name: text
            for name, text in (("category", row.category), ("channel", row.channel), ("node", row.node))
            if text
        }
        return {
            "bought": narrowed,
            "days": self._value("number", row.days, row, f"days-{where}"),
            "op": row.op,
            "value": self._value("number", row.value, row, f"value-{where}"),
        }

    def _needed(self, text: str, name: str) -> str:
        if not text:
            self.missing[name] = self.visit.t(MISSING)
        return text

    def _value(self, shape: str, text: str, row: Row, name: str) -> object:
        if not self._needed(text, name):
            return ""
        try:
            return self._parsed(shape, text, row)
        except _UnfitError:
            self.wrong[name] = self.visit.t(_WANTED[shape])
            return ""

    def _parsed(self, shape: str, text: str, row: Row) -> object:
        try:
            if shape in ("number", "percent"):
                return int(text.removesuffix("%").replace(",", "").strip())
            if shape == "amount":
                return to_minor(text.replace(",", ""), row.currency or currencies(self.visit)[0])
            if shape == "day":
                return date.fromisoformat(text).isoformat()
        except ValueError:
            raise _UnfitError from None
        if shape == "flag":
            if text not in ("true", "false"):
                raise _UnfitError
            return text == "true"
        return text


def read(visit: Visit, draft: Draft) -> Read:
    """The condition that a draft says, checked by the room as a saved one is."""
    reader = _Reader(visit)
    if draft.raw is not None:
        return _raw(visit, draft.raw)
    condition = reader.group(draft.whole, (), "/condition")
    if reader.wrong or reader.missing:
        return Read(None, reader.wrong, reader.missing)
    try:
        customers.read_condition(condition, customers.tag_conditions())
    except RefusedError as refused:
        return _refused(visit, refused, reader.places)
    return Read(condition, {}, {})


def decoded(visit: Visit, text: str) -> tuple[Json | None, str]:
    """A condition in JSON that the room takes, or what is wrong with it."""
    try:
        value = msgspec.json.decode(text)
        customers.read_condition(value, customers.tag_conditions())
    except msgspec.DecodeError:
        return None, visit.t("This is not JSON.")
    except RefusedError as refused:
        problem = visit.problem(refused.refusal)
        where = problem.where.removeprefix("/condition")
        return None, f"{problem.text} {problem.remedy}" + (f" ({where})" if where else "")
    return value, ""


def _raw(visit: Visit, text: str) -> Read:
    value, wrong = decoded(visit, text)
    return Read(value, {"raw": wrong} if wrong else {}, {})


def _refused(visit: Visit, refused: RefusedError, places: dict[str, Path]) -> Read:
    problem = visit.problem(refused.refusal)
    said = f"{problem.text} {problem.remedy}"
    for at in sorted(places, key=len, reverse=True):
        if problem.where == at or problem.where.startswith(f"{at}/"):
            rest = problem.where.removeprefix(at).strip("/")
            name = _PLACES.get(rest, _PLACES.get(rest.partition("/")[0], "field"))
            return Read(None, {f"{name}-{label(places[at])}": said}, {})
    return Read(None, {}, {}, other=said)

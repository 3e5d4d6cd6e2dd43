"""From what was typed to a promotion, with what is wrong beside the field where it is."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.frame import N_, Visit
from mainstem.console.promotions.draft import Draft
from mainstem.console.promotions.plan import CONDITION_KINDS, GOODS, HEAD, LIMITS, REWARD_KINDS, STACKING, Field
from mainstem.domains.pricing import Promotion, wrong_promotion
from mainstem.kernel.money import to_minor
from mainstem.kernel.refusals import Refusal

Json = dict[str, Any]

NESTED_MAX = 6
MISSING = N_("Type or choose a value.")
_WANTED = {
    "integer": N_("Type a whole number."),
    "amount": N_("Type an amount, no finer than the currency."),
    "percent": N_("Type a percentage such as 20 or 12.5."),
    "decimal": N_("Type a number such as 2 or 1.5."),
    "moment": N_("Choose a day and a time."),
    "attributes": N_("Type a name, =, and values separated by commas, one a line."),
}
_encode = msgspec.json.Encoder().encode


class Read(msgspec.Struct, frozen=True):
    """A promotion that holds together by itself, or None; what is `wrong` and `missing` by the names of fields.

    `other` is what is wrong with the whole.
    """

    promotion: Promotion | None
    wrong: dict[str, str]
    missing: dict[str, str]
    other: str = ""

    def problems(self, *, all_of_them: bool) -> dict[str, str]:
        """What is shown beside fields: while somebody is still typing, not what is not typed yet."""
        return {**self.missing, **self.wrong} if all_of_them else self.wrong


class _UnfitError(Exception):
    """What was typed is no value."""


class _Reader:
    def __init__(self, visit: Visit, draft: Draft) -> None:
        self.visit = visit
        self.draft = draft
        self.wrong: dict[str, str] = {}
        self.missing: dict[str, str] = {}

    def whole(self) -> Json:
        made = self._fields(HEAD, "")
        made["reward"] = self._typed("/reward", REWARD_KINDS[self.draft.text("/reward/type")].fields)
        made["when"] = self._conditions("/when", 0)
        made["stacking"] = self._fields(STACKING, "/stacking")
        made["limits"] = self._fields(LIMITS, "/limits")
        return made

    def _typed(self, at: str, fields: Iterable[Field], depth: int = 0) -> Json:
        return {"type": self.draft.text(f"{at}/type"), **self._fields(fields, at, depth)}

    def _conditions(self, at: str, depth: int) -> list[Json]:
        return [self._condition(f"{at}/{number}", depth) for number in self.draft.numbers(at)]

    def _condition(self, at: str, depth: int) -> Json:
        kind = CONDITION_KINDS.get(self.draft.text(f"{at}/type"))
        if kind is None or depth > NESTED_MAX:
            self.missing[f"{at}/type"] = self.visit.t(MISSING)
            return {}
        return self._typed(at, kind.fields, depth)

    def _fields(self, fields: Iterable[Field], at: str, depth: int = 0) -> Json:
        made: Json = {}
        for field in fields:
            value = self._field(field, f"{at}/{field.name}", depth)
            if value is None:
                continue
            inner = made
            *outer, name = field.name.split("/")
            for one in outer:
                inner = inner.setdefault(one, {})
            inner[name] = value
        return made

    def _field(self, field: Field, at: str, depth: int) -> object:
        match field.shape:
            case "goods":
                return self._goods(at, required=field.required)
            case "cut":
                return self._cut(at)
            case "parts":
                return [
                    {"of": self._goods(f"{at}/{n}/of", required=True), "items": self._integer(f"{at}/{n}/items")}
                    for n in self.draft.numbers(at)
                ]
            case "steps":
                return [self._step(f"{at}/{n}") for n in self.draft.numbers(at)]
            case "conditions":
                return self._conditions(at, depth + 1)
            case "condition":
                return self._condition(at, depth + 1)
        text = self.draft.text(at)
        if not text:
            if field.required:
                self.missing[at] = self.visit.t(MISSING)
            return None
        return self._parsed(field.shape, text, at)

    def _integer(self, at: str) -> object:
        return self._field(Field("", "", "integer", required=True), at, 0) or 0

    def _step(self, at: str) -> Json:
        shape = "amount" if self.draft.text("/reward/by") != "items" else "integer"
        least = self._field(Field("", "", shape, required=True), f"{at}/at_least", 0)  # type: ignore[arg-type]
        return {"at_least": least or 0, "cut": self._cut(f"{at}/cut")}

    def _goods(self, at: str, *, required: bool) -> Json | None:
        made = self._fields(GOODS, at)
        if self.draft.text(f"{at}/exclude/on"):
            made["exclude"] = self._goods(f"{at}/exclude", required=True)
        return made if made or required else None

    def _cut(self, at: str) -> Json:
        kind = self.draft.text(f"{at}/kind") or "percent"
        shape = "percent" if kind == "percent" else "amount"
        value = self._field(Field("", "", shape, required=True), f"{at}/value", 0)  # type: ignore[arg-type]
        return {} if value is None else {kind: value}

    def _parsed(self, shape: str, text: str, at: str) -> object:
        try:
            return self._value(shape, text, at)
        except (_UnfitError, ValueError, InvalidOperation):
            self.wrong[at] = self.visit.t(_WANTED[shape])
            return None

    def _value(self, shape: str, text: str, at: str) -> object:
        match shape:
            case "lines" | "checks":
                lines = self.draft.lines(at)
                return [int(line) for line in lines] if at.endswith("/weekdays") else lines
            case "integer":
                return int(text.replace(",", "").replace("，", ""))
            case "percent" | "decimal":
                return str(Decimal(text.removesuffix("%").strip()))
            case "flag":
                return True
            case "moment":
                local = datetime.fromisoformat(text)
                return local.replace(tzinfo=ZoneInfo(self.visit.zone)).astimezone(UTC).isoformat()
            case "attributes":
                return dict(_attribute(line) for line in self.draft.lines(at))
            case "amount":
                currency = self.draft.text("/currency")
                if not currency:
                    self.missing["/currency"] = self.visit.t(N_("Amounts need a currency."))
                    return None
                return to_minor(text.replace(",", "").replace("，", ""), currency)
        return text


def _attribute(line: str) -> tuple[str, list[str]]:
    name, equals, values = line.partition("=")
    listed = [value.strip() for value in values.replace("，", ",").split(",") if value.strip()]
    if not equals or not name.strip() or not listed:
        raise _UnfitError
    return name.strip(), listed


def read(visit: Visit, draft: Draft) -> Read:
    """The promotion that a draft says, checked by the room as far as it can without looking anything up."""
    reader = _Reader(visit, draft)
    made = reader.whole()
    if reader.wrong or reader.missing:
        return Read(None, reader.wrong, reader.missing)
    promotion, refused = decode(_encode(made))
    if promotion is None:
        return Read(None, {}, {}, other=refused)
    refusal = wrong_promotion(promotion)
    if refusal is not None:
        return refused_beside(visit, draft, refusal)
    return Read(promotion, {}, {})


def refused_beside(visit: Visit, draft: Draft, refusal: Refusal) -> Read:
    """What the room refuses, beside the field that it is about."""
    problem = visit.problem(refusal)
    said = f"{problem.text} {problem.remedy}"
    field = field_of(draft, problem.where.removeprefix("/promotion"))
    return Read(None, {field: said}, {}) if field else Read(None, {}, {}, other=said)


def field_of(draft: Draft, where: str) -> str:
    """The field that a pointer is typed in, or ""."""
    known = {f"/{field.name}" for field in HEAD}
    known |= {f"/stacking/{field.name}" for field in STACKING} | {f"/limits/{field.name}" for field in LIMITS}
    known |= draft.typed.keys() | {at.removesuffix("/type") for at in draft.typed if at.endswith("/type")}
    at = where
    while at:
        if (
            at.rpartition("/")[2] in ("percent", "amount_minor", "price_minor")
            and f"{at.rpartition('/')[0]}/value" in known
        ):
            return f"{at.rpartition('/')[0]}/value"
        if f"{at}/value" in known:
            return f"{at}/value"
        if f"{at}/en" in known:
            return f"{at}/en"
        if at in known:
            return at
        at = at.rpartition("/")[0]
    return ""


def decode(text: str | bytes) -> tuple[Promotion | None, str]:
    """A promotion in JSON, or what is wrong with it."""
    try:
        return msgspec.json.decode(text, type=Promotion), ""
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return None, str(error)

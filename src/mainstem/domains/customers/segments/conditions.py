"""Conditions as values: read from JSON, refused with what is wrong, where, and what to do."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from mainstem.domains.customers.consent import CHANNELS, PURPOSES
from mainstem.domains.customers.segments import contracts as c
from mainstem.domains.customers.tags.names import bad_tag_name
from mainstem.domains.customers.traits.contracts import Trait
from mainstem.domains.customers.traits.declared import TRAITS
from mainstem.kernel.refusals import RefusedError, refuse

Op = Literal["=", "!=", "<", "<=", ">", ">="]
Scalar = int | str | bool | date

DAYS_MAX = 3_650
TIMES_MAX = 10_000
LIST_MAX = 200
TEXT_LENGTH_MAX = 200
INTEGER_MAX = 2**53
SHOWN_LENGTH_MAX = 80

_OPS: tuple[str, ...] = get_args(Op)
_EQUAL = ("=", "!=")
_SETS = ("in", "known", "unknown")
_NUMBERS = ("number", "amount", "percent", "map")


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these; of none, always."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these; of none, never."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Compared:
    """A trait compared with values: one, several for `in`, none for `known` and `unknown`."""

    trait: Trait
    op: str
    values: tuple[Scalar, ...]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """A tag that people attach."""

    tag: str


@dataclass(frozen=True, slots=True)
class Bought:
    """Purchases of the last days that had something of a category, through a channel, at a node, counted."""

    days: int
    op: str
    times: int
    category: str | None = None
    channel: str | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Consented:
    """The customer may be used for a purpose, over a channel where it is named."""

    purpose: str
    channel: str = ""


Condition = All | Either | Not | Compared | Attached | Bought | Consented


def read_condition(value: object, library: Mapping[str, Condition], where: str = "/condition") -> Condition:
    """The condition that a JSON value stands for; `library` has the conditions of the tags that are computed.

    Raises `RefusedError` with the place of what is wrong as a JSON pointer.
    """
    condition = _read(value, library, where, 1)
    leaves = sum(1 for _ in leaves_of(condition))
    if leaves > c.LEAVES_MAX:
        raise RefusedError(refuse(c.CONDITION_TOO_LARGE, where, size=leaves, what="comparisons", limit=c.LEAVES_MAX))
    return condition


def leaves_of(condition: Condition) -> Iterator[Condition]:
    """The comparisons of a condition."""
    if isinstance(condition, All | Either):
        for part in condition.parts:
            yield from leaves_of(part)
    elif isinstance(condition, Not):
        yield from leaves_of(condition.part)
    else:
        yield condition


def _read(value: object, library: Mapping[str, Condition], where: str, depth: int) -> Condition:
    if depth > c.DEPTH_MAX:
        raise RefusedError(refuse(c.CONDITION_TOO_LARGE, where, size=depth, what="levels", limit=c.DEPTH_MAX))
    if not isinstance(value, dict):
        raise _malformed(where, "an object is expected")
    for word, made in (("all", All), ("any", Either)):
        if word in value:
            _only(value, where, word)
            parts = value[word]
            if not isinstance(parts, list | tuple) or not parts:
                raise _malformed(f"{where}/{word}", "a list of conditions is expected")
            if len(parts) > c.LEAVES_MAX:
                size = len(parts)
                raise RefusedError(
                    refuse(c.CONDITION_TOO_LARGE, where, size=size, what="comparisons", limit=c.LEAVES_MAX)
                )
            read = (_read(part, library, f"{where}/{word}/{n}", depth + 1) for n, part in enumerate(parts))
            return made(tuple(read))
    if "not" in value:
        _only(value, where, "not")
        return Not(_read(value["not"], library, f"{where}/not", depth + 1))
    if "tag" in value:
        return _tag(value, library, where)
    if "trait" in value:
        return _compared(value, where)
    if "bought" in value:
        return _bought(value, where)
    if "consent" in value:
        return _consented(value, where)
    raise _malformed(where, "none of all, any, not, trait, tag, bought, consent is named")


def _tag(value: Mapping[str, Any], library: Mapping[str, Condition], where: str) -> Condition:
    _only(value, where, "tag")
    name = _text(value["tag"], f"{where}/tag")
    if name in library:
        return library[name]
    if bad_tag_name(name) is not None:
        raise RefusedError(refuse(c.UNKNOWN_TAG, f"{where}/tag", tag=_shown(name), near=_near(name, library)))
    return Attached(name)


def _compared(value: Mapping[str, Any], where: str) -> Condition:
    _only(value, where, "trait", "op", "value", "key")
    name = _text(value["trait"], f"{where}/trait")
    trait = TRAITS.get(name)
    if trait is None:
        raise RefusedError(refuse(c.UNKNOWN_TRAIT, f"{where}/trait", trait=_shown(name), near=_near(name, TRAITS)))
    key = None
    if trait.kind in ("map", "text_map"):
        if "key" not in value:
            raise RefusedError(refuse(c.KEY_NEEDED, where, trait=name))
        key = _text(value["key"], f"{where}/key")
    elif "key" in value:
        raise RefusedError(refuse(c.NO_KEY, f"{where}/key", trait=name))
    op = value.get("op")
    choices = _choices(trait)
    if op not in choices:
        raise RefusedError(refuse(c.BAD_OPERATOR, f"{where}/op", trait=name, op=_shown(op), choices=", ".join(choices)))
    assert isinstance(op, str)
    if op in ("known", "unknown"):
        _only(value, where, "trait", "op", "key")
        return Compared(trait, op, (), key)
    if "value" not in value:
        raise _malformed(where, "a value is missing")
    given = value["value"]
    if op != "in":
        return Compared(trait, op, (_scalar(given, trait, f"{where}/value"),), key)
    if not isinstance(given, list | tuple) or not 0 < len(given) <= LIST_MAX:
        raise _malformed(f"{where}/value", f"a list of 1 to {LIST_MAX} values is expected")
    return Compared(trait, op, tuple(_scalar(one, trait, f"{where}/value/{n}") for n, one in enumerate(given)), key)


def _choices(trait: Trait) -> tuple[str, ...]:
    if trait.kind in ("text", "text_map"):
        return (*_EQUAL, *_SETS)
    if trait.kind == "flag":
        return (*_EQUAL, "known", "unknown")
    return (*_OPS, *_SETS)


def _scalar(value: object, trait: Trait, where: str) -> Scalar:
    """A value of the trait's kind; refused otherwise."""
    if trait.kind == "flag":
        if isinstance(value, bool):
            return value
        expected = "true or false"
    elif trait.kind in _NUMBERS:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= INTEGER_MAX:
            return value
        expected = "a whole number"
    elif trait.kind == "day":
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        expected = "a day such as 2026-01-31"
    else:
        if isinstance(value, str) and len(value) <= TEXT_LENGTH_MAX and "\0" not in value:
            return value
        expected = f"a text of at most {TEXT_LENGTH_MAX} characters"
    raise RefusedError(refuse(c.BAD_VALUE, where, trait=trait.name, value=_shown(value), detail=expected))


def _bought(value: Mapping[str, Any], where: str) -> Condition:
    _only(value, where, "bought", "days", "op", "value")
    narrowed = value["bought"]
    if not isinstance(narrowed, dict):
        raise _malformed(f"{where}/bought", "an object with category, channel, node is expected")
    _only(narrowed, f"{where}/bought", "category", "channel", "node")
    texts = {name: _text(text, f"{where}/bought/{name}") for name, text in narrowed.items()}
    op = value.get("op", ">=")
    if op not in _OPS:
        raise RefusedError(
            refuse(c.BAD_OPERATOR, f"{where}/op", trait="bought", op=_shown(op), choices=", ".join(_OPS))
        )
    days = _whole(value.get("days"), f"{where}/days", "days", 1, DAYS_MAX)
    times = _whole(value.get("value", 1), f"{where}/value", "bought", 0, TIMES_MAX)
    return Bought(days, op, times, texts.get("category"), texts.get("channel"), texts.get("node"))


def _consented(value: Mapping[str, Any], where: str) -> Condition:
    _only(value, where, "consent", "channel")
    purpose = _text(value["consent"], f"{where}/consent")
    if purpose not in PURPOSES:
        raise _no_consent(f"{where}/consent", "purpose", purpose, PURPOSES)
    if "channel" not in value:
        return Consented(purpose)
    channel = _text(value["channel"], f"{where}/channel")
    if not PURPOSES[purpose].by_channel:
        raise RefusedError(refuse(c.NO_KEY, f"{where}/channel", trait=purpose))
    if channel not in CHANNELS:
        raise _no_consent(f"{where}/channel", "channel", channel, CHANNELS)
    return Consented(purpose, channel)


def _no_consent(where: str, what: str, value: str, choices: Mapping[str, object]) -> RefusedError:
    return RefusedError(refuse(c.UNKNOWN_CONSENT, where, what=what, value=_shown(value), choices=", ".join(choices)))


def _whole(value: object, where: str, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        expected = f"a whole number from {least} to {most}"
        raise RefusedError(refuse(c.BAD_VALUE, where, trait=name, value=_shown(value), detail=expected))
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_LENGTH_MAX or "\0" in value:
        raise _malformed(where, f"a text of 1 to {TEXT_LENGTH_MAX} characters is expected")
    return value


def _only(value: Mapping[str, Any], where: str, *fields: str) -> None:
    for name in value:
        if name not in fields:
            raise _malformed(where, f"{_shown(name)} does not belong here")


def _malformed(where: str, detail: str) -> RefusedError:
    return RefusedError(refuse(c.CONDITION_MALFORMED, where, detail=detail))


def _near(name: str, names: Mapping[str, object]) -> str:
    return ", ".join(difflib.get_close_matches(name[:SHOWN_LENGTH_MAX], names, 3, 0.4)) or "–"


def _shown(value: object) -> str:
    return str(value)[:SHOWN_LENGTH_MAX]

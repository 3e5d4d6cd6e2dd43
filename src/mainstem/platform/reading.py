"""How untrusted input becomes values: whatever cannot be read is refused with a JSON pointer to the place.

Malformed JSON, unknown fields, wrong types, text that is not UTF-8 or holds U+0000, integers beyond 64 bits, moments
without a time zone.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, get_args, get_type_hints

import msgspec

from mainstem.kernel.refusals import MALFORMED, RefusedError, refuse
from mainstem.platform.texts import readable

C = TypeVar("C")
T = TypeVar("T")

INTEGER_MAX = 2**63 - 1
YEAR_MIN, YEAR_MAX = 1900, 2999

NOT_UTF8 = "the text is not UTF-8"
ZERO_CHARACTER = "the character U+0000 cannot be stored"
BIG_INTEGER = "the integer does not fit into 64 bits"
NO_ZONE = "the moment has no time zone"
FAR_OFF = "the moment is not between the years 1900 and 2999"
TOO_DEEP = "it is nested too deeply"

_ESCAPED_ZERO = b"\\u0000"
_LONG_NUMBER = re.compile(rb"[0-9]{19}").search
_ERROR = re.compile(r"(.*?)(?: - at `(.*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (?:missing required|contains unknown) field `(.*)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

_decode_any = msgspec.json.Decoder().decode


def malformed(detail: str, where: str = "") -> RefusedError:
    """The input cannot be read."""
    return RefusedError(refuse(MALFORMED, where, detail=detail))


def read_json(form: type[C], body: bytes) -> C:
    """The value of a type that a JSON text says; raises `RefusedError` when there is none."""
    value = decode(msgspec.json.Decoder(form).decode, body)
    for name, hint in get_type_hints(form).items():
        if is_moment(hint):
            check_moment(getattr(value, name), name)
    return value


def decode(decoder: Callable[[bytes], T], body: bytes, *, deep: bool = True) -> T:
    """What a decoder makes of a body; raises `RefusedError` with the place where it cannot be read.

    Without `deep` the values inside are not inspected: for bodies whose parts are read later.
    """
    try:
        value = decoder(body)
        if deep and (_ESCAPED_ZERO in body or _LONG_NUMBER(body)):
            inspect(_decode_any(body))
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None
    except UnicodeDecodeError:
        raise malformed(NOT_UTF8) from None
    except RecursionError:
        raise malformed(TOO_DEEP) from None
    except msgspec.DecodeError as error:
        raise malformed(readable(str(error))) from None
    return value


def decode_json(body: bytes) -> object:
    """What any JSON says; raises `RefusedError` when it is none."""
    return decode(_decode_any, body, deep=False)


def inspect(value: object, where: str = "") -> None:
    """Raises `RefusedError` when a decoded value holds what the database cannot: U+0000, integers beyond 64 bits."""
    if isinstance(value, str):
        if "\0" in value:
            raise malformed(ZERO_CHARACTER, where)
    elif isinstance(value, int):
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise malformed(BIG_INTEGER, where)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            inspect(item, f"{where}/{number}")
    elif isinstance(value, dict):
        for name, item in value.items():
            inspect(name, where)
            inspect(item, f"{where}/{escaped(name)}")


def check_moment(moment: datetime | None, name: str) -> None:
    """Raises `RefusedError` for a moment that is none on a calendar that everybody shares."""
    if moment is None:
        return
    if moment.tzinfo is None:
        raise malformed(NO_ZONE, f"/{name}")
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        raise malformed(FAR_OFF, f"/{name}")


def escaped(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def is_moment(hint: object) -> bool:
    """Whether a type is that of a moment, or may be."""
    return hint is datetime or datetime in get_args(hint)


def misfit(message: str) -> RefusedError:
    """The refusal for what the decoder says, such as "Expected `int`, got `str` - at `$.lines[0].quantity`"."""
    match = _ERROR.fullmatch(message)
    detail, path = (message, None) if match is None else match.groups()
    where = "".join(f"/{escaped(name or number)}" for name, number in _STEP.findall(path or ""))
    field = _FIELD.fullmatch(detail)
    if field is not None:
        where += f"/{escaped(field[1])}"
    return malformed(readable(detail), where)

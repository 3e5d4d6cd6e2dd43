"""How input becomes values: JSON bodies into frozen commands, query strings into frozen filters.

Whatever cannot be read is refused with a JSON pointer to the place: malformed JSON, unknown fields, wrong types, text
that is not UTF-8 or holds U+0000, integers beyond 64 bits, moments without a time zone.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar, get_args, get_type_hints
from urllib.parse import parse_qsl

import msgspec

from mainstem.api.exchange import INTEGER_MAX, NOT_UTF8, ZERO_CHARACTER, malformed
from mainstem.kernel.refusals import RefusedError
from mainstem.platform.texts import readable

C = TypeVar("C", bound=msgspec.Struct)
Q = TypeVar("Q", bound=msgspec.Struct)
T = TypeVar("T")

QUERY_FIELDS_MAX = 2_000
YEAR_MIN, YEAR_MAX = 1900, 2999

BIG_INTEGER = "the integer does not fit into 64 bits"
NO_ZONE = "the moment has no time zone"
FAR_OFF = "the moment is not between the years 1900 and 2999"
TOO_DEEP = "it is nested too deeply"
TWICE = "it is given twice"

_ESCAPED_ZERO = b"\\u0000"
_LONG_NUMBER = re.compile(rb"[0-9]{19}").search
_ERROR = re.compile(r"(.*?)(?: - at `(.*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (?:missing required|contains unknown) field `(.*)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

_decode_any = msgspec.json.Decoder().decode


class Reader(Generic[C]):
    """Reads commands of one type; `given` names the fields that come from the path instead of the body.

    `tag` makes the body type one of a union, told apart by the field `type`.
    """

    def __init__(self, command: type[C], given: Sequence[str] = (), tag: str | None = None) -> None:
        self.command = command
        self.body_type: type[msgspec.Struct] = command if not given and tag is None else _without(command, given, tag)
        self._same = self.body_type is command
        self._decode = msgspec.json.Decoder(self.body_type).decode
        self._moments = tuple(name for name, hint in get_type_hints(command).items() if _is_moment(hint))

    def read(self, body: bytes, **given: object) -> C:
        """The command in a body; raises `RefusedError` when there is none."""
        value: Any = decode(self._decode, body)
        if not self._same:
            value = self.command(**given, **{name: getattr(value, name) for name in value.__struct_fields__})
        for name in self._moments:
            _check_moment(getattr(value, name), name)
        return value  # type: ignore[no-any-return]


def decode(decoder: Callable[[bytes], T], body: bytes, *, deep: bool = True) -> T:
    """What a decoder makes of a body; raises `RefusedError` with the place where it cannot be read.

    Without `deep` the values inside are not inspected: for bodies whose parts are read later.
    """
    try:
        value = decoder(body)
        if deep and (_ESCAPED_ZERO in body or _LONG_NUMBER(body)):
            inspect(_decode_any(body))
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
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
            inspect(item, f"{where}/{_escaped(name)}")


def read_query(filter_type: type[Q], query: bytes) -> Q:
    """The filter in a query string: a field that is a tuple may be given many times, others once."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS_MAX
        )
    except UnicodeDecodeError:
        raise malformed(NOT_UTF8) from None
    except ValueError as error:
        raise malformed(str(error).lower()) from None
    many = {field.name for field in msgspec.structs.fields(filter_type) if _is_tuple(field.type)}
    values: dict[str, Any] = {}
    for name, value in pairs:
        if "\0" in value:
            raise malformed(ZERO_CHARACTER, f"/{_escaped(name)}")
        if name in many:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise malformed(TWICE, f"/{_escaped(name)}")
        else:
            values[name] = value
    try:
        found = msgspec.convert(values, filter_type, strict=False)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
    for name in found.__struct_fields__:
        value = getattr(found, name)
        if isinstance(value, datetime):
            _check_moment(value, name)
        elif isinstance(value, int):
            inspect(value, f"/{name}")
    return found


def _check_moment(moment: datetime | None, name: str) -> None:
    """Raises `RefusedError` for a moment that is none on a calendar that everybody shares."""
    if moment is None:
        return
    if moment.tzinfo is None:
        raise malformed(NO_ZONE, f"/{name}")
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        raise malformed(FAR_OFF, f"/{name}")


def _misfit(message: str) -> RefusedError:
    """The refusal for what the decoder says, such as "Expected `int`, got `str` - at `$.lines[0].quantity`"."""
    match = _ERROR.fullmatch(message)
    detail, path = (message, None) if match is None else match.groups()
    where = "".join(f"/{_escaped(name or number)}" for name, number in _STEP.findall(path or ""))
    field = _FIELD.fullmatch(detail)
    if field is not None:
        where += f"/{_escaped(field[1])}"
    return malformed(readable(detail), where)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _is_moment(hint: object) -> bool:
    return hint is datetime or datetime in get_args(hint)


def _is_tuple(hint: object) -> bool:
    return getattr(hint, "__origin__", None) is tuple


def _without(command: type[msgspec.Struct], given: Sequence[str], tag: str | None) -> type[msgspec.Struct]:
    """The command's struct without the fields that the path gives, with its text as documentation."""
    fields: list[Any] = []
    for field in msgspec.structs.fields(command):
        if field.name in given:
            continue
        if field.required:
            fields.append((field.name, field.type))
        else:
            default = (
                field.default
                if field.default is not msgspec.NODEFAULT
                else msgspec.field(default_factory=field.default_factory)
            )
            fields.append((field.name, field.type, default))
    return msgspec.defstruct(
        f"{command.__name__}{'Item' if tag else 'Body'}",
        fields,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        tag=tag,
        tag_field="type" if tag else None,
        namespace={"__doc__": command.__doc__},
    )

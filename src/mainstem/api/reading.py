"""How input becomes values: JSON bodies into frozen commands, query strings into frozen filters.

Whatever cannot be read is refused with a JSON pointer to the place: malformed JSON, unknown fields, wrong types, text
that is not UTF-8 or holds U+0000, integers beyond 64 bits, moments without a time zone.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar, get_type_hints
from urllib.parse import parse_qsl

import msgspec

from mainstem.platform.reading import (
    NOT_UTF8,
    ZERO_CHARACTER,
    check_moment,
    decode,
    decode_json,
    escaped,
    inspect,
    is_moment,
    malformed,
    misfit,
)

C = TypeVar("C", bound=msgspec.Struct)
Q = TypeVar("Q", bound=msgspec.Struct)

QUERY_FIELDS_MAX = 2_000
TWICE = "it is given twice"

__all__ = ["Reader", "decode", "decode_json", "inspect", "read_query"]


class Reader(Generic[C]):
    """Reads commands of one type; `given` names the fields that come from the path instead of the body.

    `tag` makes the body type one of a union, told apart by the field `type`.
    """

    def __init__(self, command: type[C], given: Sequence[str] = (), tag: str | None = None) -> None:
        self.command = command
        self.body_type: type[msgspec.Struct] = (
            command if not given and tag is None else _without(command, tuple(given), tag)
        )
        self._same = self.body_type is command
        self._decode = msgspec.json.Decoder(self.body_type).decode
        self._moments = tuple(name for name, hint in get_type_hints(command).items() if is_moment(hint))

    def read(self, body: bytes, **given: object) -> C:
        """The command in a body; raises `RefusedError` when there is none."""
        value: Any = decode(self._decode, body)
        if not self._same:
            value = self.command(**given, **{name: getattr(value, name) for name in value.__struct_fields__})
        for name in self._moments:
            check_moment(getattr(value, name), name)
        return value  # type: ignore[no-any-return]


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
            raise malformed(ZERO_CHARACTER, f"/{escaped(name)}")
        if name in many:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise malformed(TWICE, f"/{escaped(name)}")
        else:
            values[name] = value
    try:
        found = msgspec.convert(values, filter_type, strict=False)
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None
    for name in found.__struct_fields__:
        value = getattr(found, name)
        if isinstance(value, datetime):
            check_moment(value, name)
        elif isinstance(value, int):
            inspect(value, f"/{name}")
    return found


def _is_tuple(hint: object) -> bool:
    return getattr(hint, "__origin__", None) is tuple


@cache
def _without(command: type[msgspec.Struct], given: tuple[str, ...], tag: str | None) -> type[msgspec.Struct]:
    """The command's struct without the fields that the path gives, with its text as documentation.

    The same struct for the same question: two routes of one command are one component of the document.
    """
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

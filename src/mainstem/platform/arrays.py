"""Columns of a batch as PostgreSQL arrays in binary form.

psycopg picks the narrowest integer type for each list, which would prepare a new statement for every width, and dumps
element by element. These list types have one fixed type each and are packed at once.
"""

import struct
from datetime import UTC, datetime, timedelta

from psycopg import AsyncConnection, Connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

_INT8_OID, _INT8_ARRAY_OID = 20, 1016
_TEXT_OID, _TEXT_ARRAY_OID = 25, 1009
_BYTEA_OID, _BYTEA_ARRAY_OID = 17, 1001
_TIMESTAMPTZ_OID, _TIMESTAMPTZ_ARRAY_OID = 1184, 1185
_ELEMENT = struct.Struct(">iq").pack
_LENGTH = struct.Struct(">i").pack
_NULL = struct.pack(">i", -1)
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Bigints(list[int | None]):
    """A `bigint[]` parameter."""


class Moments(list[datetime | None]):
    """A `timestamptz[]` parameter; every element is aware."""


class Texts(list[str]):
    """A `text[]` parameter; cheap where values repeat."""


class Byteas(list[bytes]):
    """A `bytea[]` parameter."""


class Encoded(list[bytes]):
    """A `text[]` parameter whose elements are UTF-8 already."""


def _packed(values: list[int | None], element_oid: int) -> bytes:
    count = len(values)
    if not count:
        return struct.pack(">iiI", 0, 0, element_oid)
    if None in values:
        head = struct.pack(">iiIii", 1, 1, element_oid, count, 1)
        return head + b"".join([_NULL if value is None else _ELEMENT(8, value) for value in values])
    flat: list[int | None] = [8] * (2 * count)
    flat[1::2] = values
    return struct.pack(f">iiIii{'iq' * count}", 1, 0, element_oid, count, 1, *flat)


class _BigintsDumper(Dumper):
    format = Format.BINARY
    oid = _INT8_ARRAY_OID

    def dump(self, obj: Bigints) -> bytes:
        return _packed(obj, _INT8_OID)


class _MomentsDumper(Dumper):
    format = Format.BINARY
    oid = _TIMESTAMPTZ_ARRAY_OID

    def dump(self, obj: Moments) -> bytes:
        known: dict[datetime, int] = {}
        for moment in obj:
            if moment is not None and moment not in known:
                known[moment] = (moment - _POSTGRES_EPOCH) // _MICROSECOND
        return _packed([None if moment is None else known[moment] for moment in obj], _TIMESTAMPTZ_OID)


class _TextsDumper(Dumper):
    format = Format.BINARY
    oid = _TEXT_ARRAY_OID

    def dump(self, obj: Texts) -> bytes:
        known: dict[str, bytes] = {}
        parts = [_header(len(obj), _TEXT_OID)]
        for text in obj:
            element = known.get(text)
            if element is None:
                encoded = text.encode()
                element = known[text] = _LENGTH(len(encoded)) + encoded
            parts.append(element)
        return b"".join(parts)


class _ByteasDumper(Dumper):
    format = Format.BINARY
    oid = _BYTEA_ARRAY_OID
    element_oid = _BYTEA_OID

    def dump(self, obj: list[bytes]) -> bytes:
        parts = [_header(len(obj), self.element_oid)]
        for value in obj:
            parts += (_LENGTH(len(value)), value)
        return b"".join(parts)


class _EncodedDumper(_ByteasDumper):
    oid = _TEXT_ARRAY_OID
    element_oid = _TEXT_OID


def _header(count: int, element_oid: int) -> bytes:
    """How a binary array without nulls begins."""
    if not count:
        return struct.pack(">iiI", 0, 0, element_oid)
    return struct.pack(">iiIii", 1, 0, element_oid, count, 1)


def register(connection: AsyncConnection[object] | Connection[object]) -> None:
    """Teach a connection the list types."""
    connection.adapters.register_dumper(Bigints, _BigintsDumper)
    connection.adapters.register_dumper(Moments, _MomentsDumper)
    connection.adapters.register_dumper(Texts, _TextsDumper)
    connection.adapters.register_dumper(Byteas, _ByteasDumper)
    connection.adapters.register_dumper(Encoded, _EncodedDumper)

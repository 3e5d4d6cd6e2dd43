"""Cursors: opaque positions in an order that does not move when rows are added."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import cache
from types import GenericAlias
from typing import TypeVar

import msgspec

from mainstem.api.exchange import malformed
from mainstem.api.reading import inspect
from mainstem.kernel.refusals import RefusedError

PAGE_DEFAULT = 50
PAGE_MAX = 200
"""Rows of one page."""

NO_CURSOR = "this is not a cursor of this list"

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


def page(rows: Sequence[object], limit: int, position: Sequence[object] | None) -> dict[str, object]:
    """A page of a list: `items`, and `next`, the cursor of the page behind it, None when this one is not full."""
    return {
        "items": rows,
        "next": cursor_at(position) if position is not None and len(rows) == limit else None,
    }


def cursor_at(position: Sequence[object]) -> str:
    """The cursor that stands for a position."""
    return urlsafe_b64encode(_encode(position)).decode().rstrip("=")


def position_of(cursor: str | None, form: type[T]) -> T | None:
    """The position that a cursor stands for; refused when it is none of this list."""
    if cursor is None:
        return None
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        inspect(msgspec.json.decode(raw))
        return msgspec.json.decode(raw, type=form)
    except (ValueError, RecursionError, RefusedError):
        raise malformed(NO_CURSOR, "/cursor") from None


@cache
def page_of(row: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The type of a page of rows, for the documentation; the same one for the same rows."""
    return msgspec.defstruct(
        f"{row.__name__}Page", [("items", GenericAlias(list, (row,))), ("next", str | None, None)], frozen=True
    )

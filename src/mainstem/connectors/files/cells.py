"""How a cell of text is read: the value, or CellError. Blank cells are the caller's business."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from mainstem.connectors.files import contracts as c
from mainstem.domains.catalog import BAD_CODE, UNKNOWN_CURRENCY, UNKNOWN_UNIT
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.money import CURRENCIES, to_minor
from mainstem.kernel.quantity import QUANTITY_MAX, UNITS
from mainstem.kernel.refusals import Refusal, RefusalCode, refuse

T = TypeVar("T")

SHOWN_LENGTH_MAX = 80
"""Characters of a refused value that the refusal repeats."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})")
_SHORTENED = re.compile(r"[+-]?[0-9](?:[.,][0-9]*)?[eE]\+[0-9]+")
_FULL_WIDTH = re.compile("[\uff01-\uff5e\u3000]")
_HAS_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")
_RISKY = re.compile("'*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet may take for a formula, the full-width forms included, behind any number of apostrophes."""


class CellError(Exception):
    """A cell that cannot be read: its column, and why."""

    def __init__(self, column: str, refusal: Refusal) -> None:
        super().__init__(f"{column}: {refusal.message()}")
        self.column = column
        self.refusal = refusal


def fail(where: str, reason: RefusalCode, /, **params: str | int) -> NoReturn:
    """Turn a cell down; the value is repeated up to a length."""
    value = params.get("value")
    if isinstance(value, str):
        params["value"] = value[:SHOWN_LENGTH_MAX]
    raise CellError(where, refuse(reason, f"/{where}", **params))


def code(column: str, text: str) -> str:
    """A code exactly as written: leading zeros stay, and nothing is trimmed or converted."""
    if text.isascii():
        if text.isalnum() and len(text) <= 64:  # noqa: PLR2004 - the common case of is_code, checked in C
            return text
    elif _FULL_WIDTH.search(text):
        fail(column, c.CELL_FULL_WIDTH, value=text, plain=unicodedata.normalize("NFKC", text)[:SHOWN_LENGTH_MAX])
    if _SHORTENED.fullmatch(text):
        fail(column, c.CELL_SPREADSHEET, value=text)
    if not is_code(text):
        fail(column, BAD_CODE, code=text[:SHOWN_LENGTH_MAX])
    return text


def integer(column: str, text: str) -> int:
    """A whole number; full-width digits count as digits."""
    if text.isascii() and text.isdigit() and len(text) <= 18:  # noqa: PLR2004 - what int64 holds for certain
        return int(text)
    plain = _plain_number(column, text)
    if _INTEGER.fullmatch(plain) is None:
        fail(column, c.CELL_NUMBER, value=text, wanted="a whole number")
    return int(plain)


def decimal(column: str, text: str) -> Decimal:
    """A decimal number with a point; full-width digits count as digits."""
    plain = _plain_number(column, text)
    if _DECIMAL.fullmatch(plain) is None:
        fail(column, c.CELL_NUMBER, value=text, wanted="a decimal number")
    return Decimal(plain)


def _plain_number(column: str, text: str) -> str:
    plain = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    if _SHORTENED.fullmatch(plain):
        fail(column, c.CELL_SPREADSHEET, value=text)
    return plain


def amount(column: str, text: str, currency: str) -> int:
    """Minor units of a decimal amount."""
    if currency not in CURRENCIES:
        fail("currency", UNKNOWN_CURRENCY, currency=currency[:SHOWN_LENGTH_MAX])
    number = decimal(column, text)
    try:
        return to_minor(str(number), currency)
    except ValueError:
        fail(column, c.CELL_NUMBER, value=text, wanted=f"an amount in {currency}")


def steps(column: str, text: str, unit: str) -> int:
    """Smallest steps of a decimal number of whole units."""
    if unit not in UNITS:
        fail("unit", UNKNOWN_UNIT, unit=unit[:SHOWN_LENGTH_MAX], units=", ".join(UNITS))
    scaled = decimal(column, text) * UNITS[unit].steps_per_unit
    if scaled != scaled.to_integral_value() or abs(scaled) > QUANTITY_MAX:
        fail(column, c.CELL_NUMBER, value=text, wanted=f"a quantity in {unit}")
    return int(scaled)


def degrees(column: str, text: str) -> float:
    """A coordinate."""
    return float(decimal(column, text))


def moment(column: str, text: str, zone: str | None) -> datetime:
    """An instant in UTC. Without offset it is taken in the zone; of a local time that exists twice, the earlier.

    A local time that does not exist, because clocks were put forward over it, is refused.
    """
    plain = text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()
    try:
        found = datetime.fromisoformat(plain) if _HAS_TIME.match(plain) else None
    except ValueError:
        found = None
    if found is None:
        fail(column, c.CELL_MOMENT, value=text)
    return instant(column, found, zone)


def instant(column: str, found: datetime, zone: str | None) -> datetime:
    """A moment in UTC, as `moment` says of one without offset."""
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    if zone is None:
        fail(column, c.CELL_NO_OFFSET, value=found.isoformat())
    utc = found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != found:
        fail(column, c.CELL_MOMENT, value=f"{found.isoformat()} {zone}")
    return utc


def choice(column: str, text: str, choices: tuple[str, ...]) -> str:
    """One of the words known."""
    if text not in choices:
        fail(column, c.CELL_CHOICE, value=text, choices=", ".join(choices))
    return text


def items(text: str) -> tuple[str, ...]:
    r"""The entries of a list cell, `a|b`; a separator inside an entry is written `\|`, a backslash `\\`."""
    if not text:
        return ()
    if "\\" not in text:
        return tuple(text.split("|"))
    parts = [""]
    escaped = False
    for character in text:
        if escaped or character not in "\\|":
            parts[-1] += character
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            parts.append("")
    return tuple(parts)


def join_items(entries: tuple[str, ...]) -> str:
    """The list cell that `items` reads back."""
    return "|".join(entry.replace("\\", "\\\\").replace("|", "\\|") for entry in entries)


def json_reader(type_: type[T]) -> Callable[[str, str], T]:
    """A reader of cells that hold JSON of a type."""
    decode = msgspec.json.Decoder(type_).decode

    def read(column: str, text: str) -> T:
        try:
            return decode(text)
        except msgspec.DecodeError as error:
            fail(column, c.CELL_JSON, column=column, detail=str(error))

    return read


def guard(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe comes before `=`, `+`, `-`, `@`, tab, return."""
    return f"'{text}" if _RISKY.match(text) else text


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    return text[1:] if text[:1] == "'" and _RISKY.match(text) else text

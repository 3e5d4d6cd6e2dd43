"""DuckDB's functions on texts, dates and lists, value for value.

DuckDB measures similarity on UTF-8 bytes, so texts beyond ASCII are compared as bytes: 张 is three units long.
"""

import calendar
import re
from collections.abc import Callable
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein, Jaro, JaroWinkler, Levenshtein

from mainstem.domains.customers.matching.refusals import unusable

_jaro_winkler = JaroWinkler.similarity
_jaro = Jaro.similarity
_levenshtein = Levenshtein.distance
_damerau_levenshtein = DamerauLevenshtein.distance


def text(value: object) -> str:
    """The value, which has to be a text; raises RefusedError otherwise."""
    if isinstance(value, str):
        return value
    raise unusable(f"a text is needed where a record has {type(value).__name__}")


def number(value: object) -> float:
    """The value, which has to be a number; raises RefusedError otherwise."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise unusable(f"a number is needed where a record has {type(value).__name__}")


def items(value: object) -> list[Any]:
    """The value, which has to be a list; raises RefusedError otherwise."""
    if isinstance(value, (list, tuple)):
        return list(value)
    raise unusable(f"a list is needed where a record has {type(value).__name__}")


def equal(one: object, other: object) -> bool:
    """SQL's `=` of two values of one type; raises RefusedError where SQL would convert one of them."""
    if isinstance(one, str) is not isinstance(other, str):
        raise unusable(f"{type(one).__name__} is compared with {type(other).__name__}")
    return one == other


def above(one: object, other: object) -> bool:
    """SQL's `>` of two numbers or two texts; raises RefusedError for anything else."""
    if isinstance(one, str) and isinstance(other, str):
        return one > other
    return number(one) > number(other)


def jaro_winkler(one: str, other: str) -> float:
    """`jaro_winkler_similarity`: 0 to 1; 0 when both are empty, as DuckDB has it."""
    if one.isascii() and other.isascii():
        return _jaro_winkler(one, other) if one or other else 0.0
    return _jaro_winkler(one.encode(), other.encode())


def jaro(one: str, other: str) -> float:
    """`jaro_similarity`: 0 to 1; 0 when both are empty, as DuckDB has it."""
    if one.isascii() and other.isascii():
        return _jaro(one, other) if one or other else 0.0
    return _jaro(one.encode(), other.encode())


def levenshtein(one: str, other: str) -> int:
    """`levenshtein`: bytes inserted, deleted or replaced."""
    if one.isascii() and other.isascii():
        return _levenshtein(one, other)
    return _levenshtein(one.encode(), other.encode())


def damerau_levenshtein(one: str, other: str) -> int:
    """`damerau_levenshtein`: bytes inserted, deleted, replaced or swapped."""
    if one.isascii() and other.isascii():
        return _damerau_levenshtein(one, other)
    return _damerau_levenshtein(one.encode(), other.encode())


def list_intersect(one: object, other: object) -> list[Any]:
    """`list_intersect`: the distinct elements that both have, without NULL."""
    return list((set(items(one)) & set(items(other))) - {None})


NAMED: dict[str, Callable[[Any, Any], Any]] = {
    "jaro_similarity": jaro,
    "damerau_levenshtein": damerau_levenshtein,
    "list_intersect": list_intersect,
}
"""Functions of two values that sqlglot has no class for."""


def part(value: object, delimiter: str, number: int) -> str:
    """`split_part`: the part of a text with a number from 1, "" beyond the last."""
    parts = text(value).split(delimiter)
    return parts[number - 1] if number <= len(parts) else ""


def element(value: object, position: int) -> Any:  # noqa: ANN401 - of a list, whatever it holds
    """The element at a position from 0; None, SQL's NULL, beyond the end."""
    if isinstance(value, str):
        return value[position : position + 1]
    found = items(value)
    return found[position] if position < len(found) else None


_SAFE_PATTERN = re.compile(r"(?:[^\\(]|\((?!\?)|\\[dws.+\-/@()])*")


def extractor(pattern: str, group: int) -> Callable[[Any], str]:
    """`regexp_extract`: the group of the first match, "" without one.

    Raises RefusedError for patterns that Python and RE2 may read differently.
    """
    if not _SAFE_PATTERN.fullmatch(pattern):
        raise unusable(f"the pattern {pattern!r} is not known here")
    try:
        # RE2's $ is the very end of the text, and its classes are ASCII.
        found = re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern), re.ASCII)
    except re.error:
        raise unusable(f"the pattern {pattern!r} cannot be read") from None
    if group > found.groups:
        raise unusable(f"the pattern {pattern!r} has no group {group}")

    def extract(value: object) -> str:
        match = found.search(text(value))
        return "" if match is None else match[group] or ""

    return extract


_PARTS = {"Y": (4, "year"), "m": (2, "month"), "d": (2, "day")}
_PARTS |= {"H": (2, "hour"), "M": (2, "minute"), "S": (2, "second")}


def moment_reader(form: str) -> Callable[[Any], float | None]:
    """`epoch(try_strptime(…, form))`: seconds since 1970 in UTC, None for what is not of the form.

    Raises RefusedError for a form with more than %Y %m %d %H %M %S and plain characters.
    """
    tokens = re.findall(r"%.|[^%]", form)
    if any(token[0] == "%" and token[1:] not in _PARTS for token in tokens) or "".join(tokens) != form:
        raise unusable(f"the date format {form!r} is not known here")

    def read(value: object) -> float | None:
        rest = text(value).strip(" ")
        found = {"year": 1900, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}
        for token in tokens:
            if token[0] != "%":
                if not rest.startswith(token):
                    return None
                rest = rest[1:]
                continue
            width, part = _PARTS[token[1]]
            digits = re.match(rf"[0-9]{{1,{width}}}", rest)
            if digits is None:
                return None
            found[part], rest = int(digits[0]), rest[digits.end() :]
        return None if rest else _seconds(found)

    return read


def _seconds(parts: dict[str, int]) -> float | None:
    year, month, day = parts["year"], parts["month"], parts["day"]
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year or 2000, month)[1]:  # noqa: PLR2004 - months
        return None
    if parts["hour"] > 23 or parts["minute"] > 59 or parts["second"] > 59:  # noqa: PLR2004 - of a clock
        return None
    # Days from civil, proleptic Gregorian, by Howard Hinnant: Python's dates know no year 0.
    shifted = year - (month <= 2)  # noqa: PLR2004 - years begin in March
    era, of_era = divmod(shifted, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1  # noqa: PLR2004 - the same
    days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
    return float(days * 86400 + parts["hour"] * 3600 + parts["minute"] * 60 + parts["second"])

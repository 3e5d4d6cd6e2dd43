"""What each column of a file holds, from its name and from what stands in it; a mapping has the last word."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from mainstem.analytics.identity import vocabulary
from mainstem.analytics.identity.contracts import MAPPING_UNUSABLE, ColumnUse, Role
from mainstem.kernel.refusals import RefusedError, refuse

SAMPLE_VALUES = 2_000
TEXT_LENGTH_MAX = 80
"""Average characters of a text that is compared; what is longer is prose."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE = re.compile(
    r"(1[89]|20)\d\d[-/.年 ]?\d{1,2}[-/.月 ]?\d{1,2}日?([ T].*)?|\d{1,2}[-/. ]\d{1,2}[-/. ](\d{4}|\d{2})|"
    r"\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}"
)
_PHONE = re.compile(r"\+?[\d][\d ()./-]{6,18}")
_DECIMAL = re.compile(r"-?\d+[.,]\d+|-?[\d.]+e[+-]?\d+", re.IGNORECASE)
_CODE = re.compile(r"(?=.*\d)[\w./ -]{2,24}")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping file: column → role; columns whose different values are never one person; sources."""

    columns: dict[str, Role] = {}
    unique: list[str] = []
    truth: str = ""
    sources_without_duplicates: list[str] = []


def read_mapping(path: Path) -> Mapping:
    """The mapping of a TOML file; raises RefusedError with what is wrong in it."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Mapping)
    except OSError as error:
        detail = str(error.strerror)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        detail = str(error)
    raise RefusedError(refuse(MAPPING_UNUSABLE, file=path.name, detail=" ".join(detail.split()).rstrip(".")))


class Seen(msgspec.Struct, frozen=True):
    """A column as far as it was looked at: shares are of the values that are not blank."""

    rows: int
    filled: int
    distinct: int
    values: list[str]

    def share(self, pattern: re.Pattern[str]) -> float:
        """How many of the values looked at are of a form."""
        return sum(pattern.fullmatch(value) is not None for value in self.values) / max(1, len(self.values))

    @property
    def length(self) -> float:
        """Average characters."""
        return sum(map(len, self.values)) / max(1, len(self.values))


def look(column: Any) -> Seen:  # noqa: ANN401 - a pyarrow.ChunkedArray of texts
    """Count a column's values, and take some from all over it."""
    trimmed = pc.utf8_trim_whitespace(column)
    known = pc.filter(trimmed, pc.fill_null(pc.not_equal(trimmed, ""), fill_value=False))
    filled = len(known)
    step = max(1, filled // SAMPLE_VALUES)
    places = pa.array(range(0, filled, step)[:SAMPLE_VALUES], pa.int64())
    values = known.take(places).to_pylist() if filled else []
    return Seen(len(column), filled, pc.count_distinct(known).as_py() if filled else 0, values)


def guess(table: Any, mapping: Mapping, truth: str) -> list[ColumnUse]:  # noqa: ANN401 - a pyarrow.Table
    """What each column is taken for. Raises RefusedError for a mapping that names columns that are not there."""
    names: list[str] = table.column_names
    for name in (*mapping.columns, *mapping.unique):
        if name not in names:
            detail = f"it names a column {name!r} that the file does not have"
            raise RefusedError(refuse(MAPPING_UNUSABLE, file="", detail=detail))
    uses = [_use(name, table.column(name), mapping, truth) for name in names]
    return _settled(uses, {use.column: look(table.column(use.column)) for use in uses if use.role in _NAMES})


def _use(name: str, column: Any, mapping: Mapping, truth: str) -> ColumnUse:  # noqa: ANN401 - pyarrow
    if name == truth:
        return ColumnUse(name, Role.IGNORE, "the truth")
    if name in mapping.columns:
        return ColumnUse(name, mapping.columns[name], "mapping")
    if vocabulary.is_truth(name):
        return ColumnUse(name, Role.IGNORE, "called like an answer")
    seen = look(column)
    if seen.filled == 0:
        return ColumnUse(name, Role.IGNORE, "empty")
    if vocabulary.is_record_id(name):
        return ColumnUse(name, Role.IGNORE, "called like a number of the row")
    if vocabulary.is_ignored(name):
        return ColumnUse(name, Role.IGNORE, "called like nothing of a person")
    if seen.distinct == 1 and seen.rows > 1:
        return ColumnUse(name, Role.IGNORE, "one value only")
    named = vocabulary.role_of(name)
    if named is not None and (fitting := _fitting(named, seen)) is not None:
        return ColumnUse(name, fitting, "name" if fitting is named else "name and content")
    return ColumnUse(name, *_by_content(seen))


def _fitting(role: Role, seen: Seen) -> Role | None:
    """The role a name says, unless what stands in the column is something else."""
    if role is Role.BIRTH_DATE and seen.share(_DATE) < 0.4:  # noqa: PLR2004 - most of what is there
        year = seen.share(re.compile(r"(1[89]|20)\d\d")) > 0.8  # noqa: PLR2004 - nearly all
        return Role.BIRTH_YEAR if year else Role.CODE
    if role is Role.EMAIL and seen.share(re.compile(r".*@.*")) < 0.4:  # noqa: PLR2004 - most of what is there
        return None
    if role in (Role.GIVEN_NAME, Role.FAMILY_NAME, Role.FULL_NAME) and seen.share(re.compile(r"[\d\W]+")) > 0.5:  # noqa: PLR2004
        return None
    return role


def _by_content(seen: Seen) -> tuple[Role, str]:
    if seen.share(_EMAIL) > 0.6:  # noqa: PLR2004 - most of what is there
        return Role.EMAIL, "content"
    if seen.share(_DATE) > 0.8:  # noqa: PLR2004 - nearly all
        return Role.BIRTH_DATE, "content"
    if seen.distinct == seen.filled and (seen.share(_UUID) > 0.9 or seen.share(re.compile(r".*\d.*")) > 0.9):  # noqa: PLR2004
        return Role.IGNORE, "different in every row"
    if seen.share(_DECIMAL) > 0.3:  # noqa: PLR2004 - amounts, measures
        return Role.IGNORE, "numbers with decimals"
    if seen.length > TEXT_LENGTH_MAX:
        return Role.IGNORE, "long texts"
    if seen.distinct <= max(30, seen.filled // 200):
        return Role.CATEGORY, "content"
    if seen.share(_PHONE) > 0.8 and seen.length >= 9:  # noqa: PLR2004 - digits of a number with its area
        return Role.PHONE, "content"
    if seen.share(_CODE) > 0.8:  # noqa: PLR2004 - nearly all
        return Role.CODE, "content"
    return Role.TEXT, "content"


_NAMES = (Role.GIVEN_NAME, Role.FAMILY_NAME, Role.FULL_NAME)


def _settled(uses: list[ColumnUse], names: dict[str, Seen]) -> list[ColumnUse]:
    """One column a role where only one can be: a whole name beside its parts says nothing new."""
    roles = Counter(use.role for use in uses)
    parts = roles[Role.GIVEN_NAME] > 0 and roles[Role.FAMILY_NAME] > 0
    taken: set[Role] = set()
    found = []
    for use in uses:
        role = use.role
        if role is Role.FULL_NAME and parts and use.why != "mapping":
            found.append(ColumnUse(use.column, Role.IGNORE, "the name is there in its parts"))
        elif role in _SINGLE and role in taken:
            instead = {Role.FULL_NAME: Role.IGNORE, Role.BIRTH_DATE: Role.CODE}.get(role, Role.TEXT)
            found.append(ColumnUse(use.column, instead, f"a second {role}"))
        elif role in _NAMES and not parts and role is not Role.FULL_NAME and _whole(names[use.column]):
            taken.add(Role.FULL_NAME)
            found.append(ColumnUse(use.column, Role.FULL_NAME, "whole names"))
        else:
            taken.add(role)
            found.append(use)
    return found


_SINGLE = frozenset(
    (
        Role.GIVEN_NAME,
        Role.MIDDLE_NAME,
        Role.FAMILY_NAME,
        Role.FULL_NAME,
        Role.BIRTH_DATE,
        Role.BIRTH_YEAR,
        Role.BIRTH_MONTH,
        Role.BIRTH_DAY,
        Role.GENDER,
        Role.SOURCE,
    )
)


def _whole(seen: Seen) -> bool:
    """Whether a column of names holds whole ones: two words, or two to four Chinese characters."""
    return seen.share(re.compile(r"\S+ \S+.*|[\u4e00-\u9fff]{2,4}")) > 0.6  # noqa: PLR2004 - most of what is there

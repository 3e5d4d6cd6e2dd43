"""Dates as people write them: the forms of a column are told from its values, and each becomes `YYYY-MM-DD`.

A date that cannot be, such as the 31st of April, is kept in its place: it is compared as it was written.
"""

import re

from mainstem.analytics.identity.fields import quoted

_SEP = r"[-/. ]"

_YMD = r"^\s*(\d{4})(?:[-/.年 ])(\d{1,2})(?:[-/.月 ])(\d{1,2})日?(?:[ T].*)?$"
_YMD8 = r"^\s*(\d{4})(\d{2})(\d{2})$"
_DMY8 = r"^\s*(\d{2})(\d{2})(\d{4})$"
_XXY = rf"^\s*(\d{{1,2}}){_SEP}(\d{{1,2}}){_SEP}(\d{{4}})(?:[ T].*)?$"
_XXYY = rf"^\s*(\d{{1,2}}){_SEP}(\d{{1,2}}){_SEP}(\d{{2}})$"

_NAMED = "['%d %b %Y', '%d-%b-%Y', '%d %B %Y', '%b %d, %Y', '%B %d, %Y', '%b %d %Y', '%d-%b-%y', '%d/%b/%Y']"


def iso_sql(column: str, values: list[str]) -> str:
    """SQL of a column's dates in ISO form; what is no date is kept as text without capitals."""
    cell = f"narrowed(said({quoted(column)}))"
    forms = [_rearranged(cell, _YMD, 1, 2, 3)]
    day_first = _day_first(values)
    first, second = (1, 2) if day_first else (2, 1)
    forms.append(_rearranged(cell, _XXY, 3, second, first))
    eight = [value.strip() for value in values if re.fullmatch(r"\s*\d{8}\s*", value)]
    year_last = sum(_plausible(v[4:], v[2:4], v[:2]) for v in eight) > sum(
        _plausible(v[:4], v[4:6], v[6:]) for v in eight
    )
    forms.append(_rearranged(cell, _DMY8, 3, 2, 1) if year_last else _rearranged(cell, _YMD8, 1, 2, 3))
    forms.append(_rearranged(cell, _XXYY, 3, second, first, century=True))
    named = f"strftime(try_strptime({cell}, {_NAMED}), '%Y-%m-%d')"
    return f"coalesce({', '.join(forms)}, {named}, texted({quoted(column)}))"


def _plausible(year: str, month: str, day: str) -> bool:
    return 1850 <= int(year) <= 2100 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31  # noqa: PLR2004 - a calendar


def _day_first(values: list[str]) -> bool:
    """Whether days stand before months where both are of two digits: the other order makes fewer dates possible."""
    pairs = [
        match for value in values if (match := re.match(rf"\s*(\d{{1,2}}){_SEP}(\d{{1,2}}){_SEP}\d{{2,4}}", value))
    ]
    return sum(int(pair[2]) <= 12 for pair in pairs) >= sum(int(pair[1]) <= 12 for pair in pairs)  # noqa: PLR2004 - months


def _rearranged(cell: str, pattern: str, year: int, month: int, day: int, *, century: bool = False) -> str:
    part = "regexp_extract({cell}, '{pattern}', {group})".format
    found = [part(cell=cell, pattern=pattern, group=group) for group in (year, month, day)]
    whole = f"case when {found[0]} > '30' then '19' else '20' end || {found[0]}" if century else found[0]
    return (
        f"case when regexp_matches({cell}, '{pattern}') then"
        f" {whole} || '-' || lpad({found[1]}, 2, '0') || '-' || lpad({found[2]}, 2, '0') end"
    )

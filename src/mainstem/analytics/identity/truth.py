"""The truth of a file: which rows are one person, from a column that says so in one of its forms."""

import re
from collections.abc import Sequence

FORMS: tuple[tuple[str, str, str], ...] = (
    (
        r"rec-(\d+)-(?:org|dup-\d+)",
        "rec-N-org and rec-N-dup-K are person N (FEBRL)",
        "rec-N-org 与 rec-N-dup-K 为人员 N（FEBRL）",
    ),
    (r"(Q\d+)-\d+", "QN-K are person QN", "QN-K 为人员 QN"),
)
"""Columns that number rows and name the person in it: the form, and how it is read in English and Chinese."""

FORM_SHARE_MIN = 0.95


def people_of(values: Sequence[str | None]) -> tuple[list[str | None], str, str]:
    """The person of each row, None where it is blank, and how the column was read in English and Chinese.

    Equal values are one person. Where no value is there twice and nearly all are of a known form, the form says who.
    """
    trimmed = [value.strip() if value is not None and value.strip() else None for value in values]
    known = [value for value in trimmed if value is not None]
    for form, en, zh in FORMS:
        pattern = re.compile(form)
        matched = sum(pattern.fullmatch(value) is not None for value in known)
        if known and matched >= FORM_SHARE_MIN * len(known) and len(set(known)) == len(known):
            people = [None if value is None else _person(pattern, value) for value in trimmed]
            return people, en, zh
    return list(trimmed), "equal values are one person", "取值相同即为同一人"


def _person(pattern: re.Pattern[str], value: str) -> str:
    match = pattern.fullmatch(value)
    return match[1] if match else value

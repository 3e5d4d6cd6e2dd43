"""How often rows of a file are equal in its fields: counted over all pairs, never over a sample of them."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import duckdb
import msgspec
import numpy as np

from mainstem.analytics.identity.fields import quoted

Codes = np.ndarray[Any, np.dtype[np.uint64]]
"""A number for each value, 0 for none; equal values have the same."""

Names = tuple[str, ...]
"""One field, or two in the order of the file."""

_MIXING = np.uint64(0x9E3779B97F4A7C15)

STRANGERS_MIN = 10.0
"""Pairs that agree on a field are strangers on the whole when there are so many times more of them than matches."""

IMPLIED = 0.9
"""How many of the pairs that agree on a field agree on another as well, when the one implies the other."""


class Agreement(msgspec.Struct, frozen=True):
    """Pairs that are equal in some fields, pairs that have them all, and rows of groups of two up to the limit."""

    agreeing: float
    known: float
    rows: float

    @property
    def rate(self) -> float:
        """How many of the pairs that have the fields are equal in them."""
        return self.agreeing / max(1.0, self.known)


Agreements = Mapping[Names, Agreement]
"""Of every field and of every two."""


def codes_of(connection: duckdb.DuckDBPyConnection, forms: Iterable[str], source: str) -> list[Codes]:
    """The codes of each SQL form over the rows of a table, in the order of its rows."""
    columns = ", ".join(
        f"case when ({form}) is null then 0::ubigint else hash({form}) | 1 end as c{at}"
        for at, form in enumerate(forms)
    )
    found = connection.execute(f"select {columns} from {source} order by unique_id").fetchnumpy()  # noqa: S608 - own names
    return [np.asarray(column, dtype=np.uint64) for column in found.values()]


def joined(parts: list[Codes]) -> Codes:
    """The codes of several forms together: none where one of them has none."""
    whole = parts[0]
    for part in parts[1:]:
        mixed = (whole * _MIXING) ^ (part + (whole >> np.uint64(29)))
        whole = np.where((whole != 0) & (part != 0), mixed | np.uint64(1), np.uint64(0))
    return whole


def sizes(codes: Codes) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How many rows each value has."""
    known = np.sort(codes[codes != 0])
    if not len(known):
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate(([True], known[1:] != known[:-1])))
    return np.diff(np.append(starts, len(known)))


def counted(connection: duckdb.DuckDBPyConnection, names: list[str], rows_max: int) -> Agreements:
    """The agreements of the prepared table's fields. `rows_max` bounds the groups whose rows are counted."""
    codes = dict(zip(names, codes_of(connection, map(quoted, names), "people"), strict=True))
    groups: list[Names] = [*((name,) for name in names), *combinations(names, 2)]
    return {group: _agreement(sizes(joined([codes[name] for name in group])), rows_max) for group in groups}


def _agreement(group: np.ndarray[Any, np.dtype[np.int64]], rows_max: int) -> Agreement:
    of = group.astype(np.float64)
    rows = float(of.sum())
    return Agreement(
        float((of * (of - 1)).sum()) / 2,
        rows * (rows - 1) / 2,
        float(of[(group > 1) & (group <= rows_max)].sum()),
    )


def both(agreements: Agreements, one: str, other: str) -> Agreement:
    """That of two fields, in whichever order."""
    return agreements.get((one, other)) or agreements[other, one]


def fewest(agreements: Agreements, pairs_min: float) -> float:
    """The least rate of any that enough pairs have: matches can hardly be more."""
    return min((entry.rate for entry in agreements.values() if entry.agreeing >= pairs_min), default=0.0)


def implied(agreements: Agreements, names: list[str], pairs_min: float) -> dict[str, Names]:
    """Fields that say nothing where another agrees, and which: the region where the city is the same.

    Told from strangers alone: a field on which hardly anybody but matches agrees implies everything, and nothing.
    """
    matches = fewest(agreements, pairs_min)
    found: dict[str, Names] = {}
    for name in names if matches else ():  # where no pairs are enough, nothing is known of strangers
        above = [
            other
            for other in names
            if other != name
            and agreements[other,].rate >= STRANGERS_MIN * matches
            # Of two that imply each other the one that says less is implied.
            and (agreements[other,].rate, names.index(other)) < (agreements[name,].rate, names.index(name))
            and _given(agreements, other, name) >= IMPLIED
        ]
        if above:
            found[name] = tuple(above)
    return found


def _given(agreements: Agreements, one: str, other: str) -> float:
    """How many of the pairs that agree on one field, and have both, agree on the other."""
    together = both(agreements, one, other)
    return together.rate / max(agreements[one,].rate, 1e-12)

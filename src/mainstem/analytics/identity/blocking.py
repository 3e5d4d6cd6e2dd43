"""Which pairs are compared at all: keys chosen from what the fields hold, so that no one field has to be right.

A key is one field's form or two fields' forms together (the family name and the year of birth). Candidates are weighed
by simulation: true pairs are drawn whose fields agree as often as fields of that kind usually do; the key that finds
most of those which no key has found yet, for its cost in pairs, is taken next, until the budget is used.
"""

from itertools import combinations

import duckdb
import msgspec
import numpy as np

from mainstem.analytics.identity.fields import Field, Kind, quoted
from mainstem.analytics.identity.preparing import LATIN

ALL_PAIRS_ROWS = 2_000
"""Files of up to so many rows have every pair compared."""

BLOCK_ROWS_MAX = 100
"""Rows that may share a key; a key that more share says nothing and would cost their square."""

PAIRS_PER_ROW = 14.0
PAIRS_MIN = 400_000.0
KEYS_MAX = 16

_SAMPLE_ROWS = 150_000
_DRAWN = 4_000


class Atom(msgspec.Struct, frozen=True):
    """One form of a field: its SQL, whether it is the whole of it, and how often true pairs agree on the whole."""

    field: str
    sql: str
    strict: bool
    likely: float


class Key(msgspec.Struct, frozen=True):
    """A key of one or two atoms, and the pairs that it brings."""

    atoms: tuple[Atom, ...]
    pairs: float

    @property
    def sql(self) -> str:
        """The key of a row, null where one of its parts is."""
        return "hash(" + ", ".join(atom.sql for atom in self.atoms) + ")"

    @property
    def known(self) -> str:
        """Whether a row has the key."""
        return " and ".join(f"({atom.sql}) is not null" for atom in self.atoms)


_AGREE: dict[Kind, float] = {
    Kind.GIVEN: 0.65,
    Kind.FAMILY: 0.7,
    Kind.DATE: 0.8,
    Kind.TEXT: 0.65,
    Kind.NUMBER: 0.8,
    Kind.CODE: 0.8,
    Kind.POSTAL: 0.75,
    Kind.CATEGORY: 0.85,
    Kind.EMAIL: 0.6,
    Kind.PHONE: 0.65,
}
"""How often two records of one person have the same value: cautious, from FEBRL's and Splink's own examples."""


def atoms_of(field: Field, latin: frozenset[str]) -> list[Atom]:
    """The forms of a field that records of one person may share."""
    name = quoted(field.name + LATIN if field.name in latin else field.name)
    likely = _AGREE[field.kind]
    exact = Atom(field.name, name, strict=True, likely=likely)
    match field.kind:
        case Kind.GIVEN | Kind.FAMILY:
            # The first letter and the consonants behind it: what typing errors and spellings leave alone.
            sounds = (
                f"nullif(substring({name}, 1, 1) || regexp_replace(substring({name}, 2), '[aeiouyhw ]', '', 'g'), '')"
            )
            return [exact, Atom(field.name, sounds, strict=False, likely=likely), _start(field, name, 3, likely)]
        case Kind.DATE:
            return [
                exact,
                Atom(field.name, f"nullif(substring({name}, 1, 7), '')", strict=False, likely=likely),
                Atom(field.name, f"nullif(substring({name}, 6, 5), '')", strict=False, likely=likely),
                Atom(
                    field.name,
                    f"nullif(substring({name}, 1, 4) || substring({name}, 9, 2), '')",
                    strict=False,
                    likely=likely,
                ),
            ]
        case Kind.TEXT:
            return [exact, _start(field, name, 5, likely)]
        case Kind.EMAIL:
            return [exact, Atom(field.name, f"nullif(split_part({name}, '@', 1), '')", strict=False, likely=likely)]
        case Kind.CODE | Kind.PHONE:
            half = f"nullif(substring({name}, 1, greatest(3, length({name}) // 2)), '')"
            end = f"nullif(right({name}, greatest(3, length({name}) // 2)), '')"
            return [
                exact,
                Atom(field.name, half, strict=False, likely=likely),
                Atom(field.name, end, strict=False, likely=likely),
            ]
        case _:
            return [exact]


def _start(field: Field, name: str, letters: int, likely: float) -> Atom:
    return Atom(field.name, f"nullif(substring({name}, 1, {letters}), '')", strict=False, likely=likely)


def choose_keys(
    connection: duckdb.DuckDBPyConnection, fields: list[Field], latin: frozenset[str], rows: int
) -> list[Key]:
    """The keys by which pairs are found, best first; none for a file small enough that all pairs are compared."""
    if rows <= ALL_PAIRS_ROWS:
        return []
    atoms = [atom for field in fields for atom in atoms_of(field, latin)]
    pairs = [(one, other) for one, other in combinations(atoms, 2) if one.field != other.field]
    candidates: list[tuple[Atom, ...]] = [*((atom,) for atom in atoms), *pairs]
    names = {field.name: field for field in fields}
    if {"given_name", "family_name"} <= names.keys():
        candidates.append((_both_names(latin),))
    found = _costed(connection, candidates, rows)
    return _greedy(found, _filled(connection, fields), max(PAIRS_MIN, PAIRS_PER_ROW * rows))


def _both_names(latin: frozenset[str]) -> Atom:
    """Given and family name in the order of the alphabet: the same when they were swapped."""
    given, family = (quoted(name + LATIN if name in latin else name) for name in ("given_name", "family_name"))
    sql = f"least({given}, {family}) || ' ' || greatest({given}, {family}) || left({given} || {family}, 0)"
    return Atom("given_name", sql, strict=True, likely=_AGREE[Kind.GIVEN] * _AGREE[Kind.FAMILY])


def _filled(connection: duckdb.DuckDBPyConnection, fields: list[Field]) -> dict[str, float]:
    counts = ", ".join(f"count({quoted(field.name)}) / count(*)" for field in fields)
    shares = connection.execute(f"select {counts} from people").fetchall()[0]  # noqa: S608 - own names
    return {field.name: share for field, share in zip(fields, shares, strict=True)}


def _costed(connection: duckdb.DuckDBPyConnection, candidates: list[tuple[Atom, ...]], rows: int) -> list[Key]:
    """The keys with the pairs that each brings, estimated on a sample where the file is large."""
    sampled = rows > 2 * _SAMPLE_ROWS
    source = "people"
    scale = 1.0
    if sampled:
        connection.execute(
            "create or replace temp table people_sample as select * from people"  # noqa: S608 - a constant
            f" where hash(unique_id) % {rows} < {_SAMPLE_ROWS}"
        )
        source, scale = "people_sample", rows / _SAMPLE_ROWS
    found = []
    for atoms in candidates:
        key = Key(atoms, 0.0)
        # In a sample blocks are smaller by the scale, so the size at which they are too large is as well.
        most = max(2.0, BLOCK_ROWS_MAX / scale)
        pairs, kept, all_rows = connection.execute(
            f"select coalesce(sum(n * (n - 1) / 2) filter (n <= {most}), 0), coalesce(sum(n) filter (n <= {most}), 0),"  # noqa: S608
            f" coalesce(sum(n), 1) from (select count(*) as n from {source} where {key.known} group by {key.sql})"
        ).fetchall()[0]
        # A key whose blocks are mostly too large would find little.
        if kept >= all_rows / 2 and pairs > 0:
            found.append(Key(atoms, float(pairs) * scale * scale))
    return found


def _greedy(keys: list[Key], filled: dict[str, float], budget: float) -> list[Key]:
    """Keys in the order of what each adds for its cost, as far as the budget goes."""
    dice = np.random.default_rng(1)
    draws = {name: dice.random(_DRAWN) for name in filled}
    lucky = {name: dice.random(_DRAWN) for name in filled}

    def found_by(key: Key) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        hit = np.ones(_DRAWN, dtype=bool)
        for atom in key.atoms:
            limit = atom.likely * filled[atom.field] ** 2
            agree = draws[atom.field] < limit
            if not atom.strict:
                # What a typing error left alone: half of the pairs that differ.
                agree |= (lucky[atom.field] < 0.5) & (draws[atom.field] < filled[atom.field] ** 2)  # noqa: PLR2004
            hit &= agree
        return hit

    hits = [found_by(key) for key in keys]
    missed = np.ones(_DRAWN, dtype=bool)
    chosen: list[Key] = []
    spent = 0.0
    left = set(range(len(keys)))
    while left and len(chosen) < KEYS_MAX:
        affordable = [at for at in left if spent + keys[at].pairs <= budget]
        gains = {at: float((hits[at] & missed).sum()) / (keys[at].pairs + 0.02 * budget) for at in affordable}
        if not gains or max(gains.values()) <= 0:
            break
        best = max(gains, key=lambda at: (gains[at], -at))
        chosen.append(keys[best])
        spent += keys[best].pairs
        missed &= ~hits[best]
        left.discard(best)
    return chosen


def write_keys(connection: duckdb.DuckDBPyConnection, keys: list[Key]) -> list[str]:
    """Add the columns k0, k1, … to `people`, null where a key is shared by too many; answers their names."""
    for number, key in enumerate(keys):
        connection.execute(f"alter table people add column k{number} ubigint")
        connection.execute(f"update people set k{number} = {key.sql} where {key.known}")  # noqa: S608 - own names
        connection.execute(
            f"update people set k{number} = null where k{number} in (select k{number} from people"  # noqa: S608
            f" group by all having count(*) > {BLOCK_ROWS_MAX})"
        )
    return [f"k{number}" for number in range(len(keys))]

"""Which pairs are compared at all: keys chosen from what the fields hold, so that no one field has to be right.

A key is one field's form or those of two or three together (the family name and the year of birth). Candidates are
weighed by simulation: rows are drawn and given a second record whose fields agree as often as fields of that kind
usually do; the key that finds most of those which no key has found yet, for its cost in pairs, is taken next, until the
budget is used. A row that shares a key with too many is not found by it, so that in a large file the names that many
have are looked for with what else is known of them.
"""

from itertools import combinations
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from mainstem.analytics.identity.agreement import Codes, codes_of, joined
from mainstem.analytics.identity.contracts import Role
from mainstem.analytics.identity.fields import Field, Kind, quoted
from mainstem.analytics.identity.preparing import LATIN

ALL_PAIRS_ROWS = 2_000
"""Files of up to so many rows have every pair compared."""

BLOCK_ROWS_MAX = 100
"""Rows that may share a key; a key that more share says nothing and would cost their square."""

PAIRS_PER_ROW = 14.0
PAIRS_MIN = 400_000.0
KEYS_MAX = 16

CROWDED = 0.1
"""Rows with a key that share it with too many, as a share: from so many on a third field makes it finer."""

_SAMPLE_ROWS = 100_000
_DRAWN = 4_000

Drawn = np.ndarray[Any, np.dtype[np.int64]]
"""Positions of rows."""


class Atom(msgspec.Struct, frozen=True):
    """One form of a field: its SQL, whether it is the whole of it, and how often true pairs agree on the whole."""

    field: str
    sql: str
    strict: bool
    likely: float


class Key(msgspec.Struct, frozen=True):
    """A key of up to three atoms, named by their positions, the pairs that it brings, and whom it can find.

    `usable`: for each row drawn, whether it has the key and does not share it with too many.
    """

    atoms: tuple[int, ...]
    pairs: float
    usable: "np.ndarray[Any, np.dtype[np.bool_]]"


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


_ADDRESS = frozenset((Role.STREET, Role.STREET_NUMBER, Role.CITY, Role.REGION, Role.POSTAL_CODE))

MOVED = 0.15
"""How often the address of two records of one person differs as a whole."""


def _role(field: str) -> str:
    """What a field is of: `street` of `street_2`."""
    return field.rstrip("0123456789").rstrip("_")


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
) -> list[tuple[Atom, ...]]:
    """The keys by which pairs are found, best first; none for a file small enough that all pairs are compared."""
    if rows <= ALL_PAIRS_ROWS:
        return []
    atoms = [atom for field in fields for atom in atoms_of(field, latin)]
    if {"given_name", "family_name"} <= {field.name for field in fields}:
        atoms.append(_both_names(latin))
    source, scale = _sample(connection, rows)
    codes = codes_of(connection, [atom.sql for atom in atoms], source)
    keys = _candidates(atoms, codes, scale)
    chosen = _greedy(keys, atoms, _filled(connection, fields), max(PAIRS_MIN, PAIRS_PER_ROW * rows))
    return [tuple(atoms[at] for at in key.atoms) for key in chosen]


def _both_names(latin: frozenset[str]) -> Atom:
    """Given and family name in the order of the alphabet: the same when they were swapped."""
    given, family = (quoted(name + LATIN if name in latin else name) for name in ("given_name", "family_name"))
    sql = f"least({given}, {family}) || ' ' || greatest({given}, {family}) || left({given} || {family}, 0)"
    return Atom("given_name", sql, strict=True, likely=_AGREE[Kind.GIVEN] * _AGREE[Kind.FAMILY])


def _filled(connection: duckdb.DuckDBPyConnection, fields: list[Field]) -> dict[str, float]:
    counts = ", ".join(f"count({quoted(field.name)}) / count(*)" for field in fields)
    shares = connection.execute(f"select {counts} from people").fetchall()[0]  # noqa: S608 - own names
    return {field.name: share for field, share in zip(fields, shares, strict=True)}


def _sample(connection: duckdb.DuckDBPyConnection, rows: int) -> tuple[str, float]:
    """The table that keys are weighed on, and how many times more rows the whole has."""
    if rows <= 2 * _SAMPLE_ROWS:
        return "people", 1.0
    connection.execute(
        "create or replace temp table people_sample as select * from people"  # noqa: S608 - a constant
        f" where hash(unique_id) % {rows} < {_SAMPLE_ROWS}"
    )
    return "people_sample", rows / _SAMPLE_ROWS


def _candidates(atoms: list[Atom], codes: list[Codes], scale: float) -> list[Key]:
    """Keys of one and two atoms; where too many share one of two whole fields, a third goes in."""
    dice = np.random.default_rng(2)
    drawn = dice.integers(0, len(codes[0]), _DRAWN)

    def weighed(group: tuple[int, ...]) -> Key:
        return _weighed(group, joined([codes[at] for at in group]), drawn, scale)

    found = [weighed((at,)) for at in range(len(atoms))]
    pairs = [
        weighed((one, other))
        for one, other in combinations(range(len(atoms)), 2)
        if atoms[one].field != atoms[other].field
    ]
    whole = [at for at, atom in enumerate(atoms) if atom.strict]
    finer = {
        tuple(sorted((*key.atoms, third)))
        for key in pairs
        if all(atoms[at].strict for at in key.atoms) and _crowded(key, codes, drawn)
        for third in whole
        if atoms[third].field not in {atoms[at].field for at in key.atoms}
    }
    return [key for key in (*found, *pairs, *map(weighed, sorted(finer))) if key.pairs > 0]


def _weighed(group: tuple[int, ...], code: Codes, drawn: Drawn, scale: float) -> Key:
    """The key with the pairs that it brings in the whole file, of which the codes may be a sample."""
    values, counts = np.unique(code, return_counts=True)
    shared = counts.astype(np.float64)
    # In a sample blocks are smaller by the scale, so the size at which they are too large is as well.
    fits = (values != 0) & (shared <= max(2.0, BLOCK_ROWS_MAX / scale))
    brought = shared[fits]
    pairs = float((brought * (brought - 1) / 2).sum()) * scale * scale
    return Key(group, pairs, fits[np.searchsorted(values, code[drawn])])


def _crowded(key: Key, codes: list[Codes], drawn: Drawn) -> bool:
    """Whether many rows that have a key share it with too many."""
    known = np.logical_and.reduce([codes[at][drawn] != 0 for at in key.atoms])
    return bool(key.usable.sum() < (1 - CROWDED) * known.sum())


def _greedy(keys: list[Key], atoms: list[Atom], filled: dict[str, float], budget: float) -> list[Key]:
    """Keys in the order of what each adds for its cost, as far as the budget goes."""
    dice = np.random.default_rng(1)
    draws = {name: dice.random(_DRAWN) for name in filled}
    lucky = {name: dice.random(_DRAWN) for name in filled}
    stayed = dice.random(_DRAWN) >= MOVED

    def found_by(key: Key) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        hit = key.usable.copy()
        for atom in (atoms[at] for at in key.atoms):
            agree = draws[atom.field] < atom.likely * filled[atom.field]
            if _role(atom.field) in _ADDRESS:
                hit &= stayed
            if not atom.strict:
                # What a typing error left alone: half of the pairs that differ.
                agree |= (lucky[atom.field] < 0.5) & (draws[atom.field] < filled[atom.field])  # noqa: PLR2004
            hit &= agree
        return hit

    hits = [found_by(key) for key in keys]
    missed = np.ones(_DRAWN, dtype=bool)
    chosen: list[Key] = []
    spent = 0.0
    left = set(range(len(keys)))
    while left and len(chosen) < KEYS_MAX:
        affordable = [at for at in left if spent + keys[at].pairs <= budget]
        gains = {at: float((hits[at] & missed).sum()) / (keys[at].pairs + budget / KEYS_MAX) for at in affordable}
        if not gains or max(gains.values()) <= 0:
            break
        best = max(gains, key=lambda at: (gains[at], -at))
        chosen.append(keys[best])
        spent += keys[best].pairs
        missed &= ~hits[best]
        left.discard(best)
    return chosen


def write_keys(connection: duckdb.DuckDBPyConnection, keys: list[tuple[Atom, ...]]) -> list[str]:
    """Add the columns k0, k1, … to `people`, null where a key is shared by too many; answers their names."""
    if not keys:
        return []
    atoms = list(dict.fromkeys(atom for key in keys for atom in key))
    codes = dict(zip(atoms, codes_of(connection, [atom.sql for atom in atoms], "people"), strict=True))
    columns: dict[str, Any] = {"unique_id": np.arange(len(codes[atoms[0]]), dtype=np.int64)}
    for number, key in enumerate(keys):
        code = joined([codes[atom] for atom in key])
        values, where, shared = np.unique(code, return_inverse=True, return_counts=True)
        useless = ((values == 0) | (shared < 2) | (shared > BLOCK_ROWS_MAX))[where]  # noqa: PLR2004 - a pair
        columns[f"k{number}"] = pa.array(code.view(np.int64), mask=useless)
    connection.register("keys", pa.table(columns))
    connection.execute("create or replace table people as select * from people join keys using (unique_id)")
    connection.unregister("keys")
    return [name for name in columns if name != "unique_id"]

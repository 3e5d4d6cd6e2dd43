"""A Splink model that scores pairs here: its comparisons as functions, its parameters as weights.

The weight of a pair is Splink's match weight to 1e-9: log2 of the prior odds, plus for every comparison that of the
level that holds, plus its term frequency adjustment. What Splink would compute otherwise refuses the model.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from mainstem.domains.customers.matching.expressions import Record, Term, compiled, exact_column
from mainstem.domains.customers.matching.refusals import unusable

_LEAST = 1e-300
"""What Splink takes for a probability of zero."""

_USUAL_EXACT = 0.95
"""Splink's m of the first level where none was learned."""

Frequencies = Mapping[str, Mapping[str, float]]
"""Column → value → its share among the values of that column."""


class Score(msgspec.Struct, frozen=True):
    """How far two records are one person's.

    `weight` is log2 of the odds, `probability` the same from 0 to 1; `levels` says for every comparison which level
    held and what it added, adjustment included: the parts of `weight` beside the prior.
    """

    weight: float
    probability: float
    levels: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True)
class Adjustment:
    """Agreeing on a rare value says more: the weight is moved by the value's own frequency."""

    column: str
    weight: float
    least: float
    log2_u: float


@dataclass(frozen=True)
class Level:
    """One answer of a comparison: when it holds (None: always) and its weight in bits."""

    label: str
    holds: Term | None
    weight: float
    adjustment: Adjustment | None


@dataclass(frozen=True)
class Comparison:
    """The levels of a comparison, in the order in which they are tried."""

    name: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Model:
    """What `score` needs. `derive` makes a record's columns of attributes, where the model has columns of its own."""

    prior: float
    comparisons: tuple[Comparison, ...]
    frequencies: Frequencies
    derive: Callable[[Record], Record] | None = None

    @classmethod
    def read(
        cls,
        settings: Mapping[str, Any],
        frequencies: Frequencies | None = None,
        derive: Callable[[Record], Record] | None = None,
    ) -> "Model":
        """The model of the settings that Splink saved as JSON, for DuckDB.

        Raises RefusedError for SQL that is not known here, a comparison without ELSE, an adjustment without the level
        of equality that it needs, and a prior of 0 or 1.
        """
        if settings.get("sql_dialect", "duckdb") != "duckdb":
            raise unusable(f"it is written for {settings['sql_dialect']!r}, not for DuckDB")
        prior = settings.get("probability_two_random_records_match", 0.0001)
        if not isinstance(prior, (int, float)) or not 0 < prior < 1:
            raise unusable(f"its prior {prior!r} is no probability between 0 and 1")
        comparisons = settings.get("comparisons")
        if not isinstance(comparisons, list) or not comparisons:
            raise unusable("it has no comparisons")
        return cls(math.log2(prior / (1 - prior)), tuple(map(_comparison, comparisons)), frequencies or {}, derive)

    @classmethod
    def load(
        cls, path: Path, frequencies: Path | None = None, derive: Callable[[Record], Record] | None = None
    ) -> "Model":
        """The model of a file, with the frequencies of another."""
        try:
            settings = msgspec.json.decode(path.read_bytes())
            known = msgspec.json.decode(frequencies.read_bytes()) if frequencies else {}
        except msgspec.DecodeError as error:
            raise unusable(f"{path.name} is no JSON ({error})") from None
        return cls.read(settings, known, derive)


def score(model: Model, left: Record, right: Record) -> Score:
    """The score of two records: column (or attribute, where the model derives its columns) → value.

    An absent column is unknown and says nothing. Symmetric where the model's levels are.
    """
    if model.derive is not None:
        left, right = model.derive(left), model.derive(right)
    weight = model.prior
    held = []
    for comparison in model.comparisons:
        for level in comparison.levels:
            if level.holds is None or level.holds(left, right) is True:
                added = level.weight
                if level.adjustment is not None:
                    added += _adjusted(level.adjustment, model.frequencies, left, right)
                weight += added
                held.append((comparison.name, level.label, added))
                break
    odds = 2.0 ** -abs(weight)
    probability = 1 / (1 + odds) if weight >= 0 else odds / (1 + odds)
    return Score(weight, probability, tuple(held))


def _adjusted(by: Adjustment, frequencies: Frequencies, left: Record, right: Record) -> float:
    one, other = _frequency(by.column, frequencies, left), _frequency(by.column, frequencies, right)
    if one is None and other is None:
        return 0.0
    most = max(one if one is not None else 0.0, other if other is not None else 0.0, by.least)
    return by.weight * (by.log2_u - math.log2(most))


def _frequency(column: str, frequencies: Frequencies, record: Record) -> float | None:
    """The share of a record's value: as the record itself says in `tf_<column>`, else as the model knows."""
    said = record.get(f"tf_{column}")
    if said is not None:
        return float(said)
    value = record.get(column)
    known = frequencies.get(column)
    return None if value is None or known is None else known.get(value)


def _comparison(found: Mapping[str, Any]) -> Comparison:
    levels = found.get("comparison_levels") or []
    name = str(found.get("output_column_name", ""))
    kept = [level for level in levels if not level.get("is_null_level")]
    if not kept or not _is_else(levels[-1]) or sum(map(_is_else, levels)) != 1:
        raise unusable(f"the comparison {name!r} does not end with ELSE, so that a pair could be of no level")
    # Splink's customary parameters where none were learned: counted from the last level, which is 0.
    usual = {id(level): number for number, level in enumerate(reversed(kept))}
    parameters = {id(level): _parameters(level, usual[id(level)], len(kept)) for level in kept}
    exact = {
        column: parameters[id(level)][1]
        for level in reversed(kept)
        if not _is_else(level) and (column := exact_column(level["sql_condition"])) is not None
    }
    made = []
    for level in levels:
        condition, null = level["sql_condition"], bool(level.get("is_null_level"))
        weight = 0.0
        if not null:
            m, u = parameters[id(level)]
            weight = math.log2(max(m, _LEAST) / max(u, _LEAST))
        holds = None if _is_else(level) else compiled(condition)
        adjustment = None if null or holds is None else _adjustment(level, exact, parameters[id(level)][1], name)
        made.append(Level(str(level.get("label_for_charts") or condition), holds, weight, adjustment))
    return Comparison(name, tuple(made))


def _is_else(level: Mapping[str, Any]) -> bool:
    return str(level["sql_condition"]).strip().upper() == "ELSE"


def _parameters(level: Mapping[str, Any], number: int, levels: int) -> tuple[float, float]:
    m, u = level.get("m_probability"), level.get("u_probability")
    if (m is None or u is None) and levels < 2:  # noqa: PLR2004 - Splink divides by what is left of one
        raise unusable("a comparison with one level has no parameters")
    for value in (m, u):
        if value is not None and (not isinstance(value, (int, float)) or not 0 <= value <= 1):
            raise unusable(f"{value!r} is no probability")
    usual_m = _USUAL_EXACT if number == levels - 1 else (1 - _USUAL_EXACT) / (levels - 1)
    if m is None:
        m = usual_m
    if u is None:
        u = usual_m / 2 ** _usual_weight(number, levels)
    return float(m), float(u)


def _usual_weight(number: int, levels: int) -> float:
    """Splink's customary weights: 10 for the first level, from 3 down to -5 for the others."""
    if number == levels - 1:
        return 10.0
    return -5.0 if levels == 2 else -5 + number * 8 / (levels - 2)  # noqa: PLR2004 - one besides the first


def _adjustment(level: Mapping[str, Any], exact: Mapping[str, float], own_u: float, name: str) -> Adjustment | None:
    column = level.get("tf_adjustment_column")
    weight = level.get("tf_adjustment_weight", 1.0)
    if not column or not weight:
        return None
    column = str(column).strip('"')
    u = own_u if level.get("disable_tf_exact_match_detection") else exact.get(column.lower())
    if u is None:
        raise unusable(f"the comparison {name!r} adjusts by {column!r} and has no level where that is equal")
    if u <= 0:
        raise unusable(f"the comparison {name!r} adjusts by {column!r}, whose u is 0")
    return Adjustment(column, float(weight), float(level.get("tf_minimum_u_value", 0.0)), math.log2(u))

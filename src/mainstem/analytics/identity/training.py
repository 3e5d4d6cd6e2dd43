"""A Splink model of the data itself, trained without labels.

u by random sampling; m by expectation maximisation over several blocking rules, each of which leaves other fields to be
learned. Random pairs hold some true ones, which in small files makes rare agreements look more common among strangers
than they are: so u is corrected by what m and the share of matches say of those, and m is learned again.
"""

import contextlib
import math
import warnings
from itertools import combinations
from typing import Any

import duckdb
import msgspec
import numpy as np

from mainstem.analytics.identity.blocking import BLOCK_ROWS_MAX
from mainstem.analytics.identity.comparisons import comparison
from mainstem.analytics.identity.engines import Engine
from mainstem.analytics.identity.fields import Field, Kind, quoted

SAMPLED_PAIRS = 800_000
EM_PAIRS = 400_000
EM_PAIRS_MIN = 30
EM_RULES_MAX = 4

_M_DEFAULT = 0.9
_WEIGHT_FLOOR = 1e-7

Settings = dict[str, Any]
"""A model in the form that Splink saves."""


class Trained(msgspec.Struct, frozen=True):
    """A model, and for which comparisons no rule could teach it, so that customary values stand there."""

    settings: Settings
    untaught: list[str]
    rules: list[str]


def initial_settings(fields: list[Field], latin: frozenset[str], engine: Engine, keys: list[str]) -> Settings:
    """A model that knows its comparisons and rules and nothing else."""
    by_name = {field.name: field for field in fields}
    rules = [f'l."{key}" = r."{key}"' for key in keys] or ["1=1"]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "max_iterations": 40,
        "comparisons": [comparison(field, by_name, latin, engine.functions) for field in fields],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in rules],
    }


def linker_of(settings: Settings, table: Any) -> Any:  # noqa: ANN401 - Splink is published without types
    """A Splink linker of a model on the table of people."""
    from splink import Linker, SettingsCreator  # noqa: PLC0415 - takes half a second, and only resolving needs it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Linker(table, SettingsCreator.from_path_or_dict(settings), validate_settings=False)


def saved(linker: Any) -> Settings:  # noqa: ANN401 - Splink is published without types
    """The linker's model as Splink saves it."""
    settings: Settings = linker.misc.save_model_to_json(out_path=None)
    return settings


def train(
    connection: duckdb.DuckDBPyConnection,
    table: Any,  # noqa: ANN401 - Splink is published without types
    settings: Settings,
    fields: list[Field],
    seed: int,
) -> Trained:
    """The model with its parameters."""
    rules = training_rules(connection, fields)
    rows = connection.execute("select count(*) from people").fetchall()[0][0]
    linker = linker_of(settings, table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=seed)
        learned = saved(_learn(linker, rules))
        share = _share_of_matches(connection, learned, rows)
        corrected = _without_matches(learned, share)
        if corrected is not None:
            learned = saved(_learn(linker_of(corrected, table), rules))
    completed, untaught = _completed(learned)
    completed["probability_two_random_records_match"] = min(max(share, 1e-9), 0.2)
    return Trained(completed, untaught, [" and ".join(rule) for rule in rules])


def _learn(linker: Any, rules: list[tuple[str, ...]]) -> Any:  # noqa: ANN401 - Splink is published without types
    for rule in rules:
        condition = " AND ".join(f'l."{name}" = r."{name}"' for name in rule)
        # A level that no pair of a rule is of sinks below what Splink can hold: the other rules still teach.
        with contextlib.suppress(ValueError):
            linker.training.estimate_parameters_using_expectation_maximisation(
                condition, estimate_without_term_frequencies=True, max_pairs=EM_PAIRS, record_sample_proportion=0.2
            )
    return linker


def training_rules(connection: duckdb.DuckDBPyConnection, fields: list[Field]) -> list[tuple[str, ...]]:
    """Which fields pairs share while the others are learned: several rules, so that every field is learned twice.

    A rule is good when it brings enough pairs of which many are true ones, that is few pairs for its rows.
    """
    if len(fields) < 2:  # noqa: PLR2004 - nothing would be left to learn
        return []
    telling = [field for field in fields if field.kind is not Kind.CATEGORY]
    candidates = [(one.name,) for one in telling] + [
        (one.name, other.name)
        for one, other in combinations(fields, 2)
        if len(fields) > 2  # noqa: PLR2004
    ]
    weighed: list[tuple[float, tuple[str, ...]]] = []
    rows = connection.execute("select count(*) from people").fetchall()[0][0]
    for rule in candidates:
        names = ", ".join(map(quoted, rule))
        known = " and ".join(f"{quoted(name)} is not null" for name in rule)
        pairs, inside = connection.execute(
            f"select coalesce(sum(n * (n - 1) / 2), 0), coalesce(sum(n) filter (n > 1 and n <= {BLOCK_ROWS_MAX}), 0)"  # noqa: S608
            f" from (select count(*) as n from people where {known} group by {names})"
        ).fetchall()[0]
        if pairs >= EM_PAIRS_MIN or (pairs > 0 and rows < 10 * EM_PAIRS_MIN):
            # Pairs a row that has any: one, when all are true; the more, the more strangers are among them.
            weighed.append((float(pairs) / max(1.0, float(inside)) + 0.2 * len(rule), rule))
    return _varied(weighed, [field.name for field in fields])


def _varied(weighed: list[tuple[float, tuple[str, ...]]], names: list[str]) -> list[tuple[str, ...]]:
    """The best rules that have little in common, until every field was learned twice."""
    chosen: list[tuple[str, ...]] = []
    taught = dict.fromkeys(names, 0)
    while weighed and len(chosen) < EM_RULES_MAX and min(taught.values()) < 2:  # noqa: PLR2004 - twice
        used = {name for rule in chosen for name in rule}
        open_ = [entry for entry in weighed if any(taught[name] < 2 for name in names if name not in entry[1])]  # noqa: PLR2004
        if not open_:
            break
        best = min(open_, key=lambda entry: (entry[0] + 1.0 * len(used & set(entry[1])), entry[1]))
        weighed = [entry for entry in weighed if entry is not best]
        chosen.append(best[1])
        for name in names:
            taught[name] += name not in best[1]
    return chosen


def _share_of_matches(connection: duckdb.DuckDBPyConnection, settings: Settings, rows: int) -> float:
    """A first idea of how many of all pairs are matches: the pairs that agree on two telling fields, at least."""
    names = [part["output_column_name"] for part in settings["comparisons"]]
    best = 0.0
    for one, other in combinations(names, 2):
        m = _m_exact(settings, one) * _m_exact(settings, other)
        chance = _u_exact(settings, one) * _u_exact(settings, other)
        pairs = connection.execute(
            "select coalesce(sum(n * (n - 1) / 2), 0) from (select count(*) as n from people"  # noqa: S608 - own names
            f" where {quoted(one)} is not null and {quoted(other)} is not null group by {quoted(one)}, {quoted(other)})"
        ).fetchall()[0][0]
        total = rows * (rows - 1) / 2
        best = max(best, (float(pairs) / max(1.0, total) - chance) / max(m, 0.05))
    return best


def _exact_level(settings: Settings, name: str) -> dict[str, Any]:
    levels = next(part["comparison_levels"] for part in settings["comparisons"] if part["output_column_name"] == name)
    found: dict[str, Any] = next(level for level in levels if level.get("label_for_charts") == "exact")
    return found


def _m_exact(settings: Settings, name: str) -> float:
    return float(_exact_level(settings, name).get("m_probability", _M_DEFAULT))


def _u_exact(settings: Settings, name: str) -> float:
    return float(_exact_level(settings, name).get("u_probability", 0.0))


def _without_matches(settings: Settings, share: float) -> Settings | None:
    """The model with u as it is among strangers; None where that would change little."""
    changed = False
    comparisons = []
    for part in settings["comparisons"]:
        levels = []
        for level in part["comparison_levels"]:
            u, m = level.get("u_probability"), level.get("m_probability")
            if u is None or m is None:
                levels.append(level)
                continue
            # At least a twentieth stays: what remains of a difference of two close numbers is noise.
            purer = max((u - share * m) / (1 - share), u / 20, _WEIGHT_FLOOR)
            changed = changed or purer < 0.95 * u
            # m is learned anew from where it began: from near zero it would sink further.
            levels.append(
                {name: value for name, value in level.items() if name != "m_probability"} | {"u_probability": purer}
            )
        comparisons.append(part | {"comparison_levels": levels})
    return settings | {"comparisons": comparisons} if changed else None


def _completed(settings: Settings) -> tuple[Settings, list[str]]:
    """The model with customary parameters for the comparisons that no rule could teach, or taught nonsense."""
    untaught = []
    comparisons = []
    for part in settings["comparisons"]:
        known = [level for level in part["comparison_levels"] if not level.get("is_null_level")]
        exact, last = known[0], known[-1]
        taught = all("m_probability" in level for level in (exact, last))
        if not taught or exact["m_probability"] <= exact.get("u_probability", 0.0):
            untaught.append(part["output_column_name"])
            between = max(1, len(known) - 2)
            m = [_M_DEFAULT, *([0.05 / between] * (len(known) - 2)), 0.05]
        else:
            m = [level.get("m_probability", 1e-6) for level in known]
        u = [level.get("u_probability", 1e-6) for level in known]
        made = iter([_bounded(level, a, b) for level, a, b in zip(known, m, u, strict=True)])
        comparisons.append(
            part
            | {
                "comparison_levels": [
                    level if level.get("is_null_level") else next(made) for level in part["comparison_levels"]
                ]
            }
        )
    return settings | {"comparisons": comparisons}, untaught


DOUBT = 0.001
"""Fields differ for reasons that no training sees: no level says more than a thousand to one against a match."""


def _bounded(level: dict[str, Any], m: float, u: float) -> dict[str, Any]:
    if not math.isfinite(m) or not math.isfinite(u):
        m, u = _WEIGHT_FLOOR, _WEIGHT_FLOOR
    kept = min(max(u, _WEIGHT_FLOOR), 1.0)
    return level | {"m_probability": min(max(m, DOUBT * kept), 1.0), "u_probability": kept}


def prior_weight(weights: "np.ndarray[Any, Any]", pairs: float, start: float) -> float:
    """log2 of the odds that two random rows match, so that the probabilities of the pairs add up to it.

    `weights` are those of all candidate pairs without a prior; `pairs` is how many pairs there are at all.
    """
    share = min(max(start, 1e-12), 0.2)
    for _ in range(100):
        odds = math.log2(share / (1 - share))
        expected = float((1 / (1 + np.exp2(-np.clip(weights + odds, -60, 60)))).sum())
        new = min(max(expected / pairs, 1e-12), 0.2)
        if abs(new - share) <= 1e-4 * share:
            break
        share = new
    return math.log2(share / (1 - share))

"""A Splink model of the data itself, trained without labels.

u by random sampling; m by expectation maximisation over several blocking rules, each of which leaves other fields to be
learned. Random pairs hold some true ones, which in small files makes rare agreements look more common among strangers
than they are: so u is corrected by what m and the share of matches say of those, and m is learned again.
"""

import contextlib
import math
import re
import warnings
from itertools import combinations
from typing import Any

import msgspec
import numpy as np

from mainstem.analytics.identity.agreement import Agreements, Names, both
from mainstem.analytics.identity.comparisons import Functions, comparison
from mainstem.analytics.identity.contracts import Role
from mainstem.analytics.identity.fields import Field, Kind

SAMPLED_PAIRS = 800_000
EM_PAIRS = 400_000
EM_PAIRS_MIN = 30

EM_PAIRS_FEW = 10
"""The same in a small file: fewer pairs teach nothing but themselves."""
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


def initial_settings(
    fields: list[Field], latin: frozenset[str], functions: Functions, keys: list[str], implications: dict[str, Names]
) -> Settings:
    """A model that knows its comparisons and rules and nothing else."""
    by_name = {field.name: field for field in fields}
    rules = [f"l.{key} = r.{key}" for key in keys] or ["1=1"]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "max_iterations": 40,
        "comparisons": [
            comparison(field, by_name, latin, functions, implications.get(field.name, ())) for field in fields
        ],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in rules],
    }


def moved(trained: Settings, blank: Settings, dialect: str) -> Settings:
    """A trained model in another dialect of SQL: the conditions of a blank one of the same fields, what was learned."""
    comparisons = [
        part
        | {
            "comparison_levels": [
                level | {"sql_condition": said["sql_condition"]}
                for level, said in zip(part["comparison_levels"], other["comparison_levels"], strict=True)
            ]
        }
        for part, other in zip(trained["comparisons"], blank["comparisons"], strict=True)
    ]
    return trained | {"sql_dialect": dialect, "comparisons": comparisons}


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
    table: Any,  # noqa: ANN401 - Splink is published without types
    settings: Settings,
    fields: list[Field],
    agreements: Agreements,
    implications: dict[str, Names],
    seed: int,
) -> Trained:
    """The model with its parameters."""
    rules = training_rules(fields, agreements)
    linker = linker_of(settings, table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=seed)
        counted = _counted(saved(linker), agreements, implications)
        learned = saved(_learn(linker_of(counted, table), rules, counted))
        share = _share_of_matches(learned, agreements, implications)
        corrected = _without_matches(learned, share)
        if corrected is not None:
            learned = saved(_learn(linker_of(corrected, table), rules, corrected))
    completed, untaught = _completed(learned, implications)
    completed["probability_two_random_records_match"] = min(max(share, 1e-9), 0.2)
    return Trained(completed, untaught, [" and ".join(rule) for rule in rules])


def _learn(linker: Any, rules: list[Names], settings: Settings) -> Any:  # noqa: ANN401 - Splink is published without types
    for rule in rules:
        if not _teaches(rule, settings):
            continue
        condition = " AND ".join(f"l.{name} = r.{name}" for name in rule)
        # A level that no pair of a rule is of sinks below what Splink can hold: the other rules still teach.
        with contextlib.suppress(ValueError):
            linker.training.estimate_parameters_using_expectation_maximisation(
                condition, estimate_without_term_frequencies=True, max_pairs=EM_PAIRS, record_sample_proportion=0.2
            )
    return linker


def _teaches(rule: Names, settings: Settings) -> bool:
    """Whether a comparison is left to learn: Splink leaves out those that look at a field of the rule."""
    looked_at = (
        {found for level in part["comparison_levels"] for found in _COLUMN.findall(level["sql_condition"])}
        for part in settings["comparisons"]
    )
    return any(columns.isdisjoint(rule) for columns in looked_at)


_COLUMN = re.compile(r"\b(\w+)_l\b")


def training_rules(fields: list[Field], agreements: Agreements) -> list[Names]:
    """Which fields pairs share while the others are learned: several rules, so that every field is learned twice.

    A rule is good when it brings enough pairs of which many are true ones, that is few pairs for its rows.
    """
    if len(fields) < 2:  # noqa: PLR2004 - nothing would be left to learn
        return []
    telling = [field for field in fields if field.kind is not Kind.CATEGORY]
    candidates: list[Names] = [(one.name,) for one in telling]
    if len(fields) > 2:  # noqa: PLR2004 - a third is learned
        candidates += [(one.name, other.name) for one, other in combinations(fields, 2)]
    weighed: list[tuple[float, Names]] = []
    few = max(agreements[field.name,].known for field in fields) < (10 * EM_PAIRS_MIN) ** 2 / 2
    for rule in candidates:
        found = agreements[rule]
        if found.agreeing >= (EM_PAIRS_FEW if few else EM_PAIRS_MIN):
            # Pairs a row that has any: one, when all are true; the more, the more strangers are among them.
            weighed.append((found.agreeing / max(1.0, found.rows) + 0.2 * len(rule), rule))
    return _varied(weighed, [field.name for field in fields])


def _varied(weighed: list[tuple[float, Names]], names: list[str]) -> list[Names]:
    """The best rules that have little in common, until every field was learned twice."""
    chosen: list[Names] = []
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


def _share_of_matches(settings: Settings, agreements: Agreements, implications: dict[str, Names]) -> float:
    """How many of all pairs are matches, at most: of any one or two fields, matches cannot agree on more than all do.

    The fields that tell most give the least such bound, and it is close, because strangers hardly agree on them.
    """
    # What is learned of an implied field holds only where the other differs.
    bounds = {
        group: entry.rate / max(math.prod(_m_exact(settings, name) for name in group), 0.05)
        for group, entry in agreements.items()
        if entry.agreeing and not implications.keys() & set(group)
    }
    # Where only a few pairs agree on something, how few is chance.
    enough = min(EM_PAIRS_MIN, max((agreements[group].agreeing for group in bounds), default=0.0))
    return min((bound for group, bound in bounds.items() if agreements[group].agreeing >= enough), default=0.0)


def _counted(settings: Settings, agreements: Agreements, implications: dict[str, Names]) -> Settings:
    """The model with u of equal values as it is in all pairs, where a sample of them holds but a few."""
    comparisons = []
    for part in settings["comparisons"]:
        name = part["output_column_name"]
        agreeing, known = agreements[name,].agreeing, agreements[name,].known
        if name in implications:
            # One implies the other, so that of several the one on which most pairs agree holds them all.
            most = max((both(agreements, name, other) for other in implications[name]), key=lambda one: one.agreeing)
            agreeing, known = agreeing - most.agreeing, known - most.agreeing
        u = max(agreeing / max(1.0, known), _WEIGHT_FLOOR)
        levels = [
            level | {"u_probability": u} if level.get("label_for_charts") == "exact" else level
            for level in part["comparison_levels"]
        ]
        comparisons.append(part | {"comparison_levels": levels})
    return settings | {"comparisons": comparisons}


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
            if m is None and level.get("label_for_charts") == "exact":
                m = _M_DEFAULT  # no rule could teach it: equal values are of matches all the same
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


def _completed(settings: Settings, implications: dict[str, Names]) -> tuple[Settings, list[str]]:
    """The model with customary parameters for the comparisons that no rule could teach, or taught nonsense."""
    untaught = []
    comparisons = []
    for part in settings["comparisons"]:
        known = [level for level in part["comparison_levels"] if not level.get("is_null_level")]
        exact, last = known[0], known[-1]
        taught = all("m_probability" in level for level in (exact, last))
        sense = taught and exact["m_probability"] > exact.get("u_probability", 0.0)
        if not sense and part["output_column_name"] in implications:
            # Where the field differs that implies it, it may well say nothing.
            m = [level.get("u_probability", 1e-6) for level in known]
        elif not sense:
            untaught.append(part["output_column_name"])
            between = max(1, len(known) - 2)
            m = [_M_DEFAULT, *([0.05 / between] * (len(known) - 2)), 0.05]
        else:
            m = [level.get("m_probability", 1e-6) for level in known]
        u = [level.get("u_probability", 1e-6) for level in known]
        name = part["output_column_name"]
        made = iter([bounded(name, level, a, b) for level, a, b in zip(known, m, u, strict=True)])
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

DOUBT_UNNAMED = 0.05
"""The same for a field of which nobody knows what it holds: two sources may call it by different words throughout, and
the pairs that it is learned from are those of one source."""

_UNNAMED = frozenset((Role.TEXT, Role.CODE, Role.CATEGORY))


def unnamed(name: str) -> bool:
    """Whether a field is of a column of which only the form is known: a text, a code, a category."""
    return name.rstrip("0123456789").rstrip("_") in _UNNAMED


def bounded(name: str, level: dict[str, Any], m: float, u: float) -> dict[str, Any]:
    """A level of a field's comparison with m and u, as far as they may be believed."""
    doubt = DOUBT_UNNAMED if unnamed(name) else DOUBT
    if not math.isfinite(m) or not math.isfinite(u):
        m, u = _WEIGHT_FLOOR, _WEIGHT_FLOOR
    kept = min(max(u, _WEIGHT_FLOOR), 1.0)
    return level | {"m_probability": min(max(m, doubt * kept), 1.0), "u_probability": kept}


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

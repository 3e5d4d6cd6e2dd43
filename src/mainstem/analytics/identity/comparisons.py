"""How each kind of field is compared: the levels of a Splink comparison, in the SQL of the engine."""

from typing import Any

import msgspec

from mainstem.analytics.identity.fields import Field, Kind
from mainstem.analytics.identity.preparing import LATIN


class Functions(msgspec.Struct, frozen=True):
    """What an engine calls the similarity and the distance of two texts, both of their bytes in UTF-8."""

    jaro_winkler: str = "jaro_winkler_similarity"
    damerau_levenshtein: str = "damerau_levenshtein"
    starts_with: str = "starts_with"


DUCKDB = Functions()
SPARK = Functions(
    jaro_winkler="mainstem_jaro_winkler", damerau_levenshtein="mainstem_damerau_levenshtein", starts_with="startswith"
)

NAME_CLOSE, NAME_FAR = 0.92, 0.8
"""Jaro-Winkler similarities at which names and texts are a typing error apart, or more than one."""


def comparison(
    field: Field,
    fields: dict[str, Field],
    latin: frozenset[str],
    functions: Functions,
    implied_by: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The comparison of a field, as Splink's settings have it; where one of `implied_by` agrees it says nothing."""
    name = field.name
    nothing = [f"{_l(name)} IS NULL", f"{_r(name)} IS NULL", *(f"{_l(other)} = {_r(other)}" for other in implied_by)]
    levels: list[dict[str, Any]] = [
        {"sql_condition": " OR ".join(nothing), "label_for_charts": "null", "is_null_level": True},
        _exact(field, by_frequency=not implied_by),
        *_between(field, fields, latin, functions),
        {"sql_condition": "ELSE", "label_for_charts": "else"},
    ]
    return {"output_column_name": name, "comparison_levels": levels}


def _l(name: str) -> str:
    return f"{name}_l"


def _r(name: str) -> str:
    return f"{name}_r"


def _level(sql: str, label: str) -> dict[str, Any]:
    return {"sql_condition": sql, "label_for_charts": label}


_BY_FREQUENCY = frozenset((Kind.GIVEN, Kind.FAMILY, Kind.TEXT, Kind.CATEGORY, Kind.POSTAL))
"""Kinds whose values are shared by very different numbers of people: agreeing on a rare one says more."""


def _exact(field: Field, *, by_frequency: bool) -> dict[str, Any]:
    level = _level(f"{_l(field.name)} = {_r(field.name)}", "exact")
    if by_frequency and field.kind in _BY_FREQUENCY:
        level |= {"tf_adjustment_column": field.name, "tf_adjustment_weight": 1.0}
    return level


def _between(
    field: Field, fields: dict[str, Field], latin: frozenset[str], functions: Functions
) -> list[dict[str, Any]]:
    """The levels between equal and different."""
    name, kind = field.name, field.kind
    close = f"{functions.jaro_winkler}({_l(name)}, {_r(name)}) >= "
    edits = f"{functions.damerau_levenshtein}({_l(name)}, {_r(name)}) <= "
    match kind:
        case Kind.GIVEN | Kind.FAMILY:
            return _of_names(field, fields, latin, functions)
        case Kind.TEXT:
            return [_level(f"{close}{limit}", f"similar {limit}") for limit in (NAME_CLOSE, NAME_FAR)]
        case Kind.DATE:
            swapped = (
                f"substring({_l(name)}, 1, 5) || substring({_l(name)}, 9, 2) || '-' || substring({_l(name)}, 6, 2)"
            )
            return [
                _level(f"({edits}1) OR ({swapped} = {_r(name)})", "a digit, or day and month swapped"),
                _level(f"{edits}2", "two digits"),
                _level(f"substring({_l(name)}, 1, 4) = substring({_r(name)}, 1, 4)", "the year"),
            ]
        case Kind.CODE | Kind.POSTAL | Kind.PHONE:
            return [_level(f"{edits}1", "a digit"), _level(f"{edits}2", "two digits")]
        case Kind.NUMBER:
            return [_level(f"{edits}1", "a digit")]
        case Kind.EMAIL:
            user = [f"split_part({side}, '@', 1)" for side in (_l(name), _r(name))]
            return [
                _level(f"{user[0]} = {user[1]}", "the part before @"),
                *(_level(f"{close}{limit}", f"similar {limit}") for limit in (NAME_CLOSE, NAME_FAR)),
            ]
        case Kind.CATEGORY:
            return []


def _of_names(
    field: Field, fields: dict[str, Field], latin: frozenset[str], functions: Functions
) -> list[dict[str, Any]]:
    name = field.name
    other = {"given_name": "family_name", "family_name": "given_name"}.get(name, "")
    spelled = name + LATIN if name in latin else name
    levels = []
    if name in latin:
        levels.append(_level(f"{_l(spelled)} = {_r(spelled)}", "the same sound"))
    close = f"{functions.jaro_winkler}({_l(spelled)}, {_r(spelled)}) >= "
    levels.append(_level(f"{close}{NAME_CLOSE}", f"similar {NAME_CLOSE}"))
    if other in fields:
        other = other + LATIN if name in latin and other in latin else other
        mine = spelled if other.endswith(LATIN) else name
        # In either direction, so that the order of two rows does not matter.
        swapped = f"{_l(mine)} = {_r(other)} OR {_l(other)} = {_r(mine)}"
        levels.append(_level(swapped, "given and family name swapped"))
    levels.append(_level(f"{close}{NAME_FAR}", f"similar {NAME_FAR}"))
    # An initial, or a name within the other: J., Rob of Robert, Anna of Anna Maria.
    levels.append(
        _level(
            f"{functions.starts_with}({_l(spelled)}, {_r(spelled)})"
            f" OR {functions.starts_with}({_r(spelled)}, {_l(spelled)})",
            "one begins with the other",
        )
    )
    return levels

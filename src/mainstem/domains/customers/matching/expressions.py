"""The SQL of a Splink level as a Python function of two records, equal to what DuckDB makes of it.

Only what is known to be equal is compiled: any other function, operator or pattern refuses the model. Values are
texts, numbers, booleans or lists; None is SQL's NULL, and conditions have SQL's three values.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from mainstem.domains.customers.matching import functions
from mainstem.domains.customers.matching.refusals import unusable

Record = Mapping[str, Any]
"""Column: value. A column that is absent is NULL; an empty text is a text, as in SQL."""

Term = Callable[[Record, Record], Any]

_LEFT, _RIGHT = "_l", "_r"


def parsed(condition: str) -> exp.Expr:
    """The condition as a tree; raises RefusedError when it is no SQL expression."""
    try:
        return sqlglot.parse_one(condition, read="duckdb")
    except SqlglotError as error:
        raise unusable(f"{condition!r} is no SQL that can be read ({str(error).splitlines()[0]})") from None


def compiled(condition: str) -> Term:
    """A function of (left, right): whether the condition holds, None where SQL says NULL.

    Raises RefusedError for SQL that is not known to give the same here as in DuckDB.
    """
    return _term(parsed(condition), condition)


def exact_column(condition: str) -> str | None:
    """The column of a condition that is `column_l = column_r` and nothing more, in lower case."""
    tree = parsed(condition).unnest()
    if not isinstance(tree, exp.EQ):
        return None
    left, right = tree.left.unnest(), tree.right.unnest()
    if not (isinstance(left, exp.Column) and isinstance(right, exp.Column)):
        return None
    names = left.name.lower(), right.name.lower()
    same = names[0][:-2] == names[1][:-2] and {name[-2:] for name in names} == {_LEFT, _RIGHT}
    return names[0][:-2] if same else None


def columns(condition: str) -> set[str]:
    """The columns that a condition reads."""
    return {found.name[:-2] for found in parsed(condition).find_all(exp.Column)}


def _term(tree: exp.Expr, whole: str) -> Term:
    build = _BUILDERS.get(type(tree))
    if build is None:
        raise unusable(f"{tree.sql(dialect='duckdb')!r} in {whole!r} is not known here")
    return build(tree, whole)


def _column(tree: exp.Expr, whole: str) -> Term:
    assert isinstance(tree, exp.Column)
    name, side = tree.name[:-2], tree.name[-2:].lower()
    if tree.table or not name or side not in (_LEFT, _RIGHT):
        raise unusable(f"the column {tree.sql()!r} in {whole!r} is of neither record")
    if side == _LEFT:
        return lambda left, _: left.get(name)
    return lambda _, right: right.get(name)


def _literal(tree: exp.Expr, _whole: str) -> Term:
    assert isinstance(tree, exp.Literal)
    value: str | int | float = tree.this
    if not tree.is_string:
        value = int(tree.this) if tree.is_int else float(tree.this)
    return lambda _left, _right: value


def _boolean(tree: exp.Expr, _whole: str) -> Term:
    value = bool(tree.this)
    return lambda _left, _right: value


def _paren(tree: exp.Expr, whole: str) -> Term:
    return _term(tree.this, whole)


def _and(tree: exp.Expr, whole: str) -> Term:
    first, second = _term(tree.this, whole), _term(tree.expression, whole)

    def both(left: Record, right: Record) -> bool | None:
        one = first(left, right)
        if one is False:
            return False
        other = second(left, right)
        if other is False:
            return False
        return None if one is None or other is None else True

    return both


def _or(tree: exp.Expr, whole: str) -> Term:
    first, second = _term(tree.this, whole), _term(tree.expression, whole)

    def either(left: Record, right: Record) -> bool | None:
        one = first(left, right)
        if one is True:
            return True
        other = second(left, right)
        if other is True:
            return True
        return None if one is None or other is None else False

    return either


def _not(tree: exp.Expr, whole: str) -> Term:
    inner = _term(tree.this, whole)

    def negated(left: Record, right: Record) -> bool | None:
        value = inner(left, right)
        return None if value is None else not value

    return negated


def _is(tree: exp.Expr, whole: str) -> Term:
    if not isinstance(tree.expression, exp.Null):
        raise unusable(f"{tree.sql(dialect='duckdb')!r} in {whole!r} is not known here")
    inner = _term(tree.this, whole)
    return lambda left, right: inner(left, right) is None


def _in(tree: exp.Expr, whole: str) -> Term:
    values = [part for part in tree.expressions if isinstance(part, exp.Literal) and part.is_string]
    if not values or len(values) != len(tree.expressions):
        raise unusable(f"{tree.sql(dialect='duckdb')!r} in {whole!r} is not a list of texts")
    inner, wanted = _term(tree.this, whole), frozenset(part.this for part in values)

    def contained(left: Record, right: Record) -> bool | None:
        value = inner(left, right)
        return None if value is None else functions.text(value) in wanted

    return contained


def _pairwise(function: Callable[[Any, Any], Any]) -> Callable[[exp.Expr, str], Term]:
    """Of a node with two operands: NULL when one of them is."""

    def build(tree: exp.Expr, whole: str) -> Term:
        first, second = _term(tree.this, whole), _term(tree.expression, whole)

        def applied(left: Record, right: Record) -> Any:  # noqa: ANN401 - any SQL value
            one, other = first(left, right), second(left, right)
            return None if one is None or other is None else function(one, other)

        return applied

    return build


def _single(function: Callable[[Any], Any]) -> Callable[[exp.Expr, str], Term]:
    """Of a node with one operand: NULL when that is."""

    def build(tree: exp.Expr, whole: str) -> Term:
        inner = _term(tree.this, whole)

        def applied(left: Record, right: Record) -> Any:  # noqa: ANN401 - any SQL value
            value = inner(left, right)
            return None if value is None else function(value)

        return applied

    return build


def _constant(tree: exp.Expr | None, whole: str, kind: type) -> Any:  # noqa: ANN401 - of the kind asked for
    """A literal, positive and of a kind, as SQL's functions take their lengths, groups and patterns."""
    if isinstance(tree, exp.Literal) and tree.is_string == (kind is str):
        return kind(tree.this)
    raise unusable(f"{whole!r} has no literal where one is needed")


def _substring(tree: exp.Expr, whole: str) -> Term:
    start = _constant(tree.args.get("start"), whole, int)
    length = _constant(tree.args.get("length"), whole, int) if tree.args.get("length") else None
    if start < 1:
        raise unusable(f"{whole!r} begins a substring before the text")
    end = None if length is None else start - 1 + length
    return _single(lambda value: functions.text(value)[start - 1 : end])(tree, whole)


def _left_part(tree: exp.Expr, whole: str) -> Term:
    length = _constant(tree.expression, whole, int)
    return _single(lambda value: functions.text(value)[:length])(tree, whole)


def _regexp_extract(tree: exp.Expr, whole: str) -> Term:
    group = tree.args.get("group")
    extract = functions.extractor(
        _constant(tree.expression, whole, str), 0 if group is None else _constant(group, whole, int)
    )
    return _single(extract)(tree, whole)


def _split_part(tree: exp.Expr, whole: str) -> Term:
    delimiter = _constant(tree.args.get("delimiter"), whole, str)
    number = _constant(tree.args.get("part_index"), whole, int)
    if not delimiter or number < 1:
        raise unusable(f"{whole!r} splits a text in a way that is not known here")
    return _single(lambda value: functions.part(value, delimiter, number))(tree, whole)


def _cast(tree: exp.Expr, whole: str) -> Term:
    kind = tree.args["to"].this
    if kind in (exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR):
        return _single(functions.text)(tree, whole)
    raise unusable(f"{tree.sql(dialect='duckdb')!r} in {whole!r} is not known here")


def _coalesce(tree: exp.Expr, whole: str) -> Term:
    parts = [_term(part, whole) for part in (tree.this, *tree.expressions)]

    def first(left: Record, right: Record) -> Any:  # noqa: ANN401 - any SQL value
        return next((value for part in parts if (value := part(left, right)) is not None), None)

    return first


def _nullif(tree: exp.Expr, whole: str) -> Term:
    return _pairwise(lambda value, empty: None if functions.equal(value, empty) else value)(tree, whole)


def _bracket(tree: exp.Expr, whole: str) -> Term:
    # sqlglot has turned SQL's first element, 1, into 0; what counts from the end it has shifted as well.
    at = tree.expressions[0] if len(tree.expressions) == 1 else None
    number = _constant(at, whole, int)
    return _single(lambda value: functions.element(value, number))(tree, whole)


def _anonymous(tree: exp.Expr, whole: str) -> Term:
    name = str(tree.this).lower()
    operands: Sequence[exp.Expr] = tree.expressions
    if name == "try_strptime" and len(operands) == 2:  # noqa: PLR2004 - a text and its format
        read = functions.moment_reader(_constant(operands[1], whole, str))
        return _single(read)(exp.Paren(this=operands[0]), whole)
    function = functions.NAMED.get(name)
    if function is None or len(operands) != 2:  # noqa: PLR2004 - all of them take two
        raise unusable(f"the function {name!r} in {whole!r} is not known here")
    return _pairwise(function)(exp.EQ(this=operands[0], expression=operands[1]), whole)


_BUILDERS: dict[type[exp.Expr], Callable[[exp.Expr, str], Term]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: _boolean,
    exp.Paren: _paren,
    exp.And: _and,
    exp.Or: _or,
    exp.Not: _not,
    exp.Is: _is,
    exp.In: _in,
    exp.EQ: _pairwise(functions.equal),
    exp.NEQ: _pairwise(lambda one, other: not functions.equal(one, other)),
    exp.GT: _pairwise(functions.above),
    exp.LT: _pairwise(lambda one, other: functions.above(other, one)),
    exp.GTE: _pairwise(lambda one, other: not functions.above(other, one)),
    exp.LTE: _pairwise(lambda one, other: not functions.above(one, other)),
    exp.Add: _pairwise(lambda one, other: functions.number(one) + functions.number(other)),
    exp.Sub: _pairwise(lambda one, other: functions.number(one) - functions.number(other)),
    exp.Abs: _single(lambda value: abs(functions.number(value))),
    exp.Lower: _single(lambda value: functions.text(value).lower()),
    exp.Upper: _single(lambda value: functions.text(value).upper()),
    exp.Trim: _single(lambda value: functions.text(value).strip(" ")),
    exp.Length: _single(lambda value: len(functions.text(value))),
    exp.DPipe: _pairwise(lambda one, other: functions.text(one) + functions.text(other)),
    exp.ArraySize: _single(lambda value: len(functions.items(value))),
    exp.TimeToUnix: _single(functions.number),
    exp.JarowinklerSimilarity: _pairwise(functions.jaro_winkler),
    exp.Levenshtein: _pairwise(functions.levenshtein),
    exp.StartsWith: _pairwise(lambda one, other: functions.text(one).startswith(functions.text(other))),
    exp.SplitPart: _split_part,
    exp.Substring: _substring,
    exp.Left: _left_part,
    exp.RegexpExtract: _regexp_extract,
    exp.Cast: _cast,
    exp.Coalesce: _coalesce,
    exp.Nullif: _nullif,
    exp.Bracket: _bracket,
    exp.Anonymous: _anonymous,
}
"""What is known to be equal to DuckDB; tests/unit/test_matching_functions.py compares."""

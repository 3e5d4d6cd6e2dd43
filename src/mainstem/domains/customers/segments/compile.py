"""THE evaluator: conditions as SQL, over sets, with parameters only. Counting and live membership run the same text.

A condition becomes a boolean expression over `t`, a row of `customers.trait_value`, and `b`, the batch values beside
it. It is never null: what is unknown satisfies no comparison. A scope says which customers are looked at, so that what
is asked of purchases is asked of those customers only.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from mainstem.domains.customers.segments.conditions import (
    All,
    Attached,
    Bought,
    Compared,
    Condition,
    Consented,
    Either,
    Not,
)
from mainstem.platform.arrays import Bigints, Texts

_HOLDS_AT_ZERO: dict[str, Callable[[int], bool]] = {
    "=": lambda times: times == 0,
    "!=": lambda times: times != 0,
    "<": lambda times: times > 0,
    "<=": lambda _: True,
    ">": lambda _: False,
    ">=": lambda times: times == 0,
}
_OPPOSITE = {"=": "<>", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SQL_OPS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TYPES = {
    "number": "bigint",
    "amount": "bigint",
    "percent": "bigint",
    "map": "bigint",
    "text": "text",
    "text_map": "text",
    "flag": "boolean",
    "day": "date",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which customers are looked at: the rows `t`, and a condition on `r.customer`; both with their parameters."""

    rows: str
    rows_parameters: tuple[object, ...]
    within: str
    within_parameters: tuple[object, ...]

    @classmethod
    def everybody(cls) -> "Scope":
        """All customers."""
        return cls("customers.trait_value as t", (), "true", ())

    @classmethod
    def these(cls, customers: Collection[int]) -> "Scope":
        """These customers."""
        ids = Bigints(sorted(customers))
        rows = "(select * from customers.trait_value where customer = any(%b::bigint[])) as t"
        return cls(rows, (ids,), "r.customer = any(%b::bigint[])", (ids,))

    @classmethod
    def between(cls, after: int, last: int) -> "Scope":
        """Those whose ids come behind the first and not behind the second."""
        span = (after, last)
        rows = "(select * from customers.trait_value where customer > %b::bigint and customer <= %b::bigint) as t"
        return cls(rows, span, "r.customer > %b::bigint and r.customer <= %b::bigint", span)

    @classmethod
    def sample(cls, percent: float) -> "Scope":
        """The customers on so many of a hundred pages of the table, with the page as `t.page`."""
        rows = (
            "(select v.*, split_part(trim('(' from v.ctid::text), ',', 1)::bigint as page"
            " from customers.trait_value as v tablesample system (%b::real)) as t"
        )
        return cls(rows, (percent,), "true", ())


@dataclass(slots=True)
class Compiled:
    """SQL with its parameters, in the order of the text."""

    sql: str = ""
    parameters: list[object] = field(default_factory=list)


def compiled(condition: Condition, scope: Scope, today: date) -> Compiled:
    """The condition as an expression."""
    parameters: list[object] = []
    return Compiled(_expression(condition, scope, today, parameters), parameters)


def _expression(condition: Condition, scope: Scope, today: date, parameters: list[object]) -> str:
    if isinstance(condition, All | Either):
        word = " and " if isinstance(condition, All) else " or "
        return "(" + word.join(_expression(part, scope, today, parameters) for part in condition.parts) + ")"
    if isinstance(condition, Not):
        return f"(not {_expression(condition.part, scope, today, parameters)})"
    if isinstance(condition, Compared):
        return _compared(condition, today, parameters)
    if isinstance(condition, Attached):
        parameters += [condition.tag, *scope.within_parameters]
        return (
            "(t.customer in (select r.customer from customers.manual_tag as g"  # noqa: S608 - our own text
            f" join customers.source_record as r on r.id = g.record where g.tag = %b::text and {scope.within}))"
        )
    if isinstance(condition, Bought):
        return _bought(condition, scope, today, parameters)
    assert isinstance(condition, Consented)
    named = f"{condition.purpose}:{condition.channel}" if condition.channel else condition.purpose
    parameters.append(named)
    return "(%b::text = any(t.consents))"


def trait_expression(condition_sql: str, today: date, parameters: list[object]) -> str:
    """A trait's expression with the day put in."""
    parameters += [today] * condition_sql.count("{today}")
    return condition_sql.replace("{today}", "%b::date")


def _compared(condition: Compared, today: date, parameters: list[object]) -> str:
    trait = condition.trait
    left = trait_expression(trait.sql, today, parameters)
    kind = _TYPES[trait.kind]
    if condition.key is not None:
        parameters.append(condition.key)
        left = f"({left} ->> %b::text)::{kind}"
    if condition.op == "known":
        return f"({left} is not null)"
    if condition.op == "unknown":
        return f"({left} is null)"
    if condition.op == "in":
        parameters.append(_array(condition.values))
        return f"coalesce({left} = any(%b::{kind}[]), false)"
    parameters.append(condition.values[0])
    return f"coalesce({left} {_SQL_OPS[condition.op]} %b::{kind}, false)"


def _array(values: Sequence[object]) -> object:
    """The values, all of the trait's kind, as a parameter."""
    texts = [value for value in values if isinstance(value, str)]
    if texts:
        return Texts(texts)
    integers = [value for value in values if isinstance(value, int)]
    return Bigints(integers) if integers else list(values)


def _bought(condition: Bought, scope: Scope, today: date, parameters: list[object]) -> str:
    """Who bought so often; where no purchase at all fits too, who is not among those that do not fit."""
    at_zero = _HOLDS_AT_ZERO[condition.op](condition.times)
    op = _OPPOSITE[condition.op] if at_zero else _SQL_OPS[condition.op]
    words = ["select r.customer from customers.activity as a join customers.source_record as r on r.id = a.record"]
    words.append("where a.purchases > 0 and a.day > %b::date and r.erased_at is null")
    parameters.append(today - timedelta(days=condition.days))
    for column, value in (("channel", condition.channel), ("node", condition.node)):
        if value is not None:
            words.append(f"and a.{column} = %b::text")
            parameters.append(value)
    if condition.category is not None:
        words.append(
            "and exists (select from customers.activity_goods as g where g.occasion = a.occasion"
            " and (g.category = %b::text or g.category like %b::text))"
        )
        beginning = condition.category.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "/%"
        parameters += [condition.category, beginning]
    words.append(f"and {scope.within} group by r.customer having count(*) {op} %b::bigint")
    parameters += [*scope.within_parameters, condition.times]
    return f"(t.customer {'not in' if at_zero else 'in'} ({' '.join(words)}))"

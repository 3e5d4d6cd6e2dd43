"""All SQL that only reads traits."""

from datetime import date
from typing import Any

from mainstem.domains.customers.segments.compile import trait_expression
from mainstem.domains.customers.traits.declared import TRAITS
from mainstem.platform.query import Query, Row


def traits_of(customer: int, today: date) -> Query[dict[str, Any] | None]:
    """Every trait of a customer, named by any of his ids; None for what is unknown. None when there is no customer."""
    parameters: list[object] = []
    columns = ", ".join(trait_expression(trait.sql, today, parameters) for trait in TRAITS.values())
    sql = (
        f"select {columns} from customers.source_record as k"  # noqa: S608 - declared expressions
        " join customers.trait_value as t on t.customer = k.customer"
        " left join customers.batch_value as b on b.customer = t.customer where k.id = %b::bigint"
    )
    return Query(sql, (*parameters, customer), _named)


def _named(rows: list[Row]) -> dict[str, Any] | None:
    return dict(zip(TRAITS, rows[0], strict=True)) if rows else None

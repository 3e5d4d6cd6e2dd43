"""Batch traits computed on DuckDB over tables that are handed over as Arrow.

Ibis writes the SQL and DuckDB runs it: what Ibis 12 fetches with is deprecated in DuckDB 2.
"""

from collections.abc import Mapping

import duckdb
import ibis
import pyarrow as pa

from mainstem.analytics.traits.declared import TRAITS, Compute

ACTIVITY = ibis.schema(
    {
        "customer": "int64",
        "occasion": "int64",
        "day": "date",
        "units": "int64",
        "amount_minor": "int64",
        "discount_minor": "int64",
    }
)
GOODS = ibis.schema(
    {
        "customer": "int64",
        "occasion": "int64",
        "category": "string",
        "size": "string",
        "units": "int64",
        "amount_minor": "int64",
    }
)
MEMORY = "1GB"
"""What DuckDB may hold; beyond it, it writes to disk."""


def statement(declared: Compute, dialect: str = "duckdb") -> str:
    """The SQL of a trait for an engine, over tables `activity` and `goods`."""
    tables = ibis.table(ACTIVITY, name="activity"), ibis.table(GOODS, name="goods")
    return str(ibis.to_sql(declared(*tables), dialect=dialect))


def compute(activity: pa.Table, goods: pa.Table, traits: Mapping[str, Compute] = TRAITS) -> dict[int, dict[str, int]]:
    """What the traits say of each customer, by id and name; who has none is missing."""
    found: dict[int, dict[str, int]] = {}
    with duckdb.connect(config={"memory_limit": MEMORY, "threads": 1}) as engine:
        engine.register("activity", activity)
        engine.register("goods", goods)
        for name, declared in traits.items():
            for customer, value in engine.execute(statement(declared)).fetchall():
                if value is not None:
                    found.setdefault(customer, {})[name] = value
    return found

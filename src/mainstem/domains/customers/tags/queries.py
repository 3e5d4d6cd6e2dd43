"""All SQL that only reads tags: those that hold for a customer, and those that people attached."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from mainstem.domains.customers.tags.holding import held_tags
from mainstem.domains.customers.tags.library import Tag
from mainstem.domains.customers.traits.computed import Computed
from mainstem.domains.customers.traits.declared import TRAITS
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

CATEGORIES_MAX = 100
"""Categories that have tags of their own, those with most customers first."""

_CATEGORIES = """
select category from (
    select split_part(category, '/', 1) as category, count(distinct record) as records
    from customers.activity_goods where category <> '' group by 1 order by 2 desc, 1 limit %b::bigint
) as top order by category
"""
_MANUAL = """
select distinct t.tag from customers.source_record as k join customers.source_record as r on r.customer = k.customer
join customers.manual_tag as t on t.record = r.id where k.id = %b::bigint order by t.tag
"""
_MANUAL_NAMES = """
select tag, count(distinct r.customer) from customers.manual_tag as t
join customers.source_record as r on r.id = t.record group by tag order by tag limit %b::bigint
"""


# Jumps through the indexes from one value to the next: as quick with millions of rows as with few.
_KNOWN_CATEGORIES = """
with recursive known (category) as (
    (select category from customers.activity_goods where category ~>~ '' order by category using ~<~ limit 1)
    union all
    select (select g.category from customers.activity_goods as g where g.category ~>~ k.category
        order by g.category using ~<~ limit 1)
    from known as k where k.category is not null
)
select category from known where category is not null limit %b::bigint
"""
_KNOWN_MANUAL = """
with recursive known (tag) as (
    (select tag from customers.manual_tag order by tag limit 1)
    union all
    select (select t.tag from customers.manual_tag as t where t.tag > k.tag order by t.tag limit 1)
    from known as k where k.tag is not null
)
select tag from known where tag is not null limit %b::bigint
"""
_COMMON = """
select most_common_vals::text::text[] from pg_stats
where schemaname = 'customers' and tablename = 'trait_value' and attname = %b::text
"""


class ManualTag(msgspec.Struct, frozen=True):
    """A tag that people attach, and how many customers have it."""

    tag: str
    customers: int


def top_categories() -> Query[list[str]]:
    """The widest categories that the retailer's customers buy from, in the order of their names."""
    return Query(_CATEGORIES, (CATEGORIES_MAX,), lambda rows: [row[0] for row in rows])


def manual_tags(customer: int) -> Query[list[str]]:
    """The tags that people attached to a customer, named by any of his ids."""
    return Query(_MANUAL, (customer,), lambda rows: [row[0] for row in rows])


def manual_tag_names(limit: int) -> Query[list[ManualTag]]:
    """The tags that people attach, in the order of their names."""
    return Query(_MANUAL_NAMES, (limit,), lambda rows: [ManualTag(*row) for row in rows])


def known_categories(limit: int) -> Query[list[str]]:
    """The categories that customers bought from, with those above them, in the order of their names."""
    return Query(
        _KNOWN_CATEGORIES,
        (limit,),
        lambda rows: sorted({"/".join(parts[:n]) for parts in _split(rows) for n in range(1, len(parts) + 1)}),
    )


def known_manual_tags(limit: int) -> Query[list[str]]:
    """The names of the tags that people attach, in their order; nobody is counted."""
    return Query(_KNOWN_MANUAL, (limit,), lambda rows: [row[0] for row in rows])


def common_values(trait: str) -> Query[list[str]]:
    """What a text trait often is, the most frequent first, as far as the statistics of the database know."""
    return Query(_COMMON, (trait,), lambda rows: [str(one) for one in rows[0][0]] if rows and rows[0][0] else [])


def _split(rows: Sequence[Row]) -> Iterator[list[str]]:
    for (category,) in rows:
        yield category.split("/")


class TraitsKnown(msgspec.Struct, frozen=True):
    """What was computed of a customer: every trait by name, how old they are, and the computed tags that hold now."""

    traits: dict[str, Any]
    computed: Computed
    held: list[Tag]


@lru_cache(maxsize=1)
def _everything() -> str:
    columns = ", ".join(trait.sql.replace("{today}", "d.today") for trait in TRAITS.values())
    return (
        f"select {columns}, t.as_of, greatest(t.told_at, t.last_purchase_at), b.set_at,"  # noqa: S608 - declared
        " t.consents, t.restricted from (select %b::date as today) as d"
        " cross join customers.source_record as k join customers.trait_value as t on t.customer = k.customer"
        " left join customers.batch_value as b on b.customer = t.customer where k.id = %b::bigint"
    )


def traits_known(customer: int, today: date) -> Query[TraitsKnown | None]:
    """What was computed of a customer, named by any of his ids; None while nothing was."""
    return Query(_everything(), (today, customer), _known)


def _known(rows: list[Row]) -> TraitsKnown | None:
    if not rows:
        return None
    *values, as_of, seen_at, batch_at, consents, restricted = rows[0]
    traits = dict(zip(TRAITS, values, strict=True))
    return TraitsKnown(
        traits, Computed(as_of, seen_at, batch_at), [] if restricted else held_tags(traits, frozenset(consents))
    )


async def computed_tags(connection: Connection, customer: int, today: date) -> list[Tag]:
    """The tags of the library, and of the categories he buys from, that hold for a customer now."""
    (known,) = await ask(connection, traits_known(customer, today))
    return [] if known is None else known.held

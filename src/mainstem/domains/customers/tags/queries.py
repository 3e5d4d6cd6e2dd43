"""All SQL that only reads tags: those that hold for a customer, and those that people attached."""

from datetime import date

import msgspec

from mainstem.domains.customers.segments.compile import Scope
from mainstem.domains.customers.segments.membership import fitting
from mainstem.domains.customers.tags.library import Tag, category_tags, shipped_tags, tag_conditions
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, read

CATEGORIES_MAX = 100
"""Categories that have tags of their own, those with most customers first."""

_CATEGORIES = """
select category from (
    select split_part(category, '/', 1) as category, count(distinct record) as records
    from customers.activity_goods where category <> '' group by 1 order by 2 desc, 1 limit %b::bigint
) as top order by category
"""
_OF_CUSTOMER = """
select array(select jsonb_object_keys(coalesce(spend_by_category, '{}')) order by 1) from customers.trait_value
where customer = %b::bigint
"""
_MANUAL = """
select distinct t.tag from customers.source_record as k join customers.source_record as r on r.customer = k.customer
join customers.manual_tag as t on t.record = r.id where k.id = %b::bigint order by t.tag
"""
_MANUAL_NAMES = """
select tag, count(distinct r.customer) from customers.manual_tag as t
join customers.source_record as r on r.id = t.record group by tag order by tag limit %b::bigint
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


async def computed_tags(connection: Connection, customer: int, today: date) -> list[Tag]:
    """The tags of the library, and of the categories he buys from, that hold for a customer now."""
    (rows,) = await read(connection, (_OF_CUSTOMER, (customer,)))
    if not rows:
        return []
    tags = [*shipped_tags(), *(tag for category in rows[0][0] for tag in category_tags(category))]
    known = tag_conditions()
    held = await fitting(
        connection, {number: known[tag.name] for number, tag in enumerate(tags)}, Scope.these([customer]), today
    )
    return [tags[number] for number, _ in sorted(held)]

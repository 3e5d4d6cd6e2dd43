"""What batch traits are computed from: occasions and goods with the customers they belong to now, a page at a time."""

from mainstem.platform.query import Query, Row

PAGE_ROWS = 20_000

_ACTIVITY = """
select r.customer, a.occasion, a.day, a.units, a.amount_minor, a.discount_minor
from customers.activity as a join customers.source_record as r on r.id = a.record
where a.occasion > %b::bigint and a.purchases > 0 and r.erased_at is null order by a.occasion limit %b::bigint
"""
_GOODS = """
select r.customer, g.occasion, g.category, g.size, g.units, g.amount_minor
from customers.activity_goods as g join customers.source_record as r on r.id = g.record
where (g.occasion, g.category, g.size) > (%b::bigint, %b::text, %b::text) and g.units > 0 and r.erased_at is null
order by g.occasion, g.category, g.size limit %b::bigint
"""


def activity_after(occasion: int, limit: int = PAGE_ROWS) -> Query[list[Row]]:
    """(customer, occasion, day, units, amount_minor, discount_minor) of what was bought, behind one occasion."""
    return Query(_ACTIVITY, (occasion, limit), list)


def goods_after(occasion: int, category: str, size: str, limit: int = PAGE_ROWS) -> Query[list[Row]]:
    """(customer, occasion, category, size, units, amount_minor) of what was bought, behind one row."""
    return Query(_GOODS, (occasion, category, size, limit), list)

"""The tags that people attached to a customer, with who did it and when."""

from datetime import datetime

import msgspec

from mainstem.platform.query import Query

_ATTACHED = """
select distinct on (t.tag) t.tag, t.actor, coalesce(p.name, ''), t.set_at
from customers.source_record as k join customers.source_record as r on r.customer = k.customer
join customers.manual_tag as t on t.record = r.id left join platform.principal as p on p.id = t.actor
where k.id = %b::bigint order by t.tag, t.set_at
"""
# The index of tags is entered once a name, not read as a whole.
_NAMES = """
with recursive name as (
    (select tag from customers.manual_tag order by tag limit 1)
    union all
    select (select t.tag from customers.manual_tag as t where t.tag > name.tag order by t.tag limit 1)
    from name where name.tag is not null
)
select tag from name where tag is not null limit %b::bigint
"""


class AttachedTag(msgspec.Struct, frozen=True):
    """A tag; `actor` is the name of who attached it first, "" when nobody knows any more."""

    tag: str
    actor_id: int
    actor: str
    set_at: datetime


def attached_tags(customer: int) -> Query[list[AttachedTag]]:
    """The tags attached to any record of a customer, named by any of his ids, in the order of their names."""
    return Query(_ATTACHED, (customer,), lambda rows: [AttachedTag(*row) for row in rows])


def attached_names(limit: int) -> Query[list[str]]:
    """The names of up to `limit` tags that people attach, in their order."""
    return Query(_NAMES, (limit,), lambda rows: [row[0] for row in rows])

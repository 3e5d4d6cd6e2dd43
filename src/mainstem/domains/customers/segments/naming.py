"""What segments are called, those that were removed included."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query


class Membership(msgspec.Struct, frozen=True):
    """A segment that a customer is in, and since when."""

    segment: int
    name: str
    entered_at: datetime


def segment_names(segments: Collection[int]) -> Query[dict[int, str]]:
    """The names of these segments."""
    return Query(
        "select id, name from customers.segment where id = any(%b::bigint[])", (Bigints(sorted(segments)),), dict
    )


def all_segment_names() -> Query[list[tuple[int, str]]]:
    """The segments that there are, by name."""
    return Query(
        "select id, name from customers.segment where removed_at is null order by lower(name), id",
        (),
        lambda rows: [(row[0], row[1]) for row in rows],
    )


def memberships_of(customer: int) -> Query[list[Membership]]:
    """The segments that a customer, named by any of his ids, is in, by name."""
    return Query(
        "select s.id, s.name, m.entered_at from customers.source_record as k"
        " join customers.segment_member as m on m.customer = k.customer"
        " join customers.segment as s on s.id = m.segment and s.removed_at is null"
        " where k.id = %b::bigint order by lower(s.name), s.id",
        (customer,),
        lambda rows: [Membership(*row) for row in rows],
    )

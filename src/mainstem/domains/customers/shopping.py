"""What a price may depend on of whoever shops: segments, customer groups and birthday, for a batch of customers.

A customer group is a tag that people attached to any record of the customer.
"""

from collections.abc import Collection, Iterable
from datetime import date

from mainstem.domains.customers.resolve.queries import golden_of, members_of
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row
from mainstem.platform.vault import Vault


def segments_within(customers: Collection[int]) -> Query[dict[int, frozenset[str]]]:
    """The names of the segments that each of these customers is in; who is in none is left out."""
    return Query(
        "select m.customer, s.name from customers.segment_member as m"
        " join customers.segment as s on s.id = m.segment and s.removed_at is null"
        " where m.customer = any(%b::bigint[])",
        (Bigints(customers),),
        lambda rows: {customer: frozenset(names) for customer, names in _grouped(rows).items()},
    )


def groups_within(customers: Collection[int]) -> Query[dict[int, tuple[str, ...]]]:
    """The customer groups of each of these customers, sorted; who is in none is left out."""
    return Query(
        "select distinct r.customer, t.tag from customers.source_record as r"
        " join customers.manual_tag as t on t.record = r.id where r.customer = any(%b::bigint[])",
        (Bigints(customers),),
        lambda rows: {customer: tuple(sorted(tags)) for customer, tags in _grouped(rows).items()},
    )


def birthdays(vault: Vault, customers: Collection[int]) -> Query[dict[int, date]]:
    """When each of these customers was born, as his golden record says; who has not said it is left out."""
    opened = members_of(vault, customers)

    def parse(rows: list[Row]) -> dict[int, date]:
        found = {}
        for customer, members in opened.parse(rows).items():
            said = golden_of(members).get("birth_date")
            if said is not None:
                try:
                    found[customer] = date.fromisoformat(said.value)
                except ValueError:  # a year or a month alone is no birthday
                    continue
        return found

    return Query(opened.sql, opened.parameters, parse)


def _grouped(rows: Iterable[Row]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for customer, name in rows:
        found.setdefault(customer, []).append(name)
    return found

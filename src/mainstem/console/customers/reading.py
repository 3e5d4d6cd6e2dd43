"""What the overview of a customer reads, in a few round trips."""

from datetime import UTC, datetime

import msgspec

from mainstem.console.customers.head import Head, head_with
from mainstem.console.frame import Visit
from mainstem.domains import customers, orders
from mainstem.platform.access.permissions import ORDERS_READ
from mainstem.platform.postgres import Connection

ORDERS = 8
"""Latest orders and sales that are shown; and as many open ones."""


class Known(msgspec.Struct, frozen=True):
    """All that the overview shows. `computed` is None while nothing was; `latest` when orders may not be seen."""

    head: Head
    computed: customers.TraitsKnown | None
    tags: list[customers.AttachedTag]
    segments: list[customers.Membership]
    consents: list[customers.consent.ConsentView]
    latest: list[orders.queries.OrderRow] | None
    open: list[orders.queries.OrderRow]
    more: bool
    household: customers.HouseholdView | None
    relatives: dict[int, customers.CustomerRow]


async def read(visit: Visit, customer: int, *, clear: bool = False) -> Known:
    """What is known of the customer whom an id means today; raises as `customer_head` does."""
    today = customers.today_of(datetime.now(UTC))
    async with visit.desk.database.snapshot() as connection:
        head, (computed, tags, segments, consents) = await head_with(
            visit,
            connection,
            customer,
            customers.traits_known(customer, today),
            customers.attached_tags(customer),
            customers.memberships_of(customer),
            customers.consent.views_of(customer),
            clear=clear,
        )
        latest, waiting, more = await _orders(visit, connection, tuple(head.view.records))
        household = await customers.household_of(connection, head.id)
        others = [one.customer for one in household.members if one.customer != head.id] if household else []
        relatives = await customers.people(connection, visit.desk.vault, others) if others else {}
    return Known(head, computed, tags, segments, consents or [], latest, waiting, more, household, relatives)


async def _orders(
    visit: Visit, connection: Connection, records: tuple[int, ...]
) -> tuple[list[orders.queries.OrderRow] | None, list[orders.queries.OrderRow], bool]:
    """The latest orders, the open ones, and whether there are more; those of the own node for who is bound to one."""
    if not visit.allowed(ORDERS_READ):
        return None, [], False
    own = None if visit.node is None else visit.node.id
    vault = visit.desk.vault
    latest = await orders.queries.list_orders(
        connection, vault, orders.queries.OrderFilter(customers=records, node=own), ORDERS
    )
    if latest.next is None:  # these are all
        return latest.rows, [one for one in latest.rows if one.state in orders.OPEN], False
    waiting = await orders.queries.list_orders(
        connection, vault, orders.queries.OrderFilter(customers=records, node=own, states=orders.OPEN), ORDERS
    )
    return latest.rows, waiting.rows, True

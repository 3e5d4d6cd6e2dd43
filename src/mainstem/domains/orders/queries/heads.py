"""The head of an order: what a list and the whole order both show."""

from collections.abc import Mapping
from typing import Any

from mainstem.domains import customers
from mainstem.domains.orders.rules import payment_state
from mainstem.platform.query import Row

HEAD = """
select o.id, o.channel, o.node, o.external_id, o.kind, o.state, o.customer, o.currency, o.total_minor, o.due_minor,
    o.added_tax_minor, o.paid_minor, o.expires_at, o.occurred_at, o.recorded_at, o.revision,
    o.delivery_minor
from orders.customer_order as o
"""


def named(head: Row, channel: str, node: str, people: Mapping[int, customers.Named]) -> dict[str, Any]:
    """What a list and the whole order both show; `people` are by the ids of their records."""
    buyer = people.get(head[6])
    return {
        "id": head[0],
        "channel": channel,
        "node": node,
        "external_id": head[3],
        "kind": head[4],
        "state": head[5],
        "payment": payment_state(head[11], head[9]),
        "customer": None if buyer is None else buyer.customer,
        "customer_reference": "" if buyer is None else buyer.reference,
        "currency": head[7],
        "total_minor": head[8],
        "due_minor": head[9],
        "paid_minor": head[11],
        "expires_at": head[12],
        "occurred_at": head[13],
        "revision": head[15],
    }

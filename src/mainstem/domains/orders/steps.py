"""Which verbs can do something with an order as it stands: the table of states, and what is left of the lines."""

from mainstem.domains.orders.queries.views import OrderView
from mainstem.domains.orders.states import TRANSITIONS

STEPS = ("pay", "allocate", "ship", "deliver", "return", "cancel")
"""The verbs that somebody can ask for, in the order in which an order's life needs them."""

BULK_STEPS = ("allocate", "ship", "cancel")
"""The verbs that say enough about many orders at once: they need no more than a reason."""


def steps(order: OrderView) -> tuple[str, ...]:
    """The verbs that are legal now and would find something to do."""
    finds = {
        "pay": True,
        "allocate": any(line.open for line in order.lines),
        "ship": any(line.open for line in order.lines),
        "deliver": any(one.delivered_at is None for one in order.shipments),
        "return": any(line.out > 0 for line in order.lines),
        "cancel": any(line.open for line in order.lines),
    }
    return tuple(verb for verb in STEPS if verb in TRANSITIONS[order.state] and finds[verb])


def admitted(state: str) -> tuple[str, ...]:
    """The verbs for many orders that a state admits; in all of these states something is open."""
    return tuple(verb for verb in BULK_STEPS if verb in TRANSITIONS[state])

"""One order as its pages need it: as it stands, with names, in the time of its node."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from mainstem.console.formats import Format
from mainstem.console.frame import MissingError, Visit
from mainstem.domains import catalog, customers, orders
from mainstem.platform.access import Permission
from mainstem.platform.query import ask

_NUMBER_MAX = 2**63 - 1


class Shown(msgspec.Struct, frozen=True):
    """An order with what its page shows besides: `goods` by SKU, the last happenings first."""

    order: orders.queries.OrderView
    goods: dict[str, catalog.Goods]
    happenings: list[orders.queries.Happening]
    node: catalog.NodeView
    steps: tuple[str, ...]
    fmt: Format
    late: bool

    def name(self, sku: str) -> str:
        """What the goods of a SKU are called; "" when nobody has named them."""
        goods = self.goods.get(sku)
        return "" if goods is None or goods.name == sku else goods.name


async def note_unmasked(visit: Visit, seen: Sequence[orders.queries.OrderRow | orders.queries.OrderView]) -> None:
    """Record that this person saw in the clear whose orders these are."""
    people = {one.customer for one in seen if one.customer is not None and one.customer_reference}
    await customers.note_unmasked(visit.desk.database, people, visit.caller.principal, visit.trace)


async def read(visit: Visit, permission: Permission, *, clear: bool = False) -> Shown:
    """The order of the address; raises MissingError without one, ForbiddenError when it is another node's.

    The customer's reference is masked, unless it is wanted in the clear: then it is recorded who saw it.
    """
    number: int = visit.path["order"]
    if not 0 < number <= _NUMBER_MAX:
        raise MissingError
    async with visit.desk.database.snapshot() as connection:
        view = await orders.queries.order_view(connection, visit.desk.vault, number, clear=clear)
        if view is None:
            raise MissingError
        node = visit.network.node(view.node)
        if node is None:  # its node is newer than what is remembered of the network
            (node,) = await ask(connection, catalog.find_node(view.node))
        assert node is not None, view.node
        visit.require(permission, node.id)
        goods, happenings = await ask(
            connection,
            catalog.goods_by_sku({line.sku for line in view.lines}),
            orders.queries.timeline(number),
        )
    if clear:
        await note_unmasked(visit, [view])
    late = orders.is_late(view.state, view.occurred_at, view.expires_at, datetime.now(UTC))
    fmt = visit.format_in(node.time_zone)
    return Shown(view, goods, happenings, node, orders.steps(view), fmt, late)

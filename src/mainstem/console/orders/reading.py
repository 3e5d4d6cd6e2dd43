"""One order as its pages need it: as it stands, with names, in the time of its node."""

from datetime import UTC, datetime

import msgspec

from mainstem.console.formats import Format
from mainstem.console.frame import MissingError, Visit
from mainstem.domains import catalog, orders
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


async def read(visit: Visit, permission: Permission) -> Shown:
    """The order of the address; raises MissingError without one, ForbiddenError when it is another node's."""
    number: int = visit.path["order"]
    if not 0 < number <= _NUMBER_MAX:
        raise MissingError
    async with visit.desk.database.snapshot() as connection:
        view = await orders.queries.order_view(connection, number)
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
    late = orders.is_late(view.state, view.occurred_at, view.expires_at, datetime.now(UTC))
    fmt = visit.format_in(node.time_zone)
    return Shown(view, goods, happenings, node, orders.steps(view), fmt, late)

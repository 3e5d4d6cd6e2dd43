"""What is to do in the store now, most urgent first."""

from datetime import UTC, datetime

from mainstem.console.frame import Reply, Visit, html
from mainstem.console.store.place import choose, remembered, store_of
from mainstem.domains import catalog, inventory, orders
from mainstem.platform.access.permissions import ORDERS_WRITE
from mainstem.platform.query import ask

SHOWN_MAX = 50
"""Tasks of a kind that are shown and counted; more are said to be `50+`."""


async def show(visit: Visit) -> Reply:
    """The tasks of the store, or the choice of one."""
    store = store_of(visit)
    if store is None:
        return choose(visit)
    now = datetime.now(UTC)
    wanted = inventory.DiscrepancyFilter(node=store.id)
    async with visit.desk.database.snapshot() as connection:
        waiting, arriving = await ask(
            connection, orders.orders_to_pick(store.id, SHOWN_MAX + 1), inventory.transfers_to(store.id, SHOWN_MAX + 1)
        )
        differences = await inventory.discrepancies(connection, wanted, limit=SHOWN_MAX + 1)
        low = await inventory.low_stock(connection, store.id, SHOWN_MAX + 1)
        of_low, of_differences = await ask(
            connection,
            catalog.goods_by_id(one.variant for one in low),
            catalog.goods_by_sku({one.sku for one in differences}),
        )
    if not visit.allowed(ORDERS_WRITE, store.id):
        waiting = []
    return html(
        visit,
        "store/templates/tasks.html",
        headers=remembered(visit),
        store=store,
        now=now,
        most=SHOWN_MAX,
        waiting=waiting,
        late=sum(one.late(now) for one in waiting),
        arriving=arriving,
        differences=differences,
        low=low,
        goods={one.sku: one for one in of_differences.values()},
        low_goods=of_low,
    )

"""However few ids are left of a block, a batch has as many as it needs."""

import pytest

from mainstem.domains import inventory, orders
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.platform.ids import BLOCK, Ids
from tests.spec.orders_shop import Shop, cash, line, place
from tests.spec.test_orders_life import NOON

pytestmark = [pytest.mark.unit, pytest.mark.anyio]

MANY = 40


async def leave(executor: Executor, left: int) -> None:
    """The next batch finds so many ids of a block."""
    async with executor.database.transaction() as connection:
        ids = Ids()
        await ids.reserve(connection, BLOCK)
    while ids.left > left:
        ids.take()
    executor._idle_ids[:] = [ids]


async def test_a_batch_near_the_end_of_a_block(executor: Executor) -> None:
    shop = await Shop(executor).open()
    for node in ("N1", "N2", "N3"):
        await shop.has(node, tea=10_000)
    tenders = cash(1) * MANY
    sale = orders.RecordSale(
        "one", "N1", "sale", NOON, (orders.SaleLine("new", 0, 0), orders.SaleLine("new", 999, 1)), tenders=tenders
    )
    number = (await shop.does(place(*[line(quantity=9)] * MANY))).id
    part = tuple(orders.LineQuantity(position, 1) for position in range(1, MANY + 1))
    batches: list[list[object]] = [
        [place(line(), tenders=tenders)] * 2,
        [sale],
        [orders.PayOrder(number, tenders)] * 2,
        [orders.AllocateOrder(number, node) for node in ("N2", "N3", "N1", "N2")],
        [orders.CancelOrder(number, "no", part)] * 2,
        [orders.ShipOrder(number, part)] * 3,
        [orders.ReturnOrder(number, "N1", "broken", part)] * 3,
        [inventory.CountStock("N1", (inventory.StockLine("tea", 5), inventory.StockLine("cup", 5)))],
    ]
    for left, batch in enumerate(batches):
        for fewer in (0, 1):
            await leave(executor, max(0, left - fewer))
            answers = await shop.answers(*batch)
            assert not [answer for answer in answers if isinstance(answer, Refusal) and answer.code == "internal"], (
                batch
            )
    await shop.audit()

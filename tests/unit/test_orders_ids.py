"""However few ids are left of a block, a batch has as many as it needs."""

from collections.abc import Sequence

import pytest

from mainstem.domains import orders
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.platform.ids import BLOCK, Ids
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from tests.spec.orders_shop import OPERATIONS, Shop, cash, line, place
from tests.spec.test_orders_life import NOON

pytestmark = [pytest.mark.unit, pytest.mark.anyio]

MANY = 12


async def leave(executor: Executor, left: int) -> None:
    """The next batch finds so many ids of a block."""
    async with executor.database.transaction() as connection:
        ids = Ids()
        await ids.reserve(connection, BLOCK)
    while ids.left > left:
        ids.take()
    executor._idle_ids[:] = [ids]


async def decided(executor: Executor, batch: Sequence[object]) -> Sequence[object]:
    """The answers of the handler itself: the executor would try the halves of a batch that fails."""
    operation = OPERATIONS[type(batch[0])]
    calls = [operation.call(command) for command in batch]

    async def act(work: Work) -> Sequence[object]:
        questions = operation.foresee([call.command for call in calls])
        work.foreseen = list(await ask(work.connection, *questions)) if questions else []
        answers: Sequence[object] = await operation.handle(work, calls)
        return answers

    return await executor.transact("test", act)


async def test_a_batch_near_the_end_of_a_block(executor: Executor) -> None:
    """Whatever a batch reserves, what it takes is not more: tried with every number of ids that may be left."""
    shop = await Shop(executor).open()
    for node in ("N1", "N2", "N3"):
        await shop.has(node, tea=100_000)
    tenders = cash(1) * MANY
    number = (await shop.does(place(*[line(quantity=999)] * MANY))).id
    part = tuple(orders.LineQuantity(position, 1) for position in range(1, MANY + 1))
    odd = (orders.SaleLine("new", 0, 0), orders.SaleLine("new", 999, 1))
    for left in range(5 * MANY):
        sale = orders.RecordSale("one", "N1", f"sale {left}", NOON, odd, tenders=tenders)
        batches: list[list[object]] = [
            [place(line(), tenders=tenders)] * 2,
            [sale],
            [orders.PayOrder(number, tenders)] * 2,
            [orders.AllocateOrder(number, node) for node in ("N2", "N3", "N1", "N2")],
            [orders.CancelOrder(number, "no", part)] * 2,
            [orders.ShipOrder(number, part)] * 3,
            [orders.ReturnOrder(number, "N1", "broken", part)] * 3,
        ]
        for batch in batches:
            await leave(executor, left)
            assert not [answer for answer in await decided(executor, batch) if isinstance(answer, Refusal)], batch
    await shop.audit()

"""A change of an order may name the revision it was decided on; then it is refused when the order has changed since."""

from typing import Any

import msgspec
import pytest

from mainstem.domains import orders
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from tests.spec.orders_shop import Shop, cash, line, place

pytestmark = [pytest.mark.spec, pytest.mark.anyio]


def changes(number: int, **more: Any) -> list[Any]:  # noqa: ANN401 - fields
    """One of each command that changes an order."""
    return [
        orders.PayOrder(number, cash(1), **more),
        orders.AllocateOrder(number, **more),
        orders.ShipOrder(number, **more),
        orders.DeliverOrder(number, **more),
        orders.CancelOrder(number, "why", **more),
        orders.ReturnOrder(number, "N1", "why", **more),
    ]


async def test_every_change_of_what_has_changed_is_refused(executor: Executor) -> None:
    shop = await Shop(executor).open()
    await shop.has("N1", tea=5)
    order = (await shop.does(place(line(quantity=2)))).id
    await shop.does(orders.PayOrder(order, cash(1)))

    for command in changes(order, revision=1):
        assert await shop.refuses(command) == ("changed_meanwhile", "/revision"), command
    assert (await shop.view(order)).revision == 2
    await shop.does(orders.AllocateOrder(order, revision=2))
    await shop.does(orders.ShipOrder(order))  # without a revision nothing is compared
    await shop.audit()


async def test_only_one_of_a_batch_wins(executor: Executor) -> None:
    shop = await Shop(executor).open()
    await shop.has("N1", tea=5)
    order = (await shop.does(place(line(quantity=4)))).id
    half = (orders.LineQuantity(1, 2),)

    first, second, third = await shop.answers(
        orders.CancelOrder(order, "one", half, revision=1),
        orders.CancelOrder(order, "two", half, revision=1),
        orders.CancelOrder(order, "three", half, revision=2),
    )

    assert isinstance(first, orders.OrderChanged)
    assert isinstance(second, Refusal)
    assert second.params == {"order": order, "current": 2, "given": 1}
    assert isinstance(third, orders.OrderChanged)
    assert (await shop.view(order)).revision == 2
    await shop.audit()


async def test_a_repeated_command_gets_its_first_answer(executor: Executor) -> None:
    shop = await Shop(executor).open()
    await shop.has("N1", tea=5)
    order = (await shop.does(place())).id
    command = orders.PayOrder(order, cash(1), revision=1)
    (first,) = await shop.answers(command, keys=["k"])

    assert await shop.answers(command, keys=["k"]) == [first]


def test_a_command_without_a_revision_is_written_as_it_always_was() -> None:
    assert all(b"revision" not in msgspec.json.encode(command) for command in changes(1))

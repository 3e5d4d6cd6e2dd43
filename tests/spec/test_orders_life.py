"""The life of an order: what each verb does in each state."""

import secrets
from datetime import UTC, datetime
from typing import Any

import pytest

from mainstem.domains import inventory, orders
from mainstem.domains.orders import states
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.processes import lapse_due
from tests.spec.orders_shop import Shop, cash, line, place

pytestmark = [pytest.mark.spec, pytest.mark.anyio]

# What becomes of an order of two pieces when the whole of what is possible is asked for; `-` is refused: wrong_state.
TABLE = """
              | pay           | allocate     | ship    | deliver       | cancel    | return
placed        | placed        | allocated    | -       | -             | cancelled | -
allocated     | allocated     | allocated    | shipped | -             | cancelled | -
part_shipped  | part_shipped  | part_shipped | shipped | part_shipped  | shipped   | part_shipped
shipped       | shipped       | -            | -       | delivered     | -         | returned
delivered     | delivered     | -            | -       | -             | -         | returned
sold          | sold          | -            | -       | -             | -         | returned
part_returned | part_returned | -            | -       | part_returned | -         | returned
returned      | returned      | -            | -       | returned      | -         | -
cancelled     | cancelled     | -            | -       | -             | -         | -
lapsed        | lapsed        | -            | -       | -             | -         | -
"""

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)

VERBS = ("pay", "allocate", "ship", "deliver", "cancel", "return")

# How an order comes to a state, by verbs; a verb with 1 is about one piece of the two.
WAYS = {
    "placed": (),
    "allocated": ("allocate",),
    "part_shipped": ("allocate", "ship 1"),
    "shipped": ("allocate", "ship"),
    "delivered": ("allocate", "ship", "deliver"),
    "part_returned": ("allocate", "ship", "return 1"),
    "returned": ("allocate", "ship", "return"),
    "cancelled": ("cancel",),
}


def table() -> dict[tuple[str, str], str]:
    rows = [[cell.strip() for cell in row.split("|")] for row in TABLE.strip("\n").splitlines()]
    assert tuple(rows[0][1:]) == VERBS
    return {(row[0], verb): cell for row in rows[1:] for verb, cell in zip(VERBS, row[1:], strict=True)}


def command(verb: str, order: int) -> Any:  # noqa: ANN401 - any command
    name, _, some = verb.partition(" ")
    lines = (orders.LineQuantity(1, int(some)),) if some else ()
    commands: dict[str, Any] = {
        "pay": orders.PayOrder(order, cash(1)),
        "allocate": orders.AllocateOrder(order),
        "ship": orders.ShipOrder(order, lines),
        "deliver": orders.DeliverOrder(order),
        "cancel": orders.CancelOrder(order, "changed my mind", lines),
        "return": orders.ReturnOrder(order, "N1", "broken", lines),
    }
    return commands[name]


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    opened = await Shop(executor).open()
    await opened.has("N1", tea=1000)
    return opened


async def brought_to(shop: Shop, state: str) -> int:
    """A new order in this state."""
    if state == "sold":
        sale = orders.RecordSale("one", "N1", secrets.token_hex(4), NOON, (orders.SaleLine("tea", 2, 200),))
        number: int = (await shop.does(sale)).id
        return number
    number = (await shop.does(place(line(quantity=2), channel="one"))).id
    for verb in WAYS.get(state, ()):
        await shop.does(command(verb, number))
    if state == "lapsed":
        await shop.time_is_up(number)
        assert await lapse_due(shop.executor) == 1
    assert (await shop.view(number)).state == state
    return number


async def test_every_verb_in_every_state(shop: Shop) -> None:
    found = {}
    for state, verb in table():
        number = await brought_to(shop, state)
        before = await shop.view(number)
        (answer,) = await shop.answers(command(verb, number))
        after = await shop.view(number)
        if isinstance(answer, Refusal):
            assert answer.code == "wrong_state"
            assert answer.params["possible"] == ", ".join(sorted(states.TRANSITIONS[state]))
            assert after == before, "a refusal changes nothing"
            found[state, verb] = "-"
        else:
            assert after.state == answer.state
            assert after.revision == before.revision + 1
            found[state, verb] = answer.state
    assert found == table()
    await shop.audit()


def test_the_declared_table_admits_the_same() -> None:
    admitted = {(state, verb) for state, verb in table() if table()[state, verb] != "-"}
    declared = {(state, verb) for state, verbs in states.TRANSITIONS.items() for verb in verbs}
    assert declared == admitted | {("placed", "lapse")}
    assert all(table()[cell] in states.TRANSITIONS[cell[0]][cell[1]] for cell in admitted)


# Where a paid order of three pieces, of ten that are there, ends: state, payment, what can still be promised.
WALKS = [
    (("pay 1", "ship refused", "allocate", "ship 1", "deliver", "ship 2", "deliver"), "delivered refund_due 7"),
    (("allocate", "ship 1", "return 1", "ship 2"), "part_returned refund_due 8"),
    (("allocate", "ship 1", "return 1", "ship 2", "return 2"), "returned refund_due 10"),
    (("allocate", "ship 1", "return 1", "cancel 2"), "returned refund_due 10"),
    (("allocate", "ship 1", "deliver", "cancel 2", "return 1"), "returned refund_due 10"),
    (("allocate", "ship 1", "deliver", "cancel 2"), "delivered refund_due 9"),
    (("cancel 1", "allocate", "cancel 1", "ship 1", "return 1", "deliver"), "returned refund_due 10"),
]


@pytest.mark.parametrize(("walk", "end"), WALKS)
async def test_a_walk_in_parts(shop: Shop, walk: tuple[str, ...], end: str) -> None:
    await shop.does(inventory.CountStock("N1", (inventory.StockLine("tea", 10),)))
    number = (await shop.does(place(line(quantity=3), tenders=cash(300), channel="one"))).id
    for step in walk:
        if step.endswith("refused"):
            assert (await shop.refuses(command(step.split()[0], number)))[0] == "wrong_state"
        else:
            await shop.does(command(step, number))
        await shop.audit()
    view = await shop.view(number)
    assert f"{view.state} {view.payment} {(await shop.available('tea')).available}" == end


async def test_nothing_is_left_to_take_back_twice(shop: Shop) -> None:
    number = await brought_to(shop, "part_shipped")
    await shop.does(command("return 1", number))

    assert await shop.refuses(command("return", number)) == ("nothing_left", "/lines")
    assert len((await shop.view(number)).returns) == 1


async def test_what_was_sold_in_no_quantity_cannot_come_back(shop: Shop) -> None:
    """The data set carries such lines; they are kept, and found odd."""
    sale = await shop.does(orders.RecordSale("one", "N1", "zero", NOON, (orders.SaleLine("tea", 0, 0),)))

    assert sale.findings == 1
    assert await shop.refuses(command("return", sale.id)) == ("nothing_left", "/lines")
    assert (await shop.view(sale.id)).state == "sold"
    await shop.audit()


@pytest.mark.parametrize(
    ("lines", "code", "where"),
    [
        ((orders.LineQuantity(2, 1),), "unknown_line", "/lines/0/line"),
        ((orders.LineQuantity(0, 1),), "unknown_line", "/lines/0/line"),
        ((orders.LineQuantity(1, 1), orders.LineQuantity(1, 1)), "duplicate_line", "/lines/1/line"),
        ((orders.LineQuantity(1, 3),), "not_that_much", "/lines/0/quantity"),
        ((orders.LineQuantity(1, 0),), "not_that_much", "/lines/0/quantity"),
        ((orders.LineQuantity(1, -1),), "not_that_much", "/lines/0/quantity"),
    ],
)
async def test_lines_that_cannot_be_meant(
    shop: Shop, lines: tuple[orders.LineQuantity, ...], code: str, where: str
) -> None:
    open_one, out_one = await brought_to(shop, "allocated"), await brought_to(shop, "shipped")
    for wrong in (
        orders.ShipOrder(open_one, lines),
        orders.CancelOrder(open_one, "no longer wanted", lines),
        orders.ReturnOrder(out_one, "N1", "broken", lines),
    ):
        assert await shop.refuses(wrong) == (code, where)


async def test_the_order_shows_its_history(shop: Shop) -> None:
    number = await brought_to(shop, "part_returned")
    rows = await shop.rows("select type from platform.event where subject = %s order by xid, id", number)

    assert [row[0].removeprefix("orders.order_") for row in rows] == ["placed", "allocated", "shipped", "returned"]

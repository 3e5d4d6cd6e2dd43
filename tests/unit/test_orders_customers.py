"""Whom orders and sales name: a record of the customers room, and nothing of it in the clear."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from mainstem.domains import customers, orders
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask
from mainstem.processes import PLACE_ORDERS, RECORD_SALES
from tests.spec.orders_shop import Shop

pytestmark = pytest.mark.anyio

PHONE = "13812345678"
NOW = datetime(2026, 1, 20, tzinfo=UTC)


def order(customer: str, number: int = 0, quantity: int = 1) -> orders.PlaceOrder:
    lines = (orders.OrderLine("tea", quantity, unit_price_minor=100),)
    return orders.PlaceOrder("web", lines, external_id=f"W-{number}", node="N1", customer=customer)


def sale(customer: str, number: int = 0) -> orders.RecordSale:
    return orders.RecordSale("one", "N1", f"T-{number}", NOW, (orders.SaleLine("tea", 1, 100),), customer=customer)


async def records(shop: Shop) -> list[tuple[str, int | None]]:
    """The orders by external id, with the records of their customers."""
    rows = await shop.rows("select external_id, customer from orders.customer_order order by external_id")
    return [(row[0], row[1]) for row in rows]


async def everything(shop: Shop) -> str:
    """All that the database says of events, answers and orders."""
    told = []
    for table in ("platform.event", "platform.idempotency", "orders.customer_order", "customers.source_record"):
        told += await shop.rows(f"select t::text from {table} as t")
    told += await shop.rows("select encode(answer, 'escape') from platform.idempotency")
    return "\n".join(row[0] for row in told)


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    opened = await Shop(executor).open()
    await opened.has("N1", tea=100)
    return opened


async def test_a_reference_leads_to_one_record_of_its_channel(shop: Shop) -> None:
    await shop.answers(order(PHONE, 1), order(PHONE, 2), order(f" {PHONE} ", 3), order("", 4))
    await shop.answers(sale(PHONE, 1), sale("other", 2), sale(PHONE, 3))

    found = dict(await records(shop))

    web, till, other = found["W-1"], found["T-1"], found["T-2"]
    assert found["W-2"] == found["W-3"] == web
    assert found["W-4"] is None
    assert found["T-3"] == till
    assert len({web, till, other}) == 3
    assert web is not None
    assert till is not None
    assert other is not None
    async with shop.database.snapshot() as connection:
        (named,) = await ask(connection, customers.named(shop.database.vault, [web, till, other], clear=True))
        (masked,) = await ask(connection, customers.named(shop.database.vault, [web]))
    assert named[web] == customers.Named(web, web, PHONE)
    assert named[other].reference == "other"
    assert masked[web].reference == "••••5678"


@pytest.mark.parametrize("reference", ["null", " ", "Anonymous", "匿名", "0000", "n/a"])
async def test_a_word_for_nobody_names_nobody(shop: Shop, reference: str) -> None:
    await shop.answers(order(reference, 1))
    await shop.answers(sale(reference, 1))

    assert await records(shop) == [("T-1", None), ("W-1", None)]
    assert await shop.rows("select 1 from customers.source_record") == []


async def test_events_and_answers_do_not_say_what_a_customer_is_called(shop: Shop) -> None:
    await shop.answers(order(PHONE, 1))
    await shop.answers(sale(PHONE, 1))

    found = dict(await records(shop))

    assert PHONE not in await everything(shop)
    payloads = await shop.rows(
        "select type, payload->'command'->>'customer' from platform.event where type like 'orders.%%' order by type"
    )
    assert payloads == [("orders.order_placed", str(found["W-1"])), ("orders.sale_recorded", str(found["T-1"]))]


async def test_who_is_refused_is_not_introduced(shop: Shop) -> None:
    await shop.answers(order("greedy", 1, quantity=1000), order("modest", 2))

    assert [row[0] for row in await records(shop)] == ["W-2"]
    assert len(await shop.rows("select 1 from customers.source_record")) == 1


async def test_the_same_sale_again_gets_the_same_answer_also_when_it_was_forgotten(shop: Shop) -> None:
    first = await shop.answers(sale(PHONE))
    await shop.rows("delete from platform.idempotency")

    assert await shop.answers(sale(PHONE)) == first
    (other,) = await shop.executor.execute(RECORD_SALES, [RECORD_SALES.call(sale("other"))])
    assert other.refusal().code == "duplicate_order"
    assert len(await shop.rows("select 1 from customers.source_record")) == 1


async def test_a_record_is_asked_for_once_and_remembered(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[Any]] = []
    known = customers.known

    def counting(vault: Any, pairs: set[Any]) -> Any:  # noqa: ANN401 - as the function it wraps
        asked.append(set(pairs))
        return known(vault, pairs)

    monkeypatch.setattr(customers, "known", counting)
    for number in range(4):
        await shop.answers(sale(PHONE, number))

    # Introduced by the first, found by the second, remembered from then on.
    assert asked == [{("one", PHONE)}, {("one", PHONE)}, set(), set()]
    assert len({record for _, record in await records(shop)}) == 1


async def test_batches_that_introduce_the_same_customer_at_once_make_one_record(shop: Shop, database: Database) -> None:
    executors = [Executor(database) for _ in range(6)]

    outcomes = await asyncio.gather(
        *(
            executor.execute(
                RECORD_SALES,
                [RECORD_SALES.call(sale(f"{PHONE}{guest}", 10 * lane + guest)) for guest in range(lane % 3, 5)],
            )
            for lane, executor in enumerate(executors)
        )
    )

    assert all(one.accepted for part in outcomes for one in part)
    found = await shop.rows("select count(*), count(distinct key) from customers.source_record where source = 'one'")
    assert found == [(5, 5)]
    assert len({record for _, record in await records(shop)}) == 5
    assert len(await shop.rows("select 1 from customers.subject_key")) == 5


async def test_a_list_shows_whose_an_order_is_today(shop: Shop) -> None:
    await shop.answers(order(PHONE, 1))
    await shop.answers(sale("card", 1))
    web, till = (number for _, number in sorted(await records(shop), reverse=True))
    assert web is not None
    assert till is not None
    # What a merge does: the smallest id of those who belong together.
    await shop.rows("update customers.source_record set customer = %s", min(web, till))

    async with shop.database.snapshot() as connection:
        vault = shop.database.vault
        (both,) = await ask(connection, customers.records_of([till]))
        page = await orders.queries.list_orders(connection, vault, orders.queries.OrderFilter(customers=both), 10)
        found = await orders.queries.meanings(connection, vault, "card")

    assert set(both) == {web, till}
    assert {row.customer for row in page.rows} == {min(web, till)}
    assert {row.customer_reference for row in page.rows} == {"••••5678", "••••d"}
    assert set(found.people.records) == {web, till}


async def test_an_erased_customer_leaves_his_orders_under_a_number(shop: Shop) -> None:
    await shop.answers(order(PHONE, 1))
    await shop.rows("delete from customers.subject_key")

    ((_, record),) = await records(shop)
    assert record is not None
    number = (await shop.rows("select id from orders.customer_order"))[0][0]
    view = await shop.view(number)

    assert (view.customer, view.customer_reference) == (record, "")


async def test_a_rehearsal_introduces_nobody(shop: Shop) -> None:
    (outcome,) = await shop.executor.rehearse(PLACE_ORDERS, [PLACE_ORDERS.call(order(PHONE), "x")])

    assert outcome.accepted
    assert await shop.rows("select 1 from customers.source_record") == []

"""From what happens to who is in which segment: sales, returns, merges, tags, time; through the relay's subscriber."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from mainstem.domains import catalog, customers, orders
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.outbox import Published
from mainstem.platform.query import ask
from mainstem.processes import RECORD_SALES, RETURN_ORDERS
from mainstem.processes.follow_customers import FollowCustomers
from mainstem.processes.refresh_customers import fill_step, refresh_step

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)


class Shop:
    """A shop whose events are followed when it is told to."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.follower = FollowCustomers(executor)
        self._keys = 0

    async def does(self, operation: Operation[Any, Any], command: object) -> Any:  # noqa: ANN401 - its result
        self._keys += 1
        (outcome,) = await self.executor.execute(operation, [operation.call(command, str(self._keys))])
        return msgspec.json.decode(outcome.body, type=operation.result if outcome.accepted else Refusal)

    async def open(self) -> "Shop":
        variants = (catalog.VariantInput("MILK"), catalog.VariantInput("SHOE", attributes={"size": "42"}))
        await self.does(catalog.UPSERT_PRODUCTS, catalog.UpsertProduct("P", "P", variants[:1], category="Dairy/Milk"))
        await self.does(catalog.UPSERT_PRODUCTS, catalog.UpsertProduct("Q", "Q", variants[1:], category="Shoes"))
        await self.does(catalog.UPSERT_NODES, catalog.UpsertNode("N1", "N1", "store", "Asia/Shanghai"))
        await self.does(catalog.UPSERT_CHANNELS, catalog.UpsertChannel("till", "till", "till", "CNY", ("N1",)))
        return self

    async def sells(
        self, number: int, customer: str, *, days_ago: int = 0, sku: str = "MILK", amount: int = 500
    ) -> int:
        """Record a sale of one; its id."""
        line = orders.SaleLine(sku, 1, amount)
        moment = NOW - timedelta(days=days_ago)
        sale = orders.RecordSale("till", "N1", f"R{number}", moment, (line,), customer=customer)
        sold = await self.does(RECORD_SALES, sale)
        assert isinstance(sold, orders.SaleRecorded), sold
        return sold.id

    async def saves(self, name: str, condition: dict[str, Any], **more: Any) -> Any:  # noqa: ANN401 - its result
        return await self.does(customers.SAVE_SEGMENT, customers.SaveSegment(name, condition, **more))

    async def fills(self) -> None:
        while await fill_step(self.executor):
            pass

    async def events(self) -> list[Published]:
        async with self.executor.database.transaction() as connection:
            cursor = await connection.execute(
                "select xid::text, id, type, subject, actor, trace, occurred_at, recorded_at, payload::text"
                " from platform.event order by xid, id"
            )
            return [Published(int(row[0]), *row[1:]) for row in await cursor.fetchall()]

    async def follow(self) -> None:
        """Deliver every event there ever was: what was followed before changes nothing."""
        await self.follower.deliver(await self.events())

    async def told(self, verb: str) -> list[int]:
        """Whom the events of this kind were about."""
        return [event.subject for event in await self.events() if event.type == f"customers.{verb}"]

    async def members(self, segment: int) -> list[int]:
        async with self.executor.database.snapshot() as connection:
            (found,) = await ask(connection, customers.segment_members(segment, 100))
        return [member.customer for member in found]

    async def traits(self, customer: int) -> dict[str, Any]:
        async with self.executor.database.snapshot() as connection:
            (found,) = await ask(connection, customers.traits_of(customer, customers.today_of(NOW)))
        assert found is not None
        return found

    async def who(self, reference: str) -> int:
        vault = self.executor.database.vault
        async with self.executor.database.snapshot() as connection:
            (found,) = await ask(connection, customers.known(vault, [("till", reference)]))
        return found["till", reference]


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    return await Shop(executor).open()


async def test_a_sale_makes_activity_traits_and_membership_once(shop: Shop) -> None:
    buyers = (await shop.saves("buyers", {"trait": "orders_total", "op": ">=", "value": 1})).id
    shoes = (await shop.saves("shoes", {"bought": {"category": "Shoes"}, "days": 30})).id
    await shop.fills()
    await shop.sells(1, "ann", amount=700)
    await shop.sells(2, "bob", days_ago=40, sku="SHOE", amount=9_000)

    await shop.follow()
    await shop.follow()

    ann, bob = await shop.who("ann"), await shop.who("bob")
    assert await shop.members(buyers) == sorted([ann, bob])
    assert await shop.members(shoes) == []
    assert sorted(await shop.told("segment_entered")) == sorted([ann, bob])
    traits = await shop.traits(bob)
    assert (traits["orders_total"], traits["spend_total"], traits["spend_30d"]) == (1, 9_000, 0)
    assert (traits["top_category"], traits["favourite_size"], traits["favourite_store"]) == ("Shoes", "42", "N1")
    assert traits["size_by_category"] == {"Shoes": "42"}
    assert (await shop.traits(ann))["spend_by_category"] == {"Dairy": 700}


async def test_a_return_takes_back_what_was_spent_and_leaves(shop: Shop) -> None:
    spenders = (await shop.saves("spenders", {"trait": "spend_365d", "op": ">=", "value": 1})).id
    await shop.fills()
    sale = await shop.sells(1, "ann")
    await shop.follow()
    ann = await shop.who("ann")
    assert await shop.members(spenders) == [ann]

    await shop.does(RETURN_ORDERS, orders.ReturnOrder(sale, "N1", "too big"))
    await shop.follow()

    assert await shop.members(spenders) == []
    assert await shop.told("segment_left") == [ann]
    traits = await shop.traits(ann)
    assert (traits["returned_orders"], traits["returns_share"], traits["spend_total"]) == (1, 100, 0)


async def test_merge_and_split_move_nothing_and_restore_everything(shop: Shop) -> None:
    two = (await shop.saves("two", {"trait": "orders_total", "op": ">=", "value": 2})).id
    friends = (await shop.saves("friends", {"tag": "friend"})).id
    await shop.fills()
    await shop.sells(1, "ann")
    await shop.sells(2, "bob")
    await shop.follow()
    ann, bob = await shop.who("ann"), await shop.who("bob")
    await shop.does(customers.SET_TAG, customers.SetTag(bob, "friend"))
    await shop.follow()
    before = await shop.traits(ann), await shop.traits(bob)
    kept, gone = sorted([ann, bob])

    merged = await shop.does(customers.MERGE_CUSTOMERS, customers.MergeCustomers(ann, bob, "same person"))
    assert not isinstance(merged, Refusal), merged
    await shop.follow()

    assert await shop.members(two) == await shop.members(friends) == [kept]
    assert (await shop.traits(gone))["orders_total"] == 2

    split = await shop.does(customers.SPLIT_CUSTOMER, customers.SplitCustomer(kept, (gone,), "two people"))
    assert not isinstance(split, Refusal), split
    await shop.follow()

    assert await shop.members(two) == []
    assert await shop.members(friends) == [bob]
    assert (await shop.traits(ann), await shop.traits(bob)) == before


async def test_time_alone_makes_people_leave(shop: Shop) -> None:
    recent = (await shop.saves("recent", {"trait": "orders_30d", "op": ">=", "value": 1})).id
    await shop.fills()
    await shop.sells(1, "ann", days_ago=20)
    await shop.follow()
    ann = await shop.who("ann")
    assert await shop.members(recent) == [ann]
    async with shop.executor.database.transaction() as connection:
        await connection.execute("update customers.activity set day = day - 15")

    while await refresh_step(shop.executor):
        pass

    assert await shop.members(recent) == []
    assert await shop.told("segment_left") == [ann]
    assert not await refresh_step(shop.executor)


async def test_a_new_and_a_changed_segment_are_filled(shop: Shop) -> None:
    for number in range(5):
        await shop.sells(number, f"c{number}", amount=100 * (number + 1))
    await shop.follow()

    saved = await shop.saves("big", {"trait": "spend_total", "op": ">=", "value": 300})
    await shop.fills()
    assert len(await shop.members(saved.id)) == 3
    changed = await shop.saves(
        "bigger", {"trait": "spend_total", "op": ">=", "value": 500}, segment=saved.id, revision=saved.revision
    )
    await shop.fills()

    assert len(await shop.members(saved.id)) == 1
    assert changed.revision == 2
    assert len(await shop.told("segment_filled")) == 2
    assert await shop.told("segment_entered") == []
    removed = await shop.does(customers.REMOVE_SEGMENT, customers.RemoveSegment(saved.id))
    await shop.fills()
    assert removed.revision == 3
    assert await shop.members(saved.id) == []


async def test_what_is_refused_of_segments_and_tags(shop: Shop) -> None:
    condition = {"trait": "orders_total", "op": ">=", "value": 1}
    saved = await shop.saves("one", condition)
    await shop.sells(1, "ann")
    ann = await shop.who("ann")
    answers = [
        await shop.saves(" ONE ", condition),
        await shop.saves("", condition),
        await shop.saves("two", {"trait": "nothing"}),
        await shop.saves("one", condition, segment=saved.id, revision=7),
        await shop.saves("two", condition, segment=5),
        await shop.does(customers.REMOVE_SEGMENT, customers.RemoveSegment(5)),
        await shop.does(customers.SET_TAG, customers.SetTag(ann, "vip")),
        await shop.does(customers.SET_TAG, customers.SetTag(ann, "A b")),
        await shop.does(customers.SET_TAG, customers.SetTag(5, "friend")),
        await shop.does(customers.REMOVE_TAG, customers.RemoveTag(5, "friend")),
    ]

    assert [answer.code for answer in answers] == [
        "segment_name_taken",
        "bad_segment_name",
        "unknown_trait",
        "segment_changed",
        "not_found",
        "not_found",
        "computed_tag",
        "bad_tag_name",
        "not_found",
        "not_found",
    ]
    assert all(answer.message() and answer.remedy() for answer in answers)

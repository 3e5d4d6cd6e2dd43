"""A shop whose customers buy, return, are merged and erased, and whose events are followed when it is told to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from mainstem.domains import catalog, customers, inventory, orders, pricing
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.outbox import Published
from mainstem.processes import CANCEL_ORDERS, PLACE_ORDERS, RECORD_SALES, RETURN_ORDERS
from mainstem.processes.follow_customers import FollowCustomers
from mainstem.processes.refresh_customers import fill_step
from tests.unit.crowd import Person, occasion
from tests.unit.customers_reference import fits, traits_of
from tests.unit.household_people import erase, published
from tests.unit.identity_people import merge, rows, run, split, told, use

NOW = datetime.now(UTC)
ZONE = ZoneInfo("Asia/Shanghai")
GOODS = {"MILK": ("Dairy/Milk", "", 500), "SHOE": ("Shoes", "42", 9_000)}
"""SKU: category, size, price in fen."""

SEGMENTS: dict[str, dict[str, Any]] = {
    "buyers": {"trait": "orders_total", "op": ">=", "value": 1},
    "spenders": {"trait": "spend_365d", "op": ">=", "value": 1_000},
    "twice": {"all": [{"trait": "orders_30d", "op": ">=", "value": 2}, {"not": {"tag": "friend"}}]},
    "friends": {"tag": "friend"},
    "shoes": {"bought": {"category": "Shoes"}, "days": 90, "op": ">=", "value": 1},
    "reachable": {"trait": "has_phone", "op": "=", "value": True},
}
BY_THE_CLOCK = frozenset({"last_seen", "days_since_seen", "tenure_days", "evening_share", "night_share"})
"""Traits that depend on when the test runs."""

DERIVED = ("activity", "activity_goods", "trait_value", "segment_member", "household_key")

Source = Literal["till", "web"]
Who = tuple[Source, str]


class Done:
    """A sale or an order as the model knows it."""

    def __init__(self, who: Who, sku: str, amount: int, moment: datetime) -> None:
        self.who, self.sku, self.amount, self.moment = who, sku, amount, moment
        self.returned = self.cancelled = False

    def occasion(self, number: int, record: int) -> customers.Occasion:
        category, size, _ = GOODS[self.sku]
        local = self.moment.astimezone(ZONE)
        return occasion(
            number,
            record,
            local.date(),
            hour=local.hour,
            moment=self.moment,
            channel=self.who[0],
            category=category,
            size=size,
            amount=self.amount,
            returned=self.amount if self.returned else 0,
            bought=not self.cancelled,
        )


class FollowedShop:
    """What it does is done to the database and noted in plain Python."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.done: dict[int, Done] = {}
        self.phones: set[int] = set()
        self.tags: dict[int, set[str]] = {}
        self.segments: dict[str, int] = {}
        self.position = 0

    async def does(self, operation: Operation[Any, Any], command: object) -> Any:  # noqa: ANN401 - its result
        (found,) = await run(self.executor, operation, [command])
        assert not isinstance(found, Refusal), found
        return found

    async def open(self) -> "FollowedShop":
        for number, (sku, (category, size, price)) in enumerate(GOODS.items()):
            variant = catalog.VariantInput(sku, attributes={"size": size} if size else {})
            await self.does(
                catalog.UPSERT_PRODUCTS, catalog.UpsertProduct(f"P{number}", sku, (variant,), category=category)
            )
            await self.does(pricing.SET_PRICES, pricing.SetPrice(sku=sku, currency="CNY", amount_minor=price))
        await self.does(catalog.UPSERT_NODES, catalog.UpsertNode("N1", "N1", "store", "Asia/Shanghai"))
        for code in ("till", "web"):
            await self.does(catalog.UPSERT_CHANNELS, catalog.UpsertChannel(code, code, code, "CNY", ("N1",)))
        lines = tuple(inventory.StockLine(sku, 10_000) for sku in GOODS)
        await self.does(inventory.RECEIVE_STOCK, inventory.ReceiveStock("N1", lines))
        for name, condition in SEGMENTS.items():
            saved = await self.does(customers.SAVE_SEGMENT, customers.SaveSegment(name, condition))
            self.segments[name] = saved.id
        while await fill_step(self.executor):
            pass
        return self

    async def reopen(self) -> "FollowedShop":
        """The shop as it was opened, and nobody in it: nothing was ever told, bought or followed."""
        found = await rows(self.executor, "select name, id from customers.segment")
        if not found:
            return await self.open()
        self.segments = dict(found)
        async with self.executor.database.transaction() as connection:
            cursor = await connection.execute(
                "select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables"
                " where schemaname in ('customers', 'orders') and tablename <> 'segment'"
                " or (schemaname, tablename) in (('platform', 'event'), ('platform', 'idempotency'))"
            )
            row = await cursor.fetchone()
            assert row is not None
            await connection.execute(f"truncate {row[0]}".encode())
        return self

    async def identifies(self, who: Who, phone: int | None = None) -> int:
        """Tell of somebody; the record."""
        identifiers = [] if phone is None else [use("phone", f"1391{phone:07d}", role="attribute")]
        found = await self.does(customers.IDENTIFY, told(*who, *identifiers, at=NOW - timedelta(minutes=1)))
        if phone is not None:
            self.phones.add(found.record)
        return int(found.record)

    async def sells(self, reference: str, number: int, *, sku: str = "MILK", amount: int = 500, days: int = 0) -> int:
        moment = NOW - timedelta(days=days)
        line = orders.SaleLine(sku, 1, amount)
        sale = orders.RecordSale("till", "N1", f"R{number}", moment, (line,), customer=reference)
        sold = await self.does(RECORD_SALES, sale)
        self.done[sold.id] = Done(("till", reference), sku, amount, moment)
        return int(sold.id)

    async def places(self, reference: str, *, sku: str = "MILK") -> int:
        order = orders.PlaceOrder("web", (orders.OrderLine(sku, 1),), customer=reference)
        placed = await self.does(PLACE_ORDERS, order)
        self.done[placed.id] = Done(("web", reference), sku, GOODS[sku][2], datetime.now(UTC))
        return int(placed.id)

    async def takes_back(self, number: int) -> None:
        """Cancel an order, or take back what a sale sold; nothing where that was done already."""
        done = self.done[number]
        if done.returned or done.cancelled:
            return
        if done.who[0] == "till":
            await self.does(RETURN_ORDERS, orders.ReturnOrder(number, "N1", "too big"))
            done.returned = True
        else:
            await self.does(CANCEL_ORDERS, orders.CancelOrder(number, "changed"))
            done.cancelled = True

    async def tags_with(self, record: int, tag: str, *, attach: bool) -> None:
        if attach:
            await self.does(customers.SET_TAG, customers.SetTag(record, tag))
            together = await self.together(record)
            if not any(tag in self.tags.get(one, ()) for one in together):
                self.tags.setdefault(record, set()).add(tag)
        else:
            await self.does(customers.REMOVE_TAG, customers.RemoveTag(record, tag))
            for one in await self.together(record):
                self.tags.get(one, set()).discard(tag)

    async def together(self, record: int) -> list[int]:
        """The records of the customer that a record belongs to."""
        found = await rows(
            self.executor,
            "select r.id from customers.source_record as k join customers.source_record as r"
            " on r.customer = k.customer where k.id = %s order by r.id",
            record,
        )
        return [row[0] for row in found]

    async def merges(self, one: int, other: int) -> None:
        await merge(self.executor, one, other)

    async def splits(self, one: int, other: int) -> None:
        await split(self.executor, one, other)

    async def erases(self, record: int) -> None:
        await erase(self.executor, record)

    async def follow(self, upto: int | None = None, again: int = 0) -> None:
        """Deliver what is new, some of what was delivered before it again, and perhaps not yet all of it."""
        events = await published(self.executor)
        end = len(events) if upto is None else min(self.position + upto, len(events))
        await FollowCustomers(self.executor).deliver(events[max(self.position - again, 0) : end])
        self.position = end

    async def record_of(self, who: Who) -> int | None:
        vault = self.executor.database.vault
        async with self.executor.database.snapshot() as connection:
            query = customers.known(vault, [who])
            cursor = await connection.execute(query.sql, query.parameters, binary=True)
            return query.parse(await cursor.fetchall()).get(who)

    async def people(self) -> list[Person]:
        """Who there is now by what is known in plain Python; who belongs together is asked of the database."""
        found = await rows(
            self.executor,
            "select r.id, r.customer, r.source, r.created_at, r.updated_at from customers.source_record as r"
            " where r.erased_at is null order by r.id",
        )
        people: dict[int, Person] = {}
        for record, customer, _, created, updated in found:
            one = people.setdefault(customer, Person(customer, [], first=created, last=updated))
            one.records.append(record)
            one.tags += [tag for tag in self.tags.get(record, ()) if tag not in one.tags]
            if record in self.phones:
                one.identifiers["phone"] = 0
        owner = {record: people[customer] for record, customer, *_ in found}
        for number, done in self.done.items():
            record = await self.record_of(done.who)
            if record is not None and record in owner:
                owner[record].occasions.append(done.occasion(number, record))
        return list(people.values())

    async def agrees(self) -> None:
        """Traits and members are what plain Python makes of what was done."""
        today = customers.today_of(NOW)
        members: dict[str, set[int]] = {name: set() for name in SEGMENTS}
        people = await self.people()
        for one in people:
            wanted = traits_of(one, today)
            wanted["sources"] = len({row[0] for row in await self.sources(one.records)})
            traits = await self.traits(one.id, today)
            compared = wanted.keys() - BY_THE_CLOCK
            pairs = {name: (traits[name], wanted[name]) for name in compared}
            wrong = {name: pair for name, pair in pairs.items() if not alike(*pair)}
            assert not wrong, (one, wrong)
            for name, condition in SEGMENTS.items():
                if fits(condition, one, wanted, today):
                    members[name].add(one.id)
        for name, number in self.segments.items():
            found = await rows(
                self.executor, "select customer from customers.segment_member where segment = %s", number
            )
            assert {row[0] for row in found} == members[name], (name, found, members[name])
        assert {row[0] for row in await rows(self.executor, "select distinct customer from customers.trait_value")} == {
            one.id for one in people
        }

    async def sources(self, records: Sequence[int]) -> list[Any]:
        return await rows(self.executor, "select source from customers.source_record where id = any(%s)", list(records))

    async def traits(self, customer: int, today: Any) -> dict[str, Any]:  # noqa: ANN401 - a date
        async with self.executor.database.snapshot() as connection:
            query = customers.traits_of(customer, today)
            cursor = await connection.execute(query.sql, query.parameters, prepare=True, binary=True)
            found = query.parse(await cursor.fetchall())
        assert found is not None, customer
        return found

    async def derived(self) -> dict[str, list[str]]:
        """Every row of what is derived, without the moments at which it was."""
        return {
            table: sorted(
                row[0]
                for row in await rows(
                    self.executor, f"select (to_jsonb(t) - 'entered_at' - 'as_of')::text from customers.{table} as t"
                )
            )
            for table in DERIVED
        }

    async def forget_derived(self) -> None:
        """As if nothing had been followed yet."""
        async with self.executor.database.transaction() as connection:
            await connection.execute(
                "truncate customers.activity, customers.activity_goods, customers.trait_value,"
                " customers.segment_member, customers.household_key"
            )
        self.position = 0

    async def changes(self) -> list[tuple[str, int, int]]:
        """Who entered and left which segment, in order."""
        return [
            (event.type.removeprefix("customers.segment_"), segment_of(event), event.subject)
            for event in await published(self.executor)
            if event.type in ("customers.segment_entered", "customers.segment_left")
        ]

    async def told_once(self) -> None:
        """Entering and leaving alternate for everybody, and come to who is in which segment."""
        inside: set[tuple[int, int]] = set()
        for verb, segment, customer in await self.changes():
            pair = (segment, customer)
            assert (pair in inside) == (verb == "left"), (verb, pair)
            (inside.discard if verb == "left" else inside.add)(pair)
        found = await rows(self.executor, "select segment, customer from customers.segment_member")
        gone = {
            row[0]
            for row in await rows(self.executor, "select id from customers.source_record where erased_at is not null")
        }
        assert {pair for pair in inside if pair[1] not in gone} == {(row[0], row[1]) for row in found}


def alike(found: object, wanted: object) -> bool:
    """Whether a trait is what it should be: nothing at all may be told as none of it."""
    return found == wanted or (not found and (wanted is None or wanted == {}))


def segment_of(event: Published) -> int:
    """The segment that a membership event is of."""
    return int(msgspec.json.decode(event.payload)["segment"])

"""A shop with promotions and coupons on a real database, and orders as a checkout would decide them."""

import itertools
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from mainstem import ledger
from mainstem.domains import catalog, customers, pricing
from mainstem.entrypoints.doctor import all_checks
from mainstem.kernel.refusals import Refusal
from mainstem.ledger import Group, Shortage
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.save_promotions import SAVE_PROMOTION

DAY = date(2026, 11, 11)
_numbers = itertools.count(1)

PERCENT: dict[str, Any] = {"type": "percent", "percent": 10}


def form(code: str = "ten", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"code": code, "name": {"en": code}, "reward": PERCENT, **changes}


class Shop:
    """Runs commands and orders; an order of the shop is what a checkout does with limits and coupons, nothing else."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    async def furnish(self) -> None:
        """Two channels, a store, four products."""
        await self.do(catalog.UPSERT_NODES, catalog.UpsertNode("S1", "Store", "store", "Asia/Shanghai", region="East"))
        for code, currency in (("web", "CNY"), ("abroad", "EUR")):
            await self.do(catalog.UPSERT_CHANNELS, catalog.UpsertChannel(code, code, "web", currency, ("S1",)))
        for number, (category, brand) in enumerate(
            (("Food/Milk", "Alpha"), ("Food/Milk", "Beta"), ("Food/Tea", "Alpha"), ("Toys", "Gamma")), 1
        ):
            variant = catalog.VariantInput(f"K{number}", attributes={"colour": "red" if number == 4 else "white"})
            made = catalog.UpsertProduct(f"P{number}", f"Product {number}", (variant,), brand, category)
            await self.do(catalog.UPSERT_PRODUCTS, made)

    async def run(self, operation: Operation[Any, Any], *commands: object, actor: int = 7) -> list[Any]:
        calls = [operation.call(command, f"key {next(_numbers)}", actor=actor) for command in commands]
        outcomes = await self.executor.execute(operation, calls)
        return [msgspec.json.decode(one.body, type=operation.result if one.accepted else Refusal) for one in outcomes]

    async def do(self, operation: Operation[Any, Any], command: object, actor: int = 7) -> Any:  # noqa: ANN401
        (answer,) = await self.run(operation, command, actor=actor)
        assert not isinstance(answer, Refusal), (answer.message(), answer)
        return answer

    async def refused(self, operation: Operation[Any, Any], command: object, actor: int = 7) -> Refusal:
        (answer,) = await self.run(operation, command, actor=actor)
        assert isinstance(answer, Refusal), answer
        assert answer.message()
        assert answer.remedy()
        return answer

    async def save(self, written: dict[str, Any], revision: int = 0, actor: int = 7) -> pricing.PromotionSaved:
        made = pricing.SavePromotion(msgspec.convert(written, pricing.Promotion, strict=False), revision)
        saved: pricing.PromotionSaved = await self.do(SAVE_PROMOTION, made, actor)
        return saved

    async def wrong(self, written: dict[str, Any], revision: int = 0) -> tuple[str, str]:
        """(code, pointer) with which a form is refused."""
        made = pricing.SavePromotion(msgspec.convert(written, pricing.Promotion, strict=False), revision)
        refusal = await self.refused(SAVE_PROMOTION, made)
        return refusal.code, refusal.where

    async def live(self, written: dict[str, Any]) -> pricing.PromotionSaved:
        """A promotion that runs."""
        saved = await self.save(written)
        if saved.approval:
            await self.do(pricing.APPROVE_PROMOTION, pricing.ApprovePromotion(saved.code, saved.revision), actor=8)
        started: pricing.PromotionSaved = await self.do(pricing.START_PROMOTION, pricing.StartPromotion(saved.code))
        return started

    async def person(self, *identifiers: customers.Identifier) -> int:
        told = customers.Identify("crm", f"C{next(_numbers)}", identifiers=identifiers)
        return int((await self.do(customers.IDENTIFY, told)).record)

    async def batch(self, code: str = "autumn", **changes: Any) -> pricing.coupons.BatchSaved:  # noqa: ANN401
        wanted = {"kind": "unique", "count": 100, "promotion": "ten", "name": {"en": code}, **changes}
        made = msgspec.convert({"code": code, **wanted}, pricing.coupons.SaveCouponBatch)
        saved: pricing.coupons.BatchSaved = await self.do(pricing.coupons.SAVE_COUPON_BATCH, made)
        return saved

    async def codes(self, code: str, count: int) -> list[str]:
        """The first codes of a batch."""
        found = await self.ask(pricing.coupons.batch_view(code))
        pieces = [piece async for piece in pricing.coupons.csv_of_batch(self.vault, found.serial, count)]
        return [line.split(",")[1] for line in b"".join(pieces).decode().splitlines()[1:]]

    @property
    def vault(self) -> Any:  # noqa: ANN401 - a vault
        return self.executor.database.vault

    async def wallet(self, customer: int) -> list[pricing.coupons.WalletCoupon]:
        from datetime import UTC, datetime

        records = await self.ask(customers.records_of([customer]))
        found: list[pricing.coupons.WalletCoupon] = await self.ask(
            pricing.coupons.wallet_of(self.vault, records, datetime.now(UTC), 50)
        )
        return found

    async def left(self, code: str, customer: int | None = None, day: date = DAY) -> Any:  # noqa: ANN401 - Left
        book = await self.book()
        records = () if customer is None else await self.ask(customers.records_of([customer]))
        return (await self.ask(pricing.left_for([book.counted[code]], records, day)))[code]

    async def book(self) -> pricing.LiveBook:
        async with self.executor.database.snapshot() as connection:
            (version,) = await ask(connection, pricing.book_version())
            return await pricing.Books().of(connection, version)

    async def order(
        self,
        promotions: Sequence[str] = (),
        customer: int | None = None,
        *,
        coupon: str = "",
        amount: int = 100,
        items: int = 1,
        day: date = DAY,
        asker: str = "till",
    ) -> int | str:
        """Place an order that uses promotions and a coupon; its number, or why not."""
        number = next(_numbers) + 10**12

        async def act(work: Work) -> int | str:
            return await self._place(work, number, promotions, customer, (coupon, amount, items, day, asker))

        operation = Operation("test.order", PlaceTest, PlacedTest, self._handler(act))
        (outcome,) = await self.executor.execute(operation, [operation.call(PlaceTest(number), str(number))])
        assert outcome.accepted, outcome.body
        answer = msgspec.json.decode(outcome.body, type=PlacedTest)
        return answer.refused or answer.number

    def _handler(self, act: Any) -> Any:  # noqa: ANN401
        async def handle(work: Work, calls: Any) -> list[PlacedTest]:  # noqa: ANN401
            found = [await act(work) for _ in calls]
            return [PlacedTest(one, "") if isinstance(one, int) else PlacedTest(0, one) for one in found]

        return handle

    async def _place(
        self, work: Work, number: int, promotions: Sequence[str], customer: int | None, more: tuple[Any, ...]
    ) -> int | str:
        coupon, amount, items, day, asker = more
        (version,) = await ask(work.connection, pricing.book_version())
        book_of = await pricing.books_of(work).of(work.connection, version)
        whos = await pricing.coupons.who_are(work.connection, set() if customer is None else {customer})
        who = whos.get(customer) if customer is not None else None
        asks = [pricing.LimitAsk(book_of.counted[code], day, who) for code in promotions]
        limits = await pricing.open_limits(work, asks)
        wanted = [pricing.coupons.CouponAsk(coupon, asker, who)] if coupon else []
        coupons = await pricing.coupons.open_coupons(work, wanted)
        book = await ledger.promise_book(work, limits.spots() | coupons.spots(), limits.seen | coupons.seen)
        await work.reserve_ids(20 + 10 * len(asks))
        changes = pricing.UsageChanges(work)
        uses = []
        for one in asks:
            use = limits.use(changes, book, one, reference=number, items=items, amount_minor=amount)
            if limits.left(book, one).uses == 0:
                return "used_up"
            if use is not None:
                uses.append(use)
        if wanted:
            refusal = coupons.refused(book, 0)
            if refusal is not None:
                return refusal.code
            uses.append(coupons.use(changes, book, 0, reference=number))
        steps = tuple(step for use in uses for step in use.steps)
        granted = book.decide(Group(steps, "order", number, work.now))
        if isinstance(granted, Shortage):
            return "shortage"
        for use in uses:
            changes.held(None, use)
        await ledger.save_promises(work, book)
        changes.save()
        return number

    async def after(self, order: int, what: str) -> None:
        """What becomes of an order's uses: `settled`, `released` or `given_back`."""

        async def act(work: Work) -> None:
            opened = await pricing.open_usage(work, [order])
            book = await ledger.lock(work, opened.spots(), [order])
            changes = pricing.UsageChanges(work)
            for usage in opened.by_order.get(order, ()):
                steps = getattr(changes, what)(None, usage)
                assert book.decide(Group(steps, what, order, work.now)) == []
            await work.reserve_ids(10)
            await ledger.save(work, book)
            changes.save()

        await self.executor.transact("after", act)

    async def ask(self, query: Any) -> Any:  # noqa: ANN401
        async with self.executor.database.snapshot() as connection:
            return (await ask(connection, query))[0]

    async def faults(self) -> list[tuple[str, Any]]:
        """What the doctor finds."""
        found = []
        async with self.executor.database.snapshot() as connection:
            for check in all_checks():
                if check.name.split(".")[0] in ("ledger", "pricing", "inventory", "orders"):
                    rows = await (await connection.execute(check.sql)).fetchall()
                    found += [(check.name, row) for row in rows]
        return found

    async def write(self, sql: str, *parameters: object) -> None:
        async with self.executor.database.transaction() as connection:
            await connection.execute(sql, parameters)


class PlaceTest(msgspec.Struct, frozen=True):
    """An order of the test."""

    number: int


class PlacedTest(msgspec.Struct, frozen=True):
    """Its number, or why not."""

    number: int
    refused: str

"""A club on a real database: its programme, its members, and orders as a checkout would decide them."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mainstem import ledger
from mainstem.domains import customers, loyalty
from mainstem.kernel.refusals import Refusal
from mainstem.ledger import Group, Shortage
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

FORM: dict[str, Any] = {
    "code": "club",
    "name": {"en": "Club", "zh": "会员俱乐部"},
    "points_name": {"en": "Points", "zh": "积分"},
    "currency": "CNY",
    "zone": "Asia/Shanghai",
    "rules": [
        {"code": "spend", "name": {"en": "Spend"}, "gives": {"type": "amount", "points": 1, "per_minor": 100}},
        {"code": "review", "name": {"en": "Review"}, "gives": {"type": "action", "action": "review", "points": 20}},
    ],
    "burn": {"points": 10, "amount_minor": 100, "points_min": 10, "share_percent_max": 50},
    "benefits": [{"code": "lounge", "name": {"en": "Lounge"}}, {"code": "gift", "name": {"en": "Gift"}}],
    "rewards": [{"code": "tea", "name": {"en": "Tea"}, "points": 50, "grant": {"benefit": "gift"}}],
    "tiers": {
        "steps": [
            {"code": "silver", "name": {"en": "Silver"}, "at_least": 50000},
            {
                "code": "gold",
                "name": {"en": "Gold"},
                "at_least": 200000,
                "grants": [{"benefit": "lounge", "quantity": 2}],
            },
        ],
        "grace_days": 30,
    },
    "referral": {"referrer_points": 100, "referred_points": 50, "first_order_minor_min": 1000, "total_max": 3},
    "transfer_per_day_max": 500,
    "pool_members_max": 4,
    "approval_above": 1000,
}

_numbers = itertools.count(1)
Line = tuple[int, int, int]
"""(position, quantity, amount in minor units)"""


def line(position: int, quantity: int, amount: int, sku: str = "A", category: str = "Food/Milk") -> loyalty.OrderLine:
    return loyalty.OrderLine(position, sku, f"P-{sku}", category, "Brand", quantity, amount, amount)


class Club:
    """Runs commands and orders; an order of the club is what a checkout does with loyalty, and nothing else."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    async def run(self, operation: Operation[Any, Any], *commands: object, actor: int = 7) -> list[Any]:
        calls = [operation.call(command, f"key {next(_numbers)}", actor=actor) for command in commands]
        outcomes = await self.executor.execute(operation, calls)
        return [msgspec.json.decode(one.body, type=operation.result if one.accepted else Refusal) for one in outcomes]

    async def do(self, operation: Operation[Any, Any], command: object, actor: int = 7) -> Any:  # noqa: ANN401 - its result
        (answer,) = await self.run(operation, command, actor=actor)
        assert not isinstance(answer, Refusal), answer.message()
        return answer

    async def code(self, operation: Operation[Any, Any], command: object, actor: int = 7) -> str:
        """The code with which it is refused."""
        (answer,) = await self.run(operation, command, actor=actor)
        assert isinstance(answer, Refusal), answer
        assert answer.message()
        assert answer.remedy()
        return answer.code

    async def programme(self, revision: int = 0, **changes: Any) -> None:  # noqa: ANN401 - JSON
        form = msgspec.convert({**FORM, **changes}, loyalty.Programme)
        await self.do(loyalty.SAVE_PROGRAMME, loyalty.SaveProgramme(form, revision))

    async def person(self, *identifiers: customers.Identifier, **attributes: str) -> int:
        known = msgspec.convert(attributes, customers.Attributes)
        told = customers.Identify("crm", f"C{next(_numbers)}", identifiers=identifiers, attributes=known)
        return int((await self.do(customers.IDENTIFY, told)).record)

    async def member(self, customer: int | None = None, **more: str) -> str:
        customer = await self.person() if customer is None else customer
        return str((await self.do(loyalty.ENROL, loyalty.Enrol("club", customer, **more))).member)

    async def both(self) -> tuple[int, str]:
        customer = await self.person()
        return customer, await self.member(customer)

    async def view(self, member: str) -> loyalty.MemberView:
        async with self.executor.database.snapshot() as connection:
            return await loyalty.member(connection, self.executor.database.vault, member)

    async def credit(self, member: str, points: int) -> None:
        await self.do(loyalty.ADJUST_POINTS, loyalty.AdjustPoints(member, points, "test"))

    async def sweep(self, step: Any) -> int:  # noqa: ANN401 - a step of a job
        return await loyalty.sweep(self.executor, "test", step)

    async def order(
        self,
        customer: int,
        lines: Sequence[loyalty.OrderLine],
        *,
        burn: int = 0,
        settle: bool = True,
        **more: Any,  # noqa: ANN401
    ) -> tuple[int, Any]:
        """Place an order that burns points, settle it and earn; (order, what refused it or what it earned)."""
        number = next(_numbers) + 10**12
        placed = await self.executor.transact("order", lambda work: self._place(work, number, customer, lines, burn))
        if isinstance(placed, Refusal | Shortage) or not settle:
            return number, placed
        return number, await self.executor.transact(
            "pay", lambda work: self._pay(work, number, customer, lines, placed, more)
        )

    async def _place(self, work: Work, order: int, customer: int, lines: Sequence[loyalty.OrderLine], burn: int) -> Any:  # noqa: ANN401
        if not burn:
            return 0
        purses = await loyalty.open_purses(work, [customer], lock=False)
        purse = purses.of(customer, "club")
        assert purse is not None
        book = await ledger.lock(work, purses.spots())
        await work.reserve_ids(20)
        total = sum(one.amount_minor for one in lines)
        tender = loyalty.Tender(order, "CNY", total, tuple((o.position, o.quantity, o.amount_minor) for o in lines))
        burned = loyalty.burn_as_tender(purse, book, tender, burn, work.ids.take)
        if isinstance(burned, Refusal):
            return burned
        granted = book.decide(Group(burned.steps, "order", order, work.now))
        if isinstance(granted, Shortage):
            return granted
        changes = loyalty.PointChanges(work)
        changes.burned(None, purse, burned)
        await ledger.save(work, book)
        changes.save()
        return burned.amount_minor

    async def _pay(
        self,
        work: Work,
        order: int,
        customer: int,
        lines: Sequence[loyalty.OrderLine],
        burned: int,
        more: Mapping[str, Any],
    ) -> loyalty.OrderEarned | None:
        opened = await loyalty.open_orders(work, [order])
        purses = await loyalty.open_purses(work, [customer])
        book = await ledger.lock(work, opened.spots() | purses.spots(), [order])
        await work.reserve_ids(20)
        changes = loyalty.PointChanges(work)
        for burn in opened.burns.get(order, ()):
            steps = changes.settled(None, opened.purses.by_account[burn.account], burn)
            assert book.decide(Group(steps, "points_payment", order, work.now)) == []
        purse = purses.of(customer, "club")
        earned = None
        if purse is not None:
            purchase = loyalty.Purchase(order, "CNY", "web", tuple(lines), burned, **more)
            earned = loyalty.earn_for_order(purse, book, purchase)
            assert book.decide(Group(earned.steps, "points_earned", order, work.now)) == []
            changes.earned(None, purse, earned)
        await ledger.save(work, book)
        changes.save()
        return earned

    async def release(self, order: int) -> None:
        """The order lapses: what it held is let go."""

        async def act(work: Work) -> None:
            opened = await loyalty.open_orders(work, [order])
            book = await ledger.lock(work, opened.spots(), [order])
            changes = loyalty.PointChanges(work)
            for burn in opened.burns.get(order, ()):
                steps = changes.released(None, opened.purses.by_account[burn.account], burn)
                assert book.decide(Group(steps, "points_release", order, work.now)) == []
            await ledger.save(work, book)
            changes.save()

        await self.executor.transact("release", act)

    async def back(self, order: int, returned: Mapping[int, int]) -> tuple[int, int, int]:
        """Goods come back: (points taken back, points given back, debt)."""

        async def act(work: Work) -> tuple[int, int, int]:
            opened = await loyalty.open_orders(work, [order])
            book = await ledger.lock(work, opened.spots(), [order])
            changes = loyalty.PointChanges(work)
            taken = given = debt = 0
            for burn in opened.burns.get(order, ()):
                put = changes.given_back(None, opened.purses.by_account[burn.account], burn, returned)
                assert book.decide(Group(put.steps, "points_given_back", order, work.now, fact=True)) == []
                given += put.points
            for earning in opened.earnings.get(order, ()):
                got = changes.taken_back(None, opened.purses.by_account[earning.account], book, earning, returned)
                book.decide(Group(got.steps, "points_taken_back", order, work.now, fact=True))
                taken += got.points
                debt += got.debt
            await ledger.save(work, book)
            changes.save()
            return taken, given, debt

        return await self.executor.transact("return", act)

    async def faults(self) -> list[tuple[str, Any]]:
        """What the doctor finds of loyalty and the ledger."""
        from mainstem.domains.inventory import CHECKS as INVENTORY
        from mainstem.domains.orders import CHECKS as ORDERS
        from mainstem.ledger.checks import CHECKS as LEDGER

        found = []
        async with self.executor.database.snapshot() as connection:
            for check in (*LEDGER, *INVENTORY, *ORDERS, *loyalty.CHECKS):
                rows = await (await connection.execute(check.sql)).fetchall()
                found += [(check.name, row) for row in rows]
        return found

    async def rows(self, sql: str, *parameters: object) -> list[Any]:
        async with self.executor.database.snapshot() as connection:
            return await (await connection.execute(sql, parameters)).fetchall()

    async def write(self, sql: str, *parameters: object) -> None:
        async with self.executor.database.transaction() as connection:
            await connection.execute(sql, parameters)

    async def liability(self, *days: Any) -> list[loyalty.LiabilityDay]:  # noqa: ANN401 - dates
        async with self.executor.database.snapshot() as connection:
            return await loyalty.liability(connection, "club", days)

    async def ask(self, query: Any) -> Any:  # noqa: ANN401
        async with self.executor.database.snapshot() as connection:
            return (await ask(connection, query))[0]

"""A shop where everything is sold: stock, prices, promotions, coupons, points, cards, and checkouts of all of it."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from mainstem.domains import customers, inventory, loyalty, orders, pricing
from mainstem.entrypoints.doctor import examine_in
from mainstem.kernel.refusals import Refusal
from mainstem.platform.query import ask
from mainstem.processes import ALLOCATE_ORDERS, CANCEL_ORDERS, PAY_ORDERS, PLACE_ORDERS, RETURN_ORDERS, SHIP_ORDERS
from mainstem.processes.checkout.checking_out import CHECK_OUT
from mainstem.processes.checkout.contracts import AskQuote, CheckedOut, Checkout, HoldQuote, Quote
from mainstem.processes.checkout.quoting import HOLD_QUOTE, quote_one
from tests.unit.loyalty_club import FORM as CLUB
from tests.unit.promotion_shop import Shop, form

_numbers = itertools.count(1)
PRICES = {"K1": 1000, "K2": 300, "K3": 2500, "K4": 999}
BURN = {"points": 10, "amount_minor": 100, "points_min": 10, "share_percent_max": 80}


class CheckoutShop(Shop):
    """One store, one channel that sells from it, four products with prices and stock; members where a test wants."""

    async def open(self, stock: int = 1000) -> None:
        await self.furnish()
        since = datetime.now(UTC) - timedelta(days=2)
        for sku, amount in PRICES.items():
            await self.do(pricing.SET_PRICES, pricing.SetPrice(sku, "CNY", amount, valid_from=since))
        lines = tuple(inventory.StockLine(sku, stock) for sku in PRICES)
        await self.do(inventory.RECEIVE_STOCK, inventory.ReceiveStock("S1", lines))

    async def club(self, **changes: Any) -> None:  # noqa: ANN401 - JSON
        written = msgspec.convert({**CLUB, "burn": BURN, "referral": None, **changes}, loyalty.Programme)
        await self.do(loyalty.SAVE_PROGRAMME, loyalty.SaveProgramme(written, 0))

    async def member(self, reference: str = "anna", points: int = 0) -> str:
        """A customer of the web channel who is a member, with points; his number."""
        told = customers.Identify("web", reference)
        record = int((await self.do(customers.IDENTIFY, told)).record)
        number = str((await self.do(loyalty.ENROL, loyalty.Enrol("club", record))).member)
        if points:
            await self.do(loyalty.ADJUST_POINTS, loyalty.AdjustPoints(number, points, "welcome"))
        return number

    async def points(self, number: str) -> tuple[int, int]:
        """(available, pending) points of a member."""
        async with self.executor.database.snapshot() as connection:
            view = await loyalty.member(connection, self.vault, number)
        return view.available, view.pending

    async def card(self, amount: int = 5000) -> tuple[str, str]:
        """Code and PIN of a gift card with so much on it."""
        terms = loyalty.CardTerms(1, "CNY", amount, "CN", active=True)
        issuance = loyalty.issue_cards(self.vault, terms, f"card {next(_numbers)}", actor=7)
        (outcome,) = await self.executor.execute(loyalty.ISSUE_CARDS, [issuance.call])
        assert outcome.accepted, outcome.body
        (made,) = issuance.cards(outcome)
        assert made.code is not None
        assert made.pin is not None
        return made.code, made.pin

    async def on_card(self, code: str, pin: str) -> int:
        """What can be paid with a card."""
        found = await self.do(loyalty.CHECK_CARD, loyalty.CheckCard(code, pin, "test"))
        return int(found.balance_minor)

    async def quote(self, *lines: tuple[str, int], **more: Any) -> Quote:  # noqa: ANN401 - fields
        answer = await quote_one(self.executor, basket(*lines, **more))
        assert isinstance(answer, Quote), answer
        return answer

    async def hold(self, *lines: tuple[str, int], **more: Any) -> Quote:  # noqa: ANN401 - fields
        held: Quote = await self.do(HOLD_QUOTE, HoldQuote(basket(*lines, hold=True, **more)))
        return held

    async def buy(self, *lines: tuple[str, int], **more: Any) -> CheckedOut:  # noqa: ANN401 - fields
        done: CheckedOut = await self.do(CHECK_OUT, checkout(*lines, **more))
        return done

    async def not_bought(self, *lines: tuple[str, int], **more: Any) -> tuple[str, str]:  # noqa: ANN401 - fields
        refusal = await self.refused(CHECK_OUT, checkout(*lines, **more))
        return refusal.code, refusal.where

    async def place(self, *lines: tuple[str, int], **more: Any) -> orders.OrderPlaced:  # noqa: ANN401 - fields
        asked = tuple(orders.OrderLine(sku, quantity) for sku, quantity in lines)
        placed: orders.OrderPlaced = await self.do(PLACE_ORDERS, orders.PlaceOrder("web", asked, **more))
        return placed

    async def ship(self, order: int, *lines: tuple[int, int]) -> None:
        if (await self.view(order)).state == "placed":
            await self.do(ALLOCATE_ORDERS, orders.AllocateOrder(order))
        await self.do(SHIP_ORDERS, orders.ShipOrder(order, _of(lines)))

    async def cancel(self, order: int, *lines: tuple[int, int]) -> orders.OrderChanged:
        changed: orders.OrderChanged = await self.do(CANCEL_ORDERS, orders.CancelOrder(order, "no", _of(lines)))
        return changed

    async def back(self, order: int, *lines: tuple[int, int], node: str = "S1") -> orders.OrderChanged:
        changed: orders.OrderChanged = await self.do(RETURN_ORDERS, orders.ReturnOrder(order, node, "no", _of(lines)))
        return changed

    async def pay(self, order: int, amount: int) -> None:
        await self.do(PAY_ORDERS, orders.PayOrder(order, (orders.Tender("cash", amount),)))

    async def view(self, order: int) -> orders.queries.OrderView:
        async with self.executor.database.snapshot() as connection:
            found = await orders.queries.order_view(connection, self.vault, order)
        assert found is not None
        return found

    async def coupon(self, percent: int = 20, **batch: Any) -> str:  # noqa: ANN401 - fields
        """The code of a public coupon for a promotion that takes so many percent off everything."""
        number = next(_numbers)
        await self.live(form(f"coupon-{number}", reward={"type": "percent", "percent": percent}, coupon=True))
        code = f"WELCOME{number + 20}"
        await self.batch(
            f"batch-{number}", kind="public", public_code=code, count=0, promotion=f"coupon-{number}", **batch
        )
        return code

    async def uses(self) -> list[tuple[str, str]]:
        """(kind, state) of every use."""
        return [tuple(row) for row in await self._rows("select kind, state from pricing.usage order by id")]

    async def stock(self, sku: str) -> int:
        async with self.executor.database.snapshot() as connection:
            found = await inventory.availability(connection, [sku], ["S1"], None, datetime.now(UTC))
        return int(found.rows()[0].available)

    async def audit(self) -> None:
        """The doctor finds nothing."""
        async with self.executor.database.snapshot() as connection:
            health = await examine_in(connection)
        assert [finding.message for check in health.checks for finding in check.findings] == []

    async def _rows(self, sql: str) -> list[Any]:
        async with self.executor.database.snapshot() as connection:
            return await (await connection.execute(sql)).fetchall()


def basket(*lines: tuple[str, int], **more: Any) -> AskQuote:  # noqa: ANN401 - fields
    asked = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    return msgspec.convert({"channel": "web", "lines": asked, **more}, AskQuote)


def checkout(*lines: tuple[str, int], **more: Any) -> Checkout:  # noqa: ANN401 - fields
    asked = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    return msgspec.convert({"channel": "web", "lines": asked, **more}, Checkout)


def _of(lines: tuple[tuple[int, int], ...]) -> tuple[orders.LineQuantity, ...]:
    return tuple(orders.LineQuantity(position, quantity) for position, quantity in lines)


__all__ = ["PRICES", "CheckoutShop", "Refusal", "ask", "basket", "checkout", "form"]

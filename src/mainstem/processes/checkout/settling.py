"""What belongs to orders beside their goods, once they are placed: settled, earned, released, given back.

- The first shipment settles what the checkout held (uses, coupons, points, cards) and earns the points of the order.
- An order that is given up before anything of it was settled (cancelled whole, lapsed) lets all of it go.
- What is given up in part settles first. Then the part comes back: points that it earned are taken back, points and
  cards that paid for it get their share, computed of what was given up in all, so that any sequence ends at zero.
- Uses of promotions and coupons come back when nothing of the order is kept, and not before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains import catalog, loyalty, orders, pricing
from mainstem.kernel.refusals import Refusal
from mainstem.ledger import Book, Group, Shortage, Spot, Step
from mainstem.platform.execution import Call
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.checkout.offers import Attached

o = pricing.offering

IDS = loyalty.EARNINGS_PER_ORDER + 12
"""Ids that an order needs at most: what it earns, and tenders of what comes back."""

_attached = msgspec.json.Decoder(Attached).decode


def attached_orders(found: Iterable[orders.Order]) -> dict[int, orders.Order]:
    """Those of these orders that something belongs to beside their goods."""
    return {order.id: order for order in found if order.checkout is not None}


class Settlement:
    """What belongs to the orders of a batch, locked. Made by `open_settlement`."""

    def __init__(
        self,
        work: Work,
        points: loyalty.OrderPoints,
        buyers: loyalty.Purses,
        cards: loyalty.OrderCards,
        usage: o.OrderUsage,
        goods: Mapping[int, catalog.SoldGoods],
        channels: Mapping[int, catalog.Channel],
    ) -> None:
        self._work, self._points, self._buyers, self._cards, self._usage = work, points, buyers, cards, usage
        self._goods, self._channels = goods, channels
        self._point_changes = loyalty.PointChanges(work)
        self._card_changes = loyalty.CardChanges(work)
        self._use_changes = o.UsageChanges(work)
        self._tenders: list[tuple[int, orders.Tender, datetime]] = []

    def spots(self) -> set[Spot]:
        """Every balance that may be touched."""
        return self._points.spots() | self._buyers.spots() | self._cards.spots() | self._usage.spots()

    def shipped(self, call: Call[Any] | None, book: Book, order: orders.Order, *, first: bool) -> None:
        """The first goods have left: settle what is held, and earn. `first`: nothing had left before."""
        self._settle(call, book, order)
        if first:
            self._earn(call, book, order)

    def given_up(
        self,
        call: Call[Any] | None,
        book: Book,
        order: orders.Order,
        quantities: Mapping[int, int],
        due_before: int,
    ) -> int:
        """So much of the order was given up, and is counted in it already; what went back to points and cards."""
        if order.given_up and not self._settled(order):
            return self._release(call, book, order)
        self._settle(call, book, order)
        for earning in self._points.earnings.get(order.id, ()):
            purse = self._points.purses.by_account[earning.account]
            taken = self._point_changes.taken_back(call, purse, book, earning, quantities)
            self._post(book, order, "points_taken_back", taken.steps, fact=True)
        before, after = order.total_minor - due_before, order.total_minor - order.due_minor
        back = self._points_back(call, book, order, quantities, before, after)
        back += self._cards_back(call, book, order, before, after)
        if order.given_up:
            for usage in self._usage.by_order.get(order.id, ()):
                self._post(book, order, "use_given_back", self._use_changes.given_back(call, usage), fact=True)
        order.paid_minor -= back
        return back

    def lapsed(self, book: Book, order: orders.Order) -> None:
        """The order ended unpaid: what it held goes."""
        self._release(None, book, order)

    def save(self) -> None:
        """Queue everything noted."""
        self._point_changes.save()
        self._card_changes.save()
        self._use_changes.save()
        orders.store.insert_tenders(self._work, self._tenders)

    def _settled(self, order: orders.Order) -> bool:
        """Whether something of the order is final already."""
        return (
            any(line.shipped for line in order.lines.values())
            or any(burn.state == "settled" for burn in self._points.burns.get(order.id, ()))
            or any(use.state == "settled" for use in self._cards.uses.get(order.id, ()))
            or any(usage.state == "settled" for usage in self._usage.by_order.get(order.id, ()))
        )

    def _settle(self, call: Call[Any] | None, book: Book, order: orders.Order) -> None:
        steps: list[Step] = []
        for burn in self._points.burns.get(order.id, ()):
            steps += self._point_changes.settled(call, self._points.purses.by_account[burn.account], burn)
        for use in self._cards.uses.get(order.id, ()):
            steps += self._card_changes.settled(call, self._cards.cards[use.card], use)
        for usage in self._usage.by_order.get(order.id, ()):
            steps += self._use_changes.settled(call, usage)
        self._post(book, order, "checkout_settled", steps)

    def _release(self, call: Call[Any] | None, book: Book, order: orders.Order) -> int:
        steps: list[Step] = []
        back = 0
        for burn in self._points.burns.get(order.id, ()):
            if burn.state == "held":
                steps += self._point_changes.released(call, self._points.purses.by_account[burn.account], burn)
                back += self._refund(order, "points", burn.amount_minor)
        for use in self._cards.uses.get(order.id, ()):
            if use.state == "held":
                card = self._cards.cards[use.card]
                steps += self._card_changes.released(call, card, use)
                back += self._refund(order, "gift_card", use.amount_minor, card.last4)
        for usage in self._usage.by_order.get(order.id, ()):
            steps += self._use_changes.released(call, usage)
        self._post(book, order, "checkout_released", steps)
        order.paid_minor -= back
        return back

    def _points_back(
        self,
        call: Call[Any] | None,
        book: Book,
        order: orders.Order,
        quantities: Mapping[int, int],
        before: int,
        after: int,
    ) -> int:
        back = 0
        for burn in self._points.burns.get(order.id, ()):
            if burn.state != "settled":
                continue
            purse = self._points.purses.by_account[burn.account]
            given = self._point_changes.given_back(call, purse, burn, quantities)
            self._post(book, order, "points_given_back", given.steps, fact=True)
            back += self._refund(order, "points", _part(burn.amount_minor, order, before, after))
        return back

    def _cards_back(self, call: Call[Any] | None, book: Book, order: orders.Order, before: int, after: int) -> int:
        back = 0
        for use in self._cards.uses.get(order.id, ()):
            if use.state != "settled":
                continue
            amount = min(_part(use.amount_minor, order, before, after), use.amount_minor - use.refunded_minor)
            if not amount:
                continue
            card = self._cards.cards[use.card]
            steps = self._card_changes.refunded(call, card, use, amount)
            assert not isinstance(steps, Refusal), "no more goes back than was paid"
            self._post(book, order, "card_refunded", steps, fact=True)
            back += self._refund(order, "gift_card", amount, card.last4)
        return back

    def _refund(self, order: orders.Order, kind: str, amount_minor: int, reference: str = "") -> int:
        if amount_minor:
            self._tenders.append((order.id, orders.Tender(kind, -amount_minor, reference), self._work.now))
        return amount_minor

    def _earn(self, call: Call[Any] | None, book: Book, order: orders.Order) -> None:
        purse = None if order.customer is None else self._purse(order.customer, order.currency)
        if purse is None:
            return
        extra = _attached(order.checkout or "{}")
        given_up = order.total_minor - order.due_minor
        burned = sum(
            burn.amount_minor - orders.rules.share(burn.amount_minor, given_up, order.total_minor)
            for burn in self._points.burns.get(order.id, ())
        )
        purchase = loyalty.Purchase(
            order.id,
            order.currency,
            self._channels[order.channel].code,
            tuple(
                self._bought(line, extra.line_taxes) for line in order.lines.values() if line.quantity > line.cancelled
            ),
            burned,
            extra.times_millionths,
            extra.plus,
        )
        earned = loyalty.earn_for_order(purse, book, purchase)
        self._post(book, order, "points_earned", earned.steps)
        self._point_changes.earned(call, purse, earned)

    def _purse(self, record: int, currency: str) -> loyalty.Purse | None:
        purses = sorted(self._buyers.all_of(record), key=lambda one: one.programme_id)
        return next((one for one in purses if one.programme.currency == currency), None)

    def _bought(self, line: orders.Line, taxes: Mapping[int, int]) -> loyalty.OrderLine:
        """What is kept of a line, as it earns."""
        goods = self._goods[line.variant]
        kept = line.quantity - line.cancelled
        amount = line.amount_minor - orders.rules.share(line.amount_minor, line.cancelled, line.quantity)
        discount = line.discount_minor - orders.rules.share(line.discount_minor, line.cancelled, line.quantity)
        tax = orders.rules.share(taxes.get(line.position, 0), kept, line.quantity)
        of = (goods.sku, goods.product, goods.category, goods.brand)
        return loyalty.OrderLine(line.position, *of, kept, amount + discount, amount, tax)

    def _post(self, book: Book, order: orders.Order, kind: str, steps: Sequence[Step], *, fact: bool = False) -> None:
        if steps:
            found = book.decide(Group(tuple(steps), kind, order.id, self._work.now, fact=fact))
            assert not isinstance(found, Shortage), (order.id, kind, found)


def _part(amount: int, order: orders.Order, before: int, after: int) -> int:
    """What of an amount that paid for an order goes back when what was given up of it grows; cents add up exactly."""
    return orders.rules.share(amount, after, order.total_minor) - orders.rules.share(amount, before, order.total_minor)


async def open_settlement(work: Work, found: Mapping[int, orders.Order], *, earning: Collection[int]) -> Settlement:
    """Lock what belongs to these orders; `earning` are those of which the first goods may leave now."""
    points = await loyalty.open_orders(work, found)
    buyers = await loyalty.open_purses(
        work, {order.customer for order in found.values() if order.id in earning and order.customer is not None}
    )
    cards = await loyalty.open_cards(work, found)
    usage = await o.open_usage(work, found)
    variants = {line.variant for order in found.values() if order.id in earning for line in order.lines.values()}
    goods, channels = await ask(
        work.connection, catalog.sold_goods(variants), catalog.channels_by_id({one.channel for one in found.values()})
    )
    return Settlement(work, points, buyers, cards, usage, goods, channels)

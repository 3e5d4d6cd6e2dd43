"""What every change of an existing order has in common: load and lock, decide in order, store, tell."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from mainstem.domains import orders
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.ledger import Book, Extend, Group, Shortage, Spot, Step, lock, save
from mainstem.platform.execution import Call
from mainstem.platform.work import Work
from mainstem.processes.checkout.settling import IDS, Settlement, attached_orders, open_settlement

SETTLING = frozenset(("ship", "cancel", "return"))
"""The verbs that settle, release or give back what belongs to an order beside its goods."""

Answer = orders.OrderChanged | Refusal


class ChangesOrder(Protocol):
    """A command about one order."""

    @property
    def order(self) -> int:
        """The order's id."""

    @property
    def revision(self) -> int | msgspec.UnsetType:
        """The revision that it was decided on, when it must still be that one."""


C = TypeVar("C", bound=ChangesOrder)


class Change:
    """The state a batch of changes works on: the locked orders and the locked part of the ledger."""

    def __init__(self, work: Work, found: dict[int, orders.Order], book: Book, settlement: Settlement | None) -> None:
        self._settlement = settlement
        self.work = work
        self.orders = found
        self.book = book
        self.touched: dict[int, orders.Order] = {}

    def post(self, order: orders.Order, kind: str, steps: Iterable[Step], *, fact: bool = False) -> Shortage | None:
        """Ask the ledger for the steps; nothing to ask is granted."""
        wanted = tuple(steps)
        if not wanted:
            return None
        found = self.book.decide(Group(wanted, kind, order.id, self.work.now, fact=fact))
        return found if isinstance(found, Shortage) else None

    def overtaken(self, order: orders.Order, command: ChangesOrder) -> Refusal | None:
        """Whether the order is no longer what the command was decided on."""
        current = order.revision + (order.id in self.touched)  # one batch makes one revision
        if command.revision in (msgspec.UNSET, current):
            return None
        given = int(command.revision)
        return refuse(orders.CHANGED_MEANWHILE, "/revision", order=order.id, current=current, given=given)

    def shipped(self, call: Call[Any], order: orders.Order, *, first: bool) -> None:
        """Goods have left, and are counted: settle what else belongs to the order."""
        if order.checkout is not None and self._settlement is not None:
            self._settlement.shipped(call, self.book, order, first=first)

    def gave_up(self, call: Call[Any], order: orders.Order, quantities: Mapping[int, int], due_before: int) -> int:
        """So much of each line was given up, and is counted: what went back to the points and cards that paid it."""
        if order.checkout is None or self._settlement is None:
            return 0
        return self._settlement.given_up(call, self.book, order, quantities, due_before)

    def keep_if_paid(self, order: orders.Order, kind: str) -> None:
        """A promise that is paid in full no longer lapses."""
        if order.expires_at is not None and order.payment in ("paid", "refund_due"):
            order.expires_at = None
            shortage = self.post(order, kind, [Extend(hold, None) for hold, _ in order.open_holds()])
            assert shortage is None, shortage


async def change_orders(
    work: Work,
    calls: Sequence[Call[C]],
    verb: str,
    event: str,
    decide: Callable[[Change, orders.Order, Call[C]], Answer],
    *,
    more_spots: Callable[[orders.Order, C], Iterable[Spot]] = lambda _order, _command: (),
    load: Callable[[dict[int, orders.Order]], Awaitable[None]] | None = None,
    store: Callable[[Work], None] = lambda _work: None,
) -> list[Answer]:
    """Run `decide` for each call against the locked order, in order of arrival, and store what it granted.

    `more_spots` names balances the decision touches beyond those where the order is promised; `load` reads what else
    it needs once the orders are locked.
    """
    found = await orders.store.lock(work, {call.command.order for call in calls})
    spots = {spot for order in found.values() for spot in order.spots()}
    for call in calls:
        order = found.get(call.command.order)
        if order is not None:
            spots |= set(more_spots(order, call.command))
    attached = attached_orders(found.values()) if verb in SETTLING else {}
    settlement = None
    if attached:
        earning = {number for number, order in attached.items() if verb == "ship" and not _begun(order)}
        settlement = await open_settlement(work, attached, earning=earning)
        spots |= settlement.spots()
    book = await lock(work, spots, found)
    if load is not None:
        await load(found)
    changing = [found[call.command.order] for call in calls if call.command.order in found]
    # A document or a hold a line, and what is settled.
    await work.reserve_ids(sum(1 + len(order.lines) + (IDS if order.id in attached else 0) for order in changing))
    change = Change(work, found, book, settlement)
    answers: list[Answer] = []
    for call in calls:
        order = found.get(call.command.order)
        if order is None:
            answers.append(refuse(NOT_FOUND, "/order", what="order", id=call.command.order))
            continue
        answer = (
            change.overtaken(order, call.command) or orders.rules.admits(order, verb) or decide(change, order, call)
        )
        if not isinstance(answer, Refusal):
            change.touched[order.id] = order
            orders.events.emit(work, call, event, order.id, answer)
        answers.append(answer)
    await save(work, book)
    orders.store.update(work, list(change.touched.values()))
    store(work)
    if settlement is not None:
        settlement.save()
    return answers


def _begun(order: orders.Order) -> bool:
    """Whether some of its goods have left."""
    return any(line.shipped for line in order.lines.values())

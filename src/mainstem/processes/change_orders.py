"""What every change of an existing order has in common: load and lock, decide in order, store, tell."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec

from mainstem.domains import orders
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.ledger import Book, Extend, Group, Shortage, Spot, Step, lock, save
from mainstem.platform.execution import Call
from mainstem.platform.work import Work

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

    def __init__(self, work: Work, found: dict[int, orders.Order], book: Book) -> None:
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
    book = await lock(work, spots, found)
    if load is not None:
        await load(found)
    changing = [found[call.command.order] for call in calls if call.command.order in found]
    await work.reserve_ids(sum(1 + len(order.lines) for order in changing))  # a document or a hold a line
    change = Change(work, found, book)
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
    return answers

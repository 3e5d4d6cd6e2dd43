"""Lapse orders: a promise that was not paid in time ends, and its goods are free again."""

import asyncio

from mainstem.domains import inventory, orders
from mainstem.ledger import Group, Release, lock, save
from mainstem.platform.execution import Executor
from mainstem.platform.work import Work
from mainstem.processes.checkout.settling import IDS, attached_orders, open_settlement

BATCH = 200
OTHERS_WAIT_SECONDS = 0.1


async def lapse_due(executor: Executor) -> int:
    """Lapse every order that is due; returns how many. Safe to run from several processes at once."""
    total = 0
    while True:
        lapsed = await executor.transact("orders.lapse", _lapse_batch)
        total += lapsed
        if lapsed < BATCH:
            return total


async def end_promises(executor: Executor) -> int:
    """End every promise whose time is up, of unpaid orders and of reservations; returns how many."""
    ended = await lapse_due(executor)
    while True:
        expired = await executor.transact("inventory.expire", lambda work: inventory.expire_due(work, BATCH))
        ended += expired
        if expired < BATCH:
            return ended


async def make_room(executor: Executor) -> None:
    """End every promise whose time is up; when others are at work on them, wait a little for what they do."""
    if not await end_promises(executor):
        await asyncio.sleep(OTHERS_WAIT_SECONDS)


async def _lapse_batch(work: Work) -> int:
    found = await orders.store.lock(work, await orders.store.due(work, BATCH))
    if not found:
        return 0
    spots = {spot for order in found.values() for spot in order.spots()}
    attached = attached_orders(found.values())
    settlement = await open_settlement(work, attached, earning=()) if attached else None
    if settlement is not None:
        await work.reserve_ids(IDS * len(attached))
        spots |= settlement.spots()
    book = await lock(work, spots, found)
    for order in found.values():
        steps = [Release(hold, quantity, expired=True) for hold, quantity in order.open_holds()]
        granted = book.decide(Group(tuple(steps), "lapse", order.id, work.now))
        assert isinstance(granted, list), (order.id, granted)
        orders.rules.lapse(order)
        if settlement is not None and order.id in attached:
            settlement.lapsed(book, order)
        orders.events.emit_sweep(work, "order_lapsed", order.id, order.changed())
    await save(work, book)
    orders.store.update(work, list(found.values()))
    if settlement is not None:
        settlement.save()
    return len(found)

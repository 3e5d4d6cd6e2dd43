"""Reservations whose time is up give back what they hold: swept in batches, and before a request that needs stock."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from mainstem import ledger
from mainstem.domains.inventory import store
from mainstem.domains.inventory.contracts import DocumentEvent
from mainstem.domains.inventory.store import Reservation
from mainstem.ledger import Book, Group, Release, Spot
from mainstem.ledger.balances import HeldAt, due_references, live_holds
from mainstem.platform.query import ask
from mainstem.platform.work import Event, Work


async def expire_due(work: Work, limit: int) -> int:
    """Expire up to so many open reservations whose time is up at `work.now`; answers how many there were.

    Each gives back what it holds, closes, and is told as `inventory.reservation_expired`. Holds of other documents than
    reservations are left alone. Safe to run in several places at once: a reservation is expired once.
    """
    (due,) = await ask(work.connection, store.lock_due_reservations(work.now, limit))
    if due:
        book = await lock_with_due(work, (), due)
        await ledger.save(work, book)
    return len(due)


async def lock_after_expiry(work: Work, spots: Collection[Spot]) -> Book:
    """Lock the spots; reservations that still hold there although their time is up have given it back in the book.

    So a request gets what reads say is available, whether the sweep has come by or not.
    """
    (references,) = await ask(work.connection, due_references(spots, work.now))
    if not references:
        return await ledger.lock(work, spots)
    (found,) = await ask(work.connection, store.lock_reservations(references))
    return await lock_with_due(work, spots, {number: item for number, item in found.items() if item.open})


async def lock_with_due(work: Work, spots: Iterable[Spot], due: Mapping[int, Reservation]) -> Book:
    """Lock the spots and those of the due reservations, and expire these in the book; the caller saves it."""
    (holds,) = await ask(work.connection, live_holds(due))
    book = await ledger.lock(work, {*spots, *((hold.asset, hold.place) for hold in holds)}, due)
    by_reference: dict[int, list[HeldAt]] = {}
    for hold in holds:
        by_reference.setdefault(hold.reference, []).append(hold)
    for reservation in due.values():
        steps = tuple(
            Release(hold=hold.id, quantity=hold.open, expired=True) for hold in by_reference.get(reservation.id, ())
        )
        granted = book.decide(Group(steps=steps, kind="reservation", reference=reservation.id, occurred_at=work.now))
        assert isinstance(granted, list), "a locked reservation holds what it was read to hold"
        _tell(work, reservation, len(steps))
    store.close_documents(work, due)
    return book


def _tell(work: Work, reservation: Reservation, lines: int) -> None:
    payload = DocumentEvent(document=reservation.external_id, lines=lines)
    work.emit(
        Event(
            type="inventory.reservation_expired",
            subject=reservation.id,
            actor=0,
            trace="",
            occurred_at=work.now,
            payload=msgspec.json.encode(payload),
        )
    )

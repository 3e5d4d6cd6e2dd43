"""Events, discrepancies and low-stock notices: what a write tells others."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains.catalog import Node, Variant
from mainstem.domains.inventory import store
from mainstem.domains.inventory.contracts import DiscrepancyEvent, DiscrepancyKind, LowEvent
from mainstem.domains.inventory.rules.low_stock import LowStock
from mainstem.platform.execution import Call
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


class Discrepancy(msgspec.Struct, frozen=True, gc=False):
    """What a fact contradicted: `quantity` is what was found beyond what the ledger had, below 0 what was missing."""

    kind: DiscrepancyKind
    node: Node
    variant: Variant
    quantity: int
    reference: int
    occurred_at: datetime
    actor: int
    trace: str


def tell(work: Work, call: Call[Any], type_: str, subject: int, occurred_at: datetime, payload: msgspec.Struct) -> None:
    """Queue an event of the room about a subject, caused by a call."""
    work.emit(
        Event(
            type=f"inventory.{type_}",
            subject=subject,
            actor=call.actor,
            trace=call.trace,
            occurred_at=occurred_at,
            payload=_encode(payload),
        )
    )


async def record_discrepancies(work: Work, found: Sequence[Discrepancy]) -> None:
    """Queue discrepancies, and an event `inventory.discrepancy_found` for each."""
    if not found:
        return
    await work.reserve_ids(len(found))
    rows = []
    for item in found:
        number = work.ids.take()
        rows.append((number, item.kind, item.node.id, item.variant.id, item.quantity, item.reference, item.occurred_at))
        payload = DiscrepancyEvent(
            kind=item.kind,
            node=item.node.code,
            sku=item.variant.sku,
            quantity=item.quantity,
            reference=item.reference,
        )
        work.emit(
            Event(
                type="inventory.discrepancy_found",
                subject=number,
                actor=item.actor,
                trace=item.trace,
                occurred_at=item.occurred_at,
                payload=_encode(payload),
            )
        )
    store.insert_discrepancies(work, rows)


def emit_low(work: Work, crossings: Iterable[LowStock]) -> None:
    """Queue an event `inventory.stock_low` for each crossing, by the system: a batch as a whole caused it."""
    for low in crossings:
        payload = LowEvent(sku=low.variant.sku, node=low.node.code, free=low.free, low=low.low)
        work.emit(
            Event(
                type="inventory.stock_low",
                subject=low.variant.id,
                actor=0,
                trace="",
                occurred_at=work.now,
                payload=_encode(payload),
            )
        )

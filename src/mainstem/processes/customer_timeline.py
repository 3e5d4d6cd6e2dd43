"""The timeline of a customer: what happened to him, his orders and his points, across channels, latest first."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains import catalog, customers, loyalty, orders
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

KINDS = (*customers.EVENT_KINDS, *orders.queries.EVENT_KINDS, *loyalty.EVENT_KINDS)
"""What the timeline tells of."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_KIND_OF = {
    **{f"customers.{name}": kind for kind, names in customers.EVENT_KINDS.items() for name in names},
    **{f"orders.{name}": kind for kind, names in orders.queries.EVENT_KINDS.items() for name in names},
    **{f"loyalty.{name}": kind for kind, names in loyalty.EVENT_KINDS.items() for name in names},
}
_TOLD = ("carrier", "reason", "restock", "node")
"""What the command of an order's event may tell here: nothing that names a person."""
_TOLD_OF_LOYALTY = (
    *("programme", "points", "debt", "available", "reference", "what", "state", "before", "tier"),
    *("benefit", "quantity", "left", "amount_minor", "currency", "reason"),
)
"""What an event of loyalty may tell here: no member's number, no card's."""


class TimelineFilter(msgspec.Struct, frozen=True):
    """What is wanted: kinds (of `KINDS`; none are all) and the code of a channel ("": all).

    `with_orders`: whether orders are told of; `node` (an id): those of one node only. `with_loyalty`: whether points,
    benefits and store credit are, which have no channel.
    """

    kinds: tuple[str, ...] = ()
    channel: str = ""
    with_orders: bool = True
    node: int | None = None
    with_loyalty: bool = True


class TimelineEntry(msgspec.Struct, frozen=True):
    """Something that happened. `occurred_at` of an order or sale is when it was placed or sold, else when it was told.

    `subject` is the record, request, order, account, card or customer that it happened to; `order` its number where it
    is one. `source`: the code of the channel or source. `actor` is the name of who did it, "" for the system. `details`
    depend on the type and hold codes, ids and amounts in minor units, never personal data.
    """

    id: int
    kind: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    subject: int
    order: int | None
    source: str
    node: str
    actor_id: int
    actor: str
    trace: str
    details: dict[str, Any]


class Timeline(msgspec.Struct, frozen=True):
    """A page of it: whose it is today, and the position behind which there is more; None when there is no more."""

    customer: int
    entries: list[TimelineEntry]
    next: tuple[datetime, int] | None


async def customer_timeline(
    connection: Connection,
    customer: int,
    wanted: TimelineFilter,
    limit: int,
    before: tuple[datetime, int] | None = None,
) -> Timeline | None:
    """Up to `limit` entries of the customer whom an id means today, behind a position; None when there is none.

    A channel that there is not has no orders.
    """
    owners, records, channels = await ask(
        connection,
        customers.customers_of([customer]),
        customers.records_of([customer]),
        catalog.list_channels(_CHANNELS_MAX),
    )
    if customer not in owners:
        return None
    position = before or customers.EVER
    known = {one.code: one.id for one in channels}
    told, done, counted = await ask(
        connection,
        customers.happened(records, _asked(wanted, customers.EVENT_KINDS), wanted.channel, position, limit + 1),
        orders.queries.happened(
            records,
            _asked(wanted, orders.queries.EVENT_KINDS) if wanted.with_orders else (),
            known.get(wanted.channel, _NOWHERE) if wanted.channel else None,
            wanted.node,
            position,
            limit + 1,
        ),
        loyalty.happened(
            records,
            _asked(wanted, loyalty.EVENT_KINDS) if wanted.with_loyalty and not wanted.channel else (),
            position,
            limit + 1,
        ),
    )
    (nodes,) = await ask(connection, catalog.nodes_by_id({one.node for one in done}))
    codes = {number: code for code, number in known.items()}
    entries = [_of_customer(one) for one in told]
    entries += [_of_order(one, codes.get(one.channel, ""), nodes[one.node].code) for one in done]
    entries += [_of_loyalty(one) for one in counted]
    entries.sort(key=lambda one: (one.occurred_at, one.id), reverse=True)
    shown = entries[:limit]
    more = (shown[-1].occurred_at, shown[-1].id) if len(entries) > limit else None
    return Timeline(owners[customer], shown, more)


_CHANNELS_MAX = 10_000
_NOWHERE = -1


def _asked(wanted: TimelineFilter, kinds: Collection[str]) -> tuple[str, ...]:
    return tuple(kind for kind in kinds if not wanted.kinds or kind in wanted.kinds)


def _of_customer(one: customers.CustomerEvent) -> TimelineEntry:
    return TimelineEntry(
        id=one.id,
        kind=_KIND_OF[one.type],
        type=one.type,
        occurred_at=one.occurred_at,
        recorded_at=one.recorded_at,
        subject=one.subject,
        order=None,
        source=one.source if _KIND_OF[one.type] in customers.EVENTS_BY_CHANNEL else "",
        node="",
        actor_id=one.actor_id,
        actor=one.actor,
        trace=one.trace,
        details=_decode(one.payload),
    )


def _of_loyalty(one: loyalty.LoyaltyEvent) -> TimelineEntry:
    payload = _decode(one.payload)
    return TimelineEntry(
        id=one.id,
        kind=_KIND_OF[one.type],
        type=one.type,
        occurred_at=one.occurred_at,
        recorded_at=one.recorded_at,
        subject=one.subject,
        order=None,
        source="",
        node="",
        actor_id=one.actor_id,
        actor=one.actor,
        trace=one.trace,
        details={name: payload[name] for name in _TOLD_OF_LOYALTY if payload.get(name) not in (None, "")},
    )


def _of_order(one: orders.queries.OrderEvent, channel: str, node: str) -> TimelineEntry:
    payload = _decode(one.payload)
    command: dict[str, Any] = payload.get("command") or {}
    result: dict[str, Any] = payload.get("result") or {}
    details: dict[str, Any] = {"kind": one.kind, "currency": one.currency, "total_minor": one.total_minor}
    details |= {name: command[name] for name in _TOLD if command.get(name) not in (None, "")}
    if result.get("refund_minor"):
        details["refund_minor"] = result["refund_minor"]
    tenders = command.get("tenders") or ()
    if tenders:
        details["tenders"] = [{"kind": t["kind"], "amount_minor": t["amount_minor"]} for t in tenders]
    return TimelineEntry(
        id=one.id,
        kind=_KIND_OF[one.type],
        type=one.type,
        occurred_at=one.moment,
        recorded_at=one.recorded_at,
        subject=one.order,
        order=one.order,
        source=channel,
        node=node,
        actor_id=one.actor_id,
        actor=one.actor,
        trace=one.trace,
        details=details,
    )

"""Follows what customers do and who they are: activity, traits and segments are kept current from the events.

The first durable subscriber of the relay: it began with the first event ever recorded, so that what was there before it
is followed too. An event only says who is concerned; what is written is computed from the facts as they stand, so that
an event which comes twice changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

import msgspec

from mainstem.domains import catalog, customers, orders
from mainstem.platform.execution import Executor
from mainstem.platform.outbox import Published
from mainstem.platform.query import ask
from mainstem.platform.work import Work

OF_ORDERS = frozenset(
    f"orders.{verb}" for verb in ("order_placed", "sale_recorded", "order_cancelled", "order_lapsed", "order_returned")
)
"""Events after which an order counts differently."""

_OWN = ("customers.segment_", "customers.review_")
"""Events of the room that change nothing about anybody."""


class _Named(msgspec.Struct, frozen=True):
    """The customers that an event of the room names beside its subject."""

    customer: int = -1
    absorbed: int = -1
    restored: int = -1
    records: tuple[int, ...] | int = ()


_named = msgspec.json.Decoder(_Named).decode


class FollowCustomers:
    """The subscriber."""

    name = "customers.follow"

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def deliver(self, events: Sequence[Published]) -> None:
        """Take the next events, in one transaction."""
        changed = {event.subject for event in events if event.type in OF_ORDERS}
        people = {one for event in events if _concerns_people(event) for one in _people(event)}
        if changed or people:
            await self._executor.transact("customers.follow", partial(_follow, orders_changed=changed, people=people))


def _concerns_people(event: Published) -> bool:
    return event.type.startswith("customers.") and not event.type.startswith(_OWN)


def _people(event: Published) -> Iterable[int]:
    named = _named(event.payload)
    records = named.records if isinstance(named.records, tuple) else ()
    return {one for one in (event.subject, named.customer, named.absorbed, named.restored, *records) if one >= 0}


async def _follow(work: Work, orders_changed: set[int], people: set[int]) -> None:
    occasions = await _occasions(work, orders_changed) if orders_changed else []
    if people:
        await customers.keep_current(work, people)
    if occasions:
        await customers.keep_current(work, (), occasions, identity=False)


async def _occasions(work: Work, changed: Iterable[int]) -> list[customers.Occasion]:
    """What became of these orders, as far as they name a customer."""
    (heads,) = await ask(work.connection, orders.order_facts(changed))
    if not heads:
        return []
    (lines,) = await ask(work.connection, orders.line_facts(heads))
    facts = orders.facts(heads, lines)
    described, channels, nodes = await ask(
        work.connection,
        catalog.variants_described({line.variant for fact in facts for line in fact.lines}),
        catalog.channels_by_id({fact.channel for fact in facts}),
        catalog.nodes_by_id({fact.node for fact in facts}),
    )
    return [occasion(fact, channels[fact.channel], nodes[fact.node], described) for fact in facts]


def occasion(
    fact: orders.OrderFact,
    channel: catalog.Channel,
    node: catalog.Node,
    described: Mapping[int, catalog.Described],
) -> customers.Occasion:
    """An order or sale as an occasion of its customer's record. Pure."""
    local = fact.occurred_at.astimezone(ZoneInfo(node.time_zone))
    goods: dict[tuple[str, str], list[int]] = {}
    for line in fact.lines:
        what = described[line.variant]
        sums = goods.setdefault((what.category, what.size), [0, 0, 0, 0])
        for place, amount in enumerate(
            (_pieces(line.quantity, what), line.amount_minor, _pieces(line.returned, what), line.returned_minor)
        ):
            sums[place] += amount
    kept = {key: sums for key, sums in goods.items() if sums[0]}
    return customers.Occasion(
        occasion=fact.id,
        record=fact.record,
        kind=fact.kind,
        day=local.date(),
        hour=local.hour,
        moment=fact.occurred_at,
        channel=channel.code,
        channel_kind=channel.kind,
        node=node.code,
        currency=fact.currency,
        bought=any(line.quantity for line in fact.lines),
        units=sum(sums[0] for sums in kept.values()),
        amount_minor=sum(line.amount_minor for line in fact.lines),
        discount_minor=sum(line.discount_minor for line in fact.lines),
        returned_units=sum(sums[2] for sums in kept.values()),
        returned_minor=sum(line.returned_minor for line in fact.lines),
        cancelled_minor=sum(line.cancelled_minor for line in fact.lines),
        goods=tuple(customers.Goods(category, size, *sums) for (category, size), sums in sorted(kept.items())),
    )


def _pieces(quantity: int, what: catalog.Described) -> int:
    """Pieces; what is measured counts as one."""
    return quantity if what.unit == "pc" else min(quantity, 1)

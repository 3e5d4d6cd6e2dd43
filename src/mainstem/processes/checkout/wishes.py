"""A basket that somebody wants quoted, with its names resolved: what quotes, checkouts and orders have in common."""

import msgspec

from mainstem.domains import catalog, customers, pricing
from mainstem.processes.checkout.contracts import DeliveryAsk

o = pricing.offering


class Wish(msgspec.Struct, frozen=True):
    """`lines` are variants with quantities; `node` is None where there is a choice; `place` is where taxes are due.

    `customer` is whom the channel means, None: nobody. `asker` is who types codes.
    """

    channel: catalog.Channel
    lines: tuple[tuple[catalog.Variant, int], ...]
    node: int | None = None
    place: int | None = None
    customer: customers.Pair | None = None
    coupons: tuple[str, ...] = ()
    tenders: tuple[str, ...] = ()
    delivery: DeliveryAsk | None = None
    tax_included: bool = True
    asker: str = ""


def place_of(channel: catalog.Channel, node: int | None) -> int | None:
    """Where taxes are due and whose clock counts: the node, else the first of the channel's."""
    if node is not None:
        return node
    return channel.nodes[0] if channel.nodes else None


def tender_kinds(kinds: tuple[str, ...], *, points: bool, cards: bool) -> tuple[str, ...]:
    """What a basket is paid with, as conditions look at it."""
    more = (*(("points",) if points else ()), *(("gift_card",) if cards else ()))
    return tuple(dict.fromkeys((*kinds, *more)))


class Shopper(msgspec.Struct, frozen=True):
    """A customer as far as a basket depends on him: `record` is the one that the channel names."""

    record: int
    customer: int
    records: tuple[int, ...]
    segments: frozenset[str]
    groups: tuple[str, ...]
    bought_before: bool

    @property
    def who(self) -> o.Who:
        """Himself, as limits count."""
        return o.Who(self.record, self.records)

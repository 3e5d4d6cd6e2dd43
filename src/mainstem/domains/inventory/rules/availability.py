"""What can be promised, put together from balances, expired holds, inbound goods and policies."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import add, itemgetter, sub

import msgspec

from mainstem.domains.catalog import Node, Variant
from mainstem.domains.inventory.contracts import Available
from mainstem.domains.inventory.rules.policies import PolicySet
from mainstem.ledger import Spot
from mainstem.ledger.balances import Shelf


class Inbound(msgspec.Struct, frozen=True, gc=False):
    """How much of a variant is announced for or on its way to a node, and when the first of it is expected."""

    variant: int
    node: int
    quantity: int
    expected_at: datetime | None


class Availability(msgspec.Struct, frozen=True):
    """The answer for every SKU at every node, as columns: the pair of SKU i and node j stands at i * len(nodes) + j.

    Columns cost a tenth of what as many structs would; `rows` makes structs for those who want them.
    """

    skus: list[str]
    nodes: list[str]
    on_hand: list[int]
    held: list[int]
    safety: list[int]
    buffer: list[int]
    available: list[int]
    inbound: list[int]
    inbound_at: list[datetime | None]

    def rows(self) -> list[Available]:
        """The same as one struct a pair, SKU by SKU."""
        pairs = [(sku, node) for sku in self.skus for node in self.nodes]
        columns = zip(
            pairs,
            self.on_hand,
            self.held,
            self.safety,
            self.buffer,
            self.available,
            self.inbound,
            self.inbound_at,
            strict=True,
        )
        return [Available(*pair, *values) for pair, *values in columns]


def fold(
    variants: Sequence[Variant],
    nodes: Sequence[Node],
    channel: int | None,
    shelves: Iterable[Shelf],
    expired: Mapping[Spot, int],
    inbound: Iterable[Inbound],
    policies: PolicySet,
) -> Availability:
    """Available = max(0, on hand - held - safety - buffer); a hold whose time is up is not held any more."""
    width = len(nodes)
    size = len(variants) * width
    start = {variant.id: number * width for number, variant in enumerate(variants)}
    offset = {node.id: number for number, node in enumerate(nodes)}
    on_hand, held, coming = [0] * size, [0] * size, [0] * size
    coming_at: list[datetime | None] = [None] * size
    in_order = sorted(offset)
    whole = tuple(in_order)
    asked = itemgetter(*(bisect_left(in_order, place) for place in offset), 0)  # the 0 makes it a tuple of any width
    for shelf in shelves:
        first = start[shelf.asset]
        if shelf.places == whole:  # a SKU that every node has, as the index gives it: by far the quickest to lay down
            on_hand[first : first + width] = asked(shelf.posted)[:-1]
            held[first : first + width] = asked(shelf.held)[:-1]
            continue
        for place, quantity, promised in zip(shelf.places, shelf.posted, shelf.held, strict=True):
            index = first + offset[place]
            on_hand[index] = quantity
            held[index] = promised
    for (asset, place), quantity in expired.items():
        if place in offset:
            held[start[asset] + offset[place]] -= quantity
    for item in inbound:
        index = start[item.variant] + offset[item.node]
        coming[index] = item.quantity
        coming_at[index] = item.expected_at
    if policies:
        safety, buffer = policies.kept(variants, [node.id for node in nodes], channel)
        free = map(sub, map(sub, on_hand, held), map(add, safety, buffer))
    else:
        safety = buffer = [0] * size
        free = map(sub, on_hand, held)
    return Availability(
        skus=[variant.sku for variant in variants],
        nodes=[node.code for node in nodes],
        on_hand=on_hand,
        held=held,
        safety=safety,
        buffer=buffer,
        available=[max(0, quantity) for quantity in free],
        inbound=coming,
        inbound_at=coming_at,
    )

"""What can be promised, put together from balances, expired holds, inbound goods and policies."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
import numpy as np

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
    shape = len(variants), len(nodes)
    start = {variant.id: number for number, variant in enumerate(variants)}
    offset = {node.id: number for number, node in enumerate(nodes)}
    in_order = np.array(sorted(offset), np.int64)
    columns = np.array([offset[place] for place in sorted(offset)], np.intp)
    on_hand, held, coming = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    coming_at: list[datetime | None] = [None] * (len(variants) * len(nodes))
    for shelf in shelves:
        spots = start[shelf.asset], columns[in_order.searchsorted(shelf.places)]
        on_hand[spots] = shelf.posted
        held[spots] = shelf.held
    for (asset, place), quantity in expired.items():
        if place in offset:
            held[start[asset], offset[place]] -= quantity
    for item in inbound:
        row, column = start[item.variant], offset[item.node]
        coming[row, column] = item.quantity
        coming_at[row * len(nodes) + column] = item.expected_at
    safety, buffer = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    if policies:
        safety, buffer = policies.kept(variants, [node.id for node in nodes], channel)
    return Availability(
        skus=[variant.sku for variant in variants],
        nodes=[node.code for node in nodes],
        on_hand=on_hand.ravel().tolist(),
        held=held.ravel().tolist(),
        safety=safety.ravel().tolist(),
        buffer=buffer.ravel().tolist(),
        available=np.maximum(on_hand - held - safety - buffer, 0).ravel().tolist(),
        inbound=coming.ravel().tolist(),
        inbound_at=coming_at,
    )

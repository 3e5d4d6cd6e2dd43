"""When stock becomes low: what is free falls from above the low-stock level to at or below it."""

from collections.abc import Iterable

import msgspec

from mainstem.domains.catalog import Node, Variant
from mainstem.domains.inventory.rules.policies import PolicySet
from mainstem.ledger import Book, Spot


class LowStock(msgspec.Struct, frozen=True, gc=False):
    """What is free of a SKU at a node has fallen to `free`, at or below the level `low`."""

    variant: Variant
    node: Node
    free: int
    low: int


def free_before(policies: PolicySet, book: Book) -> dict[Spot, int]:
    """What is free at each spot of a book nothing was decided in yet; nothing when no policy has a low-stock level."""
    if not policies.has_low:
        return {}
    return {spot: balance.posted - balance.held for spot, balance in book.balances.items()}


def low_crossings(
    policies: PolicySet, before: dict[Spot, int], book: Book, variants: Iterable[Variant], nodes: Iterable[Node]
) -> list[LowStock]:
    """The spots of these SKUs and nodes that the batch as a whole took from above their level to at or below it.

    Pure, and nothing to do when no policy has a level. `before` is the answer of `free_before` for the same book.
    """
    if not policies.has_low or not before:
        return []
    by_id = {variant.id: variant for variant in variants}
    places = {node.id: node for node in nodes}
    found = []
    for spot in book.changed:
        variant, node = by_id.get(spot[0]), places.get(spot[1])
        if variant is None or node is None:
            continue
        low = policies.effective(variant, node.id, None).low
        free = book.free(*spot)
        if low is not None and free <= low < before.get(spot, 0):
            found.append(LowStock(variant=variant, node=node, free=free, low=low))
    return found

"""Receiving a transfer: what came of it, what came beyond it, what is missing when it closes."""

import msgspec

from mainstem.domains.catalog import Node, Variant
from mainstem.domains.inventory.contracts import COUNT_VARIANCE
from mainstem.domains.inventory.rules.checks import Lines
from mainstem.ledger import Transfer


class TransferState(msgspec.Struct):
    """A transfer as it stands: what of each variant was sent, and what of that arrived."""

    id: int
    source: int
    target: int
    open: bool
    sent: dict[int, int]
    received: dict[int, int]

    def left(self, variant: int) -> int:
        """How much of a variant is still on its way."""
        return self.sent[variant] - self.received[variant] if self.open else 0


class Receipt(msgspec.Struct, frozen=True):
    """What a receipt moves, and by how much it contradicts what was sent: variant to quantity, both positive."""

    steps: tuple[Transfer, ...]
    over: dict[int, int]
    short: dict[int, int]


def unknown_line(state: TransferState, lines: Lines) -> tuple[int, Variant] | None:
    """The first line whose SKU the transfer did not send."""
    return next(((n, variant) for n, (variant, _) in enumerate(lines) if variant.id not in state.sent), None)


def receive(state: TransferState, lines: Lines, target: Node, *, final: bool) -> Receipt:
    """Decide a receipt and advance the state. It is a fact: whatever arrived is received.

    What arrived and is on its way moves from the target's transit place to the target. What arrived beyond it comes
    from the count variance and is over; so is everything that arrives after the transfer was closed, which takes back
    what closing wrote off. When the transfer closes, what is still on its way goes to the count variance and is short.
    It closes when the receipt is final or nothing is left.
    """
    steps: list[Transfer] = []
    over: dict[int, int] = {}
    for variant, quantity in lines:
        expected = min(quantity, max(state.left(variant.id), 0))
        beyond = quantity - expected
        if expected:
            steps.append(Transfer(asset=variant.id, source=target.transit, target=target.id, quantity=expected))
        if beyond:
            steps.append(Transfer(asset=variant.id, source=COUNT_VARIANCE, target=target.id, quantity=beyond))
            over[variant.id] = over.get(variant.id, 0) + beyond
        state.received[variant.id] += quantity
    short = {variant: state.left(variant) for variant in state.sent if state.left(variant) > 0}
    if short and not final:
        return Receipt(steps=tuple(steps), over=over, short={})
    state.open = False
    steps += [
        Transfer(asset=variant, source=target.transit, target=COUNT_VARIANCE, quantity=quantity)
        for variant, quantity in short.items()
    ]
    return Receipt(steps=tuple(steps), over=over, short=short)

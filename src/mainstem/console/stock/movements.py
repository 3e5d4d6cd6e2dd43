"""Movements as a list shows them: where from, where to, and the document or order behind each."""

import msgspec

from mainstem.console.frame import Visit
from mainstem.console.stock import texts
from mainstem.domains import inventory
from mainstem.ledger.balances import Moved


class MovementLine(msgspec.Struct, frozen=True):
    """A movement. `quantity` is signed where the list is that of a node; `behind` is the page of its reference."""

    moved: Moved
    kind: str
    source: str
    target: str
    quantity: str
    incoming: bool | None
    behind: str
    reference: str


def shown(visit: Visit, moved: list[Moved], unit: str, node: int | None) -> list[MovementLine]:
    """The movements as a node sees them, or as the network does (None)."""
    return [_line(visit, item, unit, node) for item in moved]


def behind(kind: str, reference: int) -> str:
    """The page of what caused a movement."""
    if kind not in inventory.DOCUMENT_KINDS:
        return f"/orders/{reference}"
    if kind in ("transfer_in", "transfer_out"):
        return f"/transfers/{reference}"
    return f"/counts/{reference}" if kind == "count" else f"/stock/documents/{reference}"


def _line(visit: Visit, item: Moved, unit: str, node: int | None) -> MovementLine:
    incoming = None if node is None else item.target == node
    steps = -item.quantity if incoming is False else item.quantity
    return MovementLine(
        moved=item,
        kind=texts.called(visit, texts.MOVEMENTS, item.kind),
        source=texts.place_name(visit, item.source),
        target=texts.place_name(visit, item.target),
        quantity=visit.fmt.quantity(steps, unit, signed=node is not None),
        incoming=incoming,
        behind=behind(item.kind, item.reference),
        reference=str(item.reference),
    )

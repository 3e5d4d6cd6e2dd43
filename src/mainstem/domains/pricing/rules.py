"""What pricing decides, without database or clock: which price is in force, and how a new one joins a timeline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mainstem.domains.catalog import (
    BAD_TEXT,
    TOO_LONG,
    UNKNOWN_CHANNEL,
    UNKNOWN_CURRENCY,
    UNKNOWN_NODE,
    UNKNOWN_SKU,
    Channel,
    Node,
    Variant,
)
from mainstem.domains.pricing.contracts import BAD_AMOUNT, BAD_VALIDITY, SetPrice
from mainstem.kernel.moments import EARLIEST
from mainstem.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES
from mainstem.kernel.refusals import Refusal, refuse

DERIVED_LENGTH_MAX = 300
SHOWN_LENGTH_MAX = 80
VALID_BEFORE = datetime(2100, 1, 1, tzinfo=UTC)

Scope = tuple[int, int | None, int | None, str]
"""(variant, channel, node, currency): prices of one scope follow each other in time."""

PriceRow = tuple[int, int | None, int | None, str, int]
"""(variant, channel, node, currency, amount in minor units)"""


class Prices:
    """The prices in force at one moment, in every scope that was asked for."""

    __slots__ = ("_layers", "_orders")

    def __init__(self, rows: Iterable[PriceRow]) -> None:
        self._layers: dict[tuple[int | None, int | None, str], dict[int, int]] = {}
        self._orders: dict[tuple[int, int | None, str], list[dict[int, int]]] = {}
        for variant, channel, node, currency, amount_minor in rows:
            self._layers.setdefault((channel, node, currency), {})[variant] = amount_minor

    def at(self, variant: int, channel: int, node: int | None, currency: str) -> int | None:
        """Minor units per whole unit of a variant sold through a channel from a node, or None without a price.

        The narrowest scope wins: channel and node, else node, else channel, else neither. Without a node, prices of
        nodes do not count.
        """
        key = (channel, node, currency)
        layers = self._orders.get(key)
        if layers is None:
            nodes = [None] if node is None else [node, None]
            scopes = [(asked, at, currency) for at in nodes for asked in (channel, None)]
            layers = self._orders[key] = [self._layers[scope] for scope in scopes if scope in self._layers]
        for layer in layers:
            if variant in layer:
                return layer[variant]
        return None


@dataclass(slots=True)
class Span:
    """When a price is in force: from `start` until before `end`, None for ever."""

    id: int
    start: datetime
    end: datetime | None
    changed: bool = False


def join(timeline: list[Span], new_id: int, start: datetime) -> Span:
    """Put a new span into a timeline without gaps: it ends the one it begins in, and takes the rest of its time."""
    within = next((s for s in timeline if s.start <= start and (s.end is None or start < s.end)), None)
    if within is None:
        new = Span(new_id, start, min((s.start for s in timeline), default=None))
    else:
        new = Span(new_id, start, within.end)
        within.end, within.changed = start, True
    timeline.append(new)
    return new


@dataclass(frozen=True, slots=True)
class Read:
    """A command that may be carried out: in which scope, and from when on in UTC."""

    command: SetPrice
    scope: Scope
    start: datetime


def read_price(
    command: SetPrice,
    now: datetime,
    variants: Mapping[str, Variant],
    channels: Mapping[str, Channel],
    nodes: Mapping[str, Node],
) -> Read | Refusal:
    """What a command means, given what the catalogue holds of the codes it names, or why it is refused."""
    variant = variants.get(command.sku)
    if variant is None:
        return refuse(UNKNOWN_SKU, "/sku", sku=command.sku[:SHOWN_LENGTH_MAX])
    channel = node = None
    if command.channel is not None:
        if command.channel not in channels:
            return refuse(UNKNOWN_CHANNEL, "/channel", channel=command.channel[:SHOWN_LENGTH_MAX])
        channel = channels[command.channel].id
    if command.node is not None:
        if command.node not in nodes:
            return refuse(UNKNOWN_NODE, "/node", node=command.node[:SHOWN_LENGTH_MAX])
        node = nodes[command.node].id
    start = now if command.valid_from is None else command.valid_from
    refusal = _bad_value(command, start)
    return refusal or Read(command, (variant.id, channel, node, command.currency), start.astimezone(UTC))


def _bad_value(command: SetPrice, start: datetime) -> Refusal | None:
    if command.currency not in CURRENCIES:
        return refuse(UNKNOWN_CURRENCY, "/currency", currency=command.currency[:SHOWN_LENGTH_MAX])
    if not 0 <= command.amount_minor <= AMOUNT_MINOR_MAX:
        return refuse(BAD_AMOUNT, "/amount_minor", amount=command.amount_minor, least=0, most=AMOUNT_MINOR_MAX)
    if start.tzinfo is None or not EARLIEST <= start < VALID_BEFORE:
        return refuse(BAD_VALIDITY, "/valid_from", moment=start.isoformat())
    if len(command.derived) > DERIVED_LENGTH_MAX:
        return refuse(TOO_LONG, "/derived", field="derived", size=len(command.derived), limit=DERIVED_LENGTH_MAX)
    return refuse(BAD_TEXT, "/derived", field="derived") if "\x00" in command.derived else None

"""Decides upserts of nodes and channels, one after the other."""

import re
from collections.abc import Callable, Collection

import msgspec

from mainstem.domains.catalog.contracts import (
    BAD_COORDINATES,
    BAD_OPENING_HOURS,
    DUPLICATE_NODE,
    UNKNOWN_CURRENCY,
    UNKNOWN_NODE,
    UNKNOWN_TIME_ZONE,
    OpeningHours,
    UpsertChannel,
    UpsertNode,
)
from mainstem.domains.catalog.rules.texts import SHOWN_LENGTH_MAX, bad_code, bad_text, revision_conflict, too_many
from mainstem.kernel.moments import zone_names
from mainstem.kernel.money import CURRENCIES
from mainstem.kernel.refusals import Refusal, refuse

OPENING_HOURS_MAX = 50
CHANNEL_NODES_MAX = 10_000
LATITUDE_MAX, LONGITUDE_MAX = 90, 180
WEEKDAYS = range(1, 8)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class NodeState(msgspec.Struct, frozen=True):
    """A node as the batch sees it: its two places, what the last command said of it, and how often it has changed."""

    id: int
    transit: int
    said: UpsertNode
    revision: int = 1


class ChannelState(msgspec.Struct, frozen=True):
    """A channel as the batch sees it: its id, what the last command said of it, and how often it has changed."""

    id: int
    said: UpsertChannel
    revision: int = 1


def read_node(command: UpsertNode) -> UpsertNode | Refusal:
    """The command with each capability once, or why it cannot be accepted."""
    refusal = bad_code("/code", command.code) or _bad_texts(command)
    if refusal is not None:
        return refusal
    if command.time_zone not in zone_names():
        return refuse(UNKNOWN_TIME_ZONE, "/time_zone", zone=command.time_zone[:SHOWN_LENGTH_MAX])
    if not _on_earth(command.latitude, command.longitude):
        point = {"latitude": str(command.latitude), "longitude": str(command.longitude)}
        return refuse(BAD_COORDINATES, "/latitude", **point)
    refusal = too_many("/opening_hours", len(command.opening_hours), OPENING_HOURS_MAX)
    for number, hours in enumerate(command.opening_hours):
        refusal = refusal or _bad_hours(f"/opening_hours/{number}", hours)
    capabilities = tuple(dict.fromkeys(command.capabilities))
    return refusal or msgspec.structs.replace(command, capabilities=capabilities)


def _bad_texts(command: UpsertNode) -> Refusal | None:
    for name in ("name", "country", "region", "city", "postal_code", "street"):
        refusal = bad_text(f"/{name}", getattr(command, name))
        if refusal is not None:
            return refusal
    return None


def _on_earth(latitude: float | None, longitude: float | None) -> bool:
    if latitude is None or longitude is None:
        return latitude is longitude
    return abs(latitude) <= LATITUDE_MAX and abs(longitude) <= LONGITUDE_MAX


def _bad_hours(where: str, hours: OpeningHours) -> Refusal | None:
    if hours.weekday in WEEKDAYS and _TIME.fullmatch(hours.opens) and _TIME.fullmatch(hours.closes):
        return None
    shown = f"{hours.weekday} {hours.opens}-{hours.closes}"
    return refuse(BAD_OPENING_HOURS, where, hours=shown[:SHOWN_LENGTH_MAX])


def decide_node(
    nodes: dict[str, NodeState], command: UpsertNode, take_id: Callable[[], int]
) -> tuple[NodeState, NodeState | None] | Refusal:
    """The node after a command that `read_node` returned, and before it; `nodes` is kept up to date."""
    before = nodes.get(command.code)
    refusal = revision_conflict(
        "node", command.code, command.expected_revision, 0 if before is None else before.revision
    )
    if refusal is not None:
        return refusal
    said = msgspec.structs.replace(command, expected_revision=msgspec.UNSET)
    if before is None:
        after = NodeState(take_id(), take_id(), said)
    elif said == before.said:
        return before, before
    else:
        after = NodeState(before.id, before.transit, said, before.revision + 1)
    nodes[command.code] = after
    return after, before


def read_channel(command: UpsertChannel, nodes: Collection[str]) -> Refusal | None:
    """Why a channel cannot be accepted; `nodes` are the codes of the nodes there are."""
    refusal = (
        bad_code("/code", command.code)
        or bad_text("/name", command.name)
        or too_many("/nodes", len(command.nodes), CHANNEL_NODES_MAX)
    )
    if refusal is not None:
        return refusal
    if command.currency not in CURRENCIES:
        return refuse(UNKNOWN_CURRENCY, "/currency", currency=command.currency[:SHOWN_LENGTH_MAX])
    seen: set[str] = set()
    for number, node in enumerate(command.nodes):
        if node not in nodes:
            return refuse(UNKNOWN_NODE, f"/nodes/{number}", node=node[:SHOWN_LENGTH_MAX])
        if node in seen:
            return refuse(DUPLICATE_NODE, f"/nodes/{number}", node=node)
        seen.add(node)
    return None


def decide_channel(
    channels: dict[str, ChannelState], command: UpsertChannel, take_id: Callable[[], int]
) -> tuple[ChannelState, ChannelState | None] | Refusal:
    """The channel after a command that may be accepted, and before it; `channels` is kept up to date."""
    before = channels.get(command.code)
    refusal = revision_conflict(
        "channel", command.code, command.expected_revision, 0 if before is None else before.revision
    )
    if refusal is not None:
        return refusal
    said = msgspec.structs.replace(command, expected_revision=msgspec.UNSET)
    if before is None:
        after = ChannelState(take_id(), said)
    elif said == before.said:
        return before, before
    else:
        after = ChannelState(before.id, said, before.revision + 1)
    channels[command.code] = after
    return after, before

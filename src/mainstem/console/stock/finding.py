"""From what an address or a form names to nodes, channels and SKUs."""

from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from mainstem.console.frame import MissingError, Visit
from mainstem.domains import catalog
from mainstem.domains.catalog import NamedVariant, NodeView
from mainstem.platform.access import Permission
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

PAGE_SIZE = 50
LOCAL_TIME = "%Y-%m-%dT%H:%M"


def node_of(visit: Visit, code: str) -> NodeView:
    """The node with a code; raises MissingError when there is none."""
    node = visit.network.node(code)
    if node is None:
        raise MissingError
    return node


def chosen_node(visit: Visit, code: str) -> NodeView | None:
    """The node that a filter names: somebody who is bound to a node has no other."""
    return visit.node or (visit.network.node(code) if code else None)


def node_choices(visit: Visit, permission: Permission) -> list[tuple[str, str]]:
    """The nodes where the person may do it, as (code, shown)."""
    nodes = sorted(visit.network.nodes.values(), key=lambda node: node.code)
    return [(node.code, f"{node.name} ({node.code})") for node in nodes if visit.allowed(permission, node.id)]


def all_nodes(visit: Visit) -> list[tuple[str, str]]:
    """Every node, as (code, shown)."""
    nodes = sorted(visit.network.nodes.values(), key=lambda node: node.code)
    return [(node.code, f"{node.name} ({node.code})") for node in nodes]


def channel_choices(visit: Visit) -> list[tuple[str, str]]:
    """Every channel, as (code, shown)."""
    channels = sorted(visit.network.channels.values(), key=lambda channel: channel.code)
    return [(channel.code, f"{channel.name} ({channel.code})") for channel in channels]


async def find_sku(connection: Connection, sku: str) -> NamedVariant | None:
    """The variant with a SKU."""
    (found,) = await ask(connection, catalog.variants_by_sku([sku]))
    if sku not in found:
        return None
    (named,) = await ask(connection, catalog.named_variants([found[sku].id]))
    return named.get(found[sku].id)


async def sku_of(connection: Connection, sku: str) -> NamedVariant:
    """The variant with a SKU; raises MissingError when there is none."""
    found = await find_sku(connection, sku)
    if found is None:
        raise MissingError
    return found


def sku_url(sku: str, node: str = "") -> str:
    """Where a SKU is shown, across the network or at a node."""
    url = f"/stock/skus/{quote(sku, safe='')}"
    return f"{url}/nodes/{quote(node, safe='')}" if node else url


def node_url(code: str) -> str:
    """Where the stock of a node is shown."""
    return f"/stock/nodes/{quote(code, safe='')}"


def local_time(text: str) -> datetime | None:
    """What was typed into a field for a date and time, without a zone; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is None else None


def in_zone(moment: datetime | None, zone: str) -> datetime | None:
    """A local time as an instant."""
    return None if moment is None else moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def position_of(text: str) -> tuple[datetime, int] | None:
    """Where a page of movements begins; None for what is no place."""
    moment, _, number = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at, int(number)) if at.tzinfo is not None else None
    except ValueError:
        return None


def position_text(position: tuple[datetime, int] | None) -> str | None:
    """A place among movements as the address has it."""
    return None if position is None else f"{position[0].isoformat()}~{position[1]}"


def number_of(text: str) -> int | None:
    """A whole number from the address, None when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - of bigint

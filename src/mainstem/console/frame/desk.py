"""What the pages of one process work with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mainstem.domains import catalog
from mainstem.platform.access.people.sessions import Sessions
from mainstem.platform.batching import Batcher
from mainstem.platform.execution import Operation
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask
from mainstem.platform.settings import Settings
from mainstem.platform.vault import Vault

NETWORK_SECONDS = 3.0
"""How long the names of nodes and channels are believed."""

NODES_MAX = 10_000
"""Nodes, and channels, whose names are kept."""

UTC = "UTC"


class Network(msgspec.Struct, frozen=True):
    """The nodes and channels by id, and the time zone that all stores share, UTC when they do not."""

    nodes: dict[int, catalog.NodeView]
    channels: dict[int, catalog.ChannelView]
    zone: str

    def node(self, code: str) -> catalog.NodeView | None:
        """The node with a code."""
        return next((node for node in self.nodes.values() if node.code == code), None)

    def channel(self, code: str) -> catalog.ChannelView | None:
        """The channel with a code."""
        return next((channel for channel in self.channels.values() if channel.code == code), None)


@dataclass(slots=True, kw_only=True)
class Desk:
    """The database, who is signed in, and the batchers that run commands: one a process."""

    settings: Settings
    database: Database
    sessions: Sessions
    batcher: Callable[[Operation[Any, Any]], Batcher]
    _network: Network | None = field(default=None)
    _read_at: float = field(default=0.0)

    @property
    def vault(self) -> Vault:
        """The digests and keys of customers."""
        return self.database.vault

    async def network(self) -> Network:
        """The nodes and channels, from memory not older than `NETWORK_SECONDS`."""
        now = time.monotonic()
        if self._network is None or now - self._read_at > NETWORK_SECONDS:
            async with self.database.transaction() as connection:
                nodes, channels = await ask(connection, catalog.list_nodes(NODES_MAX), catalog.list_channels(NODES_MAX))
            zones = {node.time_zone for node in nodes}
            zone = zones.pop() if len(zones) == 1 else UTC
            self._network = Network({n.id: n for n in nodes}, {c.id: c for c in channels}, zone)
            self._read_at = now
        return self._network

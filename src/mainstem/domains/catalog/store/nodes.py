"""Nodes and channels: locked, and written back."""

from collections.abc import Iterable, Sequence

import msgspec

from mainstem.domains.catalog.contracts import OpeningHours, UpsertChannel, UpsertNode
from mainstem.domains.catalog.rules.nodes import ChannelState, NodeState
from mainstem.platform.arrays import Bigints
from mainstem.platform.work import Work

_NODES = """
select id, transit, code, name, kind, time_zone, country, region, city, postal_code, street, latitude, longitude,
    opening_hours::text, capabilities, revision
from catalog.node where code = any(%b::text[])
order by id for update
"""

_SAVE_NODES = """
insert into catalog.node (id, transit, code, name, kind, time_zone, country, region, city, postal_code, street,
    latitude, longitude, opening_hours, capabilities, revision, updated_at)
select n.*, %b::timestamptz
from jsonb_to_recordset(%b::jsonb) as n (id bigint, transit bigint, code text, name text, kind text,
    time_zone text, country text, region text, city text, postal_code text, street text, latitude float8,
    longitude float8, opening_hours jsonb, capabilities text[], revision bigint)
on conflict (id) do update
set name = excluded.name, kind = excluded.kind, time_zone = excluded.time_zone, country = excluded.country,
    region = excluded.region, city = excluded.city, postal_code = excluded.postal_code, street = excluded.street,
    latitude = excluded.latitude, longitude = excluded.longitude, opening_hours = excluded.opening_hours,
    capabilities = excluded.capabilities, revision = excluded.revision, updated_at = excluded.updated_at
"""

_CHANNELS = """
select id, code, name, kind, currency, array(
    select n.code from catalog.channel_node as cn join catalog.node as n on n.id = cn.node
    where cn.channel = c.id order by cn.rank
), revision
from catalog.channel as c where code = any(%b::text[])
order by id for update of c
"""

_SAVE_CHANNELS = """
insert into catalog.channel (id, code, name, kind, currency, revision, updated_at)
select n.*, %b::timestamptz
from jsonb_to_recordset(%b::jsonb) as n (id bigint, code text, name text, kind text, currency text,
    revision bigint)
on conflict (id) do update
set name = excluded.name, kind = excluded.kind, currency = excluded.currency,
    revision = excluded.revision, updated_at = excluded.updated_at
"""

_SAVE_CHANNEL_NODES = """
insert into catalog.channel_node (channel, rank, node)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[])
"""

_hours = msgspec.json.Decoder(tuple[OpeningHours, ...]).decode
_encode = msgspec.json.Encoder().encode


async def load_nodes(work: Work, codes: Iterable[str]) -> dict[str, NodeState]:
    """The nodes with these codes, locked."""
    (rows,) = await work.read((_NODES, (sorted(set(codes)),)))
    return {
        row[2]: NodeState(row[0], row[1], UpsertNode(*(*row[2:13], _hours(row[13]), tuple(row[14]))), row[15])
        for row in rows
    }


def save_nodes(work: Work, nodes: Sequence[NodeState]) -> None:
    """Queue these nodes, new or changed."""
    rows = [
        {"id": node.id, "transit": node.transit, "revision": node.revision, **msgspec.to_builtins(node.said)}
        for node in nodes
    ]
    work.write(_SAVE_NODES, work.now, _encode(rows).decode())


async def load_channels(work: Work, codes: Iterable[str]) -> dict[str, ChannelState]:
    """The channels with these codes, locked."""
    (rows,) = await work.read((_CHANNELS, (sorted(set(codes)),)))
    return {row[1]: ChannelState(row[0], UpsertChannel(*(*row[1:5], tuple(row[5]))), row[6]) for row in rows}


def save_channels(work: Work, channels: Sequence[ChannelState], node_ids: dict[str, int]) -> None:
    """Queue these channels, new or changed, with their nodes in order."""
    rows = [
        {"id": channel.id, "revision": channel.revision, **msgspec.to_builtins(channel.said)} for channel in channels
    ]
    work.write(_SAVE_CHANNELS, work.now, _encode(rows).decode())
    ids = Bigints(channel.id for channel in channels)
    work.write("delete from catalog.channel_node where channel = any(%b::bigint[])", ids)
    ranked = [
        (channel.id, rank, node_ids[code]) for channel in channels for rank, code in enumerate(channel.said.nodes)
    ]
    if ranked:
        work.write(_SAVE_CHANNEL_NODES, *(Bigints(column) for column in zip(*ranked, strict=True)))

"""How the outbox and the server stand: how far each subscriber has come, and what the database is."""

from datetime import datetime

import msgspec

from mainstem.platform.outbox import LAG_EVENTS_MAX
from mainstem.platform.query import Query

TABLES_MAX = 12


class Subscription(msgspec.Struct, frozen=True):
    """How far a subscriber has come. `behind` is counted up to `LAG_EVENTS_MAX`; `oldest`: the first it did not get."""

    subscriber: str
    xid: str
    id: int
    moved_at: datetime
    behind: int
    oldest: datetime | None


class LogEnd(msgspec.Struct, frozen=True):
    """The end of the event log: the newest event that is published, and the oldest that a running write holds back."""

    newest_xid: str | None
    newest_id: int | None
    newest_type: str | None
    newest_at: datetime | None
    held_back_since: datetime | None


class Server(msgspec.Struct, frozen=True):
    """The database server: its version as it says it, sizes in bytes, connections in use and allowed."""

    version: str
    database: str
    bytes: int
    connections: int
    connections_max: int
    started_at: datetime
    transactions: int
    oldest_transaction_at: datetime | None


class Table(msgspec.Struct, frozen=True):
    """A table, its size with its indexes in bytes, and about how many rows it has."""

    name: str
    bytes: int
    rows: int


def subscriptions() -> Query[list[Subscription]]:
    """Every subscriber of the relay."""
    return Query(
        "select c.subscriber, c.xid::text, c.id, c.moved_at,"
        " (select count(*) from (select from platform.event as e where (e.xid, e.id) > (c.xid, c.id)"
        " order by e.xid, e.id limit %b::bigint) as behind),"
        " (select e.recorded_at from platform.event as e where (e.xid, e.id) > (c.xid, c.id)"
        " order by e.xid, e.id limit 1)"
        " from platform.event_cursor as c order by c.subscriber limit 100",
        (LAG_EVENTS_MAX,),
        lambda rows: [Subscription(*row) for row in rows],
    )


def log_end() -> Query[LogEnd]:
    """Where the event log ends."""
    return Query(
        "select n.xid::text, n.id, n.type, n.recorded_at,"
        " (select e.recorded_at from platform.event as e where e.xid >= pg_snapshot_xmin(pg_current_snapshot())"
        " order by e.xid, e.id limit 1)"
        " from (select 1) as one left join lateral (select e.xid, e.id, e.type, e.recorded_at from platform.event as e"
        " where e.xid < pg_snapshot_xmin(pg_current_snapshot()) order by e.xid desc, e.id desc limit 1) as n on true",
        (),
        lambda rows: LogEnd(*rows[0]),
    )


def server() -> Query[Server]:
    """The database server."""
    return Query(
        "select current_setting('server_version'), current_database()::text, pg_database_size(current_database()),"
        " (select count(*) from pg_stat_activity where backend_type = 'client backend'),"
        " current_setting('max_connections')::bigint, pg_postmaster_start_time(),"
        " (select xact_commit from pg_stat_database where datname = current_database()),"
        " (select min(xact_start) from pg_stat_activity where backend_type = 'client backend'"
        " and pid <> pg_backend_pid())",
        (),
        lambda rows: Server(*rows[0]),
    )


def tables() -> Query[list[Table]]:
    """The largest tables; partitions count as their table."""
    return Query(
        "select n.nspname || '.' || root.relname, sum(pg_total_relation_size(c.oid))::bigint,"
        " greatest(sum(c.reltuples), 0)::bigint"
        " from pg_class as c join pg_class as root on root.oid = coalesce(pg_partition_root(c.oid), c.oid)"
        " join pg_namespace as n on n.oid = root.relnamespace"
        " where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')"
        " group by 1 order by 2 desc limit %b::bigint",
        (TABLES_MAX,),
        lambda rows: [Table(*row) for row in rows],
    )

"""The migrations as they are shipped, those a database has applied, and whether the two fit."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from importlib import resources

import msgspec
import psycopg

from mainstem.platform.migrations.errors import ChangedHistoryError, UnknownRevisionError

SCHEMA = "migration"
REVISION_LENGTH_MAX = 32  # Alembic's column

_CREATE = f"""
create schema if not exists {SCHEMA};
create table if not exists {SCHEMA}.applied (
    revision   text primary key,
    sha256     bytea not null,
    applied_at timestamptz not null default now()
);
"""


class Migration(msgspec.Struct, frozen=True):
    """One shipped file: its name without `.sql` is the revision, and the names sort in the order of application."""

    revision: str
    sql: str

    @property
    def sha256(self) -> bytes:
        """What a database remembers of the text."""
        return hashlib.sha256(self.sql.encode()).digest()


class Applied(msgspec.Struct, frozen=True):
    """One migration that a database holds."""

    revision: str
    sha256: bytes
    applied_at: datetime


def shipped() -> list[Migration]:
    """Every migration of this program, in order."""
    folder = resources.files("mainstem.platform.migrations") / "versions"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    found = [Migration(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")) for file in files]
    assert all(len(migration.revision) <= REVISION_LENGTH_MAX for migration in found)
    return found


def prepare(connection: psycopg.Connection) -> None:
    """Create the record of applied migrations where it is absent."""
    connection.execute(_CREATE)


def applied(connection: psycopg.Connection) -> list[Applied]:
    """What the database holds, in order; nothing when it was never migrated."""
    found = connection.execute("select to_regclass(%s)", (f"{SCHEMA}.applied",)).fetchone()
    if found is None or found[0] is None:
        return []
    rows = connection.execute(
        f'select revision, sha256, applied_at from {SCHEMA}.applied order by revision collate "C"'  # noqa: S608
    )
    return [Applied(*row) for row in rows]


def record(connection: psycopg.Connection, migration: Migration) -> None:
    """Note a migration as applied, in the transaction that applies it."""
    connection.execute(
        f"insert into {SCHEMA}.applied (revision, sha256) values (%s, %s)",  # noqa: S608
        (migration.revision, migration.sha256),
    )


def outstanding(migrations: Sequence[Migration], held: Sequence[Applied]) -> list[Migration]:
    """The migrations still to apply.

    Raises `UnknownRevisionError` and `ChangedHistoryError` unless what the database holds is the beginning of
    what is shipped, byte for byte.
    """
    known = {migration.revision: migration for migration in migrations}
    strangers = [entry.revision for entry in held if entry.revision not in known]
    if strangers and strangers[-1] > migrations[-1].revision:
        raise UnknownRevisionError(
            f"The database holds the migration {strangers[-1]}, which this program does not know: a newer Mainstem "
            f"was here. Run that version or a later one; this one knows up to {migrations[-1].revision}.",
            f"数据库中有本程序不认识的迁移 {strangers[-1]}：它曾被更新版本的 Mainstem 使用。"
            f"请运行该版本或更新的版本；本版本只认识到 {migrations[-1].revision}。",
        )
    if strangers:
        raise ChangedHistoryError(
            f"The database holds the migration {strangers[0]}, which is missing from this program. "
            "Install a released Mainstem again, or restore the file.",
            f"数据库中有迁移 {strangers[0]}，而本程序缺少它。请重新安装正式发布的 Mainstem，或恢复该文件。",
        )
    for migration, entry in zip(migrations, held, strict=False):
        _compare(migration, entry)
    return list(migrations[len(held) :])


def _compare(migration: Migration, entry: Applied) -> None:
    if migration.revision != entry.revision:
        raise ChangedHistoryError(
            f"The migration {migration.revision} was never applied, yet the later {entry.revision} was. "
            f"Give the new migration a number after all others.",
            f"迁移 {migration.revision} 从未应用，而其后的 {entry.revision} 已经应用。请为新迁移使用最大的编号。",
        )
    if migration.sha256 != entry.sha256:
        raise ChangedHistoryError(
            f"The migration {migration.revision} has changed since it was applied on {entry.applied_at:%Y-%m-%d} "
            f"(sha-256 then {entry.sha256.hex()[:12]}, now {migration.sha256.hex()[:12]}). Restore the file and "
            "write a further migration, or run the Mainstem that made this database.",
            f"迁移 {migration.revision} 自 {entry.applied_at:%Y-%m-%d} 应用之后被改动过"
            f"（当时的 sha-256 为 {entry.sha256.hex()[:12]}，现在为 {migration.sha256.hex()[:12]}）。"
            "请恢复该文件并另写新的迁移，或运行创建此数据库的 Mainstem 版本。",
        )

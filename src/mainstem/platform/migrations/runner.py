"""Applies the migrations with Alembic: one migrator at a time, one transaction a migration, bounded waits."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Literal

import msgspec
import psycopg
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import Script
from alembic.script.revision import RevisionMap
from sqlalchemy import Connection as AlembicConnection
from sqlalchemy import NullPool, create_engine

from mainstem.platform.migrations import history
from mainstem.platform.migrations.errors import MigrationLockedError, MigrationRefusedError, ServerTooOldError
from mainstem.platform.migrations.history import Applied, Migration
from mainstem.platform.postgres import SERVER_VERSION_MIN

LOCK_KEY = 0x6D61696E7374656D
"""The advisory lock of whoever migrates: "mainstem" in ASCII."""

LOCK_WAIT_SECONDS_MAX = 1_800
"""How long a second migrator waits for the first."""

TABLE_LOCK_SECONDS = 2
"""How long one statement may wait for a lock, and so make others wait behind it."""

ATTEMPTS_MAX = 10
"""How often one migration is tried when a lock cannot be had; the pause between grows from one to eight seconds."""

_OPTIONS = (
    f"-c timezone=UTC -c search_path=public -c lock_timeout={TABLE_LOCK_SECONDS}s -c statement_timeout=0"
    " -c idle_in_transaction_session_timeout=0"
)

Stage = Literal["waiting", "applying", "retrying", "applied"]


class Progress(msgspec.Struct, frozen=True):
    """What the migrator is busy with: number `number` of `total`; "waiting" for another one has neither."""

    stage: Stage
    revision: str = ""
    number: int = 0
    total: int = 0


class Status(msgspec.Struct, frozen=True):
    """A database as the migrator sees it."""

    server_version: int
    applied: list[Applied]
    pending: list[str]


Report = Callable[[Progress], None]


def migrate(url: str, progress: Report | None = None) -> list[str]:
    """Bring the database to the newest revision; the revisions applied now, none if another migrator was faster.

    Each migration commits on its own: after a failure the earlier ones stand and the next run goes on from there.
    Raises `MigrationError`: server too old, unknown or changed history, a lock that others keep; `psycopg.Error`
    when the server cannot be reached or turns a statement down.
    """
    report = progress or _silent
    migrations = history.shipped()
    with _connected(url) as (alembic, connection):
        _check_server(connection)
        _wait_for_turn(connection, report)
        history.prepare(connection)
        todo = history.outstanding(migrations, history.applied(connection))
        connection.commit()
        steps = _steps(migrations, connection)
        for number, migration in enumerate(todo, 1):
            stage: Stage = "applying"
            for attempt in range(ATTEMPTS_MAX):
                report(Progress(stage, migration.revision, number, len(todo)))
                if _apply(alembic, steps[migration.revision], last=attempt == ATTEMPTS_MAX - 1):
                    break
                stage = "retrying"
                time.sleep(min(2**attempt, 8))
            report(Progress("applied", migration.revision, number, len(todo)))
    return [migration.revision for migration in todo]


def status(url: str) -> Status:
    """What was applied and what is pending; changes nothing. Raises `MigrationError` as `migrate` does."""
    with psycopg.connect(url, options=_OPTIONS) as connection:
        _check_server(connection)
        held = history.applied(connection)
        todo = history.outstanding(history.shipped(), held)
        return Status(connection.info.server_version, held, [migration.revision for migration in todo])


def pending(url: str) -> list[str]:
    """The revisions that `migrate` would apply. Raises `MigrationError` as it does."""
    return status(url).pending


@contextmanager
def _connected(url: str) -> Iterator[tuple[AlembicConnection, psycopg.Connection]]:
    """One session, as Alembic sees it and as it is; the advisory lock lives and dies with it."""
    with psycopg.connect(url, options=_OPTIONS, application_name="mainstem migrate") as connection:
        engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=NullPool)
        with engine.connect() as alembic:
            yield alembic, connection


def _check_server(connection: psycopg.Connection) -> None:
    version = connection.info.server_version
    if version < SERVER_VERSION_MIN:
        raise ServerTooOldError(
            f"The database server is PostgreSQL {version // 10_000}; Mainstem needs {SERVER_VERSION_MIN // 10_000} or "
            "newer. Upgrade it, or unset MAINSTEM_DATABASE_URL to use the embedded one.",
            f"数据库服务器为 PostgreSQL {version // 10_000};Mainstem 需要 {SERVER_VERSION_MIN // 10_000} 或更新版本。"
            "请升级，或取消 MAINSTEM_DATABASE_URL 以使用内嵌数据库。",
        )


def _wait_for_turn(connection: psycopg.Connection, report: Report) -> None:
    """Take the migrators' lock. It is asked for again and again: a waiting statement would hold a snapshot."""
    began = time.monotonic()
    reported = 0
    while True:
        row = connection.execute("select pg_try_advisory_lock(%s)", (LOCK_KEY,)).fetchone()
        connection.commit()
        if row is not None and row[0]:
            return
        waited = time.monotonic() - began
        if waited > LOCK_WAIT_SECONDS_MAX:
            raise MigrationLockedError(
                f"Another Mainstem has been migrating this database for {LOCK_WAIT_SECONDS_MAX} seconds. See what it "
                "does (application name `mainstem migrate` in pg_stat_activity), and start again.",
                f"另一个 Mainstem 迁移此数据库已超过 {LOCK_WAIT_SECONDS_MAX} 秒。"
                "请在 pg_stat_activity 中查看应用名 `mainstem migrate` 的会话，然后重新启动。",
            )
        if waited >= reported:
            reported += 1
            report(Progress("waiting"))
        time.sleep(0.05)


def _steps(migrations: Sequence[Migration], connection: psycopg.Connection) -> dict[str, RevisionStep]:
    """The migrations as a line of Alembic revisions."""
    scripts: list[Script] = []
    for migration in migrations:
        module = ModuleType(migration.revision, doc=migration.revision)
        module.__dict__.update(
            down_revision=scripts[-1].revision if scripts else None, upgrade=_upgrade(migration, connection)
        )
        scripts.append(Script(module, migration.revision, f"{migration.revision}.sql"))
    line = RevisionMap(lambda: scripts)
    assert line.heads == (scripts[-1].revision,)  # and, by the way, ties the revisions to each other
    return {script.revision: MigrationStep.upgrade_from_script(line, script) for script in scripts}


def _upgrade(migration: Migration, connection: psycopg.Connection) -> Callable[[], None]:
    def upgrade() -> None:
        # On the driver's own connection: no parameters, so neither "%" nor ":" in the SQL means anything.
        connection.execute(migration.sql.encode())
        history.record(connection, migration)

    return upgrade


def _apply(alembic: AlembicConnection, step: RevisionStep, *, last: bool) -> bool:
    """Run one migration in a transaction of its own; False when a lock could not be had and it may be tried again."""
    context = MigrationContext.configure(
        connection=alembic,
        opts={
            "fn": lambda _heads, _context: [step],
            "transaction_per_migration": True,
            "version_table": "revision",
            "version_table_schema": history.SCHEMA,
        },
    )
    try:
        context.run_migrations()
    except psycopg.errors.LockNotAvailable as error:
        alembic.rollback()
        if not last:
            return False
        raise MigrationLockedError(
            f"The migration {step.revision.revision} could not lock what it changes in {ATTEMPTS_MAX} attempts: "
            f"{str(error).strip()}. Nothing of it was applied. End long transactions (pg_stat_activity) and "
            "start again.",
            f"迁移 {step.revision.revision} 尝试 {ATTEMPTS_MAX} 次仍无法锁定要修改的对象：{str(error).strip()}。"
            "该迁移没有留下任何改动。请结束长事务（参见 pg_stat_activity），然后重新启动。",
        ) from error
    except psycopg.errors.RaiseException as error:
        alembic.rollback()
        said = error.diag.message_primary or str(error)
        raise MigrationRefusedError(said, error.diag.message_detail or said) from error
    return True


def _silent(progress: Progress) -> None:
    """Report to nobody."""

"""The migrations: where they lead, and which databases they leave alone."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager

import mainstem
from mainstem.platform.embedded import programs
from mainstem.platform.migrations import (
    ChangedHistoryError,
    MigrationLockedError,
    MigrationRefusedError,
    Progress,
    ServerTooOldError,
    UnknownRevisionError,
    history,
    migrate,
    pending,
    runner,
    status,
)
from mainstem.platform.migrations.history import Migration

ROOMS = (
    "platform",
    "ledger",
    *(f"domains/{room}" for room in ("catalog", "customers", "inventory", "pricing", "loyalty", "orders")),
    "connectors/files",
    "analytics/twin",
)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database without any migration, on the session's server or on the one that the test names."""
    url = request.getfixturevalue(getattr(request, "param", "server_url"))
    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("migrated", "described"):
            connection.execute(f"drop database if exists {name} with (force)")
        connection.execute("create database migrated")
        yield psycopg.conninfo.make_conninfo(url, dbname="migrated")
        connection.execute("drop database migrated with (force)")


def schema_of(url: str, scratch: Path) -> list[str]:
    """The schema as pg_dump writes it, without what is no part of it."""
    pg_dump = programs.find(scratch, programs.account_for(scratch)) / "pg_dump"
    command = [str(pg_dump), "--schema-only", "--no-owner", f"--exclude-schema={history.SCHEMA}", "-d", url]
    dump = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    return [line for line in dump.splitlines() if line and not re.match(r"--|\\(un)?restrict ", line)]


@pytest.mark.parametrize("empty_url", ["server_url", "postgres_15"], indirect=True)
def test_migrations_lead_to_the_schema_of_every_room(empty_url: str, scratch: Path) -> None:
    source = Path(mainstem.__file__).parent
    described = psycopg.conninfo.make_conninfo(empty_url, dbname="described")
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("create database described")
    with psycopg.connect(described) as connection:
        for room in ROOMS:
            connection.execute((source / room / "schema.sql").read_bytes())
        connection.execute(SchemaManager.get_schema().encode())

    migrate(empty_url)

    assert schema_of(empty_url, scratch) == schema_of(described, scratch)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("drop database described with (force)")


def test_every_room_with_a_schema_is_compared() -> None:
    source = Path(mainstem.__file__).parent

    assert {str(path.parent.relative_to(source)) for path in source.rglob("schema.sql")} == set(ROOMS)


def test_the_queue_is_that_of_the_installed_procrastinate() -> None:
    """When this fails, add a migration with the files of procrastinate's own `sql/migrations` that are new."""
    (jobs,) = [migration for migration in history.shipped() if migration.revision == "0007_jobs"]

    assert jobs.sql.endswith(SchemaManager.get_schema())


def test_what_is_applied_is_reported_and_not_applied_again(empty_url: str) -> None:
    reports: list[Progress] = []
    names = [migration.revision for migration in history.shipped()]

    assert pending(empty_url) == names
    assert migrate(empty_url, reports.append) == names
    assert migrate(empty_url) == []

    assert [entry.revision for entry in status(empty_url).applied] == names
    assert pending(empty_url) == []
    assert reports[-1] == Progress("applied", names[-1], len(names), len(names))
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("select version_num from migration.revision").fetchall() == [(names[-1],)]


def test_a_database_of_a_newer_program_is_left_alone(empty_url: str) -> None:
    migrate(empty_url)
    change(empty_url, "insert into migration.applied (revision, sha256) values ('9999_later', '')")

    with pytest.raises(UnknownRevisionError, match="9999_later") as caught:
        migrate(empty_url)

    assert "9999_later" in caught.value.zh
    with pytest.raises(UnknownRevisionError):
        status(empty_url)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("update migration.applied set sha256 = '\\x00' where revision = '0003_catalog'", "0003_catalog has changed"),
        ("update migration.applied set revision = '0003_x' where revision = '0003_catalog'", "0003_x, which is miss"),
        ("delete from migration.applied where revision = '0003_catalog'", "0003_catalog was never applied"),
    ],
)
def test_a_changed_history_is_refused(empty_url: str, statement: str, message: str) -> None:
    migrate(empty_url)
    change(empty_url, statement)

    with pytest.raises(ChangedHistoryError, match=message) as caught:
        migrate(empty_url)

    assert "0003_" in caught.value.zh


def test_a_failing_migration_leaves_nothing_and_the_next_run_goes_on(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = history.shipped()
    broken = Migration("9000_half", "create table public.half (); select 1 / 0;")
    monkeypatch.setattr(history, "shipped", lambda: [*shipped, broken])

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_url)

    with psycopg.connect(empty_url) as connection:
        assert connection.execute("select to_regclass('public.half')").fetchone() == (None,)
    assert pending(empty_url) == ["9000_half"]
    whole = Migration("9000_half", "create table public.half (percent text default '%s :x');")
    monkeypatch.setattr(history, "shipped", lambda: [*shipped, whole])
    assert migrate(empty_url) == ["9000_half"]


def test_orders_that_name_customers_in_the_clear_are_not_taken_over(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = history.shipped()
    before = [migration for migration in shipped if migration.revision < "0020"]
    with monkeypatch.context() as former:
        former.setattr(history, "shipped", lambda: before)
        migrate(empty_url)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute(
            "insert into orders.customer_order (id, channel, node, external_id, fingerprint, kind, state, currency,"
            " total_minor, due_minor, occurred_at, customer)"
            " values (1, 1, 1, '', '', 'order', 'placed', 'CNY', 1, 1, now(), '13812345678')"
        )

        with pytest.raises(MigrationRefusedError, match="name customers in the clear") as caught:
            migrate(empty_url)
        assert "新建数据库" in caught.value.zh
        assert pending(empty_url)[0] == "0020_order_customer"

        connection.execute("update orders.customer_order set customer = ''")
        migrate(empty_url)
        assert connection.execute("select id, customer from orders.customer_order").fetchall() == [(1, None)]


def test_a_locked_table_is_tried_again(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(empty_url)
    shipped = history.shipped()
    altering = Migration("9000_alter", "alter table catalog.channel add column note text;")
    monkeypatch.setattr(history, "shipped", lambda: [*shipped, altering])
    monkeypatch.setattr(runner, "_OPTIONS", "-c lock_timeout=50ms")
    stages: list[str] = []
    with psycopg.connect(empty_url) as reader:
        reader.execute("select from catalog.channel")

        def report(progress: Progress) -> None:
            stages.append(progress.stage)
            if progress.stage == "retrying":
                reader.rollback()

        assert migrate(empty_url, report) == ["9000_alter"]

    assert stages == ["applying", "retrying", "applied"]


def test_a_table_that_stays_locked_is_given_up(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(empty_url)
    shipped = history.shipped()
    altering = Migration("9000_alter", "alter table catalog.channel add column note text;")
    monkeypatch.setattr(history, "shipped", lambda: [*shipped, altering])
    monkeypatch.setattr(runner, "_OPTIONS", "-c lock_timeout=50ms")
    monkeypatch.setattr(runner, "ATTEMPTS_MAX", 1)
    with psycopg.connect(empty_url) as reader:
        reader.execute("select from catalog.channel")
        with pytest.raises(MigrationLockedError, match="9000_alter"):
            migrate(empty_url)

    assert pending(empty_url) == ["9000_alter"]


def test_another_migrator_is_waited_for(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(empty_url, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", (runner.LOCK_KEY,))
        with monkeypatch.context() as patience:
            patience.setattr(runner, "LOCK_WAIT_SECONDS_MAX", 0)
            with pytest.raises(MigrationLockedError, match="Another Mainstem"):
                migrate(empty_url)
        stages: list[str] = []

        def report(progress: Progress) -> None:
            stages.append(progress.stage)
            if progress.stage == "waiting":
                other.execute("select pg_advisory_unlock_all()")

        assert migrate(empty_url, report) == [migration.revision for migration in history.shipped()]

    assert stages[:2] == ["waiting", "applying"]


def test_an_old_server_is_refused(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SERVER_VERSION_MIN", 990000)

    with pytest.raises(ServerTooOldError, match="needs 99 or newer"):
        migrate(empty_url)
    with pytest.raises(ServerTooOldError):
        status(empty_url)


def change(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)

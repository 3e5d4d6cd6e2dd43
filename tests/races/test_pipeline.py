"""Statements that travel together: all of a block, with its begin and its commit, arrives whole or not at all."""

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from mainstem.platform.arrays import Encoded
from mainstem.platform.postgres import Database

pytestmark = pytest.mark.anyio


@pytest.mark.timeout(60)
@pytest.mark.parametrize("statements", [1, 5])
async def test_a_large_pipeline_with_its_commit_does_not_wait_for_itself(database: Database, statements: int) -> None:
    large = Encoded([b"x" * 1000] * 5000)
    async with database.transaction() as connection:
        await connection.execute("create temporary table kept (value text)")
        async with connection.pipeline():
            for _ in range(statements):
                await connection.execute("insert into kept select unnest(%b::text[])", (large,), prepare=True)
            await connection.commit()
        cursor = await connection.execute("select count(*) from kept")
        assert await cursor.fetchone() == (5000 * statements,)


async def test_what_a_block_asked_for_can_be_read_before_it_ends(database: Database) -> None:
    async with database.transaction() as connection:
        async with connection.pipeline():
            first = await connection.execute("select 1")
            assert await first.fetchone() == (1,)
            second = await connection.execute("select 2")
        assert await second.fetchone() == (2,)


async def test_a_transaction_that_begins_and_commits_in_one_block(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("create table kept (value int)")
    async with database.transaction() as connection:
        async with connection.pipeline():
            await connection.execute("insert into kept values (1)")
            await connection.commit()
        assert connection.info.transaction_status == TransactionStatus.IDLE
    async with database.transaction() as connection:
        async with connection.pipeline():
            await connection.execute("insert into kept values (2)")
        await connection.rollback()
        cursor = await connection.execute("select value from kept")
        assert await cursor.fetchall() == [(1,)]


async def test_a_statement_after_the_commit_is_refused(database: Database) -> None:
    async with database.transaction() as connection, connection.pipeline():
        await connection.execute("select 1")
        await connection.commit()
        with pytest.raises(psycopg.ProgrammingError, match="last statement"):
            await connection.execute("select 2")


async def test_a_failure_in_the_block_undoes_all_of_it_and_leaves_the_connection_usable(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("create table kept (value int primary key)")

    async def twice() -> None:
        async with database.transaction() as connection, connection.pipeline():
            await connection.execute("insert into kept values (1)")
            await connection.execute("insert into kept values (1)")
            await connection.commit()

    with pytest.raises(psycopg.errors.UniqueViolation):
        await twice()
    async with database.transaction() as connection:
        cursor = await connection.execute("select count(*) from kept")
        assert await cursor.fetchone() == (0,)

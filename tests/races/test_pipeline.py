"""A pipeline larger than the socket's buffers arrives whole."""

import pytest

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

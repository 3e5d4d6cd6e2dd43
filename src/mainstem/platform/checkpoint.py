"""Checkpoints: how far a long piece of work has come, so that it goes on there after an interruption."""

from typing import Any

import msgspec

from mainstem.platform.postgres import Database


async def load(database: Database, name: str) -> Any:  # noqa: ANN401 - whatever JSON value was saved
    """The value saved last under a name, or None."""
    async with database.transaction() as connection:
        cursor = await connection.execute("select position::text from platform.checkpoint where name = %s", (name,))
        row = await cursor.fetchone()
    return None if row is None else msgspec.json.decode(row[0])


async def save(database: Database, name: str, position: object) -> None:
    """Save a JSON value under a name, replacing what was there."""
    async with database.transaction() as connection:
        await connection.execute(
            "insert into platform.checkpoint (name, position) values (%s, %s::json)"
            " on conflict (name) do update set position = excluded.position, saved_at = now()",
            (name, msgspec.json.encode(position).decode()),
        )

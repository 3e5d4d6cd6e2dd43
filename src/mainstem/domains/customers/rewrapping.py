"""Keys of customers, wrapped anew after the wrapping key has changed. What they encrypt is not touched."""

from collections.abc import Callable

import msgspec

from mainstem.platform.arrays import Bigints, Byteas
from mainstem.platform.postgres import Database
from mainstem.platform.query import Query, ask
from mainstem.platform.vault import Vault

BATCH = 1_000
"""Keys in one transaction."""


class Rewrapping(msgspec.Struct, frozen=True):
    """How many keys the newest wrapping key has wrapped, how many a former one, and how many were wrapped anew."""

    current: int
    former: int
    rewrapped: int = 0


def wrapped_keys(vault: Vault) -> Query[Rewrapping]:
    """How the keys of customers are wrapped."""
    return Query(
        "select count(*) filter (where substring(wrapped from 1 for length(%b::bytea)) = %b::bytea), count(*)"
        " from customers.subject_key",
        (vault.mark, vault.mark),
        lambda rows: Rewrapping(current=rows[0][0], former=rows[0][1] - rows[0][0]),
    )


async def rewrap_keys(database: Database, progress: Callable[[int, int | None], None] | None = None) -> Rewrapping:
    """Wrap every key with the newest wrapping key, `BATCH` in a transaction; what is done already is passed over.

    Raises `crypto.KeyMissingError` when the key that wrapped one is not there.
    """
    vault = database.vault
    async with database.transaction() as connection:
        (found,) = await ask(connection, wrapped_keys(vault))
    after, done = 0, 0
    while True:
        async with database.transaction() as connection:
            (former,) = await ask(connection, _former(vault, after))
            if not former:
                break
            # An erasure meanwhile has deleted the row: it stays deleted.
            await connection.execute(
                "update customers.subject_key as k set wrapped = new.wrapped"
                " from unnest(%b::bigint[], %b::bytea[], %b::bytea[]) as new (record, former, wrapped)"
                " where k.record = new.record and k.wrapped = new.former",
                (
                    Bigints(record for record, _ in former),
                    Byteas(wrapped for _, wrapped in former),
                    Byteas(vault.rewrap(wrapped) for _, wrapped in former),
                ),
            )
        after = former[-1][0]
        done += len(former)
        if progress is not None:
            progress(done, found.former)
    return Rewrapping(current=found.current + done, former=0, rewrapped=done)


def _former(vault: Vault, after: int) -> Query[list[tuple[int, bytes]]]:
    return Query(
        "select record, wrapped from customers.subject_key where record > %b::bigint"
        " and substring(wrapped from 1 for length(%b::bytea)) <> %b::bytea order by record limit %b::bigint",
        (after, vault.mark, vault.mark, BATCH),
        lambda rows: [(record, wrapped) for record, wrapped in rows],
    )

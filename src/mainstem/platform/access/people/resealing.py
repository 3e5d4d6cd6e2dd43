"""The secrets of two-step sign-in, after the key that encrypts them has changed."""

from mainstem.platform.access.people import codes
from mainstem.platform.arrays import Bigints, Byteas
from mainstem.platform.crypto import Box
from mainstem.platform.postgres import Database


async def reseal_secrets(database: Database, box: Box) -> int:
    """Encrypt with the first key of the box what a former one has encrypted; how many secrets there were.

    Raises `crypto.KeyMissingError` when the former key is not in the box.
    """
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "select principal, totp_secret from platform.person"
            " where totp_secret is not null and substring(totp_secret from 1 for %b::integer) <> %b::bytea"
            " order by principal for update",
            (len(box.mark), box.mark),
        )
        rows = await cursor.fetchall()
        resealed = {
            principal: codes.seal_secret(box, codes.open_secret(box, sealed, principal), principal)
            for principal, sealed in rows
        }
        await connection.execute(
            "update platform.person as p set totp_secret = new.secret"
            " from unnest(%b::bigint[], %b::bytea[]) as new (principal, secret) where p.principal = new.principal",
            (Bigints(resealed), Byteas(resealed.values())),
        )
    return len(resealed)

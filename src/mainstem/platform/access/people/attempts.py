"""Attempts to guess: each is counted before it is checked, and who has failed often must wait.

What cannot be done with this is to lock somebody else out: attempts from a browser that a person has signed in with
before (`device`) are counted apart from those of unknown browsers, and those by the network they come from, so that
only the counter that is attacked is slowed (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). Codes of
the second factor have counters of their own, which only who knows the password can reach.
"""

import math
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

from mainstem.platform.access.people.rules import FORGOTTEN_SECONDS, FREE_ATTEMPTS, PAUSE_SECONDS_MAX
from mainstem.platform.postgres import Connection

SWEPT_MAX = 20
"""Forgotten counters that one attempt takes away: guessing at random names must not fill the table."""

_V4_PREFIX, _V6_PREFIX = 24, 48

_PAUSE = (
    f"make_interval(secs => case when a.attempts < {FREE_ATTEMPTS} then 0"
    f" else least({PAUSE_SECONDS_MAX}, power(2.0, least(a.attempts - {FREE_ATTEMPTS}, 20)))::float8 end)"
)
_TAKE = (
    "insert into platform.sign_in_attempts as a (counter, attempts, last_at) values (%b::bytea, 1, clock_timestamp())"  # noqa: S608 - constants
    " on conflict (counter) do update set last_at = clock_timestamp(), attempts ="
    f" case when a.last_at < clock_timestamp() - interval '{FORGOTTEN_SECONDS:.0f} seconds' then 1"
    " else a.attempts + 1 end"
    f" where a.last_at + {_PAUSE} <= clock_timestamp() returning attempts"
)
_WAIT = (
    f"select extract(epoch from a.last_at + {_PAUSE} - clock_timestamp())::float8"  # noqa: S608 - constants
    " from platform.sign_in_attempts as a where counter = %b::bytea"
)
_SWEEP = (
    "delete from platform.sign_in_attempts where counter in (select counter from platform.sign_in_attempts"  # noqa: S608 - constants
    f" where last_at < now() - interval '{FORGOTTEN_SECONDS:.0f} seconds' limit {SWEPT_MAX} for update skip locked)"
)


def network(address: str) -> str:
    """The network of an address as far as one owner has it: /24 of IPv4, /48 of IPv6; "" for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network((found, _V4_PREFIX if found.version == 4 else _V6_PREFIX), strict=False))  # noqa: PLR2004, RUF100


def counter(what: Literal["password", "code"], whom: str, device: bytes | None, address: str) -> bytes:
    """Which counter an attempt on somebody counts for. `device`: the hash of the browser if he is known by it."""
    where = (
        f"device {device.hex()}" if device is not None else "network " + ("any" if what == "code" else network(address))
    )
    return sha256(f"{what}\x1f{whom.lower()}\x1f{where}".encode()).digest()


async def take(connection: Connection, counted: bytes) -> int:
    """Count an attempt; 0 when it may be made now, else the seconds to wait, in which case it was not counted."""
    cursor = await connection.execute(_TAKE, (counted,), prepare=True)
    if await cursor.fetchone() is not None:
        await connection.execute(_SWEEP, prepare=True)
        return 0
    row = await (await connection.execute(_WAIT, (counted,), prepare=True)).fetchone()
    return 1 if row is None else max(1, math.ceil(row[0]))


async def forget(connection: Connection, counted: bytes) -> None:
    """The attempt succeeded: begin counting anew."""
    await connection.execute(
        "delete from platform.sign_in_attempts where counter = %b::bytea", (counted,), prepare=True
    )

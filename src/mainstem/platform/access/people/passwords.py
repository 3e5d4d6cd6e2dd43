"""Passwords: Argon2id with the parameters of the library (RFC 9106, low memory), in a few threads of their own.

The number of threads bounds the memory (64 MiB each) and the cores that guessing can take; how many may wait is bounded
too, so that a flood is answered as busy and does not grow. Browsers that somebody is known by have a lane of their own,
which a flood of strangers does not fill.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.resources import files
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mainstem.kernel.refusals import BUSY, RefusedError, refuse
from mainstem.platform.access.people.rules import normalised

T = TypeVar("T")

THREADS = 1
"""Threads of each of the two lanes."""

WAITING_MAX = 64
"""Passwords that may wait in a lane."""

_hasher = PasswordHasher()


_waiting = {True: 0, False: 0}
"""How many passwords wait or are hashed in each lane, that of known browsers and that of strangers."""


async def hashed(password: str) -> str:
    """The hash to store of a password; raises RefusedError (`busy`) when too many wait."""
    return await _in_thread(_hash, normalised(password), known=True)


async def verified(stored: str | None, password: str, *, known: bool) -> bool:
    """Whether it is the password of this hash; without one, False after the same time. Raises as `hashed` does.

    `known`: it comes from a browser that its owner is known by.
    """
    found = await _in_thread(_verify, stored or "", normalised(password), known=known)
    return found and stored is not None


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than new ones are."""
    return _hasher.check_needs_rehash(stored)


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """Passwords, in lower case, that are tried first."""
    text = files("mainstem.platform.access.people").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


async def _in_thread(function: Callable[..., T], *arguments: str, known: bool) -> T:
    if _waiting[known] >= WAITING_MAX:
        raise RefusedError(refuse(BUSY))
    _waiting[known] += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads(known), function, *arguments)
    finally:
        _waiting[known] -= 1


def _hash(password: str) -> str:
    return _hasher.hash(password)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=2)
def _threads(known: bool) -> ThreadPoolExecutor:  # noqa: FBT001 - names a lane
    return ThreadPoolExecutor(THREADS, thread_name_prefix="passwords" if known else "passwords of strangers")


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """The hash that is verified where there is none."""
    return _hasher.hash("the password of nobody")

"""A batch's codes as CSV, made as they are sent: ten million of them are nowhere at once."""

import asyncio
from collections.abc import AsyncIterator

from mainstem.domains.pricing.coupons.codes import encode
from mainstem.platform.vault import Vault

CODES_AT_ONCE = 2_000


async def csv_of_batch(vault: Vault, serial: int, count: int, first: int = 1) -> AsyncIterator[bytes]:
    """The codes of a unique batch from number `first` on, with their numbers: RFC 4180, UTF-8, a line a code."""
    yield b"number,code\r\n"
    for start in range(first, count + 1, CODES_AT_ONCE):
        numbers = range(start, min(start + CODES_AT_ONCE, count + 1))
        yield "".join([f"{number},{encode(vault, serial, number)}\r\n" for number in numbers]).encode()
        await asyncio.sleep(0)  # others are served meanwhile

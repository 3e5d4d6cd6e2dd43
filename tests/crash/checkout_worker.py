"""A process that checks out until it is killed: `python -m tests.crash.checkout_worker URL COUPON`."""

import asyncio
import sys

from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.processes.checkout.checking_out import CHECK_OUT
from tests.unit.checkout_shop import checkout
from tests.vaults import VAULT

CHECKOUTS, BATCH = 600, 5


def calls(coupon: str, start: int) -> list[object]:
    """Checkouts under keys of their own; the same number is the same checkout."""
    wanted = {"customer": "anna", "coupons": [coupon], "points": 10}
    return [CHECK_OUT.call(checkout(("K1", 1), **wanted), f"kill {number}") for number in range(start, start + BATCH)]


async def run(url: str, coupon: str) -> None:
    """Check out in batches, and say how far it is."""
    async with Database(url, pool_size=3, vault=VAULT) as database:
        executor = Executor(database, VAULT)
        for start in range(0, CHECKOUTS, BATCH):
            await executor.execute(CHECK_OUT, calls(coupon, start))  # type: ignore[arg-type]
            sys.stdout.write(f"{start + BATCH}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))

"""Whoever checks out is killed between: what was answered is there, once and whole, and nothing is there by half."""

import subprocess
import sys
from pathlib import Path

import pytest

from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.processes.checkout.checking_out import CHECK_OUT
from tests.crash.checkout_worker import BATCH, calls
from tests.unit.checkout_shop import CheckoutShop, form
from tests.vaults import VAULT

pytestmark = [pytest.mark.crash, pytest.mark.anyio]

POINTS = 10_000


async def test_a_checkout_is_whole_or_not_at_all(database_url: str) -> None:
    async with Database(database_url, pool_size=4, vault=VAULT) as database:
        shop = CheckoutShop(Executor(database, VAULT))
        await shop.open(10_000)
        await shop.club(approval_above=POINTS)
        member = await shop.member(points=POINTS)
        coupon = await shop.coupon(20)
        await shop.live(form("ten", limits={"uses_total": 1_000}))
        answered = 0
        for blow in (3, 5):
            answered = max(answered, _killed_after(blow, database_url, coupon))
        outcomes = []
        for start in range(0, answered, BATCH):
            outcomes += await shop.executor.execute(CHECK_OUT, calls(coupon, start))  # type: ignore[arg-type]
        assert all(one.accepted and one.repeated for one in outcomes)
        ((placed,),) = await shop._rows("select count(*) from orders.customer_order")
        assert placed >= answered
        assert await shop.points(member) == (POINTS - 10 * placed, 0)
        # Of each order its use of the limited promotion; the coupon's is not limited, and still noted.
        uses = await shop._rows("select kind, count(*) from pricing.usage group by kind order by kind")
        assert uses == [("coupon", placed), ("promotion", placed)]
        assert await shop.stock("K1") == 10_000 - placed
        await shop.audit()


def _killed_after(answers: int, url: str, coupon: str) -> int:
    """Kill a worker after so many batches; how many checkouts were answered."""
    command = [sys.executable, "-m", "tests.crash.checkout_worker", url, coupon]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        done = 0
        for _ in range(answers):
            done = int(process.stdout.readline())
        process.kill()
    return done

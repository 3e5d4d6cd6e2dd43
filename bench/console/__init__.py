"""The console: how long pages take on the demo's database and with ten million orders, what they weigh, whether they
stand still, and what 200 of them cost that are open and live.
"""

import asyncio
import os
import subprocess
import sys

from bench.console import grown, live, looks, pages
from bench.console.visitors import opened
from bench.core.server import served
from bench.postgres import new_database, scratch_server
from bench.report import Measure, inform
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load
from mainstem.platform.vault_keys import vault
from tests.browser.harness.world import World

DEMO_P95_MS, GROWN_P95_MS = 60.0, 120.0
ORDERS, QUICK_ORDERS = 10_000_000, 100_000


def run(*, quick: bool) -> list[Measure]:
    """All measures of the console. `quick`: without the demo's year, and with a hundredth of the orders."""
    with scratch_server() as server:
        url = new_database(server, "bench_console")
        if not quick:
            _tell("the demo's year")
            _replay(url)
        _tell("a retailer beside it")
        asyncio.run(_retailer(url))
        _tell("pages")
        name = "a small retailer" if quick else "the demo's database"
        with served(url) as site:
            visited = opened(url, site)
            _tell(f"nobody got to {', '.join(visited.lost) or 'nothing that is not measured'}")
            measures = [
                inform("addresses measured", "", len(visited.shown)),
                inform("pages that nobody got to", "", len(visited.lost)),
            ]
            measures += pages.measure(visited, name, DEMO_P95_MS, rounds=10 if quick else 30)
            _tell("first load and layout")
            measures += looks.measure(visited)
            _tell("live pages")
            measures += live.measure(visited, site, seconds=5 if quick else 20)
        orders = QUICK_ORDERS if quick else ORDERS
        _tell(f"{orders:,} orders")
        grown.grow(url, orders)
        with served(url) as site:
            measures += pages.measure(opened(url, site), f"{orders:,} orders", GROWN_P95_MS, rounds=10 if quick else 30)
    return measures


def _tell(what: str) -> None:
    sys.stderr.write(f"{what} ...\n")


def _replay(url: str) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAINSTEM_")}
    environ["MAINSTEM_DATABASE_URL"] = url
    subprocess.run(
        [sys.executable, "-m", "mainstem", "demo", "--no-serve", "--json"],
        env=environ,
        stdout=subprocess.DEVNULL,
        check=True,
    )


async def _retailer(url: str) -> None:
    # The vault that the replay has made, which the server will open too.
    keys = vault(load({}), url)
    async with Database(url, pool_size=4, application="mainstem bench", vault=keys) as database:
        await World(Executor(database)).make()

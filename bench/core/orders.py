"""Orders of three lines over HTTP, priced and promised, each committed durably before its answer."""

from bench.core import seed
from bench.core.limit import Limits
from bench.core.server import served
from bench.report import Measure, at_least, at_most, exactly, inform

CONNECTIONS = 64
BULK = 100
BULK_CONNECTIONS = 8
GROWTH = 10
GROWTH_BAR = 0.75
MEMORY_BAR_MIB = 300
P99_BAR_MS = 60


def measure(url: str, limits: Limits, skus: int, history: int, seconds: int) -> list[Measure]:
    """Single orders, bulk, memory; then the same with ten times the SKUs and the history."""
    seed.seed(url, skus)
    seed.history(url, history, skus, 0)
    with served(url) as server:
        server.load(connections=CONNECTIONS, skus=skus, seconds=1)  # statements prepared, caches warm
        single = server.load(connections=CONNECTIONS, skus=skus, seconds=seconds, seed=2)
        bulk = server.load(
            path="/v1/orders/bulk", bulk=BULK, connections=BULK_CONNECTIONS, skus=skus, seconds=seconds, seed=3
        )
        memory = server.memory_mib()
        seed.more_skus(url, skus + 1, skus * GROWTH)
        seed.history(url, history * (GROWTH - 1), skus * GROWTH, 1)
        server.load(connections=CONNECTIONS, skus=skus * GROWTH, seconds=1, seed=4)
        grown = server.load(connections=CONNECTIONS, skus=skus * GROWTH, seconds=seconds, seed=5)
    against = f"pgbench, {limits.orders_clients} clients, one order a transaction"
    placed = bulk["items"].get("201", 0)
    refused = single["requests"] - single["statuses"].get("201", 0) + bulk["requests"] * BULK - placed
    return [
        inform("the limit: pgbench, the same rows, one order a transaction", "orders/s", limits.orders),
        inform("pgbench sending each order as one pipelined message", "orders/s", limits.orders_in_one_message),
        at_least("orders over HTTP", "orders/s", single["per_second"], against=against, of=limits.orders, times=1.0),
        at_most("orders over HTTP: p99 at 64 connections", "ms", single["p99_ms"], bar=P99_BAR_MS),
        at_least(
            "orders over HTTP, bulk of 100",
            "orders/s",
            placed / bulk["seconds"],
            against=against,
            of=limits.orders,
            times=3.0,
        ),
        exactly("orders refused or failed in these runs", "orders", refused, against="none", of=0),
        at_most("memory of the API process under that load", "MiB", memory, bar=MEMORY_BAR_MIB),
        at_least(
            "orders over HTTP with 10 times the SKUs and the history",
            "orders/s",
            grown["per_second"],
            against="before growth",
            of=single["per_second"],
            times=GROWTH_BAR,
        ),
    ]

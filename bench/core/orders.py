"""Orders of three lines over HTTP, priced and promised, each committed durably before its answer."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.core import seed
from bench.core.limit import Limits
from bench.core.server import rest, served
from bench.report import Measure, at_least, at_most, exactly, inform

CONNECTIONS = 64
BULK = 100
ROUNDS = 3
BULK_CONNECTIONS = 8
GROWTH = 10
GROWTH_BAR = 0.75
MEMORY_BAR_MIB = 300
P99_BAR_MS = 60


@dataclass
class _Rounds:
    """What each round measured."""

    limit: list[float] = field(default_factory=list)
    single: list[dict[str, Any]] = field(default_factory=list)
    bulk: list[dict[str, Any]] = field(default_factory=list)
    grown: list[dict[str, Any]] = field(default_factory=list)


def measure(url: str, grown_url: str, limits: Limits, skus: int, history: int, seconds: int) -> list[Measure]:
    """The limit, single orders, bulk, and single orders with ten times the SKUs and the history, in turns; medians.

    Each turn begins at rest: what a load leaves to be done later would otherwise be paid by the next one.
    """
    seed.seed(url, skus)
    seed.history(url, history, skus, 0)
    seed.seed(grown_url, skus * GROWTH)
    seed.history(grown_url, history * GROWTH, skus * GROWTH, 0)
    rounds = _Rounds()
    with served(url) as server, served(grown_url) as larger:
        for one, known in ((server, skus), (larger, skus * GROWTH)):
            one.load(connections=CONNECTIONS, skus=known, seconds=1)  # statements prepared, caches warm
        for number in range(2, 2 + ROUNDS):
            options = {"connections": CONNECTIONS, "seconds": seconds, "seed": number}
            rest(url, grown_url)
            rounds.limit.append(limits.orders())
            rest(url, grown_url)
            rounds.single.append(server.load(skus=skus, **options))
            rest(url, grown_url)
            rounds.bulk.append(
                server.load(skus=skus, path="/v1/orders/bulk", bulk=BULK, **options | {"connections": BULK_CONNECTIONS})
            )
            rest(url, grown_url)
            rounds.grown.append(larger.load(skus=skus * GROWTH, **options))
        memory = server.memory_mib()
    return _measures(rounds, limits, memory)


def _measures(rounds: _Rounds, limits: Limits, memory: float) -> list[Measure]:
    against = f"pgbench, {limits.orders_clients} clients, one order a transaction"
    limit = median(rounds.limit)
    single = median(one["per_second"] for one in rounds.single)
    placed = [one["items"].get("201", 0) for one in rounds.bulk]
    bulk = median(count / one["seconds"] for count, one in zip(placed, rounds.bulk, strict=True))
    refused = sum(one["requests"] - one["statuses"].get("201", 0) for one in rounds.single + rounds.grown)
    refused += sum(one["requests"] * BULK - count for count, one in zip(placed, rounds.bulk, strict=True))
    return [
        inform("the limit: pgbench, the same rows, one order a transaction", "orders/s", limit),
        inform("pgbench sending each order as one pipelined message", "orders/s", limits.orders_in_one_message),
        at_least("orders over HTTP", "orders/s", single, against=against, of=limit, times=1.0),
        at_most(
            "orders over HTTP: p99 at 64 connections",
            "ms",
            median(one["p99_ms"] for one in rounds.single),
            bar=P99_BAR_MS,
        ),
        at_least("orders over HTTP, bulk of 100", "orders/s", bulk, against=against, of=limit, times=3.0),
        exactly("orders refused or failed in these runs", "orders", refused, against="none", of=0),
        at_most("memory of the API process under that load", "MiB", memory, bar=MEMORY_BAR_MIB),
        at_least(
            "orders over HTTP with 10 times the SKUs and the history",
            "orders/s",
            median(one["per_second"] for one in rounds.grown),
            against="before growth",
            of=single,
            times=GROWTH_BAR,
        ),
    ]

"""What the database allows: the same rows written by pgbench, one order a transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.core import pgbench, seed

CLIENTS = (8, 16, 32)
HOT_CLIENTS = 64
BASKET_LINES = 9
"""About the mean basket of the replayed year."""


@dataclass(frozen=True)
class Limits:
    """Transactions a second, and with how many clients.

    `orders` measures the limit of the orders once more: what is compared with it runs in turns with it, because a
    machine is not equally fast from one minute to the next.
    """

    orders: Callable[[], float]
    orders_clients: int
    orders_in_one_message: float
    hot: float
    basket_lines: float


def measure(bin_dir: Path, url: str, skus: int, seconds: int) -> Limits:
    """All limits, on a database of their own with the same tables, indexes and SKUs."""
    seed.seed(url, skus)
    three = pgbench.script(3, skus)
    _, clients = pgbench.best(bin_dir, url, three, clients=CLIENTS, seconds=seconds)
    pipelined, _ = pgbench.best(bin_dir, url, pgbench.in_one_message(three), clients=CLIENTS, seconds=seconds)
    hot = pgbench.rate(bin_dir, url, pgbench.script(1, 1), clients=HOT_CLIENTS, seconds=seconds)
    baskets = pgbench.rate(bin_dir, url, pgbench.script(BASKET_LINES, skus), clients=clients, seconds=seconds)
    again = partial(pgbench.rate, bin_dir, url, three, clients=clients, seconds=seconds)
    return Limits(again, clients, pipelined, hot, baskets * BASKET_LINES)

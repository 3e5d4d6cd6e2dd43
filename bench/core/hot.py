"""One SKU that every order wants: how fast, and whether exactly the stock is sold."""

from bench.core import seed
from bench.core.limit import Limits
from bench.core.server import served
from bench.report import Measure, at_least, exactly

CONNECTIONS = 64
BULK = 100
BULK_CONNECTIONS = 8
STOCK = 1000
TRIES = 3000
SKU = 1


def measure(url: str, limits: Limits, seconds: int) -> list[Measure]:
    """Rates with stock that lasts, then a stock that does not."""
    seed.seed(url, 10)
    against = "pgbench, 64 clients, one hot row"
    with served(url) as server:
        warm = server.load(connections=CONNECTIONS, skus=SKU, lines=1, seconds=1)
        single = server.load(connections=CONNECTIONS, skus=SKU, lines=1, seconds=seconds, seed=2)
        bulk = server.load(
            path="/v1/orders/bulk", bulk=BULK, connections=BULK_CONNECTIONS, skus=SKU, lines=1, seconds=seconds, seed=3
        )
        before = seed.promised(url, SKU)
        seed.set_free(url, SKU, STOCK)
        scarce = server.load(connections=CONNECTIONS, skus=SKU, lines=1, requests=TRIES, seconds=60, seed=4)
    after = seed.promised(url, SKU)
    sold = after.quantity - before.quantity
    answered = warm["statuses"]["201"] + single["statuses"]["201"] + bulk["items"]["201"]
    accepted = scarce["statuses"].get("201", 0)
    return [
        at_least("one hot SKU over HTTP", "orders/s", single["per_second"], against=against, of=limits.hot, times=2.5),
        at_least(
            "one hot SKU, bulk of 100",
            "orders/s",
            bulk["items"].get("201", 0) / bulk["seconds"],
            against=against,
            of=limits.hot,
            times=10.0,
        ),
        exactly("scarce SKU: sold", "pieces", sold, against="its stock", of=STOCK),
        exactly("scarce SKU: left", "pieces", after.free, against="none", of=0),
        exactly(
            "scarce SKU: orders in the database",
            "orders",
            after.orders - before.orders,
            against="accepted",
            of=accepted,
        ),
        exactly("scarce SKU: accepted answers", "orders", accepted, against="sold", of=sold),
        exactly("hot SKU: orders in the database", "orders", before.orders, against="accepted answers", of=answered),
    ]

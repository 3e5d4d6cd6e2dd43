"""Quotes a second on one core. Time is the processor's time of this thread, so neighbours do not count."""

import statistics
import time

from bench.pricing.workload import Shop
from bench.report import Measure, at_most, inform, no_less
from mainstem.domains.pricing.engine import compile_book, quote

RATES = ((200, 4_000), (5_000, 2_500))
P99_BAR_MS = 2.0


def measure(*, quick: bool) -> list[Measure]:
    """With 200 and with 5,000 live promotions: compiled once, warmed with other baskets than those measured."""
    count = 1_000 if quick else 8_000
    return [one for promotions, bar in RATES for one in _measure(promotions, bar, count)]


def _measure(promotions: int, bar: int, count: int) -> list[Measure]:
    shop = Shop(promotions)
    started = time.thread_time()
    book = compile_book(shop.promotions)
    compiled = time.thread_time() - started
    for _ in range(count // 4):
        quote(shop.basket(), book)
    seconds: list[float] = []
    applied: list[int] = []
    bounded = 0
    for basket in [shop.basket() for _ in range(count)]:
        started = time.thread_time()
        quoted = quote(basket, book)
        seconds.append(time.thread_time() - started)
        applied.append(len(quoted.applied))
        bounded += quoted.bound_minor > 0
    seconds.sort()
    name = f"{promotions:,} live promotions"
    p99 = seconds[int(len(seconds) * 0.99)] * 1000
    return [
        no_less(f"quotes of 5 lines, {name}", "1/s", len(seconds) / sum(seconds), bar=bar),
        at_most(f"p99 of a quote, {name}", "ms", p99, bar=P99_BAR_MS)
        if promotions == RATES[0][0]
        else inform(f"p99 of a quote, {name}", "ms", p99),
        inform(f"promotions applied to a basket, {name}", "promotions", statistics.mean(applied)),
        inform(f"quotes whose best combination is not proven, {name}", "%", 100 * bounded / len(seconds)),
        inform(f"compiling a book of {promotions:,}", "ms", compiled * 1000),
    ]

"""How this process is doing, from its own Prometheus registry, as figures that people can read."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric

ROWS_MAX = 15
"""Operations and routes that are shown, the busiest first."""

QUANTILE = 0.95


class Batches(msgspec.Struct, frozen=True):
    """The batches of an operation: how many, and how many calls each decided on average."""

    operation: str
    batches: int
    calls: int
    mean: float


class Latency(msgspec.Struct, frozen=True):
    """How long the requests of a route took, in milliseconds; `p95` is the bound of the bucket that it falls into.

    `over` says that it lies beyond the last bucket.
    """

    route: str
    requests: int
    mean_ms: float
    p95_ms: float
    over: bool


class Activity(msgspec.Struct, frozen=True):
    """What a process has done since it began."""

    batches: list[Batches]
    latencies: list[Latency]
    retries: int
    defects: int


def activity() -> Activity:
    """What this process has done so far."""
    metrics = {metric.name: metric for metric in REGISTRY.collect()}
    return Activity(
        batches=_batches(metrics.get("mainstem_batch_size")),
        latencies=_latencies(metrics.get("mainstem_http_request_seconds")),
        retries=_total(metrics.get("mainstem_batch_retries")),
        defects=_total(metrics.get("mainstem_defects")),
    )


def _batches(metric: Metric | None) -> list[Batches]:
    counts: dict[str, float] = defaultdict(float)
    sums: dict[str, float] = defaultdict(float)
    for sample in () if metric is None else metric.samples:
        into = {"_count": counts, "_sum": sums}.get(sample.name.removeprefix("mainstem_batch_size"))
        if into is not None:
            into[sample.labels["operation"]] += sample.value
    rows = [Batches(name, int(count), int(sums[name]), sums[name] / count) for name, count in counts.items() if count]
    return sorted(rows, key=lambda row: -row.calls)[:ROWS_MAX]


def _latencies(metric: Metric | None) -> list[Latency]:
    counts: dict[str, float] = defaultdict(float)
    sums: dict[str, float] = defaultdict(float)
    buckets: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for sample in () if metric is None else metric.samples:
        route = sample.labels["route"]
        if sample.name.endswith("_count"):
            counts[route] += sample.value
        elif sample.name.endswith("_sum"):
            sums[route] += sample.value
        elif sample.name.endswith("_bucket"):
            buckets[route][float(sample.labels["le"])] += sample.value
    rows = []
    for route, count in counts.items():
        if count:
            bound, over = _quantile(sorted(buckets[route].items()), count)
            rows.append(Latency(route or "–", int(count), 1000 * sums[route] / count, 1000 * bound, over))
    return sorted(rows, key=lambda row: -row.requests)[:ROWS_MAX]


def _quantile(buckets: Iterable[tuple[float, float]], count: float) -> tuple[float, bool]:
    last = 0.0
    for bound, below in buckets:
        if bound == float("inf"):
            break
        last = bound
        if below >= QUANTILE * count:
            return bound, False
    return last, True


def _total(metric: Metric | None) -> int:
    if metric is None:
        return 0
    return int(sum(sample.value for sample in metric.samples if sample.name.endswith("_total")))

"""Checkouts over HTTP, each with a promotion, a coupon and points, beside the core's plain orders of the same run."""

from statistics import median
from typing import Any

import httpx

from bench.core import _database, _server, seed
from bench.core.server import Server, rest, served
from bench.report import Measure, at_least, exactly

CONNECTIONS = 64
MEMBERS = 100
ROUNDS = 3
BAR = 0.6

_PROGRAMME = {
    "code": "club",
    "name": {"en": "Club"},
    "points_name": {"en": "Points"},
    "currency": "CNY",
    "zone": "UTC",
    "rules": [
        {"code": "spend", "name": {"en": "Spend"}, "gives": {"type": "amount", "points": 1, "per_minor": 100}},
    ],
    "burn": {"points": 10, "amount_minor": 10, "points_min": 10, "share_percent_max": 90},
    "approval_above": 1_000_000_000,
}
_PROMOTIONS = (
    {"code": "ten", "name": {"en": "ten"}, "reward": {"type": "percent", "percent": 10}},
    {"code": "welcome", "name": {"en": "welcome"}, "reward": {"type": "percent", "percent": 5}, "coupon": True},
)
_BATCH = {
    "code": "welcome",
    "name": {"en": "welcome"},
    "promotion": "welcome",
    "kind": "public",
    "public_code": "WELCOME27",
    "uses_total": 1_000_000,
}


def measure(*, quick: bool) -> list[Measure]:
    """Checkouts a second against plain orders a second, in turns; medians."""
    seconds, skus = (2, 2_000) if quick else (5, 10_000)
    plain: list[dict[str, Any]] = []
    rich: list[dict[str, Any]] = []
    with _server() as postgres:
        urls = _database(postgres, "bench_plain"), _database(postgres, "bench_checkout")
        for url in urls:
            seed.seed(url, skus)
        with served(urls[0]) as orders, served(urls[1]) as checkouts:
            furnish(checkouts)
            options: dict[str, object] = {"connections": CONNECTIONS, "skus": skus}
            more = {"path": "/v1/checkouts", "customers": MEMBERS, "coupon": _BATCH["public_code"], "points": 10}
            orders.load(seconds=1, **options)
            checkouts.load(seconds=1, **options, **more)
            for number in range(2, 2 + ROUNDS):
                rest(*urls)
                plain.append(orders.load(seconds=seconds, seed=number, **options))
                rest(*urls)
                rich.append(checkouts.load(seconds=seconds, seed=number, **options, **more))
    refused = sum(one["requests"] - one["statuses"].get("201", 0) for one in plain + rich)
    return [
        at_least(
            "checkouts over HTTP with promotion, coupon and points",
            "checkouts/s",
            median(one["per_second"] for one in rich),
            against="plain orders of the core",
            of=median(one["per_second"] for one in plain),
            times=BAR,
        ),
        exactly("checkouts and orders refused or failed", "requests", refused, against="none", of=0),
    ]


def furnish(server: Server) -> None:
    """A programme with members who have points, a promotion, and a coupon."""
    headers = {"authorization": f"Bearer {server.key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=60) as client:

        def post(path: str, body: dict[str, Any], key: str) -> Any:  # noqa: ANN401 - JSON
            answer = client.post(path, json=body, headers={"idempotency-key": f"furnish-{path}-{key}"})
            answer.raise_for_status()
            return answer.json()

        post("/v1/loyalty/programmes", {"programme": _PROGRAMME}, "club")
        for form in _PROMOTIONS:
            post("/v1/promotions", {"promotion": form}, str(form["code"]))
            post(f"/v1/promotions/{form['code']}/start", {}, str(form["code"]))
        post("/v1/coupon-batches", _BATCH, "welcome")
        for number in range(MEMBERS):
            said = {"source": "web", "reference": f"member-{number}"}
            record = post("/v1/customers/identify", said, said["reference"])["record"]
            made = post("/v1/loyalty/members", {"programme": "club", "customer": record}, said["reference"])
            credit = {"points": 1_000_000, "reason": "bench"}
            post(f"/v1/loyalty/members/{made['member']}/adjustments", credit, said["reference"])

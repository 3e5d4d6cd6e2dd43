"""One price: how many quotes a second, beside a rules engine, and whether the best combination is the best."""

import importlib
import sys

from bench.report import Measure

PARTS = (
    ("quotes", "quotes a second"),
    ("conditions", "conditions beside a rules engine"),
    ("exactness", "the best combination against brute force"),
    ("coupon_budget", "a coupon that everybody wants"),
    ("checkout", "checkouts beside plain orders"),
    ("twin", "the year through the twin"),
)
"""Modules of this benchmark, each with `measure(*, quick) -> list[Measure]`, and what they measure."""


def run(*, quick: bool) -> list[Measure]:
    """All measures. `quick`: fewer quotes and cases."""
    measures: list[Measure] = []
    for name, what in PARTS:
        sys.stderr.write(f"{what} ...\n")
        measures += importlib.import_module(f"bench.pricing.{name}").measure(quick=quick)
    return measures

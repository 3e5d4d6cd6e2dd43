"""The engine and brute force on random small cases: the same total, gifts on top and promotions, and proven best."""

from random import Random

from bench.pricing.brute_force import best_of
from bench.pricing.random_cases import basket, promotions
from bench.report import Measure, exactly
from mainstem.domains.pricing.engine import compile_book, quote


def agree(seed: int) -> bool:
    """Whether the engine's answer to a random case is brute force's."""
    random = Random(seed)
    asked, some = basket(random), promotions(random)
    quoted = quote(asked, compile_book(some))
    best = best_of(asked, some)
    codes = tuple(applied.code for applied in quoted.applied)
    gifts = sum(applied.offered_items for applied in quoted.applied)
    return (quoted.total_minor, gifts, codes, quoted.bound_minor) == (best[0], -best[2], best[5], 0)


def measure(*, quick: bool) -> list[Measure]:
    """How many cases are equal; all must be."""
    cases = 1_000 if quick else 10_000
    equal = sum(agree(seed) for seed in range(cases))
    return [exactly("best combination equals brute force", "cases", equal, against="random small cases", of=cases)]

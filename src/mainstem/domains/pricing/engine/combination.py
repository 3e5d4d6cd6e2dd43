"""A combination of promotions, computed, and what makes one better than another."""

from mainstem.domains.pricing.engine.cutting import Pairs, Parts
from mainstem.domains.pricing.engine.offers import Offer

Pick = tuple[Parts, Pairs | None, int]
"""What is cut, what that takes off list prices, and how often the promotion applies."""

Key = tuple[int, int, int, int, int, tuple[int, ...], tuple[int, ...]]
"""Total, less points, less gifts, less priority, promotions, which by code, how often: the least is the best."""


class Combination:
    """Which offers apply and what each takes: `given` by number of offer, `left` of each row and the delivery."""

    __slots__ = ("given", "key", "left", "picked")

    def __init__(self, key: Key, given: dict[int, Pairs], left: list[int], picked: dict[int, Pick]) -> None:
        self.key = key
        self.given = given
        self.left = left
        self.picked = picked


def gifts_of(offer: Offer, parts: Parts) -> int:
    """Items of a gift that are not in the basket."""
    return offer.gift - sum([count for _, count in parts]) if offer.gift else 0

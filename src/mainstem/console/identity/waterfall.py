"""The evidence of a score as a waterfall: from what any two begin with, one comparison after another, to the weight."""

import math
from typing import Any

import msgspec

from mainstem.console.frame import Visit
from mainstem.console.identity import words

WIDTH = 1000
"""Units of a drawing from its left to its right end."""

_LEAST_SPAN = 10.0
_LONGEST = 1000.0


class Bar(msgspec.Struct, frozen=True):
    """One step: what it adds in bits, and the weight behind it; `x` and `width` are where it is drawn."""

    name: str
    level: str
    added: float
    weight: float
    x: int
    width: int
    kind: str


class Waterfall(msgspec.Struct, frozen=True):
    """The steps, beginning with where any two begin and ending with the whole; `even` is where odds are even."""

    bars: tuple[Bar, ...]
    even: int
    weight: float
    probability: float


def probability(weight: float) -> float:
    """The probability that a weight in bits stands for."""
    return 1 / (1 + math.pow(2.0, -max(-_LONGEST, min(weight, _LONGEST))))


def waterfall(visit: Visit, evidence: dict[str, Any]) -> Waterfall | None:
    """The steps of a review's evidence; None when nothing was compared."""
    levels = [(str(name), str(level), float(added)) for name, level, added in evidence.get("levels", ())]
    if not levels:
        return None
    weight = float(evidence.get("weight", 0.0))
    prior = weight - sum(added for _, _, added in levels)
    marks = [0.0, prior]
    for _, _, added in levels:
        marks.append(marks[-1] + added)
    least, most = min(marks), max(marks)
    span = max(most - least, _LEAST_SPAN)

    def at(mark: float) -> int:
        return round(WIDTH * (mark - least) / span)

    def bar(name: str, level: str, start: float, end: float, kind: str) -> Bar:
        x = min(at(start), at(end))
        return Bar(name, level, end - start, end, x, max(abs(at(end) - at(start)), 4), kind)

    bars = [bar(visit.t("Any two records"), visit.t("before anything is compared"), 0.0, prior, "start")]
    reached = prior
    for name, level, added in levels:
        said = words.LEVELS.get(level)
        shown = level if said is None else visit.t(said)
        kind = "for" if added >= 0 else "against"
        bars.append(bar(words.attribute(visit, name), shown, reached, reached + added, kind))
        reached += added
    bars.append(bar(visit.t("Together"), "", 0.0, weight, "whole"))
    return Waterfall(tuple(bars), at(0.0), weight, probability(weight))

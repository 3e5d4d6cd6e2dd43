"""Noise, by OpenDP: the discrete Laplace mechanism, and its variant for groups that the data itself tells.

Sources: Ghosh, Roughgarden, Sundararajan 2009 (the geometric mechanism); Canonne, Kamath, Steinke 2020 (exact
sampling); Rogers 2023 (unknown domains). The sensitivity is that of one customer, added or removed.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import opendp.prelude as dp

ALPHA = 0.05
"""How much of the noise lies beyond the accuracy that is told."""

_SCALE_STEPS = 1e-9
"""The scale is raised by so much, relatively, until OpenDP's own map confirms the loss."""

_COUNTS = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
_TABLE = (
    dp.map_domain(dp.atom_domain(T="String"), dp.atom_domain(T="i64")),
    dp.l01inf_distance(dp.absolute_distance(T="i64")),
)
dp.enable_features("contrib")


class Noisy(NamedTuple):
    """Figures with noise, and how it was made. `threshold` 0: no group was left out."""

    values: dict[str, int]
    scale: float
    threshold: int
    accuracy: float


def known_groups(counts: Mapping[str, int], groups: Sequence[str], bounds: tuple[int, int], epsilon: float) -> Noisy:
    """A figure for each of the groups, also where nobody is. `bounds`: groups of a customer, and value in each."""
    most = bounds[0] * bounds[1]
    scale = _least_scale(most / epsilon, lambda tried: _laplace(tried).map(most) <= epsilon)
    values = _laplace(scale)([counts.get(group, 0) for group in groups]) if groups else []
    return Noisy(dict(zip(groups, values, strict=True)), scale, 0, _accuracy(scale))


def told_groups(counts: Mapping[str, int], bounds: tuple[int, int], epsilon: float, delta: float) -> Noisy:
    """A figure for each group that is large enough for its being there to tell nothing of anybody."""
    groups_max, value_max = bounds
    distance = (groups_max, groups_max * value_max, value_max)
    scale = _least_scale(distance[1] / epsilon, lambda tried: _threshold(tried, _FAR_AWAY).map(distance)[0] <= epsilon)
    threshold = _least_threshold(value_max, lambda tried: _threshold(scale, tried).map(distance)[1] <= delta)
    values = _threshold(scale, threshold)(dict(counts)) if counts else {}
    return Noisy(dict(sorted(values.items())), scale, threshold, _accuracy(scale))


_FAR_AWAY = 2**40


def _laplace(scale: float) -> Any:  # noqa: ANN401 - OpenDP's measurement
    return dp.m.make_laplace(*_COUNTS, scale=scale)


def _threshold(scale: float, threshold: int) -> Any:  # noqa: ANN401 - the same
    return dp.m.make_laplace_threshold(*_TABLE, scale=scale, threshold=threshold)


def _least_scale(wanted: float, enough: Any) -> float:  # noqa: ANN401 - a predicate
    """The least scale near the wanted one that OpenDP proves to be enough: it rounds against the caller."""
    scale = wanted
    while not enough(scale):
        scale *= 1 + _SCALE_STEPS
    return scale


def _least_threshold(least: int, enough: Any) -> int:  # noqa: ANN401 - a predicate
    low, high = least, least + 1
    while not enough(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _accuracy(scale: float) -> float:
    return float(math.ceil(dp.discrete_laplacian_scale_to_accuracy(scale=scale, alpha=ALPHA)))

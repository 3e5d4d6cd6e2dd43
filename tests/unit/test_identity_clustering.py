"""Clusters hold together and break no rule, whatever the pairs are."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.analytics.identity.clustering import Constraints, clustered, clustered_arrays
from mainstem.analytics.identity.evaluation import histogram, quality

pytestmark = pytest.mark.unit

ROWS = 14
Pairs = list[tuple[int, int, float]]

ROW = st.integers(0, ROWS - 1)
PAIRS = st.lists(st.tuples(ROW, ROW, st.floats(-30, 40, allow_nan=False)), max_size=60)
CODES = st.lists(st.integers(-1, 3), min_size=ROWS, max_size=ROWS)
APART = st.lists(st.tuples(ROW, ROW).filter(lambda pair: pair[0] != pair[1]), max_size=8).map(tuple)


def groups(labels: list[int]) -> list[list[int]]:
    return [[row for row in range(len(labels)) if labels[row] == label] for label in sorted(set(labels))]


@given(PAIRS, st.floats(-20, 0), st.lists(CODES, max_size=2), CODES, APART, st.integers(1, 6))
@settings(deadline=None)
def test_no_cluster_breaks_a_constraint(
    pairs: Pairs, prior: float, unique: list[list[int]], sole: list[int], apart: tuple[tuple[int, int], ...], most: int
) -> None:
    found = clustered(ROWS, pairs, prior, Constraints(tuple(unique), sole, apart), size_max=most)
    for group in groups(found.labels):
        assert len(group) <= most
        assert found.labels[group[0]] == group[0]
        for values in unique:
            assert len({values[row] for row in group if values[row] >= 0}) <= 1
        sources = [sole[row] for row in group if sole[row] >= 0]
        assert len(sources) == len(set(sources))
        assert not any({one, other} <= set(group) for one, other in apart)


@given(PAIRS.map(lambda pairs: [p for p in pairs if p[0] != p[1]]), st.randoms())
@settings(deadline=None)
def test_the_order_of_the_pairs_does_not_matter(pairs: Pairs, dice: random.Random) -> None:
    unique = {(min(one, other), max(one, other)): weight for one, other, weight in pairs}
    once = [(one, other, weight) for (one, other), weight in unique.items()]
    shuffled = [(other, one, weight) for one, other, weight in dice.sample(once, len(once))]
    assert clustered(ROWS, once, -5).labels == clustered(ROWS, shuffled, -5).labels


@given(PAIRS, st.floats(-12, -1))
@settings(deadline=None)
def test_rows_are_joined_by_evidence_only(pairs: Pairs, prior: float) -> None:
    found = clustered(ROWS, pairs, prior)
    for group in groups(found.labels):
        inside = [weight for one, other, weight in pairs if one in group and other in group and one != other]
        assert len(group) == 1 or max(inside) + prior > 0


def test_a_bridge_does_not_join_two_people() -> None:
    first, second = range(4), range(4, 8)
    pairs = [(a, b, 20.0) for group in (first, second) for a, b in itertools.combinations(group, 2)]
    joined = clustered(8, [*pairs, (3, 4, 20.0)], -8)
    assert groups(joined.labels) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_a_chain_of_weak_pairs_is_not_one_person() -> None:
    chain = [(row, row + 1, 9.0) for row in range(99)]
    found = clustered(100, chain, -8)
    assert max(histogram(found.labels)) <= 3


def test_a_missed_pair_does_not_part_a_person() -> None:
    pairs = [(a, b, 18.0) for a, b in itertools.combinations(range(5), 2) if (a, b) != (0, 4)]
    assert clustered(5, pairs, -8).labels == [0] * 5


def test_vetoes_are_counted() -> None:
    pairs = [(0, 1, 20.0), (1, 2, 20.0), (0, 2, 20.0)]
    found = clustered(3, pairs, -8, Constraints(unique=((0, -1, 1),)))
    assert len(set(found.labels)) == 2
    assert found.vetoed > 0


@given(PAIRS, st.floats(-12, -1))
@settings(deadline=None)
def test_arrays_give_what_lists_give(pairs: Pairs, prior: float) -> None:
    unique = {(min(one, other), max(one, other)): weight for one, other, weight in pairs if one != other}
    once = [(one, other, weight) for (one, other), weight in unique.items()]
    left, right = (np.array([pair[at] for pair in once], dtype=np.int64) for at in (0, 1))
    evidence = np.array([pair[2] for pair in once], dtype=np.float64)
    arrays = clustered_arrays(ROWS, left, right, evidence, prior, Constraints())
    for group in groups(arrays.labels):
        assert len(group) == 1 or any(e + prior > 0 for o, t, e in once if o in group and t in group)


# The figures.


@given(st.lists(st.integers(0, 4), min_size=1, max_size=20), st.data())
def test_figures_are_those_of_all_pairs(truth: list[int], data: st.DataObject) -> None:
    clusters = data.draw(st.lists(st.integers(0, 4), min_size=len(truth), max_size=len(truth)))
    pairs = list(itertools.combinations(range(len(truth)), 2))
    found = {pair for pair in pairs if clusters[pair[0]] == clusters[pair[1]]}
    true = {pair for pair in pairs if truth[pair[0]] == truth[pair[1]]}
    got = quality(clusters, truth)
    assert (got.found_pairs, got.true_pairs, got.correct_pairs) == (len(found), len(true), len(found & true))
    assert got.precision == pytest.approx(len(found & true) / len(found) if found else 1, abs=1e-6)
    assert got.recall == pytest.approx(len(found & true) / len(true) if true else 1, abs=1e-6)


def test_b_cubed_of_the_known_example() -> None:
    # Amigó et al. 2009: three of one kind and one other in a cluster, the fourth of the kind alone.
    got = quality([0, 0, 0, 0, 1], ["a", "a", "a", "b", "a"])
    assert got.b3_precision == pytest.approx((3 * 0.75 + 0.25 + 1) / 5, abs=1e-6)
    assert got.b3_recall == pytest.approx((3 * 0.75 + 1 + 0.25) / 5, abs=1e-6)
    assert quality([0, 1], [None, None]).rows == 0

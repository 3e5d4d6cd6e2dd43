"""The narrowest policy wins, value by value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains.catalog import Variant
from mainstem.domains.inventory.rules.policies import Policy, PolicySet, Scope, ScopedPolicy, prefixes

pytestmark = pytest.mark.unit

CATEGORIES = ["", "A", "A/B", "A/B/C", "AB", "A/Bee"]
NODES = [1, 2]
CHANNELS = [8, 9]

values = st.none() | st.integers(0, 5)
subjects = st.tuples(st.sampled_from([100, 101]), st.none()) | st.tuples(
    st.none(), st.none() | st.sampled_from(CATEGORIES[1:])
)
scopes: st.SearchStrategy[Scope] = st.builds(
    lambda subject, node, channel: (*subject, node, channel),
    subjects,
    st.none() | st.sampled_from(NODES),
    st.none() | st.sampled_from(CHANNELS),
)
policies = st.lists(
    st.builds(ScopedPolicy, scope=scopes, safety=values, buffer=values, low=values),
    max_size=12,
    unique_by=lambda policy: policy.scope,
)
variants = st.builds(
    Variant,
    id=st.sampled_from([100, 101, 102]),
    sku=st.just("x"),
    unit=st.just("pc"),
    category=st.sampled_from(CATEGORIES),
    placeholder=st.booleans(),
)

different_variants = st.lists(variants, min_size=1, max_size=3, unique_by=lambda variant: variant.id)


def matches(policy: ScopedPolicy, variant: Variant, node: int, channel: int | None) -> bool:
    asked, category, place, medium = policy.scope
    inside = category is None or f"{variant.category}/".startswith(f"{category}/")
    return asked in (None, variant.id) and inside and place in (None, node) and medium in (None, channel)


def rank(policy: ScopedPolicy) -> tuple[bool, int, bool, bool]:
    variant, category, node, channel = policy.scope
    return variant is not None, len(category or ""), node is not None, channel is not None


def naive(given_: list[ScopedPolicy], variant: Variant, node: int, channel: int | None) -> Policy:
    """Sort all that match, narrowest first, and take the first value that is set."""
    fitting = sorted((p for p in given_ if matches(p, variant, node, channel)), key=rank, reverse=True)

    def first(name: str) -> int | None:
        return next((v for p in fitting if (v := getattr(p, name)) is not None), None)

    return Policy(safety=first("safety") or 0, buffer=first("buffer") or 0, low=first("low"))


@given(
    policies,
    different_variants,
    st.none() | st.sampled_from(CHANNELS),
)
def test_the_narrowest_scope_wins_for_each_value(
    given_: list[ScopedPolicy], asked: list[Variant], channel: int | None
) -> None:
    policy_set = PolicySet(given_)

    for variant in asked:
        for node in NODES:
            expected = naive(given_, variant, node, channel)
            assert policy_set.effective(variant, node, channel) == expected
            assert policy_set.keep(variant, node, channel) == expected.safety + expected.buffer
    assert policy_set.has_low == any(policy.low is not None for policy in given_)


@given(policies, different_variants, st.none() | st.sampled_from(CHANNELS))
def test_columns_of_many_pairs_are_what_each_pair_has(
    given_: list[ScopedPolicy], asked: list[Variant], channel: int | None
) -> None:
    nodes = [2, 3, 1]

    safety, buffer = PolicySet(given_).kept(asked, nodes, channel)

    expected = [naive(given_, variant, node, channel) for variant in asked for node in nodes]
    assert safety.ravel().tolist() == [policy.safety for policy in expected]
    assert buffer.ravel().tolist() == [policy.buffer for policy in expected]


def test_prefixes_are_whole_steps_of_the_path() -> None:
    assert prefixes("Dairy/Milk/Whole") == ("Dairy/Milk/Whole", "Dairy/Milk", "Dairy")
    assert prefixes("") == ()


def test_no_policy_keeps_nothing() -> None:
    variant = Variant(id=1, sku="x", unit="pc", category="A", placeholder=False)

    assert not PolicySet(())
    assert PolicySet(()).keep(variant, 1, None) == 0
    assert PolicySet(()).effective(variant, 1, None) == Policy(safety=0, buffer=0, low=None)

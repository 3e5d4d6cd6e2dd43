"""Transfers, counts, low stock and checks, decided purely."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains.catalog import Node, Variant
from mainstem.domains.inventory.contracts import COUNT_VARIANCE, SUPPLIER, StockLine
from mainstem.domains.inventory.rules import checks
from mainstem.domains.inventory.rules.counts import Variances
from mainstem.domains.inventory.rules.low_stock import free_before, low_crossings
from mainstem.domains.inventory.rules.policies import PolicySet, ScopedPolicy
from mainstem.domains.inventory.rules.transfers import TransferState, receive
from mainstem.kernel.refusals import Refusal
from mainstem.ledger import Book, Group, Transfer
from mainstem.ledger.rules import Balance

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B = (Variant(id=n, sku=f"sku{n}", unit="pc", category="", placeholder=False) for n in (1, 2))
STORE = Node(id=10, code="store", kind="store", time_zone="UTC", transit=11)


def book(**posted: int) -> Book:
    return Book({(int(asset[1:]), 10): Balance(quantity, known=True) for asset, quantity in posted.items()})


@given(
    st.dictionaries(st.sampled_from([1, 2]), st.integers(1, 9), min_size=2),
    st.lists(
        st.tuples(st.lists(st.tuples(st.sampled_from([A, B]), st.integers(0, 9)), max_size=4), st.booleans()),
        max_size=5,
    ),
)
def test_a_transfer_loses_nothing_whatever_arrives_and_however_often(
    sent: dict[int, int], receipts: list[tuple[checks.Lines, bool]]
) -> None:
    state = TransferState(5, 9, 10, open=True, sent=dict(sent), received=dict.fromkeys(sent, 0))
    transit, store, variance = dict(sent), dict.fromkeys(sent, 0), dict.fromkeys(sent, 0)
    for lines, final in receipts:
        receipt = receive(state, lines, STORE, final=final)
        flows = {11: transit, 10: store, COUNT_VARIANCE: variance}
        for step in receipt.steps:
            flows[step.source][step.asset] -= step.quantity
            flows[step.target][step.asset] += step.quantity
        for variant, quantity in sent.items():
            assert transit[variant] >= 0
            assert transit[variant] + store[variant] + variance[variant] == quantity
        if final:
            assert not state.open
        if not state.open:
            assert not any(transit.values())
    for variant in sent:
        arrived = sum(quantity for lines, _ in receipts for item, quantity in lines if item.id == variant)
        assert store[variant] == arrived == state.received[variant]


def test_over_and_short_are_told_apart() -> None:
    state = TransferState(5, 9, 10, open=True, sent={1: 5, 2: 5}, received={1: 0, 2: 0})

    receipt = receive(state, [(A, 4), (A, 3), (B, 1)], STORE, final=True)

    assert receipt.over == {1: 2}
    assert receipt.short == {2: 4}


def test_a_late_count_is_compared_with_the_moment_it_was_made() -> None:
    hour = timedelta(hours=1)
    variances = Variances(book(a1=7), {(1, 10, NOW): 0, (1, 10, NOW - hour): -3})

    assert variances.of(1, 10, 7, NOW) == 0
    # 10 were there an hour ago, and 3 left since.
    assert variances.of(1, 10, 10, NOW - hour) == 0
    assert variances.of(1, 10, 9, NOW - hour) == -1


def test_a_count_sees_what_a_count_before_it_in_the_batch_posted() -> None:
    held = book(a1=7)
    hour = timedelta(hours=1)
    variances = Variances(held, {(1, 10, NOW): 0, (1, 10, NOW - hour): 0})
    held.balances[1, 10].posted += 2
    variances.post(1, 10, 2, NOW)

    assert variances.of(1, 10, 9, NOW) == 0
    assert variances.of(1, 10, 7, NOW - hour) == 0, "what was posted for later is not yet there"


LOW_AT_5 = PolicySet([ScopedPolicy((None, None, None, None), None, None, 5)])


@pytest.mark.parametrize(
    ("before", "change", "told"),
    [
        (6, -1, [5]),
        (9, -9, [0]),
        (7, -1, []),
        (5, -1, []),
        (6, +1, []),
        (5, +1, []),
    ],
)
def test_low_is_told_when_the_level_is_crossed_downwards(before: int, change: int, told: list[int]) -> None:
    held = book(a1=before)
    was = free_before(LOW_AT_5, held)
    source, target = (SUPPLIER, 10) if change > 0 else (10, SUPPLIER)
    held.decide(Group((Transfer(1, source, target, abs(change)),), "test", 1, NOW))

    assert [low.free for low in low_crossings(LOW_AT_5, was, held, [A], [STORE])] == told


def test_without_a_level_nothing_is_looked_at() -> None:
    policies = PolicySet([ScopedPolicy((None, None, None, None), 1, 1, None)])

    assert free_before(policies, book(a1=6)) == {}
    assert low_crossings(policies, {}, book(a1=6), [A], [STORE]) == []


def test_a_moment_is_taken_in_utc() -> None:
    shanghai = timezone(timedelta(hours=8))
    given_ = datetime(2026, 3, 1, 7, tzinfo=shanghai)

    moment = checks.moment_of_fact(given_, NOW)

    assert isinstance(moment, datetime)
    assert moment == given_
    assert (moment.month, moment.tzinfo) == (2, UTC)


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (datetime(1999, 12, 31, tzinfo=UTC), "clock_skew"),
        (NOW + timedelta(minutes=6), "clock_skew"),
        (NOW.replace(tzinfo=None), "no_time_zone"),
    ],
)
def test_a_wrong_clock_is_refused(moment: datetime, code: str) -> None:
    answer = checks.moment_of_fact(moment, NOW)

    assert isinstance(answer, Refusal)
    assert (answer.code, answer.where) == (code, "/occurred_at")


def test_a_clock_a_little_ahead_is_believed() -> None:
    ahead = NOW + timedelta(minutes=5)

    assert checks.moment_of_fact(ahead, NOW) == ahead
    assert checks.moment_of_fact(None, NOW) == NOW


@pytest.mark.parametrize(
    ("line", "where", "code"),
    [
        (StockLine("sku9", 1), "/lines/1/sku", "unknown_sku"),
        (StockLine("sku1", 1, "kg"), "/lines/1/unit", "wrong_unit"),
        (StockLine("sku1", 0), "/lines/1/quantity", "bad_quantity"),
        (StockLine("sku1", -1), "/lines/1/quantity", "bad_quantity"),
        (StockLine("sku1", 10**9 + 1), "/lines/1/quantity", "bad_quantity"),
    ],
)
def test_the_line_that_is_wrong_is_named(line: StockLine, where: str, code: str) -> None:
    answer = checks.resolve((StockLine("sku1", 1, "pc"), line), {"sku1": A}, least=1)

    assert isinstance(answer, Refusal)
    assert (answer.code, answer.where) == (code, where)


def test_between_the_signs_zero_is_no_change() -> None:
    answer = checks.resolve((StockLine("sku1", 0),), {"sku1": A}, least=-5, most=5)

    assert isinstance(answer, Refusal)
    assert answer.code == "bad_quantity"
    assert checks.resolve((StockLine("sku1", 0),), {"sku1": A}, least=0) == [(A, 0)]


def test_the_number_of_lines_is_bounded() -> None:
    none = checks.resolve((), {"sku1": A}, least=1)
    many = checks.resolve((StockLine("sku1", 1),) * 10_001, {"sku1": A}, least=1)

    assert isinstance(none, Refusal)
    assert none.code == "no_lines"
    assert isinstance(many, Refusal)
    assert many.code == "too_many_lines"
    assert len(checks.resolve((StockLine("sku1", 1),) * 10_000, {"sku1": A}, least=1)) == 10_000  # type: ignore[arg-type]

"""Shares of money: whatever is cancelled or returned, in whatever parts and order, the parts add up to the whole."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains.orders import Line, Order, rules
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.kernel.quantity import QUANTITY_MAX

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 5, tzinfo=UTC)
LINES = st.lists(
    st.tuples(st.integers(1, 7) | st.integers(1, QUANTITY_MAX), st.integers(0, 50) | st.integers(0, AMOUNT_MINOR_MAX)),
    min_size=1,
    max_size=4,
)


def shipped(lines: list[tuple[int, int]], tax: int, out: float) -> Order:
    """An order of (quantity, amount) of which a share is out."""
    made = [
        Line(position, position, quantity, None, 0, amount, position, shipped=int(quantity * out))
        for position, (quantity, amount) in enumerate(lines, 1)
    ]
    total = sum(amount for _, amount in lines) + tax
    state = "allocated" if not any(line.shipped for line in made) else "part_shipped"
    if not any(line.open for line in made):
        state = "shipped"
    fields = {"channel": 1, "node": 1, "kind": "order", "state": state, "currency": "CNY", "total_minor": total}
    return Order(1, **fields, added_tax_minor=tax, occurred_at=NOW, lines=made, undelivered=1)  # type: ignore[arg-type]


@given(
    lines=LINES,
    tax=st.integers(0, 999) | st.integers(0, AMOUNT_MINOR_MAX),
    out=st.sampled_from((0.0, 0.5, 1.0)),
    steps=st.lists(st.tuples(st.integers(0, 3), st.floats(0.01, 1.0)), max_size=8),
)
def test_giving_back_everything_leaves_nothing_due(
    lines: list[tuple[int, int]], tax: int, out: float, steps: list[tuple[int, float]]
) -> None:
    order = shipped(lines, tax, out)
    back = 0
    rest = [(number, 1.0) for number in range(len(lines))] * 2
    for number, part in [*steps, *rest]:
        line = order.lines[number % len(lines) + 1]
        kind = "cancel" if line.open else "return" if line.out else ""
        if not kind:
            continue
        left = line.open or line.out
        picked = [(line, max(1, int(left * part)))]
        if kind == "cancel":
            less = rules.cancel(order, picked)
        else:
            less, parts = rules.take_back(order, picked)
            assert sum(parts) <= less, "the lines' part of a refund; the rest is tax"
        assert less >= 0
        back += less
        assert order.due_minor == order.total_minor - back
    assert order.due_minor == 0
    assert order.state in {"cancelled", "returned"}


@given(amount=st.integers(0, AMOUNT_MINOR_MAX), whole=st.integers(1, QUANTITY_MAX), part=st.integers(0, QUANTITY_MAX))
def test_a_share_is_never_more_than_its_part(amount: int, whole: int, part: int) -> None:
    part = min(part, whole)
    share = rules.share(amount, part, whole)
    assert share * whole <= amount * part < (share + 1) * whole
    assert rules.share(amount, whole, whole) == amount


@pytest.mark.parametrize(
    ("paid", "due", "expected"),
    [
        (0, 0, "paid"),
        (0, 1, "unpaid"),
        (-1, 1, "unpaid"),
        (1, 2, "part_paid"),
        (2, 2, "paid"),
        (3, 2, "refund_due"),
        (1, 0, "refund_due"),
    ],
)
def test_payment(paid: int, due: int, expected: str) -> None:
    assert rules.payment_state(paid, due) == expected

"""Which commands are drawn: mostly sensible ones, and some of every kind that must be refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st

from mainstem.domains import inventory, orders
from tests.stateful.faults import Fault
from tests.stateful.house import GHOSTS, NODES, SKUS

PAST = [datetime.now(UTC).replace(microsecond=0) - timedelta(days=days) for days in range(1, 6)]

KNOWN = st.sampled_from(sorted(SKUS))
ANY = st.sampled_from([*sorted(SKUS) * 6, *sorted(GHOSTS)])
NODE = st.sampled_from(NODES)
MANY = st.integers(1, 9)
PICK = st.integers(0, 99)
WHEN = st.none() | st.sampled_from(PAST)
MONEY = st.integers(0, 400)


def goods(skus: st.SearchStrategy[str], quantities: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    line = st.builds(inventory.StockLine, skus, quantities)
    return st.lists(line, min_size=1, max_size=3).map(tuple)


def batch(command: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(command, min_size=1, max_size=4)


PART = st.builds(orders.LineQuantity, st.integers(1, 2), st.integers(1, 2))
WILD = st.lists(st.builds(orders.LineQuantity, st.integers(1, 3), st.integers(0, 4)), max_size=3).map(tuple)
PARTS = st.just(()) | PART.map(lambda part: (part,)) | PART.map(lambda part: (part,)) | WILD
TAXES = st.sampled_from(((), (orders.TaxLine("VAT", 7),), (orders.TaxLine("sales tax", 13, included=False),)))
SENSIBLE_LINE = st.builds(
    orders.OrderLine,
    KNOWN,
    st.integers(1, 3),
    unit_price_minor=st.integers(0, 300),
    discounts=st.just(()) | st.just((orders.Discount("coupon", 0),)),
)
WILD_LINE = st.builds(
    orders.OrderLine,
    ANY,
    st.integers(1, 5),
    unit_price_minor=st.none() | st.integers(0, 300),
    discounts=st.just(()) | MONEY.map(lambda amount: (orders.Discount("promotion", amount),)),
)
TENDERS = st.just(()) | st.just(()) | MONEY.map(lambda amount: (orders.Tender("card", amount),))
SENSIBLE_PLACINGS = st.builds(
    orders.PlaceOrder,
    channel=st.sampled_from(("web", "web", "app")),
    lines=st.lists(SENSIBLE_LINE, min_size=1, max_size=3).map(tuple),
    node=st.none() | NODE,
    tenders=TENDERS,
    taxes=TAXES,
)
PLACINGS = SENSIBLE_PLACINGS | st.builds(
    orders.PlaceOrder,
    channel=st.sampled_from(["web"] * 5 + ["app", "till", "nowhere"]),
    lines=st.lists(WILD_LINE, min_size=1, max_size=3).map(tuple),
    node=st.sampled_from([None] * 4 + [*NODES, "moon"]),
    tenders=TENDERS,
    taxes=TAXES,
)
SALES = st.builds(
    orders.RecordSale,
    channel=st.just("till"),
    node=st.sampled_from([*NODES * 3, "moon"]),
    external_id=st.integers(1, 12).map(lambda number: f"S{number}"),
    occurred_at=st.sampled_from(PAST),
    lines=st.lists(
        st.builds(
            orders.SaleLine,
            ANY,
            st.integers(0, 4) | st.just(101),
            MONEY,
            unit=st.none() | st.none() | st.just("kg"),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    tenders=st.just(()) | MONEY.map(lambda amount: (orders.Tender("cash", amount),)),
    taxes=TAXES,
)
VERBS = st.sampled_from(("pay", "allocate", "ship", "ship", "ship", "deliver", "cancel", "return", "return"))
WALK = st.lists(st.tuples(VERBS, PARTS, NODE, MONEY), min_size=2, max_size=8)
FAULTS = st.builds(
    Fault, st.sampled_from(("statement", "commit", "acknowledgement", "killed", "killed_at_commit")), st.integers(0, 14)
)

"""The evaluator of conditions against plain Python, over a crowd whose traits both compute from the same facts."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.domains import customers
from mainstem.domains.customers.segments.compile import Scope
from mainstem.domains.customers.segments.membership import fitting
from mainstem.domains.customers.segments.queries import ratio
from mainstem.kernel.refusals import RefusedError
from mainstem.platform.execution import Executor
from mainstem.platform.query import ask
from tests.unit.crowd import CHANNELS, NODES, Crowd, person, settle
from tests.unit.customers_reference import fits, traits_of

pytestmark = pytest.mark.anyio

CROWD = 120
TODAY = datetime.now(UTC).date()
COMPARED = ("=", "!=", "<", "<=", ">", ">=")


@pytest.fixture
async def crowd(executor: Executor) -> Crowd:
    draw = random.Random(11)
    found = Crowd(person(draw, number, TODAY) for number in range(1, CROWD + 1))
    await settle(executor, found)
    return found


NUMBERS = {
    "orders_total": (0, 1, 2, 8),
    "orders_30d": (0, 1),
    "orders_90d": (0, 2),
    "orders_before_90d": (0, 1),
    "orders_before_365d": (0, 2),
    "visits_365d": (1, 3),
    "spend_total": (0, 2_000, 50_000),
    "spend_365d": (1, 10_000),
    "average_basket": (300, 2_000),
    "largest_basket": (2_000, 4_000),
    "discount_share": (0, 5, 20),
    "discounted_share": (0, 50, 100),
    "returns_share": (0, 10),
    "cancelled_orders": (0, 1),
    "channels_used": (1, 2),
    "stores_used": (1, 2),
    "weekend_share": (0, 30, 100),
    "evening_share": (0, 50),
    "night_share": (0, 1),
    "order_trend": (50, 100),
    "lateness": (100, 200),
    "days_since_purchase": (3, 30, 100),
    "days_since_seen": (0, 5, 100),
    "tenure_days": (30, 365),
    "top_category_share": (50, 100),
    "categories_used": (1, 3),
    "age": (18, 40),
    "months_to_birthday": (0, 6),
    "price_sensitivity": (40, 60),
    "records": (1, 2),
}
TEXTS = {
    "currency": ("CNY", "HKD"),
    "favourite_channel": tuple(CHANNELS)[:3],
    "favourite_store": NODES[:2],
    "favourite_size": ("M", "L"),
    "top_category": ("Dairy", "Tea", "Wear"),
    "gender": ("female", "male"),
    "city": ("上海", "Lyon"),
}
MAPS = {
    "spend_by_channel": (("till", "web"), (0, 1_000, 20_000)),
    "orders_by_channel_kind": (("till", "social"), (1, 3)),
    "spend_by_category": (("Dairy", "Tea"), (0, 2_000)),
    "orders_by_category": (("Dairy", "Wear"), (1, 2)),
}


def _from(**parts: Any) -> st.SearchStrategy[dict[str, Any]]:  # noqa: ANN401 - strategies
    return st.fixed_dictionaries(parts)


def _of(name: str, values: tuple[Any, ...], ops: tuple[str, ...] = COMPARED) -> st.SearchStrategy[dict[str, Any]]:
    one = _from(trait=st.just(name), op=st.sampled_from(ops), value=st.sampled_from(values))
    several = _from(trait=st.just(name), op=st.just("in"), value=st.just(list(values)))
    return one | several | _from(trait=st.just(name), op=st.sampled_from(["known", "unknown"]))


def _of_map(name: str, keys: tuple[str, ...], values: tuple[int, ...]) -> st.SearchStrategy[dict[str, Any]]:
    key = st.sampled_from(keys)
    one = _from(trait=st.just(name), key=key, op=st.sampled_from(COMPARED), value=st.sampled_from(values))
    return one | _from(trait=st.just(name), key=key, op=st.sampled_from(["known", "unknown"]))


LEAVES = st.one_of(
    *(_of(name, values) for name, values in NUMBERS.items()),
    *(_of(name, values, ("=", "!=")) for name, values in TEXTS.items()),
    *(_of_map(name, *more) for name, more in MAPS.items()),
    _of("last_purchase", (TODAY.isoformat(), "2026-01-01")),
    _from(trait=st.just("is_company"), op=st.sampled_from(["=", "!="]), value=st.booleans()),
    _from(trait=st.just("has_phone"), op=st.sampled_from(["=", "!="]), value=st.booleans()),
    _from(tag=st.sampled_from(["friend", "tall", "nobody"])),
    _from(consent=st.just("marketing"), channel=st.sampled_from(["sms", "wechat"])),
    _from(consent=st.sampled_from(["analytics", "personalisation"])),
    _from(
        bought=st.fixed_dictionaries(
            {},
            optional={
                "category": st.sampled_from(["Dairy", "Dairy/Milk", "Wear", "We_r", "Toys"]),
                "channel": st.sampled_from(["till", "web"]),
                "node": st.sampled_from(NODES),
            },
        ),
        days=st.sampled_from([1, 30, 100, 400]),
        op=st.sampled_from(COMPARED),
        value=st.integers(0, 3),
    ),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: (
        _from(all=st.lists(inner, min_size=1, max_size=3))
        | _from(any=st.lists(inner, min_size=1, max_size=3))
        | inner.map(lambda part: {"not": part})
    ),
    max_leaves=4,
)


@given(conditions=st.lists(CONDITIONS, min_size=4, max_size=4))
@settings(max_examples=30)
async def test_sql_and_python_agree(executor: Executor, crowd: Crowd, conditions: list[dict[str, Any]]) -> None:
    read = {n: customers.read_condition(one, customers.tag_conditions()) for n, one in enumerate(conditions)}
    facts = {one.id: traits_of(one, TODAY) for one in crowd}
    expected = {
        (number, one.id)
        for number, condition in enumerate(conditions)
        for one in crowd
        if fits(condition, one, facts[one.id], TODAY)
    }

    async with executor.database.snapshot() as connection:
        everybody = await fitting(connection, read, Scope.everybody(), TODAY)
        some = [one.id for one in crowd[::3]]
        these = await fitting(connection, read, Scope.these(some), TODAY)
        count = await customers.count_customers(connection, read[0], TODAY)

    assert everybody == expected
    assert these == {(number, customer) for number, customer in expected if customer in set(some)}
    assert (count.customers, count.exact) == (sum(1 for number, _ in expected if number == 0), True)


async def test_each_trait_is_what_python_makes_of_the_same_facts(executor: Executor, crowd: Crowd) -> None:
    async with executor.database.snapshot() as connection:
        for one in crowd:
            (found,) = await ask(connection, customers.traits_of(one.records[-1], TODAY))
            assert found is not None
            for name, value in traits_of(one, TODAY).items():
                assert (found[name] or (None if value is None else found[name])) == (None if value == {} else value), (
                    one.id,
                    name,
                )


TRAIT = {"trait": "orders_total", "op": ">=", "value": 1}


@pytest.mark.parametrize(
    ("condition", "code", "where"),
    [
        ([], "condition_malformed", ""),
        ({}, "condition_malformed", ""),
        ({"all": []}, "condition_malformed", "/all"),
        ({"any": {}}, "condition_malformed", "/any"),
        ({"all": [TRAIT], "any": [TRAIT]}, "condition_malformed", ""),
        ({"all": [TRAIT, {"not": 3}]}, "condition_malformed", "/all/1/not"),
        ({"trait": "order_total", "op": "=", "value": 1}, "unknown_trait", "/trait"),
        ({"trait": 7}, "condition_malformed", "/trait"),
        ({"trait": "gender", "op": "<", "value": "a"}, "bad_operator", "/op"),
        ({"trait": "orders_total", "op": "drop table", "value": 1}, "bad_operator", "/op"),
        ({"trait": "orders_total", "op": "=", "value": True}, "bad_value", "/value"),
        ({"trait": "orders_total", "op": "=", "value": 1.5}, "bad_value", "/value"),
        ({"trait": "orders_total", "op": "=", "value": 2**63}, "bad_value", "/value"),
        ({"trait": "orders_total", "op": "in", "value": [1, "2"]}, "bad_value", "/value/1"),
        ({"trait": "orders_total", "op": "in", "value": []}, "condition_malformed", "/value"),
        ({"trait": "orders_total", "op": "="}, "condition_malformed", ""),
        ({"trait": "orders_total", "op": "known", "value": 1}, "condition_malformed", ""),
        ({"trait": "last_purchase", "op": ">", "value": "2026-02-30"}, "bad_value", "/value"),
        ({"trait": "gender", "op": "=", "value": "a\0"}, "bad_value", "/value"),
        ({"trait": "has_phone", "op": "=", "value": 1}, "bad_value", "/value"),
        ({"trait": "spend_by_channel", "op": "=", "value": 1}, "key_needed", ""),
        ({"trait": "gender", "key": "x", "op": "=", "value": "a"}, "no_key", "/key"),
        ({"tag": "No Such Tag"}, "unknown_tag", "/tag"),
        ({"tag": ""}, "condition_malformed", "/tag"),
        ({"bought": {}, "days": 0}, "bad_value", "/days"),
        ({"bought": {"sku": "x"}, "days": 3}, "condition_malformed", "/bought"),
        ({"bought": [], "days": 3}, "condition_malformed", "/bought"),
        ({"bought": {}, "days": 3, "op": "in"}, "bad_operator", "/op"),
        ({"consent": "spam"}, "unknown_consent", "/consent"),
        ({"consent": "marketing", "channel": "fax"}, "unknown_consent", "/channel"),
        ({"consent": "analytics", "channel": "sms"}, "no_key", "/channel"),
        ({"all": [TRAIT] * 101}, "condition_too_large", ""),
    ],
)
def test_a_condition_is_refused_with_what_and_where(condition: object, code: str, where: str) -> None:
    with pytest.raises(RefusedError) as caught:
        customers.read_condition(condition, customers.tag_conditions())

    refusal = caught.value.refusal
    assert (refusal.code, refusal.where) == (code, f"/condition{where}")
    assert refusal.message()
    assert refusal.remedy()


def test_depth_is_limited() -> None:
    condition: dict[str, Any] = TRAIT
    for _ in range(2_000):
        condition = {"not": condition}

    with pytest.raises(RefusedError) as caught:
        customers.read_condition(condition, customers.tag_conditions())

    assert caught.value.refusal.code == "condition_too_large"


def test_an_estimate_errs_as_it_says() -> None:
    """Pages of 50 customers each, alike within a page: the error covers the truth about 19 times of 20."""
    draw = random.Random(2)
    pages = [[draw.random() < p for _ in range(50)] for p in (draw.betavariate(2, 6) for _ in range(4_000))]
    truth = sum(map(sum, pages)) / 200_000
    covered = 0
    for _ in range(400):
        some = [(sum(page), len(page)) for page in draw.sample(pages, 100)]
        share, error = ratio(
            len(some),
            sum(fits for fits, _ in some),
            sum(size for _, size in some),
            sum(fits * fits for fits, _ in some),
            sum(fits * size for fits, size in some),
            sum(size * size for _, size in some),
        )
        covered += abs(share - truth) <= 1.96 * error

    assert 0.91 <= covered / 400 <= 0.985

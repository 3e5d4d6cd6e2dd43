"""Looking a SKU up."""

import pytest

from mainstem.console.quantities import steps_of, typed
from tests.console.conftest import Place
from tests.console.store_floor import MILK, order, stock_up, transfer

pytestmark = pytest.mark.anyio


async def test_a_scan_shows_what_is_here_what_it_costs_and_who_nearby_has_it(place: Place) -> None:
    await stock_up(place)
    await order(place)
    await transfer(place)
    associate = await place.visitor("store_associate", "S1")

    page = await associate.get(f"/store/lookup?q={MILK.lstrip('0')}")

    shown = " ".join(page.text.partition("scan-feedback")[2].split())
    assert "CN¥12.90" in shown
    assert '<strong>18</strong><span class="text-secondary">can be promised' in shown
    assert '<strong>20</strong><span class="text-secondary">on hand here' in shown
    assert '<strong>2</strong><span class="text-secondary">held for orders' in shown
    assert "6 on the way here" in shown
    assert "Store S2" in shown
    assert "2.8 km away" in shown


async def test_a_price_of_this_store_is_the_one_shown(place: Place) -> None:
    await stock_up(place)
    await place.api("POST", "/v1/prices", {"sku": "M1", "currency": "CNY", "amount_minor": 990, "node": "S2"})

    shown = [
        (await (await place.visitor("store_associate", node)).get("/store/lookup?q=M1")).text for node in ("S1", "S2")
    ]

    assert ["CN¥12.90" in text for text in shown] == [True, False]
    assert ["CN¥9.90" in text for text in shown] == [False, True]


async def test_the_beginning_of_a_name_is_enough_and_nothing_found_is_said(place: Place) -> None:
    await stock_up(place)
    associate = await place.visitor("store_associate", "S1")

    assert "/store/lookup?q=M3" in (await associate.get("/store/lookup?q=appl")).text
    assert "Nothing is found" in (await associate.get("/store/lookup?q=zzz")).text


@pytest.mark.parametrize(
    ("text", "unit", "steps"),
    [
        ("", "pc", 0),
        ("3", "pc", 3),
        ("1.5", "pc", None),
        ("1.25", "kg", 1250),
        ("0.0001", "kg", None),
        ("-1", "pc", None),
        ("NaN", "kg", None),
        ("1e99", "pc", None),
        ("many", "pc", None),
    ],
)
def test_what_is_typed_is_read_exactly(text: str, unit: str, steps: int | None) -> None:
    assert steps_of(text, unit) == steps
    if steps:
        assert steps_of(typed(steps, unit), unit) == steps


async def test_odd_addresses_find_nothing_and_break_nothing(place: Place) -> None:
    associate = await place.visitor("store_associate", "S1")

    for path in ("orders", "receive", "return"):
        assert (await associate.get(f"/store/{path}/{2**70}")).status_code == 404
    for path in ("/store/lookup?q=a%00b", "/store/return?q=a%00b", "/store/count?sku=a%00b"):
        assert (await associate.get(path)).status_code == 200

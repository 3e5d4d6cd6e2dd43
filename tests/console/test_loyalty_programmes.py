"""Programmes in the console: the form loses nothing, shows what a purchase earns, and says what is wrong where."""

import csv
from typing import Any

import msgspec
import pytest

from mainstem.console.loyalty.programme_fields import closed_up, field_of, fields_of, rows_of
from mainstem.console.loyalty.programme_reading import Reader
from mainstem.console.loyalty.stairs import Rise, stairs
from mainstem.domains import loyalty
from mainstem.platform.query import ask
from tests.console.conftest import Place
from tests.console.loyalty_club import club, done, form_at, member, sent
from tests.console.orders_forms import told
from tests.unit.loyalty_club import FORM

pytestmark = pytest.mark.anyio

WHOLE: dict[str, Any] = FORM | {
    "net_of_tax": True,
    "pending_days": 14,
    "rounding": "half_up",
    "life": {"months": 24, "ends": "quarter"},
    "birthday": {"benefit": "gift", "days": 30},
    "rules": [
        *FORM["rules"],
        {
            "code": "milk",
            "name": {"en": "Milk", "zh": "牛奶"},
            "gives": {
                "type": "times",
                "times": "2.5",
                "of": {"categories": ["Food/Milk"], "brands": ["A: B, C"], "exclude": {"skus": ["K1", "K2"]}},
            },
            "tiers": ["silver", "gold"],
            "channels": ["web"],
            "valid_from": "2026-11-01T00:00:00Z",
            "per_day_max": 200,
        },
        {"code": "each", "name": {"en": "Each"}, "gives": {"type": "item", "points": 3, "of": {"skus": ["K3"]}}},
    ],
}


class _Words:
    """A visitor who reads English."""

    def t(self, text: str) -> str:
        return text


async def kept(place: Place) -> loyalty.Kept:
    async with place.database.snapshot() as connection:
        (found,) = await ask(connection, loyalty.programmes())
    return found.by_code["club"]


async def test_a_programme_is_the_same_after_its_form() -> None:
    form = msgspec.convert(WHOLE, loyalty.Programme)
    fields = fields_of(form)
    assert Reader(_Words(), fields).programme() == form  # type: ignore[arg-type]
    moved = {name.replace("rule-0-", "rule-7-"): text for name, text in fields.items()}
    assert [row["code"] for row in rows_of(closed_up(moved), "rule")] == ["review", "milk", "each", "spend"]
    assert field_of("/rules/2/gives/of/skus") == "rule-2-of"
    assert field_of("/tiers/steps/1/at_least") == "tier-1-at"
    assert field_of("/points_name") == "points-en"


async def test_what_is_wrong_is_marked_where_it_was_typed() -> None:
    fields = fields_of(msgspec.convert(WHOLE, loyalty.Programme))
    wrong = {
        "rule-0-per": "a yuan",
        "rule-2-times": "NaN",
        "rule-2-of": "milk",
        "rule-2-from": "tomorrow",
        "rule-3-points": "",
        "tier-1-grants": "lounge two",
        "burn-share": "9" * 30,
        "life": "x",
    }
    reader = Reader(_Words(), fields | wrong)  # type: ignore[arg-type]
    assert reader.programme() is None
    assert set(reader.marks) == set(wrong)


async def test_it_is_made_changed_and_nothing_is_lost(place: Place) -> None:
    client = await place.visitor("marketer")
    typed = {
        "code": "club",
        "name__en": "Club",
        "rule__0__code": "spend",
        "rule__0__en": "Spend",
        "rule__0__points": "2",
        "rule__0__per": "1",
        "burn__points": "10",
        "burn__amount": "1",
    }
    draft = await sent(client, "/programmes/new", "/programmes/new", **(typed | {"rule__0__points": "two"}))
    assert draft.status_code == 422
    assert "This is no whole number." in told(draft)
    assert 'value="Spend"' in draft.text
    form = await form_at(client, "/programmes/new", "/programmes/new", **typed)
    shown = await client.post("/programmes/draft", data=form | {"amount": ["150"]})
    assert "No tier 300 Spend 300 CN¥30.00" in told(shown)
    for _ in range(2):
        assert (await client.post("/programmes/new", data=form)).status_code == 303
    assert (await kept(place)).revision == 1

    edit = "/programmes/club/edit"
    mine = await form_at(client, edit, name__en="Mine")
    theirs = await form_at(client, edit, name__en="Theirs")
    assert (await client.post(edit, data=theirs)).status_code == 303
    late = await client.post(edit, data=mine)
    assert (late.status_code, 'value="Mine"' in late.text) == (409, True)
    assert 'name="revision" value="2"' in late.text
    assert (await kept(place)).form.name.en == "Theirs"
    bad = await sent(client, edit, zone="Moon")
    assert (bad.status_code, "Moon is not possible here." in told(bad)) == (422, True)
    analyst = await place.visitor("analyst")
    assert (await analyst.get(edit)).status_code == 403
    assert "Theirs" in told(await analyst.get("/programmes"))
    page = told(await analyst.get("/programmes/club?amount=150"))
    assert "No tier 300 Spend 300 CN¥30.00" in page
    assert "Change the programme" not in page
    assert "This is no amount of the currency." in told(await analyst.get("/programmes/club?amount=much"))
    assert (await analyst.get("/programmes/none")).status_code == 404


async def test_stairs() -> None:
    rises = [Rise("silver", "Silver", 500, "500"), Rise("gold", "Gold", 2_000, "2,000")]
    assert stairs([]) is None
    picture = stairs(rises, "silver", 1_250)
    assert picture is not None
    assert picture.mark is not None
    low, high = picture.steps
    assert (low.held, high.held) == (True, False)
    assert low.height < high.height
    assert picture.mark[0] == low.x + low.width // 2
    for reached in (-5, 0, 499, 500, 2_000, 10**12):
        drawn = stairs(rises, None, reached)
        assert drawn is not None
        assert drawn.mark is not None
        assert 0 < drawn.mark[0] < drawn.width


async def test_the_liability_by_day_and_as_a_file(place: Place) -> None:
    client = await place.visitor("analyst")
    assert "No programmes yet" in told(await client.get("/liability"))
    await club(place)
    _, one = await member(place, points=860)
    await done(place, loyalty.REDEEM_REWARD, loyalty.RedeemReward(one, "tea"))

    page = await client.get("/liability?since=2020-01-01")
    assert "Outstanding 810 CN¥81.00" in told(page)
    assert page.text.count('data-chart="') == 2
    for query in ("measure=money", "since=x&until=9999-12-31", "programme=none", "until=0001-01-01"):
        assert (await client.get(f"/liability?{query}")).status_code == 200, query
    file = await client.get("/liability/download?programme=club")
    rows = list(csv.DictReader(file.content.decode("utf-8-sig").splitlines()))
    assert len(rows) == 14
    assert [rows[-1][name] for name in ("programme", "currency", "outstanding_points")] == ["club", "CNY", "810"]
    assert rows[0]["outstanding_points"] == "0"
    assert (await (await place.visitor("marketer")).get("/liability/download")).status_code == 403
    assert (await (await place.visitor("store_associate", "S1")).get("/liability")).status_code == 403

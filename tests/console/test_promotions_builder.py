"""The builder: every kind of promotion is typed and read again, refusals stand beside fields, a basket is tried."""

import msgspec
import pytest

from mainstem.domains import pricing
from tests.console.conftest import Place
from tests.console.promotions_forms import MILK, draft, faults, fields, opened, promote, told, written
from tests.console.test_promotions_words import CONDITIONED, REWARDED

pytestmark = pytest.mark.anyio


async def test_every_kind_goes_from_json_into_fields_and_back(place: Place) -> None:
    client = await place.visitor("administrator")
    empty = await opened(client, "/new/promotion")
    whole = {"when": [msgspec.to_builtins(one) for one, _, _ in CONDITIONED if "“x”" not in _]}
    for number, (reward, _, _) in enumerate(REWARDED):
        promotion = {"code": f"P{number}", "name": {"en": "N", "zh": "名"}, "currency": "CNY"}
        promotion |= {"reward": msgspec.to_builtins(reward), "stacking": {"group": "g", "layer": 3, "priority": 2}}
        if number == 0:
            promotion |= {"when": whole["when"][2:7] + whole["when"][9:-1]}
        asked = msgspec.convert(promotion, pricing.Promotion)
        pasted = await draft(client, empty | {"pasted": msgspec.json.encode(asked).decode()}, "paste")
        assert "This is not a promotion" not in pasted.text, told(pasted)
        again = await draft(client, fields(pasted, "/new/promotion"))
        assert written(again) is not None, (number, faults(again), told(again)[-1500:-800])
        assert msgspec.convert(written(again), pricing.Promotion) == asked, faults(again)


async def test_fields_come_and_go_and_nothing_typed_is_lost(place: Place) -> None:
    client = await place.visitor("administrator")
    form = await opened(client, "/new/promotion") | {"/code": "X", "/name/en": "Ex", "/reward/percent": "a lot"}
    form = fields(await draft(client, form, "add:/when"), "/new/promotion")
    form |= {"/when/0/type": "basket"}
    form = fields(await draft(client, form, "add:/when"), "/new/promotion")
    form |= {"/when/0/items_min": "2", "/when/1/type": "any", "pasted": "{half"}
    page = await draft(client, form, "add:/when/1/conditions")
    form = fields(page, "/new/promotion")
    assert (form["/when/0/items_min"], form["/when/1/conditions/0/type"]) == (["2"], ["channels"])
    assert (form["/reward/percent"], form["pasted"]) == (["a lot"], ["{half"])
    assert faults(page) == {"/reward/percent": "Type a percentage such as 20 or 12.5."}
    form = fields(await draft(client, form, "remove:/when/0"), "/new/promotion")
    assert form["/when/0/type"] == ["any"]
    assert form["/when/0/conditions/0/type"] == ["channels"]
    form |= {"/reward/type": "bundle"}
    form = fields(await draft(client, form), "/new/promotion")
    assert (form["/reward/parts/1/items"], form["/reward/cut/kind"]) == (["1"], ["price_minor"])


async def test_what_is_refused_stands_beside_its_field(place: Place) -> None:
    client = await place.visitor("administrator")
    form = await opened(client, "/new/promotion") | {"/code": "X", "/name/en": "Ex", "/reward/percent": "120"}
    assert list(faults(await client.post("/new/promotion", data=form))) == ["/reward/percent"]
    form |= {"/reward/percent": "20", "/reward/of/categories": "Nothing/Here"}
    page = await client.post("/new/promotion", data=form)
    assert page.status_code == 404
    assert list(faults(page)) == ["/reward/of/categories"]
    missing = await client.post("/new/promotion", data=form | {"/code": "", "/reward/percent": ""})
    assert set(faults(missing)) == {"/code", "/reward/percent"}
    assert "It is not saved yet." in told(missing)


async def test_it_is_saved_once_and_the_later_of_two_sees_what_there_is(place: Place) -> None:
    code = await promote(place)
    path = f"/promotions/{code}/edit"
    ann, bob = await place.visitor("administrator"), await place.visitor("administrator")
    first, second = await opened(ann, path), await opened(bob, path)
    assert (first["/reward/percent"], first["/valid_from"]) == (["20"], ["2026-11-01T00:00"])
    assert (await ann.post(path, data=first | {"/reward/percent": "25"})).status_code == 303
    page = await bob.post(path, data=second | {"/reward/percent": "30"})
    assert page.status_code == 409
    assert "25% off goods of category “Food/Milk”" in told(page)
    form = fields(page, path)
    assert form["/reward/percent"] == ["30"]
    assert (await bob.post(path, data=form)).status_code == 303
    assert (await place.api("GET", f"/v1/promotions/{code}"))["promotion"]["reward"]["percent"] in (30, "30")


async def test_a_basket_is_tried_step_by_step(place: Place) -> None:
    client = await place.visitor("administrator")
    form = await opened(client, "/new/promotion")
    form = fields(await draft(client, form | {"pasted": msgspec.json.encode(MILK).decode()}, "paste"), "/new/promotion")
    page = await draft(client, form | {"try-lines": "K1 2 10.00\nK2 1", "try-channel": "web"}, "try")
    text = told(page)
    assert "CN¥20.00 Milk week MILK-20 -CN¥4.00 comes to CN¥16.00" in text
    assert "To pay CN¥17.60" in text
    missed = told(await draft(client, form | {"try-lines": "K1 1", "try-channel": "web"}, "try"))
    assert "a condition does not hold: what is in the basket" in missed
    for lines, said in (
        ("NOPE 1", "There is no SKU NOPE."),
        ("", "Type 1 to 30 lines"),
        ("K1 x", "“x” is not a quantity."),
    ):
        assert said in told(await draft(client, form | {"try-lines": lines, "try-channel": "web"}, "try"))


async def test_only_who_may_write_builds(place: Place) -> None:
    code = await promote(place)
    for role, status in (("administrator", 200), ("analyst", 403)):
        client = await place.visitor(role)
        for path in ("/new/promotion", f"/promotions/{code}/edit"):
            assert (await client.get(path)).status_code == status, (role, path)

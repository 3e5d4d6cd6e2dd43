"""Putting a condition together: nothing typed is lost, each field says what is wrong, and it is saved once."""

import html

import msgspec
import pytest

from mainstem.console.segments.fields import FIELDS
from tests.console.conftest import Place
from tests.console.segments_forms import (
    condition,
    draft,
    faults,
    fields,
    opened,
    people,
    row,
    segment,
    told,
    words,
)

pytestmark = pytest.mark.anyio

SPENT = {"trait": "spend_90d", "op": ">=", "value": 50_000}
VALUES = {"number": "7", "percent": "30", "amount": "12.50", "text": "x", "flag": "true", "day": "2026-01-31"}
BESIDE = {
    "bought": {"value": "2", "days": "90", "category": "Food", "channel": "web", "node": "S1"},
    "tag": {"value": "repeat_buyer"},
    "attached": {"value": "vip-2026"},
    "consent": {"value": "marketing:sms"},
}


def filled(name: str, place: int, number: int) -> dict[str, str]:
    """A row for a field by its operator of this number, with what fits."""
    field = FIELDS[name]
    op = field.ops[number % len(field.ops)]
    if name in BESIDE:
        return row(str(place), name, op, **BESIDE[name])
    value = VALUES["number" if op in ("within", "ago") else field.shape]
    return row(str(place), name, op, "" if op in ("known", "unknown") else value, key="web" if field.keys else "")


async def test_only_who_may_change_segments_gets_the_builder(place: Place) -> None:
    number = await segment(place, "spenders", SPENT)
    for role, status in (("marketer", 200), ("administrator", 200), ("analyst", 403), ("store_associate", 403)):
        client = await place.visitor(role, "S1" if role == "store_associate" else None)
        for path in ("/segments/new", f"/segments/{number}/edit", f"/segments/{number}/remove"):
            assert (await client.get(path)).status_code == status, (role, path)


async def test_rows_and_groups_come_and_go_and_nothing_typed_is_lost(place: Place) -> None:
    client = await place.visitor("marketer")
    form = await opened(client, "/segments/new")
    form |= row("0", "spend_90d", ">=", "500,5x") | {"name": "Big", "description": "for May", "pasted": "{half"}

    page = await draft(client, form, "group:")
    form = fields(page, "/segments/new")
    assert (form["name"], form["description"], form["pasted"], form["value-0"]) == ("Big", "for May", "{half", "500,5x")
    assert (form["mode-1"], form["field-1.0"]) == ("any", "spend_90d")
    assert list(faults(page)) == ["value-0"]  # what is not typed yet is no fault yet

    form = fields(await draft(client, form | row("1.0", "has_phone", "=", "true"), "row:1"), "/segments/new")
    form = fields(await draft(client, form | row("1.1", "consent", "=", "marketing:sms"), "group:1"), "/segments/new")
    assert form["field-1.2.0"] == "spend_90d"
    assert "group:1.2" not in (await draft(client, form)).text  # two levels are enough
    form = fields(await draft(client, form | {"mode-1": "none", "value-0": "500"}, "remove:1.2"), "/segments/new")
    page = await draft(client, form, "remove:9")

    assert condition(page) == {
        "all": [
            SPENT,
            {
                "not": {
                    "any": [
                        {"trait": "has_phone", "op": "=", "value": True},
                        {"consent": "marketing", "channel": "sms"},
                    ]
                }
            },
        ]
    }


async def test_every_field_of_the_declarations_can_be_asked_by_every_operator(place: Place) -> None:
    client = await place.visitor("marketer")
    chinese = await place.visitor("marketer", language="zh-CN")
    empty = {name: text for name, text in (await opened(client, "/segments/new")).items() if not name.endswith("-0")}
    for number in range(max(len(field.ops) for field in FIELDS.values())):
        form = dict(empty)
        for place_, name in enumerate(FIELDS):
            form |= filled(name, place_, number)

        page = await draft(client, form)
        asked = condition(page)
        assert faults(page) == {}
        assert asked is not None, told(page)
        assert len(asked["all"]) == len(FIELDS)
        assert words(page).startswith("Customers ")
        assert "{" not in words(page)

        pasted = await draft(
            chinese,
            {
                **empty,
                "pasted": msgspec.json.encode(asked).decode(),
                "csrf": (await opened(chinese, "/segments/new"))["csrf"],
            },
            "paste",
        )
        assert condition(pasted) == asked
        assert words(pasted).endswith("的客户")


async def test_words_say_what_the_condition_says(place: Place) -> None:
    client = await place.visitor("marketer")
    form = await opened(client, "/segments/new")
    form |= row("0", "spend_90d", ">", "500") | {"mode-1": "any"} | row("1.0", "last_purchase", "within", "30")
    form |= row("1.1", "bought", ">=", "2", days="90", category="Food/Milk", node="S1")

    english = words(await draft(client, form))
    chinese = words(await draft(client, form | {"act": "show"})) and words(
        await client.post("/segments/draft?lang=zh", data={**form, "act": "show"})
    )

    assert english == (
        "Customers who spent over CN¥500.00 in 90 days and (who last bought at most 30 days ago or who bought"
        " something of “Food/Milk” at least 2 times in 90 days at “S1”)"
    )
    assert chinese == (
        "近 90 天消费超过 ¥500.00，且（最近购买距今至多 30 天，或近 90 天在“S1”购买“Food/Milk”商品至少 2 次）的客户"
    )


async def test_the_count_and_a_masked_sample_follow_the_condition(place: Place) -> None:
    await people(place)
    client = await place.visitor("marketer")
    form = await opened(client, "/segments/new")

    page = await draft(client, form | row("0", "spend_90d", ">=", "500"), part=True)
    everybody = await draft(client, form | row("0", "has_phone", "=", "true"), part=True)

    assert page.text.lstrip().startswith('<div id="builder"')
    assert '<div class="figure-value">1</div>' in page.text
    assert '<div class="figure-value">3</div>' in everybody.text
    assert "of 3 customers, 100%" in told(everybody)
    assert "王小明" not in everybody.text
    assert "13912340002" not in everybody.text
    assert "0002" in everybody.text


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(place: Place) -> None:
    client = await place.visitor("marketer")
    form = await opened(client, "/segments/new") | {"name": "Wrong"}
    form |= (
        row("0", "spend_90d", ">=", "1.005") | row("1", "orders_30d", ">=", "two") | row("2", "first_seen", ">", "soon")
    )
    form |= row("3", "bought", ">=", "1", days="99999") | row("4", "city", "in", "") | {"mode-5": "any"}
    form |= row("6", "spend_by_channel", ">=", "5")

    page = await client.post("/segments/new", data=form)

    assert page.status_code == 422
    assert set(faults(page)) == {"value-0", "value-1", "value-2", "value-4", "mode-5", "key-6"}
    assert fields(page, "/segments/new")["value-1"] == "two"
    kept = {name: text for name, text in form.items() if name.partition("-")[2] in ("", "3")}
    page = await client.post("/segments/new", data=kept)
    assert list(faults(page)) == ["days-0"]  # what only the room knows
    assert "No segments yet" in told(await client.get("/segments"))


async def test_a_segment_is_saved_once_and_named_once(place: Place) -> None:
    client = await place.visitor("marketer")
    form = await opened(client, "/segments/new") | row("0", "spend_90d", ">=", "500") | {"name": "Big spenders"}

    first = await client.post("/segments/new", data=form)
    again = await client.post("/segments/new", data=form)
    other = await client.post("/segments/new", data=form | {"key": "another", "name": "big SPENDERS"})
    unnamed = await client.post("/segments/new", data=form | {"key": "unnamed", "name": " "})

    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert other.status_code == 409
    assert unnamed.status_code == 422
    assert "is-invalid" in other.text
    assert fields(other, "/segments/new")["name"] == "big SPENDERS"
    assert fields(other, "/segments/new")["key"] != "another"
    page = await client.get(first.headers["location"])
    assert words(page) == "Customers who spent at least CN¥500.00 in 90 days"


async def test_of_two_who_change_it_the_later_sees_what_there_is_now(place: Place) -> None:
    number = await segment(place, "spenders", {"all": [SPENT]})
    path = f"/segments/{number}/edit"
    ann, bob = await place.visitor("marketer"), await place.visitor("marketer")
    first, second = await opened(ann, path), await opened(bob, path)
    assert first["value-0"] == "500.00"

    assert (await ann.post(path, data=first | {"value-0": "700"})).status_code == 303
    page = await bob.post(path, data=second | {"value-0": "900", "name": "mine"})

    assert page.status_code == 409
    assert "who spent at least CN¥700.00" in told(page)
    form = fields(page, path)
    assert (form["value-0"], form["name"]) == ("900", "mine")
    assert (await bob.post(path, data=form)).status_code == 303
    assert words(await bob.get(f"/segments/{number}")) == "Customers who spent at least CN¥900.00 in 90 days"


async def test_one_that_was_removed_meanwhile_can_be_saved_anew(place: Place) -> None:
    number = await segment(place, "spenders", {"all": [SPENT]})
    client = await place.visitor("marketer")
    form = await opened(client, f"/segments/{number}/edit")
    await place.api("POST", f"/v1/segments/{number}/removal", {})

    page = await client.post(f"/segments/{number}/edit", data=form)

    assert page.status_code == 404
    assert (await client.post("/segments/new", data=fields(page, "/segments/new"))).status_code == 303


async def test_json_can_be_pasted_and_what_rows_cannot_show_is_kept(place: Place) -> None:
    client = await place.visitor("marketer")
    form = await opened(client, "/segments/new") | {"name": "Deep"}
    deep = {"any": [{"all": [{"any": [{"all": [SPENT, {"tag": "vip"}]}, SPENT]}]}]}

    for wrong, said in (("{", "not JSON"), ('{"trait": "spent"}', "There is no trait spent"), ("[]", "object")):
        page = await draft(client, form | {"pasted": wrong}, "paste")
        assert said in html.unescape(page.text)
        assert fields(page, "/segments/new")["pasted"].strip() == wrong
    page = await draft(client, form | {"pasted": msgspec.json.encode(deep).decode()}, "paste")
    assert condition(page) == deep
    sent = fields(page, "/segments/new")
    assert "field-0" not in sent

    broken = await client.post("/segments/new", data=sent | {"raw": "{"})
    assert (broken.status_code, list(faults(broken))) == (422, ["raw"])
    saved = await client.post("/segments/new", data=sent)
    assert saved.status_code == 303
    number = saved.headers["location"].rpartition("/")[2]
    assert (await place.api("GET", f"/v1/segments/{number}"))["condition"] == deep
    assert "field-0" in fields(await draft(client, sent, "rows"), "/segments/new")


async def test_amounts_of_a_network_with_two_currencies_name_theirs(place: Place) -> None:
    await place.api("PUT", "/v1/channels/jp", {"name": "JP", "kind": "web", "currency": "JPY", "nodes": ["S1"]})
    client = await place.visitor("marketer")
    form = await opened(client, "/segments/new") | row("0", "spend_90d", ">=", "500", currency="JPY") | {"name": "Yen"}

    page = await draft(client, form)

    assert condition(page) == {
        "all": [
            {
                "all": [
                    {"trait": "currency", "op": "=", "value": "JPY"},
                    {"trait": "spend_90d", "op": ">=", "value": 500},
                ]
            }
        ]
    }
    assert words(page) == "Customers who spent at least ¥500 in 90 days"
    saved = await client.post("/segments/new", data=form)
    again = await opened(client, saved.headers["location"] + "/edit")
    assert (again["value-0"], again["currency-0"], again["field-0"]) == ("500", "JPY", "spend_90d")

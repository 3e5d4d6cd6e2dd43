"""Customers over HTTP."""

import pytest

from tests.contract.conftest import Json, Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

ROOM = "/v1/customers"


def statement(reference: str, *phones: str, name: str = "") -> Json:
    identifiers = [{"type": "phone", "value": phone} for phone in phones]
    return {"source": "crm", "reference": reference, "identifiers": identifiers, "attributes": {"name": name}}


async def test_people_are_identified_found_merged_and_split(shop: Shop) -> None:
    first = await shop.done("POST", f"{ROOM}/identify", statement("a-1001", "13917305526", name="王小明"))
    second, other = (
        item["result"]
        for item in (
            await shop.done(
                "POST",
                f"{ROOM}/identify/bulk",
                {"items": [statement("b", "139 1730 5526"), statement("c", "13786402915", name="李雪梅")]},
            )
        )["items"]
    )
    assert (first["decision"], second["decision"], other["decision"]) == ("new", "linked", "new")

    one = await shop.done("GET", f"{ROOM}/{second['record']}")
    assert (one["id"], one["asked"], one["masked"]) == (first["customer"], second["record"], True)
    assert "王小明" not in str(one)
    assert "13917305526" not in str(one)
    assert one["golden"]["name"]["source"] == "crm"
    clear = await shop.done("GET", f"{ROOM}/{first['record']}?clear=true")
    assert (clear["golden"]["name"]["value"], clear["masked"]) == ("王小明", False)
    for query in (
        "phone_tail=5526",
        "name=王小明",
        "pinyin=wangxiaoming",
        "reference=a-1001",
        "identifier=13917305526",
    ):
        found = await shop.done("GET", f"{ROOM}?{query}")
        assert [row["id"] for row in found["items"]] == [first["customer"]], query
    page = await shop.done("GET", f"{ROOM}?limit=1")
    rest = await shop.done("GET", f"{ROOM}?limit=1&cursor={page['next']}")
    assert {page["items"][0]["id"], rest["items"][0]["id"]} == {first["customer"], other["customer"]}

    why = await shop.done("GET", f"{ROOM}/{first['customer']}/records")
    assert [said["rule"] for said in why["assertions"]] == ["shared"]
    assert len(why["records"]) == 2

    wish = {"other": other["customer"], "reason": "came to the counter"}
    would = await shop.done("POST", f"{ROOM}/{first['customer']}/merge/rehearsal", wish)
    assert (await shop.done("GET", f"{ROOM}/{other['record']}"))["id"] == other["customer"]
    became = await shop.done("POST", f"{ROOM}/{first['customer']}/merge", wish)
    assert became == would == {"customers": [first["customer"]]}
    assert (await shop.done("GET", f"{ROOM}/{other['record']}"))["id"] == first["customer"]
    parting = {"records": [other["record"]], "reason": "it was somebody else"}
    await shop.done("POST", f"{ROOM}/{first['customer']}/split/rehearsal", parting)
    await shop.done("POST", f"{ROOM}/{first['customer']}/split", parting)
    assert (await shop.done("GET", f"{ROOM}/{other['record']}"))["id"] == other["customer"]


async def test_bad_input_is_refused_with_a_code(shop: Shop) -> None:
    crowd = statement("a", *["13917305526"] * 10_000)
    for path, body, status, code in (
        ("identify", crowd, 413, "too_many_identifiers"),
        ("identify", b'{"source":"' + b"x" * 20_000_000 + b'"}', 413, "too_large"),
        ("identify", {"source": "crm"}, 422, "nothing_said"),
        ("identify", {"source": "crm", "identifiers": [{"type": "x", "value": "1"}]}, 422, "unknown_identifier_type"),
        ("1/merge", {"other": 2, "reason": "x"}, 404, "not_found"),
        ("reviews/1/answer", {"answer": "joined"}, 404, "not_found"),
        ("identifiers/1/lift", None, 404, "not_found"),
    ):
        answer = await shop.send("POST", f"{ROOM}/{path}", body)
        assert (answer.json()["code"], answer.status_code) == (code, status), answer.text[:300]
    assert (await shop.send("GET", f"{ROOM}/1")).status_code == 404
    assert (await shop.send("GET", f"{ROOM}?phone_tail=12")).status_code == 400


async def test_suspended_identifiers_are_listed_and_lifted(shop: Shop) -> None:
    for number in range(5):
        await shop.done("POST", f"{ROOM}/identify", statement(f"r{number}", "13917305526"))
    (one,) = (await shop.done("GET", f"{ROOM}/identifiers/suspended"))["items"]
    assert (one["type"], one["uses"]) == ("phone", 5)

    await shop.done("POST", f"{ROOM}/identifiers/{one['id']}/lift")

    assert (await shop.done("GET", f"{ROOM}/identifiers/suspended"))["items"] == []
    assert (await shop.done("GET", f"{ROOM}/reviews"))["items"] == []

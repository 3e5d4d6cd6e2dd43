"""Households over HTTP."""

import pytest

from tests.contract.conftest import Json, Shop
from tests.unit.household_people import follow

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

ROOM = "/v1/customers"


def statement(reference: str) -> Json:
    return {
        "source": "crm",
        "reference": reference,
        "attributes": {"name": "王小明", "street": "延安中路998号3幢502室", "city": "上海市"},
        "identifiers": [{"type": "unionid", "value": f"oAbcdefgh1234567890abcdefgh{reference}0"}],
    }


async def test_a_household_is_read_and_corrected(shop: Shop) -> None:
    one, two = [(await shop.done("POST", f"{ROOM}/identify", statement(each)))["customer"] for each in "ab"]
    await follow(shop.services.executor)

    found = await shop.done("GET", f"{ROOM}/{two}/household")

    assert found["household"] == one
    assert found["customer"] == found["asked"] == two
    assert [member["customer"] for member in found["members"]] == [one, two]
    assert found["ties"] == [{"kind": "address", "customers": [one, two]}]
    assert "延安" not in str(found)
    said = {"other": one, "answer": "apart", "reason": "neighbours"}
    assert await shop.done("POST", f"{ROOM}/{two}/household/correction", said) == {"households": [one, two]}
    after = await shop.done("GET", f"{ROOM}/{two}/household")
    assert [member["customer"] for member in after["members"]] == [two]
    assert [(each["other"], each["answer"]) for each in after["said"]] == [(one, "apart")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"other": 2, "answer": "apart", "reason": "x"}, 404, "not_found"),
        ({"other": 2, "answer": "maybe", "reason": "x"}, 400, "malformed"),
        ({"other": 2, "answer": "apart", "reason": ""}, 422, "household_reason_needed"),
        ({"other": 2, "answer": "apart"}, 400, "malformed"),
    ],
)
async def test_bad_input_is_refused_with_a_code(shop: Shop, body: Json, status: int, code: str) -> None:
    answer = await shop.send("POST", f"{ROOM}/1/household/correction", body)

    assert (answer.json()["code"], answer.status_code) == (code, status), answer.text[:300]


async def test_nobody_has_no_household(shop: Shop) -> None:
    assert (await shop.send("GET", f"{ROOM}/1/household")).status_code == 404

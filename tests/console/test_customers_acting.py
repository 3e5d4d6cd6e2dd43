"""What is done on the pages of a customer: tags by hand, and personal data in the clear, for a reason."""

import pytest

from tests.console.conftest import Place
from tests.console.customers_people import EMAIL, PHONE, STREET, events, follow, told, wang
from tests.console.orders_forms import fields, opened
from tests.console.orders_forms import told as words

pytestmark = pytest.mark.anyio


async def test_a_tag_is_attached_once_and_removed(place: Place) -> None:
    number = await wang(place)
    await follow(place)
    client = await place.visitor("marketer")
    path = f"/customers/{number}/tags"

    form = fields(await client.get(f"/customers/{number}"), path) | {"tag": ["Likes Tea"]}
    for _ in range(2):  # a double click
        done = await client.post(path, data=form)
        assert (done.status_code, done.headers["location"]) == (303, f"/customers/{number}")
    page = await client.get(f"/customers/{number}")
    assert "The tag is attached." in words(page)
    assert "likes-tea" in words(page)
    assert len(await events(place, "customers.tag_set")) == 1

    stays = {"referer": f"http://shop/customers/{number}/traits"}
    removed = await client.post(f"{path}/remove", data=fields(page, f"{path}/remove"), headers=stays)
    assert removed.headers["location"] == f"/customers/{number}/traits"
    assert "likes-tea" not in words(await client.get(f"/customers/{number}/traits"))
    assert len(await events(place, "customers.tag_removed")) == 1


async def test_a_tag_that_cannot_be_attached_is_refused_with_what_was_typed(place: Place) -> None:
    number = await wang(place)
    await follow(place)
    client = await place.visitor("marketer")
    path = f"/customers/{number}/tags"
    form = fields(await client.get(f"/customers/{number}"), path)

    for typed, status, said in (
        ("VIP", 409, "Tag vip is computed"),
        ("likes/tea", 422, "cannot be the name of a tag"),
        ("", 422, "cannot be the name of a tag"),
        ("x" * 300, 422, "cannot be the name of a tag"),
    ):
        answer = await client.post(path, data=form | {"tag": [typed], "key": [f"k-{typed[:9]}"]})
        assert answer.status_code == status, typed
        assert said in words(answer)
        assert f'value="{typed}"' in answer.text


async def test_who_may_not_tag_sees_no_form(place: Place) -> None:
    number = await wang(place)
    for role in ("service_agent", "operations_manager", "privacy_officer"):
        client = await place.visitor(role)
        page = await client.get(f"/customers/{number}")
        assert f"/customers/{number}/tags" not in page.text
        sent = {"csrf": "x", "tag": "likes-tea"}
        for path in ("tags", "tags/remove"):
            assert (await client.post(f"/customers/{number}/{path}", data=sent)).status_code == 403
    marketer = await place.visitor("marketer")
    assert (await marketer.post(f"/customers/{number}/tags", data={"tag": "x"})).status_code == 403  # no token


async def test_personal_data_is_shown_for_a_reason_and_recorded(place: Place) -> None:
    number = await wang(place)
    agent = await place.visitor("service_agent")
    path = f"/customers/{number}/clear"

    asking = await agent.get(f"{path}?tab=overview")
    assert asking.status_code == 200
    assert PHONE not in asking.text
    form = fields(asking, path)

    refused = await agent.post(path, data={key: one for key, one in form.items() if key != "reason"})
    assert refused.status_code == 422
    assert "Choose a reason." in words(refused)
    assert (await agent.post(path, data=form | {"reason": ["curiosity"]})).status_code == 422
    assert await events(place, "customers.customer_unmasked") == []

    shown = await agent.post(path, data=form | {"reason": ["customer_asks"]})
    assert shown.status_code == 200
    for clear in ("王小明", f"+86{PHONE}", EMAIL, STREET, "1988-03-14"):
        assert clear in shown.text
    assert f'action="{path}"' not in shown.text
    assert await events(place, "customers.customer_unmasked") == [(number, {"records": 1, "reason": "customer_asks"})]
    assert "王小明" not in (await agent.get(f"/customers/{number}")).text
    timeline = words(await agent.get(f"/customers/{number}/timeline?kind=seen"))
    assert "Personal data shown in the clear The customer asks" in timeline

    records = await opened(agent, f"{path}?tab=records", reason="who_is_it")
    shown = await agent.post(path, data=records)
    for clear in ("shopper-4711", "oUnion_0077", f"+86{PHONE}"):
        assert clear in shown.text
    assert len(await events(place, "customers.customer_unmasked")) == 2


async def test_who_may_not_unmask_cannot(place: Place) -> None:
    number = await wang(place)
    for role in ("operations_manager", "marketer"):
        client = await place.visitor(role)
        assert f"/customers/{number}/clear" not in (await client.get(f"/customers/{number}")).text
        assert (await client.get(f"/customers/{number}/clear")).status_code == 403
        answer = await client.post(f"/customers/{number}/clear", data={"csrf": "x", "reason": "fraud"})
        assert answer.status_code == 403
    assert await events(place, "customers.customer_unmasked") == []


async def test_an_id_that_was_merged_meanwhile_is_revealed_as_who_it_is_today(place: Place) -> None:
    number = await wang(place)
    other = await told(place, "crm", "c-9", name="李雪梅")
    agent = await place.visitor("service_agent")
    form = await opened(agent, f"/customers/{other}/clear", reason="who_is_it")
    await place.api("POST", f"/v1/customers/{number}/merge", {"other": other, "reason": "came to the counter"})

    shown = await agent.post(f"/customers/{other}/clear", data=form)

    assert shown.status_code == 200
    assert [subject for subject, _ in await events(place, "customers.customer_unmasked")] == [number]

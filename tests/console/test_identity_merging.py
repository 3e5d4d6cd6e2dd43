"""Merging and splitting customers in the console: chosen, foreseen, done, undone."""

import re
from html import unescape
from typing import Any

import pytest

from mainstem.domains import customers
from tests.console.admin_forms import hidden
from tests.console.conftest import Place
from tests.console.identity_people import Crowd, post, text, union
from tests.unit.identity_people import dump

pytestmark = pytest.mark.anyio


@pytest.fixture
def crowd(place: Place) -> Crowd:
    return Crowd(place)


def merging(customer: int, other: int) -> str:
    return f"/customers/{customer}/merge?other={other}"


async def two(crowd: Crowd) -> tuple[int, int]:
    one = await crowd.told("loyalty", "m1", "13917305526", name="王小明", city="上海市")
    other = await crowd.told("pos", "p1", "13786402915", name="王大明", city="北京市")
    return one, other


async def test_the_other_one_is_found_by_name_number_and_end_without_an_address_that_says_so(
    place: Place, crowd: Crowd
) -> None:
    one, other = await two(crowd)
    agent = await place.visitor("service_agent")
    for typed in ("王大明", "13786402915", "2915", str(other)):
        answer = await post(agent, f"/customers/{one}/merge", f"/customers/{one}/merge/search", text=typed)
        assert answer.status_code == 200
        assert merging(one, other) in unescape(answer.text), typed
        assert "••••2915" in answer.text
        assert "13786402915" not in answer.text.replace(f'value="{typed}"', "")
    nobody = await post(agent, f"/customers/{one}/merge", f"/customers/{one}/merge/search", text="5526")
    assert "Nobody else fits" in text(nobody.text), "oneself is not the other one"


async def test_a_merge_is_foreseen_and_done(place: Place, crowd: Crowd) -> None:
    one, other = await two(crowd)
    await crowd.consents(one, "marketing", given=True)
    await crowd.consents(one, "analytics", given=True)
    await crowd.consents(other, "marketing", given=False)
    await crowd.run(customers.SET_TAG, customers.SetTag(other, "wholesale"))
    await crowd.bought(other, 2500)
    before = await dump(crowd.executor)
    agent = await place.visitor("service_agent")

    page = (await agent.get(merging(one, other))).text

    shown = text(page)
    assert "王小明" not in page
    assert "13786402915" not in page
    assert f"No. {one} now" in shown
    assert f"No. {other} now" in shown
    assert f"No. {min(one, other)} afterwards" in shown
    assert "wholesale" in shown
    assert "Withheld from then on Marketing" in shown
    assert "Allowed from then on, where it was not Analysis" in shown
    assert re.search(r"Name Differs .* loyalty · most trusted source", shown)
    assert "CN¥25.00" in shown
    assert await dump(crowd.executor) == before, "a preview changes nothing"

    answer = await post(agent, merging(one, other), f"/customers/{one}/merge", page, reason="Came to the counter")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/customers/{min(one, other)}")
    assert await crowd.owner(one) == await crowd.owner(other)
    again = await post(agent, merging(one, other), f"/customers/{one}/merge", page, reason="Came to the counter")
    assert again.status_code == 303, "sent twice it is done once"


async def test_merged_and_undone_every_table_is_as_it_was(place: Place, crowd: Crowd) -> None:
    one, other = await two(crowd)
    await crowd.told("web", "w1", "13786402915", name="王大明")
    before = await dump(crowd.executor)
    agent = await place.visitor("service_agent")
    await post(agent, merging(one, other), f"/customers/{one}/merge", reason="Came to the counter")
    assert await dump(crowd.executor) != before
    head = min(one, other)

    parts = (await agent.get(f"/customers/{head}/split")).text

    assert "Came to the counter" in parts
    undo = re.search(r'href="(/customers/\d+/split\?out=[\d,]+)"', parts)
    assert undo is not None
    page = (await agent.get(undo[1])).text
    assert "These records leave" in text(page)
    assert "No statement of a source joins them again" in page
    answer = await post(agent, undo[1], f"/customers/{head}/split", page, reason="Two people after all")
    assert answer.status_code == 303
    assert await dump(crowd.executor) == before
    assert await crowd.owner(one) != await crowd.owner(other)
    again = await post(agent, undo[1], f"/customers/{head}/split", page, reason="Two people after all")
    assert again.status_code == 303, "sent twice it is done once"


async def test_records_are_chosen_by_themselves_or_by_an_identifier(place: Place, crowd: Crowd) -> None:
    one = await crowd.told("loyalty", "m1", "13917305526", "13786402915")
    records = [await crowd.told("pos", f"p{n}", "13786402915") for n in range(2)]
    last = await crowd.told("web", "w1", "13917305526")
    agent = await place.visitor("service_agent")
    where, action = f"/customers/{one}/split", f"/customers/{one}/split/choose"
    assert len({await crowd.owner(record) for record in (one, last, *records)}) == 1
    page = (await agent.get(where)).text
    assert "13917305526" not in page

    chosen = await post(agent, where, action, page, record=[str(last)])
    assert chosen.headers["location"] == f"{where}?out={last}"
    boxes = dict(re.findall(r'name="identifier" value="(\d+)"> .*?<span data-verbatim>(\S+)</span>', page))
    (number,) = [box for box, shown in boxes.items() if shown.endswith("2915")]
    chosen = await post(agent, where, action, page, identifier=[number])
    assert chosen.headers["location"] == f"{where}?out={','.join(map(str, sorted((one, *records))))}"
    for wrong in ({}, {"record": [str(record) for record in (one, last, *records)]}):
        answer = await post(agent, where, action, page, **wrong)
        assert answer.status_code == 422
        assert "not none and not all" in text(answer.text)


async def test_what_forbids_a_merge_is_named(place: Place, crowd: Crowd) -> None:
    one = await crowd.told("app", "a", more=(union(1),), name="欧阳雪梅")
    other = await crowd.told("app", "b", more=(union(2),), name="欧阳雪梅")
    agent = await place.visitor("service_agent")

    answer = await agent.get(merging(one, other))

    assert answer.status_code == 409
    shown = text(answer.text)
    assert "more different identifiers of type unionid than one person has" in shown
    assert "What contradicts" in shown
    assert re.search(r"WeChat unionid ••••gh01 ••••gh02 Differs", shown)
    assert f'action="/customers/{one}/merge"' not in answer.text


async def test_who_was_kept_apart_is_named_and_may_be_merged_all_the_same(place: Place, crowd: Crowd) -> None:
    one, other = await crowd.told("loyalty", "m1", "13917305526"), await crowd.told("web", "w", "13917305526")
    agent = await place.visitor("service_agent")
    await post(agent, f"/customers/{one}/split?out={other}", f"/customers/{one}/split", reason="A couple")
    page = (await agent.get(merging(one, other))).text
    assert re.search(rf"service_agent \d+ parted records {one} and {other} on", text(page))
    answer = await post(agent, merging(one, other), f"/customers/{one}/merge", page, reason="One person after all")
    assert answer.status_code == 303
    assert await crowd.owner(one) == await crowd.owner(other)


async def test_what_has_changed_since_the_preview_is_shown_and_nothing_is_done(place: Place, crowd: Crowd) -> None:
    one, other = await two(crowd)
    agent = await place.visitor("service_agent")
    page = (await agent.get(merging(one, other))).text
    await crowd.told("web", "w1", "13786402915")

    answer = await post(agent, merging(one, other), f"/customers/{one}/merge", page, reason="the same face")

    assert answer.status_code == 409
    assert "Something has changed meanwhile" in answer.text
    assert 'value="the same face"' in answer.text
    assert await crowd.owner(one) != await crowd.owner(other)
    again = await post(agent, "", f"/customers/{one}/merge", answer.text, reason="the same face")
    assert again.status_code == 303
    part = await agent.get(f"/customers/{min(one, other)}/split?out={max(one, other)}")
    await crowd.told("app", "x1", "13786402915")
    answer = await post(agent, "", f"/customers/{min(one, other)}/split", part.text, reason="two")
    assert answer.status_code == 409
    assert "Something has changed meanwhile" in answer.text


@pytest.mark.parametrize("reason", ["", " ", "x" * 201])
async def test_a_reason_is_needed_and_what_was_typed_is_kept(place: Place, crowd: Crowd, reason: str) -> None:
    one, other = await two(crowd)
    agent = await place.visitor("service_agent")
    answer = await post(agent, merging(one, other), f"/customers/{one}/merge", reason=reason)
    assert answer.status_code == 422
    assert f'value="{reason.strip()}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert await crowd.owner(one) != await crowd.owner(other)


async def test_nobody_is_merged_with_himself_or_with_nobody(place: Place, crowd: Crowd) -> None:
    one, _ = await two(crowd)
    agent = await place.visitor("service_agent")
    assert "Both are customer" in text((await agent.get(merging(one, one))).text)
    nobody = await agent.get(merging(one, 1))
    assert (nobody.status_code, "There is no customer 1" in text(nobody.text)) == (404, True)
    assert (await agent.get("/customers/1/merge")).status_code == 404
    assert (await agent.get("/customers/1/split")).status_code == 404
    alone = (await agent.get(f"/customers/{one}/split")).text
    assert "There is only one record" in alone
    refused = await agent.get(f"/customers/{one}/split?out={one}")
    assert refused.status_code == 422


async def test_an_old_number_leads_to_the_customer_of_today(place: Place, crowd: Crowd) -> None:
    one, other = await two(crowd)
    agent = await place.visitor("service_agent")
    await post(agent, merging(one, other), f"/customers/{one}/merge", reason="the same")
    gone, stays = max(one, other), min(one, other)
    moved = await agent.get(f"/customers/{gone}/split")
    assert (moved.status_code, moved.headers["location"]) == (303, f"/customers/{stays}/split")


async def test_who_was_erased_is_neither_merged_nor_chosen(place: Place, crowd: Crowd) -> None:
    one, other = await two(crowd)
    await crowd.erase(other)
    agent = await place.visitor("service_agent")
    assert "Who was erased is merged with nobody" in (await agent.get(f"/customers/{other}/merge")).text
    found = await post(agent, f"/customers/{one}/merge", f"/customers/{one}/merge/search", text=str(other))
    assert "cannot be merged" in found.text
    refused = await agent.get(merging(one, other))
    assert (refused.status_code, "was erased" in text(refused.text)) == (409, True)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("administrator", True),
        ("service_agent", True),
        ("privacy_officer", True),
        ("operations_manager", False),
        ("marketer", False),
        ("analyst", False),
    ],
)
async def test_only_who_may_merge_merges(place: Place, crowd: Crowd, role: str, may: bool) -> None:  # noqa: FBT001
    one, other = await two(crowd)
    agent, visitor = await place.visitor("service_agent"), await place.visitor(role)
    for where in (f"/customers/{one}/merge", merging(one, other), f"/customers/{one}/split"):
        assert (await visitor.get(where)).status_code == (200 if may else 403)
    page = (await agent.get(merging(one, other))).text
    fields: dict[str, Any] = hidden(page, f"/customers/{one}/merge") | {"reason": "x"}
    own = re.search(r'name="csrf" value="([^"]*)"', (await visitor.get("/account")).text)
    assert own is not None
    answer = await visitor.post(f"/customers/{one}/merge", data=fields | {"csrf": own[1]})
    assert answer.status_code == (303 if may else 403)
    assert (await crowd.owner(one) == await crowd.owner(other)) is may


async def test_the_pages_speak_chinese(place: Place, crowd: Crowd) -> None:
    one, other = await two(crowd)
    agent = await place.visitor("service_agent", language="zh-CN")
    page = text((await agent.get(merging(one, other))).text)
    assert "将发生的变化" in page
    assert "并排对照" in page
    await post(agent, merging(one, other), f"/customers/{one}/merge", reason="本人到店")
    assert "选择属于另一个人的记录" in text((await agent.get(f"/customers/{min(one, other)}/split")).text)

"""Reviews in the console: the queue, the evidence, the answer, and who else has answered; suspended identifiers."""

import re
from html import unescape

import pytest

from mainstem.domains import customers
from tests.console.admin_forms import hidden
from tests.console.conftest import Place
from tests.console.identity_people import Crowd, post, text, union

pytestmark = pytest.mark.anyio

QUEUE = "/identity/reviews"
SUSPENDED = "/identity/suspended"


@pytest.fixture
def crowd(place: Place) -> Crowd:
    return Crowd(place)


async def likely(crowd: Crowd, number: int = 0) -> tuple[int, int]:
    """Two who may be one person; others of other numbers are not."""
    born = {"birth_date": f"19{60 + number}-01-02", "city": "上海市"}
    one = await crowd.told("loyalty", f"m{number}", f"1391730{number:04}", name="王小明", **born)
    other = await crowd.told("pos", f"p{number}", f"1378640{number:04}", name="李小明", **born)
    return one, other


async def test_the_queue_says_who_why_how_likely_and_since_when(place: Place, crowd: Crowd) -> None:
    one, other = await likely(crowd)
    await crowd.told("app", "a", "13600001111", more=(union(1),), name="欧阳雪梅")
    await crowd.told("app", "b", "13600001111", more=(union(2),), name="欧阳雪梅")
    agent = await place.visitor("service_agent")

    page = (await agent.get(QUEUE)).text

    shown = text(page)
    assert re.search(rf"No\. {one} · ••••0000 .* No\. {other} · ••••0000", shown)
    assert "Attributes alike, but not sure Similar names, dates or addresses 99% +6.4 bits" in shown
    assert "Unique identifiers contradict Both use the same Telephone number" in shown
    assert "less than an hour" in shown
    for value in ("王小明", "李小明", "13917300000", "1990-01-02"):
        assert value not in page
    assert "Nothing was answered so yet" in (await agent.get(f"{QUEUE}?state=joined")).text


async def test_the_evidence_is_a_waterfall_whose_parts_add_up(place: Place, crowd: Crowd) -> None:
    await likely(crowd)
    (review,) = await crowd.reviews()
    agent = await place.visitor("service_agent")

    page = (await agent.get(f"{QUEUE}/{review.id}")).text

    steps = re.findall(
        r'<tr class="waterfall-(\w+)">\s*<th scope="row">([^<]*)<.*?<td class="num">([^<]*)</td>', page, re.DOTALL
    )
    kinds = [kind for kind, _, _ in steps]
    assert (kinds[0], kinds[-1]) == ("start", "whole")
    assert {"for", "against"} == set(kinds[1:-1])
    bits = [float(shown) for _, _, shown in steps]
    assert sum(bits[:-1]) == pytest.approx(bits[-1], abs=0.1 * len(bits))
    assert bits[0] == -19.9
    shown = text(page)
    assert "Given name the same" in shown
    assert "Family name different" in shown
    assert re.search(r"Name ••••明 ••••明 Differs", shown)
    assert re.search(r"City 上海市 上海市 Agrees", shown)
    assert re.search(r"Telephone number ••••0000 ••••0000 Differs", shown), (
        "what looks alike behind the mask may differ"
    )
    assert len(re.findall(r"<rect class=", page)) == len(steps)
    assert "style=" not in page


@pytest.mark.parametrize(("answer", "together"), [("joined", True), ("kept_apart", False)])
async def test_an_answer_takes_effect_and_leads_to_the_next_pair(
    place: Place,
    crowd: Crowd,
    answer: str,
    together: bool,  # noqa: FBT001
) -> None:
    one, other = await likely(crowd)
    await likely(crowd, 1)
    first, second = await crowd.reviews()
    agent = await place.visitor("service_agent")
    where = f"{QUEUE}/{first.id}"
    page = (await agent.get(where)).text
    assert f'href="{QUEUE}/{second.id}" data-answer-key="l"' in page

    done = await post(agent, where, f"{where}/answer", page, answer=answer)

    assert (done.status_code, done.headers["location"]) == (303, f"{QUEUE}/{second.id}")
    assert (await crowd.owner(one) == await crowd.owner(other)) is together
    twice = await post(agent, where, f"{where}/answer", page, answer=answer)
    assert twice.status_code == 303, "sent twice it is done once"
    after = (await agent.get(where)).text
    assert f"{where}/answer" not in after
    assert re.search(r"service_agent \d+ said on .*: (Same person|Different people)", text(after))
    assert str(first.id) in (await agent.get(f"{QUEUE}?state={answer}")).text
    last = f"{QUEUE}/{second.id}"
    done = await post(agent, last, f"{last}/answer", answer=answer)
    assert done.headers["location"] == QUEUE
    assert "Nobody has to be told apart" in (await agent.get(QUEUE)).text


async def test_what_somebody_else_answered_meanwhile_is_said_and_stays(place: Place, crowd: Crowd) -> None:
    one, other = await likely(crowd)
    (review,) = await crowd.reviews()
    where = f"{QUEUE}/{review.id}"
    first, second = await place.visitor("service_agent"), await place.visitor("privacy_officer")
    page = (await second.get(where)).text
    await post(first, where, f"{where}/answer", answer="kept_apart")

    answer = await post(second, where, f"{where}/answer", page, answer="joined")

    assert answer.status_code == 409
    shown = text(answer.text)
    assert "Somebody else has answered meanwhile." in shown
    assert re.search(r"Your answer was not taken\. service_agent \d+ said on .*: Different people\.", shown)
    assert await crowd.owner(one) != await crowd.owner(other)


async def test_a_pair_that_was_settled_or_merged_meanwhile_is_said(place: Place, crowd: Crowd) -> None:
    one, other = await likely(crowd)
    (review,) = await crowd.reviews()
    where = f"{QUEUE}/{review.id}"
    agent = await place.visitor("service_agent")
    page = (await agent.get(where)).text
    await crowd.run(customers.MERGE_CUSTOMERS, customers.MergeCustomers(one, other, "met"))
    assert "The two are one customer now." in text((await agent.get(where)).text)
    await crowd.run(customers.SPLIT_CUSTOMER, customers.SplitCustomer(one, (other,), "two"))
    await crowd.told("loyalty", "m0", name="赵四", birth_date="1950-05-05", city="广州市")
    gone = await crowd.reviews() == []
    assert gone
    answer = await post(agent, where, f"{where}/answer", page, answer="joined")
    assert answer.status_code == 409
    assert "This pair has been settled meanwhile" in text(answer.text)
    assert (await agent.get(where)).status_code == 404
    assert (await agent.get(f"{QUEUE}/1")).status_code == 404


async def test_what_caps_forbid_is_said_and_the_question_stays(place: Place, crowd: Crowd) -> None:
    await crowd.told("app", "a", "13600001111", more=(union(1),), name="欧阳雪梅")
    await crowd.told("app", "b", "13600001111", more=(union(2),), name="欧阳雪梅")
    (review,) = await crowd.reviews()
    where = f"{QUEUE}/{review.id}"
    agent = await place.visitor("service_agent")
    answer = await post(agent, where, f"{where}/answer", answer="joined")
    assert answer.status_code == 409
    assert "more different identifiers of type unionid" in text(answer.text)
    assert f'action="{where}/answer"' in answer.text
    answer = await post(agent, where, f"{where}/answer", answer="nonsense")
    assert (answer.status_code, [one.id for one in await crowd.reviews()]) == (200, [review.id])


@pytest.mark.parametrize(
    ("role", "status"),
    [("service_agent", 200), ("privacy_officer", 200), ("administrator", 200), ("marketer", 403), ("analyst", 403)],
)
async def test_only_who_may_merge_sees_the_queue(place: Place, crowd: Crowd, role: str, status: int) -> None:
    await likely(crowd)
    (review,) = await crowd.reviews()
    visitor = await place.visitor(role)
    for where in (QUEUE, f"{QUEUE}/{review.id}", SUSPENDED):
        assert (await visitor.get(where)).status_code == status
    associate = await place.visitor("store_associate", "S1")
    assert (await associate.get(QUEUE)).status_code == 403
    page = (await (await place.visitor("service_agent")).get(f"{QUEUE}/{review.id}")).text
    fields = hidden(page, f"{QUEUE}/{review.id}/answer") | {"answer": "joined"}
    refused = await associate.post(f"{QUEUE}/{review.id}/answer", data=fields)
    assert refused.status_code == 403


async def test_the_queue_is_paged(place: Place) -> None:
    async with place.database.transaction() as connection:
        await connection.execute(
            "insert into customers.source_record (id, source, key, customer)"
            " select n, 'web', decode(lpad(to_hex(n), 8, '0'), 'hex'), n from generate_series(1, 60) as n"
        )
        await connection.execute(
            "insert into customers.review (id, low, high, reason, evidence)"
            " select 1000 + n, 2 * n - 1, 2 * n, 'middle', '{}' from generate_series(1, 30) as n"
        )
    agent = await place.visitor("service_agent")
    page = (await agent.get(QUEUE)).text
    following = re.search(r'rel="next" href="([^"]*)"', page)
    assert following is not None
    rest = (await agent.get(unescape(following[1]))).text
    rows = [set(re.findall(r"/identity/reviews/(\d+)", shown)) for shown in (page, rest)]
    assert [len(found) for found in rows] == [25, 5]
    assert not rows[0] & rows[1]


async def clerk(crowd: Crowd) -> None:
    for number in range(5):
        await crowd.told("pos", f"t{number}", "13955550000")


async def test_suspended_identifiers_are_listed_with_their_numbers_and_lifted(place: Place, crowd: Crowd) -> None:
    await clerk(crowd)
    agent = await place.visitor("service_agent")
    page = (await agent.get(SUSPENDED)).text
    shown = text(page)
    assert "Telephone number" in shown
    assert "Records: 5 of at most 12" in shown
    assert "of one source (pos) : 5 of at most 3" in shown
    assert "within a day: 5 of at most 4" in shown
    assert "13955550000" not in page
    link = re.search(r'href="(/identity/suspended/\d+)"', page)
    assert link is not None
    one = (await agent.get(link[1])).text
    assert "Customers who use it: 5 now, 1 afterwards" in text(one)

    answer = await post(agent, link[1], f"{link[1]}/lift", one)

    assert answer.status_code == 303
    assert "No identifier is suspended" in (await agent.get(SUSPENDED)).text
    after = (await agent.get(link[1])).text
    assert re.search(r"service_agent \d+ lifted its suspension", text(after))
    assert "Customers who use it: 1 now, 5 afterwards" in text(after)
    late = await agent.post(f"{link[1]}/lift", data=hidden(one, f"{link[1]}/lift") | {"key": "another"})
    assert (late.status_code, "is not suspended" in text(late.text)) == (409, True)


async def test_an_identifier_is_found_by_its_value_and_suspended_by_hand(place: Place, crowd: Crowd) -> None:
    one = await crowd.told("loyalty", "m", "13917305526")
    other = await crowd.told("web", "w", "13917305526")
    agent = await place.visitor("service_agent")
    found = await post(agent, SUSPENDED, f"{SUSPENDED}/find", type="phone", value="+86 139 1730 5526")
    assert found.status_code == 303
    where = found.headers["location"]
    assert "13917305526" not in where
    answer = await post(agent, where, f"{where}/suspend")
    assert answer.status_code == 303
    assert await crowd.owner(one) != await crowd.owner(other)
    assert "suspended by a person" in text((await agent.get(SUSPENDED)).text)
    nobody = await post(agent, SUSPENDED, f"{SUSPENDED}/find", type="phone", value="13786402915")
    assert (nobody.status_code, "Nobody uses such an identifier" in nobody.text) == (404, True)
    assert (await post(agent, SUSPENDED, f"{SUSPENDED}/find", type="x", value="1")).status_code == 404
    assert (await agent.get(f"{SUSPENDED}/1")).status_code == 404


async def test_the_pages_speak_chinese(place: Place, crowd: Crowd) -> None:
    await likely(crowd)
    await clerk(crowd)
    (review,) = await crowd.reviews()
    agent = await place.visitor("service_agent", language="zh-CN")
    assert "属性相似，但不确定" in (await agent.get(QUEUE)).text
    page = text((await agent.get(f"{QUEUE}/{review.id}")).text)
    assert "这两位是同一个人吗？" in page
    assert "按比较结果：99% 为同一人" in page
    assert "来自同一来源" in (await agent.get(SUSPENDED)).text

"""The queue of requests, opening one, its steps, its copy and its receipts."""

import re
from hashlib import sha256

import httpx
import pytest

from tests.console.conftest import Place
from tests.console.consents_people import PHONE, allowed, consent, done, found, person, request, rights, sent
from tests.console.orders_forms import fields, told

pytestmark = pytest.mark.anyio

WISH = "my name is written with 晓"


async def move(place: Place, number: int, due: str) -> None:
    """Let a request be due at another time, an SQL expression."""
    async with place.database.transaction() as connection:
        await connection.execute(
            f"update customers.rights_request set due_at = {due} where id = %s",
            (number,),
        )


def listed(page: httpx.Response) -> list[int]:
    """The numbers of the requests in a list, in its order."""
    assert page.status_code == 200, page.text
    return [int(number) for number in re.findall(r'class="fw-bold" href="/requests/(\d+)"', page.text)]


async def test_the_most_urgent_is_first_and_filters_narrow(place: Place) -> None:
    first, _ = await person(place)
    late = await request(place, first, "access")
    soon = await request(place, first, "rectification", "received", law="gdpr")
    later = await request(place, first, "portability", law="gdpr")
    over = await request(place, first, "objection")
    await done(place, rights.ADVANCE_REQUEST, rights.AdvanceRequest(over, "refused", reason="excessive"))
    await move(place, late, "now() - interval '50 hours'")
    await move(place, soon, "now() + interval '30 hours'")
    officer = await place.visitor("privacy_officer")
    page = await officer.get("/requests")
    assert listed(page) == [late, soon, later]
    assert "Days overdue: 2" in page.text or "Days overdue: 3" in page.text  # by the hour of the day
    assert "text-red" in page.text
    assert "••••4711" in page.text
    assert PHONE not in page.text
    for query, numbers in (
        ("show=overdue", [late]),
        ("show=soon", [soon]),
        ("show=closed", [over]),
        ("law=gdpr", [soon, later]),
        ("kind=access", [late]),
        ("state=received", [soon]),
        ("show=closed&state=done", []),
        ("kind=erasure", []),
        ("after=nonsense", [late, soon, later]),
    ):
        assert listed(await officer.get(f"/requests?{query}")) == numbers, query
    assert "No request fits" in told(await officer.get("/requests?kind=erasure"))


async def followed(client: httpx.AsyncClient, path: str) -> list[int]:
    """The numbers of all pages of a list."""
    seen: list[int] = []
    while path:
        page = await client.get(path)
        seen += listed(page)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    return seen


async def test_the_list_goes_on_behind_its_first_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstem.console.consents.queue.ROWS", 2)
    first, _ = await person(place)
    kinds = ("access", "portability", "rectification", "restriction", "objection")
    numbers = [await request(place, first, kind) for kind in kinds]
    officer = await place.visitor("privacy_officer")
    assert await followed(officer, "/requests") == numbers
    for number in numbers:
        await done(place, rights.ADVANCE_REQUEST, rights.AdvanceRequest(number, "withdrawn"))
    assert await followed(officer, "/requests?show=closed") == numbers[::-1]


async def test_a_list_is_kept_as_a_view(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    assert "No request is open" in told(await officer.get("/requests"))
    answer = await sent(officer, "/requests/views?law=gdpr&show=overdue&other=1", at="/requests/views", name="Late EU")
    assert answer.headers["location"] == "/requests?show=overdue&law=gdpr&view=Late+EU"
    page = await officer.get(answer.headers["location"])
    assert "Late EU" in page.text
    form = fields(page, "/requests/views/delete")
    assert (await officer.post("/requests/views/delete", data=form)).status_code == 303
    assert "Late EU" not in (await officer.get("/requests")).text
    bad = await sent(officer, "/requests/views?law=gdpr", at="/requests/views", name="")
    assert bad.status_code == 422


async def test_only_who_handles_requests_sees_them(place: Place) -> None:
    first, _ = await person(place)
    number = await request(place, first, "access")
    agent = await place.visitor("service_agent")
    for path in ("/requests", "/requests/new", f"/requests/{number}", f"/requests/{number}/done"):
        assert (await agent.get(path)).status_code == 403
    officer = await place.visitor("privacy_officer")
    for path in ("/requests/1", "/requests/99999999999999999999", f"/requests/{number}/receipts/PR-1"):
        assert (await officer.get(path)).status_code == 404


async def test_a_request_is_opened_once_with_its_receipt(place: Place) -> None:
    first, _ = await person(place)
    officer = await place.visitor("privacy_officer")
    path = f"/requests/new?customer={first}"
    form = fields(await officer.get(path), "/requests/new")
    typed = form | {"kind": ["rectification"], "law": ["gdpr"], "wish": [WISH], "identity": ["call_back"]}
    answers = [await officer.post("/requests/new", data=typed) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    page = await officer.get(answers[0].headers["location"])
    assert "Correction" in page.text
    assert "A call back to the known number" in page.text
    assert "PR-" in page.text
    assert WISH not in page.text
    again = await sent(officer, path, at="/requests/new", kind="rectification", law="gdpr", wish="once more")
    assert again.status_code == 409
    assert "once more" in again.text
    assert f"Go on with request {answers[0].headers['location'].rpartition('/')[2]}" in told(again)


async def test_what_cannot_be_opened_keeps_what_was_typed(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    for typed, status in (
        ({"customer": "5", "kind": "access"}, 404),
        ({"customer": "Wang", "kind": "access"}, 404),
        ({"customer": "5", "kind": ""}, 400),
    ):
        answer = await sent(officer, "/requests/new", wish="kept words", **typed)
        assert answer.status_code in (status, 422), (typed, answer.status_code)
        assert "kept words" in answer.text


async def test_what_the_customer_wrote_is_shown_when_asked_for_and_remembered(place: Place) -> None:
    first, _ = await person(place)
    number = await request(place, first, "rectification", wish=WISH)
    officer = await place.visitor("privacy_officer")
    assert WISH not in (await officer.get(f"/requests/{number}")).text
    assert await found(place, rights.disclosures_of(first, 10)) == []
    assert WISH in (await officer.get(f"/requests/{number}?personal=shown")).text
    looked = await found(place, rights.disclosures_of(first, 10))
    assert [(one.what, one.purpose) for one in looked] == [("request", "legal")]
    assert looked[0].actor > 0


async def test_a_request_goes_its_way_step_by_step(place: Place) -> None:
    first, _ = await person(place)
    number = await request(place, first, "restriction", "received")
    officer = await place.visitor("privacy_officer")
    url = f"/requests/{number}"
    page = await officer.get(url)
    assert "Note identity check" in page.text
    assert "Begin work" not in page.text
    assert (await officer.get(f"{url}/done")).status_code == 409
    incomplete = await sent(officer, f"{url}/identity_checked", identity="")
    assert incomplete.status_code == 422
    assert (await sent(officer, f"{url}/identity_checked", identity="in_person")).status_code == 303
    assert (await sent(officer, f"{url}/in_progress")).status_code == 303
    assert "may not" not in (await officer.get(url)).text
    form = fields(await officer.get(f"{url}/done"), f"{url}/done")
    for _ in range(2):  # a double click
        assert (await officer.post(f"{url}/done", data=form)).status_code == 303
    page = await officer.get(url)
    assert page.text.count("/file") == 2  # the receipts of its arrival and of its end
    history = told(page).partition("History")[2]
    for text in ("Done", "Work has begun", "Identity checked", "In person, with a document", "Received"):
        assert text in history
    assert await found(place, rights.is_restricted(first))
    assert (await officer.get(f"{url}/refused")).status_code == 409


async def test_an_objection_withdraws_what_it_objects_to(place: Place) -> None:
    first, second = await person(place)
    for record in (first, second):
        paper = consent.Evidence("paper")
        await done(place, consent.GIVE_CONSENT, consent.GiveConsent(record, "marketing", consent.LATEST, paper))
    officer = await place.visitor("privacy_officer")
    opened = await sent(
        officer,
        f"/requests/new?customer={first}",
        at="/requests/new",
        kind="objection",
        law="pipl",
        identity="account",
        purposes=["marketing", "analytics"],
    )
    url = opened.headers["location"]
    assert "Marketing, Analysis" in told(await officer.get(url))
    await sent(officer, f"{url}/in_progress")
    assert await allowed(place, first, "marketing")
    await sent(officer, f"{url}/done")
    assert not await allowed(place, first, "marketing")


async def test_who_decides_second_is_told_what_it_is_now(place: Place) -> None:
    first, _ = await person(place)
    number = await request(place, first, "access")
    one, other = await place.visitor("privacy_officer"), await place.visitor("administrator")
    url = f"/requests/{number}"
    form = fields(await other.get(f"{url}/done"), f"{url}/done")
    assert (await sent(one, f"{url}/refused", reason="not_held")).status_code == 303
    answer = await other.post(f"{url}/done", data=form)
    assert answer.status_code == 409
    assert "cannot become done" in told(answer)
    page = await other.get(url)
    assert "We hold nothing of that." in page.text
    assert "Complete" not in page.text


async def test_a_refusal_needs_a_reason(place: Place) -> None:
    first, _ = await person(place)
    url = f"/requests/{await request(place, first, 'access')}"
    officer = await place.visitor("privacy_officer")
    answer = await sent(officer, f"{url}/refused", reason="because")
    assert answer.status_code == 422
    assert "no reason for which a request is refused" in told(answer)


async def test_the_copy_is_made_when_it_is_known_who_asks(place: Place) -> None:
    first, _ = await person(place)
    number = await request(place, first, "portability", "received")
    officer = await place.visitor("privacy_officer")
    url = f"/requests/{number}"
    page = await officer.get(url)
    assert "The copy can be made when" in page.text
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    early = await officer.post(f"{url}/package", data={"csrf": csrf})
    assert early.status_code == 409
    assert await found(place, rights.disclosures_of(first, 10)) == []
    await sent(officer, f"{url}/identity_checked", identity="account")
    await sent(officer, f"{url}/in_progress")
    answer = await officer.post(f"{url}/package", data=fields(await officer.get(url), f"{url}/package"))
    assert f"request-{number}.json" in answer.headers["content-disposition"]
    assert {record["source"] for record in answer.json()["held"]["records"]} == {"web", "loyalty"}
    assert PHONE in answer.text
    looked = await found(place, rights.disclosures_of(first, 10))
    assert [one.what for one in looked] == ["package"]
    other = await request(place, first, "objection")
    assert (await officer.post(f"/requests/{other}/package", data={"csrf": csrf})).status_code == 404


async def test_a_receipt_is_printed_in_both_languages_and_proven_by_its_file(place: Place) -> None:
    first, _ = await person(place)
    url = f"/requests/{await request(place, first, 'access')}"
    officer = await place.visitor("privacy_officer")
    number = re.search(r"PR-\d+-\d+-1", (await officer.get(url)).text)
    assert number is not None
    page = await officer.get(f"{url}/receipts/{number[0]}")
    for shown in ("We have received your request.", "我们已收到您的请求。", "data-print"):
        assert shown in page.text
    file = await officer.get(f"{url}/receipts/{number[0]}/file")
    assert f"{number[0]}.json" in file.headers["content-disposition"]
    assert sha256(file.content).hexdigest() in page.text

"""The list, a segment's page, exports for a purpose, overlaps and tags: who sees what, and what is left out."""

import csv
import io

import pytest

from mainstem.console.segments import building, overlapping
from mainstem.domains import customers
from mainstem.platform.query import ask
from tests.console.conftest import Place
from tests.console.segments_forms import (
    agrees,
    done,
    draft,
    fields,
    follow,
    opened,
    people,
    segment,
    sells,
    told,
    words,
)

pytestmark = pytest.mark.anyio

SPENT = {"trait": "spend_90d", "op": ">=", "value": 50_000}
ANYBODY = {"trait": "has_phone", "op": "=", "value": True}


async def test_who_may_see_segments(place: Place) -> None:
    number = await segment(place, "everybody", ANYBODY)
    for role, status in (("marketer", 200), ("analyst", 200), ("operations_manager", 200), ("service_agent", 403)):
        client = await place.visitor(role)
        for path in ("/segments", "/tags", "/segments/overlap", f"/segments/{number}", f"/segments/{number}/changes"):
            assert (await client.get(path)).status_code == status, (role, path)
    client = await place.visitor("analyst")
    for path in ("/segments", f"/segments/{number}", "/tags"):
        page = await client.get(path)
        assert "/segments/new" not in page.text
        assert f"/segments/{number}/edit" not in page.text
    for path in ("/segments/999999", "/segments/999999/changes", f"/segments/{2**63}"):
        assert (await client.get(path)).status_code == 404


async def test_the_list_has_figures_and_is_searched_and_paged(place: Place) -> None:
    await people(place)
    await segment(place, "Spenders", SPENT, description="for the autumn mail")
    for number in range(51):
        await done(place, customers.SAVE_SEGMENT, customers.SaveSegment(f"zone {number:02d}", SPENT))
    client = await place.visitor("analyst")

    found = await client.get("/segments?q=AUTUMN")
    first = await client.get("/segments")
    next_url = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await client.get(next_url)

    assert "Spenders for the autumn mail 1 Entered +1 Left \u22120 Entered +1 Left \u22120 Live #1" in told(found)
    assert "zone 00" not in found.text
    assert "No segment fits" in told(await client.get("/segments?q=nothing-like-it"))
    assert ("zone 48" in first.text, "zone 49" in first.text) == (True, False)
    assert ("zone 48" in second.text, "zone 50" in second.text) == (False, True)
    assert "Finding members" in told(second)


async def test_members_are_masked_or_numbers_alone(place: Place) -> None:
    who = await people(place)
    number = await segment(place, "everybody", ANYBODY)

    seen = await (await place.visitor("marketer")).get(f"/segments/{number}")
    numbers = await (await place.visitor("analyst")).get(f"/segments/{number}")

    assert f'href="/customers/{who["wang"]}"' in seen.text
    assert "王小明" not in seen.text
    assert "13912340002" not in seen.text
    assert "0002" in seen.text
    assert str(who["wang"]) in numbers.text
    assert "/customers/" not in numbers.text
    assert "0002" not in told(numbers).replace(str(who["wang"]), "")


async def test_members_for_a_purpose_are_those_who_agreed(place: Place) -> None:
    who = await people(place)
    await agrees(place, who["ann"])
    number = await segment(place, "everybody", ANYBODY)
    client = await place.visitor("marketer")

    page = await client.get(f"/segments/{number}?purpose=marketing:sms")
    await agrees(place, who["ann"], given=False)
    later = await client.get(f"/segments/{number}?purpose=marketing:sms")

    assert f"/customers/{who['ann']}" in page.text
    assert f"/customers/{who['li']}" not in page.text
    assert "2 of this page are left out" in told(page)
    assert "Nobody on this page has agreed to this" in told(later)


async def test_who_came_and_went_and_how_large_it_was(place: Place) -> None:
    who = await people(place)
    number = await segment(place, "spenders", SPENT)
    await sells(place, "wang", 80_000)
    await follow(place)
    saved = customers.SaveSegment("spenders", {**SPENT, "value": 95_000}, segment=number)
    await done(place, customers.SAVE_SEGMENT, saved)
    await follow(place)
    other = await segment(place, "few", {"trait": "orders_total", "op": "<=", "value": 1})
    await sells(place, "li", 100)
    await sells(place, "li", 100)
    await follow(place)
    client = await place.visitor("marketer")

    spenders = told(await client.get(f"/segments/{number}/changes"))
    page = await client.get(f"/segments/{other}/changes")

    assert "Members found revision 2 1 members" in spenders
    assert "Members found revision 1 1 members" in spenders
    assert "The segment is new" in spenders
    assert "Left" in told(page)
    assert f"/customers/{who['li']}" in page.text


async def test_an_export_names_its_purpose_and_holds_who_agreed(place: Place) -> None:
    who = await people(place)
    number = await segment(place, "everybody", ANYBODY)
    path = f"/segments/{number}/export"
    assert (await (await place.visitor("marketer")).get(path)).status_code == 403
    assert (await (await place.visitor("privacy_officer")).get(path)).status_code == 403
    await agrees(place, who["ann"])
    await agrees(place, who["li"])
    await agrees(place, who["wang"], given=False)
    client = await place.visitor("analyst")

    choosing = await client.get(path)
    page = await client.get(f"{path}?purpose=marketing:sms")
    email = await client.get(f"{path}?purpose=marketing:email")
    form = fields(page, path)
    nothing = await client.post(path, data=form | {"purpose": "spying"})
    await agrees(place, who["li"], given=False)  # after the page was shown
    file = await client.post(path, data=form)

    assert "Download" not in choosing.text
    assert "May be used 2 · 67%" in told(page)
    assert "refused or withdrawn 1 · 33%" in told(page)
    assert "never agreed to the policy in force 3 · 100%" in told(email)
    assert "Download" not in email.text
    assert nothing.status_code == 422
    assert file.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [(row["customer"], row["purpose"], row["channel"]) for row in rows] == [
        (str(who["ann"]), "marketing", "sms")
    ]
    async with place.database.snapshot() as connection:
        seen, unseen = await ask(
            connection,
            customers.rights.disclosures_of(who["ann"], 10),
            customers.rights.disclosures_of(who["li"], 10),
        )
    assert [(one.purpose, one.what) for one in seen] == [("marketing", "export:segment")]
    assert unseen == []


async def test_a_restricted_member_is_left_out_and_said_so(place: Place) -> None:
    who = await people(place)
    await agrees(place, who["ann"])
    number = await segment(place, "everybody", ANYBODY)
    async with place.database.transaction() as connection:  # the follower is behind: still a member
        await connection.execute(
            "insert into customers.restriction (record, request, since) values (%s, 1, now())", (who["ann"],)
        )
    client = await place.visitor("analyst")

    page = await client.get(f"/segments/{number}/export?purpose=marketing:sms")

    assert "May be used 0" in told(page)
    assert "erased or restricted 1 · 33%" in told(page)


async def test_removing_says_what_goes_and_asks_once(place: Place) -> None:
    await people(place)
    number = await segment(place, "everybody", ANYBODY)
    path = f"/segments/{number}/remove"
    client = await place.visitor("marketer")
    form = await opened(client, path)
    assert "Members 3" in told(await client.get(path))
    again = customers.SaveSegment("all of them", ANYBODY, segment=number)
    await done(place, customers.SAVE_SEGMENT, again)

    conflict = await client.post(path, data=form)
    assert conflict.status_code == 409
    assert "all of them" in conflict.text
    form = fields(conflict, path)
    first, second = [await client.post(path, data=form) for _ in range(2)]

    assert first.status_code == second.status_code == 303
    assert (await client.get(f"/segments/{number}")).status_code == 404
    assert (await client.post(path, data=form | {"key": "later"})).status_code == 404


async def test_overlaps_are_counted_both_ways(place: Place) -> None:
    await people(place)
    spent = await segment(place, "spenders", SPENT)
    everybody = await segment(place, "everybody", ANYBODY)
    client = await place.visitor("analyst")

    one = await client.get(f"/segments/overlap?segment={spent}")
    both = await client.get(f"/segments/overlap?segment={spent}&segment={everybody}&segment=77&segment=x")
    many = [await segment(place, f"s{number}", ANYBODY) for number in range(customers.OVERLAP_MAX + 1)]
    too_many = await client.get("/segments/overlap?" + "&".join(f"segment={number}" for number in many))

    assert "at least one more" in told(one)
    assert "spenders 1 – 1 100%" in told(both)
    assert "everybody 3 1 33% –" in told(both)
    assert 'class="cell heat-4"' in both.text
    assert "At most 10 segments" in told(too_many)
    assert too_many.text.count('<th scope="row">') == customers.OVERLAP_MAX


async def test_the_library_of_tags_with_their_meaning_and_customers(place: Place) -> None:
    who = await people(place)
    await done(place, customers.SET_TAG, customers.SetTag(who["li"], "vip-2026"))
    client = await place.visitor("marketer")

    first = await client.get("/tags")
    counted = await client.get("/tags?count=1")
    part = (await client.get("/tags", headers={"hx-request": "true"})).text
    found = await client.get("/tags?q=复购")
    attached = await client.get("/tags?group=attached")
    category = await client.get("/tags?group=category&count=1")
    reader = await (await place.visitor("analyst")).get("/tags?count=1")

    assert "Known, never bought prospect Customers who bought exactly 0 times in all Show them" in told(first)
    assert "Customers who bought exactly 0 times in all 1" in told(counted)
    assert part.lstrip().startswith('<div id="tags"')
    assert 'href="/customers?tag=prospect"' in counted.text
    assert "repeat_buyer" in found.text
    assert "vip-2026 1" in told(attached)
    assert "likes:Food" in category.text
    assert "/customers?tag=" not in reader.text
    assert "No tag fits" in told(await client.get("/tags?q=zzzz"))
    made = await client.get("/segments/new?tag=likes:Food")
    assert words(made) == "Customers with the tag “Buys Food”"


async def test_every_tag_of_the_library_is_shown_in_words(place: Place) -> None:
    for language in ("en", "zh-CN"):
        client = await place.visitor("marketer", language=language)
        seen = 0
        for group in customers.tag_groups():
            page = await client.get(f"/tags?group={group}")
            assert page.status_code == 200
            assert "{" not in told(page)
            seen += page.text.count("<code")
        assert seen >= len(customers.shipped_tags())


async def test_where_there_are_many_the_pages_do_not_wait_for_the_figures(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people(place)
    for room in (overlapping, building):
        monkeypatch.setattr(room, "COUNTED_AT_ONCE", -1)
    one, other = await segment(place, "spenders", SPENT), await segment(place, "everybody", ANYBODY)
    client = await place.visitor("marketer")
    part = {"hx-request": "true"}
    compared = f"/segments/overlap?segment={one}&segment={other}"

    waiting, figure = 'id="matrix" hx-get="/segments/overlap?segment=', "<small>33%</small>"
    page = await client.get(compared)
    assert (waiting in page.text, figure in page.text) == (True, False)
    later = (await client.get(compared, headers=part)).text
    assert (waiting in later, figure in later, "<html" in later) == (False, True, False)
    assert figure in (await client.get(f"{compared}&figures=1")).text
    page = await client.get(f"/segments/{other}/edit")
    assert 'hx-trigger="input delay:400ms, load"' in page.text
    assert "Counting …" in page.text
    assert "Customers who have a phone number" in page.text
    counted = await draft(client, fields(page, f"/segments/{other}/edit"), part=True)
    assert '<div class="figure-value">3</div>' in counted.text
    assert ", load" not in counted.text

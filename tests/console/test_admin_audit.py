"""The audit trail: who did what; customers' data hidden; verified by a job; exported."""

import csv
import html
import re
from io import StringIO

import pytest

from mainstem.platform import verification
from mainstem.platform.seal import seal_pending
from tests.console.admin_forms import hidden, sent
from tests.console.conftest import Place

pytestmark = pytest.mark.anyio

ORDER = {"channel": "web", "customer": "13812345678", "lines": [{"sku": "K1", "quantity": 1}]}


def rows(page: str) -> list[str]:
    """The rows of the list."""
    return re.findall(r"<tr>.*?</tr>", page.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)


def event(page: str, text: str) -> str:
    """The address of the first event that tells something."""
    (row, *_) = [row for row in rows(page) if text in row]
    found = re.search(r"/admin/audit/\d+/\d+", row)
    assert found is not None
    return found[0]


async def test_the_trail_says_who_did_what_latest_first(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    made = await place.api("POST", "/v1/orders", ORDER)
    page = (await officer.get("/admin/audit")).text
    first, *_ = rows(page)
    assert "Order placed" in first
    assert "administrator" in first
    assert f'href="/orders/{made["id"]}"' in first


async def test_the_trail_is_narrowed(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    made = await place.api("POST", "/v1/orders", ORDER)
    for query, count in (
        (f"subject={made['id']}", 1),
        ("type=orders.order_placed", 1),
        ("type=orders.order_placed&actor=0", 0),
        ("type=orders.order_placed&from=2020-01-01&to=2999-01-01", 1),
        ("type=orders.order_placed&to=2020-01-01", 0),
        ("type=orders.order_placed&from=2999-01-01", 0),
        ("actor=0&type=access.key_issued", 1),
        ("trace=nothing", 0),
        (f"subject={2**63 - 1}", 0),
        ("subject=S1", 0),
        (f"actor={10**30}", 0),
        ("before=nonsense&type=orders.order_placed", 1),
    ):
        answer = await officer.get(f"/admin/audit?{query}")
        assert (answer.status_code, len(rows(answer.text))) == (200, count), query
    trace = re.search(r"trace=(\w+)", (await officer.get(f"/admin/audit?subject={made['id']}")).text)
    assert trace is not None
    assert len(rows((await officer.get(f"/admin/audit?trace={trace[1]}")).text)) == 1


async def test_pages_of_the_trail_follow_each_other(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    for number in range(60):
        body = {"sku": "K1", "currency": "CNY", "amount_minor": 500 + number}
        await place.api("POST", "/v1/prices", body)
    first = (await officer.get("/admin/audit?type=pricing.price_set")).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = (await officer.get(following[1].replace("&amp;", "&"))).text
    seen = [event for page in (first, second) for event in re.findall(r"/admin/audit/\d+/(\d+)", page)]
    assert len(seen) == len(set(seen)) == 63
    assert [int(number) for number in seen] == sorted(map(int, seen), reverse=True)


async def test_an_event_names_a_customer_by_his_record_only(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    order = (await place.api("POST", "/v1/orders", ORDER))["id"]
    customer = (await place.api("GET", f"/v1/orders/{order}"))["customer"]
    where = event((await officer.get("/admin/audit")).text, "Order placed")
    page = (await officer.get(where)).text
    assert "13812345678" not in page
    assert "••••" not in page
    assert f'"customer": {customer}' in html.unescape(page)
    assert "Show personal data" not in page
    assert "Not sealed yet" in page
    assert "13812345678" not in (await officer.get(f"{where}?personal=shown")).text
    assert (await officer.get("/admin/audit/1/1")).status_code == 404
    assert (await officer.get(f"/admin/audit/{10**19}/1")).status_code == 404


async def test_the_export_has_what_the_list_has_and_hides_customers(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    await place.api("POST", "/v1/orders", ORDER)
    answer = await officer.get("/admin/audit/export?type=orders.order_placed")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert [line["type"] for line in lines] == ["orders.order_placed"]
    assert lines[0]["name"] == "administrator"
    assert "13812345678" not in answer.text
    analyst = await place.visitor("analyst")
    assert (await analyst.get("/admin/audit/export")).status_code == 403


async def test_a_span_is_verified_by_a_job_and_an_edit_shows(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    home = "/admin/audit/verification"
    assert "Nothing is sealed yet" in (await officer.get(home)).text
    while await seal_pending(place.database, 5):
        pass
    page = (await officer.get(home)).text
    assert "Everything is sealed" in page
    form = hidden(page, home) | {"what": "all"}
    asked, again = await officer.post(home, data=form), await officer.post(home, data=form)
    assert asked.status_code == 303
    assert asked.headers["location"] == again.headers["location"]
    where = asked.headers["location"]
    assert "Waiting for the worker" in (await officer.get(where)).text
    part = await officer.get(where, headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert 'hx-trigger="every 2s"' in part.text
    async with place.database.transaction() as connection:
        cursor = await connection.execute("select args ->> 'verification' from procrastinate_jobs")
        assert await cursor.fetchall() == [(where.rpartition("/")[2],)]
    await verification.run(place.database, int(where.rpartition("/")[2]))
    done = (await officer.get(where)).text
    assert "Intact" in done
    assert "hx-trigger" not in done

    async with place.database.transaction() as connection:
        await connection.execute("update platform.event set actor = 5 where type = 'access.key_issued'")
    spoilt = await sent(officer, home, home, what="recent")
    await verification.run(place.database, int(spoilt.headers["location"].rpartition("/")[2]))
    assert "was edited or moved" in (await officer.get(spoilt.headers["location"])).text
    assert "Does not fit" in (await officer.get(home)).text
    assert "Audit trail verified" in (await officer.get("/admin/audit")).text


async def test_days_without_seals_are_refused(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    await seal_pending(place.database)
    home = "/admin/audit/verification"
    for begin in ("2999-01-01", "soon"):
        answer = await sent(officer, home, home, what="days", **{"from": begin})
        assert answer.status_code == 422
        assert f'value="{begin}"' in answer.text
    assert (
        await sent(officer, home, home, what="days", **{"from": "2020-01-01", "to": "2999-01-01"})
    ).status_code == 303


async def test_only_who_may_see_the_trail_sees_it(place: Place) -> None:
    for role in ("analyst", "operations_manager"):
        visitor = await place.visitor(role)
        assert (await visitor.get("/admin/audit")).status_code == 403
        assert (await visitor.get("/admin/audit/verification")).status_code == 403
    associate = await place.visitor("store_associate", "S1")
    assert (await associate.get("/admin/audit")).status_code == 403

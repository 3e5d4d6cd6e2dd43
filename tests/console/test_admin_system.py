"""The outbox, jobs, data quality and the system."""

import re

import pytest

from mainstem.platform.jobs import Job, Queue
from mainstem.platform.settings import load
from tests.console.admin_forms import SALE, held, sent
from tests.console.conftest import Place

pytestmark = pytest.mark.anyio


async def test_the_outbox_says_how_far_each_subscriber_has_come(place: Place) -> None:
    admin = await place.visitor("administrator")
    assert "Nobody subscribes" in (await admin.get("/admin/outbox")).text
    async with place.database.transaction() as connection:
        await connection.execute(
            "insert into platform.event_cursor (subscriber, xid, id)"
            " select 'done', xid, id from platform.event order by xid desc, id desc limit 1"
        )
        await connection.execute("insert into platform.event_cursor values ('behind', '0', 0, now())")
        await connection.execute("update platform.event set recorded_at = now() - interval '2 minutes'")
    page = (await admin.get("/admin/outbox")).text
    rows = {
        row[1]: row[0] for row in re.finditer(r"<tr>\s*<th scope=\"row\".*?<code>(\w+)</code>.*?</tr>", page, re.DOTALL)
    }
    assert "Up to date" in rows["done"]
    assert "Late" in rows["behind"]
    assert "1 of 2 subscribers" in page
    assert (await (await place.visitor()).get("/admin/outbox")).status_code == 403


async def jobs(place: Place) -> tuple[int, int]:
    """A job that waits, and one that has failed."""

    async def nothing(_: object) -> None:
        pass

    job = Job("test.nothing", nothing)
    async with place.database.transaction() as connection:
        await Queue(place.database, [job]).enqueue(connection, job, {}, {})
        cursor = await connection.execute(
            "update procrastinate_jobs set status = 'failed', attempts = 5 where id = (select max(id) from"
            " procrastinate_jobs) returning id, (select min(id) from procrastinate_jobs)"
        )
        row = await cursor.fetchone()
        assert row is not None
        await connection.execute("insert into platform.job_failure (job, error) values (%s, 'it broke')", (row[0],))
    return row[1], row[0]


async def test_a_failed_job_is_run_again_and_a_waiting_one_stopped(place: Place) -> None:
    admin = await place.visitor("administrator")
    queued, failed = await jobs(place)
    page = (await admin.get("/admin/jobs")).text
    assert f"/admin/jobs/{queued}" in page
    assert "No worker has been heard of" in page
    assert "it broke" in (await admin.get("/admin/jobs?show=failed")).text
    assert "it broke" in (await admin.get(f"/admin/jobs/{failed}")).text
    again = await sent(admin, f"/admin/jobs/{failed}", f"/admin/jobs/{failed}/retry")
    assert again.status_code == 303
    assert "Queued" in (await admin.get(f"/admin/jobs/{failed}")).text
    where = f"/admin/jobs/{queued}/stop"
    assert (await sent(admin, where, where)).status_code == 303
    assert "Cancelled" in (await admin.get(f"/admin/jobs/{queued}")).text
    late = await sent(admin, where, where)
    assert late.status_code == 409
    assert "can no longer be changed like this" in late.text
    assert "Job stopped" in (await admin.get("/admin/audit")).text
    assert (await admin.get("/admin/jobs/987654321")).status_code == 404


async def test_a_manager_sees_jobs_and_changes_none(place: Place) -> None:
    manager = await place.visitor()
    queued, _ = await jobs(place)
    page = await manager.get(f"/admin/jobs/{queued}")
    assert page.status_code == 200
    assert "/stop" not in page.text
    assert (await manager.get(f"/admin/jobs/{queued}/stop")).status_code == 403


async def test_quality_counts_and_leads_to_the_lists(place: Place) -> None:
    manager = await place.visitor()
    sale = SALE | {"node": "S1", "external_id": "F1", "lines": [{"sku": "GHOST", "quantity": 1, "amount_minor": 9}]}
    made = await place.api("POST", "/v1/sales", sale)
    await held(place)
    page = (await manager.get("/admin/quality")).text
    counts = {row[1]: row[2] for row in re.finditer(r"findings/(\w+)\">(\d+)<", page)}
    assert counts == {"unknown_product": "1", "tender_mismatch": "1"}
    assert re.search(r'href="/admin/quarantine">1<', page)
    assert "/products?show=placeholders" in page
    found = (await manager.get("/admin/quality/findings/unknown_product")).text
    assert f"/orders/{made['id']}" in found
    assert "GHOST" in found
    assert "No findings." in (await manager.get("/admin/quality/findings/nothing")).text
    marketer = await place.visitor("marketer")
    assert "/admin/quality/findings" not in (await marketer.get("/admin/quality")).text
    assert (await marketer.get("/admin/quality/findings/unknown_product")).status_code == 403


async def test_the_system_shows_settings_without_secrets(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://shop:hunter2@db.example/mainstem"
    environ = {"MAINSTEM_DATABASE_URL": url, "MAINSTEM_LOG_FORMAT": "json", "MAINSTEM_OIDC_CLIENT_SECRET": "opensesame"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    place.console._desk.settings = load(environ)
    manager = await place.visitor()
    page = (await manager.get("/admin/system")).text
    assert "hunter2" not in page
    assert "opensesame" not in page
    assert "postgresql://shop:***@db.example/mainstem" in page
    assert "MAINSTEM_LOG_FORMAT" in page
    assert "Environment" in page
    assert "0014_audit" in page
    assert "platform.event" in page
    assert "access.create_principal" in page
    assert "/v1/principals" in page
    associate = await place.visitor("store_associate", "S1")
    assert (await associate.get("/admin/system")).status_code == 403

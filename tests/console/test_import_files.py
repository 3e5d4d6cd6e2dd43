"""Importing a file through the console: what would change, the import in the worker, and the report."""

import asyncio
import contextlib
import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from mainstem.connectors import files
from mainstem.connectors.files.contracts import ImportOptions
from mainstem.connectors.files.jobs import import_upload
from mainstem.connectors.files.uploads import forget_uploads
from mainstem.console.importing.kinds import KINDS
from mainstem.platform.jobs import run_worker
from tests.console.conftest import Place

pytestmark = pytest.mark.anyio

SOON = 30
MIXED = """external_id,name,brand,category,sku,unit,gtins
P1,Product 1,,Food/Milk,K1,pc,
P2,Product two,Best,Food/Milk,K2,pc,
NEW,=Formula,,Food,N1,pc,
BAD,Broken,,Food,B1,barrel,
"""


@contextlib.asynccontextmanager
async def working(place: Place) -> AsyncIterator[None]:
    """A worker beside the console, as in a running Mainstem."""
    stop = asyncio.Event()
    options = {"idempotency_retention_days": 30, "shutdown_seconds": 5.0}
    task = asyncio.create_task(run_worker(place.database, files.JOBS, stop, **options))  # type: ignore[arg-type]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, SOON)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


async def send(
    visitor: httpx.AsyncClient, kind: str, name: str, body: str | bytes, *, key: str = "", **more: str
) -> httpx.Response:
    page = (await visitor.get("/import")).text
    fields = {"csrf": hidden(page, "csrf"), "key": key or hidden(page, "key"), "kind": kind, **more}
    return await visitor.post("/import", data=fields, files={"file": (name, body)})


async def settled(visitor: httpx.AsyncClient, url: str) -> str:
    """The page once nothing runs any more."""
    async with asyncio.timeout(SOON):
        while True:
            answer = await visitor.get(url)
            assert answer.status_code == 200, answer.text
            if 'id="import-progress"' not in answer.text:
                return answer.text
            await asyncio.sleep(0.05)


async def confirm(visitor: httpx.AsyncClient, url: str, page: str) -> httpx.Response:
    form = {"csrf": hidden(page, "csrf"), "key": hidden(page, "key")}
    return await visitor.post(f"{url}/confirm", data=form)


def figures(page: str) -> list[str]:
    """What the figures say: new, changed, unchanged, refused."""
    return re.findall(r"figure-value[^>]*>([^<]+)<", page)


async def report(visitor: httpx.AsyncClient, url: str) -> list[list[str]]:
    answer = await visitor.get(f"{url}/report.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_a_file_with_bad_rows_from_preview_to_report(place: Place) -> None:
    manager = await place.visitor()
    async with working(place):
        url = (await send(manager, "products", "商品.csv", MIXED)).headers["location"]
        preview = await settled(manager, url)

        assert figures(preview) == ["1", "1", "1", "1"]
        assert "Product two" in preview
        assert "Product 2" in preview
        assert "There is no unit barrel." in preview
        assert "Import 2 rows" in preview
        assert (await place.api("GET", "/v1/products/P2"))["name"] == "Product 2"
        assert [row[:4] for row in await report(manager, url)][1:] == [["5", "refused", "unit", "unknown_unit"]]

        assert (await confirm(manager, url, preview)).headers["location"] == url
        assert (await confirm(manager, url, preview)).headers["location"] == url
        done = await settled(manager, url)

    assert figures(done) == ["1", "1", "1", "1"]
    assert (await place.api("GET", "/v1/products/P2"))["name"] == "Product two"
    assert (await place.api("GET", "/v1/products/P2"))["revision"] == 2
    rows = await report(manager, url)
    assert rows[0] == ["row", "what", "column", "code", "text", "remedy"]
    assert [row[:2] for row in rows[1:]] == [["2", "unchanged"], ["3", "changed"], ["4", "created"], ["5", "refused"]]
    assert rows[4][3:] == ["unknown_unit", "There is no unit barrel.", "Use one of pc, kg, l, m, gal."]
    listed = (await manager.get("/import")).text
    assert "商品.csv" in listed
    assert "Imported" in listed


async def test_a_file_imported_twice_changes_nothing_more(place: Place) -> None:
    manager = await place.visitor()
    lines = "type,node,document,occurred_at,sku,quantity\nsupplier,S1,N-1,2026-01-02T09:00:00+08:00,K1,5\n"
    async with working(place):
        for first in (True, False):
            url = (await send(manager, "stock", "stock.csv", lines)).headers["location"]
            preview = await settled(manager, url)
            assert figures(preview) == (["1", "0", "0", "0"] if first else ["0", "0", "1", "0"])
            if first:
                await confirm(manager, url, preview)
                assert figures(await settled(manager, url)) == ["1", "0", "0", "0"]
            else:
                assert "Everything is so already" in preview


async def test_a_form_sent_twice_is_one_file(place: Place) -> None:
    manager = await place.visitor()
    first = await send(manager, "products", "a.csv", MIXED, key="same")
    again = await send(manager, "products", "a.csv", MIXED, key="same")
    assert first.headers["location"] == again.headers["location"]


async def test_what_a_first_run_did_is_told_after_a_restart(place: Place) -> None:
    """A worker that was killed in the middle of an import: its job runs again and says what became of the rows."""
    manager = await place.visitor()
    async with working(place):
        url = (await send(manager, "products", "p.csv", MIXED)).headers["location"]
        preview = await settled(manager, url)
    await confirm(manager, url, preview)
    number = int(url.rpartition("/")[2])
    await import_upload(place.database, upload=number)
    async with place.database.transaction() as connection:
        await connection.execute("update files.upload set state = 'importing' where id = %s", (number,))
    async with working(place):
        assert figures(await settled(manager, url)) == ["1", "1", "1", "1"]


async def test_a_file_that_cannot_be_read_says_why(place: Place) -> None:
    manager = await place.visitor()
    async with working(place):
        url = (await send(manager, "nodes", "n.csv", "code,name,colour\na,b,c\n")).headers["location"]
        page = await settled(manager, url)
        assert "There is no column colour in this layout." in page
        empty = (await send(manager, "nodes", "n.csv", b"\xff\xfe")).headers["location"]
        assert "alert-danger" in await settled(manager, empty)
    wrong = await send(manager, "nodes", "n.xlsx", "x")
    assert wrong.status_code == 422
    assert "is not known by its suffix" in wrong.text
    page = (await manager.get("/import")).text
    none = await manager.post(
        "/import", data={"csrf": hidden(page, "csrf"), "kind": "nodes"}, files={"other": ("x.csv", b"")}
    )
    assert none.status_code == 422
    assert "No file was chosen." in none.text


async def test_while_it_runs_only_the_progress_is_asked_for(place: Place) -> None:
    manager = await place.visitor()
    url = (await send(manager, "products", "p.csv", MIXED)).headers["location"]
    page = (await manager.get(url)).text
    assert 'hx-trigger="every 2s"' in page
    part = await manager.get(url, headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert "hx-refresh" not in part.headers
    async with working(place):
        await settled(manager, url)
    assert (await manager.get(url, headers={"hx-request": "true"})).headers["hx-refresh"] == "true"
    assert 'hx-trigger="every 2s"' not in (await manager.get(url)).text


async def test_who_may_import_what(place: Place) -> None:
    planner = await place.visitor("analyst")
    assert (await planner.get("/import")).status_code == 403
    associate = await place.visitor("store_associate", "S1")
    assert (await associate.get("/import")).status_code == 403
    manager, other = await place.visitor(), await place.visitor()
    url = (await send(manager, "products", "p.csv", MIXED)).headers["location"]
    assert (await planner.get(url)).status_code == 403
    assert (await planner.get(f"{url}/report.csv")).status_code == 403
    assert (await send_as(planner, "products")).status_code == 403
    # Somebody else may look, and not decide.
    async with working(place):
        page = await settled(manager, url)
    assert "can have it imported" in (await other.get(url)).text
    form = {"csrf": hidden((await other.get("/import")).text, "csrf")}
    assert (await other.post(f"{url}/confirm", data=form)).status_code == 403
    assert (await manager.post(f"{url}/confirm", data={"key": hidden(page, "key")})).status_code == 403
    assert (await manager.get("/import/1")).status_code == 404
    assert (await manager.get("/import/99999999999999999999999")).status_code == 404


async def send_as(visitor: httpx.AsyncClient, kind: str) -> httpx.Response:
    """Send a file without a page that offers it."""
    csrf = hidden((await visitor.get("/products")).text, "csrf")
    return await visitor.post("/import", data={"csrf": csrf, "kind": kind}, files={"file": ("p.csv", b"x")})


async def test_files_are_forgotten_when_their_time_is_up(place: Place) -> None:
    manager = await place.visitor()
    async with working(place):
        url = (await send(manager, "products", "p.csv", MIXED)).headers["location"]
        await settled(manager, url)
    async with place.database.transaction() as connection:
        await connection.execute("update files.upload set created_at = now() - interval '31 days'")
        await forget_uploads(connection)
        left = await (
            await connection.execute("select count(body), (select count(*) from files.outcome) from files.upload")
        ).fetchone()
    assert left == (0, 0)
    assert "have been deleted" in (await manager.get(url)).text
    assert (await manager.get(f"{url}/report.csv")).status_code == 404


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_every_example_can_be_read(place: Place, kind: str, tmp_path: Path) -> None:
    manager = await place.visitor()
    answer = await manager.get(f"/import/examples/{kind}.csv")
    assert answer.status_code == 200
    path = tmp_path / "example.csv"
    path.write_bytes(answer.content)
    read = files.preview_file(kind, path, options=ImportOptions())
    assert (read.refused, read.accepted > 0) == (0, True)
    assert "sku" in (await manager.get(f"/import/layouts/{kind}")).text or kind == "nodes"
    assert (await manager.get("/import/layouts/other")).status_code == 404


async def test_nothing_of_a_file_is_logged(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    manager = await place.visitor()
    told = "Geheim-Zeile-4711"
    async with working(place):
        text = f"external_id,name,sku,unit\nX,{told},{told},pc\nY,{told},Q,{told}\n"
        url = (await send(manager, "products", f"{told}.csv", text)).headers["location"]
        page = await settled(manager, url)
        await confirm(manager, url, page)
        await settled(manager, url)
    written = capfd.readouterr()
    assert told not in written.out + written.err

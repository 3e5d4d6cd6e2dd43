"""The quarantine: read, corrected and applied, applied again in bulk, set aside with a reason."""

import re

import pytest

from mainstem.kernel.refusals import MALFORMED, refuse
from mainstem.platform.quarantine import Arrival, hold_back
from tests.console.admin_forms import SALE, held, hidden, sent
from tests.console.conftest import Place

pytestmark = pytest.mark.anyio

HOME = "/admin/quarantine"


def waiting(page: str) -> list[int]:
    """The entries of the list."""
    return sorted({int(number) for number in re.findall(r"/admin/quarantine/(\d+)", page)})


async def state_of(place: Place, entry: int) -> str:
    state: str = (await place.api("GET", f"/v1/quarantine/{entry}"))["state"]
    return state


async def test_what_waits_is_listed_with_its_reason_and_source(place: Place) -> None:
    manager = await place.visitor()
    node, channel = await held(place), await held(place, channel="nothing", node="S1")
    page = (await manager.get(HOME)).text
    assert waiting(page) == [node, channel]
    assert "There is no node NOWHERE." in page
    assert "There is no node …." in page
    assert "API · administrator" in page
    assert "Till sale" in page
    assert waiting((await manager.get(f"{HOME}?code=unknown_channel")).text) == [channel]
    assert waiting((await manager.get(f"{HOME}?operation=orders.record_sale&source=api/")).text) == [node, channel]
    assert waiting((await manager.get(f"{HOME}?source=file:")).text) == []
    assert waiting((await manager.get(f"{HOME}?state=set_aside")).text) == []
    assert waiting((await manager.get(f"{HOME}?after={node}")).text) == [channel]


async def test_an_entry_is_corrected_and_applied(place: Place) -> None:
    manager = await place.visitor()
    entry = await held(place)
    where = f"{HOME}/{entry}"
    page = (await manager.get(where)).text
    assert "Create the node first, or correct its code." in page
    assert "13800138000" in page
    form = hidden(page, f"{where}/resubmission")
    broken = await manager.post(f"{where}/resubmission", data=form | {"payload": '{"channel": '})
    assert broken.status_code == 422
    assert "{&#34;channel&#34;:" in broken.text
    wrong = await manager.post(f"{where}/resubmission", data=form | {"payload": '{"channel": "till", "node": 5}'})
    assert wrong.status_code == 422
    assert "/node" in wrong.text
    corrected = '{"channel":"till","node":"S1","external_id":"X-1","occurred_at":"2026-11-20T10:00:00Z","currency":"CNY","lines":[{"sku":"K1","quantity":2,"amount_minor":200}],"tenders":[{"kind":"cash","amount_minor":200}]}'  # noqa: E501 - one command
    done = await manager.post(f"{where}/resubmission", data=form | {"payload": corrected})
    assert done.status_code == 303, done.text
    assert await state_of(place, entry) == "resubmitted"
    late = await manager.post(f"{where}/resubmission", data=form | {"payload": corrected})
    assert late.status_code == 409
    assert "is settled already" in late.text
    officer = await place.visitor("privacy_officer")
    assert "Quarantine entry resubmitted" in (await officer.get("/admin/audit")).text


async def test_an_entry_is_set_aside_with_a_reason(place: Place) -> None:
    manager = await place.visitor()
    entry = await held(place)
    where = f"{HOME}/{entry}"
    refused = await sent(manager, where, f"{where}/set-aside", note=" ")
    assert refused.status_code == 422
    assert "Why this is set aside must be said" in refused.text
    assert (await sent(manager, where, f"{where}/set-aside", note="a test sale")).status_code == 303
    page = (await manager.get(where)).text
    assert "a test sale" in page
    assert "<textarea" not in page
    assert waiting((await manager.get(HOME)).text) == []
    assert waiting((await manager.get(f"{HOME}?state=set_aside")).text) == [entry]


async def test_what_lacked_something_is_applied_once_it_is_there(place: Place) -> None:
    manager = await place.visitor()
    first, second, other = await held(place), await held(place), await held(place, channel="nothing", node="S1")
    await place.api("PUT", "/v1/nodes/NOWHERE", {"name": "There now", "kind": "store", "time_zone": "Asia/Shanghai"})
    chosen = await sent(manager, HOME, f"{HOME}/resubmission", scope="chosen", entry=[str(first)])
    assert chosen.status_code == 303
    assert [await state_of(place, entry) for entry in (first, second, other)] == ["resubmitted", "waiting", "waiting"]
    rest = await sent(manager, HOME, f"{HOME}/resubmission", scope="all")
    assert "Applied%3A%201.%20Still%20refused%3A%201." in rest.headers["set-cookie"]
    assert [await state_of(place, entry) for entry in (second, other)] == ["resubmitted", "waiting"]


async def test_bulk_keeps_to_the_filter(place: Place) -> None:
    manager = await place.visitor()
    sale, channel = await held(place), await held(place, channel="nothing", node="S1")
    await place.api("PUT", "/v1/nodes/NOWHERE", {"name": "There now", "kind": "store", "time_zone": "Asia/Shanghai"})
    await sent(manager, f"{HOME}?code=unknown_channel", f"{HOME}/resubmission", scope="all")
    assert [await state_of(place, entry) for entry in (sale, channel)] == ["waiting", "waiting"]


async def test_who_may_only_read_sees_customers_by_their_end(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    entry = await held(place)
    page = (await officer.get(f"{HOME}/{entry}")).text
    assert SALE["customer"] == "13800138000"
    assert "13800138000" not in page
    assert "••••8000" in page
    assert "<textarea" not in page
    assert "resubmission" not in (await officer.get(HOME)).text
    assert (await (await place.visitor("analyst")).get(HOME)).status_code == 403


@pytest.mark.parametrize("payload", [b"\xff\xfe\x00", b"S1;13800138000;2"])
async def test_what_is_no_json_is_shown_only_to_who_may_correct_it(place: Place, payload: bytes) -> None:
    arrival = Arrival(77, "orders.record_sale", "file:tills.csv", payload, refuse(MALFORMED, detail="odd"))
    async with place.database.transaction() as connection:
        await hold_back(connection, [arrival])
    manager, officer = await place.visitor(), await place.visitor("privacy_officer")
    page = (await manager.get(f"{HOME}/77")).text
    assert "File · tills.csv" in page
    assert ("13800138000" in page) == (b"138" in payload)
    assert ("This is no text" in page) == (b"138" not in payload)
    assert "13800138000" not in (await officer.get(f"{HOME}/77")).text
    assert (await manager.get(f"{HOME}/78")).status_code == 404

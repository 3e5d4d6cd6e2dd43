"""People and keys: invited, bound, disabled; links and secrets are shown once."""

import re

import httpx
import pytest

from mainstem.platform.access import ROLES
from tests.console.admin_forms import hidden, principal, sent
from tests.console.conftest import Place

pytestmark = pytest.mark.anyio

PERSON = {"login": "wang@example.com", "name": "王小明", "role": "store_associate", "node": "S1"}


async def invited(client: httpx.AsyncClient) -> str:
    """The page that shows the link of a new person."""
    answer = await sent(client, "/admin/people/invite", "/admin/people/invite", **PERSON)
    assert answer.status_code == 200, answer.text
    text: str = answer.text
    return text


async def number_of(place: Place, login: str) -> int:
    async with place.database.transaction() as connection:
        cursor = await connection.execute("select principal from platform.person where login = %s", (login,))
        row = await cursor.fetchone()
    assert row is not None
    number: int = row[0]
    return number


async def test_the_directory_lists_and_narrows(place: Place) -> None:
    admin = await place.visitor("administrator")
    await place.visitor("store_associate", "S1")
    everybody = (await admin.get("/admin/people")).text
    assert "Store associate" in everybody
    assert ">S1<" in everybody
    only = (await admin.get("/admin/people?role=store_associate&node=S1&kind=person")).text
    rows = re.findall(r'<th scope="row".*?</tr>', only, re.DOTALL)
    assert len(rows) == 1
    assert "store_associate" in rows[0]
    assert "Nobody matches" in (await admin.get("/admin/people?q=zzz%25")).text
    assert (await admin.get("/admin/people/99999999999999999999")).status_code == 404


async def test_an_invitation_shows_its_link_once(place: Place) -> None:
    admin = await place.visitor("administrator")
    form = hidden((await admin.get("/admin/people/invite")).text, "/admin/people/invite") | PERSON
    first = await admin.post("/admin/people/invite", data=form)
    link = re.search(r'value="(http://shop/link/[^"]+)"', first.text)
    assert link is not None
    again = await admin.post("/admin/people/invite", data=form)
    assert again.status_code == 200
    assert "shown already" in again.text
    assert "/link/" not in again.text
    page = (await admin.get(f"/admin/people/{await number_of(place, 'wang@example.com')}")).text
    assert "王小明" in page
    assert link[1].rpartition("/")[2] not in page


async def test_a_refused_invitation_keeps_what_was_typed(place: Place) -> None:
    admin = await place.visitor("administrator")
    answer = await sent(admin, "/admin/people/invite", "/admin/people/invite", **(PERSON | {"node": ""}))
    assert answer.status_code == 422
    assert "is bound to one node" in answer.text
    assert 'value="wang@example.com"' in answer.text
    assert '<option value="store_associate" selected>' in answer.text


async def test_a_new_link_replaces_the_one_before(place: Place) -> None:
    admin = await place.visitor("administrator")
    await invited(admin)
    person = f"/admin/people/{await number_of(place, 'wang@example.com')}"
    answer = await sent(admin, f"{person}/link", f"{person}/link", purpose="set_password")
    assert "/link/" in answer.text
    async with place.database.transaction() as connection:
        cursor = await connection.execute("select count(*) from platform.one_time_link where used_at is null")
        row = await cursor.fetchone()
    assert row == (1,)


async def test_role_and_node_are_changed_by_who_saw_them_as_they_are(place: Place) -> None:
    admin = await place.visitor("administrator")
    await invited(admin)
    person = f"/admin/people/{await number_of(place, 'wang@example.com')}"
    stale = hidden((await admin.get(person)).text, f"{person}/role")
    assert (await sent(admin, person, f"{person}/role", role="analyst", node="")).status_code == 303
    assert "Analyst" in (await admin.get(person)).text
    late = await admin.post(f"{person}/role", data=stale | {"role": "marketer", "node": ""})
    assert late.status_code == 409
    assert "Somebody else has changed the role" in late.text
    assert '<option value="marketer" selected>' in late.text
    refused = await sent(admin, person, f"{person}/role", role="store_associate", node="")
    assert refused.status_code == 422


async def test_disabling_ends_what_the_person_has_and_enabling_undoes_it(place: Place) -> None:
    admin = await place.visitor("administrator")
    associate = await place.visitor("store_associate", "S1")
    assert (await associate.get("/admin/people")).status_code == 403
    rows = (await admin.get("/admin/people?role=store_associate")).text
    person = re.search(r"/admin/people/\d+", rows)
    assert person is not None
    asked = await admin.get(f"{person[0]}/standing")
    assert "All sessions of this person end at once" in asked.text
    assert (await sent(admin, f"{person[0]}/standing", f"{person[0]}/standing")).status_code == 303
    assert "Disabled" in (await admin.get(person[0])).text
    assert "Not signed in anywhere." in (await admin.get(person[0])).text
    assert (await sent(admin, f"{person[0]}/standing", f"{person[0]}/standing")).status_code == 303
    assert "Enabled" in (await admin.get(person[0])).text


async def test_the_last_administrator_who_signs_in_cannot_be_disabled(place: Place) -> None:
    admin = await place.visitor("administrator")
    me = f"/admin/people/{await principal(place, admin)}"
    answer = await sent(admin, f"{me}/standing", f"{me}/standing")
    assert answer.status_code == 409
    assert "is the last administrator" in answer.text


async def test_ending_all_sessions_keeps_the_own_one(place: Place) -> None:
    admin = await place.visitor("administrator")
    me = await principal(place, admin)
    async with place.database.transaction() as connection:
        await connection.execute(
            "insert into platform.session (id, principal, hash, way, role, agent, address, ends_at)"
            " values (1, %s, sha256('x'), 'password', 'administrator', 'old', '::1', now() + interval '1 day')",
            (me,),
        )
    answer = await sent(admin, f"/admin/people/{me}/sessions", f"/admin/people/{me}/sessions")
    assert answer.status_code == 303
    assert (await admin.get("/admin/people")).status_code == 200
    async with place.database.transaction() as connection:
        cursor = await connection.execute("select ended_at is not null from platform.session where id = 1")
        assert await cursor.fetchone() == (True,)


async def test_a_key_shows_its_secret_once_and_can_be_revoked(place: Place) -> None:
    admin = await place.visitor("administrator")
    made = await place.api("POST", "/v1/principals", {"name": "connector", "role": "integration"})
    person = f"/admin/people/{made['principal']}"
    page = (await admin.get(f"{person}/keys")).text
    assert "orders:read" in page
    assert "keys:write" not in page
    form = hidden(page, f"{person}/keys") | {"scope": ["orders:read", "catalog:read"], "expires": "2999-01-31"}
    first = await admin.post(f"{person}/keys", data=form)
    secret = re.search(r'value="(ms_[^"]{58})"', first.text)
    assert secret is not None
    assert first.headers["cache-control"] == "no-store"
    again = await admin.post(f"{person}/keys", data=form)
    assert "was issued already" in again.text
    assert secret[1] not in again.text
    shown = (await admin.get(person)).text
    assert secret[1] not in shown
    assert "catalog:read" in shown
    call = {"authorization": f"Bearer {secret[1]}"}
    assert (await place.stranger().get("/v1/nodes", headers=call)).status_code == 200
    revocation = re.search(r"/admin/keys/\d+", shown)
    assert revocation is not None
    assert (await sent(admin, revocation[0], revocation[0])).status_code == 303
    assert (await place.stranger().get("/v1/nodes", headers=call)).status_code == 401
    assert "Revoked" in (await admin.get(person)).text


async def test_terms_of_a_key_that_cannot_be_are_refused_beside_what_was_chosen(place: Place) -> None:
    admin = await place.visitor("administrator")
    made = await place.api("POST", "/v1/principals", {"name": "connector", "role": "integration"})
    keys = f"/admin/people/{made['principal']}/keys"
    past = await sent(admin, keys, keys, scope="orders:read", expires="2020-01-01")
    assert past.status_code == 422
    assert "is not in the future" in past.text
    assert 'value="orders:read" checked' in past.text
    no_day = await sent(admin, keys, keys, expires="soon")
    assert no_day.status_code == 422
    assert "This is no day" in no_day.text
    beyond = await sent(admin, keys, keys, scope="keys:write")
    assert beyond.status_code == 409


async def test_a_principal_with_keys_only_can_be_let_in(place: Place) -> None:
    admin = await place.visitor("administrator")
    made = await place.api("POST", "/v1/principals", {"name": "clerk", "role": "analyst"})
    person = f"/admin/people/{made['principal']}"
    answer = await sent(admin, person, f"{person}/admission", login="clerk@example.com", name="Clerk")
    assert "/link/" in answer.text
    assert "clerk@example.com" in (await admin.get(person)).text


async def test_the_matrix_says_what_each_role_may(place: Place) -> None:
    admin = await place.visitor("administrator")
    page = (await admin.get("/admin/roles")).text
    assert all(role.en in page for role in ROLES.values())
    assert "Own node" in page
    chinese = await place.visitor("administrator", language="zh-CN")
    page = (await chinese.get("/admin/roles")).text
    assert all(role.zh in page for role in ROLES.values())
    assert "仅本节点" in page


async def test_who_may_only_look_is_offered_nothing_to_do(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    await place.visitor("administrator")
    page = (await officer.get("/admin/people")).text
    assert "/admin/people/invite" not in page
    person = re.search(r"/admin/people/\d+", page)
    assert person is not None
    assert '<form method="post" action="/admin' not in (await officer.get(person[0])).text
    assert (await officer.get("/admin/people/invite")).status_code == 403
    analyst = await place.visitor("analyst")
    assert (await analyst.get("/admin/people")).status_code == 403

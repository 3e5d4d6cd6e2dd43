"""Signing in over HTTP: cookies, where it leads, what is refused."""

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pyotp
import pytest

from mainstem.console.account.admitting import local
from mainstem.platform.access import people
from mainstem.platform.execution import Executor
from mainstem.platform.settings import load
from tests.contract.sign_in_console import Console, opened
from tests.unit.people_office import PASSWORD

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

SESSION, DEVICE = people.SESSION_COOKIE, people.DEVICE_COOKIE


@pytest.fixture
async def console(executor: Executor, tmp_path: Path) -> AsyncIterator[Console]:
    settings = msgspec.structs.replace(load({"MAINSTEM_LOG_FORMAT": "json"}), data_dir=tmp_path)
    async with opened(executor, settings) as console:
        yield console


def cookies(answer: httpx.Response) -> dict[str, str]:
    """The attributes of the cookies that an answer sets, by name."""
    found = {}
    for header in answer.headers.get_list("set-cookie"):
        name, _, rest = header.partition("=")
        found[name] = rest
    return found


async def test_the_session_is_in_a_cookie_that_only_the_server_reads(console: Console) -> None:
    await console.office.person()
    answer = await console.sign_in()

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert set(cookies(answer)) == {SESSION, DEVICE}
    for name, age in ((SESSION, 14 * 86400), (DEVICE, 400 * 86400)):
        value = cookies(answer)[name]
        assert value.split("; ")[1:] == ["Path=/", f"Max-Age={age}", "HttpOnly", "SameSite=Lax"]
    page = await console.client.get("/account")
    assert page.status_code == 200
    assert "Ada" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert console.client.cookies[SESSION] not in page.text


async def test_behind_https_cookies_stay_there(console: Console) -> None:
    await console.office.person()
    form = {"login": "ada", "password": PASSWORD}
    answer = await console.post("/sign-in", form, x_forwarded_proto="https")

    assert all(value.endswith("; Secure") for value in cookies(answer).values())
    assert "strict-transport-security" in answer.headers


async def test_signing_in_begins_another_session_and_ends_the_one_before(console: Console) -> None:
    await console.office.person()
    await console.sign_in()
    first = console.client.cookies[SESSION]
    device = console.client.cookies[DEVICE]
    await console.sign_in()

    assert console.client.cookies[SESSION] != first
    assert console.client.cookies[DEVICE] == device
    assert await console.office.sessions.find(first) is None


async def test_signing_out_ends_the_session_wherever_its_cookie_was_copied(console: Console) -> None:
    await console.office.person()
    await console.sign_in()
    token = console.client.cookies[SESSION]
    assert (await console.post("/sign-out")).status_code == 403  # without the session's token a form is a stranger's
    assert await console.office.sessions.find(token) is not None
    answer = await console.post("/sign-out", {"csrf": await console.csrf(), "key": "k"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert cookies(answer)[SESSION].startswith("; Path=/; Max-Age=0")
    console.office.sessions.forget()
    assert await console.office.sessions.find(token) is None
    console.client.cookies.set(SESSION, token, domain="shop.local")
    again = await console.client.get("/account")
    assert (again.status_code, again.headers["location"]) == (303, "/sign-in?next=%2Faccount")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/orders?state=late&q=%E7%B1%B3", "/orders?state=late&q=%E7%B1%B3"),
        ("/", "/"),
        ("/产品", "/%E4%BA%A7%E5%93%81"),
        ("", ""),
        ("orders", ""),
        ("https://evil.example/", ""),
        ("//evil.example/", ""),
        ("///evil.example/", ""),
        ("/\\evil.example/", ""),
        ("\\\\evil.example", ""),
        ("/\t/evil.example", ""),
        ("/\n/evil.example", ""),
        ("javascript:alert(1)", ""),
        ("/sign-in?next=/x", ""),
        ("/sign-out", ""),
        ("/link/abc", ""),
    ],
)
def test_where_signing_in_leads_is_on_this_site(target: str, path: str) -> None:
    assert local(target) == path


async def test_next_is_followed_when_it_is_local(console: Console) -> None:
    await console.office.person()
    page = await console.client.get("/sign-in", params={"next": "/orders?q=1"})
    assert 'name="next" value="/orders?q=1"' in page.text

    assert (await console.sign_in(next="/orders?q=1")).headers["location"] == "/orders?q=1"
    assert (await console.sign_in(next="//evil.example/")).headers["location"] == "/"
    assert (await console.client.get("/sign-in?next=/stock")).headers["location"] == "/stock"
    assert (await console.client.get("/sign-in?next=https://evil.example")).headers["location"] == "/"


async def test_wrong_passwords_say_the_same_and_keep_the_login(console: Console) -> None:
    await console.office.person()
    texts = []
    for login in ("ada", "nobody"):
        answer = await console.post("/sign-in", {"login": login, "password": "wrong"})
        assert answer.status_code == 422
        assert SESSION not in cookies(answer)
        assert f'value="{login}"' in answer.text
        texts.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert texts[0] == texts[1]
    assert "The name or the password is wrong." in texts[0]
    assert "wrong&#34;" not in texts[0]


async def test_other_sites_cannot_sign_anybody_in(console: Console) -> None:
    await console.office.person()
    form = {"login": "ada", "password": PASSWORD}
    for headers in ({"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = await console.post("/sign-in", form, **headers)
        assert answer.status_code == 403
        assert SESSION not in cookies(answer)


async def test_the_second_step_needs_the_first_and_a_code(console: Console) -> None:
    principal = await console.office.person()
    await console.sign_in()
    page = (await console.client.get("/account/codes")).text
    held, csrf, key = (
        re.search(rf'name="{name}" value="([^"]+)"', page)[1]  # type: ignore[index]
        for name in ("held", "csrf", "key")
    )
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")  # type: ignore[index]
    form = {"held": held, "csrf": csrf, "key": key, "current": PASSWORD, "code": pyotp.TOTP(secret).now()}
    assert (await console.post("/account/codes", {**form, "code": "000000", "key": "x"})).status_code == 422
    assert (await console.post("/account/codes", {**form, "current": "wrong", "key": "y"})).status_code == 422
    done = await console.post("/account/codes", form)
    recovery = re.findall(r"<code>([A-Z2-7-]{19})</code>", done.text)
    assert (done.status_code, len(recovery)) == (200, 10)
    assert re.findall(r"<code>([A-Z2-7-]{19})</code>", (await console.post("/account/codes", form)).text) == recovery
    assert secret not in str(await console.office.events())

    console.client.cookies.clear()
    first = await console.sign_in(next="/orders")
    assert first.headers["location"] == "/sign-in/code?next=%2Forders"
    assert SESSION not in cookies(first)
    assert "Path=/sign-in" in cookies(first)["mainstem_step"]
    assert (await console.client.get("/account")).status_code == 303
    wrong = await console.post("/sign-in/code", {"code": "000000", "key": "1", "next": "/orders"})
    assert wrong.status_code == 422
    used = await console.post("/sign-in/code", {"code": form["code"], "key": "2"})
    assert used.status_code == 422  # the code that switched it on is used up
    steps = pyotp.TOTP(secret).at(time.time() + 30)
    right = [await console.post("/sign-in/code", {"code": steps, "key": "3", "next": "/orders"}) for _ in range(1)]
    assert right[0].headers["location"] == "/orders"
    assert (await console.client.get("/account")).status_code == 200
    console.client.cookies.clear()
    assert (await console.post("/sign-in/code", {"code": recovery[0], "key": "4"})).status_code == 422
    await console.sign_in()
    assert (await console.post("/sign-in/code", {"code": recovery[0].lower(), "key": "5"})).status_code == 303
    signed = await console.office.sessions.find(console.client.cookies[SESSION])
    assert signed is not None
    assert signed.caller.principal == principal


async def test_a_link_does_nothing_until_its_button_is_pressed(console: Console) -> None:
    principal = await console.office.person()
    issued = people.issue_link(principal, "sign_in", "k", actor=0)
    path = issued.path(await console.office.outcome(people.ISSUE_LINK, issued.call))
    assert path is not None
    for _ in range(2):
        assert (await console.client.get(path)).status_code == 200
    first = await console.post(path, {"key": "k"})
    token = console.client.cookies[SESSION]
    second = await console.post(path, {"key": "k"})

    assert (first.status_code, second.status_code) == (303, 303)
    assert console.client.cookies[SESSION] == token
    console.office.sessions.forget()
    assert await console.office.sessions.find(token) is not None
    console.client.cookies.clear()
    assert (await console.post(path, {"key": "other"})).status_code == 409
    assert (await console.client.get(path)).status_code == 409
    assert (await console.client.get("/link/" + "x" * 43)).status_code == 409


async def test_a_link_sets_the_first_password(console: Console) -> None:
    _, token = await console.office.invite()
    short = await console.post(f"/link/{token}", {"password": "short", "key": "1"})
    assert short.status_code == 422
    assert "fewer than 12 characters" in short.text
    done = await console.post(f"/link/{token}", {"password": PASSWORD, "key": "2"})
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
    assert (await console.sign_in()).status_code == 303


async def test_the_account_is_changed_in_both_languages(console: Console) -> None:
    await console.office.person()
    await console.sign_in()
    csrf = await console.csrf()
    wrong = await console.post("/account", {"csrf": csrf, "key": "1", "name": "", "language": "zh", "theme": ""})
    assert wrong.status_code == 422
    await console.post("/account", {"csrf": csrf, "key": "2", "name": "李雷", "language": "zh", "theme": "dark"})
    page = await console.client.get("/account")
    assert '<html lang="zh-CN" data-bs-theme="dark">' in page.text
    assert "我的账户" in page.text

    form = {"csrf": csrf, "key": "3", "current": PASSWORD, "password": PASSWORD + " new"}
    assert (await console.post("/account/password", {**form, "current": "wrong"})).status_code == 422
    assert (await console.post("/account/password", {**form, "password": "short"})).status_code == 422
    assert [(await console.post("/account/password", form)).status_code for _ in range(2)] == [303, 303]
    assert (await console.client.get("/account")).status_code == 200


async def test_sessions_are_listed_and_ended(console: Console) -> None:
    await console.office.person()
    there, _ = await console.office.sign_in()
    await console.sign_in()
    page = await console.client.get("/account/sessions")
    assert "203.0.113.0/24" in page.text
    (other,) = re.findall(r'action="/account/sessions/(\d+)/end"', page.text)
    csrf = await console.csrf()
    assert (await console.post(f"/account/sessions/{other}/end", {"csrf": csrf, "key": "k"})).status_code == 303
    console.office.sessions.forget()
    assert await console.office.sessions.find(there) is None
    assert (await console.post("/account/sessions/end", {"csrf": csrf, "key": "l"})).status_code == 303
    assert (await console.client.get("/account/sessions")).status_code == 200


async def test_without_settings_there_is_no_provider(console: Console) -> None:
    assert "/sign-in/oidc" not in (await console.client.get("/sign-in")).text
    assert (await console.client.get("/sign-in/oidc")).status_code == 404

"""Signing in, two steps, and the own account, in a real browser."""

import asyncio
import os
import re
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import pyotp
import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from mainstem.api.app import create_app
from mainstem.api.services import OPERATIONS, assemble
from mainstem.console import assets
from mainstem.console.account import PAGES
from mainstem.console.frame import Desk
from mainstem.console.frame.page import handlers
from mainstem.platform.access import people
from mainstem.platform.access.people.links import LINK_PATH
from mainstem.platform.execution import Executor
from mainstem.platform.settings import load
from tests.unit.people_office import PASSWORD, Office

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SHOTS = os.environ.get("ACCOUNT_SCREENSHOTS")
"""A folder to leave pictures of the pages in."""

WORDS = {
    "en": {
        "login": "Name or e-mail",
        "password": "Password",
        "sign_in": "Sign in",
        "account": "My account",
        "switch_on": "Switch on",
        "code": "Sign-in code",
        "own_password": "Your password",
        "keep": "Keep your recovery codes",
        "kept": "I have kept them",
        "continue": "Continue",
        "wrong": "This code is not valid now.",
        "new": "New password",
        "set": "Set password",
        "sign_out": "Sign out",
    },
    "zh": {
        "login": "登录名或邮箱",
        "password": "密码",
        "sign_in": "登录",
        "account": "我的账户",
        "switch_on": "开启",
        "code": "验证码",
        "own_password": "您的密码",
        "keep": "请保存恢复码",
        "kept": "我已保存",
        "continue": "继续",
        "wrong": "此验证码当前无效。",
        "new": "新密码",
        "set": "设置密码",
        "sign_out": "退出登录",
    },
}


@dataclass
class Site:
    """Where the account's pages are served, and people."""

    url: str
    office: Office


@pytest.fixture
async def house(executor: Executor, tmp_path: Path) -> AsyncIterator[Site]:
    settings = msgspec.structs.replace(
        load({"MAINSTEM_LOG_FORMAT": "json", "MAINSTEM_LOG_LEVEL": "error"}), data_dir=tmp_path
    )
    services = assemble(settings, executor.database, operations=tuple(dict.fromkeys((*OPERATIONS, *people.OPERATIONS))))
    sessions = people.Sessions(executor.database)
    desk = Desk(settings=settings, database=executor.database, sessions=sessions, batcher=services.batcher)
    app = create_app(services, [*handlers(desk, PAGES), *assets.handlers()])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, ws="none", lifespan="on", log_config=None, access_log=False, server_header=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([listener]))
        yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", Office(executor))
        server.should_exit = True
        await serving
    await sessions.close()


@dataclass
class Walk:
    """One browser of one person, and what its console complained about."""

    context: BrowserContext
    page: Page
    complaints: list[str]

    async def shot(self, name: str) -> None:
        """See that the page fits its window, and leave a picture of it where one is wanted."""
        width = await self.page.evaluate("document.documentElement.scrollWidth")
        viewport = self.page.viewport_size
        assert viewport is not None
        assert width <= viewport["width"], f"{name} is {width} wide"
        if SHOTS:
            await self.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


async def begin(
    browser: Browser,
    *,
    language: str,
    viewport: ViewportSize = DESKTOP,
    scheme: Literal["light", "dark"] = "light",
    scripts: bool = True,
) -> Walk:
    locale = "zh-CN" if language == "zh" else "en-GB"
    context = await browser.new_context(
        viewport=viewport, locale=locale, color_scheme=scheme, java_script_enabled=scripts
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return Walk(context, page, complaints)


async def sign_in(walk: Walk, site: Site, words: dict[str, str], path: str = "/account") -> None:
    await walk.page.goto(site.url + path)
    await walk.page.get_by_label(words["login"]).fill("ada")
    await walk.page.get_by_label(words["password"]).fill(PASSWORD)
    await walk.page.get_by_role("button", name=words["sign_in"]).click()


@pytest.mark.parametrize(
    ("language", "viewport", "scheme"),
    [("en", DESKTOP, "light"), ("zh", DESKTOP, "dark"), ("en", PHONE, "dark"), ("zh", PHONE, "light")],
)
async def test_from_the_link_to_two_steps(
    house: Site, browser: Browser, language: str, viewport: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    words = WORDS[language]
    walk = await begin(browser, language=language, viewport=viewport, scheme=scheme)
    page, name = walk.page, f"{language}-{viewport['width']}-{scheme}"
    _, token = await house.office.invite()

    await page.goto(f"{house.url}{LINK_PATH}{token}")
    await walk.shot(f"{name}-1-link")
    await page.get_by_label(words["new"]).fill(PASSWORD)
    await page.get_by_role("button", name=words["set"]).dblclick()
    await expect(page.get_by_role("status")).to_be_visible()
    await walk.shot(f"{name}-2-sign-in")
    await sign_in(walk, house, words)
    await expect(page.get_by_role("heading", name=words["account"], level=1)).to_be_visible()
    await walk.shot(f"{name}-3-account")

    await page.get_by_role("link", name=words["switch_on"]).click()
    await page.locator("details:has(code) summary").click()
    secret = (await page.locator("code").inner_text()).replace(" ", "")
    await walk.shot(f"{name}-4-codes")
    await page.get_by_label(words["code"]).fill(pyotp.TOTP(secret).at(time.time() - 30))
    await page.get_by_label(words["own_password"]).fill(PASSWORD)
    await page.get_by_role("button", name=words["switch_on"]).dblclick()
    await expect(page.get_by_role("heading", name=words["keep"])).to_be_visible()
    recovery = await page.locator("li code").all_inner_texts()
    assert len(recovery) == 10
    await walk.shot(f"{name}-5-recovery")
    await page.get_by_role("link", name=words["kept"]).click()
    await page.goto(f"{house.url}/account/password")
    await walk.shot(f"{name}-6-password")
    await page.goto(f"{house.url}/account/codes/off")
    await walk.shot(f"{name}-7-off")

    await walk.context.clear_cookies(name=people.SESSION_COOKIE)
    await sign_in(walk, house, words, "/account/sessions")
    await page.get_by_label(words["code"]).fill("000000")
    await page.get_by_role("button", name=words["continue"]).click()
    await expect(page.get_by_role("alert")).to_contain_text(words["wrong"])
    await walk.shot(f"{name}-8-code")
    await page.get_by_label(words["code"]).fill(pyotp.TOTP(secret).now())
    await page.get_by_role("button", name=words["continue"]).dblclick()
    await page.wait_for_url("**/account/sessions")
    await expect(page.locator("tbody tr")).to_have_count(2)
    await walk.shot(f"{name}-9-sessions")
    assert [one for one in walk.complaints if "status of 422" not in one] == []


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_without_javascript_and_with_the_keyboard(house: Site, browser: Browser, language: str) -> None:
    words = WORDS[language]
    await house.office.person()
    walk = await begin(browser, language=language, scripts=False)
    await walk.page.goto(f"{house.url}/account")
    await expect(walk.page.get_by_label(words["login"])).to_be_focused()
    await walk.page.keyboard.type("ada")
    await walk.page.keyboard.press("Tab")
    await walk.page.keyboard.type(PASSWORD)
    await walk.page.keyboard.press("Enter")
    await walk.page.wait_for_url("**/account")
    await walk.page.goto(f"{house.url}/account/password")
    await walk.page.get_by_label(words["new"]).fill("short")
    await walk.page.locator("#f-current").fill(PASSWORD)
    await walk.page.get_by_role("main").locator("button[type=submit]").click()
    await expect(walk.page.locator("#f-password")).to_have_attribute("aria-invalid", "true")
    assert await walk.page.locator("#f-password").input_value() == ""


async def test_nothing_is_left_in_english(house: Site, browser: Browser) -> None:
    await house.office.person()
    walk = await begin(browser, language="zh")
    pages = ["/sign-in", "/link/none", "/account", "/account/password", "/account/codes", "/account/codes/off"]
    found: dict[str, list[str]] = {}
    for path in [*pages, "/account/sessions"]:
        if path == "/account":
            await sign_in(walk, house, WORDS["zh"])
            await walk.page.wait_for_url("**/account")
        await walk.page.goto(house.url + path)
        text = await walk.page.get_by_role("main").inner_text()
        for label in await walk.page.get_by_role("main").locator("[aria-label], [alt]").all():
            text += "\n" + ((await label.get_attribute("aria-label")) or (await label.get_attribute("alt")) or "")
        names = (
            r"English|Mainstem|Google Authenticator|Microsoft Authenticator|1Password|Ada|ada|Chrome · Linux|UTC|QR|API"
        )
        left = re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]+)*", re.sub(names, "", text))
        if left:
            found[path] = left
    assert found == {}


async def test_a_session_that_has_ended_leads_back_to_where_it_was(house: Site, browser: Browser) -> None:
    await house.office.person()
    walk = await begin(browser, language="en")
    await sign_in(walk, house, WORDS["en"])
    await walk.page.wait_for_url("**/account")
    await house.office.sql("update platform.session set ended_at = now()")
    await asyncio.sleep(people.sessions.TRUST_SECONDS)
    await walk.page.goto(f"{house.url}/account/sessions")
    await expect(walk.page).to_have_url(f"{house.url}/sign-in?next=%2Faccount%2Fsessions")
    await walk.page.get_by_label("Name or e-mail").fill("ada")
    await walk.page.get_by_label("Password").fill(PASSWORD)
    await walk.page.keyboard.press("Enter")
    await walk.page.wait_for_url("**/account/sessions")

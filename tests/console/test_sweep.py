"""Nobody sees or does what he may not: every page and action, by strangers, without a token, and by every role."""

import re
from pathlib import Path

import pytest

from mainstem.console.__main__ import pages_text
from mainstem.console.frame import Page
from mainstem.platform.access import ROLES
from tests.console.conftest import Place

pytestmark = pytest.mark.anyio

PRIVACY = {
    f"/privacy/{{token:str}}{action}" for action in ("", "/purpose", "/request", "/withdrawal", "/copy", "/close")
}
"""A customer does not sign in: his page is behind a link, a code, and a token of its own."""

PUBLIC = {"/sign-in", "/sign-in/code", "/link/{token:str}", "/sign-in/oidc", "/sign-in/oidc/callback", *PRIVACY}
"""The addresses that anybody may see: whoever adds one says why in a review."""


def address(page: Page) -> str:
    """An address of the page, for things that are not there."""
    return re.sub(
        r"\{\w+(:int|:str|:path)?\}", lambda found: "987654321" if found[1] == ":int" else "nothing", page.path
    )


async def test_strangers_see_and_do_nothing(place: Place) -> None:
    stranger = place.stranger()
    for page in place.console.pages:
        if page.permission == "public":
            continue
        answer = await stranger.request(page.method, address(page))
        if page.method == "GET":
            assert answer.status_code == 303, page
            assert answer.headers["location"].startswith("/sign-in"), page
        else:
            assert answer.status_code == 401, page


def test_who_may_what_is_as_it_was_decided() -> None:
    golden = Path(__file__).parents[1] / "golden" / "pages.txt"
    assert golden.read_text(encoding="utf-8") == pages_text(), (
        "If the change is meant: python -m mainstem.console > tests/golden/pages.txt"
    )


async def test_only_the_way_in_is_public(place: Place) -> None:
    assert {page.path for page in place.console.pages if page.permission == "public"} <= PUBLIC


async def test_nothing_is_done_without_the_token_of_the_session(place: Place) -> None:
    manager = await place.visitor("administrator")
    for page in place.console.pages:
        if page.method == "POST" and page.permission != "public":
            answer = await manager.post(address(page), data={"csrf": "0" * 32})
            assert answer.status_code == 403, page


async def test_nothing_is_done_for_another_site(place: Place) -> None:
    visitor = await place.visitor("administrator")
    for page in place.console.pages:
        if page.method == "POST":
            answer = await visitor.post(address(page), headers={"origin": "https://elsewhere.example"})
            assert answer.status_code == 403, page
            answer = await visitor.post(address(page), headers={"sec-fetch-site": "cross-site"})
            assert answer.status_code == 403, page


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_a_role_is_turned_down_where_it_has_no_permission(place: Place, role: str) -> None:
    visitor = await place.visitor(role, "S1" if ROLES[role].bound else None)
    for page in place.console.pages:
        if isinstance(page.permission, str) or page.permission.code in ROLES[role].permissions:
            continue
        answer = await visitor.request(page.method, address(page))
        assert answer.status_code == 403 or (page.path == "/" and answer.status_code == 303), page


async def test_every_page_has_the_headers_that_protect_it(place: Place) -> None:
    visitor = await place.visitor("administrator")
    for page in place.console.pages:
        if page.method != "GET" or page.path == "/live":
            continue
        answer = await visitor.get(address(page))
        assert answer.status_code < 500, page
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy, page
        assert answer.headers["x-content-type-options"] == "nosniff", page
        assert answer.headers["x-frame-options"] == "DENY", page
        assert "no-store" in answer.headers["cache-control"], page

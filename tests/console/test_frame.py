"""The frame: who sees a page, what protects forms, how errors look."""

import pytest

from tests.console.conftest import Place

pytestmark = pytest.mark.anyio


async def test_a_stranger_is_sent_to_the_sign_in_and_back(place: Place) -> None:
    answer = await place.stranger().get("/?day=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F%3Fday%3D1")
    assert (await place.stranger().get("/")).headers["location"] == "/sign-in"


async def test_the_overview_is_for_who_may_see_figures(place: Place) -> None:
    manager = await place.visitor()
    answer = await manager.get("/")
    assert answer.status_code == 200
    assert "Overview" in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    agent = await place.visitor("service_agent")
    assert (await agent.get("/live")).status_code == 403


async def test_a_page_speaks_the_visitors_language(place: Place) -> None:
    manager = await place.visitor(language="zh-CN")
    answer = await manager.get("/")
    assert answer.headers["content-language"] == "zh-CN"
    assert 'lang="zh-CN"' in answer.text
    english = await manager.get("/?lang=en")
    assert "mainstem_language=en" in english.headers["set-cookie"]

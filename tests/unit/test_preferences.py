"""Views that a person keeps: by name, bounded, nobody else's."""

import pytest

from mainstem.kernel.refusals import Refusal
from mainstem.platform.postgres import Database
from mainstem.platform.preferences import (
    NAME_LENGTH_MAX,
    QUERY_LENGTH_MAX,
    VIEWS_MAX,
    SavedView,
    delete_view,
    save_view,
    saved_views,
)
from mainstem.platform.query import ask

pytestmark = pytest.mark.anyio

ANN, BOB = 1, 2


@pytest.fixture
async def people(database: Database) -> Database:
    async with database.transaction() as connection:
        await connection.execute(
            "insert into platform.principal (id, name, role) values (1, 'ann', 'analyst'), (2, 'bob', 'analyst')"
        )
    return database


async def kept(database: Database, principal: int, area: str = "orders") -> list[SavedView]:
    async with database.transaction() as connection:
        (views,) = await ask(connection, saved_views(principal, area))
    return views


async def save(database: Database, name: str, query: str = "a=1", principal: int = ANN) -> Refusal | None:
    async with database.transaction() as connection:
        return await save_view(connection, principal, "orders", SavedView(name, query))


async def test_a_view_replaces_its_namesake_and_belongs_to_one_person(people: Database) -> None:
    for name, query in (("b", "x=1"), ("a", "x=2"), ("b", "x=3")):
        assert await save(people, name, query) is None

    assert await kept(people, ANN) == [SavedView("a", "x=2"), SavedView("b", "x=3")]
    assert await kept(people, BOB) == []
    assert await kept(people, ANN, "stock") == []
    async with people.transaction() as connection:
        await delete_view(connection, BOB, "orders", "a")
        await delete_view(connection, ANN, "orders", "b")
    assert await kept(people, ANN) == [SavedView("a", "x=2")]


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [
        ("", "", "bad_view_name"),
        ("x" * (NAME_LENGTH_MAX + 1), "", "bad_view_name"),
        ("a\nb", "", "bad_view_name"),
        ("a", "x" * (QUERY_LENGTH_MAX + 1), "view_too_long"),
        ("a", "\x00", "view_too_long"),
    ],
)
async def test_what_cannot_be_kept_is_refused(people: Database, name: str, query: str, code: str) -> None:
    refusal = await save(people, name, query)
    assert refusal is not None
    assert refusal.code == code
    assert refusal.message()
    assert await kept(people, ANN) == []


async def test_there_is_a_limit_that_replacing_does_not_touch(people: Database) -> None:
    for number in range(VIEWS_MAX):
        assert await save(people, f"v{number}") is None
    refusal = await save(people, "one more")
    assert refusal is not None
    assert refusal.code == "too_many_views"
    assert await save(people, "v0", "other=1") is None
    assert await save(people, "one more", principal=BOB) is None

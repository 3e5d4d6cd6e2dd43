"""What a person keeps for himself: views of lists, each a query string under a name."""

import msgspec

from mainstem.kernel.refusals import Kind, Refusal, declare, refuse
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

NAME_LENGTH_MAX = 60
QUERY_LENGTH_MAX = 2_000
VIEWS_MAX = 30
"""Views of one person in one area."""

BAD_VIEW_NAME = declare(
    "bad_view_name",
    Kind.INVALID,
    "A view has a name of 1 to {limit} characters.",
    "Give it a short name.",
)
VIEW_TOO_LONG = declare(
    "view_too_long", Kind.INVALID, "This view is too long to be kept.", "Keep a view with fewer or shorter conditions."
)
TOO_MANY_VIEWS = declare(
    "too_many_views", Kind.CONFLICT, "There are {limit} views already.", "Delete one that you no longer need."
)


class SavedView(msgspec.Struct, frozen=True):
    """A list as somebody wants to see it again; `query` is a query string without its question mark."""

    name: str
    query: str


def saved_views(principal: int, area: str) -> Query[list[SavedView]]:
    """The views of a person in an area, by name."""
    return Query(
        "select name, query from platform.saved_view where principal = %b::bigint and area = %b::text order by name",
        (principal, area),
        lambda rows: [SavedView(*row) for row in rows],
    )


async def save_view(connection: Connection, principal: int, area: str, view: SavedView) -> Refusal | None:
    """Keep a view in the place of one with the same name; refused without a usable name, and beyond `VIEWS_MAX`."""
    if not 0 < len(view.name) <= NAME_LENGTH_MAX or not view.name.isprintable():
        return refuse(BAD_VIEW_NAME, "/name", limit=NAME_LENGTH_MAX)
    if len(view.query) > QUERY_LENGTH_MAX or "\x00" in view.query:
        return refuse(VIEW_TOO_LONG, "/query")
    # The principal's row keeps two of his saves from counting at the same time.
    await connection.execute("select from platform.principal where id = %s for no key update", (principal,))
    (views,) = await ask(connection, saved_views(principal, area))
    if len(views) >= VIEWS_MAX and view.name not in {one.name for one in views}:
        return refuse(TOO_MANY_VIEWS, "/name", limit=VIEWS_MAX)
    await connection.execute(
        "insert into platform.saved_view (principal, area, name, query) values (%s, %s, %s, %s)"
        " on conflict (principal, area, name) do update set query = excluded.query, saved_at = now()",
        (principal, area, view.name, view.query),
    )
    return None


async def delete_view(connection: Connection, principal: int, area: str, name: str) -> None:
    """Forget a view; nothing happens when there is none."""
    await connection.execute(
        "delete from platform.saved_view where principal = %s and area = %s and name = %s", (principal, area, name)
    )

"""What fields suggest of what the database has: categories, tags that people attach, frequent values of traits."""

import msgspec

from mainstem.console.segments.draft import Draft, Row, parts_of
from mainstem.console.segments.fields import ATTACHED, BOUGHT, FIELDS, TAG
from mainstem.domains import customers
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

SUGGESTIONS_MAX = 500


class Suggestions(msgspec.Struct, frozen=True):
    """Texts to choose from, by what they are about; `values` by the name of a trait."""

    categories: list[str]
    attached: list[str]
    values: dict[str, list[str]]


async def suggested(connection: Connection, draft: Draft) -> Suggestions:
    """What the rows of a draft need; nothing else is asked for."""
    rows = [part for part in parts_of(draft.whole) if isinstance(part, Row)]
    shapes = {row.field for row in rows}
    by_category = {name for name, one in FIELDS.items() if "category" in (one.keys, one.values)} | {BOUGHT, TAG}
    free = [name for name in sorted(shapes) if FIELDS[name].shape == "text" and not FIELDS[name].values]
    categories: list[str] = []
    attached: list[str] = []
    if shapes & by_category:
        (categories,) = await ask(connection, customers.known_categories(SUGGESTIONS_MAX))
    if ATTACHED in shapes:
        (attached,) = await ask(connection, customers.known_manual_tags(SUGGESTIONS_MAX))
    values = {}
    for name in free:
        (values[name],) = await ask(connection, customers.common_values(name))
    return Suggestions(categories, attached, values)

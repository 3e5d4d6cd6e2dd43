"""The tags: the library by group with what each means, those of a category, and those that people attach."""

from datetime import UTC, datetime

import msgspec

from mainstem.console.frame import Reply, Visit, html
from mainstem.console.segments import fields
from mainstem.console.segments.wording import sentence
from mainstem.domains import customers
from mainstem.platform.access.permissions import CUSTOMERS_READ, SEGMENTS_WRITE
from mainstem.platform.query import ask

ATTACHED = "attached"
CATEGORY = "category"
CATEGORIES_MAX = 500
ATTACHED_MAX = 1_000
FOUND_MAX = 60


class Line(msgspec.Struct, frozen=True):
    """A tag; `count` is None where it was not counted. `url` leads to the customers who carry it."""

    name: str
    title: str
    group: str
    words: str
    count: int | None
    url: str


async def tags(visit: Visit) -> Reply:
    """A group of tags, or those that a search finds; with htmx, or asked to, with how many customers carry each."""
    search = visit.query.get("q", "").lower()
    groups = {name: fields.said(visit, group) for name, group in customers.tag_groups().items()}
    chosen = visit.query.get("group", "")
    if chosen not in (*groups, ATTACHED):
        chosen = next(iter(groups))
    category = visit.query.get("category", "")
    counted = visit.htmx or bool(visit.query.get("count"))
    async with visit.desk.database.snapshot() as connection:
        categories: list[str] = []
        if chosen == CATEGORY and not search:
            (categories,) = await ask(connection, customers.known_categories(CATEGORIES_MAX))
            categories = [one for one in categories if "/" not in one]
            category = category if category in categories else ("" if not categories else categories[0])
        attached: list[customers.ManualTag] = []
        if chosen == ATTACHED and not search:
            (attached,) = await ask(connection, customers.manual_tag_names(ATTACHED_MAX))
        wanted = _wanted(chosen, category, search, groups)
        counts = customers.Fitting({}, 0, exact=True)
        if counted and wanted:
            conditions = {tag.name: customers.tag_conditions()[tag.name] for tag in wanted}
            counts = await customers.count_each(connection, conditions, customers.today_of(datetime.now(UTC)))
    may_see = visit.allowed(CUSTOMERS_READ)
    lines = [
        Line(
            tag.name,
            fields.said(visit, tag),
            groups[tag.group],
            sentence(visit, tag.when),
            counts.customers.get(tag.name),
            _url(tag.name) if may_see else "",
        )
        for tag in wanted
    ] + [Line(one.tag, one.tag, "", "", one.customers, _url(one.tag) if may_see else "") for one in attached]
    return html(
        visit,
        f"segments/templates/{'_tags' if visit.htmx else 'tags'}.html",
        lines=lines,
        most=max([one.count or 0 for one in lines], default=0),
        counts=counts,
        counted=counted or chosen == ATTACHED,
        groups=list(groups.items()),
        chosen="" if search else chosen,
        categories=categories,
        category=category,
        search=visit.query.get("q", ""),
        cut=len(wanted) == FOUND_MAX and bool(search),
        may_write=visit.allowed(SEGMENTS_WRITE),
    )


def _wanted(chosen: str, category: str, search: str, groups: dict[str, str]) -> list[customers.Tag]:
    if search:
        return [
            tag
            for tag in customers.shipped_tags()
            if any(search in text.lower() for text in (tag.name, tag.en, tag.zh, groups[tag.group]))
        ][:FOUND_MAX]
    found = [tag for tag in customers.shipped_tags() if tag.group == chosen]
    if chosen == CATEGORY and category:
        found = [*customers.category_tags(category), *found]
    return found


def _url(name: str) -> str:
    return f"/customers?{fields.query(tag=name)}"

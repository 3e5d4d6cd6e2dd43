"""The list of customers: searched, narrowed, in pages."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from mainstem.console.customers.filters import SEEN, asked, kept, narrowed, position
from mainstem.console.customers.finding import MEANINGS
from mainstem.console.customers.views import AREA
from mainstem.console.frame import Reply, Visit, html
from mainstem.domains import customers
from mainstem.platform.access.permissions import SEGMENTS_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.preferences import SavedView, saved_views
from mainstem.platform.query import ask

ROWS = 50
NAMES_MAX = 500
"""Tags that people attach, offered as a filter."""


async def show(visit: Visit) -> Reply:
    """A page of the list as the address says."""
    today = customers.today_of(datetime.now(UTC))
    async with visit.desk.database.snapshot() as connection:
        wanted = await asked(visit, connection)
        views, choices = await _beside(visit, connection)
        page = (
            customers.CustomerPage([], None)
            if wanted.wrong
            else await customers.list_customers(
                connection,
                visit.desk.vault,
                wanted.narrow,
                ROWS,
                today,
                position(visit.query.get("after", "")),
            )
        )
    return html(
        visit,
        "customers/templates/list.html",
        page=page,
        wanted=wanted,
        views=views,
        current_view=visit.query.get("view", ""),
        query=kept(visit.query),
        filtered=narrowed(visit.query),
        choices=choices,
        found_as=[visit.t(MEANINGS[code]) for code in wanted.found.taken] if wanted.found is not None else [],
        channels={channel.code: channel.name for channel in visit.network.channels.values()},
        next_url=visit.url(after=page.next) if page.next is not None else "",
        first_url=visit.url(after=None) if visit.query.get("after") else "",
    )


async def _beside(visit: Visit, connection: Connection) -> tuple[list[SavedView], dict[str, Any]]:
    """The person's views, and what the filters offer; tags and segments only to who may see them."""
    kept_views = saved_views(visit.caller.principal, AREA)
    found: dict[str, Any] = {"seen": [(code, visit.t(text)) for code, (_, _, text) in SEEN.items()]}
    if not visit.allowed(SEGMENTS_READ):
        (views,) = await ask(connection, kept_views)
        return views, found
    views, segments, attached = await ask(
        connection, kept_views, customers.all_segment_names(), customers.attached_names(NAMES_MAX)
    )
    chosen = visit.query.get("tag", "")
    shipped = {tag.name for tag in customers.shipped_tags()}
    if chosen and chosen not in attached and chosen not in shipped:
        attached = [*attached, chosen]
    return views, found | {
        "segment": [(str(number), name) for number, name in segments],
        "attached": [(name, name) for name in attached],
        "computed": computed_options(chosen if chosen in shipped else "", chinese=visit.language == "zh"),
    }


@lru_cache(maxsize=512)
def computed_options(chosen: str, *, chinese: bool) -> Markup:
    """The tags of the library as options of a choice: the same on every page but for the one that is chosen."""
    option = Markup('<option value="{}"{}>{}</option>')
    selected = Markup(" selected")
    return Markup("").join(
        option.format(tag.name, selected if tag.name == chosen else "", tag.zh if chinese else tag.en)
        for tag in customers.shipped_tags()
    )

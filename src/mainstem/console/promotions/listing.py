"""The list of promotions."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from mainstem.console.frame import Reply, Visit, html
from mainstem.console.promotions.telling import name, tell
from mainstem.console.promotions.voice import voice_of
from mainstem.console.promotions.words import PHASES, STATES
from mainstem.domains import pricing
from mainstem.platform.access.permissions import PROMOTIONS_WRITE
from mainstem.platform.preferences import saved_views
from mainstem.platform.query import ask

AREA = "promotions"
"""Where the views of this list are kept."""

ROWS = 50
FIELDS = ("q", "state")


class Line(msgspec.Struct, frozen=True):
    """A promotion in the list, with what was used of it; `budget` is what it may give away, "" without limit."""

    view: pricing.PromotionView
    name: str
    words: str
    time: str
    channels: str
    uses: int | None
    uses_max: int | None
    burnt: int
    budget_max: int | None
    spent: str
    budget: str


async def listed(visit: Visit) -> Reply:
    """A page of promotions by code."""
    now = datetime.now(UTC)
    state = visit.query.get("state", "")
    after = visit.query.get("after", "").replace("\x00", "")
    question = pricing.promotions_page(now, ROWS + 1, after, state if state in STATES else "", visit.query.get("q", ""))
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, question)
        shown = rows[:ROWS]
        used, views = await ask(
            connection, pricing.burnt([row.id for row in shown]), saved_views(visit.caller.principal, AREA)
        )
    return html(
        visit,
        "promotions/templates/list.html",
        lines=[line_of(visit, row, used.get(row.id, pricing.Burnt())) for row in shown],
        views=views,
        current_view=visit.query.get("view", ""),
        query=narrowed(visit.query),
        filtered=any(visit.query.get(field) for field in FIELDS),
        states=[(code, visit.t(text)) for code, (text, _) in STATES.items()],
        state_words=STATES,
        phases=PHASES,
        may_write=visit.allowed(PROMOTIONS_WRITE),
        next_url=visit.url(after=shown[-1].promotion.code) if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if after else "",
    )


def narrowed(query: dict[str, str]) -> str:
    """What narrows the list, as a query string."""
    return urlencode({field: query[field] for field in FIELDS if query.get(field)})


def line_of(visit: Visit, view: pricing.PromotionView, used: pricing.Burnt) -> Line:
    """A promotion as lists show it."""
    promotion = view.promotion
    voice = voice_of(visit, promotion.currency)
    told = tell(voice, promotion)
    limits = promotion.limits
    return Line(
        view,
        name(visit.language, promotion.name),
        told.gives,
        told.time,
        channels_of(visit, promotion),
        used.uses if limits.uses_total is None else used.uses or 0,
        limits.uses_total,
        used.budget_minor or 0,
        limits.budget_minor,
        voice.money(used.budget_minor or 0) if limits.budget_minor is not None else "",
        voice.money(limits.budget_minor) if limits.budget_minor is not None else "",
    )


def channels_of(visit: Visit, promotion: pricing.Promotion) -> str:
    """The channels that a promotion is for; "" for all."""
    voice = voice_of(visit, promotion.currency)
    named: list[str] = []
    for condition in promotion.when:
        if isinstance(condition, pricing.form.Channels):
            named += voice.called(condition.codes) + voice.kinds(condition.kinds)
    return visit.t(", ").join(named)

"""Which promotions exclude each other and which go together, on the same goods."""

from datetime import UTC, datetime
from itertools import islice

import msgspec

from mainstem.console.frame import Reply, Visit, html
from mainstem.console.promotions.telling import name
from mainstem.console.promotions.words import RELATIONS, STATES
from mainstem.domains import pricing
from mainstem.platform.query import ask

LOOKED_AT, SHOWN = 300, 200
PLANNED = ("live", "approved", "paused", "draft")


class Pair(msgspec.Struct, frozen=True):
    """Two promotions that can meet, and how they stand to each other."""

    relation: pricing.Relation
    one: pricing.PromotionView
    other: pricing.PromotionView
    words: str


async def conflicts(visit: Visit) -> Reply:
    """Pairs of live and planned promotions; of one promotion where the address names it."""
    now, wanted = datetime.now(UTC), visit.query.get("code", "")
    views: list[pricing.PromotionView] = []
    async with visit.desk.database.snapshot() as connection:
        for state in PLANNED:
            (rows,) = await ask(connection, pricing.promotions_page(now, LOOKED_AT - len(views) + 1, state=state))
            views += [row for row in rows if row.phase != "over"]
            if len(views) > LOOKED_AT:
                break
    shown = {view.promotion.code: view for view in views[:LOOKED_AT]}
    found = (
        one
        for one in pricing.relations([view.promotion for view in shown.values()])
        if not wanted or wanted in (one.one, one.other)
    )
    kind = visit.query.get("how", "excludes")
    pairs = [
        Pair(one, shown[one.one], shown[one.other], visit.t(RELATIONS[one.how]))
        for one in islice((one for one in found if kind == "all" or one.excludes == (kind == "excludes")), SHOWN + 1)
    ]
    return html(
        visit,
        "promotions/templates/conflicts.html",
        pairs=pairs[:SHOWN],
        more=len(pairs) > SHOWN,
        too_many=LOOKED_AT if len(views) > LOOKED_AT else 0,
        codes=[(code, f"{name(visit.language, view.promotion.name)} ({code})") for code, view in sorted(shown.items())],
        wanted=wanted,
        kind=kind,
        kinds=[
            ("excludes", visit.t("Exclude each other")),
            ("together", visit.t("Go together")),
            ("all", visit.t("All that meet")),
        ],
        state_words=STATES,
        called=lambda view: name(visit.language, view.promotion.name),
    )

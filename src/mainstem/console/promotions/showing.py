"""The page of a promotion: in words, what was used of it, and its history with what each revision changed."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from mainstem.console.formats import formats
from mainstem.console.frame import MissingError, Reply, Visit, html
from mainstem.console.promotions.drawing import pretty
from mainstem.console.promotions.listing import Line, line_of
from mainstem.console.promotions.stepping import Move, moves
from mainstem.console.promotions.telling import Told, name, tell
from mainstem.console.promotions.voice import Voice, voice_of
from mainstem.console.promotions.words import PHASES, STATES, VERBS
from mainstem.domains import pricing
from mainstem.kernel.money import from_minor
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import COUPONS_READ, PROMOTIONS_WRITE
from mainstem.platform.query import ask
from mainstem.platform.texts import Language

HISTORY = 100
CHANGES_SHOWN = 12
BATCHES = 20
_MUTED, _GRID = "#7c8b99", "#7c8b9940"


class Difference(msgspec.Struct, frozen=True):
    """What stood at a place of the form before, and after; "" for nothing."""

    where: str
    before: str
    after: str


class Event(msgspec.Struct, frozen=True):
    """Something that was done to a promotion."""

    text: str
    icon: str
    who: str
    at: datetime
    revision: int
    note: str
    differences: list[Difference]
    more: int
    words: str


class Shown(msgspec.Struct, frozen=True):
    """All that the page says."""

    line: Line
    told: Told
    other: Told
    other_language: Language
    other_name: str
    moves: list[Move]
    events: list[Event]
    days: list[pricing.BurntDay]
    chart: str
    batches: list[pricing.coupons.BatchView]


async def shown(visit: Visit) -> Reply:
    """A promotion."""
    now, code = datetime.now(UTC), visit.path["code"].replace("\x00", "")
    async with visit.desk.database.snapshot() as connection:
        view, history, batches = await ask(
            connection,
            pricing.promotion(code, now),
            pricing.promotion_history(code, HISTORY, 2**63 - 1),
            pricing.coupons.batches_page(BATCHES if visit.allowed(COUPONS_READ) else 0, "", code),
        )
        if view is None:
            raise MissingError
        called, used, days = await ask(
            connection,
            names({one.actor for one in history}),
            pricing.burnt([view.id]),
            pricing.burnt_by_day(view.id, visit.zone),
        )
    promotion = view.promotion
    voice = voice_of(visit, promotion.currency)
    other: Language = "en" if visit.language == "zh" else "zh"
    return html(
        visit,
        "promotions/templates/show.html",
        shown=Shown(
            line_of(visit, view, used.get(view.id, pricing.Burnt())),
            tell(voice, promotion),
            tell(Voice(other, formats(other, visit.zone), promotion.currency or "", voice.names), promotion),
            other,
            name(other, promotion.name),
            moves(visit, view, history),
            _events(visit, history, called),
            days,
            _chart(visit, days, promotion.currency),
            batches,
        ),
        view=view,
        json=pretty(promotion),
        state_words=STATES,
        phases=PHASES,
        may_write=visit.allowed(PROMOTIONS_WRITE),
        money=voice.money,
    )


def _events(visit: Visit, history: list[pricing.ChangeView], called: dict[int, str]) -> list[Event]:
    found = []
    for i, one in enumerate(history):
        text, picture = VERBS[one.verb]
        before = next((old.promotion for old in history[i + 1 :] if old.promotion is not None), None)
        differences = _differences(before, one)
        found.append(
            Event(
                visit.t(text),
                picture,
                called.get(one.actor, f"#{one.actor}") if one.actor else visit.t("The system"),
                one.recorded_at,
                one.revision,
                one.note,
                differences[:CHANGES_SHOWN],
                max(len(differences) - CHANGES_SHOWN, 0),
                "" if one.promotion is None else tell(voice_of(visit, one.promotion.currency), one.promotion).sentence,
            )
        )
    return found


def _differences(before: pricing.Promotion | None, change: pricing.ChangeView) -> list[Difference]:
    if before is None or change.promotion is None:
        return []
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(change.promotion)
    return [Difference(where, _at(old, where), _at(new, where)) for where in change.changed]


def _at(value: Any, pointer: str) -> str:  # noqa: ANN401 - JSON
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list | tuple) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _chart(visit: Visit, days: list[pricing.BurntDay], currency: str | None) -> str:
    """Uses as bars, what was given away as a line, as ECharts draws them."""
    muted = {"color": _MUTED}
    axis = {"type": "value", "splitNumber": 3, "axisLabel": muted, "splitLine": {"lineStyle": {"color": _GRID}}}
    series: list[dict[str, object]] = [
        {"name": visit.t("Orders"), "type": "bar", "barMaxWidth": 18, "data": [one.uses for one in days]}
    ]
    if currency:
        given = [float(from_minor(one.amount_minor, currency)) for one in days]
        series.append({"name": visit.t("Given away"), "type": "line", "yAxisIndex": 1, "symbol": "none", "data": given})
    option = {
        "grid": {"left": 8, "right": 8, "top": 28, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "right": 0, "itemHeight": 10, "textStyle": muted},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {
            "type": "category",
            "data": [visit.fmt.day(one.day) for one in days],
            "axisLabel": muted | {"hideOverlap": True},
            "axisTick": {"show": False},
        },
        "yAxis": [axis | {"minInterval": 1}, axis | {"splitLine": {"show": False}}],
        "series": series,
    }
    return msgspec.json.encode(option).decode()

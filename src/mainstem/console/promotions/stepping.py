"""Steps of a promotion's life: asked once, with a note, then done."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mainstem.console.frame import N_, MissingError, Problem, Reply, Visit, html, see_other
from mainstem.console.promotions.building import found
from mainstem.console.promotions.telling import tell
from mainstem.console.promotions.voice import voice_of
from mainstem.domains import pricing
from mainstem.platform.access.permissions import PROMOTIONS_APPROVE, PROMOTIONS_WRITE


class Move(msgspec.Struct, frozen=True):
    """A step that can be taken now; `why_not` says why this person cannot take it."""

    verb: str
    text: str
    icon: str
    look: str
    why_not: str = ""


class _Step(msgspec.Struct, frozen=True):
    text: str
    ask: str
    says: str
    done: str
    icon: str
    look: str
    states: tuple[str, ...]


STEPS: Mapping[str, _Step] = {
    "approve": _Step(
        N_("Approve"),
        N_("Approve promotion {code}?"),
        N_("It can be started then. A later change makes it a draft again."),
        N_("Promotion {code} is approved."),
        "check",
        "btn-primary",
        ("draft",),
    ),
    "start": _Step(
        N_("Start"),
        N_("Start promotion {code}?"),
        N_("It applies in every channel from now on, or from the beginning of its time on."),
        N_("Promotion {code} is live."),
        "player-play",
        "btn-primary",
        ("draft", "approved", "paused"),
    ),
    "pause": _Step(
        N_("Pause"),
        N_("Pause promotion {code}?"),
        N_("It applies to nothing until it is started again. Orders that have it keep it."),
        N_("Promotion {code} is paused."),
        "player-pause",
        "",
        ("live",),
    ),
    "end": _Step(
        N_("End for good"),
        N_("End promotion {code} for good?"),
        N_("It cannot be started again; orders that have it keep it, and its history stays."),
        N_("Promotion {code} has ended."),
        "x",
        "btn-danger",
        ("draft", "approved", "live", "paused"),
    ),
}


def moves(visit: Visit, view: pricing.PromotionView, history: Sequence[pricing.ChangeView]) -> list[Move]:
    """The steps from where a promotion is; approval is for somebody who wrote nothing of it since the last one."""
    offered = []
    for verb, step in STEPS.items():
        if view.state not in step.states or not visit.allowed(
            PROMOTIONS_WRITE if verb != "approve" else PROMOTIONS_APPROVE
        ):
            continue
        own = verb == "approve" and visit.caller.principal in _authors(history)
        why_not = visit.t("You wrote it: somebody else must approve it.") if own else ""
        offered.append(Move(verb, visit.t(step.text), step.icon, step.look, why_not))
    return offered


def _authors(history: Sequence[pricing.ChangeView]) -> set[int]:
    found_: set[int] = set()
    for one in history:
        if one.verb == "approved":
            break
        if one.verb == "saved":
            found_.add(one.actor)
    return found_


async def ask_first(visit: Visit) -> Reply:
    """What the step will do, and a note for the history."""
    return await _page(visit, _verb(visit))


async def take(visit: Visit) -> Reply:
    """Take the step."""
    verb = _verb(visit)
    form = await visit.form()
    code, note = visit.path["code"], form.text("note")
    command: Any
    operation: Any
    if verb == "approve":
        command = pricing.ApprovePromotion(code, form.integer("revision") or 0, note)
        operation = pricing.APPROVE_PROMOTION
    else:
        operation, kind = {
            "start": (pricing.START_PROMOTION, pricing.StartPromotion),
            "pause": (pricing.PAUSE_PROMOTION, pricing.PausePromotion),
            "end": (pricing.END_PROMOTION, pricing.EndPromotion),
        }[verb]
        command = kind(code, note)
    done = await visit.run(operation, command, form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, verb, done, note)
    return see_other(f"/promotions/{code}", notice=visit.t(STEPS[verb].done, code=code))


def _verb(visit: Visit) -> str:
    verb: str = visit.path["verb"]
    if verb not in STEPS:
        raise MissingError
    visit.require(PROMOTIONS_APPROVE if verb == "approve" else PROMOTIONS_WRITE, None)
    return verb


async def _page(visit: Visit, verb: str, problem: Problem | None = None, note: str = "") -> Reply:
    view = await found(visit, visit.path["code"])
    step = STEPS[verb]
    return html(
        visit,
        "promotions/templates/step.html",
        status=200 if problem is None else problem.status,
        view=view,
        verb=verb,
        step=step,
        told=tell(voice_of(visit, view.promotion.currency), view.promotion),
        note=note,
        problem=problem,
    )

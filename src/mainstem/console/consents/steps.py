"""The steps of a request: a page with a form each, and what happens when it is sent."""

from functools import partial

import msgspec

from mainstem.console.consents import words
from mainstem.console.consents.request import DESTRUCTIVE, facts, read, steps_of
from mainstem.console.frame import Page, Problem, Reply, Visit, html, see_other
from mainstem.domains import customers
from mainstem.platform.access.permissions import PRIVACY_HANDLE

rights = customers.rights


async def ask_for(step: str, visit: Visit) -> Reply:
    """The form of a step."""
    return await _page(step, visit)


async def take(step: str, visit: Visit) -> Reply:
    """Take it, if the request is in a state for it."""
    request = await read(visit)
    form = await visit.form()
    asked = {"number": request.id, "to": step, "identity": form.text("identity"), "reason": form.text("reason")}
    done = await visit.run(rights.ADVANCE_REQUEST, msgspec.convert(asked, rights.AdvanceRequest), form.text("key"))
    if isinstance(done, Problem):
        return await _page(step, visit, done, form.typed())
    return see_other(f"/requests/{request.id}", notice=visit.t(words.STEPS[step].done))


def pages() -> tuple[Page, ...]:
    """The pages of all steps."""
    path = "/requests/{number:int}/"
    asking = [Page("GET", path + step, PRIVACY_HANDLE, partial(ask_for, step), nav="requests") for step in words.STEPS]
    taking = [Page("POST", path + step, PRIVACY_HANDLE, partial(take, step), nav="requests") for step in words.STEPS]
    return (*asking, *taking)


async def _page(step: str, visit: Visit, problem: Problem | None = None, typed: dict[str, str] | None = None) -> Reply:
    request = await read(visit)
    possible = step in steps_of(request)
    return html(
        visit,
        "consents/templates/step.html",
        status=problem.status if problem is not None else 200 if possible else 409,
        step=step,
        text=words.STEPS[step],
        possible=possible,
        problem=problem,
        typed={"identity": "", "reason": ""} | (typed or {}),
        ways=[(code, words.said(visit, one)) for code, one in rights.IDENTITY.items()],
        reasons=[(code, words.said(visit, one)) for code, one in rights.REASONS.items()],
        outcome=visit.t(words.OUTCOMES[request.kind]) if request.kind in words.OUTCOMES else "",
        danger=step in DESTRUCTIVE,
        **facts(visit, request),
    )

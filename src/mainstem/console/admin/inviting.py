"""Inviting people: the one-time link is shown once, to be handed over."""

from typing import Any

from mainstem.console.admin import words
from mainstem.console.admin.people import page, the_principal
from mainstem.console.frame import Problem, Reply, Visit, html
from mainstem.platform.access import people
from mainstem.platform.access.people.contracts import LINK_SECONDS, Purpose
from mainstem.platform.access.people.links import Entrusted

PURPOSES: tuple[Purpose, ...] = ("set_password", "sign_in")


async def form(visit: Visit) -> Reply:
    """Who is to be invited, in which role."""
    return _form(visit, None, {})


async def invite(visit: Visit) -> Reply:
    """Create the person, and show the link for the first password."""
    form = await visit.form()
    node = visit.network.node(form.text("node"))
    entrusted = people.invite(
        form.text("login"),
        form.text("name"),
        form.text("role"),
        None if node is None else node.id,
        form.text("key"),
        actor=visit.caller.principal,
        trace=visit.trace,
    )
    made = await _submit(visit, entrusted)
    if isinstance(made, Problem):
        return _form(visit, made, form.typed())
    return _shown(visit, made, form.text("name"), "set_password")


async def admit(visit: Visit) -> Reply:
    """Let a principal that has only keys so far sign in, and show its link."""
    row = await the_principal(visit)
    form = await visit.form()
    entrusted = people.admit(
        row.principal,
        form.text("login"),
        form.text("name"),
        form.text("key"),
        actor=visit.caller.principal,
        trace=visit.trace,
    )
    made = await _submit(visit, entrusted)
    if isinstance(made, Problem):
        return await page(visit, made, form.typed() | {"role": row.role, "node": ""})
    return _shown(visit, made, form.text("name"), "set_password")


async def link_form(visit: Visit) -> Reply:
    """What a new link is for, and what it ends."""
    row = await the_principal(visit)
    return html(visit, "admin/templates/link_form.html", row=row, problem=None)


async def issue_link(visit: Visit) -> Reply:
    """A further link for a person."""
    row = await the_principal(visit)
    form = await visit.form()
    purpose: Purpose = "sign_in" if form.text("purpose") == "sign_in" else "set_password"
    entrusted = people.issue_link(
        row.principal, purpose, form.text("key"), actor=visit.caller.principal, trace=visit.trace
    )
    made = await _submit(visit, entrusted)
    if isinstance(made, Problem):
        return html(visit, "admin/templates/link_form.html", status=made.status, row=row, problem=made)
    return _shown(visit, made, row.name, purpose)


def _form(visit: Visit, problem: Problem | None, typed: dict[str, str]) -> Reply:
    return html(
        visit,
        "admin/templates/invite.html",
        status=problem.status if problem else 200,
        problem=problem,
        typed=typed,
        roles=words.roles(visit),
        nodes=words.nodes(visit),
    )


async def _submit(visit: Visit, entrusted: Entrusted[Any]) -> tuple[str | None] | Problem:
    """The path of the link, None when a repetition cannot show it again."""
    outcome = await visit.desk.batcher(entrusted.operation).submit(entrusted.call)
    return (entrusted.path(outcome),) if outcome.accepted else visit.problem(outcome.refusal())


def _shown(visit: Visit, made: tuple[str | None], name: str, purpose: Purpose) -> Reply:
    (path,) = made
    host = visit.headers.get(b"host", b"").decode("latin-1")
    return html(
        visit,
        "admin/templates/link.html",
        link="" if path is None else f"{'https' if visit.secure else 'http'}://{host}{path}",
        name=name,
        hours=round(LINK_SECONDS[purpose] / 3600),
        minutes=round(LINK_SECONDS[purpose] / 60),
        purpose=purpose,
    )

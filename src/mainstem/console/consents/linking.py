"""A customer's link to his own privacy page, made here and sent by who made it; and what he sees there."""

from datetime import UTC, datetime

import msgspec

from mainstem.console.consents import words
from mainstem.console.customers.head import customer_head
from mainstem.console.frame import MissingError, Reply, Visit, html, see_other
from mainstem.console.frame.visit import Problem
from mainstem.console.privacy.showing import Around, shown
from mainstem.domains import customers
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import CONSENT_WRITE, PRIVACY_HANDLE
from mainstem.platform.query import ask

rights = customers.rights

LINKS = 10

_decode = msgspec.json.Decoder(rights.links.PrivacyLinkMade).decode


async def ask_for(visit: Visit) -> Reply:
    """What a link is, those that were made lately, and the form that makes one."""
    return await _page(visit)


async def make(visit: Visit) -> Reply:
    """Make a link; its address and its code are in this answer and in no other."""
    visit.require(CONSENT_WRITE, None)
    head = await customer_head(visit, visit.path["customer"])
    form = await visit.form()
    fresh = rights.new_link(head.id, form.text("key"), actor=visit.caller.principal, trace=visit.trace)
    outcome = await visit.desk.batcher(rights.MAKE_PRIVACY_LINK).submit(fresh.call)
    if not outcome.accepted:
        return await _page(visit, visit.problem(outcome.refusal()))
    if not fresh.made(outcome):
        return see_other(
            f"/customers/{head.id}/consent/link",
            notice=visit.t("That link was made, and was shown once. If nobody noted it, make another."),
        )
    scheme, host = "https" if visit.secure else "http", visit.headers.get(b"host", b"").decode("latin-1")
    return html(
        visit,
        "consents/templates/link_made.html",
        head=head,
        tab="consent",
        address=f"{scheme}://{host}{fresh.path}",
        code=fresh.code,
        expires_at=_decode(outcome.body).expires_at,
        minutes=rights.links.SESSION_MINUTES,
        attempts=rights.links.ATTEMPTS_MAX,
    )


async def _page(visit: Visit, problem: Problem | None = None) -> Reply:
    head = await customer_head(visit, visit.path["customer"])
    async with visit.desk.database.snapshot() as connection:
        (made,) = await ask(connection, rights.links.links_of(head.id, datetime.now(UTC), LINKS))
        (called,) = await ask(connection, names({one.made_by for one in made} - {0}))
    return html(
        visit,
        "consents/templates/link.html",
        status=200 if problem is None else problem.status,
        head=head,
        tab="consent",
        problem=problem,
        hours=rights.links.LINK_HOURS,
        links=[
            (one, visit.t(words.LINKS[one.state][0]), words.LINKS[one.state][1], called.get(one.made_by, ""))
            for one in made
        ],
    )


async def preview(visit: Visit) -> Reply:
    """The privacy page as the customer would see it, masked, with nothing to press.

    Who saw him and what he asked for is shown to those only who handle requests.
    """
    head = await customer_head(visit, visit.path["customer"])
    handles = visit.allowed(PRIVACY_HANDLE)
    now = datetime.now(UTC)
    async with visit.desk.database.snapshot() as connection:
        held = await rights.held(connection, visit.desk.vault, head.id, now)
        if held is None:
            raise MissingError
        masked = msgspec.structs.replace(
            held,
            records=tuple(rights.masked_record(one) for one in held.records),
            requests=held.requests if handles else (),
            disclosures=held.disclosures if handles else (),
        )
        return await shown(
            visit, connection, masked, Around(preview=f"/customers/{head.id}/consent", partial=not handles)
        )


async def ask_to_lift(visit: Visit) -> Reply:
    """What lifting a restriction means."""
    return await _lifting(visit)


async def lift(visit: Visit) -> Reply:
    """Let the data of the customer be used again."""
    form = await visit.form()
    head = await customer_head(visit, visit.path["customer"])
    done = await visit.run(rights.LIFT_RESTRICTION, rights.LiftRestriction(head.id), form.text("key"))
    if isinstance(done, Problem):
        return await _lifting(visit, done)
    notice = visit.t("The restriction is lifted. What the customer agreed to counts again.")
    return see_other(f"/customers/{head.id}/consent", notice=notice)


async def _lifting(visit: Visit, problem: Problem | None = None) -> Reply:
    head = await customer_head(visit, visit.path["customer"])
    async with visit.desk.database.snapshot() as connection:
        (restriction,) = await ask(connection, rights.restriction_of(head.id))
    return html(
        visit,
        "consents/templates/lift.html",
        status=200 if problem is None else problem.status,
        head=head,
        tab="consent",
        problem=problem,
        restriction=restriction,
    )

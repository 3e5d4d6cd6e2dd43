"""What a person does on his own page: switch a purpose, ask for something, take a copy along, close it."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from mainstem.console.frame import Problem, Reply, Visit, see_other
from mainstem.console.frame.reply import download
from mainstem.console.privacy.opening import acting_for, cookie, csrf_of, unusable
from mainstem.console.privacy.showing import page
from mainstem.domains import customers
from mainstem.platform.execution import Operation
from mainstem.platform.query import ask
from mainstem.processes.copy_customer import copy_customer

consent, rights = customers.consent, customers.rights

C = TypeVar("C")
R = TypeVar("R")

REQUESTS_MAX = 200
COPY_NAME = "my-data.json"


async def switch(visit: Visit) -> Reply:
    """Allow or refuse a use."""
    opened = await acting_for(visit)
    if opened is None:
        return unusable(visit)
    form = await visit.form()
    purpose, channel, record = form.text("purpose"), form.text("channel"), opened.record
    evidence = consent.Evidence("privacy_page", str(opened.link))
    done: Any
    if form.text("to") == "on":
        given = consent.GiveConsent(record, purpose, consent.LATEST, evidence, channel=channel, everywhere=True)
        done = await _run(visit, consent.GIVE_CONSENT, given, form.text("key"))
        said = visit.t("Allowed. You can change it back at any time.")
    else:
        refused = consent.WithdrawConsent(record, purpose, evidence, channel=channel, everywhere=True)
        done = await _run(visit, consent.WITHDRAW_CONSENT, refused, form.text("key"))
        said = visit.t("Switched off. It counts from now on.")
    if isinstance(done, Problem):
        return await page(visit, opened, csrf_of(visit), problem=done)
    return see_other(f"{_here(visit)}#purposes", notice=said)


async def ask_for(visit: Visit) -> Reply:
    """Open a request."""
    opened = await acting_for(visit)
    if opened is None:
        return unusable(visit)
    form = await visit.form()
    typed = {"kind": form.text("kind"), "law": form.text("law"), "wish": form.text("wish")}
    try:
        wanted = msgspec.convert({"customer": opened.record, "identity": "privacy_link", **typed}, rights.OpenRequest)
    except msgspec.ValidationError:
        return await page(visit, opened, csrf_of(visit), typed=typed, incomplete=True)
    done = await _run(visit, rights.OPEN_REQUEST, wanted, form.text("key"))
    if isinstance(done, Problem):
        return await page(visit, opened, csrf_of(visit), problem=done, typed=typed)
    notice = visit.t("We have received your request. Its number is {number}.", number=done.receipt)
    return see_other(f"{_here(visit)}#requests", notice=notice)


async def withdraw(visit: Visit) -> Reply:
    """Take a request back."""
    opened = await acting_for(visit)
    if opened is None:
        return unusable(visit)
    form = await visit.form()
    async with visit.desk.database.transaction() as connection:
        (mine,) = await ask(connection, rights.requests_of(opened.record, datetime.now(UTC), REQUESTS_MAX))
    number = form.integer("request")
    if number not in {one.id for one in mine if one.closed_at is None}:
        return see_other(f"{_here(visit)}#requests")
    done = await _run(visit, rights.ADVANCE_REQUEST, rights.AdvanceRequest(number, "withdrawn"), form.text("key"))
    if isinstance(done, Problem):
        return await page(visit, opened, csrf_of(visit), problem=done)
    return see_other(f"{_here(visit)}#requests", notice=visit.t("You have taken the request back."))


async def take_copy(visit: Visit) -> Reply:
    """Everything that is held, as a file."""
    opened = await acting_for(visit)
    if opened is None:
        return unusable(visit)
    desk = visit.desk
    async with desk.database.transaction() as connection:
        copy = await copy_customer(connection, desk.database.vault, opened.record, 0, "package", datetime.now(UTC))
    if copy is None:
        return unusable(visit)
    body = msgspec.json.format(msgspec.json.encode(copy), indent=2)
    return download(COPY_NAME, "application/json", body)


async def close(visit: Visit) -> Reply:
    """Forget in this browser that the page was open; the link was used up when it was opened."""
    if await acting_for(visit) is None:
        return unusable(visit)
    return see_other(_here(visit), headers=(cookie(visit, "", 0),))


async def _run(visit: Visit, operation: Operation[C, R], command: C, key: str) -> R | Problem:
    """Run a command that the person himself gives: nobody who signs in is its actor."""
    call = operation.call(command, f"privacy {visit.path['token']} {key}", trace=visit.trace)
    outcome = await visit.desk.batcher(operation).submit(call)
    if not outcome.accepted:
        return visit.problem(outcome.refusal())
    return msgspec.json.decode(outcome.body, type=operation.result)


def _here(visit: Visit) -> str:
    return f"/privacy/{visit.path['token']}"

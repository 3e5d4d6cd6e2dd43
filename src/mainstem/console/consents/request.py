"""The page of a request: what was asked, until when, what can be done now, its receipts and its whole history."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from mainstem.console.consents import words
from mainstem.console.frame import MissingError, Reply, Visit, download, html
from mainstem.domains import customers
from mainstem.kernel.refusals import refuse
from mainstem.platform import audit
from mainstem.platform.access.directory import names
from mainstem.platform.query import ask
from mainstem.processes.copy_customer import copy_customer

rights = customers.rights

ARRIVAL = "customers.request_received"
DESTRUCTIVE = ("refused", "withdrawn")
_NUMBER_MAX = 2**63 - 1


class Happened(msgspec.Struct, frozen=True):
    """Something that happened to a request; `more` is the way of the check, or the reason."""

    at: datetime
    text: str
    who: str
    more: str


class Paper(msgspec.Struct, frozen=True):
    """A receipt: its number, what it says in both languages, and its hash."""

    number: str
    state: str
    issued_at: datetime
    sha256: str
    english: str
    chinese: str


async def read(visit: Visit) -> rights.RequestView:
    """The request of the address."""
    number = visit.path["number"]
    if number > _NUMBER_MAX:
        raise MissingError
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, rights.request(number, datetime.now(UTC)))
    if found is None:
        raise MissingError
    return found


def steps_of(request: rights.RequestView) -> list[str]:
    """What can be done with a request now, in the order in which it goes on; an erasure is carried out instead."""
    following = rights.TRANSITIONS[request.state]
    return [step for step in words.STEPS if step in following and not (step == "done" and request.kind == "erasure")]


def facts(visit: Visit, request: rights.RequestView) -> dict[str, Any]:
    """What every page of a request says of it."""
    text, tone = words.STATES[request.state]
    return {
        "request": request,
        "kind": words.said(visit, rights.KINDS[request.kind]),
        "law": words.said(visit, rights.LAWS[request.law].name),
        "state": visit.t(text),
        "tone": tone,
        "deadline": words.deadline(visit, request, datetime.now(UTC)),
        "identity": words.said(visit, rights.IDENTITY[request.identity]) if request.identity else "",
        "reason": words.said(visit, rights.REASONS[request.reason]) if request.reason else "",
        "purposes": [words.purpose_name(visit, one) for one in request.purposes],
    }


async def show(visit: Visit) -> Reply:
    """The request; what the customer wrote is shown to who asks for it, and that is remembered."""
    request = await read(visit)
    wanted = visit.query.get("personal") == "shown"
    async with visit.desk.database.transaction() as connection:
        papers, entries, sealed, people = await ask(
            connection,
            rights.receipts(request.id),
            audit.history(request.id),
            rights.sealed_wish(request.id),
            customers.named(visit.desk.vault, [request.record]),
        )
        (called,) = await ask(connection, names({one.event.actor for one in entries} - {0}))
        wish = ""
        if sealed is not None and wanted:
            wish = visit.desk.vault.unwrap(sealed[1]).open(sealed[0], rights.WISH).decode()
            now = datetime.now(UTC)
            await rights.disclose(connection, [request.record], "legal", visit.caller.principal, "request", now)
    person = people.get(request.record)
    erasable = request.kind == "erasure" and request.state == "in_progress"
    return html(
        visit,
        "consents/templates/request.html",
        **facts(visit, request),
        person="" if person is None else person.reference,
        steps=[(step, visit.t(words.STEPS[step].button), words.STEPS[step].icon) for step in steps_of(request)],
        destructive=DESTRUCTIVE,
        erasable=erasable,
        copied=request.kind in rights.COPIED_KINDS,
        copyable=request.kind in rights.COPIED_KINDS and request.state in rights.COPIED_STATES,
        papers=[paper(visit, one) for one in papers],
        happened=[
            _happened(visit, one.event, called, arrival=place == 0) for place, one in reversed([*enumerate(entries)])
        ],
        wish=wish,
        reveal=visit.url(personal="shown") if sealed is not None and not wish else "",
        hide=visit.url(personal=None),
    )


def _happened(visit: Visit, event: audit.EventView, called: dict[int, str], *, arrival: bool) -> Happened:
    """What happened first is that it arrived, even where it was known at once who asks."""
    told: dict[str, Any] = msgspec.json.decode(event.payload)
    kind = ARRIVAL if arrival else event.type
    text = visit.t(words.HAPPENED[kind]) if kind in words.HAPPENED else event.type
    more = ""
    if event.type.endswith("_refused") and told.get("reason"):
        more = words.said(visit, rights.REASONS[told["reason"]])
    elif event.type.endswith(("_identity_checked", "_received")) and told.get("identity"):
        more = words.said(visit, rights.IDENTITY[told["identity"]])
    return Happened(event.occurred_at, text, words.actor_name(visit, event.actor, called), more)


def paper(visit: Visit, receipt: rights.Receipt) -> Paper:
    """A receipt as it was handed out."""
    text: dict[str, str] = msgspec.json.decode(receipt.document)["text"]
    state = visit.t(words.STATES[receipt.state][0])
    return Paper(receipt.number, state, receipt.issued_at, receipt.sha256, text["en"], text["zh"])


async def receipt(visit: Visit) -> Reply:
    """A receipt to print, in both languages."""
    request, found = await read(visit), await _receipt(visit)
    return html(
        visit,
        "consents/templates/receipt.html",
        paper=paper(visit, found),
        request=request,
        file_url=f"/requests/{request.id}/receipts/{found.number}/file",
    )


async def receipt_file(visit: Visit) -> Reply:
    """The receipt's document as it was issued: its SHA-256 is that of the receipt."""
    found = await _receipt(visit)
    return download(f"{found.number}.json", "application/json", found.document.encode())


async def _receipt(visit: Visit) -> rights.Receipt:
    request = await read(visit)
    async with visit.desk.database.snapshot() as connection:
        (papers,) = await ask(connection, rights.receipts(request.id))
    for one in papers:
        if one.number == visit.path["receipt"]:
            return one
    raise MissingError


async def package(visit: Visit) -> Reply:
    """Everything that is held of who asked, as a file; it is remembered that it was made."""
    request = await read(visit)
    if request.kind not in rights.COPIED_KINDS:
        raise MissingError
    if request.state not in rights.COPIED_STATES:
        problem = visit.problem(refuse(rights.REQUEST_STEP_IMPOSSIBLE, "/number", state=request.state, to="done"))
        return html(visit, "frame/templates/refused.html", status=problem.status, problem=problem)
    desk, now = visit.desk, datetime.now(UTC)
    async with desk.database.transaction() as connection:
        copy = await copy_customer(connection, desk.vault, request.record, visit.caller.principal, "package", now)
    if copy is None:
        raise MissingError
    body = msgspec.json.format(msgspec.json.encode(copy), indent=2)
    return download(f"request-{request.id}.json", "application/json", body)

"""What can be done with arrivals in quarantine: apply them corrected or as they came, or set them aside."""

from typing import Any

import msgspec

from mainstem.console.admin.people import number
from mainstem.console.admin.quarantine import asked, page, the_entry
from mainstem.console.frame import Problem, Reply, Visit, see_other
from mainstem.domains import inventory
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform import quarantine
from mainstem.platform.execution import Call, Operation
from mainstem.platform.quarantine import QUARANTINE_SETTLED, Entry
from mainstem.platform.query import ask
from mainstem.platform.reading import read_json
from mainstem.platform.settling import SETTLE_ENTRY, SettleEntry
from mainstem.processes import PLACE_ORDERS, RECORD_SALES

RESUBMITTED_MAX = 500
"""Entries that one click tries again."""

OPERATIONS: dict[str, Operation[Any, Any]] = {
    operation.name: operation
    for operation in (RECORD_SALES, PLACE_ORDERS, inventory.RECEIVE_STOCK, inventory.COUNT_STOCK)
}
"""What arrivals can be for."""

HOME = "/admin/quarantine"

_encode = msgspec.json.Encoder().encode


async def resubmit(visit: Visit) -> Reply:
    """Apply an entry as it is typed; once it is accepted the entry is settled."""
    entry = await the_entry(visit)
    form = await visit.form()
    typed = form.text("payload")
    if entry.state != "waiting":
        return await page(visit, _settled(visit, entry), typed)
    try:
        call = _call(visit, entry, typed.encode())
    except RefusedError as refused:
        return await page(visit, visit.problem(refused.refusal), typed)
    outcome = await visit.desk.batcher(OPERATIONS[entry.operation]).submit(call)
    if not outcome.accepted:
        return await page(visit, visit.problem(outcome.refusal()), typed)
    done = await visit.run(SETTLE_ENTRY, SettleEntry(entry.id, "resubmitted"), form.text("key"))
    if isinstance(done, Problem):
        return await page(visit, done, typed)
    return see_other(HOME, notice=visit.t("Entry {entry} is applied.", entry=entry.id))


async def resubmit_many(visit: Visit) -> Reply:
    """Apply the entries that were chosen, or all that match, as they arrived: after what they lacked was corrected."""
    form = await visit.form()
    wanted = asked({name: form.text(name) for name in ("code", "operation", "source")})
    chosen = {found for text in form.all("entry") if (found := number(text)) is not None}
    query = (
        quarantine.listed(wanted, RESUBMITTED_MAX)
        if form.text("scope") == "all"
        else quarantine.waiting_of(chosen, RESUBMITTED_MAX)
    )
    async with visit.desk.database.transaction() as connection:
        (entries,) = await ask(connection, query)
    applied = 0
    for name, operation in OPERATIONS.items():
        applied += await _apply(visit, operation, [entry for entry in entries if entry.operation == name])
    notice = visit.t("Applied: {applied}. Still refused: {refused}.", applied=applied, refused=len(entries) - applied)
    return see_other(HOME, notice=notice)


async def set_aside(visit: Visit) -> Reply:
    """Settle an entry without applying it, and say why."""
    entry = await the_entry(visit)
    form = await visit.form()
    note = form.text("note")
    done = await visit.run(SETTLE_ENTRY, SettleEntry(entry.id, "set_aside", note), form.text("key"))
    if isinstance(done, Problem):
        return await page(visit, done, note=note)
    return see_other(HOME, notice=visit.t("Entry {entry} is set aside.", entry=entry.id))


async def _apply(visit: Visit, operation: Operation[Any, Any], entries: list[Entry]) -> int:
    """How many of the entries were accepted, and are settled now."""
    calls: list[tuple[Entry, Call[Any]]] = []
    for entry in entries:
        try:
            calls.append((entry, _call(visit, entry, entry.payload)))
        except RefusedError:
            continue  # it stays, with the reason it has
    outcomes = await visit.desk.batcher(operation).submit_many([call for _, call in calls])
    accepted = [entry for (entry, _), outcome in zip(calls, outcomes, strict=True) if outcome.accepted]
    settle = visit.desk.batcher(SETTLE_ENTRY)
    await settle.submit_many(
        [
            SETTLE_ENTRY.call(
                SettleEntry(entry.id, "resubmitted"),
                f"quarantine\x1f{entry.id}",
                actor=visit.caller.principal,
                trace=visit.trace,
            )
            for entry in accepted
        ]
    )
    return len(accepted)


def _call(visit: Visit, entry: Entry, payload: bytes) -> Call[Any]:
    """The command of an entry; raises RefusedError when it cannot be read.

    The key includes what is sent, so that a refused attempt can be followed by a corrected one.
    """
    operation = OPERATIONS.get(entry.operation)
    if operation is None:
        raise RefusedError(refuse(NOT_FOUND, what="operation", id=entry.operation))
    command = read_json(operation.command, payload)
    key = f"quarantine\x1f{entry.id}\x1f{_encode(command).hex()}"
    return operation.call(command, key, actor=visit.caller.principal, trace=visit.trace)


def _settled(visit: Visit, entry: Entry) -> Problem:
    return visit.problem(refuse(QUARANTINE_SETTLED, id=entry.id, state=entry.state))

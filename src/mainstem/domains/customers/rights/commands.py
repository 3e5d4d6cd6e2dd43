"""What can be done to requests: load, decide, store, tell. Erasure is a process: it reaches every room."""

from collections.abc import Sequence

import msgspec

from mainstem.domains.customers.consent import store as consent_store
from mainstem.domains.customers.consent.commands import record_said
from mainstem.domains.customers.consent.contracts import Evidence, WithdrawConsent
from mainstem.domains.customers.contracts import PERSON_ERASED
from mainstem.domains.customers.rights import rules, store
from mainstem.domains.customers.rights.contracts import (
    REQUEST_OPEN_ALREADY,
    AdvanceRequest,
    LiftRestriction,
    OpenRequest,
    RequestChanged,
    RequestStepped,
    RestrictedEvent,
    RestrictionLifted,
)
from mainstem.domains.customers.rights.laws import LAWS, due
from mainstem.domains.customers.rights.states import CLOSED
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Event, Work

WISH = "customers.wish"
"""For what the wishes of requests are encrypted."""

_encode = msgspec.json.Encoder().encode

People = dict[int, consent_store.Person]


async def _open(work: Work, calls: Sequence[Call[OpenRequest]]) -> list[RequestChanged | Refusal]:
    (people,) = await ask(work.connection, consent_store.lock_people({call.command.customer for call in calls}))
    standing, keys = await ask(work.connection, store.open_requests_of(people), store.keys_of(people))
    await work.reserve_ids(len(calls))
    answers: list[RequestChanged | Refusal] = []
    for call in calls:
        command = call.command
        person = known(people, command.customer)
        if isinstance(person, Refusal):
            answers.append(person)
            continue
        refusal = rules.acceptable(command)
        standing_already = standing.get((person.customer, command.kind))
        if refusal is None and standing_already is not None:
            refusal = refuse(REQUEST_OPEN_ALREADY, "/kind", request=standing_already)
        if refusal is not None:
            answers.append(refusal)
            continue
        request = store.Request(
            id=work.ids.take(),
            record=person.record,
            kind=command.kind,
            law=command.law,
            state="identity_checked" if command.identity else "received",
            identity=command.identity,
            purposes=rules.objected(command),
            reason="",
            received_at=work.now,
            due_at=due(LAWS[command.law], work.now),
        )
        standing[person.customer, command.kind] = request.id
        store.add_request(work, request, store.Fresh(_sealed(work, keys, person.record, command.wish), call.actor))
        issued = store.issue_receipt(work, request)
        tell(work, request, call.actor, call.trace)
        answers.append(_changed(request, issued.number))
    return answers


def _sealed(work: Work, keys: dict[int, bytes], record: int, wish: str) -> bytes | None:
    """The wish under the record's key, which is made when there is none."""
    if not wish.strip():
        return None
    wrapped = keys.get(record)
    key = work.vault.new_key() if wrapped is None else work.vault.unwrap(wrapped)
    if wrapped is None:
        keys[record] = key.wrapped
        store.add_key(work, record, key.wrapped)
    return key.seal(wish.strip().encode(), WISH)


async def _advance(work: Work, calls: Sequence[Call[AdvanceRequest]]) -> list[RequestChanged | Refusal]:
    (requests,) = await ask(work.connection, store.lock_requests({call.command.number for call in calls}))
    (people,) = await ask(work.connection, consent_store.lock_people({one.record for one in requests.values()}))
    answers: list[RequestChanged | Refusal] = []
    for call in calls:
        request = requests.get(call.command.number)
        if request is None:
            answers.append(refuse(NOT_FOUND, "/number", what="request", id=call.command.number))
            continue
        refusal = rules.advance(request, call.command)
        if refusal is not None:
            answers.append(refusal)
            continue
        if request.state == "done":
            await _carry_out(work, request, people, call)
        closed = request.state in CLOSED
        store.change_request(work, request, closed=closed)
        number = store.issue_receipt(work, request).number if closed else ""
        tell(work, request, call.actor, call.trace)
        answers.append(_changed(request, number))
    return answers


async def _carry_out(work: Work, request: store.Request, people: People, call: Call[AdvanceRequest]) -> None:
    """What a request that is done does by itself."""
    customer = people[request.record].customer
    records = [one.record for one in people.values() if one.customer == customer]
    if request.kind == "restriction":
        store.restrict(work, request.id, records)
        _tell_restriction(work, "customers.restricted", dict.fromkeys(records, request.id), call.actor, call.trace)
    elif request.kind == "objection":
        await work.reserve_ids(len(records) * len(request.purposes))
        said = []
        for purpose in request.purposes:
            evidence = Evidence("request", str(request.id))
            withdrawn = WithdrawConsent(request.record, purpose, evidence, everywhere=True)
            said += record_said(work, withdrawn, records, call.actor, call.trace)
        consent_store.add(work, said)


async def _lift(work: Work, calls: Sequence[Call[LiftRestriction]]) -> list[RestrictionLifted | Refusal]:
    (people,) = await ask(work.connection, consent_store.lock_people({call.command.customer for call in calls}))
    (restricted,) = await ask(work.connection, store.restricted(people))
    answers: list[RestrictionLifted | Refusal] = []
    for call in calls:
        person = known(people, call.command.customer)
        if isinstance(person, Refusal):
            answers.append(person)
            continue
        mine = {one.record for one in people.values() if one.customer == person.customer}
        lifted = {record: request for record, request in restricted.items() if record in mine}
        for record in lifted:
            del restricted[record]
        store.lift(work, lifted)
        _tell_restriction(work, "customers.restriction_lifted", lifted, call.actor, call.trace)
        answers.append(RestrictionLifted(len(lifted)))
    return answers


def known(people: People, customer: int) -> consent_store.Person | Refusal:
    """The record that a command names, or why nothing can be recorded of it."""
    person = people.get(customer)
    if person is None:
        return refuse(NOT_FOUND, "/customer", what="customer", id=customer)
    return refuse(PERSON_ERASED, "/customer", customer=customer) if person.erased else person


def tell(work: Work, request: store.Request, actor: int, trace: str) -> None:
    """Tell what state a request has reached."""
    payload = msgspec.convert(
        {
            "record": request.record,
            "kind": request.kind,
            "law": request.law,
            "due_at": request.due_at,
            "identity": request.identity,
            "reason": request.reason,
        },
        RequestStepped,
    )
    work.emit(
        Event(
            type=f"customers.request_{request.state}",
            subject=request.id,
            actor=actor,
            trace=trace,
            occurred_at=work.now,
            payload=_encode(payload),
        )
    )


def _tell_restriction(work: Work, kind: str, records: dict[int, int], actor: int, trace: str) -> None:
    for record, request in records.items():
        payload = _encode(RestrictedEvent(request))
        work.emit(Event(kind, record, actor, trace, work.now, payload))


def _changed(request: store.Request, receipt: str) -> RequestChanged:
    return msgspec.convert(
        {"request": request.id, "state": request.state, "due_at": request.due_at, "receipt": receipt}, RequestChanged
    )


OPEN_REQUEST: Operation[OpenRequest, RequestChanged] = Operation(
    "customers.open_request", OpenRequest, RequestChanged, _open
)
ADVANCE_REQUEST: Operation[AdvanceRequest, RequestChanged] = Operation(
    "customers.advance_request", AdvanceRequest, RequestChanged, _advance
)
LIFT_RESTRICTION: Operation[LiftRestriction, RestrictionLifted] = Operation(
    "customers.lift_restriction", LiftRestriction, RestrictionLifted, _lift
)

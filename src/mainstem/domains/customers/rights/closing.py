"""The request behind an erasure: what lets it be carried out, and how it ends."""

from collections.abc import Collection

from mainstem.domains.customers.rights import store
from mainstem.domains.customers.rights.commands import tell
from mainstem.domains.customers.rights.contracts import (
    NOT_AN_ERASURE,
    RECORDS_CHANGED,
    REQUEST_STEP_IMPOSSIBLE,
    CustomerErased,
)
from mainstem.domains.customers.segments import membership
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def lock_erasure(work: Work, request_id: int) -> store.Request | Refusal:
    """The request, locked; refused unless it asks for erasure, and it is known that the person himself does.

    Nobody changes memberships from here on: that lock comes before any other of the room.
    """
    await membership.lock(work)
    (found,) = await ask(work.connection, store.lock_requests([request_id]))
    request = found.get(request_id)
    if request is None:
        return refuse(NOT_FOUND, "/number", what="request", id=request_id)
    if request.kind != "erasure":
        return refuse(NOT_AN_ERASURE, "/number", request=request_id)
    if request.state != "in_progress":
        return refuse(REQUEST_STEP_IMPOSSIBLE, "/number", state=request.state, to="done")
    return request


def as_seen(records: Collection[int], seen: Collection[int] | None) -> Refusal | None:
    """The refusal of an erasure that would reach other records than were seen before it was decided."""
    if seen is None or set(seen) == set(records):
        return None
    return refuse(RECORDS_CHANGED, "/records", now=len(records))


async def close_erasure(
    work: Work, request: store.Request, records: Collection[int], actor: int, trace: str
) -> CustomerErased:
    """Queue that it is done, and that whatever else these records asked for finds nothing any more."""
    (others,) = await ask(work.connection, store.lock_open_requests(records))
    request.state = "done"
    for other in others:
        if other.id == request.id:
            continue
        other.state, other.reason = "refused", "not_held"
        store.change_request(work, other, closed=True)
        store.issue_receipt(work, other)
        tell(work, other, actor, trace)
    store.change_request(work, request, closed=True)
    issued = store.issue_receipt(work, request)
    tell(work, request, actor, trace)
    return CustomerErased(request.id, tuple(sorted(records)), issued.number)

"""All SQL that locks or writes requests, receipts and restrictions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from mainstem.domains.customers.rights.receipts import Facts, Issued, issue
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query
from mainstem.platform.work import Work

_REQUEST = """
select id, record, kind, law, state, identity, purposes, reason, received_at, due_at from customers.rights_request
"""
_LOCK = f"{_REQUEST} where id = any(%b::bigint[]) order by id for update"
_LOCK_OPEN = f"{_REQUEST} where record = any(%b::bigint[]) and closed_at is null order by id for update"

_OPEN_OF = """
select q.id, r.customer, q.kind from customers.rights_request as q
join customers.source_record as r on r.id = q.record
where q.record = any(%b::bigint[]) and q.closed_at is null
"""

_ADD = """
insert into customers.rights_request
    (id, record, kind, law, state, identity, purposes, wish, reason, received_at, due_at, closed_at, actor)
values (%b, %b, %b, %b, %b, %b, %b, %b, '', %b, %b, null, %b)
"""

_CHANGE = """
update customers.rights_request set state = %b, identity = %b, reason = %b, closed_at = %b where id = %b
"""

_ADD_RECEIPT = """
insert into customers.rights_receipt (request, state, number, document, hash, issued_at) values (%b, %b, %b, %b, %b, %b)
"""

_RESTRICT = """
insert into customers.restriction (record, request, since)
select record, %b::bigint, %b::timestamptz from unnest(%b::bigint[]) as n (record) on conflict (record) do nothing
"""


class Request(msgspec.Struct):
    """A request as it stands."""

    id: int
    record: int
    kind: str
    law: str
    state: str
    identity: str
    purposes: list[str]
    reason: str
    received_at: datetime
    due_at: datetime


class Fresh(NamedTuple):
    """What a new request has beside what it goes on with."""

    wish: bytes | None
    actor: int


def lock_requests(ids: Collection[int]) -> Query[dict[int, Request]]:
    """The requests by id, locked until the end."""
    return Query(_LOCK, (Bigints(sorted(ids)),), lambda rows: {row[0]: Request(*row) for row in rows})


def lock_open_requests(records: Collection[int]) -> Query[list[Request]]:
    """The open requests of these records, locked."""
    return Query(_LOCK_OPEN, (Bigints(sorted(records)),), lambda rows: [Request(*row) for row in rows])


def open_requests_of(records: Collection[int]) -> Query[dict[tuple[int, str], int]]:
    """The open requests of these records, by customer and kind."""
    return Query(
        _OPEN_OF, (Bigints(sorted(records)),), lambda rows: {(customer, kind): id_ for id_, customer, kind in rows}
    )


def keys_of(records: Collection[int]) -> Query[dict[int, bytes]]:
    """The wrapped keys of records."""
    return Query(
        "select record, wrapped from customers.subject_key where record = any(%b::bigint[])",
        (Bigints(sorted(records)),),
        lambda rows: {record: bytes(wrapped) for record, wrapped in rows},
    )


def add_key(work: Work, record: int, wrapped: bytes) -> None:
    """Queue the key of a record that had nothing to encrypt so far; a lost race ends the batch, which runs again."""
    work.write("insert into customers.subject_key (record, wrapped) values (%b, %b)", record, wrapped)


def add_request(work: Work, request: Request, fresh: Fresh) -> None:
    """Queue a new request."""
    work.write(
        _ADD,
        request.id,
        request.record,
        request.kind,
        request.law,
        request.state,
        request.identity,
        request.purposes,
        fresh.wish,
        request.received_at,
        request.due_at,
        fresh.actor,
    )


def change_request(work: Work, request: Request, *, closed: bool) -> None:
    """Queue the state of a request."""
    work.write(_CHANGE, request.state, request.identity, request.reason, work.now if closed else None, request.id)


def issue_receipt(work: Work, request: Request) -> Issued:
    """Queue the receipt for the state that a request has now; what is in it."""
    issued = issue(
        Facts(
            request.id,
            request.kind,
            request.law,
            request.state,
            request.received_at,
            request.due_at,
            work.now,
            request.reason,
        )
    )
    work.write(_ADD_RECEIPT, request.id, request.state, issued.number, issued.document, issued.hash, work.now)
    return issued


def restrict(work: Work, request: int, records: Sequence[int]) -> None:
    """Queue that records are kept and not used."""
    work.write(_RESTRICT, request, work.now, Bigints(sorted(records)))


def restricted(records: Collection[int]) -> Query[dict[int, int]]:
    """Which of these records are restricted, by which request; locked until the end."""
    return Query(
        "select record, request from customers.restriction where record = any(%b::bigint[]) order by record for update",
        (Bigints(sorted(records)),),
        dict,
    )


def lift(work: Work, records: Collection[int]) -> None:
    """Queue that records may be used again."""
    work.write("delete from customers.restriction where record = any(%b::bigint[])", Bigints(sorted(records)))

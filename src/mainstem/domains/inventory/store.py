"""All SQL of the room that locks or writes."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from mainstem.domains.inventory.contracts import DiscrepancyKind
from mainstem.domains.inventory.rules.policies import Scope, ScopedPolicy
from mainstem.domains.inventory.rules.transfers import TransferState
from mainstem.platform.arrays import Bigints, Moments
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work


class Document(msgspec.Struct, frozen=True, gc=False):
    """A row of inventory.document."""

    id: int
    kind: str
    node: int
    occurred_at: datetime
    target: int | None = None
    external_id: str = ""
    reason: str = ""
    note: str = ""
    derived: str = ""
    state: str = "closed"
    expected_at: datetime | None = None


class InboundRow(msgspec.Struct):
    """What is still announced of a variant by a document at a node."""

    node: int
    document: str
    variant: int
    quantity: int
    expected_at: datetime


class Reservation(msgspec.Struct, frozen=True, gc=False):
    """A reservation, locked: is it open, and at which node."""

    id: int
    node: int
    open: bool
    external_id: str


class OpenDiscrepancy(msgspec.Struct, frozen=True, gc=False):
    """A discrepancy, locked: is it open."""

    id: int
    open: bool


_LOCK_TRANSFERS = """
select d.id, d.node, d.target, d.state, l.variant, l.sent, l.received
from inventory.document as d join inventory.transfer_line as l on l.document = d.id
where d.id = any(%b::bigint[]) and d.kind = 'transfer'
order by d.id, l.variant for update
"""

_LOCK_RESERVATIONS = """
select id, node, state = 'open', external_id from inventory.document
where id = any(%b::bigint[]) and kind = 'reservation' order by id for update
"""

_LOCK_DUE = """
select id, node, true, external_id from inventory.document
where kind = 'reservation' and state = 'open' and expected_at <= %b::timestamptz
order by expected_at limit %b::bigint for update skip locked
"""

_LOCK_INBOUND = """
select node, document, variant, quantity, expected_at from inventory.inbound
where document = any(%b::text[]) order by variant, node, document for update
"""

_LOCK_POLICIES = """
select p.id, p.variant, p.category, p.node, p.channel, p.safety, p.buffer, p.low
from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bigint[]) as k (variant, category, node, channel)
join inventory.policy as p
  on coalesce(p.variant, 0) = coalesce(k.variant, 0) and coalesce(p.category, '') = coalesce(k.category, '')
 and coalesce(p.node, 0) = coalesce(k.node, 0) and coalesce(p.channel, 0) = coalesce(k.channel, 0)
order by p.id for update of p
"""

_LOCK_DISCREPANCIES = """
select id, resolved_at is null from inventory.discrepancy where id = any(%b::bigint[]) order by id for update
"""

_INSERT_DOCUMENTS = """
insert into inventory.document
    (id, kind, node, target, external_id, reason, note, derived, state, expected_at, occurred_at)
select * from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[],
    %b::text[], %b::text[], %b::timestamptz[], %b::timestamptz[])
"""

_INSERT_TRANSFER_LINES = """
insert into inventory.transfer_line (document, variant, sent)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[])
"""

_UPDATE_TRANSFER_LINES = """
update inventory.transfer_line as l set received = n.received
from unnest(%b::bigint[], %b::bigint[], %b::bigint[]) as n (document, variant, received)
where l.document = n.document and l.variant = n.variant
"""

_CLOSE = "update inventory.document set state = 'closed' where id = any(%b::bigint[])"

_DELETE_INBOUND = """
delete from inventory.inbound as i
using unnest(%b::bigint[], %b::text[], %b::bigint[]) as n (node, document, variant)
where i.node = n.node and i.document = n.document and i.variant = n.variant
"""

_UPSERT_INBOUND = """
insert into inventory.inbound (node, document, variant, quantity, expected_at)
select * from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::timestamptz[])
on conflict (variant, node, document) do update set quantity = excluded.quantity, expected_at = excluded.expected_at
"""

_UPSERT_POLICIES = """
insert into inventory.policy (id, variant, category, node, channel, safety, buffer, low)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[],
    %b::bigint[])
on conflict (id) do update
set safety = excluded.safety, buffer = excluded.buffer, low = excluded.low, updated_at = now()
"""

_INSERT_DISCREPANCIES = """
insert into inventory.discrepancy (id, kind, node, variant, quantity, reference, occurred_at)
select * from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[],
    %b::timestamptz[])
"""

_RESOLVE = """
update inventory.discrepancy as d set resolved_at = %b::timestamptz, resolved_by = n.actor, note = n.note
from unnest(%b::bigint[], %b::bigint[], %b::text[]) as n (id, actor, note) where d.id = n.id
"""


def lock_transfers(ids: Collection[int]) -> Query[dict[int, TransferState]]:
    """The transfers with these ids and their lines, locked; other ids are left out."""
    return Query(_LOCK_TRANSFERS, (Bigints(ids),), _transfers)


def _transfers(rows: list[Row]) -> dict[int, TransferState]:
    found: dict[int, TransferState] = {}
    for number, source, target, state, variant, sent, received in rows:
        transfer = found.get(number)
        if transfer is None:
            transfer = found[number] = TransferState(number, source, target, state == "open", {}, {})
        transfer.sent[variant] = sent
        transfer.received[variant] = received
    return found


def lock_reservations(ids: Collection[int]) -> Query[dict[int, Reservation]]:
    """The reservations with these ids, locked; other ids are left out."""
    return Query(_LOCK_RESERVATIONS, (Bigints(ids),), _reservations)


def lock_due_reservations(moment: datetime, limit: int) -> Query[dict[int, Reservation]]:
    """Open reservations whose time was up at the moment, longest due first, locked, but for those locked already."""
    return Query(_LOCK_DUE, (moment, limit), _reservations)


def _reservations(rows: list[Row]) -> dict[int, Reservation]:
    return {row[0]: Reservation(*row) for row in rows}


def lock_inbound(documents: Collection[str]) -> Query[list[InboundRow]]:
    """What documents of these names still announce, at any node, locked."""
    return Query(_LOCK_INBOUND, (sorted(documents),), lambda rows: [InboundRow(*row) for row in rows])


def lock_policies(scopes: Collection[Scope]) -> Query[dict[Scope, tuple[int, ScopedPolicy]]]:
    """The id and the policy of each of these scopes that has one, locked."""
    return Query(
        _LOCK_POLICIES,
        (
            Bigints(scope[0] for scope in scopes),
            [scope[1] for scope in scopes],
            Bigints(scope[2] for scope in scopes),
            Bigints(scope[3] for scope in scopes),
        ),
        lambda rows: {(row[1], row[2], row[3], row[4]): (row[0], ScopedPolicy(row[1:5], *row[5:])) for row in rows},
    )


def lock_discrepancies(ids: Collection[int]) -> Query[dict[int, OpenDiscrepancy]]:
    """The discrepancies with these ids, locked; other ids are left out."""
    return Query(_LOCK_DISCREPANCIES, (Bigints(ids),), lambda rows: {row[0]: OpenDiscrepancy(*row) for row in rows})


def insert_documents(work: Work, documents: Sequence[Document]) -> None:
    """Queue new documents."""
    if documents:
        work.write(
            _INSERT_DOCUMENTS,
            Bigints(row.id for row in documents),
            [row.kind for row in documents],
            Bigints(row.node for row in documents),
            Bigints(row.target for row in documents),
            [row.external_id for row in documents],
            [row.reason for row in documents],
            [row.note for row in documents],
            [row.derived for row in documents],
            [row.state for row in documents],
            Moments(row.expected_at for row in documents),
            Moments(row.occurred_at for row in documents),
        )


def close_documents(work: Work, ids: Collection[int]) -> None:
    """Queue the closing of documents."""
    if ids:
        work.write(_CLOSE, Bigints(sorted(ids)))


def insert_transfer_lines(work: Work, lines: Sequence[tuple[int, int, int]]) -> None:
    """Queue what transfers sent: (transfer, variant, quantity)."""
    if lines:
        work.write(
            _INSERT_TRANSFER_LINES,
            Bigints(line[0] for line in lines),
            Bigints(line[1] for line in lines),
            Bigints(line[2] for line in lines),
        )


def update_transfer_lines(work: Work, lines: Sequence[tuple[int, int, int]]) -> None:
    """Queue what of transfers has arrived by now: (transfer, variant, quantity)."""
    if lines:
        work.write(
            _UPDATE_TRANSFER_LINES,
            Bigints(line[0] for line in lines),
            Bigints(line[1] for line in lines),
            Bigints(line[2] for line in lines),
        )


def delete_inbound(work: Work, rows: Sequence[tuple[int, str, int]]) -> None:
    """Queue the withdrawal of announcements: (node, document, variant)."""
    if rows:
        work.write(
            _DELETE_INBOUND, Bigints(row[0] for row in rows), [row[1] for row in rows], Bigints(row[2] for row in rows)
        )


def upsert_inbound(work: Work, rows: Sequence[InboundRow]) -> None:
    """Queue announcements as they are now."""
    if rows:
        work.write(
            _UPSERT_INBOUND,
            Bigints(row.node for row in rows),
            [row.document for row in rows],
            Bigints(row.variant for row in rows),
            Bigints(row.quantity for row in rows),
            Moments(row.expected_at for row in rows),
        )


def upsert_policies(work: Work, policies: Sequence[tuple[int, ScopedPolicy]]) -> None:
    """Queue policies as they are now, under their ids."""
    if policies:
        work.write(
            _UPSERT_POLICIES,
            Bigints(number for number, _ in policies),
            Bigints(policy.scope[0] for _, policy in policies),
            [policy.scope[1] for _, policy in policies],
            Bigints(policy.scope[2] for _, policy in policies),
            Bigints(policy.scope[3] for _, policy in policies),
            Bigints(policy.safety for _, policy in policies),
            Bigints(policy.buffer for _, policy in policies),
            Bigints(policy.low for _, policy in policies),
        )


def delete_policies(work: Work, ids: Collection[int]) -> None:
    """Queue the removal of policies."""
    if ids:
        work.write("delete from inventory.policy where id = any(%b::bigint[])", Bigints(sorted(ids)))


def insert_discrepancies(work: Work, rows: Sequence[tuple[int, DiscrepancyKind, int, int, int, int, datetime]]) -> None:
    """Queue discrepancies: (id, kind, node, variant, signed quantity, reference, when it occurred)."""
    work.write(
        _INSERT_DISCREPANCIES,
        Bigints(row[0] for row in rows),
        [row[1] for row in rows],
        Bigints(row[2] for row in rows),
        Bigints(row[3] for row in rows),
        Bigints(row[4] for row in rows),
        Bigints(row[5] for row in rows),
        Moments(row[6] for row in rows),
    )


def resolve_discrepancies(work: Work, rows: Sequence[tuple[int, int, str]]) -> None:
    """Queue the closing of discrepancies: (id, actor, note)."""
    if rows:
        work.write(
            _RESOLVE,
            work.now,
            Bigints(row[0] for row in rows),
            Bigints(row[1] for row in rows),
            [row[2] for row in rows],
        )

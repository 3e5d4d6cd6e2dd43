"""Lists of customers, those who came last first, in keyset pages: everybody, or who is found, tagged, in a segment."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

import msgspec

from mainstem.domains.customers.profile.golden import masked
from mainstem.domains.customers.resolve.queries import PAGE_MAX, Member, golden_of, members_of
from mainstem.domains.customers.segments.compile import Scope
from mainstem.domains.customers.segments.conditions import All, Attached, Condition
from mainstem.domains.customers.segments.membership import fitting
from mainstem.platform.arrays import Bigints
from mainstem.platform.personal import tail
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.vault import Vault

LAST = 2**63 - 1
WINDOWS = (1_000, 3_000, 6_000)
"""Customers that one page looks at, one window after the other, while a condition lets too few of them through."""

_EVERYBODY = """
select customer, customer from customers.source_record
where customer = id and customer < %b::bigint order by customer desc limit %b::bigint
"""
_IN_SEGMENT = """
select customer, customer from customers.segment_member
where segment = %b::bigint and customer < %b::bigint order by customer desc limit %b::bigint
"""
# Of a customer whose records have the tag more than once, the record with the smallest id stands for him.
_TAGGED = """
select t.record, r.customer
from customers.manual_tag as t join customers.source_record as r on r.id = t.record
where t.tag = %b::text and t.record < %b::bigint and not exists (
    select from customers.source_record as m join customers.manual_tag as g on g.record = m.id and g.tag = t.tag
    where m.customer = r.customer and m.id < t.record
)
order by t.record desc limit %b::bigint
"""
_OWNERS = """
select distinct r.customer as position, r.customer from customers.source_record as r
where r.id = any(%b::bigint[]) and r.customer < %b::bigint and (%b::bigint is null or exists (
    select from customers.segment_member as m where m.segment = %b::bigint and m.customer = r.customer
))
order by r.customer desc limit %b::bigint
"""
_DOINGS = """
select customer, currency, spend_total_minor, orders_total, restricted,
    greatest(told_at, last_purchase_at)
from customers.trait_value where customer = any(%b::bigint[])
"""


class ListFilter(msgspec.Struct, frozen=True):
    """Who is listed: all that is given must fit. `records`: whom any of these ids means today.

    `tag` is one that people attach; those that are computed are a condition. A condition never fits who was erased, or
    whose data may only be kept.
    """

    records: tuple[int, ...] | None = None
    segment: int | None = None
    tag: str | None = None
    condition: Condition | None = None


class ListedCustomer(msgspec.Struct, frozen=True):
    """A customer in a list, masked. Spend in minor units of his main currency; "" and None: nothing is known."""

    id: int
    name: str
    phone: str
    email: str
    card: str
    city: str
    sources: list[str]
    records: int
    erased: bool
    restricted: bool
    currency: str
    spend_minor: int
    orders: int
    last_seen: datetime | None


class CustomerPage(msgspec.Struct, frozen=True):
    """Customers, and behind which position there may be more; None when there are no more."""

    rows: list[ListedCustomer]
    next: int | None


async def list_customers(
    connection: Connection, vault: Vault, wanted: ListFilter, limit: int, today: date, before: int = LAST
) -> CustomerPage:
    """Up to `limit` customers, the latest first, behind a position. A page may hold fewer and yet have a next."""
    size = min(limit, PAGE_MAX)
    condition = _condition(wanted)
    found: list[tuple[int, int]] = []
    position, more = before, True
    for window in (size + 1,) if condition is None else WINDOWS:
        (candidates,) = await ask(connection, _candidates(wanted, position, window))
        fits = await _fitting(connection, condition, [customer for _, customer in candidates], today)
        found += [one for one in candidates if one[1] in fits]
        more = len(candidates) == window
        if candidates:
            position = candidates[-1][0]
        if not more or len(found) > size:
            break
    if len(found) > size:
        found, more = found[:size], True
        position = found[-1][0]
    return CustomerPage(await _rows(connection, vault, [one for _, one in found]), position if more else None)


def _condition(wanted: ListFilter) -> Condition | None:
    """What is asked of each candidate; a tag is, where something else says who the candidates are."""
    parts: list[Condition] = [] if wanted.condition is None else [wanted.condition]
    if wanted.tag is not None and (wanted.records is not None or wanted.segment is not None):
        parts.append(Attached(wanted.tag))
    return All(tuple(parts)) if parts else None


def _candidates(wanted: ListFilter, before: int, limit: int) -> Query[list[tuple[int, int]]]:
    """(position, customer) of those who may be listed next."""
    if wanted.records is not None:
        asked = (Bigints(wanted.records), before, wanted.segment, wanted.segment, limit)
        return Query(_OWNERS, asked, _pairs)
    if wanted.segment is not None:
        return Query(_IN_SEGMENT, (wanted.segment, before, limit), _pairs)
    if wanted.tag is not None:
        return Query(_TAGGED, (wanted.tag, before, limit), _pairs)
    return Query(_EVERYBODY, (before, limit), _pairs)


def _pairs(rows: list[Row]) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in rows]


async def _fitting(
    connection: Connection, condition: Condition | None, customers: Collection[int], today: date
) -> Collection[int]:
    if condition is None or not customers:
        return frozenset(customers)
    fits = await fitting(connection, {0: condition}, Scope.these(customers), today)
    return {customer for _, customer in fits}


async def _rows(connection: Connection, vault: Vault, ids: list[int]) -> list[ListedCustomer]:
    members, doings = await ask(
        connection,
        members_of(vault, ids),
        Query(_DOINGS, (Bigints(ids),), lambda rows: {row[0]: row for row in rows}),
    )
    return [_row(customer, members[customer], doings.get(customer)) for customer in ids]


def _row(customer: int, members: list[Member], doings: Row | None) -> ListedCustomer:
    golden = golden_of(members)
    shown = {name: masked(name, one.value) for name, one in golden.items()}
    name = shown.get("name") or " ".join(shown[part] for part in ("given_name", "family_name") if part in shown)
    return ListedCustomer(
        id=customer,
        name=name,
        phone=shown.get("phone", ""),
        email=shown.get("email", ""),
        card=_card(members),
        city=shown.get("city", ""),
        sources=sorted({one.source for one in members}),
        records=len(members),
        erased=any(one.erased_at is not None for one in members),
        restricted=doings is not None and doings[4],
        currency="" if doings is None else doings[1] or "",
        spend_minor=0 if doings is None else doings[2],
        orders=0 if doings is None else doings[3],
        last_seen=None if doings is None else doings[5],
    )


def _card(members: Iterable[Member]) -> str:
    """The member card that was used last, masked."""
    cards = [one for member in members for one in member.folded.identifiers if one.type == "member_card"]
    return tail(max(cards, key=lambda one: one.last_at).value) if cards else ""

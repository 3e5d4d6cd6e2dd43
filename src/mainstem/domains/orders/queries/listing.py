"""Lists of orders, latest first, in keyset pages, quick at ten million orders.

A list is read from a few index ranges, each already in the list's order, and merged: by (kind, state) in the whole
network or at a node, with the channel tested inside the index; by customer.

A list by SKU is two lists, one behind the other: orders, found by their lines, then sales, found by the movements of
the SKU. Each looks at a bounded window a page. A sale of none of the SKU (quantity 0) moved nothing, and is not found.
"""

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from mainstem.domains import catalog, customers
from mainstem.domains.orders.queries.heads import HEAD, named
from mainstem.domains.orders.queries.views import OrderRow
from mainstem.domains.orders.states import KINDS
from mainstem.domains.orders.waiting import EXPIRES_SOON, LATE_AFTER, OPEN
from mainstem.ledger.histories import references
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.vault import Vault

PAGE_MAX = 1_000
"""Orders of one page of a list."""

WINDOW = 5_000
"""Orders with a SKU that one page looks at when other conditions narrow the list; of sales the ledger has its own."""

CHANNELS_MAX = 10_000

Position = tuple[datetime, int]
"""(occurred_at, id) of an order: the list goes on behind it. By SKU, what is not the id of an order is among sales."""

_ORDER = "order by o.occurred_at desc, o.id desc limit %b::bigint"
_BEHIND = "(o.occurred_at, o.id) < (%b::timestamptz, %b::bigint)"
# Channel and node too are taken from the row: the planner would find a frequent node not worth its own index, which is
# the only one in which the list can be read when it does not go together with the state.
_BY_STATE = "unnest(%b::text[], %b::text[], %b::bigint[], %b::bigint[]) as k (kind, state, channel, node)"
_BY_CUSTOMER = "unnest(%b::bigint[]) as k (customer)"
_SAME_CUSTOMER = "o.customer = k.customer"
_WITH_VARIANT = """
select order_id from orders.order_line where variant = %b::bigint and order_id < %b::bigint and hold is not null
group by order_id order by order_id desc
"""
# With offset 0 each is looked up by its key: the planner would rather scan the table for a window of them.
_ONE = f"{HEAD} where o.id ="
_ID_MAX = 2**63 - 1
_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders a list shows; what is None does not narrow it. Channel, node and variant are ids.

    `placed_from` belongs to the span, `placed_to` does not. `late_at`: only what is late at that moment. `customers`:
    of any of these records of the customers room. With `variant` a list is of orders first, latest recorded first, then
    of sales, latest first.
    """

    number: int | None = None
    external_id: str | None = None
    customers: tuple[int, ...] | None = None
    variant: int | None = None
    channel: int | None = None
    node: int | None = None
    kind: str | None = None
    states: tuple[str, ...] | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    late_at: datetime | None = None


class OrderPage(msgspec.Struct, frozen=True):
    """Orders, and behind which position there may be more; None when there are no more."""

    rows: list[OrderRow]
    next: Position | None


class _Part(NamedTuple):
    """A piece of SQL with its parameters."""

    sql: str
    parameters: tuple[object, ...] = ()


async def list_orders(
    connection: Connection,
    vault: Vault,
    wanted: OrderFilter,
    limit: int,
    before: Position | None = None,
    *,
    clear: bool = False,
) -> OrderPage:
    """Up to `limit` orders, latest first, behind the one at a position. A page may hold fewer and yet have a next.

    References of customers are masked but for their ends, unless they are wanted in the clear.
    """
    size = min(limit, PAGE_MAX)
    if wanted.external_id is not None and wanted.channel is None:
        # The index of external ids begins with the channel.
        (views,) = await ask(connection, catalog.list_channels(CHANNELS_MAX))
        channels: list[int] = [view.id for view in views]
    else:
        channels = []
    if wanted.variant is not None:
        found, behind = await _with_variant(connection, wanted, channels, size, before)
    else:
        (found,) = await ask(connection, _listed(wanted, channels, size + 1, before))
        behind = None
    if len(found) > size:
        found = found[:size]
        behind = (found[-1][13], found[-1][0])
    return OrderPage(await _rows(connection, vault, found, clear=clear), behind)


async def orders_by_id(connection: Connection, vault: Vault, ids: list[int]) -> list[OrderRow]:
    """The orders with these ids, in the order given; what is none is left out. References are masked."""
    query: Query[list[Row]] = Query(f"{HEAD} where o.id = any(%b::bigint[])", (Bigints(ids),), lambda rows: rows)
    (found,) = await ask(connection, query)
    by_id = {row.id: row for row in await _rows(connection, vault, found, clear=False)}
    return [by_id[number] for number in ids if number in by_id]


async def _rows(connection: Connection, vault: Vault, found: list[Row], *, clear: bool) -> list[OrderRow]:
    channels, nodes, people = await ask(
        connection,
        catalog.channels_by_id({row[1] for row in found}),
        catalog.nodes_by_id({row[2] for row in found}),
        customers.named(vault, {row[6] for row in found if row[6] is not None}, clear=clear),
    )
    return [OrderRow(**named(row, channels[row[1]].code, nodes[row[2]].code, people)) for row in found]


def _listed(wanted: OrderFilter, channels: list[int], limit: int, before: Position | None) -> Query[list[Row]]:
    conditions = _conditions(wanted, channels)
    if before is not None:
        conditions.append(_Part(_BEHIND, before))
    if wanted.late_at is not None:
        branches = _late(wanted, conditions, limit)
    elif wanted.number is not None or wanted.external_id is not None:
        branches = [_range(_Part(""), [*_at(wanted), *conditions, *_states(wanted)], limit)]
    elif wanted.customers is not None:
        source = _Part(_BY_CUSTOMER, (Bigints(wanted.customers),))
        branches = [_range(source, [_Part(_SAME_CUSTOMER), *_at(wanted), *conditions, *_states(wanted)], limit)]
    elif any(value is not None for value in (wanted.kind, wanted.states, wanted.channel, wanted.node)):
        branches = [_range(_pairs(wanted), [_same(wanted), *conditions], limit)]
    else:
        branches = [_range(_Part(""), conditions, limit)]
    sql = " union all ".join(f"(select o.* from {branch.sql})" for branch in branches)  # noqa: S608 - pieces of here
    parameters = [value for branch in branches for value in branch.parameters]
    merged = f"select o.* from ({sql}) as o {_ORDER}"  # noqa: S608 - pieces of here
    return Query(merged, (*parameters, limit), lambda rows: rows)


def _range(source: _Part, conditions: list[_Part], limit: int) -> _Part:
    """For each row of the source, the latest orders that meet the conditions."""
    where = f"where {' and '.join(part.sql for part in conditions)}" if conditions else ""
    inner = f"({HEAD} {where} {_ORDER}) as o"
    sql = f"{source.sql} cross join lateral {inner}" if source.sql else inner
    return _Part(sql, (*source.parameters, *(value for part in conditions for value in part.parameters), limit))


def _late(wanted: OrderFilter, conditions: list[_Part], limit: int) -> list[_Part]:
    """What is open for long, and what was placed lately and lapses soon: two ranges without anything in common."""
    assert wanted.late_at is not None
    conditions = [*conditions, *_of_customers(wanted)]
    since = wanted.late_at - LATE_AFTER
    states = OPEN if wanted.states is None else tuple(state for state in OPEN if state in wanted.states)
    pairs = _pairs(msgspec.structs.replace(wanted, states=states))
    long = [_same(wanted), *conditions, _Part("o.occurred_at < %b::timestamptz", (since,))]
    soon = [
        *_at(wanted),
        *conditions,
        *_states(wanted),
        _Part("o.state = any(%b::text[])", (Texts(states),)),
        _Part("o.expires_at <= %b::timestamptz", (wanted.late_at + EXPIRES_SOON,)),
        _Part("o.occurred_at >= %b::timestamptz", (since,)),
    ]
    return [_range(pairs, long, limit), _range(_Part(""), soon, limit)]


def _pairs(wanted: OrderFilter) -> _Part:
    """The (kind, state) pairs that the filter leaves."""
    pairs = [
        (kind, state)
        for kind, states in KINDS.items()
        for state in states
        if wanted.kind in (None, kind) and (wanted.states is None or state in wanted.states)
    ]
    columns = (
        Texts([kind for kind, _ in pairs]),
        Texts([state for _, state in pairs]),
        Bigints([wanted.channel for _ in pairs]),
        Bigints([wanted.node for _ in pairs]),
    )
    return _Part(_BY_STATE, columns)


def _same(wanted: OrderFilter) -> _Part:
    """An order is of the kind, state, channel and node of the row."""
    named = {"channel": wanted.channel, "node": wanted.node}
    columns = ["kind", "state", *(name for name, value in named.items() if value is not None)]
    return _Part(" and ".join(f"o.{name} = k.{name}" for name in columns))


def _states(wanted: OrderFilter) -> list[_Part]:
    """Kind and states as conditions, where they do not choose the index range."""
    found = []
    if wanted.kind is not None:
        found.append(_Part("o.kind = %b::text", (wanted.kind,)))
    if wanted.states is not None:
        found.append(_Part("o.state = any(%b::text[])", (Texts(wanted.states),)))
    return found


def _at(wanted: OrderFilter) -> list[_Part]:
    """Channel and node as conditions, where they do not choose the index range."""
    named = {"channel": wanted.channel, "node": wanted.node}
    return [_Part(f"o.{name} = %b::bigint", (value,)) for name, value in named.items() if value is not None]


def _of_customers(wanted: OrderFilter) -> list[_Part]:
    """Customers as a condition, where they do not choose the index range."""
    if wanted.customers is None:
        return []
    return [_Part("o.customer = any(%b::bigint[])", (Bigints(wanted.customers),))]


def _conditions(wanted: OrderFilter, channels: list[int]) -> list[_Part]:
    """What narrows every range and chooses none: number, external id and days."""
    found = []
    for condition, value in (
        ("o.id = %b::bigint", wanted.number),
        ("o.external_id = %b::text", wanted.external_id),
        ("o.occurred_at >= %b::timestamptz", wanted.placed_from),
        ("o.occurred_at < %b::timestamptz", wanted.placed_to),
    ):
        if value is not None:
            found.append(_Part(condition, (value,)))
    if wanted.external_id is not None:
        found.append(_Part("o.external_id <> ''"))
        if wanted.channel is None:
            found.append(_Part("o.channel = any(%b::bigint[])", (Bigints(channels),)))
    return found


def _kinds_with_variant(wanted: OrderFilter) -> list[str]:
    """Of which kinds a list by SKU is; a sale is never late."""
    return [
        kind
        for kind, states in KINDS.items()
        if wanted.kind in (None, kind)
        and (wanted.states is None or not set(states).isdisjoint(wanted.states))
        and (wanted.late_at is None or kind == "order")
    ]


async def _with_variant(
    connection: Connection, wanted: OrderFilter, channels: list[int], size: int, before: Position | None
) -> tuple[list[Row], Position | None]:
    """Up to `size` + 1 orders and sales with the SKU; the position where a window ended, when one did."""
    kinds = _kinds_with_variant(wanted)
    wanted = msgspec.structs.replace(wanted, kind=None)
    among_orders = before is None or await _is_order(connection, before[1])
    found: list[Row] = []
    if "order" in kinds and among_orders:
        found, end = await _orders_with_variant(connection, wanted, channels, size, before)
        if len(found) > size or end is not None:
            return found, end
    if "sale" not in kinds:
        return found, None
    behind = None if among_orders else before
    sales, end = await _sales_with_variant(connection, wanted, channels, size - len(found), behind)
    return found + sales, end


async def _is_order(connection: Connection, number: int) -> bool:
    known: Query[bool] = Query(
        "select from orders.customer_order where id = %b::bigint and kind = 'order'", (number,), bool
    )
    return (await ask(connection, known))[0]


async def _sales_with_variant(
    connection: Connection, wanted: OrderFilter, channels: list[int], size: int, behind: Position | None
) -> tuple[list[Row], Position | None]:
    assert wanted.variant is not None
    span = (wanted.placed_from or _EVER[0], wanted.placed_to or _EVER[1])
    rest = msgspec.structs.replace(wanted, placed_from=None, placed_to=None)
    conditions = [*_at(rest), *_conditions(rest, channels), *_states(rest), *_of_customers(rest)]
    limit = None if conditions else size + 1
    (sold,) = await ask(connection, references(wanted.variant, "sale", span, behind, limit))
    where = f"where {' and '.join(part.sql for part in conditions)}" if conditions else ""
    listed: Query[list[Row]] = Query(
        "select o.* from unnest(%b::bigint[]) with ordinality as w (id, number)"  # noqa: S608 - pieces of here
        f" cross join lateral ({_ONE} w.id offset 0) as o {where} order by w.number limit %b::bigint",
        (Bigints(sold.found), *(value for part in conditions for value in part.parameters), size + 1),
        lambda rows: rows,
    )
    (found,) = await ask(connection, listed)
    return found, sold.resume


async def _orders_with_variant(
    connection: Connection, wanted: OrderFilter, channels: list[int], size: int, before: Position | None
) -> tuple[list[Row], Position | None]:
    """Up to `size` + 1 orders with the SKU; the position where the window ended, when it did."""
    conditions = [*_at(wanted), *_conditions(wanted, channels), *_states(wanted), *_of_customers(wanted)]
    if wanted.late_at is not None:
        late = "(o.occurred_at < %b::timestamptz or o.expires_at <= %b::timestamptz)"
        conditions.append(_Part("o.state = any(%b::text[])", (Texts(OPEN),)))
        conditions.append(_Part(late, (wanted.late_at - LATE_AFTER, wanted.late_at + EXPIRES_SOON)))
    start = (wanted.variant, before[1] if before is not None else _ID_MAX)
    where = f"where {' and '.join(part.sql for part in conditions)}" if conditions else ""
    listed: Query[list[Row]] = Query(
        f"select o.* from ({_WITH_VARIANT} limit {WINDOW}) as w cross join lateral"  # noqa: S608 - pieces of here
        f" ({_ONE} w.order_id offset 0) as o {where} order by w.order_id desc limit %b::bigint",
        (*start, *(value for part in conditions for value in part.parameters), size + 1),
        lambda rows: rows,
    )
    end: Query[Position | None] = Query(
        f"select o.occurred_at, o.id from ({_WITH_VARIANT} offset {WINDOW - 1} limit 1) as w"  # noqa: S608 - constants
        " join orders.customer_order as o on o.id = w.order_id",
        start,
        lambda rows: (rows[0][0], rows[0][1]) if rows else None,
    )
    if not conditions:
        (found,) = await ask(connection, listed)
        return found, None
    found, last = await ask(connection, listed, end)
    return found, last

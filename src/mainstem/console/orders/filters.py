"""What the address of the list asks for, as a filter that the orders room understands."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.frame import Visit
from mainstem.domains import catalog, customers, orders
from mainstem.platform.access.permissions import ORDERS_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

FIELDS = ("q", "by", "customer", "channel", "node", "state", "kind", "from", "to", "show")
"""The names of the query string that narrow the list; what else is there says how it is shown."""

MEANINGS = ("number", "external", "customer", "sku")
"""What a searched text can be, in the order in which it is tried."""

SHOWN = ("waiting", "late")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_YEARS = range(1970, 3000)
_NOBODY = -1
_NUMBER_MAX = 2**63 - 1


class Search(msgspec.Struct, frozen=True):
    """A searched text: as what it was taken (None: it means nothing), and as what else it could be."""

    text: str
    taken: str | None
    others: tuple[str, ...]
    people: customers.Called
    by_end: bool
    """Whether customers were found by the end of what they are called, not by all of it."""


class Asked(msgspec.Struct, frozen=True):
    """What the list is to show; `zone` is that of its days."""

    narrow: orders.queries.OrderFilter
    search: Search | None
    zone: str
    nothing: bool = False
    """Whether nothing can be found: the searched text means nothing."""


def narrowed(query: Mapping[str, str]) -> str:
    """The part of a query string that narrows the list."""
    return urlencode({name: query[name] for name in FIELDS if query.get(name)})


def chosen_node(visit: Visit) -> catalog.NodeView | None:
    """The node that the list is narrowed to; the own node for somebody bound to one, who may not ask for another."""
    code = visit.query.get("node", "")
    if visit.node is not None:
        if code not in ("", visit.node.code):
            visit.require(ORDERS_READ)
        return visit.node
    return visit.network.node(code) if code else None


async def asked(visit: Visit, connection: Connection, now: datetime) -> Asked:
    """Read the address; what it names and does not exist finds nothing."""
    query = visit.query
    node = chosen_node(visit)
    zone = visit.zone if node is None else node.time_zone
    channel = visit.network.channel(query["channel"]) if query.get("channel") else None
    narrow = orders.queries.OrderFilter(
        node=node.id if node is not None else _NOBODY if query.get("node") else None,
        channel=channel.id if channel is not None else _NOBODY if query.get("channel") else None,
        kind=query.get("kind") or None,
        states=_states(query),
        placed_from=_midnight(query.get("from", ""), zone),
        placed_to=_midnight(query.get("to", ""), zone, days=1),
        late_at=now if query.get("show") == "late" else None,
        customers=await _records(connection, query.get("customer", "")),
    )
    text = query.get("q", "")
    if not text:
        return Asked(narrow, None, zone)
    found = await orders.queries.meanings(connection, visit.desk.vault, text)
    possible = [name for name in MEANINGS if _means(found, name)]
    wanted = query.get("by", "")
    taken = wanted if wanted in possible else possible[0] if possible and wanted not in MEANINGS else None
    others = tuple(name for name in possible if name != taken)
    search = Search(text, taken, others, found.people, found.by_end)
    return Asked(_searching(narrow, found, taken), search, zone, nothing=taken is None)


def position(text: str) -> orders.queries.Position | None:
    """Where the list goes on; None at its beginning, and for what is no position."""
    moment, _, number = text.partition("-")
    if not (moment.isascii() and moment.isdecimal() and number.isascii() and number.isdecimal()):
        return None
    if int(moment) > (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND or int(number) >= 2**63:
        return None
    return _EPOCH + int(moment) * _MICROSECOND, int(number)


def position_text(behind: orders.queries.Position) -> str:
    """A position as it stands in an address."""
    return f"{(behind[0] - _EPOCH) // _MICROSECOND}-{behind[1]}"


async def _records(connection: Connection, text: str) -> tuple[int, ...] | None:
    """The records of the customer with an id; None when none is named, and nobody's when it is no id."""
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdecimal() else _NOBODY
    if number > _NUMBER_MAX:
        return ()
    return (await ask(connection, customers.records_of([number])))[0]


def _states(query: Mapping[str, str]) -> tuple[str, ...] | None:
    state = query.get("state")
    if state:
        return (state,)
    return orders.WAITING if query.get("show") == "waiting" else None


def _midnight(text: str, zone: str, days: int = 0) -> datetime | None:
    """When a day begins in a zone, so many days later; None for what is no day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if day.year not in _YEARS:
        return None
    return datetime.combine(day + timedelta(days=days), time.min, ZoneInfo(zone)).astimezone(UTC)


def _means(found: orders.queries.Meanings, name: str) -> bool:
    return {
        "number": found.number is not None,
        "external": found.external_id is not None,
        "customer": bool(found.people.records),
        "sku": found.variant is not None,
    }[name]


def _searching(
    narrow: orders.queries.OrderFilter, found: orders.queries.Meanings, taken: str | None
) -> orders.queries.OrderFilter:
    replace = msgspec.structs.replace
    if taken == "number":
        return replace(narrow, number=found.number)
    if taken == "external":
        return replace(narrow, external_id=found.external_id)
    if taken == "customer":
        named = found.people.records
        both = named if narrow.customers is None else tuple(set(named) & set(narrow.customers))
        return replace(narrow, customers=both)
    if taken == "sku":
        return replace(narrow, variant=found.variant)
    return narrow

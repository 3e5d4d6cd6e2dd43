"""Whom a typed text means: a customer's number, an order, a name, a telephone number, an address, or the end of one."""

import msgspec

from mainstem.console.frame import N_, Visit
from mainstem.domains import customers, orders
from mainstem.platform.access.permissions import ORDERS_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

TEXT_LENGTH_MAX = 200
ORDERS_MAX = 20
"""Orders with one external id, of different channels, that are looked at."""

_NUMBER_MAX = 2**63 - 1

MEANINGS = {
    "number": N_("customer number"),
    "order": N_("order"),
    "called": N_("name, reference, telephone number or e-mail address"),
    "ending": N_("the end of a telephone number, a card or a reference"),
}


class Found(msgspec.Struct, frozen=True):
    """Ids of whom the text may mean, as what (codes of `MEANINGS`), and whether there are more than were looked at."""

    ids: tuple[int, ...]
    taken: tuple[str, ...]
    more: bool = False


async def find(visit: Visit, connection: Connection, text: str) -> Found:
    """Whom a text means, in every way in which it means somebody; by its end only when in no other."""
    text = text.strip()
    if not text or len(text) > TEXT_LENGTH_MAX or "\x00" in text:
        return Found((), ())
    vault = visit.desk.vault
    number = int(text) if text.isascii() and text.isdecimal() and int(text) <= _NUMBER_MAX else -1
    owners, called, ending = await ask(
        connection, customers.customers_of([number]), customers.called(vault, text), customers.ending(vault, text)
    )
    found = {
        "number": tuple(owners.values()),
        "order": await _of_orders(visit, connection, text, number),
        "called": called.records,
    }
    taken = tuple(name for name, ids in found.items() if ids)
    if not taken:
        return Found(ending.records, ("ending",) if ending.records else (), ending.more)
    return Found(tuple(sorted({one for ids in found.values() for one in ids})), taken, called.more)


async def _of_orders(visit: Visit, connection: Connection, text: str, number: int) -> tuple[int, ...]:
    """Who ordered or bought under this number; of orders only those that this person may see."""
    if not visit.allowed(ORDERS_READ):
        return ()
    own = None if visit.node is None else visit.node.id
    filters = [orders.queries.OrderFilter(external_id=text, node=own)]
    if number > 0:
        filters.append(orders.queries.OrderFilter(number=number, node=own))
    people: set[int] = set()
    for wanted in filters:
        page = await orders.queries.list_orders(connection, visit.desk.vault, wanted, ORDERS_MAX)
        people |= {row.customer for row in page.rows if row.customer is not None}
    return tuple(sorted(people))

"""Customers as lists of this room show them: masked, and only to who may see customers at all."""

from collections.abc import Collection

import msgspec

from mainstem.console.frame import Visit
from mainstem.domains import customers
from mainstem.platform.access.permissions import CUSTOMERS_READ
from mainstem.platform.postgres import Connection


class Line(msgspec.Struct, frozen=True):
    """A customer: the id, and masked what tells him apart; "" for what is not known or not to be seen."""

    id: int
    name: str = ""
    phone: str = ""
    email: str = ""
    url: str = ""


async def lines(visit: Visit, connection: Connection, ids: Collection[int]) -> list[Line]:
    """The customers with these ids of today, in their order."""
    if not visit.allowed(CUSTOMERS_READ):
        return [Line(number) for number in ids]
    known = await customers.people(connection, visit.desk.vault, ids)
    return [_line(number, known[number].golden if number in known else {}) for number in ids]


def _line(number: int, golden: dict[str, str]) -> Line:
    return Line(
        number,
        golden.get("name", ""),
        golden.get("phone", ""),
        golden.get("email", ""),
        f"/customers/{number}",
    )

"""Whom tests of the customers pages furnish the small shop with."""

import secrets
from typing import Any

import msgspec

from mainstem.domains import customers
from mainstem.platform.execution import Operation
from mainstem.platform.outbox import Published
from mainstem.processes.follow_customers import FollowCustomers
from mainstem.processes.refresh_customers import fill_step
from tests.console.conftest import Place

PHONE, EMAIL, CARD, STREET = "13912340077", "xiaoming.wang@example.com", "88001234567", "南京东路100号"

_UNION = customers.Identifier("unionid", "oUnion_0077")


async def done(place: Place, operation: Operation[Any, Any], command: object) -> Any:  # noqa: ANN401 - its result
    """Do it, as the administrator; must succeed."""
    call = operation.call(command, secrets.token_hex(8), actor=1)
    (outcome,) = await place.services.executor.execute(operation, [call])
    assert outcome.accepted, outcome.body
    return msgspec.json.decode(outcome.body, type=operation.result)


async def told(place: Place, source: str, reference: str, *identifiers: customers.Identifier, **attributes: str) -> int:
    """What a source says of somebody; the id of the record."""
    said = msgspec.convert(attributes, customers.Attributes)
    statement = customers.Identify(source, reference, identifiers=identifiers, attributes=said)
    record: int = (await done(place, customers.IDENTIFY, statement)).record
    return record


async def wang(place: Place) -> int:
    """王小明, whom the web shop, the loyalty programme and the till know; his id."""
    phone = customers.Identifier("phone", PHONE, verified=True)
    number = await told(
        place,
        "web",
        "shopper-4711",
        _UNION,
        phone,
        customers.Identifier("email", EMAIL),
        name="王小明",
        gender="m",
        birth_date="1988-03-14",
        street=STREET,
        city="上海",
    )
    await told(place, "loyalty", "CARD-1", _UNION, customers.Identifier("member_card", CARD, scope="club"))
    await told(place, "till", "T-77", phone, customers.Identifier("phone", "13800000000"))
    return number


async def sold(place: Place, reference: str, day: str = "2026-10-05", node: str = "S1", amount: int = 900) -> int:
    """A sale to whom the till calls so."""
    sale = {
        "channel": "till",
        "node": node,
        "external_id": f"R-{secrets.token_hex(4)}",
        "occurred_at": f"{day}T08:00:00Z",
        "customer": reference,
        "lines": [{"sku": "K1", "quantity": 3, "amount_minor": amount}],
    }
    number: int = (await place.api("POST", "/v1/sales", sale))["id"]
    return number


async def follow(place: Place) -> None:
    """Let traits, tags and segments follow everything that happened."""
    async with place.database.transaction() as connection:
        cursor = await connection.execute(
            "select xid::text, id, type, subject, actor, trace, occurred_at, recorded_at, payload::text"
            " from platform.event order by xid, id"
        )
        rows = await cursor.fetchall()
    await FollowCustomers(place.services.executor).deliver([Published(int(row[0]), *row[1:]) for row in rows])
    while await fill_step(place.services.executor):
        pass


async def events(place: Place, type_: str) -> list[tuple[int, Any]]:
    """(subject, payload) of the events of a type."""
    async with place.database.transaction() as connection:
        cursor = await connection.execute(
            "select subject, payload from platform.event where type = %s order by id", (type_,)
        )
        return [(row[0], row[1]) for row in await cursor.fetchall()]

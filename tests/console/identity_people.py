"""People for tests of who is who in the console, and how its forms are sent."""

import itertools
import re
from html import unescape
from typing import Any

import httpx
import msgspec

from mainstem.domains import customers
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.query import ask
from mainstem.processes.erase_customer import ERASE_CUSTOMER
from tests.console.admin_forms import hidden
from tests.console.conftest import Place

_numbers = itertools.count(1)


def text(page: str) -> str:
    """What is read on a page, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page))).strip()


def union(number: int) -> dict[str, str]:
    """A unionid."""
    return {"type": "unionid", "value": f"oAbcdefgh1234567890abcdefgh{number:02}"}


async def post(client: Any, where: str, action: str, page: str = "", **fields: Any) -> httpx.Response:  # noqa: ANN401
    """What a form answers, of the page as it is now or as it was seen."""
    page = page or (await client.get(where)).text
    answer: httpx.Response = await client.post(action, data=hidden(page, action) | fields)
    return answer


class Crowd:
    """People who are told of, and what is done to them."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.executor = Executor(place.database)

    async def told(self, source: str, reference: str, *phones: str, more: Any = (), **attributes: str) -> int:  # noqa: ANN401
        """The record of whom a source tells of."""
        identifiers = [*({"type": "phone", "value": phone} for phone in phones), *more]
        body = {"source": source, "reference": reference, "identifiers": identifiers, "attributes": attributes}
        return int((await self.place.api("POST", "/v1/customers/identify", body))["record"])

    async def run(self, operation: Operation[Any, Any], command: object, actor: int = 7) -> Any:  # noqa: ANN401
        """What an accepted command answers."""
        call = operation.call(command, f"crowd {next(_numbers)}", actor=actor)
        (outcome,) = await self.executor.execute(operation, [call])
        assert outcome.accepted, outcome.body
        return msgspec.json.decode(outcome.body, type=operation.result)

    async def consents(self, customer: int, purpose: str, *, given: bool) -> None:
        """Somebody agrees to a use of his data, or refuses it."""
        consent = customers.consent
        evidence = consent.Evidence("till")
        if given:
            await self.run(consent.GIVE_CONSENT, consent.GiveConsent(customer, purpose, consent.LATEST, evidence))
        else:
            await self.run(consent.WITHDRAW_CONSENT, consent.WithdrawConsent(customer, purpose, evidence))

    async def bought(self, record: int, amount: int) -> None:
        """Somebody buys something at a till: as what follows customers writes it."""
        async with self.place.database.transaction() as connection:
            await connection.execute(
                "insert into customers.activity (occasion, record, kind, day, hour, moment, channel, channel_kind,"
                " node, currency, purchases, units, amount_minor, discount_minor, returned_units, returned_minor,"
                " cancelled_minor) values (%s, %s, 'sale', '2026-11-20', 18, '2026-11-20T10:00Z', 'till', 'pos', 'S1',"
                " 'CNY', 1, 1, %s, 0, 0, 0, 0)",
                (record, record, amount),
            )

    async def owner(self, record: int) -> int:
        """Whose a record is."""
        async with self.place.database.transaction() as connection:
            cursor = await connection.execute("select customer from customers.source_record where id = %s", (record,))
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    async def reviews(self) -> list[customers.ReviewView]:
        """What is open."""
        async with self.place.database.transaction() as connection:
            (found,) = await ask(connection, customers.reviews("open", 0, 100))
        return found

    async def erase(self, customer: int) -> None:
        """What the law asks for, done."""
        rights = customers.rights
        opened = await self.run(rights.OPEN_REQUEST, rights.OpenRequest(customer, "erasure", identity="in_person"))
        await self.run(rights.ADVANCE_REQUEST, rights.AdvanceRequest(opened.request, "in_progress"))
        await self.run(ERASE_CUSTOMER, rights.EraseCustomer(opened.request))

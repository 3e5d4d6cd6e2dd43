"""Whom tests of the loyalty pages furnish the small shop with: a club, its members, their points, cards."""

import itertools
import re
import secrets
from typing import Any

import httpx
import msgspec

from mainstem.domains import customers, loyalty
from mainstem.platform.execution import Operation
from tests.console.conftest import Place
from tests.console.orders_forms import fields
from tests.unit.loyalty_club import FORM

NAME, PHONE = "王小明", "13912340077"
_numbers = itertools.count(1)


async def done(place: Place, operation: Operation[Any, Any], command: object, actor: int = 1) -> Any:  # noqa: ANN401
    """Do it; must succeed."""
    call = operation.call(command, secrets.token_hex(8), actor=actor)
    (outcome,) = await place.services.executor.execute(operation, [call])
    assert outcome.accepted, outcome.body
    return msgspec.json.decode(outcome.body, type=operation.result)


async def club(place: Place, **changes: Any) -> None:  # noqa: ANN401 - JSON
    """The programme."""
    form = msgspec.convert({**FORM, **changes}, loyalty.Programme)
    await done(place, loyalty.SAVE_PROGRAMME, loyalty.SaveProgramme(form))


async def person(place: Place, name: str = NAME, phone: str = "") -> int:
    """A customer whom the till knows."""
    identifiers = (customers.Identifier("phone", phone),) if phone else ()
    said = customers.Identify(
        "till", f"T-{next(_numbers)}", identifiers=identifiers, attributes=customers.Attributes(name=name)
    )
    return int((await done(place, customers.IDENTIFY, said)).record)


async def member(place: Place, name: str = NAME, phone: str = "", points: int = 0) -> tuple[int, str]:
    """(customer, member number), with points."""
    number = await person(place, name, phone)
    one = str((await done(place, loyalty.ENROL, loyalty.Enrol("club", number))).member)
    if points:
        await done(place, loyalty.ADJUST_POINTS, loyalty.AdjustPoints(one, points, "opening balance"))
    return number, one


async def view(place: Place, number: str) -> loyalty.MemberView:
    """The member as he is."""
    async with place.database.snapshot() as connection:
        return await loyalty.member(connection, place.database.vault, number)


async def cards(place: Place, count: int = 1, amount: int = 5_000, *, active: bool = True) -> list[Any]:
    """Gift cards over the API: with their codes."""
    body = {"count": count, "currency": "CNY", "amount_minor": amount, "country": "CN", "active": active}
    made: list[Any] = (await place.api("POST", "/v1/gift-cards", body))["items"]
    return made


async def card_view(place: Place, card: int) -> Any:  # noqa: ANN401 - JSON
    """A card as the API gives it."""
    return (await place.api("GET", f"/v1/gift-cards/{card}"))["card"]


async def form_at(client: httpx.AsyncClient, path: str, action: str = "", **typed: str) -> dict[str, list[str]]:
    """The fields of a form of a page, with something typed into them."""
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return fields(page, action or path.partition("?")[0]) | {
        name.replace("__", "-"): [text] for name, text in typed.items()
    }


async def sent(client: httpx.AsyncClient, path: str, action: str = "", **typed: str) -> httpx.Response:
    """The answer to a form of a page."""
    form = await form_at(client, path, action, **typed)
    return await client.post(action or path.partition("?")[0], data=form)


def members_of(page: httpx.Response) -> list[str]:
    """The member numbers of a list, in its order."""
    assert page.status_code == 200, page.text
    return re.findall(r'class="fw-bold" href="/members/(\d+)"', page.text)

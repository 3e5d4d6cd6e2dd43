"""People for tests of the pages of consent and rights, what they say, and how forms of those pages are sent."""

import re
import secrets
from typing import Any

import httpx
import msgspec

from mainstem.domains import customers
from mainstem.platform.execution import Operation
from mainstem.platform.query import Query, ask
from tests.console.conftest import Place
from tests.console.orders_forms import fields

consent, rights = customers.consent, customers.rights

PHONE, STREET, NAME, REFERENCE = "+8613912340077", "南京东路", "王小明", "shopper-4711"
PAPER = consent.Evidence("paper", "form 12")


async def done(place: Place, operation: Operation[Any, Any], command: object, actor: int = 1) -> Any:  # noqa: ANN401 - its result
    """What an accepted command answers."""
    call = operation.call(command, secrets.token_hex(8), actor=actor)
    (outcome,) = await place.services.executor.execute(operation, [call])
    assert outcome.accepted, outcome.body
    return msgspec.json.decode(outcome.body, type=operation.result)


async def found(place: Place, query: Query[Any]) -> Any:  # noqa: ANN401 - its answer
    """What a question answers."""
    async with place.database.transaction() as connection:
        (answer,) = await ask(connection, query)
    return answer


async def person(place: Place) -> tuple[int, int]:
    """Somebody whom two sources know; his records, the first of which is his id."""
    union = customers.Identifier("unionid", "oUnion_0077")
    told = customers.Identify(
        "web",
        REFERENCE,
        identifiers=(union, customers.Identifier("phone", "13912340077")),
        attributes=customers.Attributes(name=NAME, street=STREET),
    )
    first = await done(place, customers.IDENTIFY, told)
    second = await done(place, customers.IDENTIFY, customers.Identify("loyalty", "CARD-1", identifiers=(union,)))
    assert second.customer == first.customer
    return first.record, second.record


async def request(place: Place, customer: int, kind: str, state: str = "in_progress", **more: Any) -> int:  # noqa: ANN401
    """The number of a new request in a state."""
    wanted = {"customer": customer, "kind": kind, "identity": "" if state == "received" else "in_person", **more}
    made = await done(place, rights.OPEN_REQUEST, msgspec.convert(wanted, rights.OpenRequest))
    if state not in ("received", "identity_checked"):
        await done(place, rights.ADVANCE_REQUEST, rights.AdvanceRequest(made.request, "in_progress"))
    number: int = made.request
    return number


async def allowed(place: Place, customer: int, purpose: str, channel: str = "") -> bool:
    """Whether a use is allowed."""
    return customer in await found(place, consent.allowed([customer], purpose, channel))


async def sent(client: httpx.AsyncClient, path: str, *, at: str = "", **typed: Any) -> httpx.Response:  # noqa: ANN401
    """The answer to the form at a path (its action is `at`, else the path), with something typed into it."""
    page = await client.get(path)
    assert page.status_code in (200, 409), page.text
    action = at or path.partition("?")[0]
    return await client.post(action, data=fields(page, action) | typed)


def matrix(page: httpx.Response) -> dict[str, list[str]]:
    """What stands of each purpose, channel by channel."""
    assert page.status_code == 200, page.text
    table = page.text.partition("consent-matrix")[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row"[^>]*><span>(.*?)<span.*?</th>(.*?)</tr>', table, re.DOTALL)
    return {
        name: [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r"</svg>(.*?)</span>", cells)]
        for name, cells in rows
    }

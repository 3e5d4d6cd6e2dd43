"""Personal data seen in the clear: each time is an event, in the name of who looked."""

from collections.abc import Iterable

import msgspec

from mainstem.domains.customers.contracts import CustomerUnmaskedEvent
from mainstem.domains.customers.rights.disclosures import disclose
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


async def note_unmasked(
    database: Database, customers: Iterable[int], actor: int, trace: str, *, what: str = "profile"
) -> None:
    """Record that somebody saw personal data of these customers; one event each, committed when this returns.

    The customer is told of it on his privacy page.
    """
    seen = sorted(set(customers))
    if not seen:
        return

    async def tell(work: Work) -> None:
        payload = _encode(CustomerUnmaskedEvent(records=1))
        for customer in seen:
            work.emit(Event("customers.customer_unmasked", customer, actor, trace, work.now, payload))
        await disclose(work.connection, seen, "service", actor, what, work.now)

    await Executor(database).transact("customers.unmask", tell)

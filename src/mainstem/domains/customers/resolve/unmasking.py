"""Personal data seen in the clear: each time is an event, in the name of who looked."""

from collections.abc import Iterable

import msgspec

from mainstem.domains.customers.contracts import CustomerUnmaskedEvent
from mainstem.domains.customers.rights.disclosures import disclose
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.work import Event, Work

UNMASK_REASONS = ("customer_asks", "order_or_delivery", "who_is_it", "correction", "privacy_request", "fraud")
"""Why somebody needs personal data in the clear. Codes: what a person types could be personal data itself."""

_encode = msgspec.json.Encoder().encode


async def note_unmasked(
    database: Database, customers: Iterable[int], actor: int, trace: str, *, what: str = "profile", reason: str = ""
) -> None:
    """Record that somebody saw personal data of these customers; one event each, committed when this returns.

    `reason` is a code of `UNMASK_REASONS`. The customer is told of it on his privacy page.
    """
    seen = sorted(set(customers))
    if not seen:
        return

    async def tell(work: Work) -> None:
        payload = _encode(CustomerUnmaskedEvent(records=1, reason=reason))
        for customer in seen:
            work.emit(Event("customers.customer_unmasked", customer, actor, trace, work.now, payload))
        await disclose(work.connection, seen, "service", actor, what, work.now)

    await Executor(database).transact("customers.unmask", tell)

"""What the API is given: opened by the entrypoint, shared by every route of one process."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mainstem.analytics.private_release import RELEASE_PRIVATELY
from mainstem.analytics.twin import ASK_TWIN
from mainstem.domains import catalog, customers, inventory, loyalty, orders, pricing
from mainstem.platform import access
from mainstem.platform.access import Authenticator, people
from mainstem.platform.batching import Batcher
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.job_list import RETRY_JOB, STOP_JOB
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask
from mainstem.platform.settings import Settings
from mainstem.platform.settling import SETTLE_ENTRY
from mainstem.platform.verification import VERIFY_SEALS
from mainstem.processes.allocate_orders import ALLOCATE_ORDERS
from mainstem.processes.cancel_orders import CANCEL_ORDERS
from mainstem.processes.checkout.checking_out import CHECK_OUT
from mainstem.processes.checkout.quoting import HOLD_QUOTE
from mainstem.processes.erase_customer import ERASE_CUSTOMER
from mainstem.processes.pay_orders import PAY_ORDERS
from mainstem.processes.place_orders import PLACE_ORDERS
from mainstem.processes.record_sales import RECORD_SALES
from mainstem.processes.return_orders import RETURN_ORDERS
from mainstem.processes.save_promotions import SAVE_PROMOTION
from mainstem.processes.ship_orders import DELIVER_ORDERS, SHIP_ORDERS

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    PLACE_ORDERS,
    CHECK_OUT,
    HOLD_QUOTE,
    RECORD_SALES,
    PAY_ORDERS,
    ALLOCATE_ORDERS,
    SHIP_ORDERS,
    DELIVER_ORDERS,
    CANCEL_ORDERS,
    RETURN_ORDERS,
    orders.SET_SALES_PLAN,
    catalog.UPSERT_PRODUCTS,
    catalog.UPSERT_NODES,
    catalog.UPSERT_CHANNELS,
    pricing.SET_PRICES,
    *pricing.lists.OPERATIONS,
    *pricing.markdown.OPERATIONS,
    SAVE_PROMOTION,
    *pricing.PROMOTION_OPERATIONS,
    inventory.RECEIVE_STOCK,
    inventory.ADJUST_STOCK,
    inventory.COUNT_STOCK,
    inventory.SEND_TRANSFER,
    inventory.RECEIVE_TRANSFER,
    inventory.RESERVE_STOCK,
    inventory.RELEASE_RESERVATION,
    inventory.ANNOUNCE_INBOUND,
    inventory.SET_STOCK_POLICY,
    inventory.RESOLVE_DISCREPANCY,
    customers.IDENTIFY,
    customers.MERGE_CUSTOMERS,
    customers.SPLIT_CUSTOMER,
    customers.ANSWER_REVIEW,
    customers.SUSPEND_IDENTIFIER,
    customers.LIFT_SUSPENSION,
    customers.CORRECT_HOUSEHOLD,
    customers.SAVE_SEGMENT,
    customers.REMOVE_SEGMENT,
    customers.SET_TAG,
    customers.REMOVE_TAG,
    *customers.consent.OPERATIONS,
    *customers.rights.OPERATIONS,
    *loyalty.OPERATIONS,
    ERASE_CUSTOMER,
    RELEASE_PRIVATELY,
    ASK_TWIN,
    *access.OPERATIONS,
    *people.OPERATIONS,
    SETTLE_ENTRY,
    VERIFY_SEALS,
    RETRY_JOB,
    STOP_JOB,
)
"""Every operation that can be called over HTTP."""

_POLL_SECONDS = 0.01


class Lifecycle:
    """How many requests are under way, and whether new ones are still taken."""

    def __init__(self) -> None:
        self.draining = False
        self.in_flight = 0

    async def idle(self, seconds_max: float) -> bool:
        """Take no more requests and wait until those under way are answered; False when the time was too short."""
        self.draining = True
        try:
            async with asyncio.timeout(seconds_max):
                while self.in_flight:  # noqa: ASYNC110 - an event would cost every request something
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            return False
        return True


@dataclass(slots=True, kw_only=True)
class Services:
    """Everything a route may use. `batchers` are by the name of their operation."""

    settings: Settings
    database: Database
    executor: Executor
    authenticator: Authenticator
    sessions: people.Sessions
    batchers: Mapping[str, Batcher]
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    _node_codes: dict[int, str] = field(default_factory=dict)

    def batcher(self, operation: Operation[Any, Any]) -> Batcher:
        """The batcher of an operation."""
        return self.batchers[operation.name]

    async def node_code(self, node: int) -> str:
        """The code of a node; "" when there is none. It is asked for once: a node keeps its code for good."""
        known = self._node_codes.get(node)
        if known is not None:
            return known
        async with self.database.transaction() as connection:
            (nodes,) = await ask(connection, catalog.nodes_by_id([node]))
        if node not in nodes:
            return ""
        self._node_codes[node] = nodes[node].code
        return nodes[node].code

    async def close(self) -> None:
        """Finish what was accepted: requests under way get their answers, batches commit. The database stays open."""
        await self.lifecycle.idle(self.settings.shutdown_seconds_max)
        for batcher in self.batchers.values():
            await batcher.drain()
        await self.authenticator.close()
        await self.sessions.close()


def assemble(
    settings: Settings, database: Database, *, operations: Sequence[Operation[Any, Any]] = OPERATIONS
) -> Services:
    """The services of one process on an open database."""
    executor = Executor(database)
    authenticator = Authenticator(database)
    sessions = people.Sessions(database)
    of_access = {one.name for one in access.OPERATIONS} | {one.name for one in people.OPERATIONS}
    batchers = {}
    for operation in operations:
        run = partial(executor.execute, operation)
        batchers[operation.name] = Batcher(
            operation.name,
            authenticator.forgetting(sessions.forgetting(run)) if operation.name in of_access else run,
            size_max=settings.batch_size_max,
            lanes=settings.batch_lanes,
            queue_max=settings.queue_size_max,
        )
    return Services(
        settings=settings,
        database=database,
        executor=executor,
        authenticator=authenticator,
        sessions=sessions,
        batchers=batchers,
    )

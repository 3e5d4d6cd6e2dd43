"""Orders: place, change, read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from mainstem.api.auth import at, at_order, bound, elsewhere, stays
from mainstem.api.commands import bulk_route, command_route
from mainstem.api.events import EventPage, history
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import catalog, customers, orders
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform.access import FORBIDDEN
from mainstem.platform.access.permissions import CUSTOMERS_UNMASK, ORDERS_READ, ORDERS_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask
from mainstem.processes.allocate_orders import ALLOCATE_ORDERS
from mainstem.processes.cancel_orders import CANCEL_ORDERS
from mainstem.processes.pay_orders import PAY_ORDERS
from mainstem.processes.place_orders import PLACE_ORDERS
from mainstem.processes.return_orders import RETURN_ORDERS
from mainstem.processes.ship_orders import DELIVER_ORDERS, SHIP_ORDERS

_NEED_NO_BODY = frozenset(("allocation", "shipments", "deliveries"))

_encode = msgspec.json.Encoder().encode


class OrderList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which orders are listed, latest first; `placed_from` belongs to the span, `placed_to` does not.

    `customer` is any id of a customer; `customer_reference` what a channel calls him, or his name, telephone number or
    e-mail address; `customer_ending` the last four characters or more of his reference, number or card. `unmask` shows
    references in the clear, to those who may see them, and is recorded.
    """

    channel: str | None = None
    node: str | None = None
    state: str | None = None
    kind: Literal["order", "sale"] | None = None
    customer: int | None = None
    customer_reference: str | None = None
    customer_ending: str | None = None
    unmask: bool = False
    sku: str | None = None
    external_id: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class OneOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an order is read: `unmask` shows the customer's reference in the clear, to those who may, and is recorded."""

    unmask: bool = False


class _Reads:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._database = services.database

    async def list(self, exchange: Exchange) -> Answer:
        """A page of orders; a filter that names what does not exist finds nothing."""
        asked = read_query(OrderList, exchange.scope["query_string"])
        await stays(self._services, exchange, ORDERS_READ, asked.node)
        _check_unmask(exchange, wanted=asked.unmask)
        before = position_of(asked.cursor, tuple[datetime, int])
        async with self._database.snapshot() as connection:
            channels, nodes, variants = await ask(
                connection,
                catalog.channels_by_code([asked.channel] if asked.channel is not None else []),
                catalog.nodes_by_code([asked.node] if asked.node is not None else []),
                catalog.variants_by_sku([asked.sku] if asked.sku is not None else []),
            )
            named = (asked.channel in channels, asked.node in nodes, asked.sku in variants)
            wanted = (asked.channel, asked.node, asked.sku)
            if any(name is not None and not known for name, known in zip(wanted, named, strict=True)):
                return exchange.found(page([], asked.limit, None))
            found = await orders.queries.list_orders(
                connection,
                self._database.vault,
                orders.queries.OrderFilter(
                    channel=None if asked.channel is None else channels[asked.channel].id,
                    node=None if asked.node is None else nodes[asked.node].id,
                    variant=None if asked.sku is None else variants[asked.sku].id,
                    states=None if asked.state is None else (asked.state,),
                    kind=asked.kind,
                    customers=await self._customers(connection, asked),
                    external_id=asked.external_id,
                    placed_from=asked.placed_from,
                    placed_to=asked.placed_to,
                ),
                asked.limit,
                before,
                clear=asked.unmask,
            )
        if asked.unmask:
            await self._note_unmasked(exchange, found.rows)
        return exchange.found(page(found.rows, len(found.rows), found.next))

    async def one(self, exchange: Exchange) -> Answer:
        """The whole order; 304 when the client has this revision."""
        number = exchange.path_id("order")
        asked = read_query(OneOrder, exchange.scope["query_string"])
        _check_unmask(exchange, wanted=asked.unmask)
        async with self._database.snapshot() as connection:
            (head,) = await ask(connection, orders.queries.revision_of(number))
            if head is None:
                raise _missing(number)
            _check_node(exchange, head[1])
            tag = b'"%d-%d"' % (number, head[0])
            if exchange.knows(tag) and not asked.unmask:
                return exchange.tagged(b"", tag)
            view = await orders.queries.order_view(connection, self._database.vault, number, clear=asked.unmask)
            assert view is not None
        if asked.unmask:
            await self._note_unmasked(exchange, [view])
            return exchange.found(view)
        return exchange.tagged(_encode(view), tag)

    async def _customers(self, connection: Connection, asked: OrderList) -> tuple[int, ...] | None:
        """The records of the customers that a list is narrowed to; None when it is not."""
        if asked.customer is None and asked.customer_reference is None and asked.customer_ending is None:
            return None
        vault = self._database.vault
        found: list[set[int]] = []
        if asked.customer is not None:
            (records,) = await ask(connection, customers.records_of([asked.customer]))
            found.append(set(records))
        if asked.customer_reference is not None:
            (called,) = await ask(connection, customers.called(vault, asked.customer_reference))
            found.append(set(called.records))
        if asked.customer_ending is not None:
            (called,) = await ask(connection, customers.ending(vault, asked.customer_ending))
            found.append(set(called.records))
        return tuple(sorted(set.intersection(*found)))

    async def _note_unmasked(
        self, exchange: Exchange, seen: Sequence[orders.queries.OrderRow | orders.queries.OrderView]
    ) -> None:
        people = {one.customer for one in seen if one.customer is not None and one.customer_reference}
        await customers.note_unmasked(self._database, people, exchange.principal, exchange.trace)

    async def history(self, exchange: Exchange) -> Answer:
        """What happened to the order, oldest first."""
        number = exchange.path_id("order")
        async with self._database.snapshot() as connection:
            (node,) = await ask(connection, orders.queries.node_of(number))
            if node is None:
                raise _missing(number)
            _check_node(exchange, node)
            return await history(exchange, connection, number)


def _check_unmask(exchange: Exchange, *, wanted: bool) -> None:
    if wanted and (exchange.caller is None or CUSTOMERS_UNMASK.code not in exchange.caller.permissions):
        raise RefusedError(refuse(FORBIDDEN, permission=CUSTOMERS_UNMASK.code))


def _missing(number: int) -> RefusedError:
    return RefusedError(refuse(NOT_FOUND, "/order", what="order", id=number))


def _check_node(exchange: Exchange, node: int) -> None:
    caller = bound(exchange, ORDERS_READ)
    if caller is not None and caller.node != node:
        raise elsewhere(ORDERS_READ)


def routes(services: Services) -> list[Route]:
    """The routes of orders."""
    reads = _Reads(services)
    one = "/v1/orders/{order:int}"
    changes = (
        ("payments", PAY_ORDERS, at_order(), "Record a payment, or a refund (negative)."),
        ("allocation", ALLOCATE_ORDERS, at_order(target="node"), "Hand what is open to a node for fulfilment."),
        ("shipments", SHIP_ORDERS, at_order(), "Record what left the node, in part or whole."),
        ("deliveries", DELIVER_ORDERS, at_order(), "Record that a shipment arrived."),
        ("cancellations", CANCEL_ORDERS, at_order(), "Give up what has not been shipped, in part or whole."),
        ("returns", RETURN_ORDERS, at("node"), "Take goods back at any node."),
    )
    return [
        command_route(
            services,
            "/v1/orders",
            PLACE_ORDERS,
            ORDERS_WRITE,
            "Place an order.",
            status=201,
            local=at("node"),
        ),
        bulk_route(
            services,
            "/v1/orders/bulk",
            PLACE_ORDERS,
            ORDERS_WRITE,
            "Place up to 1,000 orders, each for itself.",
            status=201,
            local=at("node"),
        ),
        *(
            command_route(
                services,
                f"{one}/{name}",
                operation,
                ORDERS_WRITE,
                summary,
                given=("order",),
                local=local,
                body_optional=name in _NEED_NO_BODY,
            )
            for name, operation, local, summary in changes
        ),
        Route(
            method="GET",
            path="/v1/orders",
            permission=ORDERS_READ,
            respond=reads.list,
            summary="List orders and sales, latest first.",
            query=OrderList,
            result=page_of(orders.queries.OrderRow),
        ),
        Route(
            method="GET",
            path=one,
            permission=ORDERS_READ,
            respond=reads.one,
            summary="Read an order with its lines, payments, shipments, returns and findings.",
            query=OneOrder,
            result=orders.queries.OrderView,
            polled=True,
        ),
        Route(
            method="GET",
            path=f"{one}/history",
            permission=ORDERS_READ,
            respond=reads.history,
            summary="Read what happened to an order, oldest first.",
            result=EventPage,
        ),
    ]

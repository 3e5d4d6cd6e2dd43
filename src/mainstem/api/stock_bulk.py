"""Many stock commands of several kinds in one body, in order; and where stock commands are exercised."""

from itertools import groupby
from typing import Any

import msgspec

from mainstem.api.auth import Local, at, bound
from mainstem.api.commands import bulk_answer, decided_item, read_items, refused_item
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.reading import Reader, decode
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import inventory
from mainstem.kernel.refusals import Refusal, RefusedError, refuse
from mainstem.platform.access import FORBIDDEN, FORBIDDEN_NODE, Caller, Permission
from mainstem.platform.access.permissions import STOCK_ADJUST, STOCK_WRITE
from mainstem.platform.execution import Call, Operation

_CREATED = 201


def at_document(field: str, *, target: bool = False) -> Local:
    """The command changes a document of the caller's node; `target`: of the node where a transfer arrives."""

    async def local(services: Services, caller: Caller, command: object) -> bool:
        assert caller.node is not None
        async with services.database.transaction() as connection:
            found = await inventory.document(connection, getattr(command, field))
        return (found.target if target else found.node) == await services.node_code(caller.node)

    return local


async def at_discrepancy(services: Services, caller: Caller, command: object) -> bool:
    """The command closes a discrepancy of the caller's node."""
    assert isinstance(command, inventory.ResolveDiscrepancy)
    assert caller.node is not None
    everything = inventory.DiscrepancyFilter(open=False)
    async with services.database.transaction() as connection:
        found = await inventory.discrepancies(connection, everything, before=command.discrepancy + 1, limit=1)
    return bool(found) and found[0].id == command.discrepancy and found[0].node == await services.node_code(caller.node)


class _Kind:
    """One kind of item."""

    def __init__(self, tag: str, operation: Operation[Any, Any], permission: Permission, local: Local) -> None:
        self.tag = tag
        self.operation = operation
        self.permission = permission
        self.local = local
        self.reader: Reader[Any] = Reader(operation.command, tag=tag)


_KINDS = {
    kind.tag: kind
    for kind in (
        _Kind("delivery", inventory.RECEIVE_STOCK, STOCK_WRITE, at("node")),
        _Kind("adjustment", inventory.ADJUST_STOCK, STOCK_ADJUST, at("node")),
        _Kind("count", inventory.COUNT_STOCK, STOCK_WRITE, at("node")),
        _Kind("transfer", inventory.SEND_TRANSFER, STOCK_WRITE, at("source")),
        _Kind("arrival", inventory.RECEIVE_TRANSFER, STOCK_WRITE, at_document("transfer", target=True)),
        _Kind("reservation", inventory.RESERVE_STOCK, STOCK_WRITE, at("node")),
        _Kind("release", inventory.RELEASE_RESERVATION, STOCK_WRITE, at_document("reservation")),
        _Kind("inbound", inventory.ANNOUNCE_INBOUND, STOCK_WRITE, at("node")),
    )
}


class _Tagged(msgspec.Struct, frozen=True):
    type: str


_decode_tag = msgspec.json.Decoder(_Tagged).decode
_ANY_KIND: Any = None
for _kind in _KINDS.values():
    _ANY_KIND = _kind.reader.body_type if _ANY_KIND is None else _ANY_KIND | _kind.reader.body_type
_misread = msgspec.json.Decoder(_ANY_KIND).decode


def bulk_movements(services: Services) -> Route:
    """Up to 1,000 stock commands of several kinds, decided in their order, each for itself."""

    async def respond(exchange: Exchange) -> Answer:
        key = exchange.required_key()
        items = await read_items(services, exchange)
        answers: list[bytes] = [b""] * len(items)
        repeated: list[bool] = []
        calls: list[tuple[int, _Kind, Call[Any]]] = []
        for place, item in enumerate(items):
            read = await _read(services, exchange, item)
            if isinstance(read, Refusal):
                answers[place] = refused_item(exchange, read)
                continue
            kind, command = read
            call = kind.operation.call(command, f"{key}\x1f{place}", actor=exchange.principal, trace=exchange.trace)
            calls.append((place, kind, call))
        # Neighbours of one kind go together; the next kind waits, so that items are decided in their order.
        for kind, run in groupby(calls, key=lambda entry: entry[1]):
            together = list(run)
            outcomes = await services.batcher(kind.operation).submit_many([call for _, _, call in together])
            for (place, _, _), outcome in zip(together, outcomes, strict=True):
                answers[place] = decided_item(exchange, outcome, _CREATED)
                repeated.append(outcome.repeated)
        return bulk_answer(answers, repeated=bool(repeated) and all(repeated))

    return Route(
        method="POST",
        path="/v1/stock/movements/bulk",
        permission=STOCK_WRITE,
        respond=respond,
        summary="Run up to 1,000 stock commands of several kinds in order, each for itself.",
        body=list[_ANY_KIND],
        result=list[inventory.StockChanged],
        key="required",
    )


async def _read(services: Services, exchange: Exchange, item: bytes) -> tuple[_Kind, Any] | Refusal:
    try:
        kind = _KINDS.get(decode(_decode_tag, item, deep=False).type)
        if kind is None:
            decode(_misread, item)  # raises with the kinds there are
            raise AssertionError(item)
        command = kind.reader.read(item)
        caller = exchange.caller
        assert caller is not None
        if kind.permission.code not in caller.permissions:
            return refuse(FORBIDDEN, permission=kind.permission.code)
        if bound(exchange, kind.permission) is not None and not await kind.local(services, caller, command):
            return refuse(FORBIDDEN_NODE, permission=kind.permission.code)
    except RefusedError as refused:
        return refused.refusal
    return kind, command

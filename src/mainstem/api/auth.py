"""Who may call a route, and at which node.

A caller bound to a node has the permissions that are exercised at nodes at that node only. Each write says where it is
exercised: by a code in the command, or by the order or document that it changes.
"""

from collections.abc import Awaitable, Callable, Iterable

from mainstem.api.exchange import Exchange
from mainstem.api.services import Services
from mainstem.domains import orders
from mainstem.kernel.refusals import Refusal, RefusedError, refuse
from mainstem.platform.access import FORBIDDEN, FORBIDDEN_NODE, Caller, Permission
from mainstem.platform.query import ask

Local = Callable[[Services, Caller, object], Awaitable[bool]]
"""Whether a command of a caller bound to a node stays at that node."""


async def authorise(services: Services, exchange: Exchange, permission: Permission) -> Refusal | None:
    """Find out who sends the request; the refusal when nobody does, or somebody without the permission."""
    header = exchange.headers.get(b"authorization")
    caller = await services.authenticator.authenticate(None if header is None else header.decode("latin-1"))
    if isinstance(caller, Refusal):
        return caller
    exchange.caller = caller
    if permission.code not in caller.permissions:
        return refuse(FORBIDDEN, permission=permission.code)
    return None


def bound(exchange: Exchange, permission: Permission) -> Caller | None:
    """The caller, when this permission is his at one node only."""
    caller = exchange.caller
    return caller if caller is not None and caller.node is not None and permission.at_node else None


async def stays(services: Services, exchange: Exchange, permission: Permission, node: str | None) -> None:
    """Raises `RefusedError` unless the caller has the permission at the node with this code (None: everywhere)."""
    caller = bound(exchange, permission)
    if caller is not None and (node is None or await _own(services, caller) != node):
        raise elsewhere(permission)


async def stays_all(services: Services, exchange: Exchange, permission: Permission, nodes: Iterable[str]) -> None:
    """Raises `RefusedError` unless the caller has the permission at all these nodes; no node means everywhere."""
    for node in tuple(nodes) or (None,):
        await stays(services, exchange, permission, node)


def elsewhere(permission: Permission) -> RefusedError:
    """The refusal for a caller who leaves the node he is bound to."""
    return RefusedError(refuse(FORBIDDEN_NODE, permission=permission.code))


def at(*fields: str) -> Local:
    """The command is exercised at the nodes whose codes these fields hold; a field without a code means everywhere."""

    async def local(services: Services, caller: Caller, command: object) -> bool:
        own = await _own(services, caller)
        return all(getattr(command, field) == own for field in fields)

    return local


def at_order(order: str = "order", target: str | None = None) -> Local:
    """The command changes an order that is promised, shipped or was sold at the caller's node.

    `target`: so is the node whose code this field holds, when it holds one.
    """

    async def local(services: Services, caller: Caller, command: object) -> bool:
        named = None if target is None else getattr(command, target)
        if named is not None and named != await _own(services, caller):
            return False
        async with services.database.transaction() as connection:
            (node,) = await ask(connection, orders.queries.node_of(getattr(command, order)))
        return node == caller.node

    return local


async def _own(services: Services, caller: Caller) -> str:
    assert caller.node is not None
    return await services.node_code(caller.node)

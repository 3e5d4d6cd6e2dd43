"""Principals and API keys."""

from datetime import datetime
from typing import Annotated

import msgspec

from mainstem.api.commands import answered, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import Reader, read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import catalog
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform import access
from mainstem.platform.access.permissions import KEYS_READ, KEYS_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

_encode = msgspec.json.Encoder().encode


class PrincipalBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Create who or what acts: a person, a till, a connector. `node`: given exactly for a role that is bound to one."""

    name: str
    role: str
    node: str | None = None


class RoleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a principal another role or node. Its keys keep their scopes as far as the new role holds them."""

    role: str
    node: str | None = None


class PrincipalView(msgspec.Struct, frozen=True):
    """A principal in a list."""

    principal: int
    name: str
    role: str
    node: str | None
    created_at: datetime


class KeyMade(msgspec.Struct, frozen=True):
    """A key that was issued. Its `secret` is told once: a repeated request is answered without it."""

    key: int
    principal: int
    prefix: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    secret: str | None


class PrincipalList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of principals, oldest first."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class KeyList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of keys, oldest first; of one principal when it is given."""

    principal: int | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


_decode_issued = msgspec.json.Decoder(access.KeyIssued).decode


class _Room:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._database = services.database
        self._principal: Reader[PrincipalBody] = Reader(PrincipalBody)
        self._role: Reader[RoleBody] = Reader(RoleBody)
        self._terms: Reader[access.KeyTerms] = Reader(access.KeyTerms)

    async def create(self, exchange: Exchange) -> Answer:
        """Create a principal; over HTTP its node is named by its code."""
        key = exchange.required_key()
        asked = self._principal.read(await self._body(exchange))
        command = access.CreatePrincipal(asked.name, asked.role, await self._node(asked.node))
        call = access.CREATE_PRINCIPAL.call(command, key, actor=exchange.principal, trace=exchange.trace)
        return answered(exchange, await self._services.batcher(access.CREATE_PRINCIPAL).submit(call), 201)

    async def change_role(self, exchange: Exchange) -> Answer:
        """Change a principal's role."""
        key = exchange.required_key()
        asked = self._role.read(await self._body(exchange))
        command = access.ChangeRole(exchange.path_id("principal"), asked.role, await self._node(asked.node))
        call = access.CHANGE_ROLE.call(command, key, actor=exchange.principal, trace=exchange.trace)
        return answered(exchange, await self._services.batcher(access.CHANGE_ROLE).submit(call), 200)

    async def issue(self, exchange: Exchange) -> Answer:
        """Issue a key; the answer to this request, and no other, carries the secret."""
        key = exchange.required_key()
        terms = self._terms.read(await self._body(exchange))
        issuance = access.issue(terms, key, actor=exchange.principal, trace=exchange.trace)
        outcome = await self._services.batcher(access.ISSUE_KEY).submit(issuance.call)
        secret = issuance.secret(outcome)
        if not outcome.accepted:
            return answered(exchange, outcome, 201)
        issued = _decode_issued(outcome.body)
        made = KeyMade(issued.key, issued.principal, issued.prefix, issued.scopes, issued.expires_at, secret)
        answer = answered(exchange, outcome, 201)
        return Answer(answer.status, _encode(made), *answer.headers, (b"cache-control", b"no-store"))

    async def principals(self, exchange: Exchange) -> Answer:
        """A page of principals."""
        asked = read_query(PrincipalList, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[int]) or (0,)
        async with self._database.snapshot() as connection:
            (found,) = await ask(connection, access.list_principals(after=after[0], limit=asked.limit))
            rows = await _views(connection, found)
        return exchange.found(page(rows, asked.limit, (rows[-1].principal,) if rows else None))

    async def keys(self, exchange: Exchange) -> Answer:
        """A page of keys."""
        asked = read_query(KeyList, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[int]) or (0,)
        async with self._database.transaction() as connection:
            (rows,) = await ask(
                connection, access.list_keys(principal=asked.principal, after=after[0], limit=asked.limit)
            )
        return exchange.found(page(rows, asked.limit, (rows[-1].key,) if rows else None))

    async def _body(self, exchange: Exchange) -> bytes:
        return await exchange.body(self._services.settings.body_bytes_max)

    async def _node(self, code: str | None) -> int | None:
        if code is None:
            return None
        async with self._database.transaction() as connection:
            (nodes,) = await ask(connection, catalog.nodes_by_code([code]))
        if code not in nodes:
            raise RefusedError(refuse(catalog.UNKNOWN_NODE, "/node", node=code[:64]))
        return nodes[code].id


async def _views(connection: Connection, found: list[access.PrincipalRow]) -> list[PrincipalView]:
    (nodes,) = await ask(connection, catalog.nodes_by_id({row.node for row in found if row.node is not None}))
    return [
        PrincipalView(
            row.principal,
            row.name,
            row.role,
            nodes[row.node].code if row.node in nodes else None,
            row.created_at,
        )
        for row in found
    ]


def routes(services: Services) -> list[Route]:
    """The routes of access."""
    room = _Room(services)
    return [
        Route(
            method="POST",
            path="/v1/principals",
            permission=KEYS_WRITE,
            respond=room.create,
            summary="Create a principal.",
            status=201,
            body=PrincipalBody,
            result=access.PrincipalChanged,
            key="required",
        ),
        Route(
            method="GET",
            path="/v1/principals",
            permission=KEYS_READ,
            respond=room.principals,
            summary="List principals.",
            query=PrincipalList,
            result=page_of(PrincipalView),
        ),
        Route(
            method="POST",
            path="/v1/principals/{principal:int}/role",
            permission=KEYS_WRITE,
            respond=room.change_role,
            summary="Give a principal another role.",
            body=RoleBody,
            result=access.PrincipalChanged,
            key="required",
        ),
        Route(
            method="POST",
            path="/v1/keys",
            permission=KEYS_WRITE,
            respond=room.issue,
            summary="Issue an API key.",
            status=201,
            body=access.KeyTerms,
            result=KeyMade,
            key="required",
        ),
        Route(
            method="GET",
            path="/v1/keys",
            permission=KEYS_READ,
            respond=room.keys,
            summary="List API keys, never a secret.",
            query=KeyList,
            result=page_of(access.KeyRow),
        ),
        command_route(
            services,
            "/v1/keys/{key:int}/revocation",
            access.REVOKE_KEY,
            KEYS_WRITE,
            "Revoke an API key, for good.",
            given=("key",),
            body_optional=True,
        ),
    ]

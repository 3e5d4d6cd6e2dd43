"""Routes that write: one command from the body, or up to a thousand with an answer each."""

from collections.abc import Sequence
from typing import Any, Literal, TypeVar
from uuid import uuid4

import msgspec

from mainstem.api.auth import Local, bound, elsewhere
from mainstem.api.exchange import JSON, REPLAYED, Answer, Exchange
from mainstem.api.problems import problem, status_of
from mainstem.api.reading import Reader, decode
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.kernel.refusals import TOO_LARGE, Refusal, RefusedError, refuse
from mainstem.platform.access import Permission
from mainstem.platform.execution import Operation, Outcome

C = TypeVar("C", bound=msgspec.Struct)
KeyRule = Literal["required", "optional", "none"]

ITEMS_MAX = 1_000
"""Items of one bulk body."""

_encode = msgspec.json.Encoder().encode


class Items(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bulk body: up to 1,000 items, each decided and answered for itself."""

    items: tuple[msgspec.Raw, ...]


class ItemAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one item: the HTTP status it would have had alone, with its result or its problem.

    `repeated`: it was decided before, and this is the answer it got then. `quarantine` is the id of the entry that
    keeps what could not be read or placed until somebody corrects it.
    """

    status: int
    result: Any = None
    problem: Any = None
    repeated: bool = False
    quarantine: int | None = None


_decode_items = msgspec.json.Decoder(Items).decode


def command_route(  # noqa: PLR0913 - one declaration a route
    services: Services,
    path: str,
    operation: Operation[Any, Any],
    permission: Permission,
    summary: str,
    *,
    status: int = 200,
    given: Sequence[str] = (),
    local: Local | None = None,
    method: str = "POST",
    key: KeyRule = "required",
    body_optional: bool = False,
) -> Route:
    """A route that runs one command.

    `given` names the command's fields that stand in the path. `local` says whether a caller bound to a node stays
    there. The answer is the stored one, byte for byte, also when the request is repeated.
    """
    reader: Reader[Any] = Reader(operation.command, given)
    submit = services.batcher(operation).submit
    bytes_max = services.settings.body_bytes_max

    async def respond(exchange: Exchange) -> Answer:
        sent_key = key_of(exchange, key)
        body = await exchange.body(bytes_max)
        if body_optional:
            body = body or b"{}"
        command = reader.read(body, **exchange.path_values()) if given else reader.read(body)
        await _check(services, exchange, permission, local, command)
        outcome = await submit(operation.call(command, sent_key, actor=exchange.principal, trace=exchange.trace))
        return answered(exchange, outcome, status)

    return Route(
        method=method,
        path=path,
        permission=permission,
        respond=respond,
        summary=summary,
        status=status,
        body=reader.body_type,
        result=operation.result,
        key=key,
        body_optional=body_optional,
    )


def bulk_route(
    services: Services,
    path: str,
    operation: Operation[Any, Any],
    permission: Permission,
    summary: str,
    *,
    status: int = 200,
    local: Local | None = None,
    key: KeyRule = "required",
) -> Route:
    """A route that runs up to `ITEMS_MAX` commands of one operation, each for itself: never all or nothing.

    The key of an item is the request's key and its position: a repeated request gives every item its first answer.
    """
    reader: Reader[Any] = Reader(operation.command)
    batcher = services.batcher(operation)

    async def respond(exchange: Exchange) -> Answer:
        sent_key = key_of(exchange, key)
        items = await read_items(services, exchange)
        answers: list[bytes] = [b""] * len(items)
        calls, places = [], []
        for place, item in enumerate(items):
            try:
                command = reader.read(item)
                await _check(services, exchange, permission, local, command)
            except RefusedError as refused:
                answers[place] = refused_item(exchange, refused.refusal)
                continue
            item_key = f"{sent_key}\x1f{place}"
            calls.append(operation.call(command, item_key, actor=exchange.principal, trace=exchange.trace))
            places.append(place)
        outcomes = await batcher.submit_many(calls)
        for place, outcome in zip(places, outcomes, strict=True):
            answers[place] = decided_item(exchange, outcome, status)
        return bulk_answer(answers, repeated=bool(outcomes) and all(outcome.repeated for outcome in outcomes))

    return Route(
        method="POST",
        path=path,
        permission=permission,
        respond=respond,
        summary=summary,
        body=list[operation.command],  # type: ignore[name-defined]
        result=list[operation.result],  # type: ignore[name-defined]
        key=key,
    )


def key_of(exchange: Exchange, rule: KeyRule) -> str:
    """The idempotency key of a write; one made up for a write that need not have any."""
    if rule == "required":
        return exchange.required_key()
    return exchange.idempotency_key() or uuid4().hex


def answered(exchange: Exchange, outcome: Outcome, status: int) -> Answer:
    """The answer for the outcome of a command."""
    if outcome.accepted:
        if outcome.repeated:
            return Answer(status, outcome.body, JSON, REPLAYED)
        return Answer(status, outcome.body, JSON)
    return exchange.refused(outcome.refusal(), *((REPLAYED,) if outcome.repeated else ()))


async def read_items(services: Services, exchange: Exchange) -> list[bytes]:
    """The items of a bulk body, each as JSON; refused when the body is none, or holds too many."""
    body = await exchange.body(services.settings.body_bytes_max)
    items = decode_items(body)
    if len(items) > ITEMS_MAX:
        raise RefusedError(refuse(TOO_LARGE, "/items", size=f"{len(items)} items", limit=f"{ITEMS_MAX} items"))
    return items


def decode_items(body: bytes) -> list[bytes]:
    """The items of a bulk body; what is wrong inside an item is that item's own matter."""
    found: Items = decode(_decode_items, body, deep=False)
    return [bytes(item) for item in found.items]


def refused_item(exchange: Exchange, refusal: Refusal, quarantine: int | None = None) -> bytes:
    """The answer for an item that was refused, or held back in quarantine."""
    shown = problem(refusal, exchange.language, trace=exchange.trace)
    if quarantine is None:
        return _encode({"status": shown.status, "problem": shown})
    return _encode({"status": 202, "quarantine": quarantine, "problem": shown})


def decided_item(exchange: Exchange, outcome: Outcome, status: int) -> bytes:
    """The answer for an item that was decided."""
    repeated = b',"repeated":true' if outcome.repeated else b""
    if outcome.accepted:
        return b'{"status":%d,"result":%b%b}' % (status, outcome.body, repeated)
    refusal = outcome.refusal()
    shown = _encode(problem(refusal, exchange.language, trace=exchange.trace))
    return b'{"status":%d,"problem":%b%b}' % (status_of(refusal), shown, repeated)


def bulk_answer(answers: Sequence[bytes], *, repeated: bool) -> Answer:
    """The answers of all items, in order."""
    return Answer(200, b'{"items":[%b]}' % b",".join(answers), JSON, *((REPLAYED,) if repeated else ()))


async def _check(
    services: Services, exchange: Exchange, permission: Permission, local: Local | None, command: object
) -> None:
    """Raises `RefusedError` when the caller is bound to a node and the command goes beyond it."""
    caller = bound(exchange, permission)
    if caller is not None and (local is None or not await local(services, caller, command)):
        raise elsewhere(permission)

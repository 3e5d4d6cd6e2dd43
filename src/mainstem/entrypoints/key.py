"""`mainstem key`: for an operator who holds the database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mainstem.entrypoints.exits import CommandError, Exit
from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import json_option, product, tell

if TYPE_CHECKING:
    from mainstem.platform.access import KeyRow, PrincipalRow
    from mainstem.platform.execution import Operation
    from mainstem.platform.postgres import Database

T = TypeVar("T")

PAGE = 1_000
OPERATOR = 0
"""The actor of what is done on the machine itself, without a key."""


@click.group("key", help=say("Issue, list and revoke API keys.", "签发、列出与吊销 API 密钥。"))
def command() -> None:
    """The group of the commands below."""


@command.command(
    "issue",
    help=say(
        "Issue a key to a principal by NAME and print its secret, this once. Without NAME: a further key of the first"
        " administrator, for whoever has lost the others. With --role the principal is created.",
        "为名为 NAME 的主体签发密钥并显示一次。不给出 NAME 时，为首位管理员再签发一个密钥（用于密钥遗失）。"
        "给出 --role 时新建该主体。",
    ),
)
@click.argument("name", required=False)
@click.option("--role", help=say("Create the principal in this role.", "以此角色新建主体。"))
@click.option("--node", help=say("Code of the node that a bound role belongs to.", "绑定角色所属节点的编码。"))
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help=say("A permission the key is limited to; may be repeated.", "将密钥限于此权限；可重复给出。"),
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    help=say("Days until it expires; never when not given.", "有效天数；默认永久。"),
)
@json_option
def issue(
    *, name: str | None, role: str | None, node: str | None, scopes: tuple[str, ...], days: int | None, as_json: bool
) -> None:
    """Issue a key."""
    if name is None and (role or node or scopes or days):
        raise click.UsageError(say("Options need a NAME.", "给出选项时必须给出 NAME。"))
    secret = _with_database(lambda database: _issue(database, name, role, node, scopes, days))
    if as_json:
        product({"secret": secret})
        return
    tell(say("The secret, shown this once:", "密钥，仅显示这一次："))
    print(secret)


@command.command("list", help=say("List the keys, never their secrets.", "列出密钥（不含密文）。"))
@json_option
def list_(*, as_json: bool) -> None:
    """List every key with its principal."""
    keys, principals = _with_database(_everything)
    named = {principal.principal: principal for principal in principals}
    if as_json:
        product([{"principal": named[key.principal], "key": key} for key in keys])
        return
    for key in keys:
        owner = named[key.principal]
        state = _state(key)
        scopes = ", ".join(key.scopes) or say("all of the role", "角色的全部权限")
        print(f"{key.key}  {key.prefix}…  {owner.name} ({owner.role})  {scopes}  {state}")


@command.command("revoke", help=say("Revoke the key with this id, for good.", "永久吊销此编号的密钥。"))
@click.argument("key", type=int)
@json_option
def revoke(*, key: int, as_json: bool) -> None:
    """Revoke a key."""
    from mainstem.platform.access import REVOKE_KEY, RevokeKey

    revoked = _with_database(lambda database: _execute(database, REVOKE_KEY, RevokeKey(key)))
    if as_json:
        product(revoked)
    else:
        print(say(f"Key {key} ({revoked.prefix}…) is revoked.", f"密钥 {key}（{revoked.prefix}…）已吊销。"))


def _with_database(act: "Callable[[Database], Awaitable[T]]") -> T:
    from mainstem.entrypoints.runtime import open_database
    from mainstem.entrypoints.storage import bring_up_to_date, opened
    from mainstem.platform import settings as configuration

    settings = configuration.load()

    async def run(url: str) -> T:
        async with open_database(settings, url, "mainstem key", sealed=False) as database:
            return await act(database)

    with opened(settings) as storage:
        bring_up_to_date(storage.url)
        return asyncio.run(run(storage.url))


async def _issue(
    database: "Database",
    name: str | None,
    role: str | None,
    node: str | None,
    scopes: tuple[str, ...],
    days: int | None,
) -> str:
    import secrets

    from mainstem.kernel.refusals import RefusedError
    from mainstem.platform import access
    from mainstem.platform.execution import Executor

    if name is None:
        return await access.ensure_administrator(database) or await access.recover_administrator(database)
    if role is None:
        principal = await _principal(database, name)
    else:
        place = None if node is None else await _node(database, node)
        made = await _execute(database, access.CREATE_PRINCIPAL, access.CreatePrincipal(name, role, place))
        principal = made.principal
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    issuance = access.issue(access.KeyTerms(principal, scopes, expires_at), secrets.token_hex(16), actor=OPERATOR)
    (outcome,) = await Executor(database).execute(access.ISSUE_KEY, [issuance.call])
    secret = issuance.secret(outcome)
    if secret is None:
        raise RefusedError(outcome.refusal())
    return secret


async def _execute(database: "Database", operation: "Operation[Any, T]", command_: object) -> T:
    import secrets

    import msgspec

    from mainstem.kernel.refusals import RefusedError
    from mainstem.platform.execution import Executor

    call = operation.call(command_, secrets.token_hex(16), actor=OPERATOR)
    (outcome,) = await Executor(database).execute(operation, [call])
    if not outcome.accepted:
        raise RefusedError(outcome.refusal())
    return msgspec.json.decode(outcome.body, type=operation.result)


async def _principal(database: "Database", name: str) -> int:
    _, principals = await _everything(database)
    for principal in principals:
        if principal.name == name:
            return principal.principal
    raise CommandError(
        Exit.FOUND,
        f"There is no principal {name}. Give --role to create one, or see `mainstem key list`.",
        f"没有名为 {name} 的主体。请用 --role 新建，或查看 `mainstem key list`。",
    )


async def _node(database: "Database", code: str) -> int:
    from mainstem.domains import catalog
    from mainstem.kernel.refusals import RefusedError, refuse
    from mainstem.platform.query import ask

    async with database.transaction() as connection:
        (nodes,) = await ask(connection, catalog.nodes_by_code([code]))
    if code not in nodes:
        raise RefusedError(refuse(catalog.UNKNOWN_NODE, node=code))
    return nodes[code].id


async def _everything(database: "Database") -> "tuple[list[KeyRow], list[PrincipalRow]]":
    from mainstem.platform.access import list_keys, list_principals
    from mainstem.platform.query import ask

    keys: list[KeyRow] = []
    principals: list[PrincipalRow] = []
    async with database.snapshot() as connection:
        while True:
            (page,) = await ask(connection, list_keys(after=keys[-1].key if keys else 0, limit=PAGE))
            keys += page
            if len(page) < PAGE:
                break
        while True:
            after = principals[-1].principal if principals else 0
            (people,) = await ask(connection, list_principals(after=after, limit=PAGE))
            principals += people
            if len(people) < PAGE:
                return keys, principals


def _state(key: "KeyRow") -> str:
    if key.revoked_at is not None:
        return say(f"revoked {key.revoked_at:%Y-%m-%d}", f"已于 {key.revoked_at:%Y-%m-%d} 吊销")
    if key.expires_at is not None and key.expires_at <= datetime.now(UTC):
        return say(f"expired {key.expires_at:%Y-%m-%d}", f"已于 {key.expires_at:%Y-%m-%d} 过期")
    if key.last_used_at is None:
        return say("never used", "从未使用")
    return say(f"used {key.last_used_at:%Y-%m-%d %H:%M}Z", f"最近使用 {key.last_used_at:%Y-%m-%d %H:%M}Z")

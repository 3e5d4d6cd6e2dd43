"""`mainstem serve`: the database, the API and the worker, until told to stop."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from mainstem.entrypoints.exits import CommandError, Exit
from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import json_option

if TYPE_CHECKING:
    from mainstem.entrypoints.runtime import Extra
    from mainstem.entrypoints.storage import Storage
    from mainstem.platform.settings import Settings

CONNECTIONS_BESIDE = 8
"""Connections beside the pools of the API processes and the worker: jobs, notifications, the doctor."""

Ready = Callable[[str, dict[str, Any]], None]
"""Called once with the URL and the process ids, when requests are answered."""


@click.command(
    "serve",
    help=say(
        "Serve the API and the console, and run the worker. Starts the embedded PostgreSQL unless"
        " MAINSTEM_DATABASE_URL names another, and migrates it. Stops on SIGTERM or Ctrl-C when every request in"
        " flight is answered; on the second one at once.",
        "提供 API 与控制台，并运行后台进程。未设置 MAINSTEM_DATABASE_URL 时启动内嵌的 PostgreSQL，并完成迁移。"
        "收到 SIGTERM 或 Ctrl-C 后，待在途请求全部答复再停止；再次收到则立即停止。",
    ),
)
@click.option("--host", help=say("Address to listen on (MAINSTEM_HOST).", "监听地址（MAINSTEM_HOST）。"))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=say("TCP port (MAINSTEM_PORT); 0 takes a free one.", "TCP 端口（MAINSTEM_PORT）;0 表示任选空闲端口。"),
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help=say("Number of API processes (MAINSTEM_WORKERS).", "API 进程数（MAINSTEM_WORKERS）。"),
)
@json_option
def command(*, host: str | None, port: int | None, workers: int | None, as_json: bool) -> None:
    """Serve what the settings say."""
    import msgspec

    from mainstem.entrypoints.storage import bring_up_to_date, opened
    from mainstem.platform import settings as configuration
    from mainstem.platform.telemetry import configure_logging
    from mainstem.platform.vault_keys import vault

    given = {"host": host, "port": port, "workers": workers}
    settings = configuration.load()
    settings = msgspec.structs.replace(settings, **{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_level, settings.log_format)
    with listen(settings) as listener, opened(settings) as storage:
        check_sign_in(settings)
        bring_up_to_date(storage.url)
        vault(settings, storage.url)
        key = first_key(storage.url)
        link = first_link(storage.url)
        serve_forever(
            settings, storage, listener, on_ready=lambda url, pids: _announce(url, pids, key, link, as_json=as_json)
        )


def listen(settings: "Settings") -> socket.socket:
    """The listening socket, shared by all API processes and kept by the parent: none who connects is turned away while
    a process is started again.

    Raises `CommandError` when the address cannot be had.
    """
    from mainstem.entrypoints.runtime import BACKLOG

    _refuse_too_many_connections(settings)
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    return listener


def serve_forever(
    settings: "Settings",
    storage: "Storage",
    listener: socket.socket,
    *,
    on_ready: Ready,
    extra: "Sequence[Extra]" = (),
) -> None:
    """Serve a database that is up to date until told to stop by SIGTERM or SIGINT.

    `extra` runs in the worker process beside its own loops. To be called in the main thread, which gets the signals.
    """
    from mainstem.entrypoints.supervisor import Supervisor

    supervisor = Supervisor(settings, storage, listener, extra)
    supervisor.run(lambda: on_ready(address_of(listener), supervisor.pids() | {"postgres": storage.pid}))


def first_key(url: str) -> str | None:
    """The secret of the first administrator's key if it was made now."""
    from mainstem.platform.access import ensure_administrator
    from mainstem.platform.postgres import Database

    async def ensure() -> str | None:
        async with Database(url, pool_size=1, application="mainstem serve") as database:
            return await ensure_administrator(database)

    return asyncio.run(ensure())


def check_sign_in(settings: "Settings") -> None:
    """Make the secret key where there is none, and see that what people sign in with is set as it must be.

    Raises SettingsError.
    """
    from mainstem.platform import crypto
    from mainstem.platform.access.people import oidc
    from mainstem.platform.settings import SettingsError

    crypto.box(settings)
    try:
        oidc.roles_of(settings.oidc_roles)
    except ValueError as error:
        raise SettingsError(
            f"MAINSTEM_OIDC_ROLES: {error}. Correct it there.", f"MAINSTEM_OIDC_ROLES：{error}。请更正。"
        ) from error


def first_link(url: str) -> str | None:
    """The path of the link that lets the first administrator set a password, while nobody can sign in as one."""
    from mainstem.platform.access import people
    from mainstem.platform.postgres import Database

    async def make() -> str | None:
        async with Database(url, pool_size=1, application="mainstem serve") as database:
            return await people.first_link(database)

    return asyncio.run(make())


def address_of(listener: socket.socket) -> str:
    """The URL at which a listener is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def tell_first_key(key: str) -> None:
    """Show the first key; nobody can show it again."""
    print(say("The administrator's API key, shown this once:", "管理员的 API 密钥，仅显示这一次："))
    print(f"  {key}", flush=True)


def tell_first_link(address: str) -> None:
    """Show the link for the first password; the next start shows another one until it is set."""
    print(
        say(
            "To sign in to the console, set the administrator's password here, once, within 24 hours:",
            "要登录控制台，请在 24 小时内打开此一次性链接，设置管理员密码：",
        )
    )
    print(f"  {address}", flush=True)


def _announce(url: str, pids: dict[str, Any], key: str | None, link: str | None, *, as_json: bool) -> None:
    import msgspec

    address = None if link is None else url + link
    if as_json:
        said = {"url": url, "administrator_key": key, "administrator_link": address, **pids}
        print(msgspec.json.encode(said).decode(), flush=True)
        return
    if key is not None:
        tell_first_key(key)
    if address is not None:
        tell_first_link(address)
    print(say(f"Mainstem serves at {url}", f"Mainstem 已就绪：{url}"), flush=True)


def _cannot_listen(host: str, port: int, error: OSError) -> CommandError:
    if error.errno == errno.EADDRINUSE:
        return CommandError(
            Exit.SETTINGS,
            f"Port {port} of {host} is in use. Stop what uses it, or choose another with --port or MAINSTEM_PORT.",
            f"{host} 的端口 {port} 已被占用。请停止占用它的程序，或用 --port 或 MAINSTEM_PORT 另选端口。",
        )
    told = error.strerror or os.strerror(error.errno or 0)
    return CommandError(
        Exit.SETTINGS,
        f"Cannot listen on {host}, port {port}: {told}. Correct --host and --port (MAINSTEM_HOST, MAINSTEM_PORT).",
        f"无法监听 {host} 的端口 {port}:{told}。请更正 --host 与 --port（MAINSTEM_HOST、MAINSTEM_PORT）。",
    )


def _refuse_too_many_connections(settings: "Settings") -> None:
    from mainstem.platform.embedded.machine import CONNECTIONS_MAX

    wanted = (settings.workers + 1) * settings.pool_size + CONNECTIONS_BESIDE
    if settings.database_url is None and wanted > CONNECTIONS_MAX:
        raise CommandError(
            Exit.SETTINGS,
            f"{settings.workers} API processes and a worker with {settings.pool_size} connections each need {wanted};"
            f" the embedded database has {CONNECTIONS_MAX}. Lower MAINSTEM_WORKERS or MAINSTEM_POOL_SIZE.",
            f"{settings.workers} 个 API 进程与后台进程各用 {settings.pool_size} 个连接，共需 {wanted} 个；"
            f"内嵌数据库只有 {CONNECTIONS_MAX} 个。请调低 MAINSTEM_WORKERS 或 MAINSTEM_POOL_SIZE。",
        )

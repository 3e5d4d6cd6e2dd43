"""`mainstem vault`: the keys under which personal data is encrypted, for an operator who holds the database."""

import asyncio
from typing import TYPE_CHECKING

import click

from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import json_option, product, progress_bar

if TYPE_CHECKING:
    from mainstem.domains.customers import Rewrapping
    from mainstem.platform.settings import Settings


@click.group("vault", help=say("Keys of personal data: state and rotation.", "个人数据的密钥：状态与轮换。"))
def command() -> None:
    """The group of the commands below."""


@command.command("status", help=say("Count the keys of customers by what wraps them.", "按封装方式统计客户密钥数量。"))
@json_option
def status(*, as_json: bool) -> None:
    """Say what there is."""
    from mainstem.entrypoints.storage import bring_up_to_date, opened
    from mainstem.platform import settings as configuration

    settings = configuration.load()
    with opened(settings) as storage:
        bring_up_to_date(storage.url)
        found = asyncio.run(_count(settings, storage.url))
    if as_json:
        product(found)
        return
    print(
        say(
            f"{found.current:,} keys of customers are wrapped by the newest wrapping key, {found.former:,} by former"
            " ones.",
            f"{found.current:,} 个客户密钥由最新的封装密钥封装，{found.former:,} 个由旧的封装密钥封装。",
        )
    )


@command.command(
    "rotate",
    help=say(
        "Make a new wrapping key and wrap the key of every customer with it; wrap the vault's own keys with the first"
        " key of MAINSTEM_SECRET_KEY, or with the key management service, and encrypt the secrets of two-step sign-in"
        " with that first key. Nothing else is read. Interrupted, it goes on when it is run again.",
        "生成新的封装密钥，并用它重新封装每位客户的密钥；用 MAINSTEM_SECRET_KEY 的第一个密钥（或密钥管理服务）"
        "重新封装保险库自身的密钥，并用该密钥重新加密两步验证的密钥。不读取其他内容。中断后再次运行即可继续。",
    ),
)
@json_option
def rotate(*, as_json: bool) -> None:
    """Rotate the keys."""
    from mainstem.entrypoints.storage import bring_up_to_date, opened
    from mainstem.platform import settings as configuration
    from mainstem.platform.vault_keys import renew

    settings = configuration.load()
    with opened(settings) as storage:
        bring_up_to_date(storage.url)
        unfinished = asyncio.run(_count(settings, storage.url)).former > 0
        renew(settings, storage.url, wrapping_key=not unfinished)
        done = asyncio.run(_rotate(settings, storage.url))
    if as_json:
        product({"rewrapped": done.rewrapped, "went_on": unfinished})
        return
    if unfinished:
        print(say("A rotation that was interrupted went on.", "已继续此前中断的轮换。"))
    print(
        say(
            f"{done.rewrapped:,} keys of customers were wrapped anew. Former keys may now be taken out of"
            " MAINSTEM_SECRET_KEY.",
            f"已重新封装 {done.rewrapped:,} 个客户密钥。现在可以从 MAINSTEM_SECRET_KEY 中移除旧密钥。",
        )
    )


async def _count(settings: "Settings", url: str) -> "Rewrapping":
    from mainstem.domains import customers
    from mainstem.entrypoints.runtime import open_database
    from mainstem.platform.query import ask

    async with (
        open_database(settings, url, "mainstem vault") as database,
        database.snapshot() as connection,
    ):
        (found,) = await ask(connection, customers.wrapped_keys(database.vault))
        return found


async def _rotate(settings: "Settings", url: str) -> "Rewrapping":
    from mainstem.domains import customers
    from mainstem.entrypoints.runtime import open_database
    from mainstem.platform import crypto
    from mainstem.platform.access import people

    async with open_database(settings, url, "mainstem vault") as database:
        await people.reseal_secrets(database, crypto.box(settings))
        with progress_bar(say("keys of customers", "客户密钥")) as progress:
            return await customers.rewrap_keys(database, progress)

"""`mainstem demo`: a real grocer's year through the ordinary command path, its account, and then the server."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from mainstem.entrypoints.exits import CommandError, Exit
from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import json_option, product, tell

if TYPE_CHECKING:
    from mainstem.connectors.complete_journey.summary import Proof, Summary
    from mainstem.platform.settings import Settings

Progress = Callable[[str, int, int], None]

STAGES = {
    "products": ("products", "商品"),
    "prices": ("prices (derived)", "价格（推算）"),
    "households": ("loyalty cards", "会员卡"),
    "opening stock": ("opening stock (derived), lines", "期初库存（推算），行"),
    "sales": ("till sales and deliveries, lines", "门店销售与到货，行"),
    "twin": ("the twin (derived promotions), weeks", "试算（推算促销），周"),
}
TELL_SECONDS = 5.0
"""How often progress is told where no person watches a bar."""


@click.command(
    "demo",
    help=say(
        "Import the Complete Journey, a real grocer's year, replay its baskets as till sales, print the account,"
        " then serve it with simulated live traffic. Interrupted, it goes on where it was.",
        "导入 Complete Journey（一家真实超市一年的数据），把购物篮作为门店销售回放，打印对账结果，"
        "随后提供服务并产生模拟流量。中断后可从断点继续。",
    ),
)
@click.option("--fresh", is_flag=True, help=say("Start over with an empty database.", "清空数据库，重新开始。"))
@click.option("--no-serve", is_flag=True, help=say("End after the account.", "打印对账结果后结束。"))
@click.option("--no-traffic", is_flag=True, help=say("Serve without simulated traffic.", "提供服务但不产生模拟流量。"))
@click.option(
    "--port", type=click.IntRange(0, 65535), help=say("TCP port (MAINSTEM_PORT).", "TCP 端口（MAINSTEM_PORT）。")
)
@json_option
def command(*, fresh: bool, no_serve: bool, no_traffic: bool, port: int | None, as_json: bool) -> None:
    """Replay, then serve."""
    import msgspec

    from mainstem.connectors.complete_journey import source
    from mainstem.entrypoints import serve
    from mainstem.entrypoints.storage import bring_up_to_date, opened
    from mainstem.platform import settings as configuration
    from mainstem.platform.collector import relax_collector
    from mainstem.platform.telemetry import configure_logging

    started = time.monotonic()
    settings = configuration.load()
    if port is not None:
        settings = msgspec.structs.replace(settings, port=port)
    quiet = settings
    if settings.log_level == "info":
        quiet = msgspec.structs.replace(settings, log_level="warning")
    configure_logging(quiet.log_level, quiet.log_format)
    try:
        source.connect().close()
    except source.DatasetAbsentError as error:
        raise CommandError(Exit.USAGE, str(error), f"缺少演示数据集：{error}") from error
    if fresh:
        _start_over(settings)
    listener = None if no_serve else serve.listen(settings)
    with opened(settings) as storage:
        serve.check_sign_in(settings)
        bring_up_to_date(storage.url)
        relax_collector()
        summary = asyncio.run(_replayed(settings, storage.url, started))
        product(summary) if as_json else _show(summary)
        if not summary.reconciled:
            raise SystemExit(Exit.FOUND)
        if listener is None:
            return
        key = serve.first_key(storage.url)
        link = _sign_in_link(storage.url)
        extra = () if no_traffic else (_traffic(),)
        serve.serve_forever(
            quiet,
            storage,
            listener,
            on_ready=lambda url, _: _ready(url, key, link, traffic=not no_traffic),
            extra=extra,
        )


def _start_over(settings: "Settings") -> None:
    from mainstem.platform import embedded

    if settings.database_url is not None:
        raise CommandError(
            Exit.USAGE,
            "--fresh only empties the embedded database. Drop and create the one in MAINSTEM_DATABASE_URL yourself.",
            "--fresh 只能清空内嵌数据库。MAINSTEM_DATABASE_URL 指定的数据库请自行删除并重建。",
        )
    embedded.destroy(settings.data_dir)


async def _replayed(settings: "Settings", url: str, started: float) -> "Summary":
    from mainstem.connectors.complete_journey import source
    from mainstem.connectors.complete_journey.replay import replay
    from mainstem.connectors.complete_journey.summary import summarise
    from mainstem.entrypoints.runtime import open_database
    from mainstem.platform.execution import Executor

    source_connection = source.connect()
    try:
        totals = source.source_totals(source_connection)
        async with open_database(settings, url, "mainstem demo") as database:
            with _progress() as progress:
                took = await replay(Executor(database), source_connection, totals, progress)
                proof = await asyncio.to_thread(_proven, progress)
            return await summarise(database, totals, took, time.monotonic() - started, proof)
    finally:
        source_connection.close()


def _proven(progress: Progress) -> "Proof":
    """The year again, through the quote function, under the promotions derived from it."""
    from mainstem.analytics.twin import Draft
    from mainstem.connectors.complete_journey.summary import Proof
    from mainstem.entrypoints.twin import replay_journey

    result = replay_journey(Draft(as_ran=True), lambda done, total: progress("twin", done, total or 1))
    return Proof(result.reproduced_lines, result.total.lines, result.reasons, result.seconds)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar a stage for a person; a line now and then for a log."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(say(*STAGES[stage]), total=total)
            bars.update(tasks[stage], completed=done)

        yield show


def _lines() -> Progress:
    told: dict[str, float] = {}

    def show(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - told.get(stage, 0.0) >= TELL_SECONDS:
            told[stage] = now
            tell(f"{say(*STAGES[stage])}: {done:,} / {total:,}")

    return show


def _traffic() -> Any:  # noqa: ANN401 - a task of the worker, see runtime.Extra
    from mainstem.connectors.complete_journey.commands import CHANNEL
    from mainstem.connectors.simulator import ORDERS_PER_SECOND, simulate

    return partial(simulate, source=CHANNEL, per_second=ORDERS_PER_SECOND)


def _sign_in_link(url: str) -> str:
    """The path of a link that signs the first administrator in."""
    from mainstem.platform.access import people
    from mainstem.platform.postgres import Database

    async def make() -> str:
        async with Database(url, pool_size=1, application="mainstem demo") as database:
            return await people.administrator_link(database, "sign_in")

    return asyncio.run(make())


def _ready(url: str, key: str | None, link: str, *, traffic: bool) -> None:
    from mainstem.entrypoints.serve import tell_first_key

    if key is not None:
        tell_first_key(key)
    if traffic:
        print(
            say(
                "Live traffic is simulated: its channels are named so and their codes begin with sim-.",
                "实时流量为模拟数据：其渠道名称已注明，代码以 sim- 开头。",
            )
        )
    print(
        say(
            "Sign in as the administrator here, once, within 15 minutes; start the demo again for another link:",
            "请在 15 分钟内用此一次性链接以管理员身份登录；如需新链接，请重新启动演示：",
        )
    )
    print(f"  {url}{link}")
    print(say(f"Mainstem serves at {url}", f"Mainstem 已就绪：{url}"), flush=True)


def _show(summary: "Summary") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=say("The Complete Journey in Mainstem", "Mainstem 中的 Complete Journey"), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for (en, zh), value in _rows(summary):
        table.add_row(say(en, zh), value)
    console = Console()
    console.print(table)
    if summary.reconciled:
        told = say("Reconciles with the source to the cent.", "与源数据逐分对账一致。")
    else:
        told = say(f"Differs from the source: {summary.differences}", f"与源数据不一致：{summary.differences}")
    console.print(told)
    console.print(
        say(
            "Stock is derived from the data's own demand, prices from its regular prices and promotions from charged"
            " amounts: the source has none of them.",
            "库存由数据自身的需求推算，价格由其常规售价推算，促销由计费金额推算：源数据均未提供。",
        )
    )


def _rows(summary: "Summary") -> list[tuple[tuple[str, str], str]]:
    rows = [
        (("baskets", "购物篮"), f"{summary.baskets:,}"),
        (("lines", "行"), f"{summary.lines:,}"),
        (("sales value, USD", "销售额，美元"), _money(summary.sales_value_minor)),
        (("retail discount, USD", "零售折扣，美元"), _money(summary.discounts_minor["retail"])),
        (
            ("coupons (paid by manufacturers), USD", "优惠券（厂商支付），美元"),
            _money(summary.discounts_minor["coupon"]),
        ),
        (("coupon match, USD", "优惠券匹配，美元"), _money(summary.discounts_minor["coupon_match"])),
        (("stores", "门店"), f"{summary.stores:,}"),
        (("products sold", "售出商品"), f"{summary.products:,}"),
        (("households", "家庭"), f"{summary.households:,}"),
        (("refused", "拒绝"), f"{summary.refused:,}"),
        (("in quarantine", "隔离"), f"{summary.quarantined:,}"),
        (("placeholder products", "占位商品"), f"{summary.placeholder_products:,}"),
        (("stock discrepancies (derived stock)", "库存差异（推算库存）"), f"{summary.discrepancies:,}"),
    ]
    rows += [((f"findings: {code}", f"数据问题：{code}"), f"{count:,}") for code, count in summary.data_quality.items()]
    rows.append((("lines per second", "每秒行数"), f"{summary.lines_per_second:,.0f}"))
    from mainstem.entrypoints.twin import reason_text

    twin = summary.twin
    rows.append(
        (
            ("twin: lines at derived prices and promotions, to the cent", "试算：按推算价格与促销逐分相同的行"),
            f"{twin.reproduced:,} / {twin.lines:,}",
        )
    )
    rows += [(reason_text(code), f"{count:,}") for code, count in twin.reasons.items()]
    rows.append((("twin: seconds for the year", "试算：全年用时（秒）"), f"{twin.seconds:.1f}"))
    return rows


def _money(minor: int) -> str:
    return f"{minor // 100:,}.{minor % 100:02d}"

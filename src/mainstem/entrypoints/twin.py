"""`mainstem twin`."""

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mainstem.entrypoints.exits import CommandError, Exit
from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import Progress, json_option, product, progress_bar

if TYPE_CHECKING:
    from mainstem.analytics.twin import Draft, TwinResult

_DRAFT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    "twin",
    help=say(
        "Replay history through the real quote function under a DRAFT of promotions and prices (JSON, docs/twin.md):"
        " orders and sales of the database between two moments, or with --journey the Complete Journey, under the"
        " promotions derived from it and those of the draft. Writes nothing to the database.",
        "用真实报价函数在草案（DRAFT，JSON，见 docs/twin.md）的促销与价格下重放历史：数据库中两个时刻之间的订单与销售；"
        "或用 --journey 重放 Complete Journey，采用由其推算的促销与草案中的促销。不向数据库写入任何内容。",
    ),
)
@click.argument("draft", type=_DRAFT, required=False)
@click.option("--journey", is_flag=True, help=say("Replay the demo's data set.", "重放演示数据集。"))
@click.option("--since", help=say("First moment (RFC 3339).", "起始时刻（RFC 3339）。"))
@click.option("--until", help=say("End, not included (RFC 3339).", "结束时刻，不含（RFC 3339）。"))
@click.option("--currency", default="USD", show_default=True, help=say("Currency of the orders.", "订单币种。"))
@click.option("--channel", help=say("Only this channel, by code.", "仅此渠道（代码）。"))
@click.option("--node", help=say("Only this node, by code.", "仅此节点（代码）。"))
@json_option
def command(
    *,
    draft: Path | None,
    journey: bool,
    since: str | None,
    until: str | None,
    currency: str,
    channel: str | None,
    node: str | None,
    as_json: bool,
) -> None:
    """Replay and say what came of it."""
    import msgspec

    from mainstem.analytics.twin import Draft

    try:
        tried = Draft(as_ran=journey) if draft is None else msgspec.json.decode(draft.read_bytes(), type=Draft)
        with progress_bar(say("weeks", "周") if journey else say("slices", "片段")) as progress:
            if journey:
                result = replay_journey(tried, progress)
            else:
                result = _replay_database(tried, (_moment(since), _moment(until)), currency, channel, node, progress)
    except (ValueError, msgspec.DecodeError) as error:
        raise CommandError(Exit.USAGE, str(error), f"无法试算：{error}") from error
    if as_json:
        product(result)
    else:
        print_twin(result)
    raise SystemExit(Exit.OK)


def replay_journey(draft: "Draft", progress: Progress | None) -> "TwinResult":
    """Derive what ran in the Complete Journey and replay the year. Raises CommandError where the data set is absent."""
    from mainstem.analytics import twin
    from mainstem.connectors.complete_journey import promotions, promotions_span, source

    try:
        connection = source.connect()
    except source.DatasetAbsentError as error:
        raise CommandError(Exit.USAGE, str(error), f"缺少演示数据集：{error}") from error
    with tempfile.TemporaryDirectory(prefix="mainstem-twin-") as folder:
        try:
            promotions.derive(connection)
            promotions_span.write_span(connection, Path(folder))
        finally:
            connection.close()
        return twin.replay(Path(folder), draft, progress or (lambda _done, _total: None))


def _moment(text: str | None) -> datetime:
    if text is None:
        raise ValueError(say("give --since and --until, or --journey", "请给出 --since 与 --until，或 --journey"))
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(say("moments need their offset from UTC", "时刻需带有与 UTC 的时差"))
    return moment


def _replay_database(
    draft: "Draft",
    span: tuple[datetime, datetime],
    currency: str,
    channel: str | None,
    node: str | None,
    progress: Progress | None,
) -> "TwinResult":
    from mainstem.analytics import twin
    from mainstem.entrypoints.runtime import open_database
    from mainstem.entrypoints.storage import bring_up_to_date, opened
    from mainstem.platform import settings as configuration

    settings = configuration.load()
    asked = twin.TwinAsk("command", *span, draft, currency, channel, node)

    def note(_state: twin.State, done: int, total: int) -> None:
        if progress is not None and total:
            progress(done, total)

    async def run(url: str, folder: Path) -> "TwinResult":
        async with open_database(settings, url, "mainstem twin") as database:
            return await twin.replayed(database, asked, folder, note)

    with opened(settings) as storage, tempfile.TemporaryDirectory(prefix="mainstem-twin-") as folder:
        bring_up_to_date(storage.url)
        return asyncio.run(run(storage.url, Path(folder)))


def print_twin(result: "TwinResult") -> None:
    """Print the figures."""
    from rich.console import Console
    from rich.table import Table

    total = result.total
    table = Table(title=f"{result.source}, {result.currency}", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for (en, zh), value in (
        (("baskets", "购物篮"), f"{total.baskets:,}"),
        (("lines", "行"), f"{total.lines:,}"),
        (("charged then", "当时计费"), _money(total.charged_minor)),
        (("charged by the twin", "试算计费"), _money(total.quoted_minor)),
        (("lines the same to the cent", "逐分相同的行"), f"{result.reproduced_lines:,} ({share(result)})"),
        (("margin then", "当时毛利"), _money(total.charged_margin_minor)),
        (("margin of the twin", "试算毛利"), _money(total.margin_minor)),
        (("customers who gain, lose", "受益、受损客户"), f"{result.customers_gained:,}, {result.customers_harmed:,}"),
        (("behaviour", "行为假设"), result.behaviour),
        (("cost", "成本假设"), result.cost),
        (("seconds", "秒"), f"{result.seconds:.1f}"),
    ):
        table.add_row(say(en, zh), value)
    for reason, count in result.reasons.items():
        table.add_row(say(*reason_text(reason)), f"{count:,}")
    for effect in result.families:
        table.add_row(say(f"given by {effect.code}", f"优惠：{effect.code}"), _money(effect.amount_minor))
    Console().print(table)


def reason_text(code: str) -> tuple[str, str]:
    """What a reason for another price means, in both languages."""
    from mainstem.connectors.complete_journey.promotions import REASONS

    words = {known: (en, zh) for known, en, zh in REASONS.values()}
    words["changed"] = ("changed by the draft", "草案改变了价格")
    words["best_not_proven"] = ("best combination not found within the limit", "未在搜索上限内找到最优组合")
    en, zh = words.get(code, (code, code))
    return f"other lines: {en} ({code})", f"其余行：{zh}（{code}）"


def share(result: "TwinResult") -> str:
    """The share of lines that cost what was charged, rounded down."""
    lines = max(1, result.total.lines)
    return f"{result.reproduced_lines * 100_000 // lines / 1000:.3f} %"


def _money(minor: float) -> str:
    return f"{minor / 100:,.2f}"

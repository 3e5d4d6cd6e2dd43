"""`mainstem import`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from mainstem.entrypoints.exits import Exit
from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import json_option, product, progress_bar, tell

if TYPE_CHECKING:
    from mainstem.connectors.files import ImportOptions, ImportReport

KINDS = ("products", "nodes", "channels", "prices", "price_list", "stock", "orders", "sales")
FORMATS = ("csv", "jsonl", "parquet")


@click.command(
    "import",
    help=say(
        f"Import a file of a KIND: {', '.join(KINDS)}. CSV, JSON Lines or Parquet in the layout of"
        " docs/import-layout.md. What was imported before stays as it is, so that an interrupted import is simply run"
        " again. Exits with 1 when rows were refused.",
        f"导入一个文件，种类（KIND）为：{'、'.join(KINDS)}。格式为 CSV、JSON Lines 或 Parquet，布局见"
        " docs/import-layout.md。此前已导入的内容保持不变，因此中断后重新运行即可。有行被拒绝时退出码为 1。",
    ),
)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help=say("Format of the file; by its suffix when not given.", "文件格式；未指定时由后缀判断。"),
)
@click.option("--encoding", default="utf-8", show_default=True, help=say("Text encoding.", "文本编码。"))
@click.option(
    "--time-zone", help=say("Zone (IANA) of moments without an offset.", "无时差的时刻所属的时区（IANA 名称）。")
)
@click.option("--currency", help=say("Currency where the file names none.", "文件未写明时的币种。"))
@click.option(
    "--valid-from", help=say("Start of prices that name none (RFC 3339).", "未写明时价格的生效时刻（RFC 3339）。")
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help=say("File for the refused rows, to be corrected and imported.", "存放被拒绝行的文件，更正后可再导入。"),
)
@click.option("--dry-run", is_flag=True, help=say("Check the file and import nothing.", "只检查文件，不导入。"))
@json_option
def command(
    *,
    kind: str,
    file: Path,
    form: Literal["csv", "jsonl", "parquet"] | None,
    encoding: str,
    dry_run: bool,
    as_json: bool,
    **named: Any,  # noqa: ANN401 - options that pass through
) -> None:
    """Import a file and say what became of its rows."""
    from mainstem.connectors.files import ImportOptions, preview_file

    options = ImportOptions(format=form, encoding=encoding, **named)
    with progress_bar(file.name) as progress:
        if dry_run:
            report = preview_file(kind, file, options=options, progress=progress)
        else:
            report = _import(kind, file, options, progress)
    if as_json:
        product(report)
    else:
        print_report(report)
    raise SystemExit(Exit.FOUND if report.refused or report.quarantined else Exit.OK)


def _import(kind: str, file: Path, options: "ImportOptions", progress: Any) -> "ImportReport":  # noqa: ANN401
    from mainstem.connectors.files import import_file
    from mainstem.entrypoints.runtime import open_database
    from mainstem.entrypoints.storage import bring_up_to_date, opened
    from mainstem.platform import settings as configuration
    from mainstem.platform.execution import Executor

    settings = configuration.load()

    async def run(url: str) -> "ImportReport":
        async with open_database(settings, url, "mainstem import") as database:
            return await import_file(Executor(database), kind, file, options=options, progress=progress)

    with opened(settings) as storage:
        bring_up_to_date(storage.url)
        return asyncio.run(run(storage.url))


def print_report(report: "ImportReport") -> None:
    """Print what became of a file: the counts as the product, each refused row to the person."""
    for refusal in report.refusals:
        where = f"{refusal.row}" + (f", {refusal.field}" if refusal.field else "")
        tell(f"{report.file}:{where}: {refusal.message} {refusal.remedy}")
    hidden = report.refused + report.quarantined - len(report.refusals)
    if hidden > 0:
        tell(say(f"and {hidden} more", f"另有 {hidden} 行"))
    checked = say("checked only, ", "仅检查，") if report.dry_run else ""
    print(
        say(
            f"{report.file}: {checked}{report.rows} rows, {report.accepted} accepted, {report.refused} refused,"
            f" {report.quarantined} quarantined ({report.seconds:.1f} s)",
            f"{report.file}:{checked}{report.rows} 行，接受 {report.accepted}，拒绝 {report.refused},"
            f"隔离 {report.quarantined}（{report.seconds:.1f} 秒）",
        )
    )
    if report.rejects:
        tell(say(f"The refused rows are in {report.rejects}.", f"被拒绝的行在 {report.rejects}。"))

"""`mainstem export`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from mainstem.entrypoints.import_file import FORMATS, KINDS
from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import json_option, product, progress_bar

if TYPE_CHECKING:
    from mainstem.connectors.files import ExportReport


@click.command(
    "export",
    help=say(
        f"Export everything of a KIND ({', '.join(KINDS)}) in the layout that can be imported. The file appears under"
        " its name when it is complete.",
        f"导出某一种类（KIND:{'、'.join(KINDS)}）的全部内容，布局与导入相同。写完整后文件才以其名称出现。",
    ),
)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help=say("Format of the file; by its suffix when not given.", "文件格式；未指定时由后缀判断。"),
)
@click.option(
    "--encoding",
    default="utf-8",
    show_default=True,
    help=say("Text encoding of CSV; utf-8-sig suits spreadsheets.", "CSV 的文本编码；电子表格适合 utf-8-sig。"),
)
@click.option(
    "--masked",
    is_flag=True,
    help=say(
        "Show of customers the last characters only; such a file cannot be imported again.",
        "客户只显示末尾几位；这样的文件不能再导入。",
    ),
)
@json_option
def command(
    *,
    kind: str,
    file: Path,
    form: Literal["csv", "jsonl", "parquet"] | None,
    encoding: str,
    masked: bool,
    as_json: bool,
) -> None:
    """Export a file and say what it holds."""
    from mainstem.connectors.files import ExportOptions, export_file
    from mainstem.entrypoints.runtime import open_database
    from mainstem.entrypoints.storage import bring_up_to_date, opened
    from mainstem.platform import settings as configuration

    settings = configuration.load()
    options = ExportOptions(format=form, encoding=encoding, unmasked=not masked)

    async def run(url: str) -> "ExportReport":
        async with open_database(settings, url, "mainstem export") as database:
            with progress_bar(file.name) as progress:
                return await export_file(database, kind, file, options=options, progress=progress)

    with opened(settings) as storage:
        bring_up_to_date(storage.url)
        report = asyncio.run(run(storage.url))
    if as_json:
        product(report)
        return
    print(
        say(
            f"{report.file}: {report.rows} rows, {report.documents} documents, {report.bytes} bytes"
            f" ({report.seconds:.1f} s)",
            f"{report.file}：{report.rows} 行，{report.documents} 份单据，{report.bytes} 字节"
            f"（{report.seconds:.1f} 秒）",
        )
    )

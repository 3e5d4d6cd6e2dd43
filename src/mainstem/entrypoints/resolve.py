"""`mainstem resolve`."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from mainstem.entrypoints.exits import Exit
from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import json_option, product, tell

if TYPE_CHECKING:
    from mainstem.analytics.identity import Quality, Resolution

_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    "resolve",
    help=say(
        "Find which rows of a FILE are one person: CSV, JSON Lines or Parquet. What its columns hold is guessed from"
        " their names and contents, and said; a mapping (docs/resolve.md) has the last word. The model is trained on it"
        " without labels. Needs no database. Exits with 1 when the file cannot be used or rows of it were left out.",
        "找出文件（FILE）中哪些行是同一个人：CSV、JSON Lines 或 Parquet。列的含义由列名与内容推断并加以说明；"
        "映射文件（见 docs/resolve.md）优先。模型在该文件上无标注训练，不需要数据库。"
        "文件无法使用或有行被略过时退出码为 1。",
    ),
)
@click.argument("file", type=_PATH)
@click.option("--mapping", type=_PATH, help=say("TOML file that says what columns hold.", "说明各列含义的 TOML 文件。"))
@click.option(
    "--truth",
    metavar="COLUMN",
    help=say(
        "Column whose equal values are one person, for the figures only; FEBRL's rec-N-org, rec-N-dup-K are known.",
        "取值相同即为同一人的列，仅用于计算指标；可识别 FEBRL 的 rec-N-org、rec-N-dup-K。",
    ),
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=say("CSV for row → cluster.", "写出“行 → 聚类”的 CSV 文件。"),
)
@click.option(
    "--engine",
    type=click.Choice(("duckdb", "spark")),
    help=say(
        "Where pairs are compared; without it as the setting `engine` says. The clusters are the same.",
        "在何处比较记录对；不指定时取设置项 `engine`。聚类结果相同。",
    ),
)
@json_option
def command(
    *,
    file: Path,
    mapping: Path | None,
    truth: str | None,
    output: Path | None,
    engine: Literal["duckdb", "spark"] | None,
    as_json: bool,
) -> None:
    """Resolve a file and say what was found."""
    from mainstem.analytics.identity import ResolveOptions, resolve
    from mainstem.platform import settings

    started = time.perf_counter()

    def progress(en: str, zh: str) -> None:
        tell(f"[{time.perf_counter() - started:6.1f} s] {say(en, zh)}")

    said = settings.load()
    options = ResolveOptions(
        mapping=mapping,
        truth=truth,
        output=output,
        engine=engine or said.engine,
        spark_master=said.spark_master,
    )
    found = resolve(file, options, progress)
    if as_json:
        product(found)
    else:
        print_resolution(found)
    if found.refused_rows:
        tell(
            say(
                f"{found.refused_rows} rows do not fit the file's header, or are no JSON object, and were left out.",
                f"有 {found.refused_rows} 行与表头不符或不是 JSON 对象，已略过。",
            )
        )
    raise SystemExit(Exit.FOUND if found.refused_rows else Exit.OK)


def print_resolution(found: "Resolution") -> None:
    """Print clusters, sizes and figures."""
    print(
        say(
            f"{found.file}: {found.rows} rows, {found.clusters} people, {found.candidate_pairs} pairs compared,"
            f" {found.review_pairs} to review, {found.vetoed_pairs} joins vetoed"
            f" ({found.seconds:.1f} s, {found.engine})",
            f"{found.file}：{found.rows} 行，{found.clusters} 人，比较 {found.candidate_pairs} 对，"
            f"待复核 {found.review_pairs} 对，否决合并 {found.vetoed_pairs} 次"
            f"（{found.seconds:.1f} 秒，{found.engine}）",
        )
    )
    if found.quality is not None:
        _print_quality(found.quality)
    print(say("rows of a cluster × clusters:", "聚类行数 × 聚类数："))
    for size, times in found.cluster_sizes.items():
        print(f"{size:>8} × {times}")


def _print_quality(quality: "Quality") -> None:
    print(
        say(
            f"pairwise: precision {quality.precision:.4f}, recall {quality.recall:.4f}, F1 {quality.f1:.4f}"
            f" ({quality.correct_pairs} of {quality.found_pairs} found and {quality.true_pairs} true pairs)",
            f"成对：精确率 {quality.precision:.4f}，召回率 {quality.recall:.4f}，F1 {quality.f1:.4f}"
            f"（找到 {quality.found_pairs} 对、真实 {quality.true_pairs} 对，其中 {quality.correct_pairs} 对正确）",
        )
    )
    print(
        say(
            f"B³: precision {quality.b3_precision:.4f}, recall {quality.b3_recall:.4f}, F1 {quality.b3_f1:.4f}"
            f" ({quality.true_people} people in {quality.rows} rows)",
            f"B³：精确率 {quality.b3_precision:.4f}，召回率 {quality.b3_recall:.4f}，F1 {quality.b3_f1:.4f}"
            f"（{quality.rows} 行中有 {quality.true_people} 人）",
        )
    )

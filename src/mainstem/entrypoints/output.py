"""What a command says: its product on standard output, everything else on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from mainstem.entrypoints.language import say

Progress = Callable[[int, int | None], None]
"""Called with how much is done and how much there is, where that is known."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help=say("Print one JSON object.", "输出一个 JSON 对象。")
)


def product(value: Any) -> None:  # noqa: ANN401 - whatever msgspec encodes
    """Print a value as JSON, the product of a command for a program."""
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode(), flush=True)


def tell(line: str) -> None:
    """Say something to the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def progress_bar(what: str) -> Iterator[Progress | None]:
    """A bar on standard error while the block lasts; nothing where no person is."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

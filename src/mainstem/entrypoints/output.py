"""What a command says: its product on standard output, everything else on standard error."""

import sys
from typing import Any

import click

from mainstem.entrypoints.language import say

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

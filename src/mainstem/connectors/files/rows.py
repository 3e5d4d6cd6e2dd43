"""What every format is read into: rows of text by column, or documents that JSON Lines gave whole."""

from collections.abc import Iterator
from typing import Protocol

import msgspec

from mainstem.kernel.refusals import Refusal


class Row(msgspec.Struct, gc=False):
    """A row of a file: its cells by column, or the whole document, or why it cannot be read.

    `text` is the row as it came where it has no cells to write to a rejects file; `cells` of a refused row are those
    that could be told apart.
    """

    number: int
    cells: dict[str, str]
    document: msgspec.Struct | None = None
    refusal: Refusal | None = None
    text: str = ""


class Source(Protocol):
    """An open file. `done` and `total` measure how far reading has come, in bytes or row groups."""

    columns: tuple[str, ...]
    total: int | None

    def rows(self) -> Iterator[Row]:
        """The rows, once, in order, in bounded memory."""
        ...

    def done(self) -> int:
        """How much of `total` has been read."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...

"""From rows to documents: adjacent rows with the same key are one; a document with a broken row is refused whole."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import msgspec

from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.cells import CellError
from mainstem.connectors.files.kinds import FileKind
from mainstem.connectors.files.reading import Defaults
from mainstem.connectors.files.rows import Row
from mainstem.domains.inventory import TOO_MANY_LINES
from mainstem.kernel.refusals import Refusal, refuse

DOCUMENT_ROWS_MAX = 10_000
"""Rows of one document; it is held in memory whole."""


class Document(msgspec.Struct, gc=False):
    """A document: its rows, and the command it is, or why its broken rows are refused (by position in `rows`)."""

    rows: list[Row]
    command: Any = None
    refused: dict[int, Refusal] = {}


def documents(kind: FileKind, rows: Iterator[Row], defaults: Defaults) -> Iterator[Document]:
    """The documents of a file, in order."""
    if kind.line is None:
        for row in rows:
            yield read(kind, [row], defaults)
        return
    keys = kind.layout.keys
    group: list[Row] = []
    group_key: list[str | None] | None = None
    oversized = False
    for row in rows:
        key = None if row.document is not None or not row.cells else [row.cells.get(name) for name in keys]
        if group and (key is None or key != group_key):
            yield _too_long(group) if oversized else read(kind, group, defaults)
            group, oversized = [], False
        elif len(group) == DOCUMENT_ROWS_MAX:
            yield _too_long(group)
            group, oversized = [], True
        group.append(row)
        group_key = key
    if group:
        yield _too_long(group) if oversized else read(kind, group, defaults)


def read(kind: FileKind, rows: list[Row], defaults: Defaults) -> Document:
    """The document that these rows are."""
    refused = {position: row.refusal for position, row in enumerate(rows) if row.refusal is not None}
    if refused:
        return Document(rows, None, refused)
    first = rows[0]
    try:
        if first.document is not None:
            return Document(rows, kind.from_nested(first.document, defaults))
        if kind.line is None:
            return Document(rows, kind.document(first.cells, (), defaults))
    except CellError as error:
        return Document(rows, None, {0: error.refusal})
    lines = []
    for position, row in enumerate(rows):
        try:
            lines.append(kind.line(row.cells, defaults))
        except CellError as error:
            refused[position] = error.refusal
    if len(rows) > 1:
        for position, refusal in _disagreeing(kind, rows):
            refused.setdefault(position, refusal)
    try:
        command = kind.document(first.cells, tuple(lines), defaults)
    except CellError as error:
        refused.setdefault(0, error.refusal)
        command = None
    return Document(rows, None if refused else command, refused)


def _disagreeing(kind: FileKind, rows: list[Row]) -> Iterator[tuple[int, Refusal]]:
    """Rows that say of the document what its first row does not say."""
    first = rows[0].cells
    names = [
        column.name for column in kind.layout.columns if column.document and not column.key and column.name in first
    ]
    if not names:
        return
    head = itemgetter(*names)
    said = head(first)
    for position, row in enumerate(rows[1:], 1):
        try:
            if head(row.cells) == said:
                continue
        except KeyError:  # a flat row of JSON Lines need not name every column
            pass
        for name in names:
            value = row.cells.get(name)
            if value and value != first[name]:
                shown = {"column": name, "value": value[:80], "first": first[name][:80] or '""'}
                yield position, refuse(c.ROW_DISAGREES, f"/{name}", **shown)
                break


def _too_long(rows: list[Row]) -> Document:
    refusal = refuse(TOO_MANY_LINES, "/lines", size=f"more than {DOCUMENT_ROWS_MAX}", limit=DOCUMENT_ROWS_MAX)
    return Document(rows, None, {0: refusal})

"""JSON Lines: each line a whole document, exactly as the HTTP API takes it, or a flat row with the layout's columns."""

from collections.abc import Iterator
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any

import msgspec

from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.cells import join_items
from mainstem.connectors.files.csv_rows import BUFFER_BYTES, LINE_LENGTH_MAX, TEXT_SHOWN_MAX
from mainstem.connectors.files.encoding import check_encoding, codec_name
from mainstem.connectors.files.layout import Layout, unknown_column
from mainstem.connectors.files.rows import Row
from mainstem.kernel.refusals import Refusal, refuse

_encode = msgspec.json.encode


class JsonSource:
    """A JSON Lines file whose encoding has been accepted. Blank lines are no rows."""

    def __init__(self, path: Path, layout: Layout, encoding: str, command: Any) -> None:  # noqa: ANN401 - a struct or union
        codec = codec_name(encoding)
        check_encoding(path, codec)
        self._raw = FileIO(path)
        self._lines = BufferedReader(self._raw, BUFFER_BYTES)
        self._codec = codec
        self._layout = layout
        self._known = layout.by_name
        self._command = command
        self._decode = msgspec.json.Decoder(command).decode
        self.columns: tuple[str, ...] = ()
        self.total: int | None = path.stat().st_size

    def done(self) -> int:
        """Bytes read."""
        return self._raw.tell()

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def rows(self) -> Iterator[Row]:
        """The rows, in order."""
        number = 0
        limit = 4 * LINE_LENGTH_MAX
        while line := self._lines.readline(limit):
            number += 1
            if len(line) == limit and line[-1:] != b"\n":
                while (rest := self._lines.readline(limit)) and rest[-1:] != b"\n":
                    pass
                text = line[:TEXT_SHOWN_MAX].decode("utf-8", "replace")
                yield Row(number, {}, None, refuse(c.ROW_TOO_LONG, limit=limit), text)
                continue
            if self._codec != "utf-8-sig":
                line = line.decode(self._codec).encode()
            elif number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield self._row(number, line)

    def _row(self, number: int, line: bytes) -> Row:
        try:
            return Row(number, {}, self._decode(line))
        except msgspec.DecodeError as error:
            detail = str(error)
        try:
            values = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            values = None
        if not isinstance(values, dict):
            return Row(number, {}, None, refuse(c.ROW_JSON, detail=detail), _shown(line))
        for name in c.REJECT_COLUMNS:
            values.pop(name, None)
        if not self._is_flat(values):
            return self._whole(number, values, line)
        cells: dict[str, str] = {}
        for name, value in values.items():
            if name not in self._known:
                return Row(number, {}, None, unknown_column(self._layout, name), _shown(line))
            cells[name] = _cell(value)
        refusal = self._lacking(cells)
        return Row(number, cells, None, refusal, _shown(line) if refusal else "")

    def _is_flat(self, values: dict[str, Any]) -> bool:
        """Whether a line is a row of the layout; of kinds whose documents have no lines, every one is."""
        return not self._layout.lines or self._layout.lines not in values

    def _whole(self, number: int, values: dict[str, Any], line: bytes) -> Row:
        try:
            return Row(number, {}, msgspec.convert(values, self._command))
        except msgspec.ValidationError as error:
            return Row(number, {}, None, refuse(c.ROW_JSON, _pointer(str(error)), detail=str(error)), _shown(line))

    def _lacking(self, cells: dict[str, str]) -> Refusal | None:
        for column in self._layout.columns:
            if column.required and column.name not in cells and column.other not in cells:
                return refuse(c.COLUMN_MISSING, f"/{column.name}", column=column.name)
        return None


def _pointer(detail: str) -> str:
    """The place that a message of msgspec names, `$.lines[0].sku`, as a JSON pointer."""
    _, _, path = detail.partition("`$")
    return path.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")[:TEXT_SHOWN_MAX]


def _cell(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A JSON value as the text of a cell."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return join_items(tuple(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    return _encode(value).decode()

"""CSV: RFC 4180 with what spreadsheets make of it. A broken row is refused by itself and reading goes on behind it."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from io import BufferedReader, FileIO, TextIOWrapper
from pathlib import Path

from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.cells import unguard
from mainstem.connectors.files.encoding import check_encoding, codec_name
from mainstem.connectors.files.layout import Layout, read_header
from mainstem.connectors.files.rows import Row
from mainstem.kernel.refusals import Refusal, RefusedError, refuse

LINE_LENGTH_MAX = 1 << 20
"""Characters of one line of the file."""

RECORD_LINES_MAX = 1_000
"""Lines that one row may span by line breaks inside quotes; beyond, a quote was not closed."""

DELIMITERS = (",", ";", "\t", "|")

BUFFER_BYTES = 1 << 18

TEXT_SHOWN_MAX = 10_000
"""Characters of a broken row that a rejects file repeats."""

_Line = tuple[int, str]

_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


class CsvSource:
    """A CSV file whose encoding and header are accepted; its delimiter is told from the header or a `sep=` line."""

    def __init__(self, path: Path, layout: Layout, encoding: str) -> None:
        codec = codec_name(encoding)
        check_encoding(path, codec)
        self._raw = FileIO(path)
        self._text = TextIOWrapper(BufferedReader(self._raw, BUFFER_BYTES), encoding=codec, newline="")
        self._read = self._width = 0
        self._again: deque[_Line] = deque()
        self.total: int | None = path.stat().st_size
        try:
            self._delimiter, header = self._header(layout)
            self.columns = read_header(layout, header)
            self._width = len(self.columns)
        except BaseException:
            self.close()
            raise
        numbers = {column.name for column in layout.columns if column.type in ("integer", "decimal", "moment")}
        self._guarded = tuple(name for name in self.columns if name not in numbers)

    def done(self) -> int:
        """Bytes read."""
        return self._raw.tell()

    def close(self) -> None:
        """Close the file."""
        self._text.close()

    def _line(self) -> _Line:
        """The next line with its number, "" at the end; of an overlong line only its beginning."""
        if self._again:
            return self._again.popleft()
        line = self._text.readline(LINE_LENGTH_MAX)
        if line:
            self._read += 1
            if len(line) == LINE_LENGTH_MAX and line[-1] not in "\r\n":
                while (rest := self._text.readline(LINE_LENGTH_MAX)) and rest[-1] not in "\r\n":
                    pass
        return self._read, line

    def _header(self, layout: Layout) -> tuple[str, Sequence[str]]:
        line = self._line()
        while line[1] and not line[1].strip("\r\n,;\t "):
            line = self._line()
        delimiter = None
        mark = _SEPARATOR.fullmatch(line[1].rstrip("\r\n"))
        if mark is not None:
            delimiter = mark[1]
            line = self._line()
        if not line[1]:
            raise RefusedError(refuse(c.FILE_EMPTY))
        if delimiter is None:
            known = layout.by_name
            found = {d: sum(name.strip(' "\r\n').lower() in known for name in line[1].split(d)) for d in DELIMITERS}
            delimiter = max(DELIMITERS, key=lambda d: found[d])
        self._delimiter = delimiter
        self._blank = f"\r\n \t{delimiter}"
        cells, refusal = self._cells(line)
        if refusal is not None:
            raise RefusedError(refusal)
        return delimiter, cells

    def rows(self) -> Iterator[Row]:
        """The rows; a line without anything but separators is none."""
        columns, width = self.columns, self._width
        while True:
            line = self._line()
            if not line[1]:
                return
            cells, refusal = self._cells(line)
            if refusal is None and len(cells) == width:
                row = dict(zip(columns, cells, strict=True))
                if "'" in line[1] or '"' in line[1]:  # quotes: the row may have more lines
                    for name in self._guarded:
                        row[name] = unguard(row[name])
                yield Row(line[0], row)
            elif cells or refusal is not None:
                text = line[1].rstrip("\r\n")[:TEXT_SHOWN_MAX]
                refusal = refusal or refuse(c.ROW_COLUMNS, found=len(cells), expected=width)
                yield Row(line[0], dict(zip(columns, cells, strict=False)), None, refusal, text)

    def _cells(self, first: _Line) -> tuple[list[str], Refusal | None]:
        """The cells of the row that begins here. Of a row broken by a quote only the first line is used up."""
        line = first[1]
        split = self._split(first)
        if "\x00" in line:
            return split, refuse(c.ROW_NUL)
        if len(line) >= LINE_LENGTH_MAX:
            return split, refuse(c.ROW_TOO_LONG, limit=LINE_LENGTH_MAX)
        if '"' not in line:
            return (split if line.strip(self._blank) else []), None
        more: list[_Line] = []
        try:
            cells = next(csv.reader(self._record(line, more), delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            long = "limit" in str(error)
            refusal = refuse(c.ROW_TOO_LONG, limit=csv.field_size_limit()) if long else refuse(c.ROW_QUOTE)
        else:
            if not more or (len(cells) == self._width and not self._swallows([split, *map(self._split, more)])):
                return cells, None
            refusal = refuse(c.ROW_QUOTE)
        # An unclosed quote, or two stray ones, swallow the rows behind them: those are read again by themselves.
        self._again.extendleft(reversed(more))
        return split, refusal

    def _split(self, line: _Line) -> list[str]:
        return line[1].rstrip("\r\n").split(self._delimiter)

    def _swallows(self, lines: list[list[str]]) -> bool:
        """Whether a row over several lines is rather several rows with stray quotes in the first and the last."""
        whole = [len(cells) == self._width for cells in lines]
        return any(whole[1:-1]) or all(whole)

    def _record(self, line: str, more: list[_Line]) -> Iterator[str]:
        yield line
        while len(more) < RECORD_LINES_MAX:
            following = self._line()
            if not following[1]:
                return
            more.append(following)
            yield following[1]

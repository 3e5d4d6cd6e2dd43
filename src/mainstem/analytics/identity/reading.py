"""Files as tables of texts: CSV of any usual delimiter and encoding, JSON Lines, Parquet."""

import codecs
import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from mainstem.analytics.identity.contracts import FILE_UNREADABLE
from mainstem.kernel.refusals import RefusedError, refuse

DELIMITERS = ",;\t|"
SAMPLE_BYTES = 1 << 20
ROW_BYTES_MAX = 1 << 24

_CHUNK_ROWS = 50_000


class Read(msgspec.Struct, frozen=True):
    """The rows of a file, all columns text or null, and how many rows could not be read."""

    table: Any  # pyarrow.Table: published without types
    refused: int
    notes: list[tuple[str, str]]


def read_file(path: Path) -> Read:
    """Every row of a file; raises RefusedError when nothing of it can be read.

    A row of the wrong width, or a line that is no JSON object, is counted as refused and left out.
    """
    try:
        with path.open("rb") as file:
            head = file.read(SAMPLE_BYTES)
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None
    if not head.strip():
        raise _unreadable(path, "it is empty")
    if head.startswith(b"PAR1"):
        return _parquet(path)
    if b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _unreadable(path, "it is binary")
    codec = _codec(path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return _json(path, codec)
    return _csv(path, codec, head)


def _unreadable(path: Path, detail: str) -> RefusedError:
    return RefusedError(refuse(FILE_UNREADABLE, file=path.name, detail=" ".join(detail.split())[:200].rstrip(".")))


def _codec(path: Path) -> str:
    """The encoding: a BOM's, else the first that reads the whole file."""
    with path.open("rb") as file:
        mark = file.read(4)
    if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for codec in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(codec)()
        with path.open("rb") as file:
            try:
                while chunk := file.read(SAMPLE_BYTES):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
            return codec
    return "windows-1252"


def _parquet(path: Path) -> Read:
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise _unreadable(path, str(error)) from None
    names = _unique_names(table.column_names)
    return Read(pa.table([_as_text(column) for column in table.columns], names=names), 0, [])


def _as_text(column: Any) -> Any:  # noqa: ANN401 - pyarrow is published without types
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_floating(kind):
        known = column.drop_null()
        if len(known) == 0 or pc.all(pc.equal(pc.floor(known), known)).as_py():
            column = column.cast(pa.int64(), safe=False)
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("s"), safe=False)
    try:
        return column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.chunked_array([pa.array([_cell(value) for value in column.to_pylist()], pa.string())])


def _cell(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return " ".join(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (int, float)) else msgspec.json.encode(value, enc_hook=str).decode()


def _json(path: Path, codec: str) -> Read:
    names: dict[str, None] = {}
    rows: list[dict[str, Any]] = []
    tables: list[Any] = []
    refused = 0
    decode = msgspec.json.Decoder().decode
    with path.open(encoding=codec, newline="\n") as file:
        lines = iter(file)
        first = next((line for line in lines if line.strip()), "")
        if first.lstrip().startswith("["):
            return _json_array(path, first + file.read())
        for line in (first, *lines) if path.stat().st_size < SAMPLE_BYTES else _chained(first, lines):
            if not line.strip():
                continue
            try:
                row = decode(line)
            except msgspec.DecodeError:
                row = None
            if not isinstance(row, dict):
                refused += 1
                continue
            names.update(dict.fromkeys(row))
            rows.append(row)
            if len(rows) == _CHUNK_ROWS:
                tables.append(_rows_table(rows))
                rows = []
    if rows:
        tables.append(_rows_table(rows))
    if not tables:
        raise _unreadable(path, "no line of it is a JSON object")
    return Read(_joined(tables, list(names)), refused, [])


def _chained(first: str, rest: Any) -> Any:  # noqa: ANN401 - an iterator of lines
    yield first
    yield from rest


def _json_array(path: Path, text: str) -> Read:
    try:
        rows = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise _unreadable(path, str(error)) from None
    objects = [row for row in rows if isinstance(row, dict)]
    if not objects:
        raise _unreadable(path, "it holds no JSON objects")
    names = dict.fromkeys(name for row in objects for name in row)
    return Read(_joined([_rows_table(objects)], list(names)), len(rows) - len(objects), [])


def _rows_table(rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - a pyarrow.Table
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([_cell(row.get(name)) for row in rows], pa.string()) for name in names})


def _joined(tables: list[Any], names: list[str]) -> Any:  # noqa: ANN401 - a pyarrow.Table
    whole = pa.concat_tables(tables, promote_options="default").select(names)
    return whole.rename_columns(_unique_names(names))


def _csv(path: Path, codec: str, head: bytes) -> Read:
    text = head.decode(codec, "ignore").lstrip("\ufeff")
    lines = [line for line in text.splitlines() if line.strip()][:200]
    skip = 0
    delimiter = ""
    if mark := re.fullmatch(r'"?sep=(.)"?', lines[0].strip(), re.IGNORECASE):
        delimiter, skip = mark[1], 1
        lines = lines[1:]
    if not lines:
        raise _unreadable(path, "it has no rows")
    delimiter = delimiter or _delimiter(lines)
    header = [name.strip() for name in next(csv.reader([lines[0]], delimiter=delimiter, skipinitialspace=True))]
    notes: list[tuple[str, str]] = []
    headless = _is_data(header)
    if headless:
        header = [f"column_{number}" for number in range(1, len(header) + 1)]
        notes.append(
            (
                "The first row looks like data, so the columns are called column_1, column_2, …",
                "首行看起来是数据，因此各列名为 column_1、column_2 ……",
            )
        )
    refused = 0

    def wrong_width(_row: object) -> str:
        nonlocal refused
        refused += 1
        return "skip"

    names = _unique_names(header)
    try:
        table = pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(
                column_names=names,
                skip_rows=skip if headless else skip + 1,
                encoding="utf-8" if codec == "utf-8-sig" else codec,
                block_size=ROW_BYTES_MAX,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values='"' in text, invalid_row_handler=wrong_width
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except (pa.ArrowInvalid, UnicodeError, OSError) as error:
        raise _unreadable(path, str(error).replace("CSV parse error:", "").strip()) from None
    if table.num_rows == 0:
        raise _unreadable(path, "it has a header and no rows" if not refused else "no row fits its header")
    return Read(table, refused, notes)


def _delimiter(lines: list[str]) -> str:
    """The separator that gives most lines the same number of cells, and more than one; a comma when none does."""

    def steadiness(delimiter: str) -> tuple[float, int]:
        try:
            widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells)
        except csv.Error:
            return 0.0, 0
        width, times = widths.most_common(1)[0]
        return (times / len(lines), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=steadiness)


_DATA = re.compile(r"\d{5,}|.+@.+\..+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


def _is_data(header: list[str]) -> bool:
    """Whether the first row is one of data: it has a number, an address or a date where a name should be."""
    return any(_DATA.fullmatch(name) for name in header)


def _unique_names(names: list[str]) -> list[str]:
    """The names as they are; a blank one is called by its position, a repeated one gets a number."""
    seen: Counter[str] = Counter()
    found = []
    for position, given in enumerate(names, 1):
        name = given.strip() or f"column_{position}"
        seen[name.lower()] += 1
        found.append(name if seen[name.lower()] == 1 else f"{name}_{seen[name.lower()]}")
    return found

"""Writing rows and documents in each format, in bounded memory."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from mainstem.connectors.files.cells import guard, join_items
from mainstem.connectors.files.flat import Cell, FlatRow
from mainstem.connectors.files.layout import Column, ColumnType

ROWS_PER_GROUP = 50_000

_TYPES: dict[ColumnType, Any] = {
    "integer": pa.int64(),
    "decimal": pa.float64(),
    "moment": pa.timestamp("us", tz="UTC"),
    "list": pa.list_(pa.string()),
}


class Writer(Protocol):
    """Takes documents, each with its rows."""

    def add(self, document: Any, rows: list[FlatRow]) -> None:  # noqa: ANN401 - any of the documents
        """Write a document."""
        ...

    def close(self) -> None:
        """Finish the file."""
        ...


class CsvWriter:
    """RFC 4180 with line feeds. Texts that a spreadsheet would take for a formula get an apostrophe before them."""

    def __init__(self, path: Path, columns: tuple[Column, ...], encoding: str) -> None:
        self._names = [column.name for column in columns]
        self._file = path.open("w", encoding=encoding, newline="")
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow(self._names)

    def add(self, _: object, rows: list[FlatRow]) -> None:
        """Write a document."""
        self._csv.writerows([[csv_cell(row.get(name)) for name in self._names] for row in rows])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def csv_cell(value: Cell) -> str | int | float:
    """A value as a cell of CSV."""
    if isinstance(value, str):
        return guard(value)
    if value is None:
        return ""
    if isinstance(value, tuple):
        return guard(join_items(value))
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


class JsonWriter:
    """A document a line, exactly as the HTTP API takes it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._encode = msgspec.json.Encoder().encode

    def add(self, document: Any, _: list[FlatRow]) -> None:  # noqa: ANN401 - any of the documents
        """Write a document."""
        self._file.write(self._encode(document) + b"\n")

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class ParquetWriter:
    """Typed columns, a row group every ROWS_PER_GROUP rows; blank texts stay blank, what is not there is null."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        self._schema = pa.schema([(column.name, _TYPES.get(column.type, pa.string())) for column in columns])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[FlatRow] = []

    def add(self, _: object, rows: list[FlatRow]) -> None:
        """Write a document."""
        self._rows += rows
        if len(self._rows) >= ROWS_PER_GROUP:
            self._flush()

    def close(self) -> None:
        """Finish the file."""
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        columns = [pa.array([row.get(field.name) for row in self._rows], field.type) for field in self._schema]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        self._rows = []

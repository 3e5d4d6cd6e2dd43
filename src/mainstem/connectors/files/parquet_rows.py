"""Parquet: row groups read in batches; columns have the layout's types, so that nothing is guessed."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.cells import join_items
from mainstem.connectors.files.layout import ColumnType, Layout, read_header
from mainstem.connectors.files.rows import Row
from mainstem.kernel.refusals import RefusedError, refuse

ROWS_PER_READ = 4_096

_WANTED: dict[ColumnType, str] = {
    "code": "string",
    "text": "string",
    "json": "string",
    "list": "string or list<string>",
    "integer": "int64",
    "decimal": "decimal128, double, int64 or string",
    "moment": "timestamp[us, tz=UTC] or string",
}


class ParquetSource:
    """A Parquet file whose columns and their types have been accepted; progress is in row groups."""

    def __init__(self, path: Path, layout: Layout) -> None:
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as error:
            detail = str(error)[:200].rstrip(".")
            raise RefusedError(refuse(c.FILE_UNREADABLE, file=path.name, detail=detail)) from None
        try:
            self.columns = _columns(layout, self._file.schema_arrow)
        except BaseException:
            self.close()
            raise
        self.total: int | None = self._file.num_row_groups
        self._groups_done = 0

    def done(self) -> int:
        """Row groups read."""
        return self._groups_done

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def rows(self) -> Iterator[Row]:
        """The rows, in order."""
        number = 0
        for group in range(self._file.num_row_groups):
            for batch in self._file.iter_batches(ROWS_PER_READ, row_groups=[group]):
                texts = [_texts(column) for column in batch.columns]
                for values in zip(*texts, strict=True):
                    number += 1
                    refusal = refuse(c.ROW_NUL) if any("\x00" in value for value in values) else None
                    yield Row(number, dict(zip(self.columns, values, strict=True)), None, refusal)
            self._groups_done = group + 1


def _columns(layout: Layout, schema: Any) -> tuple[str, ...]:  # noqa: ANN401 (pyarrow is published without types)
    columns = read_header(layout, schema.names)
    known = layout.by_name
    for name, field in zip(columns, schema, strict=True):
        if name in known and not _fits(known[name].type, field.type):
            found = {"column": name, "found": str(field.type), "wanted": _WANTED[known[name].type]}
            raise RefusedError(refuse(c.COLUMN_TYPE, f"/{name}", **found))
    return columns


def _fits(wanted: ColumnType, found: Any) -> bool:  # noqa: ANN401 (pyarrow is published without types)
    if pa.types.is_dictionary(found):
        found = found.value_type
    text = pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_null(found)
    match wanted:
        case "integer":
            return bool(pa.types.is_integer(found) or pa.types.is_null(found))
        case "decimal":
            number = pa.types.is_decimal(found) or pa.types.is_floating(found) or pa.types.is_integer(found)
            return bool(text or number)
        case "moment":
            return bool(text or pa.types.is_timestamp(found))
        case "list":
            return bool(text or (pa.types.is_list(found) and pa.types.is_string(found.value_type)))
        case _:
            return bool(text)


def _texts(column: Any) -> list[str]:  # noqa: ANN401 (pyarrow is published without types)
    """The cells of a column as text; null is blank."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    values = column.to_pylist()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return [value or "" for value in values]
    return ["" if value is None else _text(value) for value in values]


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return join_items(tuple(entry or "" for entry in value))
    return repr(value) if isinstance(value, float) else str(value)

"""Opening a file in its format."""

from pathlib import Path
from typing import get_args

from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.contracts import FormatName, ImportOptions
from mainstem.connectors.files.csv_rows import CsvSource
from mainstem.connectors.files.json_rows import JsonSource
from mainstem.connectors.files.kinds import FileKind
from mainstem.connectors.files.parquet_rows import ParquetSource
from mainstem.connectors.files.rows import Source
from mainstem.kernel.refusals import RefusedError, refuse

_SUFFIXES: dict[str, FormatName] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


def format_of(path: Path, given: FormatName | None) -> FormatName:
    """The format given, else that of the suffix; raises RefusedError when there is none."""
    found = given or _SUFFIXES.get(path.suffix.lower())
    if found is None or found not in get_args(FormatName):
        raise RefusedError(refuse(c.FILE_FORMAT, file=path.name))
    return found


def open_source(path: Path, kind: FileKind, options: ImportOptions) -> Source:
    """An open source whose encoding and columns have been accepted; raises RefusedError otherwise."""
    found = format_of(path, options.format)
    try:
        if not path.stat().st_size:
            raise RefusedError(refuse(c.FILE_EMPTY))
        if found == "parquet":
            return ParquetSource(path, kind.layout)
        if found == "jsonl":
            return JsonSource(path, kind.layout, options.encoding, kind.nested)
        return CsvSource(path, kind.layout, options.encoding)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise RefusedError(refuse(c.FILE_UNREADABLE, file=path.name, detail=detail)) from None

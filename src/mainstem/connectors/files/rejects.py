"""The rejects file: every refused row in the layout it came in, with its reason, to be corrected and imported again."""

import csv
from pathlib import Path
from typing import Any

import msgspec

from mainstem.connectors.files.cells import guard
from mainstem.connectors.files.contracts import REJECT_COLUMNS
from mainstem.connectors.files.rows import Row
from mainstem.kernel.refusals import Refusal

_encode = msgspec.json.encode
_decode = msgspec.json.decode


class Rejects:
    """Written as CSV for rows of cells (UTF-8 with BOM, because spreadsheets ask for it), as JSON Lines for JSON Lines.

    The file is made with the first refused row, so that none is left behind when nothing was refused.
    """

    def __init__(self, path: Path | None, columns: tuple[str, ...]) -> None:
        self.path = path
        self._columns = tuple(name for name in columns if name not in REJECT_COLUMNS)
        self._file: Any = None
        self._csv: Any = None

    @property
    def written(self) -> str | None:
        """The file's name when there is one."""
        return str(self.path) if self._file is not None else None

    def add(self, row: Row, refusal: Refusal) -> None:
        """Write a refused row."""
        if self.path is None:
            return
        if self._file is None:
            self._open(self.path)
        if self._csv is not None:
            kept = {} if row.text else row.cells
            own = [guard(kept.get(name, "")) for name in self._columns]
            self._csv.writerow([*own, row.number, refusal.code, refusal.message(), guard(row.text)])
        else:
            self._file.write(_encode(_object(row, refusal)).decode() + "\n")

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()

    def _open(self, path: Path) -> None:
        if self._columns:
            self._file = path.open("w", encoding="utf-8-sig", newline="")
            self._csv = csv.writer(self._file, lineterminator="\n")
            self._csv.writerow([*self._columns, *REJECT_COLUMNS])
        else:
            self._file = path.open("w", encoding="utf-8", newline="")


def _object(row: Row, refusal: Refusal) -> dict[str, Any]:
    """The object of a refused line: as it came where it was one, with the reject columns behind."""
    values: Any = row.cells
    if row.document is not None:
        values = msgspec.to_builtins(row.document)
    elif row.text:
        try:
            values = _decode(row.text)
        except msgspec.DecodeError:
            values = None
    told = dict(zip(REJECT_COLUMNS, (row.number, refusal.code, refusal.message()), strict=False))
    return {**values, **told} if isinstance(values, dict) else {**told, REJECT_COLUMNS[3]: row.text}


def as_came(row: Row) -> bytes:
    """A row as JSON, for the quarantine: the cells or the document, else the text."""
    if row.document is not None:
        return _encode(row.document)
    return row.text.encode() if row.text else _encode(row.cells)

"""What the file connector is asked and answers, and why it turns a file, a row or a cell down."""

from pathlib import Path
from typing import Literal

import msgspec

from mainstem.kernel.refusals import Kind, Refusal, declare

KindName = Literal["products", "nodes", "channels", "prices", "price_list", "stock", "orders", "sales"]
What = Literal["created", "changed", "unchanged", "refused", "quarantined"]
FormatName = Literal["csv", "jsonl", "parquet"]

REFUSALS_SHOWN_MAX = 100
"""Refused rows that a report lists; the rejects file has all of them."""

REJECT_COLUMNS = ("reject_row", "reject_code", "reject_message", "reject_text")
"""Columns that a rejects file has beyond the layout; an import ignores them, so that it can be imported again."""


class ImportOptions(msgspec.Struct, frozen=True):
    """How a file is read. `format` None: by the suffix. `encoding` is a Python codec name, for CSV and JSON Lines.

    `time_zone` (IANA) is the zone of moments without offset, which are refused without it. `currency` stands in for an
    absent or blank currency where an amount has to be read, `valid_from` (RFC 3339) for that of prices.
    `rejects` is the file that refused rows are written to; it is made only when there are any. An import with the `run`
    of one that was cut short is told the same of what that one did; without a name each import is one of its own.
    `source` is what the file is called where its path says nothing.
    """

    format: FormatName | None = None
    encoding: str = "utf-8"
    time_zone: str | None = None
    currency: str | None = None
    valid_from: str | None = None
    rejects: Path | None = None
    actor: int = 0
    run: str = ""
    source: str = ""


class ExportOptions(msgspec.Struct, frozen=True):
    """How a file is written. `format` None: by the suffix. `encoding` is for CSV; `utf-8-sig` suits spreadsheets.

    `unmasked`: references of customers are written in the clear, as they must be to be imported again; else masked but
    for their ends.
    """

    format: FormatName | None = None
    encoding: str = "utf-8"
    unmasked: bool = False


class RowRefusal(msgspec.Struct, frozen=True):
    """A refused row: its number, the column, and why.

    The number is the line of the file on which the row begins (CSV, JSON Lines), or its position from 1 (Parquet).
    """

    row: int
    field: str
    code: str
    message: str
    remedy: str


class RowOutcome(msgspec.Struct, frozen=True, gc=False):
    """What became of a row; what an earlier import recorded is unchanged."""

    row: int
    what: What
    refusal: Refusal | None = None


class ImportReport(msgspec.Struct, frozen=True):
    """What became of a file: rows = accepted + refused + quarantined.

    `documents` counts what was asked for (a product with its variants, an order with its lines); of those accepted,
    `repeated` were recorded by an earlier import, and upserts are counted as created, changed and unchanged; None where
    that is not known or has no meaning. `refusals` are the first ones, `codes` counts all.
    """

    kind: str
    file: str
    dry_run: bool
    rows: int
    accepted: int
    refused: int
    quarantined: int
    documents: int
    repeated: int | None
    created: int | None
    changed: int | None
    unchanged: int | None
    seconds: float
    codes: dict[str, int]
    refusals: tuple[RowRefusal, ...]
    rejects: str | None


class ExportReport(msgspec.Struct, frozen=True):
    """What was written: rows of the flat layout (CSV, Parquet) or lines (JSON Lines), and the documents in them."""

    kind: str
    file: str
    rows: int
    documents: int
    bytes: int
    seconds: float


FILE_UNREADABLE = declare(
    "file_unreadable", Kind.NOT_FOUND, "The file {file} cannot be opened: {detail}.", "Check its name and permissions."
)
FILE_EMPTY = declare("file_empty", Kind.INVALID, "The file is empty.", "Send a file with a header line.")
FILE_FORMAT = declare(
    "file_format",
    Kind.INVALID,
    "The format of {file} is not known by its suffix.",
    "Name it .csv, .jsonl or .parquet, or say which format it has.",
)
FILE_ENCODING = declare(
    "file_encoding",
    Kind.INVALID,
    "Row {row} is not {encoding}: byte {offset} of the file cannot be read.",
    "Save the file as UTF-8, or say which encoding it has, such as --encoding {suggestion}.",
)
UNKNOWN_ENCODING = declare(
    "unknown_encoding",
    Kind.INVALID,
    "There is no text encoding {encoding}.",
    "Use utf-8, gb18030 or another codec name.",
)
COLUMN_UNKNOWN = declare(
    "column_unknown",
    Kind.INVALID,
    "There is no column {column} in this layout.",
    "{suggestion}The columns are: {columns}.",
)
COLUMN_MISSING = declare("column_missing", Kind.INVALID, "The column {column} is missing.", "Add it to the header.")
COLUMN_TWICE = declare("column_twice", Kind.INVALID, "The column {column} is there twice.", "Keep one of them.")
COLUMNS_EXCLUSIVE = declare(
    "columns_exclusive", Kind.INVALID, "The columns {first} and {second} say the same thing.", "Keep one of them."
)
COLUMN_TYPE = declare(
    "column_type",
    Kind.INVALID,
    "The column {column} has the Parquet type {found}.",
    "Write it as {wanted}.",
)
ROW_COLUMNS = declare(
    "row_columns",
    Kind.INVALID,
    "The row has {found} cells; the header has {expected}.",
    "Put cells that contain the separator or a quote in double quotes.",
)
ROW_QUOTE = declare(
    "row_quote",
    Kind.INVALID,
    "A double quote opens on this row and the cell never ends properly.",
    "Close the quote; inside a quoted cell, write a double quote twice.",
)
ROW_NUL = declare(
    "row_nul", Kind.INVALID, "The row contains the character U+0000.", "Remove it; it is no part of a text."
)
ROW_TOO_LONG = declare(
    "row_too_long", Kind.TOO_LARGE, "The row has more than {limit} characters.", "Shorten its cells."
)
ROW_JSON = declare("row_json", Kind.INVALID, "The line cannot be read: {detail}.", "Correct it as the message says.")
ROW_OF_REFUSED = declare(
    "row_of_refused",
    Kind.INVALID,
    "Row {row} of the same document was refused.",
    "Correct that row and send the document whole.",
)
ROW_DISAGREES = declare(
    "row_disagrees",
    Kind.INVALID,
    "{column} is {value} here and {first} on the first row of the document.",
    "Give the rows of one document the same value, or leave it blank after the first.",
)
CELL_MISSING = declare("cell_missing", Kind.INVALID, "{column} is blank.", "Give it a value.")
CELL_NUMBER = declare(
    "cell_number",
    Kind.INVALID,
    "{value} is not {wanted}.",
    "Write digits only, with a point before decimals and no separators of thousands.",
)
CELL_SPREADSHEET = declare(
    "cell_spreadsheet",
    Kind.INVALID,
    "{value} is a number that a spreadsheet has shortened; its digits are lost.",
    "Format the column as text in the spreadsheet, enter the value again and save.",
)
CELL_FULL_WIDTH = declare(
    "cell_full_width",
    Kind.INVALID,
    "The code {value} is written in full-width characters.",
    "Write {plain}.",
)
CELL_MOMENT = declare(
    "cell_moment", Kind.INVALID, "{value} is not a moment.", "Write it as 2026-01-31T18:30:00+08:00 (RFC 3339)."
)
CELL_NO_OFFSET = declare(
    "cell_no_offset",
    Kind.INVALID,
    "The moment {value} has no offset from UTC.",
    "Write it as 2026-01-31T18:30:00+08:00, or say the zone of such moments, as in --time-zone Asia/Shanghai.",
)
CELL_CHOICE = declare("cell_choice", Kind.INVALID, "{value} is not known here.", "Use one of: {choices}.")
CELL_JSON = declare("cell_json", Kind.INVALID, "{column} cannot be read: {detail}.", "Write JSON as the layout says.")
DOCUMENT_CHANGED = declare(
    "document_changed",
    Kind.CONFLICT,
    "Document {document} of node {node} was imported before with other lines.",
    "What was recorded stays: send a count, or the difference under another document.",
)

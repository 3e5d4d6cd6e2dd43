"""Exporting a kind to a file, from one snapshot of the database."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from mainstem.connectors.files import contracts as c
from mainstem.connectors.files import flat, selections
from mainstem.connectors.files.contracts import ExportOptions, ExportReport
from mainstem.connectors.files.flat import FlatRow, ToldOrder
from mainstem.connectors.files.importing import Progress
from mainstem.connectors.files.layout import LAYOUTS, Layout
from mainstem.connectors.files.opening import format_of
from mainstem.connectors.files.writers import CsvWriter, JsonWriter, ParquetWriter, Writer
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.postgres import Database

CSV_ENCODINGS = ("utf-8", "utf-8-sig", "gb18030")
"""Encodings that can hold every character."""

DOCUMENTS_PER_STEP = 1_000
"""Documents between two reports of progress."""

_SOURCES: dict[str, tuple[Callable[..., AsyncIterator[Any]], Callable[[Any], Iterator[FlatRow]]]] = {
    "products": (selections.products, flat.product),
    "nodes": (selections.nodes, flat.node),
    "channels": (selections.channels, flat.plain),
    "prices": (selections.prices, flat.plain),
    "price_list": (selections.list_prices, flat.plain),
    "stock": (selections.stock, flat.stock),
    "orders": (selections.placed_orders, flat.order),
    "sales": (selections.sales, flat.sale),
}


_NAME_CUSTOMERS = frozenset(("orders", "sales"))
"""Kinds that are read with a vault, to tell who is meant."""


async def export_file(
    database: Database, kind: str, path: Path, *, options: ExportOptions | None = None, progress: Progress | None = None
) -> ExportReport:
    """Write everything of a kind; the file appears under its name when it is complete.

    `progress` is called with the documents written and None, for nobody counts them beforehand. Raises RefusedError
    when the kind, format or encoding is unknown or the file cannot be written.
    """
    options = options or ExportOptions()
    if kind not in _SOURCES:
        raise RefusedError(refuse(c.CELL_CHOICE, "/kind", value=kind[:80], choices=", ".join(_SOURCES)))
    started = time.monotonic()
    partial = path.with_name(f"{path.name}.partial")
    try:
        writer = _writer(partial, path, LAYOUTS[kind], options)
        try:
            documents, rows = await _write(database, kind, writer, progress, unmasked=options.unmasked)
        finally:
            writer.close()
        size = partial.stat().st_size
        partial.replace(path)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise RefusedError(refuse(c.FILE_UNREADABLE, file=path.name, detail=detail)) from None
    finally:
        partial.unlink(missing_ok=True)
    return ExportReport(
        kind=kind,
        file=str(path),
        rows=documents if format_of(path, options.format) == "jsonl" else rows,
        documents=documents,
        bytes=size,
        seconds=round(time.monotonic() - started, 3),
    )


def _writer(partial: Path, path: Path, layout: Layout, options: ExportOptions) -> Writer:
    found = format_of(path, options.format)
    if options.encoding not in CSV_ENCODINGS:
        raise RefusedError(refuse(c.UNKNOWN_ENCODING, encoding=options.encoding[:80]))
    if found == "jsonl":
        return JsonWriter(partial)
    columns = flat.written_columns(layout)
    if found == "parquet":
        return ParquetWriter(partial, columns)
    return CsvWriter(partial, columns, options.encoding)


async def _write(
    database: Database, kind: str, writer: Writer, progress: Progress | None, *, unmasked: bool
) -> tuple[int, int]:
    select, to_rows = _SOURCES[kind]
    documents = rows = 0
    async with database.snapshot() as connection:
        naming = {"vault": database.vault, "clear": unmasked} if kind in _NAME_CUSTOMERS else {}
        async for document in select(connection, **naming):
            flat_rows = list(to_rows(document))
            writer.add(document.order if isinstance(document, ToldOrder) else document, flat_rows)
            documents += 1
            rows += len(flat_rows)
            if progress is not None and documents % DOCUMENTS_PER_STEP == 0:
                progress(documents, None)
    return documents, rows

"""Importing a file: read, decide in batches through the same operations as the HTTP API, report row by row."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from mainstem.connectors.files import cells
from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.account import Account
from mainstem.connectors.files.contracts import ImportOptions, ImportReport
from mainstem.connectors.files.documents import Document, documents
from mainstem.connectors.files.kinds import FILE_KINDS, FileKind
from mainstem.connectors.files.opening import open_source
from mainstem.connectors.files.reading import Defaults
from mainstem.connectors.files.rejects import as_came
from mainstem.connectors.files.rows import Source
from mainstem.domains.catalog import UNKNOWN_TIME_ZONE
from mainstem.kernel.moments import zone_names
from mainstem.kernel.refusals import Refusal, RefusedError, refuse
from mainstem.platform.execution import Executor, Outcome
from mainstem.platform.quarantine import Arrival, hold_back
from mainstem.platform.work import Work

Progress = Callable[[int, int | None], None]
"""Called with how much has been read and how much there is: bytes, or row groups of Parquet."""

LINES_PER_BATCH = 4_000
DOCUMENTS_PER_BATCH = 1_000

_OF_LINE = re.compile(r"/(?:lines|variants)/(\d+)/([a-z_]+)")


async def import_file(
    executor: Executor, kind: str, path: Path, *, options: ImportOptions | None = None, progress: Progress | None = None
) -> ImportReport:
    """Import a file and tell what became of every row.

    Batches are committed in the order of the file; after an interruption the same file is imported again, and what was
    recorded stays as it is. Raises RefusedError when the file as a whole cannot be read: then nothing was imported.
    """
    account, source, found = _begin(kind, path, options or ImportOptions())
    try:
        flying: asyncio.Task[None] | None = None
        for batch in _batches(account.kind, found):
            # The next batch is read while the one before is with the database.
            if flying is not None:
                await flying
            flying = asyncio.create_task(_send(executor, account, batch))
            if progress is not None:
                progress(source.done(), source.total)
            await asyncio.sleep(0)
        if flying is not None:
            await flying
    finally:
        source.close()
        account.rejects.close()
    if progress is not None and source.total is not None:
        progress(source.total, source.total)
    return account.report(dry_run=False)


def preview_file(
    kind: str, path: Path, *, options: ImportOptions | None = None, progress: Progress | None = None
) -> ImportReport:
    """Read and check everything that can be checked without the database; nothing is sent, nothing is held back."""
    account, source, found = _begin(kind, path, options or ImportOptions())
    try:
        for batch in _batches(account.kind, found):
            for document in batch:
                account.count(document)
                if document.refused:
                    account.turn_down(document, held=False)
                else:
                    account.accept(document, None)
            if progress is not None:
                progress(source.done(), source.total)
    finally:
        source.close()
        account.rejects.close()
    return account.report(dry_run=True)


def _begin(kind: str, path: Path, options: ImportOptions) -> tuple[Account, Source, Iterator[Document]]:
    if kind not in FILE_KINDS:
        raise RefusedError(refuse(c.CELL_CHOICE, "/kind", value=kind[:80], choices=", ".join(FILE_KINDS)))
    file_kind = FILE_KINDS[kind]
    zone = options.time_zone
    if zone is not None and zone not in zone_names():
        raise RefusedError(refuse(UNKNOWN_TIME_ZONE, "/time_zone", zone=zone[:80]))
    try:
        valid_from = options.valid_from and cells.moment("valid_from", options.valid_from, zone)
    except cells.CellError as error:
        raise RefusedError(error.refusal) from None
    defaults = Defaults(zone, options.currency or "", valid_from or None)
    source = open_source(path, file_kind, options)
    account = Account(file_kind, path, options, source)
    return account, source, documents(file_kind, source.rows(), defaults)


def _batches(kind: FileKind, found: Iterator[Document]) -> Iterator[list[Document]]:
    """Documents of bounded number and lines; those of one batch are for one operation."""
    batch: list[Document] = []
    size = 0
    taken_by: type[Any] | None = None
    for document in found:
        lines = len(document.rows)
        command = document.command
        if command is not None and kind.layout.lines and document.rows[0].document is not None:
            lines = len(getattr(command, kind.layout.lines))
        other = command is not None and taken_by is not None and type(command) is not taken_by
        if batch and (other or len(batch) == DOCUMENTS_PER_BATCH or size + lines > LINES_PER_BATCH):
            yield batch
            batch, size, taken_by = [], 0, None
        batch.append(document)
        size += lines
        taken_by = taken_by if command is None else type(command)
    if batch:
        yield batch


async def _send(executor: Executor, account: Account, batch: list[Document]) -> None:
    """Have a batch decided, and account for it in the order of the file."""
    sent = [document for document in batch if not document.refused]
    outcomes: dict[int, Outcome] = {}
    if sent:
        operation = account.kind.operations[type(sent[0].command)]
        actor = account.options.actor
        calls = [operation.call(d.command, f"file\x1f{account.run}\x1f{d.rows[0].number}", actor=actor) for d in sent]
        outcomes = dict(zip(map(id, sent), await executor.execute(operation, calls), strict=True))
    held: list[Document] = []
    for document in batch:
        account.count(document)
        outcome = outcomes.get(id(document))
        if outcome is not None and outcome.accepted:
            account.accept(document, outcome)
            continue
        if outcome is not None:
            document.refused = _by_row(outcome.refusal(), len(document.rows))
        account.turn_down(document, held=account.kind.fact)
        held.append(document)
    if held and account.kind.fact:
        await _hold_back(executor, account, held)


def _by_row(refusal: Refusal, rows: int) -> dict[int, Refusal]:
    """The refusal at the row that it is about: the line it names, else the first row of the document."""
    found = _OF_LINE.match(refusal.where)
    if found is None or rows == 1:
        where = f"/{found[2]}" if found else refusal.where
        return {0: msgspec.structs.replace(refusal, where=where)}
    return {min(int(found[1]), rows - 1): msgspec.structs.replace(refusal, where=f"/{found[2]}")}


async def _hold_back(executor: Executor, account: Account, held: list[Document]) -> None:
    """Put facts that could not be recorded into the quarantine: the command as JSON if there is one, else its rows."""
    kind = account.kind
    operation = next(iter(kind.operations.values())).name

    async def act(work: Work) -> None:
        await work.reserve_ids(len(held))
        arrivals = []
        for document in held:
            command = document.command
            if command is not None:
                payload, name = msgspec.json.encode(command), kind.operations[type(command)].name
            else:
                payload, name = b"\n".join(as_came(row) for row in document.rows), operation
            first = document.refused[min(document.refused)]
            arrivals.append(Arrival(work.ids.take(), name, f"file:{account.path.name}", payload, first))
        await hold_back(work.connection, arrivals)

    await executor.transact("files.hold_back", act)

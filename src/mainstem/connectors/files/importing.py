"""Importing a file: read, decide in batches through the same operations as the HTTP API, report row by row."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from mainstem.connectors.files import cells
from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.account import Account
from mainstem.connectors.files.contracts import ImportOptions, ImportReport, RowOutcome
from mainstem.connectors.files.documents import Document, documents
from mainstem.connectors.files.kinds import FILE_KINDS, FileKind
from mainstem.connectors.files.opening import open_source
from mainstem.connectors.files.reading import Defaults
from mainstem.connectors.files.rejects import as_came
from mainstem.connectors.files.rows import Source
from mainstem.domains.catalog import UNKNOWN_TIME_ZONE
from mainstem.kernel.moments import zone_names
from mainstem.kernel.refusals import Kind, Refusal, RefusedError, refuse
from mainstem.platform.execution import Executor, Outcome
from mainstem.platform.quarantine import Arrival, hold_back
from mainstem.platform.work import Work

Told = Callable[[list[RowOutcome]], Awaitable[None]]
"""Awaited with what became of the rows of each batch, once it is committed."""

Progress = Callable[[int, int | None], None]
"""Called with how much has been read and how much there is: bytes, or row groups of Parquet."""

LINES_PER_BATCH = 4_000
DOCUMENTS_PER_BATCH = 1_000

DOCUMENTS_PER_TURN = 50
"""Documents that are read before the batch that is with the database gets its turn."""

LANES = 2
"""Batches side by side, for kinds whose documents can be dealt so that the order that matters is kept in each."""

_OF_LINE = re.compile(r"/(?:lines|variants)/(\d+)/([a-z_]+)")


async def import_file(
    executor: Executor,
    kind: str,
    path: Path,
    *,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
    told: Told | None = None,
) -> ImportReport:
    """Import a file and tell what became of every row.

    Batches are committed in the order of the file; after an interruption the same file is imported again, and what was
    recorded stays as it is. Raises RefusedError when the file as a whole cannot be read: then nothing was imported.
    """
    account, source, found = begin(kind, path, options or ImportOptions())
    batch = Batch(account.kind)
    if told is not None:
        account.told = []
    flying: asyncio.Task[None] | None = None
    try:
        for number, document in enumerate(found):
            full = batch.add(document)
            if full:
                if flying is not None:
                    await flying
                flying = asyncio.create_task(_send(executor, account, full, told))
                if progress is not None:
                    progress(source.done(), source.total)
            if number % DOCUMENTS_PER_TURN == 0:
                await asyncio.sleep(0)
        if flying is not None:
            await flying
        await _send(executor, account, batch.documents, told)
    finally:
        await _stop(flying)
        source.close()
        account.rejects.close()
    if progress is not None and source.total is not None:
        progress(source.total, source.total)
    return account.report(dry_run=False)


async def _stop(flying: asyncio.Task[None] | None) -> None:
    """After an interruption the batch in flight is rolled back."""
    if flying is not None and not flying.done():
        flying.cancel()
        await asyncio.gather(flying, return_exceptions=True)


def preview_file(
    kind: str, path: Path, *, options: ImportOptions | None = None, progress: Progress | None = None
) -> ImportReport:
    """Read and check everything that can be checked without the database; nothing is sent, nothing is held back."""
    account, source, found = begin(kind, path, options or ImportOptions())
    try:
        for number, document in enumerate(found):
            account.count(document)
            if document.refused:
                account.turn_down(document, held=False)
            else:
                account.accept(document, None)
            if progress is not None and number % DOCUMENTS_PER_BATCH == 0:
                progress(source.done(), source.total)
    finally:
        source.close()
        account.rejects.close()
    return account.report(dry_run=True)


def begin(kind: str, path: Path, options: ImportOptions) -> tuple[Account, Source, Iterator[Document]]:
    """An account to keep, the open file, and its documents; raises RefusedError for a file that cannot be read."""
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


class Batch:
    """Gathers documents up to a number of documents and lines; those of one batch are for one operation."""

    def __init__(self, kind: FileKind) -> None:
        self._kind = kind
        self._lanes = LANES if kind.lane else 1
        self._lines = 0
        self._taken_by: type[Any] | None = None
        self.documents: list[Document] = []

    def add(self, document: Document) -> list[Document]:
        """Take a document; what was gathered before it, if it does not fit in, else nothing."""
        full: list[Document] = []
        command, lines = document.command, len(document.rows)
        if document.rows[0].document is not None and command is not None and self._kind.layout.lines:
            lines = len(getattr(command, self._kind.layout.lines))
        other = command is not None and self._taken_by is not None and type(command) is not self._taken_by
        if self.documents and (
            other
            or len(self.documents) == self._lanes * DOCUMENTS_PER_BATCH
            or self._lines + lines > self._lanes * LINES_PER_BATCH
        ):
            full, self.documents, self._lines, self._taken_by = self.documents, [], 0, None
        self.documents.append(document)
        self._lines += lines
        if command is not None:
            self._taken_by = type(command)
        return full


async def _decide(executor: Executor, account: Account, sent: list[Document], turn: int = 1) -> dict[int, Outcome]:
    """The outcome of each document, by its `id()`."""
    operation = account.kind.operations[type(sent[0].command)]
    actor, run = account.options.actor, account.run
    calls = [operation.call(d.command, f"file\x1f{run}\x1f{d.rows[0].number}\x1f{turn}", actor=actor) for d in sent]
    return dict(zip(map(id, sent), await executor.execute(operation, calls), strict=True))


def _deal(kind: FileKind, sent: list[Document]) -> list[list[Document]]:
    """The documents in lanes that need not wait for each other; in one when two of them name the same code."""
    if kind.lane is None:
        return [sent]
    if kind.codes is not None:
        codes = [code for document in sent for code in kind.codes(document.command)]
        if len(codes) != len(set(codes)):
            return [sent]
    lanes: list[list[Document]] = [[] for _ in range(LANES)]
    for document in sent:
        lanes[kind.lane(document.command) % LANES].append(document)
    return [lane for lane in lanes if lane]


async def _send(executor: Executor, account: Account, batch: list[Document], told: Told | None) -> None:
    """Have a batch decided, and account for it in the order of the file."""
    sent = [document for document in batch if not document.refused]
    outcomes: dict[int, Outcome] = {}
    if sent:
        lanes = _deal(account.kind, sent)
        async with asyncio.TaskGroup() as group:
            deciding = [group.create_task(_decide(executor, account, lane)) for lane in lanes]
        for task in deciding:
            outcomes |= task.result()
        if len(lanes) > 1 and account.kind.upsert:
            # What one lane gives up, such as a GTIN, another may have asked for too early.
            again = [document for document in sent if _conflicts(outcomes[id(document)])]
            outcomes |= await _decide(executor, account, again, turn=2) if again else {}
    held: list[Document] = []
    for document in batch:
        account.count(document)
        outcome = outcomes.get(id(document))
        if outcome is not None and outcome.accepted:
            account.accept(document, outcome)
            continue
        if outcome is not None:
            document.refused = by_row(account.kind, document, outcome.refusal())
        account.turn_down(document, held=account.kind.fact)
        held.append(document)
    if held and account.kind.fact:
        await _hold_back(executor, account, held)
    if told is not None and account.told:
        rows, account.told = account.told, []
        await told(rows)


def _conflicts(outcome: Outcome) -> bool:
    return not outcome.accepted and outcome.refusal().kind is Kind.CONFLICT


def by_row(kind: FileKind, document: Document, refusal: Refusal) -> dict[int, Refusal]:
    """The refusal at the row and column that it is about: the line it names, else the first row of the document."""
    found = _OF_LINE.match(refusal.where)
    position = min(int(found[1]), len(document.rows) - 1) if found else 0
    row = document.rows[position]
    if row.document is not None or not refusal.where:
        return {position: refusal}
    name = found[2] if found else refusal.where.split("/")[1]
    if found and f"variant_{name}" in kind.layout.by_name:
        name = f"variant_{name}"
    column = kind.layout.by_name.get(name)
    if column is not None and column.other in row.cells:
        name = column.other
    return {position: msgspec.structs.replace(refusal, where=f"/{name}")}


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
            arrivals.append(
                Arrival(work.ids.take(), name, f"file:{account.options.source or account.path.name}", payload, first)
            )
        await hold_back(work.connection, arrivals)

    await executor.transact("files.hold_back", act)

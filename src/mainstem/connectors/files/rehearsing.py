"""What an import would do: every document is read and decided as an import would, batch by batch, and nothing written.

A batch is decided on what the database holds now. What an earlier batch of the same file would have changed is not in
it, nor is what others change until the import.
"""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from mainstem.connectors.files.account import Account
from mainstem.connectors.files.contracts import ImportOptions, What
from mainstem.connectors.files.differences import Change, changes
from mainstem.connectors.files.documents import Document
from mainstem.connectors.files.importing import Batch, Progress, Told, begin, by_row
from mainstem.platform.execution import Executor, Outcome
from mainstem.platform.postgres import Database

SAMPLES_MAX = 100
"""Documents that are shown with what they say now and what they would say."""


CHANGES_MAX = 20
"""Differences of one document that are shown."""


class Sample(msgspec.Struct, frozen=True):
    """A document that would be created or changed: the row it begins on, what it is called, and the differences.

    `more` is how many differences there are beyond the CHANGES_MAX that are listed.
    """

    row: int
    what: What
    name: str
    changes: tuple[Change, ...]
    more: int = 0


class Rehearsal(msgspec.Struct, frozen=True):
    """What would become of the rows: how many by what, and the first documents that would make a difference."""

    rows: int
    documents: int
    counts: dict[str, int]
    samples: tuple[Sample, ...]


async def rehearse_file(
    executor: Executor,
    kind: str,
    path: Path,
    *,
    told: Told,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
) -> Rehearsal:
    """Say what importing the file would do; `told` hears of every row. Raises RefusedError as an import does."""
    account, source, found = begin(kind, path, options or ImportOptions())
    account.told = []
    counts: Counter[str] = Counter()
    samples: list[Sample] = []
    batch = Batch(account.kind)

    async def decide(documents: list[Document]) -> None:
        samples.extend(await _decide(executor, account, documents, SAMPLES_MAX - len(samples)))
        assert account.told is not None
        rows, account.told = account.told, []
        counts.update(row.what for row in rows)
        await told(rows)
        if progress is not None:
            progress(source.done(), source.total)

    try:
        for document in found:
            full = batch.add(document)
            if full:
                await decide(full)
            await asyncio.sleep(0)
        await decide(batch.documents)
    finally:
        source.close()
    return Rehearsal(account.rows, account.documents, dict(counts), tuple(samples))


async def _decide(executor: Executor, account: Account, batch: list[Document], room: int) -> list[Sample]:
    """Account for a batch; up to `room` samples of what it would make different."""
    sent = [document for document in batch if not document.refused]
    outcomes: dict[int, Outcome] = {}
    if sent:
        operation = account.kind.operations[type(sent[0].command)]
        calls = [
            operation.call(d.command, f"file\x1f{account.run}\x1f{d.rows[0].number}\x1f1", actor=account.options.actor)
            for d in sent
        ]
        outcomes = dict(zip(map(id, sent), await executor.rehearse(operation, calls), strict=True))
    different: list[tuple[Document, What]] = []
    for document in batch:
        account.count(document)
        outcome = outcomes.get(id(document))
        if outcome is None or not outcome.accepted:
            if outcome is not None:
                document.refused = by_row(account.kind, document, outcome.refusal())
            account.turn_down(document, held=account.kind.fact)
            continue
        account.accept(document, outcome)
        assert account.told
        what = account.told[-1].what
        if what != "unchanged":
            different.append((document, what))
    return await _samples(executor.database, different[:room])


async def _samples(database: Database, different: list[tuple[Document, What]]) -> list[Sample]:
    if not different:
        return []
    commands: list[Any] = [document.command for document, _ in different]
    async with database.transaction() as connection:
        told = await changes(connection, commands)
    return [
        Sample(document.rows[0].number, what, name, tuple(found[:CHANGES_MAX]), max(0, len(found) - CHANGES_MAX))
        for (document, what), (name, found) in zip(different, told, strict=True)
    ]

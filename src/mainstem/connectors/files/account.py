"""The account of an import: what became of every row, and how it is told."""

import time
import uuid
from collections import Counter
from pathlib import Path

import msgspec

from mainstem.connectors.files import contracts as c
from mainstem.connectors.files.contracts import ImportOptions, ImportReport, RowOutcome, RowRefusal, What
from mainstem.connectors.files.documents import Document
from mainstem.connectors.files.kinds import FileKind
from mainstem.connectors.files.rejects import Rejects
from mainstem.connectors.files.rows import Source
from mainstem.kernel.refusals import refuse
from mainstem.platform.execution import Outcome


class _Upserted(msgspec.Struct):
    """What an upsert answers; `changed` where the catalogue tells it."""

    created: bool
    changed: bool | None = None


_decode_upserted = msgspec.json.Decoder(_Upserted).decode


class Account:
    """The account of one import."""

    def __init__(self, kind: FileKind, path: Path, options: ImportOptions, source: Source) -> None:
        self.kind = kind
        self.path = path
        self.options = options
        self.run = options.run or uuid.uuid4().hex
        self.rejects = Rejects(options.rejects, source.columns)
        self.rows = self.accepted = self.refused = self.quarantined = 0
        self.documents = self.taken = self.repeated = self.created = self.changed = 0
        self.changes_known = True
        self.codes: Counter[str] = Counter()
        self.shown: list[RowRefusal] = []
        self.told: list[RowOutcome] | None = None
        self.started = time.monotonic()

    def count(self, document: Document) -> None:
        """Count what was read."""
        self.rows += len(document.rows)
        self.documents += 1

    def accept(self, document: Document, outcome: Outcome | None) -> None:
        """Count a document that was accepted, or that a dry run could read."""
        self.accepted += len(document.rows)
        self.taken += 1
        if outcome is None:
            return
        what: What = "unchanged" if outcome.repeated else "created"
        if self.kind.upsert:
            answer = _decode_upserted(outcome.body)
            self.created += answer.created
            self.changed += bool(answer.changed) and not answer.created
            self.changes_known &= answer.created or answer.changed is not None
            what = "created" if answer.created else "changed" if answer.changed else "unchanged"
        elif outcome.repeated:
            self.repeated += 1
        if self.told is not None:
            self.told += [RowOutcome(row.number, what) for row in document.rows]

    def turn_down(self, document: Document, *, held: bool) -> None:
        """Count and tell the rows of a document that was refused; the sound ones point to the first broken one."""
        first = document.rows[min(document.refused)].number
        for position, row in enumerate(document.rows):
            refusal = document.refused.get(position) or refuse(c.ROW_OF_REFUSED, row=first)
            self.codes[refusal.code] += 1
            if self.told is not None:
                self.told.append(RowOutcome(row.number, "quarantined" if held else "refused", refusal))
            if len(self.shown) < c.REFUSALS_SHOWN_MAX:
                field = refusal.where.removeprefix("/")
                self.shown.append(RowRefusal(row.number, field, refusal.code, refusal.message(), refusal.remedy()))
            self.rejects.add(row, refusal)
        if held:
            self.quarantined += len(document.rows)
        else:
            self.refused += len(document.rows)

    def report(self, *, dry_run: bool) -> ImportReport:
        """The account, closed."""
        upserts = self.kind.upsert and not dry_run
        known = upserts and self.changes_known
        return ImportReport(
            kind=self.kind.layout.kind,
            file=str(self.path),
            dry_run=dry_run,
            rows=self.rows,
            accepted=self.accepted,
            refused=self.refused,
            quarantined=self.quarantined,
            documents=self.documents,
            repeated=None if dry_run or upserts else self.repeated,
            created=self.created if upserts else None,
            changed=self.changed if known else None,
            unchanged=self.taken - self.created - self.changed if known else None,
            seconds=round(time.monotonic() - self.started, 3),
            codes=dict(sorted(self.codes.items())),
            refusals=tuple(self.shown),
            rejects=self.rejects.written,
        )

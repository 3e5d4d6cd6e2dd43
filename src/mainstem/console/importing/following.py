"""A file on its way: what it would change, how far its import has come, and what became of its rows."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

from mainstem.connectors import files
from mainstem.console.frame import ForbiddenError, MissingError, Reply, Visit, download, html, see_other
from mainstem.console.importing.kinds import KINDS, open_kinds
from mainstem.console.importing.words import STATES, WHATS
from mainstem.platform.query import ask
from mainstem.platform.texts import Language, worded

REFUSED_SHOWN_MAX = 100
REPORT_ROWS = 2_000
"""Rows of a report that are read at once."""

_RUNNING = ("checking", "importing")


async def show(visit: Visit) -> Reply:
    """The page of a file; for htmx what moves of it."""
    upload = await _find(visit)
    running = upload.state in _RUNNING
    if visit.htmx:
        over = () if running else ((b"hx-refresh", b"true"),)
        return html(visit, "importing/templates/_progress.html", headers=over, **_progress(visit, upload))
    dry = upload.state != "imported"
    async with visit.desk.database.transaction() as connection:
        (refused,) = await ask(connection, files.list_outcomes(upload.id, REFUSED_SHOWN_MAX + 1, dry=dry, refused=True))
    counts = upload.preview.counts if dry and upload.preview is not None else upload.counts or {}
    return html(
        visit,
        "importing/templates/upload.html",
        kind=visit.t(KINDS[upload.kind].text),
        counts=[(code, visit.t(text), colour, counts.get(code, 0)) for code, (text, colour) in WHATS.items()],
        changes=sum(counts.get(code, 0) for code in ("created", "changed")),
        turned_down=sum(counts.get(code, 0) for code in ("refused", "quarantined")),
        refused=[(row.row, row.what, *_said(row, visit.language)) for row in refused[:REFUSED_SHOWN_MAX]],
        more_refused=len(refused) > REFUSED_SHOWN_MAX,
        whats={code: (visit.t(text), colour) for code, (text, colour) in WHATS.items()},
        problem=None if upload.refusal is None else visit.problem(upload.refusal),
        mine=upload.principal == visit.caller.principal,
        fact=upload.kind == "stock",
        kept_days=files.KEPT_DAYS,
        **_progress(visit, upload),
    )


def _progress(visit: Visit, upload: files.Upload) -> dict[str, Any]:
    text, colour = STATES[upload.state]
    total = upload.total or 0
    return {
        "upload": upload,
        "running": upload.state in _RUNNING,
        "state": visit.t(text),
        "colour": colour,
        "percent": min(100, 100 * upload.done // total) if total else 0,
    }


def _said(row: files.RowOutcome, language: Language) -> tuple[str, str, str, str]:
    """Column, code, text and remedy of a row that was turned down."""
    if row.refusal is None:
        return "", "", "", ""
    text, remedy = worded(row.refusal, language)
    return row.refusal.where.removeprefix("/"), row.refusal.code, text, remedy


async def confirm(visit: Visit) -> Reply:
    """Import the file as it was checked; said twice it is imported once."""
    upload = await _find(visit, own=True)
    done = await files.confirm_upload(visit.desk.database, upload.id)
    return see_other(f"/import/{upload.id}", notice=visit.t("The import has begun.") if done else "")


async def again(visit: Visit) -> Reply:
    """Go on with a file whose check or import has come to a standstill."""
    upload = await _find(visit, own=True)
    if upload.state == "checking":
        await files.recheck_upload(visit.desk.database, upload.id)
    else:
        await files.confirm_upload(visit.desk.database, upload.id)
    return see_other(f"/import/{upload.id}")


async def report(visit: Visit) -> Reply:
    """What became of each row, or would, as CSV."""
    upload = await _find(visit)
    if not upload.kept:
        raise MissingError
    name = f"{upload.name}.report.csv"
    return download(name, "text/csv; charset=utf-8", _report(visit, upload, dry=upload.state != "imported"))


async def _report(visit: Visit, upload: files.Upload, *, dry: bool) -> AsyncIterator[bytes]:
    yield "\ufeff".encode() + _lines([("row", "what", "column", "code", "text", "remedy")])
    after = -1
    while True:
        async with visit.desk.database.transaction() as connection:
            (rows,) = await ask(connection, files.list_outcomes(upload.id, REPORT_ROWS, after, dry=dry))
        if rows:
            yield _lines([(row.row, row.what, *map(files.guard, _said(row, visit.language))) for row in rows])
            after = rows[-1].row
        if len(rows) < REPORT_ROWS:
            return


def _lines(rows: list[tuple[object, ...]]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


async def _find(visit: Visit, *, own: bool = False) -> files.Upload:
    """The file of the address, for somebody who may import its kind; its sender only when something is to be done."""
    number = visit.path["upload"]
    if number >= 1 << 63:
        raise MissingError
    async with visit.desk.database.transaction() as connection:
        (upload,) = await ask(connection, files.find_upload(number))
    if upload is None:
        raise MissingError
    if upload.kind not in open_kinds(visit) or (own and upload.principal != visit.caller.principal):
        raise ForbiddenError
    return upload

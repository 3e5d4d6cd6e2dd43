"""Choosing a file, and the files that were sent before."""

from pathlib import Path

from mainstem.connectors import files
from mainstem.console.frame import ForbiddenError, Form, Problem, Reply, Visit, html, see_other
from mainstem.console.importing.kinds import KINDS, open_kinds
from mainstem.console.importing.words import STATES
from mainstem.kernel.moments import zone_names
from mainstem.kernel.refusals import Kind, RefusedError, declare, refuse
from mainstem.platform.query import ask

ROWS = 20
NAME_LENGTH_MAX = 200
KEY_LENGTH_MAX = 64

ENCODINGS = (("utf-8", "UTF-8"), ("gb18030", "GB18030 (GBK, GB2312)"), ("cp1252", "Windows-1252"))

NO_FILE = declare("no_file", Kind.INVALID, "No file was chosen.", "Choose a CSV, JSON Lines or Parquet file.")


async def show(visit: Visit) -> Reply:
    """The form, and a page of what was sent before."""
    return await _page(visit, {"kind": visit.query.get("kind", ""), "time_zone": visit.zone})


async def send(visit: Visit) -> Reply:
    """Keep the file, and have it checked."""
    form = await visit.form()
    kind = form.text("kind")
    if kind not in open_kinds(visit):
        raise ForbiddenError
    upload = form.upload("file")
    if upload is None:
        return await _page(visit, form.typed(), visit.problem(refuse(NO_FILE, "/file")))
    try:
        name = Path(upload.name.replace("\\", "/").replace("\x00", "")).name[-NAME_LENGTH_MAX:]
        files.format_of(Path(name), None)
    except RefusedError as refused:
        return await _page(visit, form.typed(), visit.problem(refused.refusal))
    sender = files.Sender(visit.caller.principal, form.text("key")[:KEY_LENGTH_MAX])
    sent = await files.send_upload(visit.desk.database, sender, kind, name, _options(form), upload.body)
    return see_other(f"/import/{sent}")


def _options(form: Form) -> files.UploadOptions:
    return files.UploadOptions(
        encoding=form.text("encoding") if form.text("encoding") in dict(ENCODINGS) else "utf-8",
        time_zone=form.text("time_zone") or None,
        currency=form.text("currency").upper() or None,
        valid_from=form.text("valid_from") or None,
    )


async def _page(visit: Visit, values: dict[str, str], problem: Problem | None = None) -> Reply:
    kinds = open_kinds(visit)
    if not kinds:
        raise ForbiddenError
    before = visit.query.get("before", "")
    start = int(before) if before.isdecimal() and len(before) < 19 else None  # noqa: PLR2004 - what bigint holds
    async with visit.desk.database.transaction() as connection:
        (rows,) = await ask(connection, files.list_uploads(kinds, ROWS + 1, start))
    return html(
        visit,
        "importing/templates/import.html",
        status=200 if problem is None else problem.status,
        values=values,
        problem=problem,
        kinds=[(code, visit.t(kind.text), visit.t(kind.about), kind.icon) for code, kind in kinds.items()],
        kind_names={code: visit.t(kind.text) for code, kind in KINDS.items()},
        encodings=list(ENCODINGS),
        zones=[(zone, zone) for zone in sorted(zone_names())],
        rows=rows[:ROWS],
        states={code: (visit.t(text), colour) for code, (text, colour) in STATES.items()},
        next_url=visit.url(before=rows[ROWS - 1].id) if len(rows) > ROWS else "",
        first_url=visit.url(before=None) if start is not None else "",
        megabytes=visit.desk.settings.upload_bytes_max // 1_000_000,
        kept_days=files.KEPT_DAYS,
    )

"""The jobs that check and import files that people have sent, in the worker.

A job that was cut short runs again from the beginning: what its first run did stays, and is told the same.
What a file says is never logged.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from mainstem.connectors.files import uploads
from mainstem.connectors.files.contracts import ImportOptions, RowOutcome
from mainstem.connectors.files.importing import import_file
from mainstem.connectors.files.rehearsing import Rehearsal, rehearse_file
from mainstem.connectors.files.uploads import Sender, Upload, UploadOptions
from mainstem.kernel.refusals import INTERNAL, Refusal, RefusedError, refuse
from mainstem.platform.execution import Executor
from mainstem.platform.jobs import Job, Queue
from mainstem.platform.postgres import TRANSIENT, Database
from mainstem.platform.query import ask

PROGRESS_SECONDS = 1.0
"""Pause between two notes of how far reading has come."""

_log = structlog.get_logger(__name__)


async def check_upload(database: Database, *, upload: int) -> None:
    """Say what importing a file would do."""
    await _handle(database, upload, dry=True)


async def import_upload(database: Database, *, upload: int) -> None:
    """Import a file."""
    await _handle(database, upload, dry=False)


async def forget_old_uploads(database: Database) -> None:
    """Forget the files whose time is up."""
    async with database.transaction() as connection:
        await uploads.forget_uploads(connection)


CHECK_UPLOAD = Job("files.check_upload", check_upload)
IMPORT_UPLOAD = Job("files.import_upload", import_upload)
FORGET_UPLOADS = Job("files.forget_uploads", forget_old_uploads, cron="47 3 * * *")
JOBS = (CHECK_UPLOAD, IMPORT_UPLOAD, FORGET_UPLOADS)


async def send_upload(
    database: Database, sender: Sender, kind: str, name: str, options: UploadOptions, body: bytes
) -> int:
    """Keep a file and have it checked; its id. Sent again with the same key it is the same file."""
    async with database.transaction() as connection:
        upload, new = await uploads.add_upload(connection, sender, kind, name, options, body)
        if new:
            await Queue(database, JOBS).enqueue(connection, CHECK_UPLOAD, {"upload": upload})
    return upload


async def confirm_upload(database: Database, upload: int) -> bool:
    """Have a checked file imported, once; False when that was said before, or is not possible."""
    return await _begin_again(database, upload, dry=False)


async def recheck_upload(database: Database, upload: int) -> bool:
    """Have a file checked whose check came to a standstill; False when that is not so."""
    return await _begin_again(database, upload, dry=True)


async def _begin_again(database: Database, upload: int, *, dry: bool) -> bool:
    async with database.transaction() as connection:
        if not await uploads.begin(connection, upload, dry=dry):
            return False
        job = CHECK_UPLOAD if dry else IMPORT_UPLOAD
        await Queue(database, JOBS).enqueue(connection, job, {"upload": upload})
    return True


async def _handle(database: Database, number: int, *, dry: bool) -> None:
    async with database.transaction() as connection:
        (upload,) = await ask(connection, uploads.find_upload(number))
        if upload is None or not upload.kept or upload.state != ("checking" if dry else "importing"):
            return
        body = await uploads.body_of(connection, number)
    refusal: Refusal | None = None
    preview: Rehearsal | None = None
    try:
        preview = await _work(database, upload, body, dry=dry)
    except RefusedError as refused:
        refusal = refused.refusal
    except TRANSIENT as error:  # the job runs again; the message could repeat what the file says
        raise ConnectionError(type(error).__name__) from None
    except Exception as error:  # noqa: BLE001 - an edge: a message could repeat what the file says, so its class is told
        _log.error("import failed", upload=number, error=type(error).__name__)
        refusal = refuse(INTERNAL, trace=f"upload-{number}")
    async with database.transaction() as connection:
        counts = None
        if not dry:
            (counts,) = await ask(connection, uploads.count_outcomes(number, dry=False))
        await uploads.close_upload(connection, number, dry=dry, preview=preview, counts=counts, refusal=refusal)


async def _work(database: Database, upload: Upload, body: bytes, *, dry: bool) -> Rehearsal | None:
    executor = Executor(database)
    progress = _Progress(database, upload.id)

    async def told(rows: list[RowOutcome]) -> None:
        wanted = [row for row in rows if row.refusal is not None] if dry else rows
        if wanted:
            await _write(database, uploads.tell_rows, upload.id, wanted, dry=dry)

    with TemporaryDirectory(prefix="mainstem-import-") as folder:
        path = Path(folder) / f"upload{Path(upload.name).suffix.lower()}"
        await asyncio.to_thread(path.write_bytes, body)
        run: dict[str, Any] = {"options": _options(upload), "progress": progress.note, "told": told}
        async with progress.noting():
            if dry:
                return await rehearse_file(executor, upload.kind, path, **run)
            await import_file(executor, upload.kind, path, **run)
            return None


def _options(upload: Upload) -> ImportOptions:
    return ImportOptions(
        encoding=upload.options.encoding,
        time_zone=upload.options.time_zone,
        currency=upload.options.currency,
        valid_from=upload.options.valid_from,
        actor=upload.principal,
        run=f"upload-{upload.id}",
        source=upload.name,
    )


async def _write(
    database: Database, write: Callable[..., Awaitable[None]], *arguments: object, **named: object
) -> None:
    async with database.transaction() as connection:
        await write(connection, *arguments, **named)


class _Progress:
    """How far reading has come, noted in the database now and then."""

    def __init__(self, database: Database, upload: int) -> None:
        self._database = database
        self._upload = upload
        self._latest: tuple[int, int | None] = (0, None)

    def note(self, done: int, total: int | None) -> None:
        """Remember how much has been read."""
        self._latest = done, total

    @contextlib.asynccontextmanager
    async def noting(self) -> AsyncIterator[None]:
        """Note it every PROGRESS_SECONDS while the block runs, and at its end."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._write()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            with contextlib.suppress(*TRANSIENT):  # the next note is soon
                await self._write()

    async def _write(self) -> None:
        async with self._database.transaction() as connection:
            await uploads.note_progress(connection, self._upload, *self._latest)

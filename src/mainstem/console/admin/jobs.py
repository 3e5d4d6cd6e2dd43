"""Background jobs: what waits, runs or has failed, to be run again or stopped."""

from datetime import UTC, datetime, timedelta

import msgspec

from mainstem.console.admin import words
from mainstem.console.admin.audit import pretty
from mainstem.console.admin.people import INTEGER_MAX, number
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.platform import job_list
from mainstem.platform.access.permissions import JOBS_WRITE
from mainstem.platform.jobs import ATTEMPTS_MAX
from mainstem.platform.query import ask

PAGE = 50
TABS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("open", ("todo", "doing", "aborting")),
    ("failed", ("failed",)),
    ("ended", ("succeeded", "cancelled", "aborted")),
)


async def listing(visit: Visit) -> Reply:
    """Jobs by their state, the latest first; the workers; what is done at set times."""
    show = visit.query.get("show", "open")
    states = dict(TABS).get(show, dict(TABS)["open"])
    before = number(visit.query.get("before", ""))
    async with visit.desk.database.snapshot() as connection:
        rows, counts, workers, periodic = await ask(
            connection,
            job_list.jobs(states, PAGE + 1, before),
            job_list.counts(),
            job_list.workers(),
            job_list.periodic(),
        )
    shown = rows[:PAGE]
    silent = timedelta(seconds=job_list.WORKER_SILENT_SECONDS)
    return html(
        visit,
        "admin/templates/jobs.html",
        rows=[(row, name(visit, row.name), words.JOB_STATES[row.state]) for row in shown],
        counts=counts,
        count_max=job_list.COUNT_MAX,
        show=show,
        workers=workers,
        alive=sum(datetime.now(UTC) - heard < silent for heard in workers),
        periodic=[(one, name(visit, one.name)) for one in periodic],
        next_url=visit.url(before=shown[-1].id) if len(rows) > PAGE else "",
        first_url=visit.url(before=None) if before else "",
    )


async def show(visit: Visit) -> Reply:
    """A job with what it was given, what happened to it, and its error."""
    return await _page(visit, None)


async def retry(visit: Visit) -> Reply:
    """Run a failed job once more."""
    form = await visit.form()
    done = await visit.run(job_list.RETRY_JOB, job_list.RetryJob(_number(visit)), form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, done)
    return see_other(f"/admin/jobs/{done.job}", notice=visit.t("The job is queued again."))


async def stop_form(visit: Visit) -> Reply:
    """What stopping the job will do."""
    row, _ = await _read(visit)
    return html(visit, "admin/templates/stop.html", row=row, name=name(visit, row.name))


async def stop(visit: Visit) -> Reply:
    """Cancel a job that waits, or ask one that runs to stop."""
    form = await visit.form()
    done = await visit.run(job_list.STOP_JOB, job_list.StopJob(_number(visit)), form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, done)
    return see_other(f"/admin/jobs/{done.job}", notice=visit.t("The job is told to stop."))


def name(visit: Visit, job: str) -> str:
    """What a kind of job does."""
    return visit.t(words.JOB_NAMES[job]) if job in words.JOB_NAMES else job


async def _page(visit: Visit, problem: Problem | None) -> Reply:
    row, events = await _read(visit)
    return html(
        visit,
        "admin/templates/job.html",
        status=problem.status if problem else 200,
        row=row,
        name=name(visit, row.name),
        state=words.JOB_STATES[row.state],
        arguments=pretty(msgspec.json.decode(row.arguments)),
        events=[(visit.t(words.JOB_EVENTS[event.kind]), event.at) for event in events],
        attempts_max=ATTEMPTS_MAX,
        problem=problem,
        may=visit.allowed(JOBS_WRITE),
    )


async def _read(visit: Visit) -> tuple[job_list.JobRow, list[job_list.JobEvent]]:
    number = _number(visit)
    async with visit.desk.database.snapshot() as connection:
        row, events = await ask(connection, job_list.job(number), job_list.events(number))
    if row is None:
        raise MissingError
    return row, events


def _number(visit: Visit) -> int:
    number: int = visit.path["job"]
    if number > INTEGER_MAX:
        raise MissingError
    return number

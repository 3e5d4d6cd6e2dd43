"""The queue of jobs, to look at and to intervene in: what waits, runs or has failed, to be run again or stopped.

The tables and functions are those of procrastinate (see migration 0007).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

from mainstem.kernel.refusals import NOT_FOUND, Kind, Refusal, declare, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.work import Event, Work

JobState = Literal["todo", "doing", "succeeded", "failed", "cancelled", "aborting", "aborted"]
STATES: tuple[JobState, ...] = get_args(JobState)
PAGE_MAX = 200
COUNT_MAX = 1_000
"""Jobs of a state are counted up to this."""

WORKER_SILENT_SECONDS = 30
"""A worker that was not heard of for so long is dead."""

JOB_STATE = declare(
    "job_state",
    Kind.CONFLICT,
    "Job {id} can no longer be changed like this: it has gone on meanwhile.",
    "Load the page again to see what can still be done with it.",
)

_SELECT = """
select j.id, j.task_name, j.status::text, j.attempts, j.scheduled_at, j.abort_requested, j.args::text,
    (select min(e.at) from procrastinate_events as e where e.job_id = j.id and e.type in ('deferred', 'scheduled')),
    (select max(e.at) from procrastinate_events as e where e.job_id = j.id),
    (select f.error from platform.job_failure as f where f.job = j.id)
from procrastinate_jobs as j
"""
_encode = msgspec.json.Encoder().encode


class JobRow(msgspec.Struct, frozen=True):
    """A job. `attempts` that were made; `scheduled_at`: not before then; `changed_at`: its last change of state.

    `error` is what the last attempt that failed said; None when none did.
    """

    id: int
    name: str
    state: JobState
    attempts: int
    scheduled_at: datetime | None
    stopping: bool
    arguments: msgspec.Raw
    asked_at: datetime | None
    changed_at: datetime | None
    error: str | None


class JobEvent(msgspec.Struct, frozen=True):
    """A change of a job's state."""

    kind: str
    at: datetime | None


class Periodic(msgspec.Struct, frozen=True):
    """A job that is done at set times, and when it was last asked for."""

    name: str
    last_at: datetime


class RetryJob(msgspec.Struct, frozen=True):
    """Run a job that has failed once more, now."""

    job: int


class StopJob(msgspec.Struct, frozen=True):
    """Cancel a job that waits, or ask one that runs to stop."""

    job: int


class JobChanged(msgspec.Struct, frozen=True):
    """A job about which something was done."""

    job: int
    name: str


def jobs(states: Sequence[str], limit: int, before: int | None = None) -> Query[list[JobRow]]:
    """Up to `limit` jobs in these states, the latest first, made before one."""
    return Query(
        f"{_SELECT} where j.status::text = any(%b::text[]) and (%b::bigint is null or j.id < %b::bigint)"
        " order by j.id desc limit %b::bigint",
        (list(states), before, before, min(limit, PAGE_MAX)),
        lambda rows: [_row(row) for row in rows],
    )


def job(number: int) -> Query[JobRow | None]:
    """One job."""
    return Query(f"{_SELECT} where j.id = %b::bigint", (number,), lambda rows: _row(rows[0]) if rows else None)


def events(number: int) -> Query[list[JobEvent]]:
    """What happened to a job, oldest first."""
    return Query(
        "select type::text, at from procrastinate_events where job_id = %b::bigint order by id limit 1000",
        (number,),
        lambda rows: [JobEvent(*row) for row in rows],
    )


def counts() -> Query[dict[str, int]]:
    """How many jobs there are of each state, up to `COUNT_MAX` each."""
    return Query(
        "select s.state, (select count(*) from (select from procrastinate_jobs as j"
        " where j.status = s.state::procrastinate_job_status limit %b::bigint) as counted)"
        " from unnest(%b::text[]) as s(state)",
        (COUNT_MAX, list(STATES)),
        dict,
    )


def workers() -> Query[list[datetime]]:
    """When each worker was last heard of, the latest first."""
    return Query(
        "select last_heartbeat from procrastinate_workers order by last_heartbeat desc limit 100",
        (),
        lambda rows: [row[0] for row in rows],
    )


def periodic() -> Query[list[Periodic]]:
    """The jobs that are done at set times."""
    return Query(
        "select task_name, to_timestamp(max(defer_timestamp)) from procrastinate_periodic_defers"
        " group by task_name order by task_name limit 100",
        (),
        lambda rows: [Periodic(*row) for row in rows],
    )


async def _retry(work: Work, calls: Sequence[Call[RetryJob]]) -> list[JobChanged | Refusal]:
    results: list[JobChanged | Refusal] = []
    for call in calls:
        found = await _locked(work, call.command.job)
        if found is None or found[1] != "failed":
            results.append(_unfit(call.command.job, found))
            continue
        await work.connection.execute(
            "select procrastinate_retry_job_v2(%s, now(), null, null, null)", (call.command.job,)
        )
        results.append(_told(work, call, "job_retried", found[0]))
    return results


async def _stop(work: Work, calls: Sequence[Call[StopJob]]) -> list[JobChanged | Refusal]:
    results: list[JobChanged | Refusal] = []
    for call in calls:
        found = await _locked(work, call.command.job)
        if found is None or found[1] not in ("todo", "doing"):
            results.append(_unfit(call.command.job, found))
            continue
        await work.connection.execute("select procrastinate_cancel_job_v1(%s, true, false)", (call.command.job,))
        results.append(_told(work, call, "job_stopped", found[0]))
    return results


async def _locked(work: Work, number: int) -> tuple[str, str] | None:
    (found,) = await ask(
        work.connection,
        Query(
            "select task_name, status::text from procrastinate_jobs where id = %b::bigint for update",
            (number,),
            lambda rows: (rows[0][0], rows[0][1]) if rows else None,
        ),
    )
    return found


def _unfit(number: int, found: tuple[str, str] | None) -> Refusal:
    if found is None:
        return refuse(NOT_FOUND, "/job", what="job", id=number)
    return refuse(JOB_STATE, "/job", id=number)


def _told(work: Work, call: Call[Any], verb: str, name: str) -> JobChanged:
    changed = JobChanged(call.command.job, name)
    work.emit(
        Event(
            type=f"platform.{verb}",
            subject=changed.job,
            actor=call.actor,
            trace=call.trace,
            occurred_at=work.now,
            payload=_encode(changed),
        )
    )
    return changed


def _row(row: Row) -> JobRow:
    return JobRow(*(*row[:6], msgspec.Raw(row[6].encode()), *row[7:]))


RETRY_JOB: Operation[RetryJob, JobChanged] = Operation("platform.retry_job", RetryJob, JobChanged, _retry)
STOP_JOB: Operation[StopJob, JobChanged] = Operation("platform.stop_job", StopJob, JobChanged, _stop)

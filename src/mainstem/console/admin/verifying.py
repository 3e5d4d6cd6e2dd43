"""Verifying the audit trail: how far it is sealed, a span computed anew by a job, and what that found."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mainstem.console.admin.people import INTEGER_MAX
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.kernel.refusals import refuse
from mainstem.platform import verification
from mainstem.platform.access.directory import names
from mainstem.platform.query import ask

LISTED = 20
RECENT_SEALS = 1_000

HOME = "/admin/audit/verification"


async def listing(visit: Visit) -> Reply:
    """The state of the seals, and the verifications that were asked for."""
    return await _listing(visit, None, {})


async def verify(visit: Visit) -> Reply:
    """Ask for a verification of the latest seals, of some days, or of everything."""
    form = await visit.form()
    span = await _span(visit, form.text("what"), form.text("from"), form.text("to"))
    if isinstance(span, Problem):
        return await _listing(visit, span, form.typed())
    done = await visit.run(verification.VERIFY_SEALS, verification.VerifySeals(*span), form.text("key"))
    if isinstance(done, Problem):
        return await _listing(visit, done, form.typed())
    return see_other(f"{HOME}/{done.verification}")


async def show(visit: Visit) -> Reply:
    """How far a verification has come, and what it found."""
    number: int = visit.path["verification"]
    if number > INTEGER_MAX:
        raise MissingError
    async with visit.desk.database.transaction() as connection:
        (found,) = await ask(connection, verification.verification(number))
        if found is None:
            raise MissingError
        (called,) = await ask(connection, names([found.asked_by]))
    template = "_verification.html" if visit.htmx else "verification.html"
    return html(
        visit,
        f"admin/templates/{template}",
        found=found,
        who=called.get(found.asked_by, ""),
        fault=_fault(visit, found),
    )


async def _listing(visit: Visit, problem: Problem | None, typed: dict[str, str]) -> Reply:
    async with visit.desk.database.snapshot() as connection:
        seals, found = await ask(connection, verification.sealed(), verification.verifications(LISTED))
        (called,) = await ask(connection, names({one.asked_by for one in found}))
    return html(
        visit,
        "admin/templates/verifications.html",
        status=problem.status if problem else 200,
        seals=seals,
        found=[(one, called.get(one.asked_by, ""), _fault(visit, one)) for one in found],
        recent=min(RECENT_SEALS, seals.number),
        problem=problem,
        typed=typed,
        late=seals.waiting is not None and datetime.now(UTC) - seals.waiting > timedelta(minutes=1),
    )


async def _span(visit: Visit, what: str, begin: str, end: str) -> tuple[int, int] | Problem:
    async with visit.desk.database.transaction() as connection:
        (seals,) = await ask(connection, verification.sealed())
        if what == "all":
            return 1, seals.number
        if what != "days":
            return max(1, seals.number - RECENT_SEALS + 1), seals.number
        zone = ZoneInfo(visit.zone)
        try:
            first = datetime.combine(date.fromisoformat(begin), time(), zone)
            last = datetime.combine(date.fromisoformat(end or begin) + timedelta(days=1), time(), zone)
        except ValueError:
            return visit.problem(refuse(verification.NO_SUCH_SEALS, "/from", first="–", last="–", latest=seals.number))
        (span,) = await ask(connection, verification.span(first, last))
    if span is None:
        return visit.problem(refuse(verification.NO_SUCH_SEALS, "/from", first="–", last="–", latest=seals.number))
    return span


def _fault(visit: Visit, found: verification.Verification) -> str:
    if found.fault is None:
        return ""
    return found.fault.en if visit.language == "en" else found.fault.zh

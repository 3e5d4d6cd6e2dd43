"""The quarantine: what waits, why, from where; and each entry with what arrived."""

import re
from collections.abc import Mapping

import msgspec

from mainstem.console.admin import words
from mainstem.console.admin.audit import pretty
from mainstem.console.admin.people import INTEGER_MAX, number
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html
from mainstem.kernel.refusals import REGISTRY
from mainstem.platform import personal, quarantine
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import QUARANTINE_WRITE
from mainstem.platform.query import ask
from mainstem.platform.texts import translate

PAGE = 50
FILTERS = ("code", "operation", "source")
_VALUE = re.compile(r"\{[^}]*\}")

STATES: tuple[quarantine.State, ...] = ("waiting", "resubmitted", "set_aside")


class Line(msgspec.Struct, frozen=True):
    """An entry in the list, in the visitor's words."""

    entry: quarantine.Entry
    what: str
    where_from: str
    problem: Problem


def asked(query: Mapping[str, str]) -> quarantine.QuarantineFilter:
    """What a query narrows the list to."""
    return quarantine.QuarantineFilter(
        state=next((state for state in STATES if state == query.get("state")), "waiting"),
        code=query.get("code") or None,
        operation=query.get("operation") or None,
        source=query.get("source") or None,
    )


async def listing(visit: Visit) -> Reply:
    """What waits or is settled, oldest first, and what waits by reason and source."""
    wanted = asked(visit.query)
    after = number(visit.query.get("after", "")) or 0
    async with visit.desk.database.snapshot() as connection:
        entries, groups = await ask(connection, quarantine.listed(wanted, PAGE + 1, after), quarantine.groups())
        shown = entries[:PAGE]
        sources = {one.source for one in shown} | {group.source for group in groups}
        (called,) = await ask(connection, names(map(_principal_of, sources)))
    return html(
        visit,
        "admin/templates/quarantine.html",
        lines=[_line(visit, entry, called) for entry in shown],
        groups=[
            (
                group,
                _reason(visit, group.code),
                arrived(visit, group.operation),
                source_name(visit, group.source, called),
            )
            for group in groups
        ],
        codes=sorted({(group.code, _reason(visit, group.code)) for group in groups}),
        operations=sorted({(group.operation, arrived(visit, group.operation)) for group in groups}),
        sources=sorted({(group.source, source_name(visit, group.source, called)) for group in groups}),
        total=sum(group.entries for group in groups),
        counted_max=quarantine.GROUPED_MAX,
        states=[(state, visit.t(words.ENTRY_STATES[state][0])) for state in STATES],
        state=wanted.state,
        next_url=visit.url(after=shown[-1].id) if len(entries) > PAGE else "",
        first_url=visit.url(after=None) if after else "",
        narrowed=any(visit.query.get(name) for name in FILTERS),
        filters={name: visit.query.get(name, "") for name in FILTERS},
        may=visit.allowed(QUARANTINE_WRITE),
    )


async def show(visit: Visit) -> Reply:
    """An entry: reason, remedy, what arrived, and what can be done."""
    return await page(visit)


async def page(visit: Visit, problem: Problem | None = None, typed: str | None = None, note: str = "") -> Reply:
    """The page of an entry, with what was refused and typed."""
    entry = await the_entry(visit)
    async with visit.desk.database.transaction() as connection:
        (called,) = await ask(connection, names([entry.settled_by or 0, _principal_of(entry.source)]))
    may = visit.allowed(QUARANTINE_WRITE) and entry.state == "waiting"
    text, hidden = _content(visit, entry)
    return html(
        visit,
        "admin/templates/entry.html",
        status=problem.status if problem else 200,
        line=_line(visit, entry, called),
        state=words.ENTRY_STATES[entry.state],
        by=called.get(entry.settled_by or 0, ""),
        content=text,
        hidden=hidden,
        typed=(text if typed is None else typed) or "",
        problem=problem,
        note=note,
        may=may,
    )


async def the_entry(visit: Visit) -> quarantine.Entry:
    """The entry that the address names; raises MissingError."""
    entry_id: int = visit.path["entry"]
    if entry_id > INTEGER_MAX:
        raise MissingError
    async with visit.desk.database.transaction() as connection:
        (entry,) = await ask(connection, quarantine.entry(entry_id))
    if entry is None:
        raise MissingError
    return entry


def arrived(visit: Visit, operation: str) -> str:
    """What arrivals for an operation are called."""
    return visit.t(words.ARRIVED[operation]) if operation in words.ARRIVED else operation


def source_name(visit: Visit, source: str, called: dict[int, str]) -> str:
    """Where something came from: the name of a connection or of a file."""
    kind, separator, rest = source.partition("/")
    if kind == "api" and separator:
        return visit.t("API · {name}", name=called.get(_principal_of(source), f"#{rest}"))
    kind, separator, rest = source.partition(":")
    return visit.t("File · {name}", name=rest) if kind == "file" and separator else source


def _content(visit: Visit, entry: quarantine.Entry) -> tuple[str | None, bool]:
    """What arrived as text, None when it is none; and whether personal data is hidden in it.

    Who may correct an entry sees it as it came. Others see customers' data only as far as it can be hidden.
    """
    try:
        text = entry.payload.decode()
    except UnicodeDecodeError:
        return None, False
    try:
        value = msgspec.json.decode(entry.payload)
    except (msgspec.DecodeError, RecursionError):
        readable = visit.allowed(QUARANTINE_WRITE) or not personal.names_customers(entry.operation)
        return (text, False) if readable else (None, True)
    if visit.allowed(QUARANTINE_WRITE) or not personal.names_customers(entry.operation):
        return pretty(value), False
    return pretty(personal.masked(value)), personal.masked(value) != value


def _principal_of(source: str) -> int:
    return number(source.partition("/")[2]) or 0


def _reason(visit: Visit, code: str) -> str:
    """What is wrong with all of a code: its message without the values that differ."""
    known = REGISTRY.get(code)
    return code if known is None else _VALUE.sub("…", translate(known.message, visit.language))


def _line(visit: Visit, entry: quarantine.Entry, called: dict[int, str]) -> Line:
    return Line(
        entry, arrived(visit, entry.operation), source_name(visit, entry.source, called), visit.problem(entry.refusal)
    )

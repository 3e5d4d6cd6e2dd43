"""The audit trail: who did what, when, to what; and each event as it was recorded."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.admin import words
from mainstem.console.admin.people import INTEGER_MAX, number
from mainstem.console.frame import MissingError, Reply, Visit, html
from mainstem.platform import audit, personal, verification
from mainstem.platform.access.directory import choices, names
from mainstem.platform.access.permissions import DATA_EXPORT, ORDERS_READ
from mainstem.platform.query import ask

PAGE = 50
CHOICES_MAX = 200
FILTERS = ("actor", "type", "subject", "from", "to", "trace")

_TRACE_LENGTH_MAX = 64
_NOBODY = -1


class Line(msgspec.Struct, frozen=True):
    """An event in the list. `about` is the address of what it is about, "" where it has none of its own."""

    xid: str
    event: audit.EventView
    text: str
    room: str
    who: str
    about: str


def asked(visit: Visit) -> audit.TrailFilter:
    """What the address narrows the trail to; days are those of the visitor's zone."""
    query = visit.query
    begin, end = _day(query.get("from", "")), _day(query.get("to", ""))
    zone = ZoneInfo(visit.zone)
    return audit.TrailFilter(
        actor=_wanted(query.get("actor", "")),
        type=query.get("type") or None,
        subject=_wanted(query.get("subject", "")),
        trace=query.get("trace", "")[:_TRACE_LENGTH_MAX] or None,
        begin=None if begin is None else datetime.combine(begin, time(), zone).astimezone(UTC),
        end=None if end is None else datetime.combine(end + timedelta(days=1), time(), zone).astimezone(UTC),
    )


async def listing(visit: Visit) -> Reply:
    """Events, the latest first."""
    wanted = asked(visit)
    before = _position(visit.query.get("before", ""))
    async with visit.desk.database.snapshot() as connection:
        within, people, seals = await ask(connection, audit.bounds(wanted), choices(CHOICES_MAX), verification.sealed())
        (entries,) = await ask(connection, audit.trail(wanted, PAGE + 1, before, within))
        shown = entries[:PAGE]
        (called,) = await ask(connection, names({*(one.event.actor for one in shown), wanted.actor or 0}))
    actors = [(0, visit.t("The system")), *people]
    if wanted.actor is not None and wanted.actor not in dict(actors):
        actors.append((wanted.actor, called.get(wanted.actor, f"#{wanted.actor}")))
    query = {name: visit.query[name] for name in FILTERS if visit.query.get(name)}
    return html(
        visit,
        "admin/templates/audit.html",
        lines=[_line(visit, entry, called) for entry in shown],
        actors=actors,
        types=[(kind, visit.t(text)) for kind, text in sorted(words.HAPPENED.items())],
        next_url=visit.url(before="-".join(map(str, shown[-1].position))) if len(entries) > PAGE else "",
        first_url=visit.url(before=None) if before else "",
        narrowed=bool(query),
        seals=seals,
        export_url="/admin/audit/export" + _encoded(query) if visit.allowed(DATA_EXPORT) else "",
    )


async def show(visit: Visit) -> Reply:
    """One event with its payload; customers' data is hidden but for its end, unless it is asked for."""
    xid, event_id = visit.path["xid"], visit.path["event"]
    if xid > INTEGER_MAX or event_id > INTEGER_MAX:
        raise MissingError
    position = (str(xid), event_id)
    async with visit.desk.database.snapshot() as connection:
        entry, under = await ask(connection, audit.event(position), verification.seal_of(*position))
        if entry is None:
            raise MissingError
        (called,) = await ask(connection, names([entry.event.actor]))
    payload = msgspec.json.decode(entry.event.payload)
    sensitive = personal.names_customers(entry.event.type) and personal.masked_event(payload) != payload
    may_see = visit.allowed(ORDERS_READ)
    hidden = sensitive and not (may_see and visit.query.get("personal") == "shown")
    shown = personal.masked_event(payload) if hidden else payload
    return html(
        visit,
        "admin/templates/event.html",
        line=_line(visit, entry, called),
        payload=shown,
        raw=pretty(shown),
        seal=under,
        hidden=hidden,
        reveal=visit.url(personal="shown") if hidden and may_see else "",
        hide=visit.url(personal=None) if sensitive and not hidden else "",
    )


def pretty(value: Any) -> str:  # noqa: ANN401 - JSON
    """A JSON value as people read it."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _line(visit: Visit, entry: audit.Entry, called: dict[int, str]) -> Line:
    event = entry.event
    room = event.type.partition(".")[0]
    return Line(
        xid=entry.position[0],
        event=event,
        text=words.happened(visit, event.type),
        room=visit.t(words.ROOMS[room]) if room in words.ROOMS else room,
        who=visit.t("The system") if event.actor == 0 else called.get(event.actor, f"#{event.actor}"),
        about=_about(event),
    )


def _about(event: audit.EventView) -> str:
    kind, subject = event.type, event.subject
    if kind == "orders.sales_plan_set":
        return "/plan"
    if kind.startswith("orders."):
        return f"/orders/{subject}"
    if kind.startswith("access.key_"):
        return f"/admin/keys/{subject}"
    if kind.startswith("access."):
        return f"/admin/people/{subject}"
    if kind.startswith("quarantine."):
        return f"/admin/quarantine/{subject}"
    if kind.startswith("audit."):
        return f"/admin/audit/verification/{subject}"
    return f"/admin/jobs/{subject}" if kind.startswith("platform.job") else ""


def _wanted(text: str) -> int | None:
    """A number to narrow to; what is none finds nothing."""
    if not text:
        return None
    found = number(text)
    return _NOBODY if found is None else found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _position(text: str) -> audit.Position | None:
    xid, _, event = text.partition("-")
    found = number(xid), number(event)
    return None if found[0] is None or found[1] is None else (str(found[0]), found[1])


def _encoded(query: dict[str, str]) -> str:
    return f"?{urlencode(query)}" if query else ""

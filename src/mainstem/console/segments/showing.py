"""The page of a segment: what it is, its members, and what has changed."""

from datetime import datetime

import msgspec

from mainstem.console.frame import N_, MissingError, Reply, Visit, html
from mainstem.console.segments import fields
from mainstem.console.segments.building import readable
from mainstem.console.segments.drawing import pretty
from mainstem.console.segments.growing import growth_of, moves
from mainstem.console.segments.members import Line, lines
from mainstem.console.segments.wording import sentence
from mainstem.domains import customers
from mainstem.platform import audit
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import DATA_EXPORT, SEGMENTS_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

ROWS = 50
FEED = 50
DAYS = 30
"""Days of which it is shown how many came and went."""
LEFT_LOOKED_AT = 1_000
"""The latest departures from any segment, among which those from one are found."""

HAPPENED = {
    "customers.segment_saved": (N_("Saved"), "edit"),
    "customers.segment_filled": (N_("Members found"), "users-group"),
    "customers.segment_removed": (N_("Removed"), "trash"),
}


class Head(msgspec.Struct, frozen=True):
    """What stands above each tab."""

    segment: customers.Segment
    row: customers.SegmentRow
    words: str
    json: str
    who: str
    may_write: bool
    may_export: bool


class Moved(msgspec.Struct, frozen=True):
    """Somebody who entered or left."""

    person: Line
    entered: bool
    at: datetime


class Version(msgspec.Struct, frozen=True):
    """Something that was done with the segment; `members` where they were counted then."""

    text: str
    icon: str
    who: str
    at: datetime
    revision: int
    members: int | None


class _Payload(msgspec.Struct, frozen=True):
    segment: int = -1
    revision: int = 0
    members: int | None = None


_payload = msgspec.json.Decoder(_Payload).decode


async def head_of(visit: Visit, connection: Connection, segment: int) -> Head:
    """What there is to say of a segment; raises MissingError when there is none."""
    if segment >= 2**63:
        raise MissingError
    found, row = await ask(connection, customers.find_segment(segment), customers.segment_row(segment))
    if found is None or row is None:
        raise MissingError
    (called,) = await ask(connection, names([row.actor]))
    return Head(
        found,
        row,
        sentence(visit, found.condition) if readable(found.condition) else "",
        pretty(found.condition),
        called.get(row.actor, f"#{row.actor}") if row.actor else visit.t("The system"),
        visit.allowed(SEGMENTS_WRITE),
        visit.allowed(DATA_EXPORT),
    )


def purpose_of(visit: Visit, text: str) -> tuple[str, str] | None:
    """The purpose and the channel that `purpose:channel` names; None where nothing is named, or nothing there is."""
    return None if text not in dict(fields.purposes(visit)) else (text.partition(":")[0], text.partition(":")[2])


async def members(visit: Visit) -> Reply:
    """A page of members; for a purpose those only who may be used for it now."""
    segment = visit.path["segment"]
    number = visit.query.get("after", "")
    after = int(number) if number.isdecimal() and len(number) < 19 else -1  # noqa: PLR2004 - digits
    purpose = purpose_of(visit, visit.query.get("purpose", ""))
    async with visit.desk.database.snapshot() as connection:
        head = await head_of(visit, connection, segment)
        growth = await growth_of(visit, connection, head.row)
        (found,) = await ask(connection, customers.segment_members(segment, ROWS + 1, after))
        page = found[:ROWS]
        shown = page
        if purpose is not None:
            (may,) = await ask(connection, customers.consent.allowed([one.customer for one in page], *purpose))
            shown = [one for one in page if one.customer in may]
        people = await lines(visit, connection, [one.customer for one in shown])
    return html(
        visit,
        "segments/templates/members.html",
        head=head,
        growth=growth,
        tab="members",
        rows=list(zip(people, shown, strict=True)),
        left_out=len(page) - len(shown),
        purpose=visit.query.get("purpose", "") if purpose else "",
        purposes=fields.purposes(visit),
        next_url=visit.url(after=page[-1].customer) if len(found) > ROWS else "",
        first_url=visit.url(after=None) if after >= 0 else "",
    )


async def changes(visit: Visit) -> Reply:
    """Who entered and left lately, how many did by day, and the versions of the segment with its size then."""
    segment = visit.path["segment"]
    wanted = audit.TrailFilter(type="customers.segment_left")
    async with visit.desk.database.snapshot() as connection:
        head = await head_of(visit, connection, segment)
        growth = await growth_of(visit, connection, head.row)
        entered, left, history = await ask(
            connection,
            customers.latest_members(segment, FEED),
            audit.trail(wanted, LEFT_LOOKED_AT),
            audit.history(segment),
        )
        moved = sorted(
            [(one.entered_at, True, one.customer) for one in entered]
            + [
                (one.event.occurred_at, False, one.event.subject)
                for one in left
                if _payload(one.event.payload).segment == segment
            ],
            reverse=True,
        )[:FEED]
        people = await lines(visit, connection, sorted({move[2] for move in moved}))
        versions = await _versions(visit, connection, history)
    known = {one.id: one for one in people}
    days = growth.days[-DAYS:]
    return html(
        visit,
        "segments/templates/changes.html",
        head=head,
        growth=growth,
        tab="changes",
        feed=[Moved(known[customer], entered, at) for at, entered, customer in moved],
        days=days,
        by_day=moves(visit, days),
        versions=versions,
    )


async def _versions(visit: Visit, connection: Connection, history: list[audit.Entry]) -> list[Version]:
    happened = [one.event for one in history if one.event.type in HAPPENED]
    (called,) = await ask(connection, names({one.actor for one in happened}))
    found = []
    for one in reversed(happened):
        payload = _payload(one.payload)
        text, picture = HAPPENED[one.type]
        who = called.get(one.actor, f"#{one.actor}") if one.actor else visit.t("The system")
        found.append(Version(visit.t(text), picture, who, one.occurred_at, payload.revision, payload.members))
    return found

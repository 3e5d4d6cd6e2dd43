"""Members as a file, for a purpose that they agreed to: consent is checked for each, at the moment he is written."""

import csv
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

from mainstem.console.frame import Reply, Visit, download, html
from mainstem.console.segments import fields
from mainstem.console.segments.showing import head_of, purpose_of
from mainstem.domains import customers
from mainstem.platform.access.permissions import SEGMENTS_READ

PIECE = 1_000
"""Members taken at a time, each piece in a transaction of its own that remembers to whom they were disclosed."""

COLUMNS = ("customer", "member_since", "purpose", "channel")


async def choose(visit: Visit) -> Reply:
    """What the members are wanted for; how many may be used for it now, and why the others may not."""
    visit.require(SEGMENTS_READ, None)
    return await _page(visit, visit.query.get("purpose", ""))


async def export(visit: Visit) -> Reply:
    """The members who may be used for the purpose, in the order of their ids."""
    visit.require(SEGMENTS_READ, None)
    chosen = (await visit.form()).text("purpose")
    purpose = purpose_of(visit, chosen)
    if purpose is None:
        return await _page(visit, chosen, missing=True)
    segment = visit.path["segment"]
    async with visit.desk.database.snapshot() as connection:
        await head_of(visit, connection, segment)
    day = datetime.now(UTC).astimezone(ZoneInfo(visit.zone)).date()
    name = f"segment-{segment}-{'-'.join(filter(None, purpose))}-{day.isoformat()}.csv"
    return download(name, "text/csv; charset=utf-8", _pieces(visit, segment, *purpose))


async def _page(visit: Visit, chosen: str, *, missing: bool = False) -> Reply:
    purpose = purpose_of(visit, chosen)
    async with visit.desk.database.snapshot() as connection:
        head = await head_of(visit, connection, visit.path["segment"])
        usable = None
        if purpose is not None:
            usable = await customers.usable_members(connection, head.segment.id, *purpose)
    return html(
        visit,
        "segments/templates/export.html",
        status=422 if missing else 200,
        head=head,
        usable=usable,
        chosen=chosen if purpose else "",
        missing=missing,
        purposes=fields.purposes(visit),
        about=fields.said(visit, customers.consent.PURPOSES[purpose[0]].about) if purpose else "",
    )


async def _pieces(visit: Visit, segment: int, purpose: str, channel: str) -> AsyncIterator[bytes]:
    yield ("\ufeff" + _lines([COLUMNS])).encode()  # the mark by which spreadsheets know UTF-8
    zone = ZoneInfo(visit.zone)
    after: int | None = -1
    while after is not None:
        async with visit.desk.database.transaction() as connection:
            taken, after = await customers.take_members(
                connection, segment, purpose, channel, visit.caller.principal, datetime.now(UTC), PIECE, after
            )
        rows = [
            (str(one.customer), one.entered_at.astimezone(zone).isoformat(timespec="seconds"), purpose, channel)
            for one in taken
        ]
        yield _lines(rows).encode()


def _lines(rows: Iterable[Iterable[str]]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()

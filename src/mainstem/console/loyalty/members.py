"""The list of members: searched by number, by the code on a screen, or by whom a text means."""

from datetime import UTC, datetime

from mainstem.console.customers.finding import find
from mainstem.console.frame import Reply, Visit, html
from mainstem.console.loyalty import words
from mainstem.console.loyalty.reading import kept_programmes, people, position
from mainstem.domains import loyalty
from mainstem.platform.access.permissions import CUSTOMERS_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

ROWS = 50
WAITING_MAX = 100
"""Adjustments that wait are counted up to so many."""

_NUMBER_DIGITS = 12


async def listed(visit: Visit) -> Reply:
    """A page of members, or whom the search means."""
    text, programme = visit.query.get("q", ""), visit.query.get("programme", "")
    async with visit.desk.database.snapshot() as connection:
        kept = await kept_programmes(connection)
        if text:
            rows = await _searched(visit, connection, text)
            rows = [row for row in rows if not programme or row.programme == programme]
        elif programme and programme not in kept:
            rows = []
        else:
            chosen = kept[programme].id if programme else None
            before = position(visit.query.get("after", ""))
            rows = await loyalty.list_members(connection, ROWS + 1, before, chosen)
        shown = rows[:ROWS]
        who = await people(visit, connection, {row.customer for row in shown})
        (waiting,) = await ask(connection, loyalty.adjustments("waiting", WAITING_MAX))
    tiers = {
        (code, tier.code): words.said(visit, tier.name)
        for code, one in kept.items()
        for tier in (one.form.tiers.steps if one.form.tiers else ())
    }
    return html(
        visit,
        "loyalty/templates/members.html",
        rows=shown,
        who=who,
        tiers=tiers,
        programmes=[(code, words.said(visit, one.form.name)) for code, one in kept.items()],
        search=text,
        programme=programme,
        waiting=len(waiting),
        more=bool(text) and len(rows) > ROWS,
        next_url=visit.url(after=shown[-1].position) if not text and len(rows) > ROWS else "",
        first_url=visit.url(after=None) if visit.query.get("after") else "",
    )


async def _searched(visit: Visit, connection: Connection, text: str) -> list[loyalty.ListedMember]:
    number = loyalty.read_payload(visit.desk.vault, text, datetime.now(UTC))
    plain = "".join(text.split())
    if number is None and len(plain) == _NUMBER_DIGITS and plain.isascii() and plain.isdecimal():
        number = plain
    found = [] if number is None else await loyalty.member_called(connection, number)
    if found or not visit.allowed(CUSTOMERS_READ):
        return found
    meant = await find(visit, connection, text)
    return await loyalty.members_of_records(connection, meant.ids, ROWS + 1) if meant.ids else []

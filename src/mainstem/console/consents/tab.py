"""The consent of a customer: what stands, what was said, who used it for what, links to his privacy page."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from mainstem.console.consents import words
from mainstem.console.consents.standing import grounds, matrix
from mainstem.console.customers.head import customer_head
from mainstem.console.frame import MissingError, Reply, Visit, html
from mainstem.domains import customers
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import CONSENT_WRITE, PRIVACY_HANDLE
from mainstem.platform.query import ask

consent, rights = customers.consent, customers.rights

LOOKS = 20
REQUESTS = 10
LINKS = 3
ENTRIES = 50

_NUMBER_MAX = 2**63 - 1


class Look(msgspec.Struct, frozen=True):
    """That somebody saw what is known of the customer, and what for."""

    at: datetime
    what: str
    purpose: str
    who: str


class Asked(msgspec.Struct, frozen=True):
    """A request of the customer."""

    number: int
    kind: str
    state: str
    tone: str
    deadline: words.Deadline
    open: bool


async def show(visit: Visit) -> Reply:
    """The consent of the customer of the address."""
    head = await customer_head(visit, visit.path["customer"])
    handles, writes = visit.allowed(PRIVACY_HANDLE), visit.allowed(CONSENT_WRITE)
    now = datetime.now(UTC)
    async with visit.desk.database.snapshot() as connection:
        found = await consent.explained(connection, head.id)
        if found is None:
            raise MissingError
        looks: list[rights.Disclosure]
        looks, requests, links, restriction = await ask(
            connection,
            rights.disclosures_of(head.id, LOOKS if handles else 0),
            rights.requests_of(head.id, now, REQUESTS if handles else 0),
            rights.links.links_of(head.id, now, LINKS if writes else 0),
            rights.restriction_of(head.id),
        )
        actors = {one.actor for one in looks} | {one.actor for one in found.entries.values()}
        actors |= {one.made_by for one in links}
        (called,) = await ask(connection, names(actors - {0}))
    return html(
        visit,
        "consents/templates/consent.html",
        head=head,
        tab="consent",
        lines=matrix(visit, head.id, found),
        channels=[words.said(visit, one) for one in consent.CHANNELS.values()],
        grounds=grounds(visit, found, called),
        looks=[look(visit, one, called) for one in looks],
        requests=[asked(visit, one, now) for one in requests],
        links=[(one, visit.t(words.LINKS[one.state][0]), words.LINKS[one.state][1]) for one in links],
        who=lambda actor: words.actor_name(visit, actor, called),
        restriction=restriction,
        handles=handles,
        writes=writes and not head.erased,
    )


async def history(visit: Visit) -> Reply:
    """Everything that was said of the customer's consent, the latest recorded first."""
    head = await customer_head(visit, visit.path["customer"])
    text = visit.query.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and int(text) <= _NUMBER_MAX else _NUMBER_MAX
    async with visit.desk.database.snapshot() as connection:
        (entries,) = await ask(connection, consent.history(head.id, ENTRIES + 1, before))
        shown = entries[:ENTRIES]
        found = await consent.explained(connection, head.id)
        (called,) = await ask(connection, names({one.actor for one in shown} - {0}))
    sources: dict[int, str] = {} if found is None else found.sources
    return html(
        visit,
        "consents/templates/history.html",
        head=head,
        tab="consent",
        entries=[_entry(visit, one, sources, called) for one in shown],
        next_url=visit.url(before=shown[-1].id) if len(entries) > ENTRIES else "",
        first_url=visit.url(before=None) if visit.query.get("before") else "",
    )


def _entry(visit: Visit, one: consent.ConsentEntry, sources: dict[int, str], called: dict[int, str]) -> dict[str, Any]:
    by_channel = one.purpose in consent.PURPOSES and consent.PURPOSES[one.purpose].by_channel
    return {
        "entry": one,
        "purpose": words.purpose_name(visit, one.purpose),
        "channel": words.channel_name(visit, one.channel) if by_channel else "",
        "evidence": words.evidence_name(visit, one.way),
        "source": words.source_name(visit, sources.get(one.record, "")),
        "who": words.actor_name(visit, one.actor, called),
    }


def look(visit: Visit, one: rights.Disclosure, called: dict[int, str]) -> Look:
    """A disclosure in words."""
    what, _, more = one.what.partition(":")
    known = rights.WHAT.get(what)
    shown = one.what if known is None else words.said(visit, known)
    who = visit.t("The customer himself") if one.actor == 0 else called.get(one.actor, f"#{one.actor}")
    return Look(one.occurred_at, f"{shown} ({more})" if more else shown, words.purpose_name(visit, one.purpose), who)


def asked(visit: Visit, one: rights.RequestView, now: datetime) -> Asked:
    """A request in words."""
    text, tone = words.STATES[one.state]
    kind = words.said(visit, rights.KINDS[one.kind])
    return Asked(one.id, kind, visit.t(text), tone, words.deadline(visit, one, now), one.closed_at is None)

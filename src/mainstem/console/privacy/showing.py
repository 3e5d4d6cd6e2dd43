"""The page itself: what is held, from where, what for and by whom it was used lately, what can be asked for."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.frame import Problem, Reply, Visit, html
from mainstem.console.privacy.words import ATTRIBUTES, IDENTIFIERS, STATES, TONES
from mainstem.domains import customers
from mainstem.platform.access import ROLES, roles_of
from mainstem.platform.checks import Said
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

consent, rights = customers.consent, customers.rights

DISCLOSURES_MAX = 20
REQUESTS_MAX = 20
KINDS = ("rectification", "erasure", "restriction", "objection")
_HIMSELF = 0
_MOMENT = timedelta(seconds=1)
"""Before the end of its last day it is that day."""

_READ_AGAIN_SECONDS = 600
"""Looked at again so soon, the page is one look."""


class Field(msgspec.Struct, frozen=True):
    """One thing that is known: what it is called, and what it says."""

    name: str
    value: str


class Source(msgspec.Struct, frozen=True):
    """Who told it, and since when we know it from there."""

    name: str
    since: date
    changed: date
    fields: tuple[Field, ...]


class Switch(msgspec.Struct, frozen=True):
    """One use over one channel: whether it is allowed."""

    channel: str
    name: str
    on: bool
    since: date | None


class Use(msgspec.Struct, frozen=True):
    """A purpose with its switches; none where the person cannot switch it off."""

    code: str
    name: str
    about: str
    basis: str
    obliged: bool
    switches: tuple[Switch, ...]


class Look(msgspec.Struct, frozen=True):
    """That somebody saw something."""

    at: datetime
    what: str
    purpose: str
    who: str


class Asked(msgspec.Struct, frozen=True):
    """A request, its state in words, and its receipts."""

    id: int
    name: str
    state: str
    tone: str
    due: date
    zone: str
    open: bool
    receipts: tuple[tuple[str, str], ...]


class Around(msgspec.Struct, frozen=True):
    """What the page has beside what is held: where its forms go, their token, when it closes, and what went wrong.

    `preview` is where somebody of ours came from who looks at it and can press nothing; `partial` says that he may not
    see who looked and what was asked for.
    """

    path: str = ""
    token: str = ""
    ends_at: datetime | None = None
    problem: Problem | None = None
    typed: Mapping[str, str] | None = None
    incomplete: bool = False
    preview: str = ""
    partial: bool = False


async def page(
    visit: Visit,
    opened: rights.links.PrivacySession,
    csrf: str,
    *,
    problem: Problem | None = None,
    typed: Mapping[str, str] | None = None,
    incomplete: bool = False,
) -> Reply:
    """The page of who has opened it; that he read it is remembered like everybody else's reading."""
    now = datetime.now(UTC)
    around = Around(f"/privacy/{visit.path['token']}", csrf, opened.ends_at, problem, typed, incomplete)
    async with visit.desk.database.transaction() as connection:
        held = await rights.held(connection, visit.desk.database.vault, opened.record, now)
        if held is None:
            return html(visit, "privacy/templates/erased.html")
        answer = await shown(visit, connection, held, around)
        if not _just_read(held, now):
            await rights.disclose(connection, [held.customer], "legal", _HIMSELF, "privacy_page", now)
    return answer


async def shown(visit: Visit, connection: Connection, held: rights.Held, around: Around) -> Reply:
    """What is held, on the page."""
    (roles,) = await ask(connection, roles_of({one.actor for one in held.disclosures[:DISCLOSURES_MAX]}))
    asked = held.requests[:REQUESTS_MAX]
    receipts = await ask(connection, *[rights.receipts(one.id) for one in asked]) if asked else ()
    law = "pipl" if visit.language == "zh" else "gdpr"
    problem = around.problem
    return html(
        visit,
        "privacy/templates/privacy.html",
        status=422 if around.incomplete else 200 if problem is None else problem.status,
        path=around.path,
        token=around.token,
        problem=problem,
        incomplete=around.incomplete,
        typed={"kind": "", "law": law, "wish": ""} | dict(around.typed or {}),
        ends_at=around.ends_at,
        restricted=held.restricted,
        sources=[_source(visit, one) for one in held.records],
        uses=_uses(visit, held.consents),
        looks=[_look(visit, one, roles) for one in held.disclosures[:DISCLOSURES_MAX]],
        asked=[_asked(visit, one, found) for one, found in zip(asked, receipts, strict=True)],
        kinds=[(kind, _said(visit, rights.KINDS[kind])) for kind in KINDS],
        laws=[(code, _said(visit, law.name)) for code, law in rights.LAWS.items()],
        wish_max=rights.WISH_LENGTH_MAX,
        preview=around.preview,
        partial=around.partial,
    )


def _just_read(held: rights.Held, now: datetime) -> bool:
    latest = next((one for one in held.disclosures if one.what == "privacy_page"), None)
    return latest is not None and (now - latest.occurred_at).total_seconds() < _READ_AGAIN_SECONDS


def _source(visit: Visit, record: rights.HeldRecord) -> Source:
    channel = visit.network.channel(record.source)
    fields = [Field(visit.t("Number there"), record.reference)] if record.reference else []
    fields += [Field(_attribute(visit, one.name), one.value) for one in sorted(record.attributes, key=_place)]
    fields += [Field(visit.t(IDENTIFIERS.get(one.type, one.type)), one.value) for one in record.identifiers]
    name = record.source if channel is None else channel.name
    return Source(name, _day(visit, record.since), _day(visit, record.changed_at), tuple(fields))


def _place(one: rights.HeldAttribute) -> tuple[int, str]:
    """Attributes in the order in which people tell them; a source's own last."""
    known = list(ATTRIBUTES)
    return (known.index(one.name) if one.name in ATTRIBUTES else len(known)), one.name


def _attribute(visit: Visit, name: str) -> str:
    return visit.t(ATTRIBUTES[name]) if name in ATTRIBUTES else name.removeprefix("custom.")


def _uses(visit: Visit, views: tuple[consent.ConsentView, ...]) -> list[Use]:
    found = []
    for purpose in consent.PURPOSES.values():
        mine = [one for one in views if one.purpose == purpose.code]
        switches = tuple(
            Switch(
                one.channel,
                _said(visit, consent.CHANNELS[one.channel]) if one.channel else _said(visit, purpose.name),
                one.allowed,
                None if one.since is None else _day(visit, one.since),
            )
            for one in mine
        )
        basis = _said(visit, consent.BASES[purpose.basis])
        shown = () if purpose.default else switches
        obliged = purpose.basis is consent.Basis.OBLIGATION
        name, about = _said(visit, purpose.name), _said(visit, purpose.about)
        found.append(Use(purpose.code, name, about, basis, obliged, shown))
    return found


def _look(visit: Visit, one: rights.Disclosure, roles: Mapping[int, str]) -> Look:
    what, _, more = one.what.partition(":")
    said = rights.WHAT.get(what)
    shown = one.what if said is None else _said(visit, said)
    role = ROLES.get(roles.get(one.actor, ""))
    who = visit.t("You") if one.actor == _HIMSELF else visit.t("Staff")
    if role is not None:
        who = role.zh if visit.language == "zh" else role.en
    purpose = consent.PURPOSES.get(one.purpose)
    used_for = one.purpose if purpose is None else _said(visit, purpose.name)
    return Look(one.occurred_at, f"{shown} ({more})" if more else shown, used_for, who)


def _asked(visit: Visit, one: rights.RequestView, receipts: list[rights.Receipt]) -> Asked:
    texts = tuple((receipt.number, _text(visit, receipt)) for receipt in receipts)
    return Asked(
        one.id,
        _said(visit, rights.KINDS[one.kind]),
        visit.t(STATES[one.state]),
        TONES[one.state],
        (one.due_at - _MOMENT).astimezone(ZoneInfo(rights.LAWS[one.law].zone)).date(),
        rights.LAWS[one.law].zone,
        one.closed_at is None,
        texts,
    )


def _text(visit: Visit, receipt: rights.Receipt) -> str:
    document: dict[str, Any] = msgspec.json.decode(receipt.document)
    text: str = document["text"][visit.language]
    return f"{text}\n\nSHA-256 {receipt.sha256}"


def _day(visit: Visit, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(visit.zone)).date()


def _said(visit: Visit, said: Said) -> str:
    return said.zh if visit.language == "zh" else said.en

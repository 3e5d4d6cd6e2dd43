"""What a customer agrees to as it stands: purposes by channels, and what decides each of them."""

from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.consents import words
from mainstem.console.frame import Visit
from mainstem.domains import customers

consent = customers.consent


class Cell(msgspec.Struct, frozen=True):
    """One purpose over one channel; `url` is where it is explained and changed, "" where it cannot be."""

    channel: str
    text: str
    tone: str
    icon: str
    since: date | None
    strictest: bool
    url: str


class Line(msgspec.Struct, frozen=True):
    """A purpose with its cells: one for each channel, or one for all."""

    code: str
    name: str
    about: str
    basis: str
    cells: tuple[Cell, ...]


class Ground(msgspec.Struct, frozen=True):
    """A statement that decides: of what, over which channels, what it says, where it comes from, and why it does."""

    purpose: str
    channels: str
    text: str
    tone: str
    entry: consent.ConsentEntry
    source: str
    evidence: str
    who: str
    why: str


def matrix(visit: Visit, customer: int, found: consent.Explained) -> list[Line]:
    """Every purpose with what stands over each channel."""
    lines = []
    for purpose in consent.PURPOSES.values():
        mine = [one for one in found.standings if one.view.purpose == purpose.code]
        cells = tuple(_cell(visit, customer, one) for one in mine)
        basis = words.said(visit, consent.BASES[purpose.basis])
        name, about = words.said(visit, purpose.name), words.said(visit, purpose.about)
        lines.append(Line(purpose.code, name, about, basis, cells))
    return lines


def _cell(visit: Visit, customer: int, one: consent.Standing) -> Cell:
    text, tone, icon = words.CELLS[one.state]
    asked = {"purpose": one.view.purpose, "channel": one.view.channel}
    url = f"/customers/{customer}/consent/change?{urlencode(asked)}" if one.state != "default" else ""
    since = None if one.view.since is None else one.view.since.astimezone(ZoneInfo(visit.zone)).date()
    return Cell(one.view.channel, visit.t(text), tone, icon, since, one.strictest, url)


def grounds(visit: Visit, found: consent.Explained, names: dict[int, str]) -> list[Ground]:
    """What decides, each statement once with the channels that it decides."""
    by_entry: dict[int, list[consent.Standing]] = {}
    for one in found.standings:
        if one.counted:
            by_entry.setdefault(one.counted[0].entry, []).append(one)
    return [_ground(visit, found, decided, names) for decided in by_entry.values()]


def _ground(visit: Visit, found: consent.Explained, decided: list[consent.Standing], names: dict[int, str]) -> Ground:
    first = decided[0]
    entry = found.entries[first.counted[0].entry]
    by_channel = consent.PURPOSES[entry.purpose].by_channel
    every = not by_channel or len(decided) == len(consent.CHANNELS)
    channels = (
        words.channel_name(visit, "")
        if every
        else visit.t(", ").join(words.channel_name(visit, one.view.channel) for one in decided)
    )
    text, tone, _ = words.CELLS[first.state]
    return Ground(
        words.purpose_name(visit, entry.purpose),
        channels if by_channel else "",
        visit.t(text),
        tone,
        entry,
        source_of(visit, found, entry.record),
        words.evidence_name(visit, entry.way),
        words.actor_name(visit, entry.actor, names),
        why(visit, found, first),
    )


def why(visit: Visit, found: consent.Explained, one: consent.Standing) -> str:
    """Why it stands as it does, where that is not said by the statement itself."""
    if one.state == "lapsed":
        return visit.t(
            "It was given to policy {policy}; the policy has changed so much that it must be asked for again.",
            policy=one.counted[0].policy,
        )
    if one.strictest:
        agreed = sum(each.given for each in one.counted)
        return visit.t(
            "Records that agree: {agreed}, that refuse: {refused}. The strictest counts, until the person says it again"
            " for all records, or they are split.",
            agreed=agreed,
            refused=len(one.counted) - agreed,
        )
    silent = len(found.sources) - len(one.counted)
    if one.counted and silent:
        return visit.t("Records of which nothing was said: {count}. They do not change it.", count=silent)
    return ""


def source_of(visit: Visit, found: consent.Explained, record: int) -> str:
    """The source of a record of the customer."""
    return words.source_name(visit, found.sources.get(record, ""))

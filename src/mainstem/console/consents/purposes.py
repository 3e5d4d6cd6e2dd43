"""What personal data is used for: purposes, channels, versions of the policy, and how many say what of each."""

from collections import Counter

import msgspec

from mainstem.console.consents import words
from mainstem.console.frame import Reply, Visit, html
from mainstem.domains import customers

consent = customers.consent


class Told(msgspec.Struct, frozen=True):
    """Of one purpose over one channel: for how many records consent stands, lapsed, and is refused."""

    channel: str
    given: int
    lapsed: int
    refused: int


async def show(visit: Visit) -> Reply:
    """The purposes and the policies."""
    async with visit.desk.database.snapshot() as connection:
        found = await consent.statement_counts(connection)
    versions: Counter[str] = Counter()
    for one in found.counts:
        if one.given:
            versions[one.policy] += one.records
    return html(
        visit,
        "consents/templates/purposes.html",
        here=words.rooms(visit),
        estimated=found.estimated,
        purposes=[
            {
                "purpose": one,
                "name": words.said(visit, one.name),
                "about": words.said(visit, one.about),
                "basis": words.said(visit, consent.BASES[one.basis]),
                "told": _told(visit, one, found.counts),
            }
            for one in consent.PURPOSES.values()
        ],
        channels=[(code, words.said(visit, one)) for code, one in consent.CHANNELS.items()],
        ways=[words.said(visit, one) for one in consent.EVIDENCE.values()],
        policies=[
            {
                "policy": one,
                "covers": [words.purpose_name(visit, code) for code in consent.PURPOSES if code in one.covers],
                "renews": [words.purpose_name(visit, code) for code in consent.PURPOSES if code in one.renews],
                "given": versions.pop(one.version, 0),
            }
            for one in reversed(consent.POLICIES)
        ],
        former=sorted(versions.items(), reverse=True),
    )


def _told(visit: Visit, purpose: consent.Purpose, counts: tuple[consent.StatementCount, ...]) -> list[Told]:
    """A row for each channel of which something was said; one without channels has one."""
    if purpose.default:
        return []
    valid = consent.in_force(purpose.code)
    rows = []
    for channel in ("", *consent.CHANNELS) if purpose.by_channel else ("",):
        mine = [one for one in counts if one.purpose == purpose.code and one.channel == channel]
        given = sum(one.records for one in mine if one.given and one.policy in valid)
        lapsed = sum(one.records for one in mine if one.given and one.policy not in valid)
        refused = sum(one.records for one in mine if not one.given)
        if mine or not purpose.by_channel:
            name = words.channel_name(visit, channel) if purpose.by_channel else ""
            rows.append(Told(name, given, lapsed, refused))
    return rows

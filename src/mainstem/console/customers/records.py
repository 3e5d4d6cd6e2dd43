"""Of what records a customer is made, and why they are one person."""

from collections.abc import Mapping

import msgspec

from mainstem.console.customers import words
from mainstem.console.customers.head import head_of
from mainstem.console.customers.picture import Picture, Said, picture
from mainstem.console.frame import Reply, Visit, html
from mainstem.domains import customers
from mainstem.platform.access import directory
from mainstem.platform.query import ask

FIELDS_MAX = 3
"""Compared fields that an assertion's evidence names, those that say most first."""


class Why(msgspec.Struct, frozen=True):
    """An assertion in words; `kind` is `joins`, `parts` or `idle` (it does not count now)."""

    assertion: customers.AssertionView
    kind: str
    rule: str
    icon: str
    evidence: list[str]
    actor: str


async def show(visit: Visit) -> Reply:
    """The records of the customer of the address."""
    return await page(visit, visit.path["customer"])


async def page(visit: Visit, customer: int, *, clear: bool = False) -> Reply:
    """The page, in the clear when that was noted."""
    async with visit.desk.database.snapshot() as connection:
        head = await head_of(visit, connection, customer, clear=clear)
        found = await customers.records_and_why(connection, visit.desk.vault, head.id, clear=clear)
        assert found is not None
        (actors,) = await ask(connection, directory.names({one.actor for one in found.assertions}))
    channels = {one.code: one.name for one in visit.network.channels.values()}
    sources = [(one.id, channels.get(one.source, one.source)) for one in found.records]
    whys = [_why(visit, one, actors) for one in found.assertions]
    return html(
        visit,
        "customers/templates/records.html",
        head=head,
        tab="records",
        records=found.records,
        sources=dict(sources),
        whys=whys,
        picture=_picture(sources, whys),
        more=len(found.assertions) >= customers.ASSERTIONS_MAX,
        words=words,
        told=lambda record: _told(visit, record),
        verified=[visit.t(text) for text in words.VERIFIED],
    )


def _told(visit: Visit, record: customers.RecordView) -> list[tuple[str, str]]:
    """The attributes of a record as (name, value) pairs, in the order of the golden record."""
    ordered = [name for name in words.ATTRIBUTES if name in record.attributes]
    ordered += [name for name in record.attributes if name not in words.ATTRIBUTES]
    return [
        (
            words.word(visit, words.ATTRIBUTES, name).removeprefix("custom."),
            words.value(visit, name, record.attributes[name]),
        )
        for name in ordered
    ]


def _picture(sources: list[tuple[int, str]], whys: list[Why]) -> Picture | None:
    said = [Said(one.assertion.low, one.assertion.high, one.rule, one.kind) for one in whys if one.assertion.sign]
    return picture(sources, said)


def _why(visit: Visit, one: customers.AssertionView, actors: Mapping[int, str]) -> Why:
    name = words.word(visit, words.RULES, one.rule)
    type_ = one.evidence.get("type", "")
    rule = visit.t("{what}: {value}", what=name, value=words.word(visit, words.IDENTIFIERS, type_)) if type_ else name
    kind = "idle" if one.suspended or not one.sign else "joins" if one.sign > 0 else "parts"
    return Why(one, kind, rule, words.RULES[one.rule][1], _evidence(visit, one), actors.get(one.actor, ""))


def _evidence(visit: Visit, one: customers.AssertionView) -> list[str]:
    """What an assertion rests on: never values, only what was compared and how it came out."""
    told, t = one.evidence, visit.t
    found = []
    if one.suspended:
        found.append(t("the identifier is suspended: it does not count"))
    if not one.sign:
        found.append(t("asked for a review") if told.get("review") else t("taken back"))
    if told.get("verification"):
        found.append(t(words.VERIFIED[min(told["verification"], 2)]))
    if told.get("strong"):
        found.append(t("strong enough by itself"))
    if told.get("asleep"):
        found.append(t("unused for long in between"))
    if told.get("agreed"):
        found.append(t("the attributes agree"))
    if told.get("reason"):
        found.append(str(told["reason"]))
    levels = sorted(told.get("levels") or (), key=lambda level: -abs(level[2]))[:FIELDS_MAX]
    found += [f"{words.word(visit, words.ATTRIBUTES, comparison)} {weight:+.1f}" for comparison, _, weight in levels]
    return found

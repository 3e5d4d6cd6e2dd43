"""The traits of a customer with what they mean, and the tags that hold for him, by group."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from mainstem.console.customers import words
from mainstem.console.customers.head import head_with
from mainstem.console.frame import N_, Visit, html
from mainstem.console.frame.reply import Reply
from mainstem.domains import customers
from mainstem.platform.access.permissions import SEGMENTS_WRITE

GRAINS: dict[str, tuple[str, str]] = {
    "activity": (N_("What he buys"), N_("From orders and sales, added up over all records.")),
    "identity": (N_("How he is known"), N_("From the records and identifiers themselves.")),
    "golden": (N_("Who he is"), N_("From the golden record.")),
    "batch": (N_("Compared with everybody"), N_("Computed over all customers at once.")),
}
"""Where traits come from: heading, and what that means."""

COMBINED: dict[str, str] = {
    "sum": N_("added up over the records"),
    "least": N_("the least of the records"),
    "greatest": N_("the greatest of the records"),
    "most": N_("the most frequent one"),
    "any": N_("true when it is for one record"),
    "chosen": N_("as the golden record says"),
    "derived": N_("computed from other traits"),
}
"""How what is known of the records becomes one value."""

UNITS: dict[str, str] = {
    "days": N_("days"),
    "years": N_("years"),
    "months": N_("months"),
    "records": N_("records"),
    "sources": N_("sources"),
    "purchases": N_("purchases"),
    "visits": N_("visits"),
    "orders": N_("orders"),
    "pieces": N_("pieces"),
    "channels": N_("channels"),
    "stores": N_("stores"),
    "kinds": N_("kinds"),
    "categories": N_("categories"),
    "currencies": N_("currencies"),
}
"""What is counted; units that a value shows by itself are not here."""

_KEYED = {"spend_by_channel": "channel", "favourite_channel": "channel", "favourite_store": "node"}


class TraitLine(msgspec.Struct, frozen=True):
    """A trait as it is shown: `values` has one text, or one a key."""

    code: str
    name: str
    values: list[str]
    combined: str
    when: str


class TagGroup(msgspec.Struct, frozen=True):
    """Tags of one group that hold now."""

    name: str
    tags: list[str]


async def show(visit: Visit) -> Reply:
    """All traits and tags of the customer of the address."""
    today = customers.today_of(datetime.now(UTC))
    async with visit.desk.database.snapshot() as connection:
        customer = visit.path["customer"]
        head, (known, attached) = await head_with(
            visit, connection, customer, customers.traits_known(customer, today), customers.attached_tags(customer)
        )
    return html(
        visit,
        "customers/templates/traits.html",
        head=head,
        tab="traits",
        groups=[] if known is None else _groups(visit, known.traits, known.computed, today),
        tags=[] if known is None else _tags(visit, known.held),
        attached=attached,
        may_tag=visit.allowed(SEGMENTS_WRITE) and not head.erased,
        computed=None if known is None else known.computed,
    )


def _groups(
    visit: Visit, traits: dict[str, Any], computed: customers.Computed, today: date
) -> list[tuple[str, str, list[TraitLine]]]:
    found = []
    for grain, (heading, meaning) in GRAINS.items():
        lines = [
            _line(visit, trait, traits, computed, today) for trait in customers.TRAITS.values() if trait.grain == grain
        ]
        found.append((visit.t(heading), visit.t(meaning), lines))
    return found


def _line(
    visit: Visit, trait: customers.Trait, traits: dict[str, Any], computed: customers.Computed, today: date
) -> TraitLine:
    if trait.grain == "batch":
        when = "–" if computed.batch_at is None else visit.fmt.moment(computed.batch_at)
    elif "{today}" in trait.sql:
        when = visit.fmt.day(today)
    else:
        when = visit.fmt.day(computed.as_of)
    name = trait.zh if visit.language == "zh" else trait.en
    values = _values(visit, trait, traits[trait.name], traits["currency"] or "")
    return TraitLine(trait.name, name, values, visit.t(COMBINED[trait.combine]), when)


def _values(visit: Visit, trait: customers.Trait, value: Any, currency: str) -> list[str]:  # noqa: ANN401 - as read
    if value is None or value == {}:
        return ["–"]
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda one: (-one[1], one[0]) if isinstance(one[1], int) else (0, one[0]))
        return [
            visit.t("{what}: {value}", what=_called(visit, trait, key), value=_one(visit, trait, amount, currency))
            for key, amount in pairs
        ]
    return [_one(visit, trait, value, currency)]


def _one(visit: Visit, trait: customers.Trait, value: Any, currency: str) -> str:  # noqa: ANN401 - as read
    fmt = visit.fmt
    if isinstance(value, bool):
        return visit.t("yes") if value else visit.t("no")
    if isinstance(value, date):
        return fmt.day(value)
    if isinstance(value, str):
        if trait.name == "gender":
            return words.value(visit, "gender", value)
        return _called(visit, trait, value)
    if trait.unit == "minor units":
        return fmt.money(value, currency) if currency else "–"
    if trait.kind == "percent":
        return fmt.share(value / 100)
    if trait.unit == "year":
        return str(value)
    unit = UNITS.get(trait.unit)
    return fmt.number(value) if unit is None else f"{fmt.number(value)} {visit.t(unit)}"


def _called(visit: Visit, trait: customers.Trait, code: str) -> str:
    """The name of a channel or node that a trait names by its code."""
    what = _KEYED.get(trait.name)
    found = visit.network.channel(code) if what == "channel" else visit.network.node(code) if what == "node" else None
    return code if found is None else found.name


def _tags(visit: Visit, held: list[customers.Tag]) -> list[TagGroup]:
    chinese = visit.language == "zh"
    groups = customers.tag_groups()
    found: dict[str, list[str]] = {}
    for tag in held:
        found.setdefault(tag.group, []).append(tag.zh if chinese else tag.en)
    return [TagGroup(groups[name].zh if chinese else groups[name].en, tags) for name, tags in found.items()]

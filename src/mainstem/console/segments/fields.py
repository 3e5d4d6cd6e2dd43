"""What a condition may ask: every trait as it is declared, purchases, tags and consent, with what fits each."""

from collections.abc import Iterable
from urllib.parse import urlencode

import msgspec

from mainstem.console.frame import N_, Visit
from mainstem.domains import customers

BOUGHT, TAG, ATTACHED, CONSENT = "bought", "tag", "attached", "consent"
"""What is asked beside traits."""

WITHIN, AGO = "within", "ago"
"""Days seen from today: in the last so many days, and longer ago than that."""

AGES = {
    "first_seen": "tenure_days",
    "last_seen": "days_since_seen",
    "first_purchase": "days_since_first_purchase",
    "last_purchase": "days_since_purchase",
}
"""Traits that are days, and those that say how many days ago they were."""

OPERATORS = {
    "=": N_("is"),
    "!=": N_("is not"),
    ">": N_("is more than"),
    ">=": N_("is at least"),
    "<": N_("is less than"),
    "<=": N_("is at most"),
    "in": N_("is one of"),
    "known": N_("is known"),
    "unknown": N_("is not known"),
}
DAY_OPERATORS = OPERATORS | {
    WITHIN: N_("is in the last … days"),
    AGO: N_("is longer ago than … days"),
    ">": N_("is after"),
    ">=": N_("is on or after"),
    "<": N_("is before"),
    "<=": N_("is on or before"),
}

_COUNTS = ("=", "!=", ">", ">=", "<", "<=")
_OPS: dict[str, tuple[str, ...]] = {
    "number": (">=", "<=", "=", "!=", ">", "<", "in", "known", "unknown"),
    "text": ("=", "!=", "in", "known", "unknown"),
    "flag": ("=", "known", "unknown"),
    "day": (WITHIN, AGO, ">=", "<=", "=", "!=", ">", "<", "in", "known", "unknown"),
    BOUGHT: (">=", "<=", "=", "!=", ">", "<"),
}

_SECTIONS = {
    "records": N_("Identity"),
    "gender": N_("Person"),
    "orders_total": N_("Purchases"),
    "currency": N_("Money"),
    "order_trend": N_("Trends"),
    "channels_used": N_("Channels and stores"),
    "favourite_hour": N_("Habits"),
    "spend_by_category": N_("Goods"),
    "rfm_recency": "RFM",
    "interval_regularity": N_("Computed over everybody"),
}
"""Headings by the first trait below each, in the order of the declarations."""

_VALUES = {
    "gender": "gender",
    "currency": "currency",
    "favourite_channel": "channel",
    "favourite_store": "node",
    "top_category": "category",
}
_KEYS = {
    "spend_by_channel": "channel",
    "orders_by_channel_kind": "channel_kind",
    "spend_by_category": "category",
    "orders_by_category": "category",
    "size_by_category": "category",
}
_UNITS = {
    "days": N_("days"),
    "months": N_("months"),
    "years": N_("years"),
    "purchases": N_("purchases"),
    "pieces": N_("pieces"),
    "hour": N_("o’clock"),
}
GENDERS = {"female": N_("Female"), "male": N_("Male"), "other": N_("Other")}
CHANNEL_KINDS = {
    "till": N_("Till"),
    "web": N_("Web shop"),
    "mini_program": N_("Mini-program"),
    "app": N_("App"),
    "marketplace": N_("Marketplace"),
    "social": N_("Social shop"),
    "call_centre": N_("Call centre"),
    "agent": N_("Shopping agent"),
}


class Field(msgspec.Struct, frozen=True):
    """One thing that can be asked.

    `shape` is what its value looks like: number, amount, percent, text, flag, day, bought, tag, attached or consent.
    `values` and `keys` name what there is to choose from: "" for what is typed freely, and for what has no keys.
    """

    name: str
    shape: str
    ops: tuple[str, ...]
    values: str = ""
    keys: str = ""
    unit: str = ""


def _field(trait: customers.Trait) -> Field:
    shape: str = trait.kind
    if trait.kind == "text_map":
        shape = "text"
    elif trait.kind == "map":
        shape = "number"
    if trait.unit == "minor units":
        shape = "amount"
    ops = _OPS["number" if shape in ("amount", "percent") else shape]
    if trait.kind == "day" and trait.name not in AGES:
        ops = tuple(op for op in ops if op not in (WITHIN, AGO))
    return Field(
        trait.name, shape, ops, _VALUES.get(trait.name, ""), _KEYS.get(trait.name, ""), _UNITS.get(trait.unit, "")
    )


FIELDS: dict[str, Field] = {
    BOUGHT: Field(BOUGHT, BOUGHT, _OPS[BOUGHT]),
    TAG: Field(TAG, TAG, ("=",)),
    ATTACHED: Field(ATTACHED, ATTACHED, ("=",)),
    CONSENT: Field(CONSENT, CONSENT, ("=",)),
    **{trait.name: _field(trait) for trait in customers.TRAITS.values()},
}
"""Everything that can be asked, by name."""

EVENTS_AND_TAGS = {
    BOUGHT: N_("Purchases of something"),
    TAG: N_("Tag of the library"),
    ATTACHED: N_("Tag set by hand"),
    CONSENT: N_("Has agreed to"),
}

Choice = tuple[str, str]


def title(visit: Visit, name: str) -> str:
    """What a field is called."""
    if name in EVENTS_AND_TAGS:
        return visit.t(EVENTS_AND_TAGS[name])
    trait = customers.TRAITS.get(name)
    if trait is None:
        return name
    return trait.zh if visit.language == "zh" else trait.en


def menu(visit: Visit) -> list[tuple[str, list[Choice]]]:
    """All fields under their headings."""
    sections = [(visit.t(N_("Events, tags and consent")), [(name, title(visit, name)) for name in EVENTS_AND_TAGS])]
    for name in customers.TRAITS:
        if name in _SECTIONS:
            sections.append((visit.t(_SECTIONS[name]), []))
        sections[-1][1].append((name, title(visit, name)))
    return sections


def operators(visit: Visit, field: Field) -> list[Choice]:
    """What a field can be compared by."""
    words = DAY_OPERATORS if field.shape == "day" else OPERATORS
    return [(op, visit.t(words[op])) for op in field.ops]


def currencies(visit: Visit) -> list[str]:
    """The currencies that channels sell in; one at least."""
    return sorted({channel.currency for channel in visit.network.channels.values()}) or ["CNY"]


def choices(visit: Visit, what: str) -> list[Choice]:
    """What there is to choose from, of what is known without asking the database."""
    if what == "gender":
        return [(code, visit.t(text)) for code, text in GENDERS.items()]
    if what == "channel_kind":
        return [(code, visit.t(text)) for code, text in CHANNEL_KINDS.items()]
    if what == "currency":
        return [(code, code) for code in currencies(visit)]
    if what == "channel":
        return _by_name((one.code, one.name) for one in visit.network.channels.values())
    if what == "node":
        return _by_name((one.code, one.name) for one in visit.network.nodes.values())
    return []


def purposes(visit: Visit) -> list[Choice]:
    """The purposes that customers are asked for, and each channel of those that know channels, as `purpose:channel`."""
    found: list[Choice] = []
    for purpose in customers.consent.PURPOSES.values():
        name = said(visit, purpose.name)
        found.append((purpose.code, name))
        if purpose.by_channel:
            found += [
                (
                    f"{purpose.code}:{code}",
                    visit.t("{purpose} by {channel}", purpose=name, channel=said(visit, channel)),
                )
                for code, channel in customers.consent.CHANNELS.items()
            ]
    return found


def said(visit: Visit, text: object) -> str:
    """What is said in both languages, in the visitor's."""
    return str(getattr(text, visit.language))


def tag_choices(visit: Visit) -> list[tuple[str, list[Choice]]]:
    """The tags of the library under their groups."""
    found: dict[str, list[Choice]] = {name: [] for name in customers.tag_groups()}
    for tag in customers.shipped_tags():
        found[tag.group].append((tag.name, said(visit, tag)))
    return [(said(visit, group), found[name]) for name, group in customers.tag_groups().items() if found[name]]


def _by_name(pairs: Iterable[Choice]) -> list[Choice]:
    return sorted(pairs, key=lambda pair: pair[1].lower())


def query(**named: str) -> str:
    """A query string."""
    return urlencode(named)

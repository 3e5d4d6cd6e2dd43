"""The overview of a customer: who it is and how that is known, what he does, what he agreed to."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.customers import words
from mainstem.console.customers.charts import bars
from mainstem.console.customers.reading import Known, read
from mainstem.console.frame import Problem, Reply, Visit, html
from mainstem.console.orders import words as order_words
from mainstem.domains import customers
from mainstem.platform.access.permissions import SEGMENTS_READ, SEGMENTS_WRITE
from mainstem.platform.checks import Said


class Attribute(msgspec.Struct, frozen=True):
    """An attribute of the golden record. `verified`: what is known of its truth, "" where nothing can be."""

    name: str
    value: str
    source: str
    verified: str
    by: str
    told_at: datetime
    record: int


class Allowed(msgspec.Struct, frozen=True):
    """A purpose: whether it is allowed over all channels, some (those named) or none, and what that rests on."""

    name: str
    basis: str
    state: str
    channels: list[str]
    said: bool


async def show(visit: Visit) -> Reply:
    """The overview of the customer of the address."""
    return await page(visit, visit.path["customer"])


async def page(
    visit: Visit, customer: int, problem: Problem | None = None, *, clear: bool = False, typed: str = ""
) -> Reply:
    """The page; after a problem with a tag, with what was typed."""
    known = await read(visit, customer, clear=clear)
    traits = known.computed.traits if known.computed else {}
    currency = traits.get("currency") or ""
    channels = {one.code: one.name for one in visit.network.channels.values()}
    spent = {channels.get(code, code): amount for code, amount in (traits.get("spend_by_channel") or {}).items()}
    bought = {name or visit.t("No category"): sum_ for name, sum_ in (traits.get("spend_by_category") or {}).items()}
    return html(
        visit,
        "customers/templates/overview.html",
        status=problem.status if problem else 200,
        head=known.head,
        tab="overview",
        known=known,
        attributes=attributes(visit, known.head.view),
        figures=_figures(visit, known),
        by_channel=bars(spent, currency, visit.fmt, visit.t("Others")) if currency else None,
        by_category=bars(bought, currency, visit.fmt, visit.t("Others")) if currency else None,
        consents=_consents(visit, known.consents),
        held=[tag.zh if visit.language == "zh" else tag.en for tag in (known.computed.held if known.computed else ())],
        channels=channels,
        nodes={one.code: one.name for one in visit.network.nodes.values()},
        may_tag=visit.allowed(SEGMENTS_WRITE) and not known.head.erased,
        segments_linked=visit.allowed(SEGMENTS_READ),
        order_words=order_words,
        words=words,
        problem=problem,
        typed=typed,
    )


def attributes(visit: Visit, view: customers.CustomerView) -> list[Attribute]:
    """The golden record in the order of `words.ATTRIBUTES`, a source's own behind it."""
    names = [name for name in words.ATTRIBUTES if name in view.golden]
    names += sorted(name for name in view.golden if name not in words.ATTRIBUTES)
    channels = {one.code: one.name for one in visit.network.channels.values()}
    found = []
    for name in names:
        golden = view.golden[name]
        levels = [one.verification for one in view.identifiers if one.type == name and one.value == golden.value]
        found.append(
            Attribute(
                name=words.word(visit, words.ATTRIBUTES, name).removeprefix("custom."),
                value=words.value(visit, name, golden.value),
                source=channels.get(golden.source, golden.source),
                verified=visit.t(words.VERIFIED[max(levels)]) if levels else "",
                by=words.word(visit, words.SURVIVED, golden.by),
                told_at=golden.told_at,
                record=golden.record,
            )
        )
    return found


def _figures(visit: Visit, known: Known) -> list[tuple[str, str, str]]:
    """(name, value, note) of the key figures; empty while nothing was computed."""
    if known.computed is None:
        return []
    traits, computed, t, fmt = known.computed.traits, known.computed.computed, visit.t, visit.fmt
    currency = traits["currency"]

    def money(name: str) -> str:
        return fmt.money(traits[name], currency) if currency and traits[name] is not None else "–"

    def day(name: str) -> str:
        return fmt.day(traits[name]) if traits[name] is not None else "–"

    store = traits["favourite_store"]
    node = visit.network.node(store) if store else None
    scores = [traits[f"rfm_{name}"] for name in ("recency", "frequency", "monetary")]
    return [
        (t("Spent in all"), money("spend_total"), t("{amount} in 365 days", amount=money("spend_365d"))),
        (
            t("Purchases"),
            fmt.number(traits["orders_total"]),
            t("{count} in 365 days", count=fmt.number(traits["orders_365d"])),
        ),
        (t("Average basket"), money("average_basket"), t("the largest {amount}", amount=money("largest_basket"))),
        (t("Visits in 30 days"), fmt.number(traits["visits_30d"]), t("up to {day}", day=fmt.day(computed.as_of))),
        (
            t("Last seen"),
            fmt.day(computed.seen_at.astimezone(ZoneInfo(visit.zone)).date()),
            t("last purchase {day}", day=day("last_purchase")),
        ),
        (
            t("Favourite store"),
            "–" if store is None else store if node is None else node.name,
            ""
            if traits["favourite_store_share"] is None
            else t("{share} of the purchases in stores", share=fmt.share(traits["favourite_store_share"] / 100)),
        ),
        (
            t("Money returned"),
            "–" if traits["returns_share"] is None else fmt.share(traits["returns_share"] / 100),
            t("{count} purchases with returns", count=fmt.number(traits["returned_orders"])),
        ),
        (
            "RFM",
            "–" if None in scores else " · ".join(str(score) for score in scores),
            t("recency, frequency, money: 5 is best"),
        ),
    ]


def _consents(visit: Visit, views: list[customers.consent.ConsentView]) -> list[Allowed]:
    """Each purpose once: everywhere, over some channels, or not."""
    consent, chinese = customers.consent, visit.language == "zh"
    found = []
    for code, purpose in consent.PURPOSES.items():
        of_purpose = [one for one in views if one.purpose == code]
        allowed = [one for one in of_purpose if one.allowed]
        state = "no" if not allowed else "all" if len(allowed) == len(of_purpose) else "some"
        names = [_said(consent.CHANNELS[one.channel], chinese=chinese) for one in allowed] if state == "some" else []
        found.append(
            Allowed(
                _said(purpose.name, chinese=chinese),
                _said(consent.BASES[purpose.basis], chinese=chinese),
                state,
                names,
                any(one.said for one in of_purpose),
            )
        )
    return found


def _said(text: Said, *, chinese: bool) -> str:
    return text.zh if chinese else text.en

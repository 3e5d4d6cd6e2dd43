"""The timeline of a customer: everything across channels, the latest first."""

from datetime import UTC, datetime, timedelta

import msgspec

from mainstem.console.customers import telling, words
from mainstem.console.customers.head import head_of
from mainstem.console.frame import Reply, Visit, html
from mainstem.domains import customers, loyalty
from mainstem.platform.access.permissions import LOYALTY_READ, ORDERS_READ, PRIVACY_HANDLE, SEGMENTS_READ
from mainstem.platform.query import ask
from mainstem.processes.customer_timeline import KINDS, TimelineEntry, TimelineFilter, customer_timeline

ROWS = 50

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER_MAX = 2**63 - 1


class Line(msgspec.Struct, frozen=True):
    """An entry as it is shown; `url` leads to what it is about, "" where nothing is to be seen."""

    title: str
    icon: str
    details: list[str]
    source: str
    about: str
    url: str
    entry: TimelineEntry


async def show(visit: Visit) -> Reply:
    """A page of the timeline as the address says."""
    kind, channel = visit.query.get("kind", ""), visit.query.get("channel", "").replace("\x00", "")
    wanted = TimelineFilter(
        kinds=(kind,) if kind in KINDS else (),
        channel=channel,
        with_orders=visit.allowed(ORDERS_READ),
        node=None if visit.node is None else visit.node.id,
        with_loyalty=visit.allowed(LOYALTY_READ),
    )
    async with visit.desk.database.snapshot() as connection:
        head = await head_of(visit, connection, visit.path["customer"])
        found = await customer_timeline(connection, head.id, wanted, ROWS, position(visit.query.get("after", "")))
        assert found is not None
        numbers = {one.details["segment"] for one in found.entries if one.kind == "segment"}
        (segments,) = await ask(connection, customers.segment_names(numbers))
    channels = {one.code: one.name for one in visit.network.channels.values()}
    sources = {source: channels.get(source, source) for source in (*head.view.sources, *channels)}
    return html(
        visit,
        "customers/templates/timeline.html",
        head=head,
        tab="timeline",
        lines=[_line(visit, head.id, one, segments, sources) for one in found.entries],
        kinds=[
            (code, visit.t(text))
            for code, text in telling.KINDS.items()
            if (wanted.with_orders or code not in _ORDERS) and (wanted.with_loyalty or code not in loyalty.EVENT_KINDS)
        ],
        sources=sorted(sources.items(), key=lambda one: one[1]),
        filtered=bool(kind or channel),
        orders_hidden=not wanted.with_orders,
        next_url=visit.url(after=position_text(found.next)) if found.next is not None else "",
        first_url=visit.url(after=None) if visit.query.get("after") else "",
    )


_ORDERS = ("order", "payment", "shipment", "return")


def _line(visit: Visit, customer: int, one: TimelineEntry, segments: dict[int, str], sources: dict[str, str]) -> Line:
    about, url = "", ""
    if one.order is not None:
        kind = words.word(visit, {"order": telling.ORDER, "sale": telling.SALE}, one.details["kind"])
        about, url = f"{kind} {one.order}", f"/orders/{one.order}"
    elif one.kind == "segment" and visit.allowed(SEGMENTS_READ):
        url = f"/segments/{one.details['segment']}"
    elif one.kind in loyalty.EVENT_KINDS:
        url = f"/gift-cards/{one.subject}" if one.kind == "credit" else f"/customers/{customer}/loyalty"
    elif one.type.startswith("customers.request_"):
        url = f"/requests/{one.subject}" if visit.allowed(PRIVACY_HANDLE) else ""
    title = words.word(visit, telling.EVENTS, one.type)
    icon = telling.EVENTS[one.type][1] if one.type in telling.EVENTS else "point"
    told = telling.details(visit, one, segments)
    return Line(title, icon, told, sources.get(one.source, one.source), about, url, one)


def position(text: str) -> tuple[datetime, int] | None:
    """Where the timeline goes on; None at its beginning, and for what is no position."""
    moment, _, number = text.partition("-")
    if not (moment.isascii() and moment.isdecimal() and number.isascii() and number.isdecimal()):
        return None
    if int(moment) > (customers.EVER[0] - _EPOCH) // _MICROSECOND or int(number) > _NUMBER_MAX:
        return None
    return _EPOCH + int(moment) * _MICROSECOND, int(number)


def position_text(behind: tuple[datetime, int]) -> str:
    """A position as it stands in an address."""
    return f"{(behind[0] - _EPOCH) // _MICROSECOND}-{behind[1]}"

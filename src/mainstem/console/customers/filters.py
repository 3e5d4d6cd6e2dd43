"""What the address of the list asks for, as a filter that the customers room understands."""

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from mainstem.console.customers.finding import Found, find
from mainstem.console.frame import N_, Visit
from mainstem.domains import customers
from mainstem.kernel.money import to_minor
from mainstem.platform.access.permissions import SEGMENTS_READ
from mainstem.platform.postgres import Connection

KEPT = ("tag", "segment", "seen", "spend")
"""What a saved view keeps: never the searched text, which may be a telephone number."""

FIELDS = ("q", *KEPT)

SEEN: dict[str, tuple[str, int, str]] = {
    "7": ("<=", 7, N_("In the last 7 days")),
    "30": ("<=", 30, N_("In the last 30 days")),
    "90": ("<=", 90, N_("In the last 90 days")),
    "not-30": (">", 30, N_("Not for 30 days")),
    "not-90": (">", 90, N_("Not for 90 days")),
    "not-365": (">", 365, N_("Not for a year")),
}
"""Choices of when somebody was seen last, in days."""

_NUMBER_MAX = 2**63 - 1
_NOBODY = -1


class Asked(msgspec.Struct, frozen=True):
    """Who is to be listed; `found`: whom the searched text means, None without one. `wrong`: the amount is none."""

    narrow: customers.ListFilter
    found: Found | None
    currency: str
    wrong: bool


def kept(query: Mapping[str, str]) -> str:
    """The part of a query string that a view keeps."""
    return urlencode({name: query[name] for name in KEPT if query.get(name)})


def narrowed(query: Mapping[str, str]) -> bool:
    """Whether anything narrows the list."""
    return any(query.get(name) for name in FIELDS)


def position(text: str) -> int:
    """Behind which position the list goes on; at its beginning for what is none."""
    number = _number(text)
    return _NUMBER_MAX if number < 0 else number


async def asked(visit: Visit, connection: Connection) -> Asked:
    """Read the address; what it names and does not exist finds nobody."""
    query = visit.query
    text = query.get("q", "")
    found = await find(visit, connection, text) if text else None
    currency = main_currency(visit)
    spend = _spend(query.get("spend", ""), currency)
    wanted = customers.ListFilter(records=None if found is None else found.ids)
    parts = _parts(query.get("seen", ""), spend, currency)
    if visit.allowed(SEGMENTS_READ):
        if query.get("segment"):
            wanted = msgspec.structs.replace(wanted, segment=_number(query["segment"]))
        tag = query.get("tag", "").replace("\x00", "")
        if tag in customers.tag_conditions():
            parts.append({"tag": tag})
        elif tag:
            wanted = msgspec.structs.replace(wanted, tag=tag)
    if parts:
        condition = customers.read_condition({"all": parts}, customers.tag_conditions())
        wanted = msgspec.structs.replace(wanted, condition=condition)
    return Asked(wanted, found, currency, wrong=bool(query.get("spend")) and spend is None)


def main_currency(visit: Visit) -> str:
    """The currency that most channels sell in; "" while there is no channel."""
    used = [channel.currency for channel in visit.network.channels.values()]
    return max(sorted(set(used)), key=used.count, default="")


def _parts(seen: str, spend: int | None, currency: str) -> list[dict[str, object]]:
    """What is asked of the traits, as a condition is written."""
    parts: list[dict[str, object]] = []
    if seen in SEEN:
        op, days, _ = SEEN[seen]
        parts.append({"trait": "days_since_seen", "op": op, "value": days})
    if spend is not None:
        parts.append({"trait": "currency", "op": "=", "value": currency})
        parts.append({"trait": "spend_total", "op": ">=", "value": spend})
    return parts


def _spend(text: str, currency: str) -> int | None:
    """An amount as it was typed in minor units; None for what is none."""
    if not text or not currency:
        return None
    try:
        amount = to_minor(text.replace(",", "").replace("，", ""), currency)
    except ValueError:
        return None
    return amount if amount >= 0 else None


def _number(text: str) -> int:
    """An id that was typed; `_NOBODY` for what is none."""
    number = int(text) if text.isascii() and text.isdecimal() else _NOBODY
    return number if number <= _NUMBER_MAX else _NOBODY

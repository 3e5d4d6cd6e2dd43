"""What pages of this room share: numbers and amounts as they were typed, people, programmes."""

from collections.abc import Collection
from datetime import date

import msgspec

from mainstem.console.frame import MissingError, Problem, Visit
from mainstem.console.quantities import amount_typed
from mainstem.domains import customers, loyalty
from mainstem.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES, to_minor
from mainstem.kernel.refusals import refuse
from mainstem.platform.access.permissions import CUSTOMERS_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

ID_MAX = 2**63 - 1

_TYPED = {ord(","): None, ord("，"): None, ord(" "): None, 0xFF0B: "+", 0xFF0D: "-"}
"""Groups of digits are nothing; full-width signs are signs."""


class Person(msgspec.Struct, frozen=True):
    """A customer, masked: `name` is his number where no name is known or may be seen; `url` "" where it may not."""

    id: int
    name: str
    phone: str
    url: str


async def people(visit: Visit, connection: Connection, ids: Collection[int]) -> dict[int, Person]:
    """These customers, by their ids of today."""
    if not visit.allowed(CUSTOMERS_READ):
        return {number: Person(number, _nameless(visit, number), "", "") for number in ids}
    known = await customers.people(connection, visit.desk.vault, sorted(set(ids)))
    found = {}
    for number in ids:
        golden = known[number].golden if number in known else {}
        name = golden.get("name") or _nameless(visit, number)
        found[number] = Person(number, name, golden.get("phone", ""), f"/customers/{number}")
    return found


def _nameless(visit: Visit, number: int) -> str:
    return visit.t("Customer {number}", number=number)


async def kept_programmes(connection: Connection) -> dict[str, loyalty.Kept]:
    """Every programme by its code."""
    (found,) = await ask(connection, loyalty.programmes())
    return found.by_code


def programme_of(kept: dict[str, loyalty.Kept], code: str) -> loyalty.Kept:
    """A programme; raises MissingError when there is none."""
    if code not in kept:
        raise MissingError
    return kept[code]


def position(text: str) -> int:
    """Behind which position a list goes on; at its beginning for what is none."""
    return min(int(text), ID_MAX) if text.isascii() and text.isdecimal() else ID_MAX


def number_of(value: int) -> int:
    """An id of an address; raises MissingError for what no id can be."""
    if value > ID_MAX:
        raise MissingError
    return value


def typed(text: str) -> str:
    """A number as it was typed, without groups and in plain digits."""
    return text.translate(_TYPED).strip()


def whole(text: str) -> int | None:
    """A whole number that was typed; None for what is none, or beyond any sense."""
    try:
        value = int(typed(text))
    except ValueError:
        return None
    return value if abs(value) <= ID_MAX else None


def amount(text: str, currency: str) -> int | None:
    """An amount that was typed, in minor units; None for what is none."""
    try:
        return to_minor(typed(text), currency)
    except ValueError:
        return None


def out_of_range(visit: Visit, where: str, value: str, least: str | int, most: str | int) -> Problem:
    """Why something that was typed is none of what is possible."""
    return visit.problem(refuse(loyalty.OUT_OF_RANGE, where, value=value[:32] or "–", least=least, most=most))


def amount_of(visit: Visit, text: str, currency: str, where: str, least: int = 1) -> int | Problem:
    """An amount that was typed for a card, in minor units, or why it is none."""
    minor = amount(text, currency) if currency in CURRENCIES else None
    if minor is None or not least <= minor <= AMOUNT_MINOR_MAX:
        if currency not in CURRENCIES:
            return out_of_range(visit, where, text, 0, "–")
        most = amount_typed(AMOUNT_MINOR_MAX, currency)
        return out_of_range(visit, where, text, amount_typed(least, currency), most)
    return minor


def day_of(visit: Visit, text: str, where: str) -> date | Problem | None:
    """A day that was typed; None where nothing was."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return out_of_range(visit, where, text, "2000-01-01", "9999-12-31")

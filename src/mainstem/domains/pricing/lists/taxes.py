"""Rates of tax by category of goods and by place, each for a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from mainstem.domains.pricing.lists import reading
from mainstem.domains.pricing.lists.spans import TAX_RATES, lock
from mainstem.domains.pricing.lists.timeline import put
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.refusals import Kind, Refusal, declare, refuse
from mainstem.platform.arrays import Texts
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

RATE_MAX = 1_000_000
"""Millionths: 100 %."""


class SetTaxRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From a moment on goods of a category (a path; blank: all goods) are taxed at a rate in a place.

    Blank country: everywhere; blank region: in all of the country. `rate_millionths` None: no rate of its own any more,
    the wider one counts. With `valid_until` the rate before goes on afterwards.
    """

    name: str
    rate_millionths: int | None
    category: str = ""
    country: str = ""
    region: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class TaxRateSet(msgspec.Struct, frozen=True):
    """The id of the rate that was recorded."""

    id: int


class TaxRateRecorded(msgspec.Struct, frozen=True):
    """Payload of `pricing.tax_rate_set` (subject: the rate): from when on, and the command."""

    valid_from: datetime
    command: SetTaxRate


class TaxRateView(msgspec.Struct, frozen=True, gc=False):
    """A rate as it was recorded, and who set it."""

    id: int
    category: str
    country: str
    region: str
    name: str
    rate_millionths: int | None
    valid_from: datetime
    valid_until: datetime | None
    actor: int
    recorded_at: datetime


class Tax(msgspec.Struct, frozen=True, gc=False):
    """A rate in force. Where nothing is in force there is none: rate 0 without a name."""

    rate_millionths: int
    name: str


NO_TAX = Tax(0, "")

BAD_RATE = declare(
    "bad_rate",
    Kind.INVALID,
    "{rate} millionths cannot be a rate of tax.",
    "Send 0 to {most}: 130000 is 13 %.",
)
BAD_PLACE = declare(
    "bad_place",
    Kind.INVALID,
    "{place} cannot be the place of a rate.",
    "Send a country by its two letters (ISO 3166), and a region only with its country.",
)

_VIEW = """
select id, category, country, region, name, rate_millionths, valid_from, nullif(valid_until, 'infinity'), actor,
    recorded_at
from pricing.tax_rate
"""
_COUNTRY_LETTERS = 2


class Taxes:
    """The rates in force at one moment in the places that were asked for."""

    __slots__ = ("_known", "_rates")

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rates = {(country, region, category): Tax(rate, name) for country, region, category, name, rate in rows}
        self._known: dict[tuple[str, str, str], Tax] = {}

    def at(self, category: str, country: str = "", region: str = "") -> Tax:
        """The rate for goods of a category in a place: the narrowest place that says anything of them decides.

        In a place the narrowest category counts: `Food/Milk`, then `Food`, then all goods.
        """
        key = (country, region, category)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find(*key)
        return found

    def _find(self, country: str, region: str, category: str) -> Tax:
        paths = [category]
        while paths[-1]:
            paths.append(paths[-1].rpartition("/")[0])
        for place in dict.fromkeys(((country, region), (country, ""), ("", ""))):
            for path in paths:
                if (*place, path) in self._rates:
                    return self._rates[*place, path]
        return NO_TAX


def tax_for(countries: Iterable[str], moment: datetime) -> Query[Taxes]:
    """The rates in force at a moment in these countries, and those that count everywhere."""
    return Query(
        "select country, region, category, name, rate_millionths from pricing.tax_rate"
        " where country = any(%b::text[]) and valid_until > %b::timestamptz and valid_from <= %b::timestamptz"
        " and rate_millionths is not null",
        (Texts(sorted({"", *countries})), moment, moment),
        Taxes,
    )


def tax_rates(moment: datetime, limit: int, after: tuple[str, str, str, int] | None = None) -> Query[list[TaxRateView]]:
    """Up to `limit` rates in force or to come at a moment, by country, region and category."""
    sql = _VIEW + "where valid_until > %b::timestamptz and valid_until > valid_from"
    behind: tuple[object, ...] = ()
    if after is not None:
        sql += ' and (country collate "C", region collate "C", category collate "C", id)'
        sql += " > (%b::text, %b::text, %b::text, %b::bigint)"
        behind = after
    sql += ' order by country collate "C", region collate "C", category collate "C", id limit %b::bigint'
    return Query(sql, (moment, *behind, limit), _views)


def tax_rate_history(limit: int, before: int | None = None) -> Query[list[TaxRateView]]:
    """Up to `limit` rates that were ever recorded, the latest first, before one by its id."""
    return Query(
        _VIEW + "where id < %b::bigint order by id desc limit %b::bigint",
        (2**63 - 1 if before is None else before, limit),
        _views,
    )


def _views(rows: list[Row]) -> list[TaxRateView]:
    return [TaxRateView(*row) for row in rows]


async def _set_rates(work: Work, calls: Sequence[Call[SetTaxRate]]) -> list[TaxRateSet | Refusal]:
    now = await lock(work)
    read = [_read(call.command, work.now) for call in calls]
    timelines = await TAX_RATES.load(work, [(one[0], one[1]) for one in read if not isinstance(one, Refusal)])
    await work.reserve_ids(2 * len(calls))
    actors: dict[int, int] = {}
    answers: list[TaxRateSet | Refusal] = []
    for call, one in zip(calls, read, strict=True):
        if isinstance(one, Refusal):
            answers.append(one)
            continue
        key, start, end = one
        before = {span.id for span in timelines[key]}
        value = (call.command.name, call.command.rate_millionths)
        made = put(timelines[key], value, start, end, work.ids.take)
        actors |= {span.id: call.actor for span in timelines[key] if span.id not in before}
        tell(work, call, "tax_rate_set", made.id, TaxRateRecorded(start, call.command))
        answers.append(TaxRateSet(made.id))
    TAX_RATES.save(work, timelines, actors, now)
    return answers


def _read(command: SetTaxRate, now: datetime) -> tuple[tuple[str, str, str], datetime, datetime | None] | Refusal:
    country, region = command.country, command.region
    letters = country.isascii() and country.isalpha() and country.isupper() and len(country) == _COUNTRY_LETTERS
    if (country and not letters) or (region and not country) or region != region.strip():
        return refuse(BAD_PLACE, "/country", place=f"{country} {region}".strip()[:80] or '""')
    if command.rate_millionths is not None and not 0 <= command.rate_millionths <= RATE_MAX:
        return refuse(BAD_RATE, "/rate_millionths", rate=command.rate_millionths, most=RATE_MAX)
    refusal = (
        reading.bad_text("/name", command.name, reading.NAME_LENGTH_MAX)
        or reading.bad_text("/category", command.category)
        or reading.bad_text("/region", region, reading.NAME_LENGTH_MAX)
    )
    span = refusal or reading.span_of(command.valid_from, command.valid_until, now)
    return span if isinstance(span, Refusal) else ((country, region, command.category), *span)


SET_TAX_RATE: Operation[SetTaxRate, TaxRateSet] = Operation("pricing.set_tax_rate", SetTaxRate, TaxRateSet, _set_rates)

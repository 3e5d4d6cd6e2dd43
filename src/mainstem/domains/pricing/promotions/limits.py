"""Limits of promotions: what is left for a customer, and the uses that an order holds in its own group."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

import msgspec

from mainstem.domains.pricing.allowances.contracts import PLENTY, PLENTY_MINOR, Allowance, Usage
from mainstem.domains.pricing.allowances.opening import left_of, open_allowances
from mainstem.domains.pricing.allowances.uses import UsageChanges, Use, Wanted
from mainstem.domains.pricing.promotions.books import Counted
from mainstem.domains.pricing.quotes.contracts import Left
from mainstem.ledger import Balance, Book, Spot, register_assets
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.work import Work

DAY_KIND = "promotion_day_uses"

_LEFT = """
with asked as (
    select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[]) as k (promotion, items, budget)
), today as (
    select d.promotion, d.id from asked as a join pricing.promotion_day as d
      on d.promotion = a.promotion and d.day = %b::date
), spot as (
    select promotion, 'uses_total' as limited, promotion as asset, promotion as place from asked
    union all select promotion, 'items_total', items, promotion from asked
    union all select promotion, 'budget_minor', budget, promotion from asked
    union all select promotion, 'uses_per_day', promotion, id from today
    union all select promotion, 'uses_per_customer', promotion, r from asked, unnest(%b::bigint[]) as r
    union all select promotion, 'uses_per_customer_and_day', id, r from today, unnest(%b::bigint[]) as r
)
select s.promotion, s.limited, sum(
    case when s.limited = 'budget_minor' then %b::bigint else %b::bigint end - b.posted + b.held)::bigint
from spot as s join ledger.balance as b on b.asset = s.asset and b.place = s.place
group by s.promotion, s.limited
"""
_DAYS = """
select d.promotion, d.day, d.id from unnest(%b::bigint[], %b::date[]) as k (promotion, day)
join pricing.promotion_day as d on d.promotion = k.promotion and d.day = k.day
"""


class Who(msgspec.Struct, frozen=True):
    """A customer: the record that orders, and all records of whoever is behind it today (`customers.records_of`)."""

    record: int
    records: tuple[int, ...]


class LimitAsk(msgspec.Struct, frozen=True):
    """A promotion that somebody may use on a day, the node's. Nobody known (`who` None) uses no limit of customers."""

    promotion: Counted
    day: date
    who: Who | None = None


def left_for(promotions: Iterable[Counted], records: Collection[int], day: date) -> Query[dict[str, Left]]:
    """What the limits leave, by code: for a customer, by all his records; none: for nobody who is known.

    As last committed: good for a quote. What really may be used is decided when it is held.
    """
    limited = [one for one in promotions if one.limited]
    known = sorted(records)

    def parse(rows: list[Row]) -> dict[str, Left]:
        used: dict[tuple[int, str], int] = {(row[0], row[1]): row[2] for row in rows}
        return {one.code: _left(one, used, known=bool(known)) for one in limited}

    return Query(
        _LEFT,
        (
            Bigints(one.id for one in limited),
            Bigints(one.items for one in limited),
            Bigints(one.budget for one in limited),
            day,
            Bigints(known),
            Bigints(known),
            PLENTY_MINOR,
            PLENTY,
        ),
        parse,
    )


def _left(one: Counted, used: dict[tuple[int, str], int], *, known: bool) -> Left:
    def left(name: str) -> int | None:
        limit: int | None = getattr(one.limits, name)
        if limit is None:
            return None
        if "customer" in name and not known:
            return 0
        return max(limit - used.get((one.id, name), 0), 0)

    uses = [left(name) for name in one.limits.__struct_fields__ if name.startswith("uses")]
    return Left(
        uses=min((number for number in uses if number is not None), default=None),
        items=left("items_total"),
        budget_minor=left("budget_minor"),
    )


class OpenLimits(msgspec.Struct, frozen=True):
    """Limits that a batch may use: `seen` is for `ledger.promise_book`, `spots()` for whoever locks them anyway."""

    seen: dict[Spot, Balance]
    _allowances: dict[LimitAsk, tuple[Allowance, ...]]

    def spots(self) -> set[Spot]:
        """Every balance that is decided on."""
        return {spot for several in self._allowances.values() for one in several for spot in one.spots()}

    def left(self, book: Book, ask_: LimitAsk) -> Left:
        """What is left as the book stands, with what this batch has taken."""
        lefts = [(one.what, left_of(book, one)) for one in self._allowances[ask_]]

        def least(what: str) -> int | None:
            return min((left for kind, left in lefts if kind == what), default=None)

        uses = 0 if _nobody(ask_) else least("uses")
        return Left(uses=uses, items=least("items"), budget_minor=least("budget"))

    def use(
        self, changes: UsageChanges, book: Book, ask_: LimitAsk, *, reference: int, items: int, amount_minor: int
    ) -> Use | None:
        """The use of a promotion by an order, which gave so much; None when nothing of it is counted.

        Put its steps into the order's group, and `changes.held(call, use)` when that is granted. Seven ids must be
        reserved. The group is not granted where more is used than is left.
        """
        allowances = self._allowances[ask_]
        if not allowances:
            return None
        quantities = {"uses": 1, "items": items, "budget": amount_minor}
        wanted = [Wanted(one, quantities[one.what]) for one in allowances if quantities[one.what]]
        usage = Usage(
            id=changes.take_id(),
            kind="promotion",
            subject=ask_.promotion.id,
            coupon=None,
            reference=reference,
            record=None if ask_.who is None else ask_.who.record,
            items=items,
            amount_minor=amount_minor,
            state="held",
        )
        return changes.wish(book, usage, wanted)


def _nobody(ask_: LimitAsk) -> bool:
    limits = ask_.promotion.limits
    of_customers = limits.uses_per_customer, limits.uses_per_customer_and_day
    return ask_.who is None and of_customers != (None, None)


async def open_limits(work: Work, asks: Sequence[LimitAsk]) -> OpenLimits:
    """Open the limits of promotions that a batch may use, before anything else of the ledger is locked."""
    days = await _days(work, {(one.promotion.id, one.day) for one in asks if _by_day(one)})
    allowances = {one: tuple(_allowances(one, days)) for one in asks}
    seen = await open_allowances(work, [each for several in allowances.values() for each in several])
    return OpenLimits(seen, allowances)


def _by_day(one: LimitAsk) -> bool:
    limits = one.promotion.limits
    return limits.uses_per_day is not None or limits.uses_per_customer_and_day is not None


def _allowances(one: LimitAsk, days: dict[tuple[int, date], int]) -> Iterable[Allowance]:
    counted, limits, who = one.promotion, one.promotion.limits, one.who
    if limits.uses_total is not None:
        yield Allowance(counted.id, counted.id, limits.uses_total)
    if limits.items_total is not None:
        yield Allowance(counted.items, counted.id, limits.items_total, "items")
    if limits.budget_minor is not None:
        yield Allowance(counted.budget, counted.id, limits.budget_minor, "budget")
    day = days.get((counted.id, one.day), 0)
    if limits.uses_per_day is not None:
        yield Allowance(counted.id, day, limits.uses_per_day)
    if who is not None:
        if limits.uses_per_customer is not None:
            yield of_customer(counted.id, who, limits.uses_per_customer)
        if limits.uses_per_customer_and_day is not None:
            yield of_customer(day, who, limits.uses_per_customer_and_day)


def of_customer(asset: int, who: Who, limit: int) -> Allowance:
    """A limit of a customer: counted at the record that orders, beside his others; guarded by the smallest."""
    beside = tuple(sorted(set(who.records) - {who.record}))
    return Allowance(asset, who.record, limit, "uses", beside, min((who.record, *beside)))


async def _days(work: Work, wanted: Collection[tuple[int, date]]) -> dict[tuple[int, date], int]:
    """The days of promotions; those that are not there yet are made. Of two batches that make one the later retries."""
    found = {key: day for key in wanted if (day := work.lasting.get(("pricing.day", *key))) is not None}
    missing = sorted(set(wanted) - found.keys())
    if not missing:
        return found
    question = Query(
        _DAYS,
        (Bigints(promotion for promotion, _ in missing), [day for _, day in missing]),
        lambda rows: {(row[0], row[1]): row[2] for row in rows},
    )
    (known,) = await ask(work.connection, question)
    work.lasting.update({("pricing.day", *key): number for key, number in known.items()})
    fresh = [key for key in missing if key not in known]
    if fresh:
        await work.reserve_ids(len(fresh))
        made = {key: work.ids.take() for key in fresh}
        work.write(
            "insert into pricing.promotion_day (id, promotion, day)"
            " select * from unnest(%b::bigint[], %b::bigint[], %b::date[])",
            Bigints(made.values()),
            Bigints(promotion for promotion, _ in made),
            [day for _, day in made],
        )
        register_assets(work, DAY_KIND, list(made.values()))
        known = known | made
    return found | known

"""Everything that quotes of a batch depend on, asked for together: the pure engine is given baskets, nothing else."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from mainstem.domains import catalog, customers, loyalty, orders, pricing
from mainstem.kernel.quantity import UNITS
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.checkout.wishes import Shopper, Wish

o = pricing.offering
lists = pricing.lists

UTC_ZONE = "UTC"


class Prepared(msgspec.Struct):
    """A basket as the engine reads it, and what its checkout needs beside: who buys, his purse, the live promotions."""

    wish: Wish
    basket: o.Basket
    live: o.LiveBook
    book: o.Book
    shopper: Shopper | None
    purse: loyalty.Purse | None

    @property
    def day(self) -> date:
        """The day on which limits of days count."""
        return self.basket.local.date()

    def honour(self, basket: o.Basket, counted: dict[str, o.Counted], forms: dict[str, o.Promotion]) -> None:
        """Take basket and promotions as they were when a quote was held."""
        self.basket = basket
        self.live = o.LiveBook(self.live.version, self.live.book, counted, forms)

    def asks(self, codes: Collection[str]) -> dict[str, o.LimitAsk]:
        """The limits of these promotions, as far as anything of them is counted."""
        who = None if self.shopper is None else self.shopper.who
        counted = self.live.counted
        return {
            code: o.LimitAsk(counted[code], self.day, who)
            for code in codes
            if code in counted and counted[code].limited
        }


class Gathered(msgspec.Struct, frozen=True):
    """The baskets of a batch, in the order of the wishes: prepared, or refused."""

    prepared: list[Prepared | Refusal]
    purses: loyalty.Purses | None


async def gather(
    work: Work,
    wishes: Sequence[Wish],
    records: Mapping[customers.Pair, int],
    version: int,
    *,
    moment: datetime | None = None,
    drafts: Sequence[o.Promotion] = (),
    introduced: Collection[int] = (),
) -> Gathered:
    """Prepare baskets for a moment, now when none is named. `records` are those of customers, `introduced` new ones.

    Coupons are not in the baskets yet: see `with_coupons`.
    """
    at = work.now if moment is None else moment
    live = await o.books_of(work).of(work.connection, version)
    book = live.book if not drafts else o.compile_book(_with_drafts(live, drafts).values())
    forms = _with_drafts(live, drafts)
    variants = {variant.id for wish in wishes for variant, _ in wish.lines}
    places = {place for wish in wishes for place in (wish.place, wish.node) if place is not None}
    goods, listed, where, kept = await ask(
        work.connection,
        catalog.sold_goods(variants),
        o.lists_of(variants),
        catalog.selling_places(places),
        loyalty.programmes(),
    )
    named = {records[wish.customer] for wish in wishes if wish.customer is not None and wish.customer in records}
    new = {one: Shopper(one, one, (one,), frozenset(), (), bought_before=False) for one in introduced}
    named -= new.keys()
    shoppers = new | await _shoppers(work, named)
    purses = await loyalty.open_purses(work, named, lock=False) if named and kept.by_id else None
    born = await _birthdays(work, shoppers, forms.values())
    gathering = _Gathering(at, live, book, forms, goods, listed, where, shoppers, purses, born)
    basics = [gathering.basics(wish, records) for wish in wishes]
    return Gathered(await gathering.baskets(work, basics), purses)


def _with_drafts(live: o.LiveBook, drafts: Sequence[o.Promotion]) -> dict[str, o.Promotion]:
    return {**live.forms, **{draft.code: draft for draft in drafts}}


async def _shoppers(work: Work, named: Collection[int]) -> dict[int, Shopper]:
    """Whoever these records belong to today."""
    if not named:
        return {}
    (every,) = await ask(work.connection, customers.records_of(named))
    (owners,) = await ask(work.connection, customers.customers_of(every))
    people = set(owners.values())
    segments, groups, bought = await ask(
        work.connection,
        customers.segments_within(people),
        customers.groups_within(people),
        orders.bought_before(every),
    )
    together: dict[int, list[int]] = {}
    for record in every:
        together.setdefault(owners[record], []).append(record)
    return {
        record: Shopper(
            record,
            owners[record],
            tuple(together[owners[record]]),
            segments.get(owners[record], frozenset()),
            groups.get(owners[record], ()),
            any(one in bought for one in together[owners[record]]),
        )
        for record in named
        if record in owners
    }


async def _birthdays(work: Work, shoppers: Mapping[int, Shopper], forms: Collection[o.Promotion]) -> dict[int, date]:
    """Birthdays, where a promotion looks at them: they have to be opened one by one."""
    people = {one.customer for one in shoppers.values()}
    wanted = any(
        isinstance(condition, o.Birthday) for form in forms for _, condition, _ in o.conditions_within("", form.when)
    )
    if not wanted or not people:
        return {}
    (born,) = await ask(work.connection, customers.birthdays(work.vault, people))
    return born


class _Basics(msgspec.Struct, frozen=True):
    """A wish with who buys, his purse, and what its prices depend on."""

    wish: Wish
    shopper: Shopper | None
    purse: loyalty.Purse | None
    asked: lists.Asked


class _Gathering:
    """Puts together what was asked for."""

    def __init__(  # noqa: PLR0913, PLR0917 - one argument a question
        self,
        at: datetime,
        live: o.LiveBook,
        book: o.Book,
        forms: Mapping[str, o.Promotion],
        goods: Mapping[int, catalog.SoldGoods],
        listed: Mapping[int, tuple[str, ...]],
        where: Mapping[int, catalog.SellingPlace],
        shoppers: Mapping[int, Shopper],
        purses: loyalty.Purses | None,
        born: Mapping[int, date],
    ) -> None:
        self._at, self._live, self._book, self._forms = at, live, book, forms
        self._shoppers, self._purses, self._born, self._where = shoppers, purses, born, where
        self._described = goods
        self._goods = {
            number: o.Goods(
                number, one.sku, one.product, one.category, one.brand, one.attributes, listed.get(number, ())
            )
            for number, one in goods.items()
        }

    def basics(self, wish: Wish, records: Mapping[customers.Pair, int]) -> _Basics:
        """Who buys, and what prices depend on."""
        record = None if wish.customer is None else records.get(wish.customer)
        shopper = None if record is None else self._shoppers.get(record)
        purse = self._purse(shopper, wish.channel.currency)
        node = None if wish.node is None else self._where[wish.node]
        place = None if wish.place is None else self._where[wish.place]
        return _Basics(
            wish,
            shopper,
            purse,
            lists.Asked(
                wish.channel.id,
                wish.channel.code,
                wish.channel.currency,
                tuple((variant.id, quantity) for variant, quantity in wish.lines),
                wish.node,
                "" if node is None else node.code,
                "" if place is None else place.region,
                "" if purse is None else purse.standing.tier,
                () if shopper is None else shopper.groups,
            ),
        )

    def _purse(self, shopper: Shopper | None, currency: str) -> loyalty.Purse | None:
        """The purse that counts: of the first programme in the currency of the channel, else of the first."""
        if shopper is None or self._purses is None:
            return None
        purses = sorted(self._purses.all_of(shopper.record), key=lambda one: one.programme_id)
        fitting = [one for one in purses if one.programme.currency == currency]
        return next(iter((*fitting, *purses)), None)

    async def baskets(self, work: Work, basics: Sequence[_Basics]) -> list[Prepared | Refusal]:
        """The baskets, priced."""
        if not basics:
            return []
        currencies = sorted({one.asked.currency for one in basics})
        variants = sorted({variant for one in basics for variant, _ in one.asked.lines})
        countries = {self._where[place].country for one in basics if (place := one.wish.place) is not None}
        limited = [one for one in self._live.counted.values() if one.limited]
        buyers: dict[tuple[tuple[int, ...], date], int] = {}
        if limited:
            for one in basics:
                buyers.setdefault(self._buyer(one), len(buyers))
        prices, taxes, *rest = await ask(
            work.connection,
            lists.price_for([one.asked for one in basics], self._at),
            lists.tax_for(countries, self._at),
            *(lists.guards_for(variants, currency, self._at) for currency in currencies),
            *(o.left_for(limited, records, day) for records, day in buyers),
        )
        guards = dict(zip(currencies, rest, strict=False))
        lefts = rest[len(currencies) :]
        return [
            self._basket(
                one,
                prices,
                taxes,
                guards[one.asked.currency],
                lefts[buyers[self._buyer(one)]] if limited else {},
            )
            for one in basics
        ]

    def _buyer(self, one: _Basics) -> tuple[tuple[int, ...], date]:
        return (() if one.shopper is None else one.shopper.records, self._local(one.wish).date())

    def _local(self, wish: Wish) -> datetime:
        place = None if wish.place is None else self._where[wish.place]
        return self._at.astimezone(ZoneInfo(UTC_ZONE if place is None else place.time_zone))

    def _basket(
        self,
        one: _Basics,
        prices: lists.PriceBook,
        taxes: lists.Taxes,
        guards: lists.Guards,
        left: dict[str, o.Left],
    ) -> Prepared | Refusal:
        wish, shopper, purse = one.wish, one.shopper, one.purse
        place = None if wish.place is None else self._where[wish.place]
        country, region = ("", "") if place is None else (place.country, place.region)
        lines: list[o.Priced] = []
        for position, ((variant, quantity), found) in enumerate(zip(wish.lines, prices.of(one.asked), strict=True), 1):
            if found is None:
                return refuse(
                    pricing.NO_PRICE,
                    f"/lines/{position - 1}/sku",
                    sku=variant.sku,
                    currency=one.asked.currency,
                    channel=wish.channel.code,
                )
            tax = taxes.at(self._described[variant.id].category, country, region)
            included = wish.tax_included if found.tax_included is None else found.tax_included
            price = lists.with_tax(
                found.unit_price_minor, tax.rate_millionths, included=included, wanted=wish.tax_included
            )
            lines.append(
                o.Priced(
                    position,
                    self._goods[variant.id],
                    quantity,
                    UNITS[variant.unit].steps_per_unit,
                    price,
                    found.source,
                    guards.floor(variant.id),
                    tax.rate_millionths,
                    tax.name,
                )
            )
        delivery = wish.delivery
        rate = taxes.at("", country, region).rate_millionths
        basket = o.Basket(
            moment=self._at,
            local=self._local(wish),
            channel=wish.channel.code,
            channel_kind=wish.channel.kind,
            currency=one.asked.currency,
            lines=tuple(lines),
            node=one.asked.node_code,
            region=one.asked.region,
            customer=self._customer(shopper, purse),
            delivery=o.Delivery() if delivery is None else o.Delivery(delivery.method, delivery.amount_minor, rate),
            tenders=wish.tenders,
            left=left,
            tax_included=wish.tax_included,
        )
        return Prepared(wish, basket, self._live, self._book, shopper, purse)

    def _customer(self, shopper: Shopper | None, purse: loyalty.Purse | None) -> o.Customer:
        if shopper is None:
            return o.Customer()
        return o.Customer(
            id=shopper.customer,
            member=purse is not None,
            tier="" if purse is None else purse.standing.tier,
            groups=shopper.groups,
            segments=shopper.segments,
            bought_before=shopper.bought_before,
            birthday=self._born.get(shopper.customer),
        )

"""What belongs to orders beside their goods: limited promotions, coupons, points and cards, held in the order's group.

Opened for a batch before the ledger is locked; then each order is decided against the book as it runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mainstem.domains import loyalty, orders, pricing
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Balance, Book, Spot, Step
from mainstem.platform.execution import Call
from mainstem.platform.work import Work
from mainstem.processes.checkout import contracts as c
from mainstem.processes.checkout.gathering import Gathered, Prepared
from mainstem.processes.checkout.quoting import Held, points_of, tender_of
from mainstem.processes.checkout.taxing import tax_lines

o = pricing.offering

IDS_OF_LIMITS, IDS_OF_COUPON, IDS_OF_CARD = 7, 3, 2
REQUOTES_MAX = 5

_OPEN = frozenset(("excluded", "better_without", "at_floor", "used_up"))
"""Why a promotion gave nothing that could give something once another one is used up."""


class Extras(msgspec.Struct, frozen=True):
    """What a checkout asks for beside its lines; `expected` are the amounts that its lines were shown with."""

    coupons: tuple[str, ...] = ()
    points: int = 0
    cards: tuple[c.CardPart, ...] = ()
    delivery: c.DeliveryAsk | None = None
    tax_included: bool = True
    expected_total_minor: int | None = None
    expected: tuple[int | None, ...] = ()
    held: Held | None = None
    asker: str = ""


class Attached(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an order keeps to be settled: how promotions change the points it earns, and the tax within its lines."""

    times_millionths: int = 1_000_000
    plus: int = 0
    line_taxes: dict[int, int] = {}


class Decided(msgspec.Struct, frozen=True):
    """An order as it can be granted: `steps` hold what belongs to it; the rest is noted once they are granted."""

    quoted: o.Quoted
    delivery_minor: int
    taxes: tuple[orders.TaxLine, ...]
    steps: tuple[Step, ...]
    uses: tuple[o.Use, ...]
    burned: loyalty.Burned | None
    cards: tuple[tuple[loyalty.Card, loyalty.CardHeld], ...]
    attached: Attached | None

    @property
    def tenders(self) -> tuple[orders.Tender, ...]:
        """What points and cards pay."""
        found = [] if self.burned is None else [orders.Tender("points", self.burned.amount_minor)]
        return (*found, *(orders.Tender("gift_card", held.amount_minor, card.last4) for card, held in self.cards))

    @property
    def promotions(self) -> list[tuple[int, str, int]]:
        """(position, promotion, amount) of what was taken off lines."""
        sums: dict[tuple[int, str], int] = {}
        for line in self.quoted.lines:
            for taken in line.taken:
                key = (line.position, taken.promotion)
                sums[key] = sums.get(key, 0) + taken.amount_minor
        return [(position, code, amount) for (position, code), amount in sums.items() if amount]


class _Entry(msgspec.Struct):
    """An order of the batch: its basket, and where its coupons and cards lie among those of all."""

    prepared: Prepared
    extras: Extras
    quoted: o.Quoted
    asks: dict[str, o.LimitAsk]
    coupons: range
    cards: range


class Offers:
    """The offers of a batch, by the number of its calls."""

    def __init__(
        self,
        work: Work,
        entries: dict[int, _Entry],
        refused: dict[int, Refusal],
        limits: o.OpenLimits | None,
        coupons: o.OpenCoupons | None,
        cards: Sequence[loyalty.Card | Refusal],
        purses: loyalty.Purses | None,
    ) -> None:
        self.refused = refused
        self._work, self._entries, self._limits, self._coupons, self._cards = work, entries, limits, coupons, cards
        self._purses = purses
        self._uses = o.UsageChanges(work)
        self._points = loyalty.PointChanges(work)
        self._paid = loyalty.CardChanges(work)

    def __contains__(self, number: int) -> bool:
        return number in self._entries

    def seen(self) -> dict[Spot, Balance]:
        """Balances that were opened, for a `promise_book`."""
        found = {} if self._limits is None else dict(self._limits.seen)
        return found if self._coupons is None else found | self._coupons.seen

    def spots(self) -> set[Spot]:
        """Every balance that may be touched."""
        found = {loyalty.spot(card) for card in self._cards if not isinstance(card, Refusal)}
        if self._limits is not None:
            found |= self._limits.spots()
        if self._coupons is not None:
            found |= self._coupons.spots()
        if self._purses is not None and any(entry.extras.points for entry in self._entries.values()):
            found |= self._purses.spots()
        return found

    def quoted(self, number: int) -> o.Quoted:
        """What an order comes to, as far as is known before the ledger is locked."""
        return self._entries[number].quoted

    def decide(self, number: int, book: Book, order: int, tendered_minor: int) -> Decided | Refusal:
        """What an order comes to as the book stands, and what it holds, or why it cannot be had."""
        entry = self._entries[number]
        quoted = self._current(entry, book)
        if isinstance(quoted, Refusal):
            return quoted
        refusal = self._bad_coupon(entry, book) or _changed(entry, quoted)
        if refusal is not None:
            return refusal
        prepared, total = entry.prepared, quoted.total_minor
        uses = self._used(entry, quoted, book, order)
        burned = self._burned(entry, quoted, book, order)
        if isinstance(burned, Refusal):
            return burned
        left = total - tendered_minor - (0 if burned is None else burned.amount_minor)
        cards = self._held(entry, book, left)
        if isinstance(cards, Refusal):
            return cards
        steps = [step for use in uses for step in use.steps]
        steps += [] if burned is None else burned.steps
        steps += [step for _, held in cards for step in held.steps]
        attached = _attached(prepared, quoted) if steps or prepared.purse is not None else None
        taxes = tax_lines(prepared.basket, quoted)
        return Decided(quoted, quoted.delivery_minor, taxes, tuple(steps), tuple(uses), burned, tuple(cards), attached)

    def granted(self, number: int, call: Call[Any] | None, order: int, decided: Decided) -> None:
        """Note what an order holds."""
        for use in decided.uses:
            self._uses.held(call, use)
        if decided.burned is not None:
            purse = self._entries[number].prepared.purse
            assert purse is not None
            self._points.burned(call, purse, decided.burned)
        for card, held in decided.cards:
            self._paid.taken(call, card, held, order)

    def save(self) -> None:
        """Queue everything noted."""
        self._uses.save()
        self._points.save()
        self._paid.save()

    def _current(self, entry: _Entry, book: Book) -> o.Quoted | Refusal:
        """The quote as the book stands: what was used up meanwhile gives nothing any more."""
        quoted, basket = entry.quoted, entry.prepared.basket
        for _ in range(REQUOTES_MAX):
            short = self._short(entry, quoted, book)
            if not short:
                return quoted
            if entry.extras.held is not None:
                return refuse(c.PROMOTION_USED_UP, "/quote", promotion=short[0])
            left = {code: self._left(one, book) for code, one in entry.asks.items()}
            left |= {code: o.Left(uses=0) for code in short if code not in entry.asks}
            basket = msgspec.structs.replace(basket, left={**basket.left, **left})
            quoted = o.quote(basket, entry.prepared.book)
        return refuse(c.PROMOTION_USED_UP, "/coupons", promotion=self._short(entry, quoted, book)[0])

    def _short(self, entry: _Entry, quoted: o.Quoted, book: Book) -> list[str]:
        """The promotions of a quote of which not enough is left."""
        counted = entry.prepared.live.counted
        found = []
        for one in quoted.applied:
            if one.code not in counted or not counted[one.code].limited:
                continue
            if one.code not in entry.asks:
                found.append(one.code)
                continue
            left = self._left(entry.asks[one.code], book)
            wanted = ((1, left.uses), (one.items, left.items), (one.amount_minor, left.budget_minor))
            if any(most is not None and size > most for size, most in wanted):
                found.append(one.code)
        return found

    def _left(self, one: o.LimitAsk, book: Book) -> o.Left:
        assert self._limits is not None, "limits are opened where there are asks"
        return self._limits.left(book, one)

    def _bad_coupon(self, entry: _Entry, book: Book) -> Refusal | None:
        for place, where in enumerate(entry.coupons):
            assert self._coupons is not None
            refusal = self._coupons.refused(book, where)
            if refusal is not None:
                pointer = "/quote" if entry.extras.held is not None else f"/coupons/{place}"
                return msgspec.structs.replace(refusal, where=pointer)
        return None

    def _used(self, entry: _Entry, quoted: o.Quoted, book: Book, order: int) -> list[o.Use]:
        uses: list[o.Use] = []
        codes = {one.coupon for one in quoted.applied if one.coupon}
        for one in quoted.applied:
            ask_ = entry.asks.get(one.code)
            if ask_ is not None and self._limits is not None:
                use = self._limits.use(
                    self._uses, book, ask_, reference=order, items=one.items, amount_minor=one.amount_minor
                )
                uses += [] if use is None else [use]
        for place, code in zip(entry.coupons, _codes(entry.extras), strict=True):
            if code in codes and self._coupons is not None:
                codes.discard(code)
                uses.append(self._coupons.use(self._uses, book, place, reference=order))
        return uses

    def _burned(self, entry: _Entry, quoted: o.Quoted, book: Book, order: int) -> loyalty.Burned | Refusal | None:
        if not entry.extras.points:
            return None
        purse = entry.prepared.purse
        if purse is None:
            return refuse(c.NO_MEMBER, "/points")
        tender = tender_of(entry.prepared, quoted, order, quoted.total_minor)
        return loyalty.burn_as_tender(purse, book, tender, entry.extras.points, self._work.ids.take)

    def _held(self, entry: _Entry, book: Book, left: int) -> list[tuple[loyalty.Card, loyalty.CardHeld]] | Refusal:
        found: list[tuple[loyalty.Card, loyalty.CardHeld]] = []
        for place, (part, where) in enumerate(zip(entry.extras.cards, entry.cards, strict=True)):
            card = self._cards[where]
            if isinstance(card, Refusal):
                return msgspec.structs.replace(card, where=f"/cards/{place}{card.where}")
            again = any(card.id == other.id for other, _ in found)
            amount = part.amount_minor
            if amount is None:
                amount = max(min(left, book.free(*loyalty.spot(card))), 0)
                if not amount and not left:
                    continue
            if amount > left or again:
                return refuse(c.TOO_MUCH_PAID, f"/cards/{place}/amount_minor", left=max(left, 0), amount=amount)
            held = self._paid.hold(book, card, max(amount, 1), entry.prepared.basket.currency)
            if isinstance(held, Refusal):
                return msgspec.structs.replace(held, where=f"/cards/{place}{held.where}")
            found.append((card, held))
            left -= amount
        return found


def _attached(prepared: Prepared, quoted: o.Quoted) -> Attached:
    within = {line.position: line.tax_minor for line in quoted.lines if line.tax_minor}
    return Attached(*points_of(prepared, quoted), within if prepared.basket.tax_included else {})


def _codes(extras: Extras) -> tuple[str, ...]:
    """The coupons of a checkout: those given, or those of its quote."""
    return extras.coupons if extras.held is None else tuple(extras.held.coupons.values())


def _changed(entry: _Entry, quoted: o.Quoted) -> Refusal | None:
    """Whether it comes to something else than the customer was shown, and what changed."""
    expected = entry.extras.expected_total_minor
    changes = [
        f"{line.sku} {shown} → {line.amount_minor}"
        for line, shown in zip(quoted.lines, entry.extras.expected, strict=False)
        if shown is not None and shown != line.amount_minor
    ]
    if not changes and expected in (None, quoted.total_minor):
        return None
    return refuse(
        c.PRICE_CHANGED,
        "/expected_total_minor" if expected is not None else "/lines",
        now=quoted.total_minor,
        expected=sum(shown or 0 for shown in entry.extras.expected) if expected is None else expected,
        changes=", ".join(changes[:10]) or "total",
    )


async def open_offers(work: Work, gathered: Gathered, numbers: Sequence[int], extras: Mapping[int, Extras]) -> Offers:
    """Open what the orders of a batch want: coupons, limits, cards. `numbers` are those of the prepared baskets."""
    refused: dict[int, Refusal] = {}
    fitting: list[tuple[int, Prepared, Extras]] = []
    for number, prepared in zip(numbers, gathered.prepared, strict=True):
        if isinstance(prepared, Refusal):
            refused[number] = prepared
        else:
            fitting.append((number, prepared, extras.get(number, Extras())))
    coupon_asks: list[o.CouponAsk] = []
    card_asks: list[loyalty.CardAsk] = []
    spans: dict[int, tuple[range, range]] = {}
    for number, prepared, extra in fitting:
        codes, parts = _codes(extra), extra.cards
        first, card = len(coupon_asks), len(card_asks)
        who = None if prepared.shopper is None else prepared.shopper.who
        coupon_asks += [o.CouponAsk(code, extra.asker, who) for code in codes]
        card_asks += [loyalty.CardAsk(part.code, part.pin, extra.asker) for part in parts]
        spans[number] = range(first, len(coupon_asks)), range(card, len(card_asks))
    coupons = await o.open_coupons(work, coupon_asks) if coupon_asks else None
    entries = {number: _entry(prepared, extra, *spans[number], coupons) for number, prepared, extra in fitting}
    asks = {one for entry in entries.values() for one in entry.asks.values()}
    limits = await o.open_limits(work, sorted(asks, key=_order)) if asks else None
    cards = await loyalty.find_cards(work, card_asks) if card_asks else []
    lots = 0 if gathered.purses is None else max((len(p.lots) for p in gathered.purses.by_account.values()), default=0)
    await work.reserve_ids(
        sum(
            len(entry.asks) * IDS_OF_LIMITS
            + len(entry.coupons) * IDS_OF_COUPON
            + len(entry.cards) * (IDS_OF_CARD + 1)
            + ((lots + 2) if entry.extras.points else 0)
            for entry in entries.values()
        )
    )
    return Offers(work, entries, refused, limits, coupons, cards, gathered.purses)


def _order(one: o.LimitAsk) -> tuple[int, str, int]:
    return one.promotion.id, one.day.isoformat(), -1 if one.who is None else one.who.record


def _entry(prepared: Prepared, extra: Extras, coupons: range, cards: range, opened: o.OpenCoupons | None) -> _Entry:
    if extra.held is not None:
        codes = {one.code for one in extra.held.quoted.applied}
        return _Entry(prepared, extra, extra.held.quoted, prepared.asks(codes), coupons, cards)
    unlocked: dict[str, str] = {}
    for place, code in zip(coupons, extra.coupons, strict=True):
        assert opened is not None
        found = opened.found[place]
        if not isinstance(found, Refusal):
            unlocked.setdefault(found.batch.promotion, code)
    prepared.basket = msgspec.structs.replace(prepared.basket, coupons=unlocked)
    quoted = o.quote(prepared.basket, prepared.book)
    codes = {one.code for one in quoted.applied} | {one.code for one in quoted.not_applied if one.reason in _OPEN}
    return _Entry(prepared, extra, quoted, prepared.asks(codes), coupons, cards)

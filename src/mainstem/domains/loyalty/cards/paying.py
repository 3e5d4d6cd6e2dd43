"""Paying with cards: found by code and PIN, held with an order, then settled or released, and refunded."""

import hmac
from collections.abc import Collection, Sequence
from datetime import UTC, date, timedelta
from typing import Any

import msgspec

from mainstem.domains import customers
from mainstem.domains.loyalty.cards import contracts as c
from mainstem.domains.loyalty.cards import store
from mainstem.domains.loyalty.cards.codes import digest, normal, pin_digest
from mainstem.domains.loyalty.cards.store import Card, CardUse, NewUse
from mainstem.domains.loyalty.contracts import PAID_WITH
from mainstem.domains.loyalty.telling import tell
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Book, Release, Reserve, Settle, Spot, Step, Transfer
from mainstem.platform.execution import Call
from mainstem.platform.query import ask
from mainstem.platform.work import Work

REFUND_LIFE = timedelta(days=365)
"""How long a card lives at least that money comes back to after, or shortly before, its last day."""


class CardAsk(msgspec.Struct, frozen=True):
    """Somebody types a code. `asker` names where: a till, a browser, a member; wrong tries count for him alone."""

    code: str
    pin: str
    asker: str


class CardHeld(msgspec.Struct, frozen=True):
    """Money of a card that an order holds, or that was paid at once (`hold` None)."""

    use: int
    card: int
    hold: int | None
    amount_minor: int
    steps: tuple[Step, ...]


class CardEvent(msgspec.Struct, frozen=True):
    """Payload of `loyalty.card_…`: never a code, only its end."""

    card: int
    last4: str
    amount_minor: int
    currency: str
    reference: int = 0
    reason: str = ""


class OrderCards(msgspec.Struct, frozen=True):
    """What orders paid with cards, locked, and these cards."""

    uses: dict[int, list[CardUse]]
    cards: dict[int, Card]

    def spots(self) -> set[Spot]:
        """Every balance that may be touched."""
        return {spot(card) for card in self.cards.values()}


def spot(card: Card) -> Spot:
    """The balance of a card."""
    return (card.asset, card.id)


async def find_cards(work: Work, asks: Sequence[CardAsk]) -> list[Card | Refusal]:
    """The card of each, locked, or why it is refused; in order.

    Who was wrong too often waits; his tries are nobody else's. What is mistyped is no try: its check character says so.
    """
    counters = {one.asker: work.vault.digest("gift card asker", one.asker) for one in asks}
    codes = [normal(one.code) for one in asks]
    wrong, found = await ask(
        work.connection,
        store.tries(counters.values(), work.now),
        store.lock_by_digest({digest(work.vault, code) for code in codes if code is not None}),
    )
    more: dict[bytes, int] = {}
    answers: list[Card | Refusal] = []
    for one, code in zip(asks, codes, strict=True):
        counter = counters[one.asker]
        if wrong.get(counter, 0) + more.get(counter, 0) >= c.TRIES_MAX:
            answers.append(refuse(c.CARD_TRIES, "/code", minutes=c.FORGOTTEN_SECONDS // 60))
            continue
        if code is None:
            answers.append(refuse(c.CARD_CODE_MISTYPED, "/code"))
            continue
        card, kept = found.get(digest(work.vault, code), (None, b""))
        if card is None or not hmac.compare_digest(kept, pin_digest(work.vault, code, one.pin)):
            more[counter] = more.get(counter, 0) + 1
            answers.append(refuse(c.UNKNOWN_CARD, "/code"))
            continue
        answers.append(card)
    store.count_tries(work, more)
    return answers


async def credit_of(work: Work, records: Collection[int]) -> dict[int, list[Card]]:
    """The store credit of whoever these records belong to today, locked; what expires first first."""
    (every,) = await ask(work.connection, customers.records_of(records))
    owners, cards = await ask(work.connection, customers.customers_of(every), store.lock_credits(every))
    return {
        record: [card for card in cards if card.record is not None and owners.get(card.record) == owners.get(record)]
        for record in records
    }


async def open_cards(work: Work, orders: Collection[int], uses: Collection[int] = ()) -> OrderCards:
    """What these orders, and these payments, paid with cards. Cards are locked before payments."""
    (cards,) = await ask(work.connection, store.cards_of_uses(uses, orders))
    locked, named, of_orders = await ask(
        work.connection, store.lock_cards(cards), store.lock_uses(uses), store.lock_uses_of(orders)
    )
    by_order: dict[int, list[CardUse]] = {}
    for use in {one.id: one for one in (*named.values(), *of_orders)}.values():
        by_order.setdefault(use.reference, []).append(use)
    return OrderCards(by_order, locked)


def unusable(card: Card, currency: str, day: date) -> Refusal | None:
    """Why a card cannot be paid with."""
    if not card.open_on(day):
        state = card.state if card.state != "active" else "expired"
        return refuse(c.CARD_STATE, "/code", last4=card.last4, state=state)
    if card.currency != currency:
        return refuse(c.CARD_CURRENCY, "/code", currency=card.currency, wanted=currency)
    return None


class CardChanges:
    """What of a batch is to be stored of payments: note each once its group was granted, and save at the end."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._new: list[NewUse] = []
        self._uses: dict[int, CardUse] = {}
        self._states: dict[int, tuple[c.State, date | None]] = {}

    def hold(self, book: Book, card: Card, amount_minor: int, currency: str) -> CardHeld | Refusal:
        """Hold money of a card for an order. Two ids must be reserved. Nothing is noted yet."""
        return self._take(book, card, amount_minor, currency, self._work.ids.take())

    def pay(self, book: Book, card: Card, amount_minor: int, currency: str) -> CardHeld | Refusal:
        """Pay with a card at once. An id must be reserved. Nothing is noted yet."""
        return self._take(book, card, amount_minor, currency, None)

    def _take(self, book: Book, card: Card, amount_minor: int, currency: str, hold: int | None) -> CardHeld | Refusal:
        refusal = unusable(card, currency, self._work.now.astimezone(UTC).date())
        if refusal is not None:
            return refusal
        if not 1 <= amount_minor <= AMOUNT_MINOR_MAX:
            return refuse(c.BAD_CARD_AMOUNT, "/amount_minor", amount=amount_minor, least=1, most=AMOUNT_MINOR_MAX)
        free = book.free(*spot(card))
        if amount_minor > free:
            return refuse(c.CARD_BALANCE, "/amount_minor", amount=amount_minor, available=max(free, 0))
        steps: tuple[Step, ...]
        if hold is None:
            steps = (Transfer(card.asset, card.id, PAID_WITH, amount_minor),)
        else:
            steps = (Reserve(hold, card.asset, card.id, amount_minor),)
        return CardHeld(self._work.ids.take(), card.id, hold, amount_minor, steps)

    def taken(self, call: Call[Any] | None, card: Card, held: CardHeld, order: int, what: str = "") -> None:
        """Note money that was held or paid."""
        state = "settled" if held.hold is None else "held"
        self._new.append(NewUse(held.use, card.id, order, what, held.hold, held.amount_minor, state))
        self._tell(call, "card_paid" if held.hold is None else "card_held", card, held.amount_minor, order)

    def settled(self, call: Call[Any] | None, card: Card, use: CardUse) -> tuple[Step, ...]:
        """The steps that make held money paid, noted; none when it is already."""
        if use.state != "held" or use.hold is None:
            return ()
        use.state = "settled"
        self._uses[use.id] = use
        self._tell(call, "card_paid", card, use.amount_minor, use.reference)
        return (Settle(use.hold, PAID_WITH, use.amount_minor),)

    def released(self, call: Call[Any] | None, card: Card, use: CardUse) -> tuple[Step, ...]:
        """The steps that let held money go, noted; none when it is no longer held."""
        if use.state != "held" or use.hold is None:
            return ()
        use.state = "released"
        self._uses[use.id] = use
        self._tell(call, "card_released", card, use.amount_minor, use.reference)
        return (Release(use.hold, use.amount_minor),)

    def refunded(
        self, call: Call[Any] | None, card: Card, use: CardUse, amount_minor: int
    ) -> tuple[Step, ...] | Refusal:
        """The steps that put money back on its card, noted. A card whose time is over lives a year from now on."""
        left = use.amount_minor - use.refunded_minor if use.state == "settled" else 0
        if not 1 <= amount_minor <= left:
            return refuse(c.NOT_PAID_WITH, "/amount_minor", left=left)
        use.refunded_minor += amount_minor
        self._uses[use.id] = use
        day = self._work.now.astimezone(UTC).date() + REFUND_LIFE
        if card.expires_on is not None and card.expires_on < day:
            self._states[card.id] = ("active" if card.state == "expired" else card.state, day)
        self._tell(call, "card_refunded", card, amount_minor, use.reference)
        return (Transfer(card.asset, PAID_WITH, card.id, amount_minor),)

    def state_of(self, card: Card) -> tuple[c.State, date | None]:
        """The state and last day of a card as this batch leaves it."""
        return self._states.get(card.id, (card.state, card.expires_on))

    def save(self) -> None:
        """Queue everything noted."""
        store.insert_uses(self._work, self._new)
        store.update_uses(self._work, list(self._uses.values()))
        store.set_states(self._work, self._states)

    def _tell(self, call: Call[Any] | None, what: str, card: Card, amount_minor: int, reference: int) -> None:
        tell(self._work, call, what, card.id, CardEvent(card.id, card.last4, amount_minor, card.currency, reference))

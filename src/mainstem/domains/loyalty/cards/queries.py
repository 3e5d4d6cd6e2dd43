"""What is read of cards."""

from datetime import date, datetime

import msgspec

from mainstem.domains.loyalty.cards.codes import digest, normal
from mainstem.domains.loyalty.cards.contracts import State
from mainstem.domains.loyalty.cards.laws import SHIPPED
from mainstem.domains.loyalty.cards.store import laws as laws_set
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query
from mainstem.platform.vault import Vault


class CardView(msgspec.Struct, frozen=True):
    """A card: never its code. `held_minor` is promised to orders."""

    id: int
    kind: str
    last4: str
    customer: int | None
    country: str
    state: State
    currency: str
    face_minor: int
    balance_minor: int
    held_minor: int
    expires_on: date | None
    issued_at: datetime
    activated_at: datetime | None


class CardPayment(msgspec.Struct, frozen=True):
    """What was paid with a card, and put back on it."""

    id: int
    amount_minor: int
    refunded_minor: int
    state: str
    reference: int
    what: str
    occurred_at: datetime


class CardLiability(msgspec.Struct, frozen=True):
    """What is on cards of a currency, by state."""

    currency: str
    kind: str
    state: State
    cards: int
    balance_minor: int


_VIEW = """
select c.id, c.kind, c.last4, c.record, c.country, c.state, v.currency, c.face_minor,
    coalesce(b.posted - b.held, 0), coalesce(b.held, 0), c.expires_on, c.issued_at, c.activated_at
from loyalty.card as c join loyalty.stored_value as v on v.asset = c.asset
left join ledger.balance as b on b.asset = c.asset and b.place = c.id
"""


def card_view(card: int) -> Query[CardView | None]:
    """A card, or None."""
    return Query(f"{_VIEW} where c.id = %b::bigint", (card,), lambda rows: CardView(*rows[0]) if rows else None)


def card_of_code(vault: Vault, code: str) -> Query[int | None]:
    """The id of the card with a code, however it is typed; None when there is none. For people who may see all cards:
    whoever pays or asks for a balance needs the PIN too (`find_cards`).
    """
    plain = normal(code)
    return Query(
        "select id from loyalty.card where digest = %b::bytea",
        (b"" if plain is None else digest(vault, plain),),
        lambda rows: rows[0][0] if rows else None,
    )


def cards_page(limit: int, before: int, last4: str = "") -> Query[list[CardView]]:
    """Up to `limit` cards, the latest first, before one's id; those whose code ends so, where that is given."""
    return Query(
        f"{_VIEW} where c.id < %b::bigint and (%b::text = '' or c.last4 = %b::text)"
        " order by c.id desc limit %b::bigint",
        (before, last4, last4, limit),
        lambda rows: [CardView(*row) for row in rows],
    )


def cards_of(records: tuple[int, ...]) -> Query[list[CardView]]:
    """The store credit of these customer records."""
    return Query(
        f"{_VIEW} where c.record = any(%b::bigint[]) order by c.id",
        (Bigints(records),),
        lambda rows: [CardView(*row) for row in rows],
    )


def card_payments(card: int, limit: int) -> Query[list[CardPayment]]:
    """Up to `limit` payments with a card, the latest first."""
    return Query(
        "select id, amount_minor, refunded_minor, state, reference, what, occurred_at from loyalty.card_use"
        " where card = %b::bigint order by id desc limit %b::bigint",
        (card, limit),
        lambda rows: [CardPayment(*row) for row in rows],
    )


def card_liability() -> Query[list[CardLiability]]:
    """What is on all cards now."""
    return Query(
        "select v.currency, c.kind, c.state, count(*), coalesce(sum(b.posted), 0)::bigint from loyalty.card as c"
        " join loyalty.stored_value as v on v.asset = c.asset"
        " left join ledger.balance as b on b.asset = c.asset and b.place = c.id"
        " group by v.currency, c.kind, c.state order by v.currency, c.kind, c.state",
        (),
        lambda rows: [CardLiability(*row) for row in rows],
    )


def card_laws() -> Query[dict[str, int | None]]:
    """How many months a card lives at least, by country, "" for all others; None: for ever."""
    asked = laws_set()
    return Query(asked.sql, asked.parameters, lambda rows: SHIPPED | asked.parse(rows))

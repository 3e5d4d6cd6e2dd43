"""All SQL that locks or writes cards."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

import msgspec

from mainstem import ledger
from mainstem.domains.loyalty.cards.contracts import FORGOTTEN_SECONDS, State
from mainstem.platform.arrays import Bigints, Byteas, Moments, Texts
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.work import Work


class Card(msgspec.Struct, frozen=True, gc=False):
    """A card as it is stored, locked. `last_day`: the day after which nothing can be paid with it."""

    id: int
    kind: str
    asset: int
    currency: str
    last4: str
    record: int | None
    country: str
    state: State
    face_minor: int
    expires_on: date | None

    def open_on(self, day: date) -> bool:
        """Whether it can be paid with on a day."""
        return self.state == "active" and (self.expires_on is None or self.expires_on >= day)


class CardRow(msgspec.Struct, frozen=True, gc=False):
    """A new card."""

    id: int
    kind: str
    asset: int
    digest: bytes
    pin: bytes
    last4: str
    record: int | None
    country: str
    state: State
    face_minor: int
    expires_on: date | None


class CardUse(msgspec.Struct, gc=False):
    """What was paid with a card, locked."""

    id: int
    card: int
    reference: int
    hold: int | None
    amount_minor: int
    refunded_minor: int
    state: str


_COLUMNS = "c.id, c.kind, c.asset, v.currency, c.last4, c.record, c.country, c.state, c.face_minor, c.expires_on"
_FROM = f"select {_COLUMNS} from loyalty.card as c join loyalty.stored_value as v on v.asset = c.asset"  # noqa: S608
_USES = "select id, card, reference, hold, amount_minor, refunded_minor, state from loyalty.card_use"
_INSERT = """
insert into loyalty.card
    (id, kind, asset, digest, pin, last4, record, country, state, face_minor, expires_on, issued_at, activated_at)
select k.id, k.kind, k.asset, nullif(k.digest, ''), nullif(k.pin, ''), k.last4, k.record, k.country, k.state, k.face,
    k.expires_on, %b::timestamptz, case when k.state = 'active' then %b::timestamptz end
from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bytea[], %b::bytea[], %b::text[], %b::bigint[], %b::text[],
    %b::text[], %b::bigint[], %b::date[])
    as k (id, kind, asset, digest, pin, last4, record, country, state, face, expires_on)
"""
_TRIES = """
insert into loyalty.card_attempt as a (counter, attempts, last_at)
select counter, 0, %b::timestamptz from unnest(%b::bytea[]) as k (counter) order by counter
on conflict (counter) do update set attempts = case when a.last_at < %b::timestamptz then 0 else a.attempts end
returning counter, attempts
"""


def lock_cards(ids: Collection[int]) -> Query[dict[int, Card]]:
    """These cards, locked."""
    return Query(
        f"{_FROM} where c.id = any(%b::bigint[]) order by c.id for update of c", (Bigints(sorted(ids)),), _by_id
    )


def lock_by_digest(digests: Collection[bytes]) -> Query[dict[bytes, tuple[Card, bytes]]]:
    """The cards with these codes, and what is kept of their PINs, locked."""
    sql = _FROM.replace("select ", "select c.digest, c.pin, ", 1)
    return Query(
        f"{sql} where c.digest = any(%b::bytea[]) order by c.id for update of c",
        (Byteas(sorted(digests)),),
        lambda rows: {row[0]: (Card(*row[2:]), row[1]) for row in rows},
    )


def lock_credits(records: Collection[int]) -> Query[list[Card]]:
    """The active store credit of customer records, locked; what expires first first."""
    return Query(
        f"{_FROM} where c.record = any(%b::bigint[]) and c.kind = 'store_credit' and c.state = 'active'"
        " order by c.id for update of c",
        (Bigints(sorted(records)),),
        lambda rows: sorted((Card(*row) for row in rows), key=lambda one: (one.expires_on or date.max, one.id)),
    )


def lock_uses(ids: Collection[int]) -> Query[dict[int, CardUse]]:
    """These payments, locked."""
    return Query(
        f"{_USES} where id = any(%b::bigint[]) order by id for update",
        (Bigints(sorted(ids)),),
        lambda rows: {row[0]: CardUse(*row) for row in rows},
    )


def lock_uses_of(references: Collection[int]) -> Query[list[CardUse]]:
    """The payments of these orders, locked."""
    return Query(
        f"{_USES} where reference = any(%b::bigint[]) and reference <> 0 order by id for update",
        (Bigints(sorted(references)),),
        lambda rows: [CardUse(*row) for row in rows],
    )


def cards_of_uses(ids: Collection[int], references: Collection[int]) -> Query[set[int]]:
    """Which cards these payments, or those of these orders, are with."""
    return Query(
        "select distinct card from loyalty.card_use where id = any(%b::bigint[])"
        " or (reference = any(%b::bigint[]) and reference <> 0)",
        (Bigints(sorted(ids)), Bigints(sorted(references))),
        lambda rows: {card for (card,) in rows},
    )


def lock_expired(day: date, limit: int) -> Query[list[Card]]:
    """Cards whose last day is over and that nobody has let expire yet, locked, but for those locked already."""
    return Query(
        f"{_FROM} where c.expires_on < %b::date and c.state in ('active', 'frozen')"
        " order by c.id limit %b::bigint for update of c skip locked",
        (day, limit),
        lambda rows: [Card(*row) for row in rows],
    )


def laws() -> Query[dict[str, int | None]]:
    """What was set of how long cards live, by country."""
    return Query("select country, months_min from loyalty.card_law", (), dict)


def set_law(work: Work, country: str, months_min: int | None, actor: int) -> None:
    """Queue how long cards live in a country."""
    work.write(
        "insert into loyalty.card_law (country, months_min, actor, updated_at) values (%b, %b, %b, %b)"
        " on conflict (country) do update set months_min = excluded.months_min, actor = excluded.actor,"
        " updated_at = excluded.updated_at",
        country,
        months_min,
        actor,
        work.now,
    )


def tries(counters: Collection[bytes], now: datetime) -> Query[dict[bytes, int]]:
    """How often these askers were wrong lately; their counters are made and locked."""
    since = now - timedelta(seconds=FORGOTTEN_SECONDS)
    return Query(_TRIES, (now, Byteas(sorted(set(counters))), since), dict)


def count_tries(work: Work, wrong: dict[bytes, int]) -> None:
    """Queue wrong tries, and that those which count no longer are forgotten."""
    if wrong:
        counters = sorted(wrong)
        work.write(
            "update loyalty.card_attempt as a set attempts = a.attempts + k.attempts, last_at = %b::timestamptz"
            " from unnest(%b::bytea[], %b::bigint[]) as k (counter, attempts) where a.counter = k.counter",
            work.now,
            Byteas(counters),
            Bigints(wrong[counter] for counter in counters),
        )
    work.write(
        "delete from loyalty.card_attempt where counter = any(array(select counter from loyalty.card_attempt"
        " where last_at < %b::timestamptz order by counter limit 20 for update skip locked))",
        work.now - timedelta(seconds=FORGOTTEN_SECONDS),
    )


async def stored_values(work: Work, currencies: Collection[str]) -> dict[str, int]:
    """The assets of money in these currencies; made where they are not there."""
    (known,) = await ask(work.connection, _stored_values(currencies))
    fresh = sorted(set(currencies) - known.keys())
    if fresh:
        await work.reserve_ids(len(fresh))
        made = {currency: work.ids.take() for currency in fresh}
        ledger.register_assets(work, "stored_value", list(made.values()))
        work.write(
            "insert into loyalty.stored_value (asset, currency) select * from unnest(%b::bigint[], %b::text[])",
            Bigints(made.values()),
            Texts(made),
        )
        known |= made
    return known


def _stored_values(currencies: Collection[str]) -> Query[dict[str, int]]:
    return Query(
        "select currency, asset from loyalty.stored_value where currency = any(%b::text[])", (sorted(currencies),), dict
    )


def insert_cards(work: Work, rows: Sequence[CardRow]) -> None:
    """Queue new cards, each a place on the ledger."""
    if not rows:
        return
    ledger.register_places(work, "card", [row.id for row in rows])
    work.write(
        _INSERT,
        work.now,
        work.now,
        Bigints(row.id for row in rows),
        Texts(row.kind for row in rows),
        Bigints(row.asset for row in rows),
        Byteas(row.digest for row in rows),
        Byteas(row.pin for row in rows),
        Texts(row.last4 for row in rows),
        Bigints(row.record for row in rows),
        Texts(row.country for row in rows),
        Texts(row.state for row in rows),
        Bigints(row.face_minor for row in rows),
        [row.expires_on for row in rows],
    )


def set_states(work: Work, states: dict[int, tuple[State, date | None]]) -> None:
    """Queue the states and last days of cards as they are now."""
    if states:
        work.write(
            "update loyalty.card as c set state = k.state, expires_on = k.expires_on,"
            " activated_at = case when k.state = 'active' then coalesce(c.activated_at, %b::timestamptz)"
            " else c.activated_at end"
            " from unnest(%b::bigint[], %b::text[], %b::date[]) as k (id, state, expires_on) where c.id = k.id",
            work.now,
            Bigints(states),
            Texts(state for state, _ in states.values()),
            [day for _, day in states.values()],
        )


class NewUse(msgspec.Struct, frozen=True, gc=False):
    """A payment that is to be stored."""

    id: int
    card: int
    reference: int
    what: str
    hold: int | None
    amount_minor: int
    state: str


def insert_uses(work: Work, rows: Sequence[NewUse]) -> None:
    """Queue payments."""
    if rows:
        work.write(
            "insert into loyalty.card_use (id, card, reference, what, hold, amount_minor, state, occurred_at)"
            " select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[],"
            " %b::text[], %b::timestamptz[])",
            Bigints(row.id for row in rows),
            Bigints(row.card for row in rows),
            Bigints(row.reference for row in rows),
            Texts(row.what for row in rows),
            Bigints(row.hold for row in rows),
            Bigints(row.amount_minor for row in rows),
            Texts(row.state for row in rows),
            Moments(work.now for _ in rows),
        )


def update_uses(work: Work, rows: Sequence[CardUse]) -> None:
    """Queue what became of payments."""
    if rows:
        work.write(
            "update loyalty.card_use as u set refunded_minor = k.refunded, state = k.state"
            " from unnest(%b::bigint[], %b::bigint[], %b::text[]) as k (id, refunded, state) where u.id = k.id",
            Bigints(row.id for row in rows),
            Bigints(row.refunded_minor for row in rows),
            Texts(row.state for row in rows),
        )


def _by_id(rows: list[Row]) -> dict[int, Card]:
    return {row[0]: Card(*row) for row in rows}

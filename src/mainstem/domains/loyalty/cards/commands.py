"""What can be done to cards: load, decide, store, tell."""

from collections.abc import Sequence
from datetime import UTC, date

from mainstem import ledger
from mainstem.domains import customers
from mainstem.domains.catalog import UNKNOWN_CURRENCY
from mainstem.domains.loyalty.cards import contracts as c
from mainstem.domains.loyalty.cards import store
from mainstem.domains.loyalty.cards.laws import too_short
from mainstem.domains.loyalty.cards.paying import CardAsk, CardChanges, CardEvent, find_cards, open_cards, spot
from mainstem.domains.loyalty.cards.store import Card, CardRow
from mainstem.domains.loyalty.contracts import CARD_EXPIRED, PAID_IN, UNKNOWN_CUSTOMER
from mainstem.domains.loyalty.points.texts import bad_text
from mainstem.domains.loyalty.telling import tell
from mainstem.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Book, Group, Transfer
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def _issue(work: Work, calls: Sequence[Call[c.IssueCards]]) -> list[c.CardsIssued | Refusal]:
    day = work.now.astimezone(UTC).date()
    (laws,) = await ask(work.connection, store.laws())
    wrong = [_wrong_terms(call.command, day, laws) for call in calls]
    good = [call for call, refusal in zip(calls, wrong, strict=True) if refusal is None]
    assets = await store.stored_values(work, {call.command.terms.currency for call in good})
    await work.reserve_ids(sum(call.command.terms.count for call in good) or 1)
    rows: list[CardRow] = []
    book = Book({})
    answers: list[c.CardsIssued | Refusal] = []
    for call, refusal in zip(calls, wrong, strict=True):
        if refusal is not None:
            answers.append(refusal)
            continue
        terms = call.command.terms
        state: c.State = "active" if terms.active else "issued"
        asset = assets[terms.currency]
        mine = [
            CardRow(
                work.ids.take(),
                "gift_card",
                asset,
                made.digest,
                made.pin,
                made.last4,
                None,
                terms.country,
                state,
                terms.amount_minor,
                terms.expires_on,
            )
            for made in call.command.made
        ]
        rows += mine
        for row in mine:
            if terms.active and terms.amount_minor:
                _put(work, book, row.asset, row.id, terms.amount_minor, "card_issue")
            tell(work, call, "card_issued", row.id, CardEvent(row.id, row.last4, terms.amount_minor, terms.currency))
        answers.append(c.CardsIssued(tuple(row.id for row in mine), tuple(row.last4 for row in mine)))
    await ledger.save(work, book)
    store.insert_cards(work, rows)
    return answers


def _wrong_terms(command: c.IssueCards, day: date, laws: dict[str, int | None]) -> Refusal | None:
    terms = command.terms
    if not 1 <= terms.count <= c.CARDS_MAX:
        return refuse(c.BAD_CARD_AMOUNT, "/count", amount=terms.count, least=1, most=c.CARDS_MAX)
    assert len(command.made) == terms.count, "each card has its code"
    refusal = _bad_amount(terms.amount_minor, 0) or _bad_place(terms.currency, terms.country)
    return refusal or too_short(terms.country, laws, day, terms.expires_on)


def _bad_amount(amount_minor: int, least: int = 1) -> Refusal | None:
    if least <= amount_minor <= AMOUNT_MINOR_MAX:
        return None
    return refuse(c.BAD_CARD_AMOUNT, "/amount_minor", amount=amount_minor, least=least, most=AMOUNT_MINOR_MAX)


def _bad_place(currency: str, country: str) -> Refusal | None:
    if currency not in CURRENCIES:
        return refuse(UNKNOWN_CURRENCY, "/currency", currency=currency[:16])
    return None if _is_country(country) else refuse(c.BAD_COUNTRY, "/country", country=country[:16])


def _is_country(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()  # noqa: PLR2004 - ISO 3166 alpha-2


def _put(work: Work, book: Book, asset: int, card: int, amount_minor: int, kind: str) -> None:
    granted = book.decide(Group((Transfer(asset, PAID_IN, card, amount_minor),), kind, card, work.now))
    assert isinstance(granted, list), "money from outside is always there"


async def _activate(work: Work, calls: Sequence[Call[c.ActivateCard]]) -> list[c.CardChanged | Refusal]:
    cards, book = await _open(work, [call.command.card for call in calls])
    answers: list[c.CardChanged | Refusal] = []
    states: dict[int, tuple[c.State, date | None]] = {}
    for call in calls:
        card = cards.get(call.command.card)
        if card is None:
            answers.append(refuse(c.UNKNOWN_CARD, "/card"))
        elif card.state != "issued" or card.id in states:
            state = card.state if card.id not in states else "active"
            answers.append(refuse(c.CARD_ALREADY, "/card", last4=card.last4, state=state))
        else:
            states[card.id] = ("active", card.expires_on)
            if card.face_minor:
                _put(work, book, card.asset, card.id, card.face_minor, "card_activation")
            tell(work, call, "card_activated", card.id, CardEvent(card.id, card.last4, card.face_minor, card.currency))
            answers.append(_changed(card, book, "active", card.expires_on))
    await ledger.save(work, book)
    store.set_states(work, states)
    return answers


async def _load(work: Work, calls: Sequence[Call[c.LoadCard]]) -> list[c.CardChanged | Refusal]:
    cards, book = await _open(work, [call.command.card for call in calls])
    day = work.now.astimezone(UTC).date()
    answers: list[c.CardChanged | Refusal] = []
    for call in calls:
        command = call.command
        card = cards.get(command.card)
        refusal = _bad_amount(command.amount_minor) or bad_text("/reference", command.reference)
        if card is None:
            refusal = refuse(c.UNKNOWN_CARD, "/card")
        elif not card.open_on(day):
            state = card.state if card.state != "active" else "expired"
            refusal = refuse(c.CARD_STATE, "/card", last4=card.last4, state=state)
        if refusal is not None or card is None:
            assert refusal is not None
            answers.append(refusal)
            continue
        _put(work, book, card.asset, card.id, command.amount_minor, "card_load")
        tell(work, call, "card_loaded", card.id, CardEvent(card.id, card.last4, command.amount_minor, card.currency))
        answers.append(_changed(card, book, card.state, card.expires_on))
    await ledger.save(work, book)
    return answers


async def _freeze(work: Work, calls: Sequence[Call[c.FreezeCard]]) -> list[c.CardChanged | Refusal]:
    cards, book = await _open(work, [call.command.card for call in calls])
    states: dict[int, tuple[c.State, date | None]] = {}
    answers: list[c.CardChanged | Refusal] = []
    for call in calls:
        command = call.command
        card = cards.get(command.card)
        if card is None:
            answers.append(refuse(c.UNKNOWN_CARD, "/card"))
            continue
        if not command.reason.strip():
            answers.append(refuse(c.CARD_REASON, "/reason"))
            continue
        too_long = bad_text("/reason", command.reason)
        if too_long is not None:
            answers.append(too_long)
            continue
        now = states.get(card.id, (card.state, card.expires_on))[0]
        wanted: c.State = "frozen" if command.frozen else "active"
        if now not in ("active", "frozen") or now == wanted:
            answers.append(refuse(c.CARD_ALREADY, "/card", last4=card.last4, state=now))
            continue
        states[card.id] = (wanted, card.expires_on)
        told = CardEvent(card.id, card.last4, 0, card.currency, reason=command.reason)
        tell(work, call, "card_frozen" if command.frozen else "card_unfrozen", card.id, told)
        answers.append(_changed(card, book, wanted, card.expires_on))
    store.set_states(work, states)
    return answers


async def _credit(work: Work, calls: Sequence[Call[c.IssueCredit]]) -> list[c.CardChanged | Refusal]:
    day = work.now.astimezone(UTC).date()
    laws, owners = await ask(
        work.connection, store.laws(), customers.customers_of({call.command.customer for call in calls})
    )
    wrong = [_wrong_credit(call.command, owners, laws, day) for call in calls]
    good = [call.command for call, refusal in zip(calls, wrong, strict=True) if refusal is None]
    assets = await store.stored_values(work, {command.currency for command in good})
    await work.reserve_ids(len(calls))
    book = Book({})
    rows: list[CardRow] = []
    answers: list[c.CardChanged | Refusal] = []
    for call, refusal in zip(calls, wrong, strict=True):
        if refusal is not None:
            answers.append(refusal)
            continue
        command = call.command
        number = work.ids.take()
        row = CardRow(
            number,
            "store_credit",
            assets[command.currency],
            b"",
            b"",
            str(number)[-4:],
            command.customer,
            command.country,
            "active",
            command.amount_minor,
            command.expires_on,
        )
        rows.append(row)
        _put(work, book, row.asset, number, command.amount_minor, "credit_issue")
        told = CardEvent(number, row.last4, command.amount_minor, command.currency, reason=command.reason)
        tell(work, call, "credit_issued", number, told)
        balance = book.free(row.asset, number)
        answers.append(c.CardChanged(number, row.last4, "active", command.currency, balance, command.expires_on))
    await ledger.save(work, book)
    store.insert_cards(work, rows)
    return answers


def _wrong_credit(
    command: c.IssueCredit, owners: dict[int, int], laws: dict[str, int | None], day: date
) -> Refusal | None:
    if command.customer not in owners:
        return refuse(UNKNOWN_CUSTOMER, "/customer", customer=command.customer)
    if not command.reason.strip():
        return refuse(c.CARD_REASON, "/reason")
    return (
        bad_text("/reason", command.reason)
        or _bad_amount(command.amount_minor)
        or _bad_place(command.currency, command.country)
        or too_short(command.country, laws, day, command.expires_on)
    )


async def _redeem(work: Work, calls: Sequence[Call[c.RedeemCard]]) -> list[c.CardChanged | Refusal]:
    found = await find_cards(work, [_ask(call.command, call.actor) for call in calls])
    book = await ledger.lock(work, {spot(card) for card in found if isinstance(card, Card)})
    await work.reserve_ids(len(calls))
    changes = CardChanges(work)
    answers: list[c.CardChanged | Refusal] = []
    for call, card in zip(calls, found, strict=True):
        command = call.command
        refusal = card if isinstance(card, Refusal) else bad_text("/reference", command.reference)
        if refusal is not None or isinstance(card, Refusal):
            assert refusal is not None
            answers.append(refusal)
            continue
        paid = changes.pay(book, card, command.amount_minor, command.currency)
        if isinstance(paid, Refusal):
            answers.append(paid)
            continue
        granted = book.decide(Group(paid.steps, "card_payment", paid.use, work.now))
        assert isinstance(granted, list), "what is paid was seen to be there"
        changes.taken(call, card, paid, 0, command.reference)
        answers.append(_changed(card, book, card.state, card.expires_on, paid.use))
    await ledger.save(work, book)
    changes.save()
    return answers


def _ask(command: c.RedeemCard | c.CheckCard, actor: int) -> CardAsk:
    """Whoever sends the command, and whom he names: no channel can use up another's tries."""
    return CardAsk(command.code, command.pin, f"{actor}:{command.asker[:300]}")


async def _check(work: Work, calls: Sequence[Call[c.CheckCard]]) -> list[c.CardChanged | Refusal]:
    found = await find_cards(work, [_ask(call.command, call.actor) for call in calls])
    book = await ledger.lock(work, {spot(card) for card in found if isinstance(card, Card)})
    return [card if isinstance(card, Refusal) else _changed(card, book, card.state, card.expires_on) for card in found]


async def _refund(work: Work, calls: Sequence[Call[c.RefundCard]]) -> list[c.CardChanged | Refusal]:
    opened = await open_cards(work, (), {call.command.use for call in calls})
    uses = {one.id: one for several in opened.uses.values() for one in several}
    book = await ledger.lock(work, opened.spots())
    changes = CardChanges(work)
    answers: list[c.CardChanged | Refusal] = []
    for call in calls:
        use = uses.get(call.command.use)
        if use is None:
            answers.append(refuse(c.UNKNOWN_USE, "/use", use=call.command.use))
            continue
        card = opened.cards[use.card]
        steps = changes.refunded(call, card, use, call.command.amount_minor)
        if isinstance(steps, Refusal):
            answers.append(steps)
            continue
        granted = book.decide(Group(steps, "card_refund", use.id, work.now))
        assert isinstance(granted, list), "money from outside is always there"
        answers.append(_changed(card, book, *changes.state_of(card), use.id))
    await ledger.save(work, book)
    changes.save()
    return answers


async def _law(work: Work, calls: Sequence[Call[c.SetCardLaw]]) -> list[c.LawSet | Refusal]:
    answers: list[c.LawSet | Refusal] = []
    for call in calls:
        command = call.command
        if command.country and not _is_country(command.country):
            answers.append(refuse(c.BAD_COUNTRY, "/country", country=command.country[:16]))
            continue
        if command.months_min is not None and not 0 <= command.months_min <= 1_200:  # noqa: PLR2004 - a century
            answers.append(refuse(c.BAD_CARD_AMOUNT, "/months_min", amount=command.months_min, least=0, most=1_200))
            continue
        store.set_law(work, command.country, command.months_min, call.actor)
        law = c.LawSet(command.country, command.months_min)
        tell(work, call, "card_law_set", 0, law)
        answers.append(law)
    return answers


async def expire_cards(work: Work, limit: int) -> int:
    """Let cards whose last day is over expire with what is free on them; answers how many there were."""
    (due,) = await ask(work.connection, store.lock_expired(work.now.astimezone(UTC).date(), limit))
    book = await ledger.lock(work, {spot(card) for card in due})
    for card in due:
        free = book.free(*spot(card))
        if free > 0:
            granted = book.decide(
                Group((Transfer(card.asset, card.id, CARD_EXPIRED, free),), "card_expiry", card.id, work.now)
            )
            assert isinstance(granted, list), "what expires was seen to be there"
        tell(work, None, "card_expired", card.id, CardEvent(card.id, card.last4, max(free, 0), card.currency))
    await ledger.save(work, book)
    store.set_states(work, {card.id: ("expired", card.expires_on) for card in due})
    return len(due)


async def _open(work: Work, ids: Sequence[int]) -> tuple[dict[int, Card], Book]:
    (cards,) = await ask(work.connection, store.lock_cards(set(ids)))
    return cards, await ledger.lock(work, {spot(card) for card in cards.values()})


def _changed(card: Card, book: Book, state: c.State, expires_on: date | None, use: int | None = None) -> c.CardChanged:
    return c.CardChanged(card.id, card.last4, state, card.currency, book.free(*spot(card)), expires_on, use)


ISSUE_CARDS: Operation[c.IssueCards, c.CardsIssued] = Operation(
    "loyalty.issue_cards", c.IssueCards, c.CardsIssued, _issue
)
ACTIVATE_CARD: Operation[c.ActivateCard, c.CardChanged] = Operation(
    "loyalty.activate_card", c.ActivateCard, c.CardChanged, _activate
)
LOAD_CARD: Operation[c.LoadCard, c.CardChanged] = Operation("loyalty.load_card", c.LoadCard, c.CardChanged, _load)
FREEZE_CARD: Operation[c.FreezeCard, c.CardChanged] = Operation(
    "loyalty.freeze_card", c.FreezeCard, c.CardChanged, _freeze
)
ISSUE_CREDIT: Operation[c.IssueCredit, c.CardChanged] = Operation(
    "loyalty.issue_credit", c.IssueCredit, c.CardChanged, _credit
)
REDEEM_CARD: Operation[c.RedeemCard, c.CardChanged] = Operation(
    "loyalty.redeem_card", c.RedeemCard, c.CardChanged, _redeem
)
CHECK_CARD: Operation[c.CheckCard, c.CardChanged] = Operation("loyalty.check_card", c.CheckCard, c.CardChanged, _check)
REFUND_CARD: Operation[c.RefundCard, c.CardChanged] = Operation(
    "loyalty.refund_card", c.RefundCard, c.CardChanged, _refund
)
SET_CARD_LAW: Operation[c.SetCardLaw, c.LawSet] = Operation("loyalty.set_card_law", c.SetCardLaw, c.LawSet, _law)

"""Gift cards and store credit: codes, payments in parts, refunds, laws, and who tries too often."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from mainstem import ledger
from mainstem.domains import customers, loyalty
from mainstem.domains.loyalty.cards import codes
from mainstem.domains.loyalty.cards.laws import too_short
from mainstem.ledger import Group
from mainstem.platform.execution import Executor
from mainstem.platform.work import Work
from tests.unit.loyalty_club import Club
from tests.vaults import VAULT

_numbers = itertools.count()
pytestmark = [pytest.mark.unit, pytest.mark.anyio]


@pytest.fixture
def club(executor: Executor) -> Club:
    return Club(executor)


async def issued(club: Club, amount: int = 10000, key: str = "issue", **terms: object) -> list[loyalty.IssuedCard]:
    usual = {"count": 1, "currency": "CNY", "amount_minor": amount, "country": "CN", "active": True}
    wanted = msgspec.convert(usual | terms, loyalty.CardTerms)
    issuance = loyalty.issue_cards(VAULT, wanted, key, actor=7)
    (outcome,) = await club.executor.execute(loyalty.ISSUE_CARDS, [issuance.call])
    assert outcome.accepted, outcome.body
    return issuance.cards(outcome)


def pay(card: loyalty.IssuedCard, amount: int, **more: str) -> loyalty.RedeemCard:
    assert card.code is not None
    assert card.pin is not None
    return loyalty.RedeemCard(
        **{"code": card.code, "pin": card.pin, "currency": "CNY", "asker": "till 1"} | more, amount_minor=amount
    )


def test_a_code_is_found_however_it_is_typed_and_every_wrong_character_is_seen() -> None:
    fresh = codes.new_card(VAULT)
    plain = codes.normal(fresh.code)
    assert plain is not None
    assert len(plain) == 16
    assert codes.normal(f" {fresh.code.lower().replace('0', 'o').replace('1', 'l')} ") == plain
    for place, right in enumerate(plain):
        for letter in codes.ALPHABET:
            if letter != right:
                assert codes.normal(plain[:place] + letter + plain[place + 1 :]) is None
    assert codes.normal("ÀÉÎ-0000-0000-0000") is None
    assert codes.normal("") is None


async def test_a_card_is_paid_with_in_parts_and_refunded(club: Club) -> None:
    (card,) = await issued(club)
    first = await club.do(loyalty.REDEEM_CARD, pay(card, 3000))
    assert (first.balance_minor, first.last4) == (7000, card.last4)
    assert await club.code(loyalty.REDEEM_CARD, pay(card, 7001)) == "card_balance"
    await club.do(loyalty.REDEEM_CARD, pay(card, 7000))
    assert (await club.do(loyalty.REFUND_CARD, loyalty.RefundCard(first.use, 1000))).balance_minor == 1000
    assert await club.code(loyalty.REFUND_CARD, loyalty.RefundCard(first.use, 2001)) == "not_paid_with"
    assert (await club.do(loyalty.REFUND_CARD, loyalty.RefundCard(first.use, 2000))).balance_minor == 3000
    assert await club.code(loyalty.REFUND_CARD, loyalty.RefundCard(first.use, 1)) == "not_paid_with"
    assert await club.code(loyalty.REFUND_CARD, loyalty.RefundCard(1, 1)) == "unknown_use"
    assert await club.faults() == []


async def test_codes_are_told_once_and_kept_nowhere(club: Club) -> None:
    (card,) = await issued(club)
    (again,) = await issued(club)
    assert (again.card, again.code, again.pin) == (card.card, None, None)
    assert card.code is not None
    plain = codes.normal(card.code)
    for table in ("loyalty.card", "platform.event", "platform.idempotency"):
        rows = await club.rows(f"select t::text from {table} as t")
        assert rows
        for (text,) in rows:
            assert card.code not in text
            assert str(plain) not in text
            assert plain is not None
            assert plain.encode().hex() not in text


async def test_a_card_is_worth_nothing_before_it_is_active_and_nothing_while_it_is_frozen(club: Club) -> None:
    (card,) = await issued(club, active=False)
    assert await club.code(loyalty.REDEEM_CARD, pay(card, 1)) == "card_state"
    assert await club.code(loyalty.LOAD_CARD, loyalty.LoadCard(card.card, 100)) == "card_state"
    two = await club.run(loyalty.ACTIVATE_CARD, *[loyalty.ActivateCard(card.card)] * 2)
    assert two[0].balance_minor == 10000
    assert two[1].code == "card_already"
    assert await club.code(loyalty.ACTIVATE_CARD, loyalty.ActivateCard(card.card)) == "card_already"
    assert await club.code(loyalty.ACTIVATE_CARD, loyalty.ActivateCard(1)) == "unknown_card"
    assert (await club.do(loyalty.LOAD_CARD, loyalty.LoadCard(card.card, 500))).balance_minor == 10500
    assert await club.code(loyalty.LOAD_CARD, loyalty.LoadCard(card.card, 0)) == "bad_card_amount"
    assert await club.code(loyalty.FREEZE_CARD, loyalty.FreezeCard(card.card, frozen=True, reason=" ")) == "card_reason"
    await club.do(loyalty.FREEZE_CARD, loyalty.FreezeCard(card.card, frozen=True, reason="lost"))
    assert await club.code(loyalty.REDEEM_CARD, pay(card, 1)) == "card_state"
    again = loyalty.FreezeCard(card.card, frozen=True, reason="lost")
    assert await club.code(loyalty.FREEZE_CARD, again) == "card_already"
    await club.do(loyalty.FREEZE_CARD, loyalty.FreezeCard(card.card, frozen=False, reason="found"))
    assert await club.code(loyalty.REDEEM_CARD, pay(card, 1, currency="EUR")) == "card_currency"
    assert await club.code(loyalty.REDEEM_CARD, pay(card, 0)) == "bad_card_amount"
    assert (await club.do(loyalty.REDEEM_CARD, pay(card, 10500))).balance_minor == 0
    assert await club.faults() == []


async def test_who_guesses_waits_and_nobody_else_does(club: Club) -> None:
    (card,) = await issued(club)
    wrong = pay(card, 1, pin="000000" if card.pin != "000000" else "000001", asker="thief")
    answers = await club.run(loyalty.REDEEM_CARD, *[wrong] * 7)
    assert [one.code for one in answers] == ["unknown_card"] * 5 + ["card_tries"] * 2
    assert await club.code(loyalty.REDEEM_CARD, pay(card, 1, asker="thief")) == "card_tries"
    assert await club.code(loyalty.CHECK_CARD, loyalty.CheckCard("mistyped", "1", "else")) == "card_code_mistyped"
    assert (await club.do(loyalty.REDEEM_CARD, pay(card, 1))).balance_minor == 9999
    assert (await club.do(loyalty.REDEEM_CARD, pay(card, 1, asker="thief"), actor=8)).balance_minor == 9998
    assert card.code is not None
    assert card.pin is not None
    checked = await club.do(loyalty.CHECK_CARD, loyalty.CheckCard(card.code, card.pin, "owner"))
    assert checked.balance_minor == 9998
    await club.write("update loyalty.card_attempt set last_at = now() - interval '16 minutes'")
    assert (await club.do(loyalty.REDEEM_CARD, pay(card, 1, asker="thief"))).balance_minor == 9997


async def test_a_card_lives_as_long_as_the_law_asks(club: Club) -> None:
    today = datetime.now(UTC).date()

    async def terms(country: str, days: int | None, **more: object) -> str:
        last = None if days is None else today + timedelta(days=days)
        usual = {"count": 1, "currency": "CNY", "amount_minor": 1, "country": country, "expires_on": last}
        wanted = msgspec.convert(usual | more, loyalty.CardTerms)
        issuance = loyalty.issue_cards(VAULT, wanted, f"law {next(_numbers)}", actor=7)
        (outcome,) = await club.executor.execute(loyalty.ISSUE_CARDS, [issuance.call])
        return "" if outcome.accepted else outcome.refusal().code

    assert await terms("CN", 1000) == "card_life"
    assert await terms("CN", 1200) == ""
    assert await terms("US", 1200) == "card_life"
    assert await terms("CA", 10000) == "card_everlasting"
    assert await terms("CA", None) == ""
    assert await terms("China", None) == "bad_country"
    assert await terms("CN", None, currency="XXQ") == "unknown_currency"
    assert await terms("CN", None, amount_minor=-1) == "bad_card_amount"
    assert await terms("CN", None, count=0) == "bad_card_amount"
    await club.do(loyalty.SET_CARD_LAW, loyalty.SetCardLaw("CN", 60))
    assert await terms("CN", 1200) == "card_life"
    assert await club.code(loyalty.SET_CARD_LAW, loyalty.SetCardLaw("cn", 60)) == "bad_country"
    assert await club.code(loyalty.SET_CARD_LAW, loyalty.SetCardLaw("CN", -1)) == "bad_card_amount"
    assert (await club.ask(loyalty.card_laws()))["CN"] == 60
    assert too_short("FR", {}, today, today + timedelta(days=1000)) is not None


async def test_a_card_expires_and_what_is_refunded_to_it_lives_on(club: Club) -> None:
    (card,) = await issued(club)
    paid = await club.do(loyalty.REDEEM_CARD, pay(card, 4000))
    await club.write("update loyalty.card set expires_on = current_date - 1")
    assert await club.code(loyalty.REDEEM_CARD, pay(card, 1)) == "card_state"
    assert await club.sweep(loyalty.expire_cards) == 1
    assert await club.sweep(loyalty.expire_cards) == 0
    refunded = await club.do(loyalty.REFUND_CARD, loyalty.RefundCard(paid.use, 4000))
    assert (refunded.state, refunded.balance_minor) == ("active", 4000)
    assert refunded.expires_on > datetime.now(UTC).date() + timedelta(days=300)
    assert (await club.do(loyalty.REDEEM_CARD, pay(card, 4000))).balance_minor == 0
    assert await club.faults() == []


async def test_store_credit_is_the_customers_over_all_records(club: Club) -> None:
    first, second = await club.person(), await club.person()
    credit = loyalty.IssueCredit(first, "CNY", 500, "CN", "late delivery")
    given = await club.do(loyalty.ISSUE_CREDIT, credit)
    assert given.balance_minor == 500
    assert await club.code(loyalty.ISSUE_CREDIT, loyalty.IssueCredit(1, "CNY", 5, "CN", "x")) == "unknown_customer"
    assert await club.code(loyalty.ISSUE_CREDIT, loyalty.IssueCredit(first, "CNY", 5, "CN", "")) == "card_reason"
    assert await club.code(loyalty.ISSUE_CREDIT, loyalty.IssueCredit(first, "CNY", 0, "CN", "x")) == "bad_card_amount"
    await club.do(customers.MERGE_CUSTOMERS, customers.MergeCustomers(first, second, "one"))
    order = 10**12

    async def hold(work: Work) -> int:
        (card,) = (await loyalty.credit_of(work, [second]))[second]
        book = await ledger.lock(work, [loyalty.spot(card)])
        await work.reserve_ids(2)
        changes = loyalty.CardChanges(work)
        held = changes.hold(
            book,
            card,
            300,
            "CNY",
        )
        assert isinstance(held, loyalty.CardHeld)
        assert book.decide(Group(held.steps, "order", order, work.now)) == []
        changes.taken(None, card, held, order)
        await ledger.save(work, book)
        changes.save()
        return card.id

    card = await club.executor.transact("hold", hold)
    assert (await club.ask(loyalty.card_view(card))).held_minor == 300
    assert await club.faults() == []

    async def end(work: Work, *, settle: bool) -> None:
        opened = await loyalty.open_cards(work, [order])
        book = await ledger.lock(work, opened.spots(), [order])
        changes = loyalty.CardChanges(work)
        for use in opened.uses[order]:
            act = changes.settled if settle else changes.released
            assert book.decide(Group(act(None, opened.cards[use.card], use), "order", order, work.now)) == []
        await ledger.save(work, book)
        changes.save()

    await club.executor.transact("settle", lambda work: end(work, settle=True))
    await club.executor.transact("release", lambda work: end(work, settle=False))
    view = await club.ask(loyalty.card_view(card))
    assert (view.balance_minor, view.held_minor) == (200, 0)
    assert await club.faults() == []

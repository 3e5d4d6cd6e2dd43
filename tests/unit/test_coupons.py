"""Coupons: codes, batches, wallets, uses by orders, limits against fraud, and the second of expiry."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains import customers, pricing
from mainstem.domains.pricing import coupons
from mainstem.domains.pricing.alike import alike
from mainstem.domains.pricing.coupons import codes
from mainstem.platform.execution import Executor
from tests.unit.promotion_shop import Shop, form
from tests.vaults import VAULT

pytestmark = [pytest.mark.unit, pytest.mark.anyio]
CLAIM, ISSUE, TRANSFER, CHECK = (
    coupons.CLAIM_COUPON,
    coupons.ISSUE_COUPON,
    coupons.TRANSFER_COUPON,
    coupons.CHECK_COUPON,
)


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    made = Shop(executor)
    await made.furnish()
    await made.live(form(coupon=True))
    return made


@given(st.integers(1, 2**20 - 1), st.integers(1, 10_000_000))
def test_a_code_is_its_batch_and_number_however_it_is_typed(serial: int, number: int) -> None:
    code = codes.encode(VAULT, serial, number)
    assert codes.decode(VAULT, code) == (serial, number)
    typed = code.lower().replace("0", "o").replace("1", "l").replace("v", "u").replace("-", " ")
    assert codes.decode(VAULT, typed) == (serial, number)
    assert len(code) == 19
    assert not set(code) & set("ILOU")


@given(st.text(max_size=40))
def test_any_text_is_no_code(text: str) -> None:
    assert codes.decode(VAULT, text) is None
    assert alike(alike(text)) == alike(text) or not text.isascii()


def test_no_changed_letter_is_another_code() -> None:
    plain = codes.encode(VAULT, 1, 1).replace("-", "")
    for place, letter in itertools.product(range(16), codes.ALPHABET):
        if plain[place] != letter:
            assert codes.decode(VAULT, plain[:place] + letter + plain[place + 1 :]) is None
    many = {codes.encode(VAULT, 1, number) for number in range(1, 5001)}
    assert len(many) == 5000
    starts = {one[:4] for one in many}
    assert len(starts) > 4900, "neighbours have nothing in common"


async def test_a_batch_is_made_changed_and_stopped(shop: Shop) -> None:
    saved = await shop.batch(count=10)
    assert (saved.revision, saved.state) == (1, "active")
    grown = await shop.batch(count=20, revision=1)
    assert grown.revision == 2
    save = coupons.SAVE_COUPON_BATCH
    await shop.live(form("free"))
    await shop.batch("spring", kind="public", public_code="SPRING-20", count=0)

    def wanted(**changes: Any) -> coupons.SaveCouponBatch:  # noqa: ANN401
        import msgspec

        start = {"code": "new", "name": {"en": "New"}, "promotion": "ten", "kind": "unique", "count": 5}
        return msgspec.convert({**start, **changes}, coupons.SaveCouponBatch)

    for changes, code in (
        ({"code": " "}, "bad_code"),
        ({"name": {"en": ""}}, "promotion_name"),
        ({"count": 0}, "coupon_batch_unfit"),
        ({"count": 10_000_001}, "coupon_batch_unfit"),
        ({"uses_total": 5}, "coupon_batch_unfit"),
        ({"uses_per_code": 0}, "coupon_batch_unfit"),
        ({"life_days": 0}, "coupon_batch_unfit"),
        ({"valid_from": "2026-01-02T00:00:00Z", "valid_until": "2026-01-02T00:00:00Z"}, "coupon_life"),
        ({"valid_from": "1990-01-02T00:00:00Z"}, "coupon_life"),
        ({"promotion": "nine"}, "unknown_promotion"),
        ({"promotion": "free"}, "promotion_without_coupon"),
        ({"public_code": "ABC"}, "public_code"),
        ({"kind": "public"}, "public_code"),
        ({"kind": "public", "public_code": "AB"}, "public_code"),
        ({"kind": "public", "public_code": "A" * 16}, "public_code"),
        ({"kind": "public", "public_code": "SPR\u0406NG"}, "public_code"),
        ({"kind": "public", "public_code": "5PRING!"}, "public_code"),
        ({"kind": "public", "public_code": "spr1ng2o"}, "public_code_alike"),
        ({"revision": 3}, "unknown_coupon_batch"),
        ({"code": "autumn"}, "coupon_batch_changed"),
        ({"code": "autumn", "revision": 2, "count": 19}, "coupon_batch_fixed"),
        ({"code": "autumn", "revision": 2, "count": 20, "kind": "personal"}, "coupon_batch_fixed"),
    ):
        assert (await shop.refused(save, wanted(**changes))).code == code, changes
    await shop.write("select setval('pricing.coupon_batch_serial', 1048575)")
    assert (await shop.refused(save, wanted())).code == "coupon_batches_full"
    stopped = await shop.do(coupons.STOP_COUPON_BATCH, coupons.StopCouponBatch("autumn", stopped=True))
    assert (stopped.state, stopped.revision) == ("stopped", 3)
    (code, *_) = await shop.codes("autumn", 1)
    assert await shop.order(coupon=code) == "coupon_stopped"
    await shop.do(coupons.STOP_COUPON_BATCH, coupons.StopCouponBatch("autumn", stopped=False))
    assert isinstance(await shop.order(coupon=code), int)
    unknown = coupons.StopCouponBatch("nine", stopped=True)
    assert (await shop.refused(coupons.STOP_COUPON_BATCH, unknown)).code == "unknown_coupon_batch"


async def test_a_unique_coupon_is_used_once_and_comes_back(shop: Shop) -> None:
    await shop.batch(count=10)
    first, second, *_ = await shop.codes("autumn", 10)
    order = await shop.order(coupon=first)
    assert isinstance(order, int)
    assert await shop.order(coupon=first.lower()) == "coupon_used"
    await shop.after(order, "released")
    order = await shop.order(coupon=first)
    assert isinstance(order, int)
    await shop.after(order, "settled")
    assert await shop.order(coupon=first) == "coupon_used"
    await shop.after(order, "given_back")
    assert isinstance(await shop.order(coupon=first), int)
    assert isinstance(await shop.order(coupon=second), int)
    beyond = codes.encode(VAULT, (await shop.ask(coupons.batch_view("autumn"))).serial, 11)
    assert await shop.order(coupon=beyond) == "unknown_coupon"
    await shop.do(pricing.PAUSE_PROMOTION, pricing.PausePromotion("ten"))
    assert await shop.order(coupon=second) == "coupon_idle"
    view = await shop.ask(coupons.batch_view("autumn"))
    assert (view.held, view.redeemed) == (2, 0)
    assert await shop.faults() == []


async def test_a_coupon_of_several_uses_and_a_limit_of_each_customer(shop: Shop) -> None:
    await shop.batch(count=1, uses_per_code=3, uses_per_customer=2)
    (code,) = await shop.codes("autumn", 1)
    ann, bob = await shop.person(), await shop.person()
    assert await shop.order(coupon=code) == "coupon_customer"
    assert [isinstance(await shop.order((), ann, coupon=code), int) for _ in range(3)] == [True, True, False]
    assert isinstance(await shop.order((), bob, coupon=code), int)
    assert await shop.order((), bob, coupon=code) == "coupon_used"
    assert await shop.faults() == []


async def test_a_public_code_is_for_everybody_up_to_its_limits(shop: Shop) -> None:
    await shop.batch("all", kind="public", public_code="HELLO25", uses_total=3, uses_per_customer=1, count=1)
    people = [await shop.person() for _ in range(5)]
    assert isinstance(await shop.order((), people[0], coupon="he11o 25"), int)
    assert await shop.order((), people[0], coupon="HELLO25") == "coupon_used"
    assert isinstance(await shop.order((), people[1], coupon="HELLO25"), int)
    assert isinstance(await shop.order((), people[2], coupon="HELLO25"), int)
    assert await shop.order((), people[3], coupon="HELLO25") == "coupon_used"
    await shop.do(CLAIM, coupons.ClaimCoupon("HELLO25", people[3]))
    assert (await shop.refused(CLAIM, coupons.ClaimCoupon("HELLO25", people[3]))).code == "coupon_claimed"
    assert (await shop.refused(CLAIM, coupons.ClaimCoupon("HELLO25", people[4]))).code == "coupon_batch_empty"
    (kept,) = await shop.wallet(people[3])
    assert (kept.code, kept.state, kept.uses_left) == ("HELLO25", "ready", 1)
    assert await shop.faults() == []


async def test_a_claimed_coupon_is_its_owners_over_all_his_records(shop: Shop) -> None:
    await shop.batch(count=10, life_days=7, transferable=True)
    first, second, third, *_ = await shop.codes("autumn", 10)
    card, phone, thief = [await shop.person() for _ in range(3)]
    had = await shop.do(CLAIM, coupons.ClaimCoupon(first, card))
    assert had.expires_at is not None
    assert timedelta(days=6) < had.expires_at - datetime.now(UTC) <= timedelta(days=7)
    assert (await shop.refused(CLAIM, coupons.ClaimCoupon(first, card))).code == "coupon_claimed"
    assert (await shop.refused(CLAIM, coupons.ClaimCoupon(second, card))).code == "coupon_claimed", "one a customer"
    assert (await shop.refused(CLAIM, coupons.ClaimCoupon(first, thief))).code == "coupon_others"
    assert await shop.order((), thief, coupon=first) == "coupon_others"
    assert await shop.order(coupon=first) == "coupon_others"
    await shop.do(customers.MERGE_CUSTOMERS, customers.MergeCustomers(card, phone, "the same"))
    (kept,) = await shop.wallet(phone)
    assert (kept.code, kept.customer, kept.state, kept.running) == (first, card, "ready", True)
    order = await shop.order((), phone, coupon=first)
    assert isinstance(order, int)
    assert (await shop.wallet(card))[0].state == "held"
    assert (await shop.refused(TRANSFER, coupons.TransferCoupon(had.coupon, card, thief))).code == "coupon_used"
    await shop.after(order, "settled")
    assert (await shop.wallet(card))[0].state == "used"
    await shop.after(order, "given_back")
    assert (await shop.refused(TRANSFER, coupons.TransferCoupon(had.coupon, thief, card))).code == "unknown_coupon"
    assert (await shop.refused(TRANSFER, coupons.TransferCoupon(had.coupon, card, 1))).code == (
        "coupon_customer_unknown"
    )
    moved = await shop.do(TRANSFER, coupons.TransferCoupon(had.coupon, phone, thief))
    assert moved.customer == thief
    assert isinstance(await shop.order((), thief, coupon=first), int)
    assert isinstance(await shop.order(coupon=third), int)
    eve = await shop.person()
    assert (await shop.refused(CLAIM, coupons.ClaimCoupon(third, eve))).code == "coupon_used"
    assert (await shop.refused(CLAIM, coupons.ClaimCoupon(second, 1))).code == "coupon_customer_unknown"
    assert await shop.faults() == []


async def test_a_personal_coupon_is_issued_and_no_number_is_guessed(shop: Shop) -> None:
    await shop.batch("sorry", kind="personal", count=2)
    ann, bob, eve = [await shop.person() for _ in range(3)]
    await shop.do(ISSUE, coupons.IssueCoupon("sorry", ann, "late parcel"))
    (kept,) = await shop.wallet(ann)
    assert (await shop.refused(CLAIM, coupons.ClaimCoupon(kept.code, bob))).code == "coupon_not_claimed"
    assert await shop.order((), bob, coupon=kept.code) == "coupon_others"
    assert isinstance(await shop.order((), ann, coupon=kept.code), int)
    serial = (await shop.ask(coupons.batch_view("sorry"))).serial
    assert await shop.order((), bob, coupon=codes.encode(VAULT, serial, 2)) == "unknown_coupon", "not issued yet"
    had = await shop.do(ISSUE, coupons.IssueCoupon("sorry", bob))
    not_given = await shop.refused(TRANSFER, coupons.TransferCoupon(had.coupon, bob, eve))
    assert not_given.code == "coupon_not_transferable"
    await shop.batch(count=5)
    for command, code in (
        (coupons.IssueCoupon("sorry", eve), "coupon_batch_empty"),
        (coupons.IssueCoupon("sorry", 1), "coupon_customer_unknown"),
        (coupons.IssueCoupon("nine", eve), "unknown_coupon_batch"),
        (coupons.IssueCoupon("autumn", eve), "coupon_not_issued"),
        (coupons.IssueCoupon("sorry", eve, "x" * 301), "coupon_batch_unfit"),
    ):
        assert (await shop.refused(ISSUE, command)).code == code
    assert await shop.faults() == []


async def test_wrong_codes_are_counted_for_who_types_them(shop: Shop) -> None:
    await shop.batch(count=10)
    (code, *_) = await shop.codes("autumn", 1)
    for _ in range(10):
        assert (await shop.refused(CHECK, coupons.CheckCoupon("WRONG", "kiosk"))).code == "unknown_coupon"
    assert (await shop.refused(CHECK, coupons.CheckCoupon(code, "kiosk"))).code == "coupon_tries"
    found = await shop.do(CHECK, coupons.CheckCoupon(code, "till"))
    assert (found.batch, found.promotion, found.uses_left) == ("autumn", "ten", 1)
    answers = await shop.run(CHECK, *[coupons.CheckCoupon(f"W{n}", "batch") for n in range(12)])
    assert [one.code for one in answers] == ["unknown_coupon"] * 10 + ["coupon_tries"] * 2
    await shop.write("update pricing.coupon_attempt set last_at = now() - interval '901 seconds'")
    assert (await shop.do(CHECK, coupons.CheckCoupon(code, "kiosk"))).batch == "autumn"
    await shop.executor.transact("sweep", lambda work: coupons.forget_tries(work, 1))


async def test_a_customer_claims_so_many_a_day(shop: Shop) -> None:
    await shop.batch(count=100, claims_per_customer=100)
    ann = await shop.person()
    every = await shop.codes("autumn", 60)
    answers = await shop.run(CLAIM, *[coupons.ClaimCoupon(code, ann, f"a{n}") for n, code in enumerate(every)])
    assert sum(isinstance(one, coupons.CouponHad) for one in answers) == 50
    assert {one.code for one in answers[50:]} == {"coupon_claims_today"}
    await shop.write("update pricing.coupon set had_at = had_at - interval '25 hours'")
    assert (await shop.do(CLAIM, coupons.ClaimCoupon(every[55], ann))).customer == ann
    assert len(await shop.wallet(ann)) == 50


async def test_a_coupon_ends_at_the_second(shop: Shop) -> None:
    end = datetime(2027, 1, 1, tzinfo=UTC)
    await shop.batch(count=1, valid_from="2026-01-01T00:00:00Z", valid_until=end.isoformat())
    code = (await shop.codes("autumn", 1))[0]
    asked = [coupons.CouponAsk(code, "till")]

    async def at(moment: datetime) -> str:
        async with shop.executor.database.snapshot() as connection:
            (found,) = await coupons.quote_coupons(connection, VAULT, asked, moment)
        return getattr(found, "code", "usable")

    assert await at(end - timedelta(microseconds=1)) == "usable"
    assert await at(end) == "coupon_expired"
    assert await at(datetime(2026, 1, 1, tzinfo=UTC)) == "usable"
    assert await at(datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)) == "coupon_ahead"
    await shop.write("update pricing.coupon_batch set valid_until = now()")
    assert await shop.order(coupon=code) == "coupon_expired"
    ann = await shop.person()
    assert (await shop.refused(CLAIM, coupons.ClaimCoupon(code, ann))).code == "coupon_expired"


async def test_an_export_is_as_long_as_the_batch(shop: Shop) -> None:
    await shop.batch(count=4321)
    found = await shop.ask(coupons.batch_view("autumn"))
    pieces = [piece async for piece in coupons.csv_of_batch(VAULT, found.serial, found.count)]
    lines = b"".join(pieces).decode().splitlines()
    assert lines[0] == "number,code"
    assert len(set(lines)) == 4322
    assert lines[4321].startswith("4321,")
    rest = [piece async for piece in coupons.csv_of_batch(VAULT, found.serial, found.count, 4320)]
    assert b"".join(rest).decode().splitlines()[1:] == lines[4320:]

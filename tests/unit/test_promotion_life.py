"""The life of a promotion: revisions, approval by somebody else, start, pause, end, history, calendar, and the book."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstem.domains import pricing
from mainstem.platform.execution import Executor
from mainstem.platform.query import ask
from mainstem.processes.save_promotions import SAVE_PROMOTION
from tests.unit.promotion_shop import Shop, form
from tests.unit.test_promotion_refusals import msgspec_form, reward

pytestmark = [pytest.mark.unit, pytest.mark.anyio]
APPROVE, START, PAUSE, END = (
    pricing.APPROVE_PROMOTION,
    pricing.START_PROMOTION,
    pricing.PAUSE_PROMOTION,
    pricing.END_PROMOTION,
)


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    made = Shop(executor)
    await made.furnish()
    return made


async def test_a_promotion_lives_and_everything_is_kept(shop: Shop) -> None:
    saved = await shop.save(form())
    assert (saved.revision, saved.state, saved.approval) == (1, "draft", "")
    assert "ten" not in (await shop.book()).counted
    await shop.do(START, pricing.StartPromotion("ten", "go"))
    assert "ten" in (await shop.book()).counted
    stale = await shop.refused(SAVE_PROMOTION, pricing.SavePromotion(msgspec_form(form())))
    assert stale.code == "promotion_changed"
    running = await shop.refused(SAVE_PROMOTION, pricing.SavePromotion(msgspec_form(form()), 1))
    assert (running.code, running.params["state"]) == ("promotion_state", "live")
    await shop.do(PAUSE, pricing.PausePromotion("ten"))
    assert "ten" not in (await shop.book()).counted
    changed = await shop.save(form(reward={"type": "percent", "percent": 12}, limits={"uses_total": 5}), 1, actor=9)
    assert (changed.revision, changed.state) == (2, "draft")
    await shop.do(START, pricing.StartPromotion("ten"))
    await shop.do(END, pricing.EndPromotion("ten", "enough"))
    for operation, command in (
        (START, pricing.StartPromotion("ten")),
        (PAUSE, pricing.PausePromotion("ten")),
        (END, pricing.EndPromotion("ten")),
        (SAVE_PROMOTION, pricing.SavePromotion(msgspec_form(form()), 2)),
    ):
        assert (await shop.refused(operation, command)).code == "promotion_state"
    history = await shop.ask(pricing.promotion_history("ten", 50, 2**62))
    assert [(one.verb, one.revision, one.actor) for one in history] == [
        ("ended", 2, 7),
        ("started", 2, 7),
        ("saved", 2, 9),
        ("paused", 1, 7),
        ("started", 1, 7),
        ("saved", 1, 7),
    ]
    assert history[2].changed == ("/limits", "/reward/percent")
    assert history[5].promotion is not None
    assert history[0].note == "enough"
    older = await shop.ask(pricing.promotion_history("ten", 2, history[3].id))
    assert [one.verb for one in older] == ["started", "saved"]
    assert (await shop.refused(START, pricing.StartPromotion("nine"))).code == "unknown_promotion"
    assert (await shop.refused(SAVE_PROMOTION, pricing.SavePromotion(msgspec_form(form("x")), 3))).code == (
        "unknown_promotion"
    )
    assert (await shop.refused(START, pricing.StartPromotion("ten", "x" * 501))).code == "too_long"
    assert await shop.faults() == []


async def test_what_is_much_is_approved_by_somebody_else(shop: Shop) -> None:
    much = [
        (form("p", reward={"type": "percent", "percent": 31}), "percent"),
        (form("b", currency="CNY", limits={"budget_minor": 1_000_001}), "budget"),
        (form("o", **reward("amount", amount_minor=500)), "open_ended"),
        (form("f", below_floor=True), "below_floor"),
        (form("q", **reward("points", times=3), limits={"budget_minor": 5}), "open_ended"),
        (form("n", reward={"type": "nth_item", "every": 2, "cut": {"percent": 50}}), "percent"),
    ]
    for written, why in much:
        assert (await shop.save(written)).approval == why
        assert (await shop.refused(START, pricing.StartPromotion(written["code"]))).code == "approval_needed"
    small = form("s", **reward("amount", amount_minor=500), limits={"budget_minor": 1_000_000})
    assert (await shop.save(small)).approval == ""
    own = await shop.refused(APPROVE, pricing.ApprovePromotion("p", 1))
    assert own.code == "own_promotion"
    await shop.save({**form("p"), "reward": {"type": "percent", "percent": 40}}, 1, actor=8)
    assert (await shop.refused(APPROVE, pricing.ApprovePromotion("p", 1), actor=9)).code == "promotion_changed"
    for actor in (7, 8):
        assert (await shop.refused(APPROVE, pricing.ApprovePromotion("p", 2), actor=actor)).code == "own_promotion"
    await shop.do(APPROVE, pricing.ApprovePromotion("p", 2, "fine"), actor=9)
    assert (await shop.refused(APPROVE, pricing.ApprovePromotion("p", 2), actor=9)).code == "promotion_state"
    await shop.do(START, pricing.StartPromotion("p"))
    await shop.do(PAUSE, pricing.PausePromotion("p"))
    await shop.do(START, pricing.StartPromotion("p"))
    await shop.do(PAUSE, pricing.PausePromotion("p"))
    await shop.save({**form("p"), "reward": {"type": "percent", "percent": 90}}, 2)
    assert (await shop.refused(START, pricing.StartPromotion("p"))).code == "approval_needed"
    await shop.do(pricing.SET_APPROVAL_RULE, pricing.SetApprovalRule("", 95, 0))
    await shop.do(START, pricing.StartPromotion("p"))
    for rule, code in (
        (pricing.SetApprovalRule("XYZ", 1, 1), "unknown_currency"),
        (pricing.SetApprovalRule("", 101, 1), "number_range"),
        (pricing.SetApprovalRule("", 1, -1), "number_range"),
    ):
        assert (await shop.refused(pricing.SET_APPROVAL_RULE, rule)).code == code


async def test_a_promotion_ends_by_itself(shop: Shop) -> None:
    now = datetime.now(UTC)
    await shop.live(form(valid_from=(now + timedelta(days=1)).isoformat()))
    await shop.live(form("soon", valid_until=(now + timedelta(days=1)).isoformat()))
    await shop.write("update pricing.promotion set valid_until = now() - interval '1 second' where code = 'soon'")
    assert await shop.executor.transact("sweep", lambda work: pricing.end_over(work, 10)) == 1
    assert await shop.executor.transact("sweep", lambda work: pricing.end_over(work, 10)) == 0
    assert set((await shop.book()).counted) == {"ten"}
    views = {one.promotion.code: one for one in await shop.ask(pricing.promotions_page(now, 10))}
    assert (views["ten"].phase, views["ten"].state) == ("ahead", "live")
    assert (views["soon"].phase, views["soon"].state) == ("over", "ended")
    await shop.save(form("late", valid_until=(now + timedelta(days=1)).isoformat()))
    await shop.write("update pricing.promotion set valid_until = now() where code = 'late'")
    assert (await shop.refused(START, pricing.StartPromotion("late"))).code == "promotion_over"


async def test_a_batch_sees_what_came_before_in_it(shop: Shop) -> None:
    made = [pricing.SavePromotion(msgspec_form(form(code)), revision) for code, revision in
            (("a", 0), ("a", 0), ("a", 1), ("b", 0))]  # fmt: skip
    answers = await shop.run(SAVE_PROMOTION, *made)
    assert [getattr(one, "code", None) for one in answers] == ["a", "promotion_changed", "a", "b"]
    assert [getattr(one, "revision", None) for one in answers] == [1, None, 2, 1]
    started = await shop.run(START, pricing.StartPromotion("a"), pricing.StartPromotion("a"))
    assert started[0].state == "live"
    assert started[1].code == "promotion_state"


async def test_the_book_is_kept_until_its_number_is_another(shop: Shop) -> None:
    await shop.live(form())
    books = pricing.Books()

    async def now() -> pricing.LiveBook:
        async with shop.executor.database.snapshot() as connection:
            (version,) = await ask(connection, pricing.book_version())
            return await books.of(connection, version)

    first = await now()
    assert await now() is first
    await shop.save(form("draft"))
    assert await now() is first, "a draft is not in it"
    await shop.live(form("more"))
    second = await now()
    assert second.version > first.version
    assert set(second.counted) == {"ten", "more"}


async def test_lists_calendar_and_search(shop: Shop) -> None:
    saved = await shop.do(pricing.SAVE_PRODUCT_LIST, pricing.SaveProductList("best", ("K1", "K2")))
    assert (saved.revision, saved.skus, saved.added, saved.removed) == (1, 2, 2, 0)
    changed = await shop.do(pricing.SAVE_PRODUCT_LIST, pricing.SaveProductList("best", ("K2", "K3", "K4"), 1))
    assert (changed.revision, changed.skus, changed.added, changed.removed) == (2, 3, 2, 1)
    for command, code in (
        (pricing.SaveProductList("best", ("K1",), 1), "product_list_changed"),
        (pricing.SaveProductList("best", ("K9",), 2), "unknown_sku"),
        (pricing.SaveProductList(" ", ("K1",)), "bad_code"),
        (pricing.SaveProductList("many", ("K1",) * 20_001), "form_too_large"),
    ):
        assert (await shop.refused(pricing.SAVE_PRODUCT_LIST, command)).code == code
    ids = await shop.ask(pricing.listed_variants("best", 10))
    assert len(ids) == 3
    assert await shop.ask(pricing.lists_of(ids[:1])) == {ids[0]: ("best",)}
    assert [(one.name, one.skus) for one in await shop.ask(pricing.product_lists_page(10))] == [("best", 3)]

    await shop.live(form("gold", when=[{"type": "channels", "codes": ["web"], "kinds": ["app"]}],
                         valid_until="2026-12-01T00:00:00Z"))  # fmt: skip
    await shop.save(form("later", name={"en": "Winter 100%", "zh": "冬"}, valid_from="2027-01-01T00:00:00Z"))
    since, until = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    entries = await shop.ask(pricing.calendar(since, until, ("live", "draft"), 10))
    assert [(one.code, one.channels, one.kind) for one in entries] == [("gold", ("web", "app"), "percent")]
    rest = await shop.ask(pricing.calendar(until, until + timedelta(days=90), ("draft",), 10))
    assert [one.code for one in rest] == ["later"]
    now = datetime.now(UTC)
    for text, state, found in (("冬", "", ["later"]), ("100%", "", ["later"]), ("", "live", ["gold"]), ("x_", "", [])):
        rows = await shop.ask(pricing.promotions_page(now, 10, "", state, text))
        assert [one.promotion.code for one in rows] == found

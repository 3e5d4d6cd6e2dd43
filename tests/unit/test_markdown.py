"""Rules that propose prices: bounds and triggers as tables, and the way from a dry run to a label on a shelf."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains import catalog, inventory
from mainstem.domains.pricing import lists, markdown
from mainstem.domains.pricing.lists.unit_prices import UnitPrice, unit_price
from mainstem.domains.pricing.markdown.bounds import Guarded, bound, least_for_margin, with_ending
from mainstem.domains.pricing.markdown.form import Bounds, Trigger
from mainstem.domains.pricing.markdown.triggers import Seen, due
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask
from tests.unit.pricing_shop import DAY, PricedShop, open_shop

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("wanted", "bounds", "guarded", "expected"),
    [
        (80, {}, (100, 0, None, 0), (80, ())),
        (80, {}, (100, 85, None, 0), (85, ("floor",))),
        (50, {"percent_max_per_day": "10"}, (99, 0, None, 0), (90, ("day",))),
        (150, {"percent_max_per_day": "10"}, (99, 0, None, 0), (108, ("day",))),
        (50, {"percent_max_per_day": "10"}, (None, 0, None, 0), (50, ())),
        (50, {"margin_percent_min": "20"}, (100, 0, 60, 0), (75, ("margin",))),
        (50, {"margin_percent_min": "20"}, (100, 0, 60, 130_000), (85, ("margin",))),
        (50, {"margin_percent_min": "20"}, (100, 0, None, 0), None),
        (80, {"percent_max_per_day": "10"}, (50, 70, None, 0), None),
        (1234, {"endings": ["99", "50"]}, (2000, 0, None, 0), (1199, ("ending",))),
        (1234, {"endings": ["99", "50"]}, (2000, 1200, None, 0), (1250, ("ending",))),
        (1150, {"endings": ["99", "50"]}, (2000, 0, None, 0), (1150, ())),
        (1234, {"endings": ["99"], "percent_max_per_day": "1"}, (1234, 0, None, 0), (1234, ())),
    ],
)
def test_a_price_stays_within_its_bounds(
    wanted: int, bounds: dict[str, Any], guarded: tuple[Any, ...], expected: tuple[int, tuple[str, ...]] | None
) -> None:
    found = bound(wanted, msgspec.convert(bounds, Bounds), Guarded(*guarded))
    assert (None if found is None else (found.amount_minor, found.by)) == expected


@given(st.integers(0, 10**6), st.decimals(0, 99, places=2), st.integers(0, 10**6))
def test_the_least_price_for_a_margin_is_the_least(cost: int, margin: Decimal, tax: int) -> None:
    def enough(price: int) -> bool:
        return Decimal(price) * 1_000_000 / (1_000_000 + tax) * (100 - margin) >= cost * 100

    least = least_for_margin(cost, margin, tax)
    slack = Decimal("1e-12") * max(cost, 1)
    assert Decimal(least) * 1_000_000 / (1_000_000 + tax) * (100 - margin) >= cost * 100 - slack
    assert least == 0 or not enough(least - 1)


@given(st.integers(0, 500), st.lists(st.sampled_from(["9", "99", "50", "05"]), min_size=1), st.integers(0, 300))
def test_an_ending_is_the_nearest_below_else_above(amount: int, endings: list[str], low: int) -> None:
    amount = max(amount, low)
    fitting = [n for n in range(low, 1500) if any(str(n).zfill(4).endswith(ending) for ending in endings)]
    below = [n for n in fitting if n <= amount]
    assert with_ending(amount, endings, low, None) == (max(below) if below else min(fitting))


@pytest.mark.parametrize(
    ("trigger", "seen", "expected"),
    [
        ({"type": "stock_age", "steps": [(30, -10), (60, -30)]}, {"age_days": 29}, None),
        ({"type": "stock_age", "steps": [(60, -30), (30, -10)]}, {"age_days": 59}, (-10, 59)),
        ({"type": "stock_age", "steps": [(30, -10), (60, -30)]}, {"age_days": 60}, (-30, 60)),
        ({"type": "stock_age", "steps": [(30, -10)]}, {"age_days": 60, "on_hand": 0}, None),
        ({"type": "stock_cover", "steps": [(90, -10)]}, {"cover_days": 89}, None),
        ({"type": "stock_cover", "steps": [(90, -10), (180, -20)]}, {"cover_days": None}, (-20, None)),
        ({"type": "expiry", "steps": [(7, -20), (3, -50)]}, {"expires_on": "2026-01-22"}, None),
        ({"type": "expiry", "steps": [(7, -20), (3, -50)]}, {"expires_on": "2026-01-21"}, (-20, 7)),
        ({"type": "expiry", "steps": [(7, -20), (3, -50)]}, {"expires_on": "2026-01-14"}, (-50, 0)),
        ({"type": "expiry", "steps": [(7, -20)]}, {"expires_on": "2026-01-13"}, None),
        ({"type": "expiry", "steps": [(7, -20)]}, {"expires_on": "soon"}, None),
        ({"type": "competitor", "percent": "-1"}, {"competitor_minor": 900}, (-1, 900)),
        ({"type": "competitor"}, {}, None),
    ],
)
def test_which_step_is_due(
    trigger: dict[str, Any], seen: dict[str, Any], expected: tuple[int, int | None] | None
) -> None:
    first = "days_left" if trigger["type"] == "expiry" else "from_days"
    if "steps" in trigger:
        trigger = trigger | {"steps": [{first: days, "percent": percent} for days, percent in trigger["steps"]]}
    known = {name: value for name, value in seen.items() if name != "expires_on"}
    attributes = {name: value for name, value in seen.items() if name == "expires_on"}
    found = due(msgspec.convert(trigger, Trigger), Seen(attributes, **{"on_hand": 5} | known), NOON, "")
    assert [(int(one.percent), one.saw) for one in found] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("start", "until", "weekdays", "zone", "expected"),
    [
        ("18:00", "21:00", [], "UTC", ("14 18:00", "14 21:00")),
        ("11:00", "13:00", [], "UTC", ("14 11:00", "14 13:00")),
        ("10:00", "12:00", [], "UTC", ("15 10:00", "15 12:00")),  # over today, tomorrow's is within a day
        ("22:00", "02:00", [], "UTC", ("14 22:00", "15 02:00")),
        ("18:00", "24:00", [], "Asia/Shanghai", ("14 10:00", "14 16:00")),
        ("18:00", "21:00", [6, 7], "UTC", None),
        ("18:00", "14:00", [2], "UTC", ("13 18:00", "14 14:00")),  # began yesterday
    ],
)
def test_times_of_day(start: str, until: str, weekdays: list[int], zone: str, expected: tuple[str, str] | None) -> None:
    form = {"type": "time_of_day", "percent": -30, "from": start, "until": until, "weekdays": weekdays, "zone": zone}
    found = due(msgspec.convert(form, Trigger), Seen({}), NOON, "")
    shown = [(f"{one.start:%d %H:%M}", f"{one.end:%d %H:%M}") for one in found]
    assert shown == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("unit", "attributes", "expected"),
    [
        ("pc", {"content": "250 g"}, UnitPrice(400, "100 g")),
        ("pc", {"content": "251g"}, UnitPrice(3984, "1 kg")),
        ("pc", {"content": "6 x 330 ml"}, UnitPrice(505, "1 l")),
        ("pc", {"净含量": "330毫升×6"}, UnitPrice(505, "1 l")),
        ("pc", {"content": "0.5 斤"}, UnitPrice(400, "100 g")),
        ("pc", {"content": "12 pcs"}, UnitPrice(83, "1 pc")),
        ("pc", {"content": "plenty", "net_content": "2 L"}, UnitPrice(500, "1 l")),
        ("kg", {}, UnitPrice(1000, "1 kg")),
        ("pc", {"content": "0 g"}, None),
        ("pc", {"content": "2 x 3 g x 4"}, None),
        ("pc", {}, None),
    ],
)
def test_unit_prices(unit: str, attributes: dict[str, str], expected: UnitPrice | None) -> None:
    assert unit_price(1000, unit, attributes) == expected


@pytest.mark.parametrize(
    ("amount", "rate", "included", "wanted", "expected"),
    [
        (113, 130_000, True, True, 113),
        (113, 130_000, True, False, 100),
        (100, 130_000, False, True, 113),
        (1, 500_000, False, True, 2),
        (3, 1_000_000, True, False, 2),
        (7, 0, True, False, 7),
    ],
)
def test_tax_goes_in_and_out_half_up(amount: int, rate: int, included: bool, wanted: bool, expected: int) -> None:  # noqa: FBT001
    assert lists.with_tax(amount, rate, included=included, wanted=wanted) == expected


@pytest.fixture
async def shop(executor: Executor, database: Database) -> PricedShop:
    found = await open_shop(executor, database)
    for amount, sku in ((1000, "a"), (500, "b")):
        await found.base(amount, -30, sku=sku)
    await found.save_list("clearance", "node", "n1", label={"en": "Clearance", "zh": "清仓"})
    return found


async def make_rule(shop: PricedShop, trigger: dict[str, Any], **more: Any) -> None:  # noqa: ANN401
    form: dict[str, Any] = {"code": "r", "name": {"en": "R"}, "price_list": "clearance", "trigger": trigger} | more
    command = markdown.SaveMarkdownRule(msgspec.convert(form, markdown.MarkdownRule))
    await shop.done(markdown.SAVE_MARKDOWN_RULE, command)


async def dry_run(shop: PricedShop, now: datetime | None = None) -> markdown.Evaluation:
    async with shop.database.snapshot() as connection:
        (rules,) = await ask(connection, markdown.rules(["r"]))
        return await markdown.evaluate(connection, rules["r"], now or datetime.now(UTC))


async def propose(shop: PricedShop) -> Any:  # noqa: ANN401
    return (await shop.done(markdown.PROPOSE_PRICE_BATCH, markdown.ProposePriceBatch(rule="r")))[0]


async def price_now(shop: PricedShop, sku: str = "a") -> tuple[int, str] | None:
    basket = shop.asked((sku, 1), node="n1", region="North")
    book = await shop.ask(lists.price_for([basket], datetime.now(UTC)))
    (found,) = book.of(basket)
    return None if found is None else (found.unit_price_minor, found.source)


async def test_stock_that_is_old_becomes_cheaper_and_fresh_stock_does_not(shop: PricedShop) -> None:
    now = datetime.now(UTC)
    for sku, days in (("a", 40), ("b", 5)):
        delivery = inventory.ReceiveStock("n1", (inventory.StockLine(sku, 10),), occurred_at=now - days * DAY)
        await shop.done(inventory.RECEIVE_STOCK, delivery)
    await make_rule(
        shop,
        {"type": "stock_age", "steps": [{"from_days": 30, "percent": "-20"}]},
        bounds={"endings": ["99"], "approval_above_percent": "50"},
    )
    before = await dry_run(shop)
    assert [(line.sku, line.amount_minor, line.why.bounds) for line in before.lines] == [("a", 799, ("ending",))]
    assert before.skipped == {"not_due": 1, "no_price": 1}
    assert await price_now(shop) == (1000, "base")

    done = await propose(shop)
    assert (done.state, done.lines, done.change_max_millionths) == ("in_force", 1, 201_000)
    assert await price_now(shop) == (799, "list:clearance")
    assert (await dry_run(shop)).skipped == {"no_change": 1, "not_due": 1, "no_price": 1}
    assert (await propose(shop)).id is None

    gone = inventory.AdjustStock("n1", (inventory.StockLine("a", -10),), "damaged")
    await shop.done(inventory.ADJUST_STOCK, gone)
    assert (await propose(shop)).lines == 1  # it is taken back
    assert await price_now(shop) == (1000, "base")


async def test_a_change_beyond_the_threshold_waits_for_a_second_person(shop: PricedShop) -> None:
    expires = (datetime.now(UTC) + 3 * DAY).date().isoformat()
    await shop.done(
        catalog.UPSERT_PRODUCTS,
        catalog.UpsertProduct("P-a", "Milk", (catalog.VariantInput("a", attributes={"expires_on": expires}),)),
    )
    trigger = {"type": "expiry", "steps": [{"days_left": 4, "percent": "-50"}]}
    await make_rule(shop, trigger, bounds={"approval_above_percent": "49.9", "percent_max_per_day": "60"})
    made = await propose(shop)
    assert made.state == "waiting"
    assert await price_now(shop) == (1000, "base")
    assert await markdown.run_rules(shop.executor) == 0  # one batch of the rule waits already

    decide = markdown.DecidePriceBatch(made.id, approve=True)
    assert await shop.do(markdown.DECIDE_PRICE_BATCH, decide) == ["own_price_batch /batch"]
    (done,) = await shop.do(markdown.DECIDE_PRICE_BATCH, decide, actor=8)
    assert done.state == "in_force"
    assert await price_now(shop) == (500, "list:clearance")


async def test_floor_margin_and_competitors(shop: PricedShop) -> None:
    guard = lists.SetPriceGuard
    await shop.done(
        lists.SET_PRICE_GUARD,
        guard("floor", "a", "CNY", 900),
        guard("cost", "b", "CNY", 400),
        guard("cost", "a", "CNY", 1),
    )
    old = datetime.now(UTC) - 80 * timedelta(hours=1)
    record = markdown.RecordCompetitorPrice
    await shop.done(
        markdown.RECORD_COMPETITOR_PRICE,
        record("a", "X", "CNY", 850),
        record("b", "X", "CNY", 300),
        record("b", "Y", "CNY", 10, observed_at=old),
        record("b", "Z", "EUR", 1),
    )
    await make_rule(shop, {"type": "competitor"}, bounds={"margin_percent_min": "10"})

    lines = {line.sku: (line.amount_minor, line.why.bounds, line.why.saw) for line in (await dry_run(shop)).lines}
    assert lines == {"a": (900, ("floor",), 850), "b": (445, ("margin",), 300)}


async def test_a_plan_lays_down_its_steps_and_a_price_set_by_hand_is_left_alone(shop: PricedShop) -> None:
    now = datetime.now(UTC)
    steps = [{"at": now + days * DAY, "percent": percent} for days, percent in ((1, -20), (3, -40))]
    await make_rule(
        shop,
        {"type": "planned", "steps": steps, "end": now + 5 * DAY},
        of={"skus": ["a"]},
        bounds={"approval_above_percent": "1000", "percent_max_per_day": "25"},
    )
    assert (await propose(shop)).lines == 2
    basket = shop.asked(node="n1", region="North")
    seen = []
    for days in (0.5, 1.5, 3.5, 5.5):
        book = await shop.ask(lists.price_for([basket], now + days * DAY))
        seen.append(book.of(basket)[0].unit_price_minor)
    assert seen == [1000, 800, 600, 1000]
    await shop.done(lists.SET_LIST_PRICE, lists.SetListPrice("clearance", "a", 950))
    assert (await dry_run(shop)).skipped == {"by_hand": 1}


async def shelf_of(shop: PricedShop) -> markdown.Shelf:
    async with shop.database.snapshot() as connection:
        node, channel = await ask(connection, catalog.find_node("n1"), catalog.find_channel("till"))
    assert node is not None
    return markdown.Shelf(node, channel, "CNY")


async def feed(shop: PricedShop, after: tuple[datetime, int] | None, limit: int = 100) -> list[Any]:
    shelf, until = await shelf_of(shop), await markdown.horizon(shop.database)
    async with shop.database.snapshot() as connection:
        (positions,) = await ask(connection, markdown.changed(shelf, until, after, limit))
        found = await markdown.labels(connection, shelf, positions, until) if positions else []
    return list(zip(positions, found, strict=True))


async def test_labels_come_in_the_order_of_their_change_and_only_once(shop: PricedShop) -> None:
    first = await feed(shop, None)
    assert [(label.sku, label.price_minor, label.promotion.en) for _, label in first] == [
        ("a", 1000, ""),
        ("b", 500, ""),
    ]
    assert first[0][1].unit_price == UnitPrice(2000, "1 kg")
    last = first[-1][0]
    assert await feed(shop, last) == []

    await shop.done(lists.SET_LIST_PRICE, lists.SetListPrice("clearance", "b", 400))
    await shop.base(7, -1, sku="c", node="n2")  # another store's
    ((position, label),) = await feed(shop, last)
    assert (label.sku, label.price_minor, label.promotion.zh, label.lowest_30_days_minor) == ("b", 400, "清仓", 500)
    assert label.source == "list:clearance"

    soon = datetime.now(UTC) + timedelta(seconds=0.4)
    await shop.done(
        lists.SET_LIST_PRICE, lists.SetListPrice("clearance", "a", 1, valid_from=soon, valid_until=soon + DAY / 86400)
    )
    seen = []
    for _ in range(30):
        changed = await feed(shop, position)
        position = changed[-1][0] if changed else position
        seen += [(label.sku, label.price_minor) for _, label in changed]
        await asyncio.sleep(0.1)
    assert seen == [("a", 1), ("a", 1000)]  # when its time comes, and when it is over

    await shop.save_list("clearance", "node", "n1", label={"en": "Clearance", "zh": "清仓"}, active=False)
    after = await feed(shop, position)
    assert {(label.sku, label.price_minor) for _, label in after} == {("a", 1000), ("b", 500)}


async def test_pages_of_labels_join(shop: PricedShop) -> None:
    whole = [label.sku for _, label in await feed(shop, None)]
    pages: list[str] = []
    position = None
    while page := await feed(shop, position, limit=1):
        position = page[-1][0]
        pages += [label.sku for _, label in page]
    assert pages == whole

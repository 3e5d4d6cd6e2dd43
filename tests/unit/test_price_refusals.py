"""Every refusal of price lists, rates, guards, rules and batches; what is refused leaves the others alone."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from mainstem.domains.pricing import lists, markdown
from mainstem.domains.pricing.lists.contracts import BREAKS_MAX
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.kernel.quantity import QUANTITY_MAX
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.pricing_shop import DAY, START, PricedShop, open_shop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(executor: Executor, database: Database) -> PricedShop:
    found = await open_shop(executor, database)
    await found.save_list("g")
    return found


def saved(**more: object) -> lists.SavePriceList:
    form: dict[str, Any] = {"code": "new", "name": {"en": "New"}, "kind": "general", "currency": "CNY"}
    return msgspec.convert(form | more, lists.SavePriceList)


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"code": " x"}, "bad_code /code"),
        ({"name": {"en": "x" * 201}}, "too_long /name/en"),
        ({"label": {"en": "x", "zh": "\x00"}}, "bad_text /label/zh"),
        ({"currency": "XYZ"}, "unknown_currency /currency"),
        ({"kind": "node", "scope": "n9"}, "unknown_node /scope"),
        ({"kind": "channel", "scope": "fax"}, "unknown_channel /scope"),
        ({"kind": "group"}, "bad_scope /scope"),
        ({"kind": "tier", "scope": " gold"}, "bad_scope /scope"),
        ({"scope": "everybody"}, "bad_scope /scope"),
        ({"kind": "region", "scope": "x" * 201}, "too_long /scope"),
        ({"valid_from": "1999-01-01T00:00:00Z"}, "bad_validity /valid_from"),
        ({"valid_until": "2100-01-01T00:00:00Z"}, "bad_validity /valid_until"),
        ({"valid_from": "2026-01-02T00:00:00Z", "valid_until": "2026-01-02T00:00:00Z"}, "bad_span /valid_until"),
        ({"priority": 1_000_001}, "bad_priority /priority"),
        ({"expected_revision": 3}, "revision_conflict /expected_revision"),
        ({"code": "g", "currency": "EUR"}, "price_list_fixed /currency"),
        ({"code": "g", "kind": "tier", "scope": "gold"}, "price_list_fixed /kind"),
        ({"code": "g", "tax_included": False}, "price_list_fixed /tax_included"),
    ],
)
async def test_lists(shop: PricedShop, more: dict[str, Any], refusal: str) -> None:
    assert await shop.do(lists.SAVE_PRICE_LIST, saved(**more)) == [refusal]


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (lists.SetListPrice("h", "a", 1), "unknown_price_list /price_list"),
        (lists.SetListPrice("\x00", "a", 1), "unknown_price_list /price_list"),
        (lists.SetListPrice("g", "z", 1), "unknown_sku /sku"),
        (lists.SetListPrice("g", "a", 1, currency="EUR"), "currency_mismatch /currency"),
        (lists.SetListPrice("g", "a", 1, from_quantity=0), "bad_break /from_quantity"),
        (lists.SetListPrice("g", "a", 1, from_quantity=QUANTITY_MAX + 1), "bad_break /from_quantity"),
        (lists.SetListPrice("g", "a", -1), "bad_amount /amount_minor"),
        (lists.SetListPrice("g", "a", AMOUNT_MINOR_MAX + 1), "bad_amount /amount_minor"),
        (lists.SetListPrice("g", "a", 1, derived="x" * 301), "too_long /derived"),
        (lists.SetListPrice("g", "a", 1, valid_from=datetime(1999, 1, 1, tzinfo=UTC)), "bad_validity /valid_from"),
        (lists.SetListPrice("g", "a", 1, valid_from=START, valid_until=START), "bad_span /valid_until"),
    ],
)
async def test_prices_of_lists(shop: PricedShop, command: lists.SetListPrice, refusal: str) -> None:
    good = lists.SetListPrice("g", "a", 5, valid_from=START)
    answers = await shop.do(lists.SET_LIST_PRICE, command, good, command)

    assert [answers[0], answers[2]] == [refusal] * 2
    assert await shop.found(shop.asked()) == [(5, "list:g")]


async def test_a_price_has_so_many_breaks_and_room_again_when_one_is_taken_away(shop: PricedShop) -> None:
    await shop.done(
        lists.SET_LIST_PRICE, *(lists.SetListPrice("g", "a", 100 - n, from_quantity=n + 1) for n in range(BREAKS_MAX))
    )
    more = lists.SetListPrice("g", "a", 1, from_quantity=99)
    assert await shop.do(lists.SET_LIST_PRICE, more) == ["too_many_breaks /from_quantity"]
    await shop.done(lists.SET_LIST_PRICE, lists.SetListPrice("g", "a", None, from_quantity=2))
    await shop.done(lists.SET_LIST_PRICE, more)


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"rate_millionths": 1_000_001}, "bad_rate /rate_millionths"),
        ({"rate_millionths": -1}, "bad_rate /rate_millionths"),
        ({"country": "cn"}, "bad_place /country"),
        ({"country": "CHN"}, "bad_place /country"),
        ({"region": "Hainan"}, "bad_place /country"),
        ({"name": "x" * 201}, "too_long /name"),
        ({"category": "\x00"}, "bad_text /category"),
        ({"valid_from": START, "valid_until": START - DAY}, "bad_span /valid_until"),
    ],
)
async def test_rates(shop: PricedShop, more: dict[str, Any], refusal: str) -> None:
    command = msgspec.structs.replace(lists.SetTaxRate("VAT", 130_000), **more)
    assert await shop.do(lists.SET_TAX_RATE, command) == [refusal]


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (lists.SetPriceGuard("floor", "z", "CNY", 1), "unknown_sku /sku"),
        (lists.SetPriceGuard("cost", "a", "XYZ", 1), "unknown_currency /currency"),
        (lists.SetPriceGuard("cost", "a", "CNY", -1), "bad_amount /amount_minor"),
        (lists.SetPriceGuard("cost", "a", "CNY", 1, START, START), "bad_span /valid_until"),
    ],
)
async def test_guards(shop: PricedShop, command: lists.SetPriceGuard, refusal: str) -> None:
    assert await shop.do(lists.SET_PRICE_GUARD, command) == [refusal]


def rule(**more: Any) -> markdown.SaveMarkdownRule:  # noqa: ANN401 - parts of a form
    form: dict[str, Any] = {
        "code": "old",
        "name": {"en": "Old"},
        "price_list": "g",
        "trigger": {"type": "stock_age", "steps": [{"from_days": 30, "percent": "-20"}]},
    }
    expected = more.pop("expected_revision", msgspec.UNSET)
    return markdown.SaveMarkdownRule(msgspec.convert(form | more, markdown.MarkdownRule), expected)


_STEP = {"from_days": 1, "percent": "-1"}


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"price_list": "h"}, "unknown_price_list /rule/price_list"),
        ({"price_list": "vip"}, "price_list_not_public /rule/price_list"),
        ({"code": " "}, "bad_code /rule/code"),
        ({"expected_revision": 1}, "revision_conflict /expected_revision"),
        ({"of": {"lists": ["x"]}}, "bad_markdown_rule /rule/of/lists"),
        ({"trigger": {"type": "stock_age", "steps": []}}, "bad_markdown_rule /rule/trigger/steps"),
        ({"trigger": {"type": "stock_age", "steps": [_STEP, _STEP]}}, "bad_markdown_rule /rule/trigger/steps"),
        (
            {"trigger": {"type": "stock_age", "steps": [{"from_days": 1, "percent": "-101"}]}},
            "bad_markdown_rule /rule/trigger/steps/0",
        ),
        (
            {"trigger": {"type": "expiry", "steps": [{"days_left": -1, "percent": "-1"}]}},
            "bad_markdown_rule /rule/trigger/steps",
        ),
        (
            {"trigger": {"type": "stock_cover", "steps": [_STEP], "window_days": 0}},
            "bad_markdown_rule /rule/trigger/window_days",
        ),
        (
            {"trigger": {"type": "time_of_day", "percent": "-1", "from": "25:00", "until": "26:00"}},
            "bad_markdown_rule /rule/trigger/from",
        ),
        (
            {"trigger": {"type": "time_of_day", "percent": "-1", "from": "18:00", "until": "21:00", "weekdays": [0]}},
            "bad_markdown_rule /rule/trigger/weekdays",
        ),
        (
            {"trigger": {"type": "time_of_day", "percent": "-1", "from": "18:00", "until": "21:00", "zone": "Mars"}},
            "bad_markdown_rule /rule/trigger/zone",
        ),
        ({"trigger": {"type": "competitor", "hours_max": 0}}, "bad_markdown_rule /rule/trigger/hours_max"),
        ({"trigger": {"type": "competitor", "percent": "0.00001"}}, "bad_markdown_rule /rule/trigger/percent"),
        (
            {
                "trigger": {
                    "type": "planned",
                    "steps": [{"at": "2026-02-01T00:00:00Z", "percent": "-1"}],
                    "end": "2026-01-01T00:00:00Z",
                }
            },
            "bad_markdown_rule /rule/trigger/end",
        ),
        ({"bounds": {"percent_max_per_day": "100.5"}}, "bad_markdown_rule /rule/bounds/percent_max_per_day"),
        ({"bounds": {"margin_percent_min": "100"}}, "bad_markdown_rule /rule/bounds/margin_percent_min"),
        ({"bounds": {"endings": ["9x"]}}, "bad_markdown_rule /rule/bounds/endings"),
        ({"bounds": {"change_minor_min": 0}}, "bad_markdown_rule /rule/bounds/change_minor_min"),
    ],
)
async def test_rules(shop: PricedShop, more: dict[str, Any], refusal: str) -> None:
    await shop.save_list("vip", "group", "vip")
    assert await shop.do(markdown.SAVE_MARKDOWN_RULE, rule(**more)) == [refusal]


async def test_a_rule_keeps_its_list_and_counts_its_revisions(shop: PricedShop) -> None:
    await shop.save_list("other")
    (first,) = await shop.done(markdown.SAVE_MARKDOWN_RULE, rule())
    same, changed = await shop.done(markdown.SAVE_MARKDOWN_RULE, rule(), rule(priority=3))

    assert (first.revision, same.changed, changed.revision) == (1, False, 2)
    assert await shop.do(markdown.SAVE_MARKDOWN_RULE, rule(price_list="other")) == [
        "markdown_rule_list_fixed /rule/price_list"
    ]


_CHANGE = markdown.PriceChange("a", 5)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (markdown.ProposePriceBatch(), "no_changes /changes"),
        (markdown.ProposePriceBatch("g"), "no_changes /changes"),
        (markdown.ProposePriceBatch("g", (_CHANGE,), "old"), "no_changes /changes"),
        (markdown.ProposePriceBatch(rule="x"), "unknown_markdown_rule /rule"),
        (markdown.ProposePriceBatch("h", (_CHANGE,)), "unknown_price_list /price_list"),
        (markdown.ProposePriceBatch("g", (_CHANGE, _CHANGE)), "sku_twice_in_batch /changes/1/sku"),
        (markdown.ProposePriceBatch("g", (markdown.PriceChange("z", 5),)), "unknown_sku /changes/0/sku"),
        (markdown.ProposePriceBatch("g", (markdown.PriceChange("a", -5),)), "bad_amount /changes/0/amount_minor"),
        (markdown.ProposePriceBatch("g", (markdown.PriceChange("a", 5, START),)), "bad_span /valid_until"),
        (markdown.ProposePriceBatch("g", (_CHANGE,), note="\x00"), "bad_text /note"),
    ],
)
async def test_batches(shop: PricedShop, command: markdown.ProposePriceBatch, refusal: str) -> None:
    assert await shop.do(markdown.PROPOSE_PRICE_BATCH, command) == [refusal]


async def test_a_batch_is_decided_once_by_a_second_person_and_as_it_was_seen(shop: PricedShop) -> None:
    propose, decide = markdown.PROPOSE_PRICE_BATCH, markdown.DECIDE_PRICE_BATCH
    first, second = await shop.done(
        propose, *(markdown.ProposePriceBatch("g", (markdown.PriceChange("a", amount),)) for amount in (5, 6))
    )
    yes, no = markdown.DecidePriceBatch(first.id, approve=True), markdown.DecidePriceBatch(first.id, approve=False)

    assert await shop.do(decide, yes) == ["own_price_batch /batch"]
    assert await shop.do(decide, markdown.DecidePriceBatch(1, approve=True), actor=8) == ["unknown_price_batch /batch"]
    (done, again) = await shop.do(decide, yes, no, actor=8)
    assert (done.state, again) == ("in_force", "price_batch_decided /batch")
    other = markdown.DecidePriceBatch(second.id, approve=True)
    assert await shop.do(decide, other, actor=8) == ["price_batch_stale /batch"]
    (taken_back,) = await shop.do(decide, markdown.DecidePriceBatch(second.id, approve=False))
    assert taken_back.state == "declined"


async def test_what_ended_meanwhile_cannot_be_approved(shop: PricedShop) -> None:
    soon = datetime.now(UTC) + DAY / 86400
    (made,) = await shop.done(
        markdown.PROPOSE_PRICE_BATCH, markdown.ProposePriceBatch("g", (markdown.PriceChange("a", 5, soon),))
    )
    async with shop.database.transaction() as connection:
        await connection.execute("select pg_sleep(1.1)")
    answer = await shop.do(markdown.DECIDE_PRICE_BATCH, markdown.DecidePriceBatch(made.id, approve=True), actor=8)
    assert answer == ["price_batch_over /batch"]


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"sku": "z"}, "unknown_sku /sku"),
        ({"competitor": " "}, "bad_code /competitor"),
        ({"currency": "XYZ"}, "unknown_currency /currency"),
        ({"amount_minor": -1}, "bad_amount /amount_minor"),
        ({"source": "x" * 301}, "too_long /source"),
        ({"observed_at": datetime(2099, 1, 1, tzinfo=UTC)}, "future_observation /observed_at"),
    ],
)
async def test_competitors(shop: PricedShop, more: dict[str, Any], refusal: str) -> None:
    command = msgspec.structs.replace(markdown.RecordCompetitorPrice("a", "Other", "CNY", 5), **more)
    assert await shop.do(markdown.RECORD_COMPETITOR_PRICE, command) == [refusal]


def test_percentages_are_decimals() -> None:
    assert rule().rule.bounds.approval_above_percent == Decimal(0)

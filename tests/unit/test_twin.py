"""The twin counts what the quote function answers, and nothing else; slices add up in any order."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from mainstem.analytics import twin
from mainstem.domains import pricing

pytestmark = pytest.mark.unit

form = pricing.form
BEGIN = datetime(2026, 3, 2, 10, tzinfo=UTC)
GOODS = [
    pricing.quoting.Goods(i, sku, sku, category, "", {})
    for i, (sku, category) in enumerate([("TEA", "drinks"), ("CAKE", "food")])
]
COLUMNS = [name for name, _ in twin.LINE_COLUMNS]


def line(basket: int, goods: int, quantity: int, charged: int, customer: int = 1, day: int = 0) -> tuple[object, ...]:
    moment = int((BEGIN + timedelta(days=day)).timestamp() * 1_000_000)
    return (basket, moment, 0, 0, goods, customer, quantity, 1, 1000, 400, charged, "", 0)


def lay(folder: Path, *slices: list[tuple[object, ...]], stock: list[tuple[int, int, int]] | None = None) -> None:
    writer = twin.SpanWriter(folder)
    for lines in slices:
        writer.slice(pa.table(dict(zip(COLUMNS, map(list, zip(*lines, strict=True)), strict=True))))
    writer.close(
        twin.World("made", "EUR", [twin.Through("web", "web")], [twin.Place("S1", "", "UTC")], GOODS, [""], stock)
    )


def promotion(code: str, reward: pricing.form.Reward, **more: object) -> pricing.form.Promotion:
    return form.Promotion(code=code, name=form.Text(code), reward=reward, **more)  # type: ignore[arg-type]


TEA, DRINKS = form.Selector(skus=("TEA",)), form.Selector(categories=("drinks",))
HALF = promotion("half", form.Percent(Decimal(50), TEA), stacking=form.Stacking(group="g"))
TENTH = promotion("tenth", form.Percent(Decimal(10), DRINKS), stacking=form.Stacking(group="g"))


def tried(folder: Path, **draft: object) -> twin.TwinResult:
    return twin.replay(folder, twin.Draft(**draft), lambda _done, _total: None, processes=1)  # type: ignore[arg-type]


def test_without_a_draft_goods_cost_their_price(tmp_path: Path) -> None:
    lay(tmp_path, [line(1, 0, 2, 2000), line(1, 1, 1, 1000), line(2, 0, 1, 900)])

    result = tried(tmp_path)

    assert (result.reproduced_lines, result.reasons) == (2, {"changed": 1})
    assert (result.customers_harmed, result.harmed_minor) == (1, 100)
    assert (result.total.margin_minor, result.behaviour) == (4000 - 1600, "none")


def test_what_one_promotion_takes_from_another_is_told(tmp_path: Path) -> None:
    lay(tmp_path, [line(1, 0, 1, 1000), line(2, 0, 2, 2000, customer=2, day=1)])

    result = tried(tmp_path, promotions=(HALF, TENTH))

    (conflict,) = result.conflicts
    assert (conflict.excluded, conflict.by, conflict.baskets, conflict.measured) == ("tenth", "half", 2, 2)
    assert conflict.cost_minor == 100 + 200
    assert result.burn_minor == {"2026-03-02": {"half": 500}, "2026-03-03": {"half": 1000}}
    assert (result.customers_gained, result.gained_minor) == (2, 1500)


def test_every_basket_costs_what_the_quote_function_says(tmp_path: Path) -> None:
    lay(tmp_path, [line(1, 0, 3, 0), line(1, 1, 2, 0)])
    buy = promotion("b", form.BuyGet(TEA, 2, form.ALL_GOODS, 1, form.Cut(percent=Decimal(100))))
    basket = pricing.quoting.Basket(
        BEGIN,
        BEGIN,
        "web",
        "web",
        "EUR",
        (pricing.quoting.Priced(0, GOODS[0], 3, 1, 1000), pricing.quoting.Priced(1, GOODS[1], 2, 1, 1000)),
        "S1",
        customer=pricing.quoting.Customer(1, member=True),
    )

    result = tried(tmp_path, promotions=(buy, HALF))

    quoted = pricing.engine.quote(basket, pricing.engine.compile_book((buy, HALF)))
    assert result.total.quoted_minor == quoted.total_minor
    assert {one.code: one.amount_minor for one in result.promotions} == {
        one.code: one.amount_minor for one in quoted.applied
    }


def test_budgets_go_and_stock_runs_out_on_a_day(tmp_path: Path) -> None:
    lay(tmp_path, [line(1, 0, 1, 1000)], [line(2, 0, 1, 1000, day=1)], stock=[(0, 0, 3)])
    limited = promotion("half", form.Percent(Decimal(50), TEA), limits=form.Limits(budget_minor=900))

    result = tried(tmp_path, promotions=(limited,), elasticity=-1.0)

    assert result.budgets_gone == {"half": "2026-03-03"}
    (out,) = result.run_outs
    assert (out.sku, out.available, out.wanted, out.day) == ("TEA", 3, 4.0, "2026-03-03")
    assert result.total.expected_minor == 2 * result.total.quoted_minor
    assert result.behaviour == "constant elasticity -1"


def test_prices_of_a_draft_are_laid_over_history(tmp_path: Path) -> None:
    lay(tmp_path, [line(1, 0, 1, 1000), line(1, 1, 1, 1000)])

    result = tried(tmp_path, prices=(twin.PriceDraft(TEA, percent=Decimal("-12.5")), twin.PriceDraft(TEA, 1)))

    assert result.total.quoted_minor == 875 + 1000


def test_slices_and_processes_change_nothing(tmp_path: Path) -> None:
    lines = [line(basket, basket % 2, 1 + basket % 3, 1000, customer=basket % 5, day=basket) for basket in range(20)]
    results = []
    for name, slices, processes in (("one", [lines], 1), ("two", [lines[:7], lines[7:]], 2)):
        folder = tmp_path / name
        folder.mkdir()
        lay(folder, *slices)
        told: list[tuple[int, int]] = []
        draft = twin.Draft(promotions=(HALF, TENTH))
        results.append(twin.replay(folder, draft, lambda *step, told=told: told.append(step), processes))
        assert told[-1] == (len(slices), len(slices))

    one, two = results
    assert one.total == two.total
    assert (one.promotions, one.conflicts, one.days) == (two.promotions, two.conflicts, two.days)


@pytest.mark.parametrize("wrong", [{"elasticity": 1.0}, {"cost_share": 1.5}])
def test_assumptions_that_are_none_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between"):
        twin.Draft(**wrong)  # type: ignore[arg-type]

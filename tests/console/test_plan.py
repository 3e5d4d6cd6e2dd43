"""The plan of sales: a month beside what was sold, setting it, two who change it, and the overview."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from mainstem.console.overview.reading import Reader
from mainstem.domains import orders
from mainstem.kernel.moments import day_bounds, local_day
from tests.console.admin_forms import hidden
from tests.console.conftest import Place
from tests.console.test_overview import part, text

pytestmark = pytest.mark.anyio

ZONE = "Asia/Shanghai"
FEBRUARY = "/plan/month?month=2027-02&currency=CNY"


async def sold(place: Place, days_ago: int, amount: int, node: str = "S1") -> date:
    """A till sale some days ago; the day it was there."""
    today = local_day(datetime.now(UTC), ZONE)
    start, _ = day_bounds(today - timedelta(days=days_ago), ZONE)
    line = {"sku": "K1", "quantity": 1, "amount_minor": amount}
    sale = {"channel": "till", "node": node, "external_id": f"{node}-{days_ago}-{amount}", "lines": [line]}
    await place.api("POST", "/v1/sales", {**sale, "occurred_at": start.isoformat()})
    return today - timedelta(days=days_ago)


async def plan(
    place: Place, day: date, amount: int | None, node: str | None = None, channel: str | None = None
) -> None:
    """Plan a day."""
    operation = orders.SET_SALES_PLAN
    command = orders.SetSalesPlan("CNY", (orders.PlannedDay(day, amount),), node, channel)
    outcome = await place.services.batcher(operation).submit(operation.call(command, f"{day}{amount}{node}{channel}"))
    assert outcome.accepted, outcome.body


def typed(page: str) -> dict[str, str]:
    """What the fields of the days hold."""
    return {
        name: unescape(value) for name, value in re.findall(r'name="day_([0-9-]+)" value="([^"]*)"', page)
    }  # fmt: skip


async def post(client: Any, where: str, action: str, page: str = "", **fields: str) -> Any:  # noqa: ANN401 - a client
    """What a form answers, of the page as it is now or as it was seen."""
    page = page or (await client.get(where)).text
    return await client.post(f"/plan/month/{action}", data=hidden(page, f"/plan/month/{action}") | fields)


async def test_a_months_amount_is_spread_by_the_weekdays_of_the_weeks_before(place: Place) -> None:
    # The same weekday a week and two weeks ago sold 300 in all, the next one 100.
    for days_ago, amount in ((7, 100), (14, 200), (6, 100)):
        await sold(place, days_ago, amount)
    await sold(place, 0, 5000)
    await sold(place, 7 * 8 + 1, 7000)
    manager = await place.visitor()
    answer = await post(manager, FEBRUARY, "spread", amount="1000.01")
    assert (answer.status_code, answer.headers["location"]) == (303, "/plan/month?month=2027-02&currency=CNY")
    page = (await manager.get(FEBRUARY)).text
    heavy = local_day(datetime.now(UTC), ZONE).isoweekday()
    amounts = {date.fromisoformat(day): round(float(value) * 100) for day, value in typed(page).items()}
    assert len(amounts) == 28
    assert sum(amounts.values()) == 100001
    by_weekday = [0] * 8
    for day, amount in amounts.items():
        by_weekday[day.isoweekday()] += amount
    assert by_weekday[heavy] in range(75000, 75003)
    assert by_weekday[heavy % 7 + 1] in range(24999, 25003)
    assert sum(1 for amount in by_weekday if amount) == 2
    assert "in the last 8 weeks" in text(page)


async def test_without_sales_all_days_weigh_the_same_and_the_page_says_so(place: Place) -> None:
    manager = await place.visitor()
    answer = await post(manager, FEBRUARY, "spread", amount="280.01")
    assert "All days weigh the same" in (await manager.get(answer.headers["location"])).text
    assert sorted(typed((await manager.get(FEBRUARY)).text).values()) == ["10.00"] * 27 + ["10.01"]


async def test_single_days_are_corrected_and_taken_away(place: Place) -> None:
    manager = await place.visitor()
    await post(manager, FEBRUARY, "spread", amount="280")
    fields = {"day_2027-02-03": "1,234.5", "day_2027-02-04": ""}
    page = (await manager.get(FEBRUARY)).text
    unchanged = {f"day_{day}": value for day, value in typed(page).items()}
    answer = await post(manager, FEBRUARY, "days", page, **(unchanged | fields))
    assert answer.status_code == 303
    now = typed((await manager.get(FEBRUARY)).text)
    assert (now["2027-02-02"], now["2027-02-03"], now["2027-02-04"]) == ("10.00", "1234.50", "")
    again = await post(manager, FEBRUARY, "days", page, **(unchanged | fields))
    assert again.status_code == 303, "sent twice it is done once"


@pytest.mark.parametrize("wrong", ["twelve", "-1", "0.001", "1e40", "\uff11\uff12", "99999999999999999"])
async def test_what_is_no_amount_is_said_beside_its_field_and_kept(place: Place, wrong: str) -> None:
    manager = await place.visitor()
    answer = await post(manager, FEBRUARY, "spread", amount=wrong)
    assert answer.status_code == 422
    assert f'value="{wrong}"' in answer.text
    assert "is not an amount" in answer.text
    answer = await post(manager, FEBRUARY, "days", **{"day_2027-02-05": wrong, "day_2027-02-06": "7"})
    assert answer.status_code == 422
    assert (typed(answer.text)["2027-02-05"], typed(answer.text)["2027-02-06"]) == (wrong, "7")
    assert re.search(r'is-invalid" name="day_2027-02-05"', answer.text)
    assert set(typed((await manager.get(FEBRUARY)).text).values()) == {""}


async def test_two_who_change_one_plan_do_not_overwrite_each_other_unseen(place: Place) -> None:
    one, other = await place.visitor(), await place.visitor("administrator")
    seen = (await one.get(FEBRUARY)).text
    await post(other, FEBRUARY, "days", **{"day_2027-02-05": "500"})
    for action, fields in (("days", {"day_2027-02-05": "800", "day_2027-02-09": "1"}), ("spread", {"amount": "9999"})):
        answer = await post(one, FEBRUARY, action, seen, **fields)
        assert answer.status_code == 409
        assert "The plan of 2027-02-05 has changed meanwhile: it is CNY 500.00 now, not –." in text(answer.text)
        assert "now CN¥500.00" in text(answer.text)
        assert all(f'value="{value}"' in answer.text for value in fields.values())
    assert typed((await one.get(FEBRUARY)).text)["2027-02-05"] == "500.00"
    # Having seen it, he may decide again; and what others do to other days is no contradiction.
    refused = await post(one, FEBRUARY, "days", seen, **{"day_2027-02-05": "800", "key": "another"})
    await post(other, FEBRUARY, "days", **{"day_2027-02-05": "500", "day_2027-02-20": "3"})
    assert (await post(one, FEBRUARY, "days", refused.text, **{"day_2027-02-05": "800"})).status_code == 303
    now = typed((await one.get(FEBRUARY)).text)
    assert (now["2027-02-05"], now["2027-02-20"]) == ("800.00", "3.00")


async def test_a_plan_is_removed_after_being_asked_once(place: Place) -> None:
    manager = await place.visitor()
    assert "Remove this plan?" not in (await manager.get(f"{FEBRUARY}&remove=1")).text
    await post(manager, FEBRUARY, "spread", amount="280")
    answer = await post(manager, f"{FEBRUARY}&remove=1", "remove")
    assert answer.headers["location"] == "/plan?month=2027-02"
    assert "Nothing is planned for February 2027" in (await manager.get("/plan?month=2027-02")).text


async def test_the_month_stands_beside_what_was_sold(place: Place) -> None:
    today = await sold(place, 0, 2500, "S1")
    await sold(place, 0, 500, "S2")
    await place.api("POST", "/v1/orders", {"channel": "web", "node": "S2", "lines": [{"sku": "K2", "quantity": 2}]})
    await plan(place, today, 10_000)
    await plan(place, today, 8_000, "S1")
    await plan(place, today, 4_000, "S2")
    await plan(place, today, 4_000, channel="web")
    await plan(place, today, 1_000, "S2", "till")
    analyst = await place.visitor("analyst")
    page = (await analyst.get("/plan")).text
    shown = text(page)
    assert "The whole network CN¥100.00 CN¥34.00 34% CN¥66.00" in shown
    assert "S1 CN¥80.00 CN¥25.00 31% CN¥55.00 S2 CN¥40.00 CN¥9.00 22% CN¥31.00" in shown
    assert "All planned nodes CN¥120.00 CN¥34.00 28% CN¥86.00" in shown
    assert "Web CN¥40.00 CN¥4.00 10% CN¥36.00" in shown
    assert "S2 · Till CN¥10.00 CN¥5.00 50% CN¥5.00" in shown
    link = re.search(r'href="(/plan/month[^"]*node=S2&amp;channel=till[^"]*)"', page)
    assert link is not None
    one = (await analyst.get(unescape(link[1]))).text
    assert "CN¥10.00 CN¥5.00 50%" in text(one)


async def test_only_who_may_set_the_plan_is_offered_to(place: Place) -> None:
    analyst = await place.visitor("analyst")
    page = (await analyst.get(FEBRUARY)).text
    assert '<form method="post" action="/plan' not in page
    assert typed(page) == {}
    manager = await place.visitor()
    fields = hidden((await manager.get(FEBRUARY)).text, "/plan/month/spread") | {"amount": "5"}
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    assert csrf is not None
    answer = await analyst.post("/plan/month/spread", data=fields | {"csrf": csrf[1]})
    assert answer.status_code == 403
    agent = await place.visitor("service_agent")
    assert (await agent.get("/plan")).status_code == 403
    associate = await place.visitor("store_associate", "S1")
    assert (await associate.get("/plan")).status_code == 403


@pytest.mark.parametrize("query", ["node=NO", "channel=NO", "currency=NO", "node=%00"])
async def test_what_is_not_there_is_missing(place: Place, query: str) -> None:
    assert (await (await place.visitor()).get(f"/plan/month?{query}")).status_code == 404


async def test_another_month_than_a_month_is_this_one(place: Place) -> None:
    manager = await place.visitor()
    this = f"{local_day(datetime.now(UTC), ZONE):%B %Y}"
    for query in ("", "?month=2026-13", "?month=x"):
        assert f"Sales plan · {this}" in (await manager.get(f"/plan{query}")).text


async def test_the_overview_shows_the_plan_where_one_is_set(place: Place) -> None:
    today = await sold(place, 0, 2500, "S1")
    await sold(place, 0, 500, "S2")
    manager = await place.visitor()
    page = (await manager.get("/")).text
    assert "Plan" not in text(part(page, "trade") + part(page, "channels") + part(page, "nodes"))
    await plan(place, today, 20_000)
    await plan(place, today, 8_000, "S1")
    await plan(place, today, 3_001, channel="till")
    board_page = ""
    for _ in range(40):
        board_page = (await manager.get("/")).text
        if "Plan of the day" in board_page:
            break
        await asyncio.sleep(0.1)
    assert "Plan of the day CN¥200.00 15% reached" in text(part(board_page, "trade"))
    assert f'href="/plan?month={today:%Y-%m}"' in part(board_page, "trade")
    channels, nodes = text(part(board_page, "channels")), text(part(board_page, "nodes"))
    assert "Till CN¥30.00 – 99% of CN¥30.01 2" in channels, "what is not reached is not rounded up to it"
    assert "All channels CN¥30.00 – 15% of CN¥200.00 2" in channels
    assert "S1 CN¥25.00 – 31% of CN¥80.00 1" in nodes
    assert "S2 CN¥5.00 – 1 CN¥5.00" in nodes
    by_plan = (await manager.get("/?nodes_by=plan")).text
    assert 'aria-sort="descending"><a class="sort-link" href="/?nodes_by=plan#nodes"' in by_plan


async def test_a_look_knows_the_plan_of_the_day_that_it_shows(place: Place) -> None:
    yesterday = await sold(place, 1, 100)
    await plan(place, yesterday, 5)
    await plan(place, yesterday + timedelta(days=1), 6)
    reader = Reader(place.database)
    look = await reader.look(None)
    assert look.plan == {(None, None, "CNY"): 5}
    await plan(place, yesterday, 7)
    look = await reader.look(look)
    assert look.plan == {(None, None, "CNY"): 7}
    await sold(place, 0, 100)
    look = await reader.look(look)
    assert look.plan == {(None, None, "CNY"): 6}


async def test_the_pages_speak_chinese(place: Place) -> None:
    today = await sold(place, 0, 2500)
    await plan(place, today, 10_000)
    manager = await place.visitor(language="zh-CN")
    assert "全网络 ¥100.00 ¥25.00 25% ¥75.00" in text((await manager.get("/plan")).text)
    answer = await post(manager, FEBRUARY, "spread", amount="280")
    assert "各天按相同权重分摊" in (await manager.get(answer.headers["location"])).text
    assert "最近 8 周" in (await manager.get(FEBRUARY)).text

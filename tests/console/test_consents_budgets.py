"""Privacy budgets and purposes in the console."""

import json
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from mainstem.analytics.private_release import RELEASE_PRIVATELY, PrivateRelease
from tests.console.conftest import Place
from tests.console.consents_people import PAPER, consent, done, found, person, rights, sent
from tests.console.orders_forms import fields, told

pytestmark = pytest.mark.anyio

budgets = rights.budgets


async def release(place: Place, epsilon: float) -> None:
    now = datetime.now(UTC)
    month = now - timedelta(days=30)
    await done(
        place, RELEASE_PRIVATELY, PrivateRelease("orders", "channel", "customers", epsilon, since=month, until=now)
    )


async def test_what_is_spent_and_left_is_drawn_and_listed(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    empty = await officer.get("/privacy/budgets")
    assert "Nothing was released yet" in empty.text
    assert "Nothing was granted yet for: Orders" in told(empty)
    await done(place, budgets.GRANT_PRIVACY_BUDGET, budgets.GrantPrivacyBudget("orders", 5))
    await done(place, budgets.GRANT_PRIVACY_BUDGET, budgets.GrantPrivacyBudget("customers", 1, 0.000001))
    await release(place, 1.5)
    await release(place, 0.25)
    standing = await found(place, budgets.standing())
    assert [(one.dataset, one.epsilon_granted, one.epsilon_spent, one.epsilon_left) for one in standing] == [
        ("customers", 1, 0, 1),
        ("orders", 5, 1.75, 3.25),
    ]
    assert [one.delta_left for one in standing] == [0.000001, 0]
    left = {one.dataset: one.epsilon_left for one in await found(place, budgets.left())}
    assert left == {one.dataset: one.epsilon_left for one in standing}
    page = await officer.get("/privacy/budgets")
    option = json.loads(unescape(page.text.partition('data-chart="')[2].partition('"')[0]))
    assert [series["data"] for series in option["series"]] == [[3.25, 1], [1.75, 0]]
    assert "65% of what was granted" in told(page)
    assert page.text.count("Customers by channel") == 2
    assert page.text.count("Budget raised") == 2


async def test_the_list_goes_on_behind_its_first_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstem.console.consents.budgets.ROWS", 2)
    for epsilon in (1, 2, 3):
        await done(place, budgets.GRANT_PRIVACY_BUDGET, budgets.GrantPrivacyBudget("orders", epsilon))
    officer = await place.visitor("privacy_officer")
    page = await officer.get("/privacy/budgets")
    assert [f">+{one}</td>" in page.text for one in (3, 2, 1)] == [True, True, False]
    rest = await officer.get(page.text.partition('rel="next" href="')[2].partition('"')[0])
    assert [f">+{one}</td>" in rest.text for one in (3, 2, 1)] == [False, False, True]


async def test_a_budget_is_raised_once(place: Place) -> None:
    officer = await place.visitor("privacy_officer")
    path = "/privacy/budgets/grant"
    form = fields(await officer.get(path), path) | {"dataset": ["orders"], "epsilon": ["2"]}
    for _ in range(2):
        assert (await officer.post(path, data=form)).headers["location"] == "/privacy/budgets"
    assert [one.epsilon_left for one in await found(place, budgets.left())] == [2]
    for typed, says in (
        ({"dataset": "orders", "epsilon": "much"}, "cannot be used here"),
        ({"dataset": "orders", "epsilon": "-1"}, "cannot be used here"),
        ({"dataset": "orders", "epsilon": "nan"}, "cannot be used here"),
        ({"dataset": "fun", "epsilon": "1"}, "no dataset fun"),
    ):
        answer = await sent(officer, path, **typed)
        assert answer.status_code == 422
        assert says in told(answer)
        assert f'value="{typed["epsilon"]}"' in answer.text


async def test_who_exports_reads_budgets_and_who_handles_privacy_raises_them(place: Place) -> None:
    analyst = await place.visitor("analyst")
    page = await analyst.get("/privacy/budgets")
    assert page.status_code == 200
    assert "Raise a budget" not in page.text
    assert "/requests" not in page.text
    assert (await analyst.get("/privacy/budgets/grant")).status_code == 403
    assert (await (await place.visitor("service_agent")).get("/privacy/budgets")).status_code == 403


async def test_purposes_say_how_many_agree(place: Place) -> None:
    first, second = await person(place)
    await done(place, consent.GIVE_CONSENT, consent.GiveConsent(first, "marketing", consent.LATEST, PAPER))
    await done(place, consent.WITHDRAW_CONSENT, consent.WithdrawConsent(second, "marketing", PAPER, "sms"))
    await done(place, consent.GIVE_CONSENT, consent.GiveConsent(second, "analytics", consent.LATEST, PAPER))
    async with place.database.transaction() as connection:
        await connection.execute("update customers.consent_state set policy = '2019' where purpose = 'analytics'")
    said = told(await (await place.visitor("marketer")).get("/privacy/purposes"))
    assert "Every channel 1 0 0 Marketing Text message 0 1 0" in said
    assert "in which you are counted. Your consent The purpose 0 0 1" in said  # given to a policy that ended
    assert "2026-1" in said
    assert "2019 – Not declared any more 1" in said
    assert "counted now" in said
    assert (await (await place.visitor("analyst")).get("/privacy/purposes")).status_code == 403


async def test_many_statements_are_estimated_from_some_pages(place: Place) -> None:
    async with place.database.transaction() as connection:
        await connection.execute(
            "insert into customers.consent_state (record, purpose, channel, given, policy, occurred_at, consent)"
            " select n, 'analytics', '', n % 4 > 0, '2026-1', now(), n from generate_series(1, 40000) as n"
        )
        exact = await consent.statement_counts(connection)
        some = await consent.statement_counts(connection, pages=200)
    assert not exact.estimated
    assert {(one.given, one.records) for one in exact.counts} == {(True, 30000), (False, 10000)}
    assert some.estimated
    for one in some.counts:
        assert one.records == pytest.approx(30000 if one.given else 10000, rel=0.35)

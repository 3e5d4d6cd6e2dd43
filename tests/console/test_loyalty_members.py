"""Members in the console: whom the list finds, what the page of one says, what is done there, and by whom."""

import re

import pytest

from mainstem.domains import customers, loyalty
from mainstem.platform.query import ask
from tests.console.conftest import Place
from tests.console.loyalty_club import NAME, PHONE, club, done, form_at, member, members_of, person, sent, view
from tests.console.orders_forms import told

pytestmark = pytest.mark.anyio


async def test_members_are_found_and_stay_masked(place: Place) -> None:
    await club(place)
    customer, one = await member(place, phone=PHONE, points=860)
    _, other = await member(place, "李雪梅")
    client = await place.visitor("service_agent")
    code = (await view(place, one)).code

    for text, expected in (
        ("", [other, one]),
        (one, [one]),
        (f"{one[:4]} {one[4:8]} {one[8:]}", [one]),
        (code, [one]),
        (code[:-1] + "!", []),
        (PHONE, [one]),
        (NAME, [one]),
        (str(customer), [one]),
        ("nobody", []),
        ("\x00", []),
        ("9" * 12, []),
    ):
        assert members_of(await client.get("/members", params={"q": text})) == expected, text
    assert members_of(await client.get("/members?programme=club")) == [other, one]
    assert members_of(await client.get("/members?programme=none")) == []
    assert members_of(await client.get("/members?after=nonsense")) == [other, one]
    for path in ("/members", f"/members/{one}", f"/customers/{customer}/loyalty"):
        page = await client.get(path)
        assert page.status_code == 200
        assert NAME not in page.text
        assert PHONE not in page.text
    analyst = await place.visitor("analyst")
    page = await analyst.get(f"/members/{one}")
    assert f"Customer {customer}" in told(page)
    assert "••••0077" not in page.text
    assert members_of(await analyst.get("/members", params={"q": NAME})) == []
    assert (await client.get("/members/nothing")).status_code == 404


async def test_the_page_says_what_there_is_and_why(place: Place) -> None:
    await club(place)
    customer, one = await member(place, points=860)
    await done(place, loyalty.RECORD_ACTION, loyalty.RecordAction(one, "review", "P1"))
    await done(place, loyalty.REDEEM_REWARD, loyalty.RedeemReward(one, "tea"))
    client = await place.visitor()

    page = await client.get(f"/members/{one}")
    text = told(page)

    assert "Points that can be used 830 worth CN¥83.00" in text
    assert "Reward chosen Tea -50" in text
    assert "Action rewarded review:P1 +20" in text
    assert "Adjusted by hand opening balance" in text
    assert "1 × Gift" in text
    assert "CN¥500.00 are missing to Silver." in text
    assert page.text.count('data-chart="') == 1
    assert 'src="data:image/svg+xml' in page.text
    assert "style=" not in page.text
    tab = told(await client.get(f"/customers/{customer}/loyalty"))
    assert "Points that can be used 830" in tab
    shown = told(await client.get(f"/customers/{customer}/timeline?kind=points"))
    assert "Points earned 20 points" in shown
    assert "Became a member" in told(await client.get(f"/customers/{customer}/timeline?kind=membership"))


async def test_points_are_adjusted_once_and_much_needs_somebody_else(place: Place) -> None:
    await club(place)
    _, one = await member(place, points=100)
    clerk = await place.visitor("service_agent")
    path = f"/members/{one}/adjust"

    form = await form_at(clerk, path, way="give", points="50", reason="late delivery")
    for _ in range(2):
        assert (await clerk.post(path, data=form)).status_code == 303
    assert (await view(place, one)).available == 150
    for typed, words in (
        ({"points": "x", "reason": "because"}, "x points cannot be used here"),
        ({"points": "5", "reason": ""}, "An adjustment needs a reason."),
        ({"way": "take", "points": "1,151", "reason": "gone"}, ""),
        ({"way": "take", "points": "200", "reason": "gone"}, "200 points are wanted and 150 are there."),
    ):
        answer = await sent(clerk, path, **typed)
        if words:
            assert words in told(answer)
            assert typed["points"] in answer.text
        else:
            assert answer.status_code == 303
    manager = await place.visitor("operations_manager")
    assert (await sent(manager, path, points="5000", reason="goodwill")).status_code == 303
    assert (await view(place, one)).available == 150

    page = await manager.get("/adjustments")
    assert "Yours: somebody else approves it" in told(page)
    waiting = loyalty.adjustments("waiting", 5)
    async with place.database.snapshot() as connection:
        (rows,) = await ask(connection, waiting)
    number = next(row.id for row in rows if row.points > 0)
    own = await sent(manager, "/adjustments", f"/adjustments/{number}", decision="approve")
    assert own.status_code == 403
    assert "Nobody approves his own adjustment." in told(own)
    assert (await clerk.post(f"/adjustments/{number}", data={})).status_code == 403
    other = await place.visitor("operations_manager")
    form = await form_at(other, "/adjustments", f"/adjustments/{number}", decision="approve")
    for _ in range(2):
        assert (await other.post(f"/adjustments/{number}", data=form)).status_code == 303
    assert (await view(place, one)).available == 5150
    again = await other.post(f"/adjustments/{number}", data=form | {"key": ["another"]})
    assert again.status_code == 409


async def test_points_move_within_a_household_only(place: Place) -> None:
    await club(place)
    customer, one = await member(place, points=100)
    near, two = await member(place, "李雪梅")
    _, far = await member(place, "张三")
    together = customers.CorrectHousehold(customer, near, "together", "said at the counter")
    await done(place, customers.CORRECT_HOUSEHOLD, together)
    client = await place.visitor("marketer")
    path = f"/members/{one}/transfer"

    apart = await sent(client, path, other=far, points="10")
    assert apart.status_code == 409
    assert "neither one customer" in told(apart)
    form = await form_at(client, path, target=two, points="30")
    for _ in range(2):
        assert (await client.post(path, data=form)).status_code == 303
    assert [(await view(place, number)).available for number in (one, two)] == [70, 30]

    page = f"/members/{one}"
    assert (await sent(client, page, f"{page}/pool")).status_code == 303
    assert (await view(place, one)).pooled == 30
    assert "Others of the pool add 30" in told(await client.get(page))
    assert (await sent(client, page, f"{page}/pool/leave")).status_code == 303
    assert (await view(place, one)).pool is None


async def test_benefits_and_rewards(place: Place) -> None:
    await club(place)
    _, one = await member(place, points=60)
    client = await place.visitor("marketer")
    page = f"/members/{one}"

    wrong = await sent(client, page, f"{page}/benefits", benefit="lounge", period="summer", quantity="x")
    assert wrong.status_code == 422
    assert "x is not possible here." in told(wrong)
    assert (await sent(client, page, f"{page}/benefits", benefit="lounge", period="summer")).status_code == 303
    again = await sent(client, page, f"{page}/benefits", benefit="lounge", period="summer")
    assert "granted for summer already" in told(again)
    form = await form_at(client, page, f"{page}/benefits/use")
    for _ in range(2):
        assert (await client.post(f"{page}/benefits/use", data=form)).status_code == 303
    assert (await view(place, one)).benefits == ()
    assert (await sent(client, page, f"{page}/rewards")).status_code == 303
    poor = await sent(client, page, f"{page}/rewards")
    assert "50 points are wanted and 10 are there." in told(poor)


async def test_a_customer_becomes_a_member_and_gets_credit(place: Place) -> None:
    await club(place)
    number = await person(place)
    client = await place.visitor("service_agent")
    path = f"/customers/{number}/loyalty"

    unknown = await sent(client, path, f"{path}/enrol", referred_by="123")
    assert "Nobody is member 123." in told(unknown)
    assert (await sent(client, path, f"{path}/enrol")).status_code == 303
    assert "Make a member" not in told(await client.get(path))
    short = await sent(client, f"{path}/credit", amount_minor="10", reason="jar", expires_on="2026-12-31")
    assert short.status_code == 422
    wrong = await sent(client, f"{path}/credit", amount_minor="0.001", reason="jar")
    assert "0.001 is not possible here." in told(wrong)
    form = await form_at(client, f"{path}/credit", amount_minor="12.50", reason="broken jar")
    for _ in range(2):
        assert (await client.post(f"{path}/credit", data=form)).status_code == 303
    assert len(re.findall(r'href="/gift-cards/\d+"', (await client.get(path)).text)) == 1
    shown = told(await client.get(f"/customers/{number}/timeline?kind=credit"))
    assert all(words in shown for words in ("Store credit given", "CN¥12.50", "broken jar"))
    marketer = await place.visitor("marketer")
    assert "Give store credit" not in told(await marketer.get(path))
    officer = await place.visitor("privacy_officer")
    assert (await officer.get(path)).status_code == 403
    assert path not in (await officer.get(f"/customers/{number}")).text

"""The pages of loyalty in Chinese, and what other rooms tell of it: every text is there, none is left in English."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import mainstem
from mainstem.console.admin import words as admin_words
from mainstem.console.customers import telling_loyalty
from mainstem.domains import customers, loyalty
from mainstem.platform.texts import translate
from mainstem.platform.texts.extract import extracted
from mainstem.processes.copy_customer import copy_customer
from mainstem.processes.erase_customer import ERASE_CUSTOMER
from tests.console.conftest import Place
from tests.console.consents_people import request as rights_request
from tests.console.loyalty_club import NAME, cards, club, done, member, person
from tests.console.orders_forms import told

pytestmark = pytest.mark.anyio

ROOM = Path(mainstem.__file__).parent / "console" / "loyalty"
NAMES = {"Mainstem", "API", "CSV", "English", "Asia", "Shanghai", "CNY", "CN", "PIN", "SKU", "administrator", "XXXX"}
"""Names of things, which have no Chinese; and those of the club of the tests."""

FORMS = {"lounge", "club", "spend", "review", "silver", "gold", "gift", "tea", "category", "Food", "Milk", "sku", "K"}


def test_every_text_is_translated() -> None:
    assert [text for text in extracted(ROOM) if translate(text, "zh") == text] == []


def test_every_event_has_words() -> None:
    told_of = {f"loyalty.{name}" for names in loyalty.EVENT_KINDS.values() for name in names}
    assert told_of == set(telling_loyalty.EVENTS)
    assert told_of <= set(admin_words.HAPPENED)
    assert {job.name for job in loyalty.JOBS} <= set(admin_words.JOB_NAMES)


async def test_no_page_has_english_left(place: Place) -> None:
    said = {"en": "x", "zh": "项"}
    rules = [{"code": "spend", "name": said, "gives": {"type": "amount", "points": 1, "per_minor": 100}}]
    benefits = [{"code": "lounge", "name": said}, {"code": "gift", "name": said}]
    tiers = {"steps": [{"code": "silver", "name": said, "at_least": 50_000, "grants": [{"benefit": "lounge"}]}]}
    rewards = [{"code": "tea", "name": said, "points": 5, "grant": {"benefit": "gift"}}]
    await club(place, rules=rules, benefits=benefits, tiers=tiers, rewards=rewards, pending_days=7)
    customer, one = await member(place, points=860)
    await done(place, loyalty.ADJUST_POINTS, loyalty.AdjustPoints(one, 5_000, "十月投诉"))
    await done(place, loyalty.REDEEM_REWARD, loyalty.RedeemReward(one, "tea"))
    card = (await cards(place))[0]["card"]
    await done(place, loyalty.ISSUE_CREDIT, loyalty.IssueCredit(customer, "CNY", 100, "CN", "破损"))
    client = await place.visitor("administrator", language="zh-CN")
    for path in (
        "/members",
        "/members?q=没有",
        f"/members/{one}",
        f"/members/{one}/adjust",
        f"/members/{one}/transfer",
        "/adjustments",
        "/programmes",
        "/programmes/club",
        "/programmes/new",
        "/gift-cards",
        "/gift-cards?last4=0000",
        f"/gift-cards/{card}",
        f"/gift-cards/{card}/freeze",
        "/gift-cards/issue",
        "/liability?measure=money",
        f"/customers/{customer}/loyalty",
        f"/customers/{customer}/loyalty/credit",
    ):
        page = await client.get(path)
        assert page.status_code == 200, path
        text = re.sub(r"<(code|datalist|select)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
        text = re.sub(r"<(\w+)[^>]* data-verbatim[^>]*>.*?</\1>", " ", text, flags=re.DOTALL)
        text = text[text.index("<main") :].replace("opening balance", "")
        words = set(re.findall(r"[A-Za-z]{2,}", told(type(page)(200, text=text))))
        assert words - NAMES - FORMS == set(), (path, words - NAMES - FORMS)


async def test_a_copy_of_his_data_holds_them_and_an_erasure_forgets_the_device(place: Place) -> None:
    await club(place)
    number = await person(place)
    enrolled = await done(place, loyalty.ENROL, loyalty.Enrol("club", number, device="phone of the counter"))
    await done(place, loyalty.ISSUE_CREDIT, loyalty.IssueCredit(number, "CNY", 100, "CN", "jar"))
    async with place.database.transaction() as connection:
        copy = await copy_customer(connection, place.database.vault, number, 1, "package", datetime.now(UTC))
    assert copy is not None
    assert [(one.member, one.code) for one in copy.memberships] == [(enrolled.member, "")]
    assert [one.balance_minor for one in copy.cards] == [100]

    async def devices() -> int:
        async with place.database.transaction() as connection:
            cursor = await connection.execute("select count(*) from loyalty.account where device is not null")
            return int((await cursor.fetchall())[0][0])

    assert await devices() == 1
    request = await rights_request(place, number, "erasure")
    await done(place, ERASE_CUSTOMER, customers.rights.EraseCustomer(request))
    assert await devices() == 0
    assert NAME not in (await (await place.visitor()).get(f"/customers/{number}/loyalty")).text

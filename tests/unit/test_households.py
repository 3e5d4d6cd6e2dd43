"""Households: who lives together by what is shared and what is said, followed through merges, splits and erasure."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from mainstem.domains import customers
from mainstem.domains.customers.household.contracts import CLOSURE_MAX, HOUSEHOLD_MAX, TieKind
from mainstem.domains.customers.household.derive import Person, Tie, Word, derive
from mainstem.platform.execution import Executor
from tests.unit.household_people import (
    HOME,
    asked,
    audit_households,
    correct,
    erase,
    follow,
    household,
    ids,
    members,
)
from tests.unit.identity_people import dump, events, identify, merge, phone, rows, run, split, told, use

pytestmark = pytest.mark.anyio
GIVEN = ("小明", "雪梅", "伟", "洋", "静", "建国", "丽华", "海涛", "春燕")
TABLES = ("household_key", "household_word")


async def homes(executor: Executor, *commands: customers.Identify) -> list[int]:
    """The customers that these statements make, followed."""
    found = ids(await identify(executor, *commands))
    await follow(executor)
    return found


async def test_who_shares_an_address_is_one_household_and_stays_two_customers(executor: Executor) -> None:
    one, two, other = await homes(
        executor,
        told("web", "a", name="王小明", **HOME),
        told("app", "b", name="李雪梅", street="上海市 延安中路９９８号３号楼 502", city="上海"),
        told("web", "c", name="王大明", street="延安中路998号3幢501室", city="上海市"),
    )

    found = await household(executor, two)

    assert (found.household, found.asked, found.customer, found.whole) == (one, two, two, True)
    assert [(member.customer, member.ties) for member in found.members] == [(one, ("address",)), (two, ("address",))]
    assert [(tie.kind, tie.customers) for tie in found.ties] == [("address", (one, two))]
    assert await members(executor, other) == [other]
    assert await rows(executor, "select count(distinct customer) from customers.source_record") == [(3,)]
    await audit_households(executor)


@pytest.mark.parametrize(
    ("mine", "yours", "together"),
    [
        (phone(1), phone(1, role="attribute"), True),
        (phone(1, role="attribute"), phone(1, role="attribute"), True),
        (use("email", "li@example.com", role="attribute"), use("email", "LI@example.com"), True),
        (use("payment_token", "tok_1", role="attribute"), use("payment_token", "tok_1", role="attribute"), True),
        (use("member_card", "88 01", "club"), use("member_card", "8801", "club", "attribute"), True),
        (use("member_card", "8801", "club"), use("member_card", "8801", "gym", "attribute"), False),
        (use("device", "device-1-0123456789", role="attribute"), use("device", "device-1-0123456789"), False),
        (phone(1), phone(2, role="attribute"), False),
        (use("phone", "13800000000", role="attribute"), use("phone", "13800000000", role="attribute"), False),
    ],
)
async def test_what_is_shared_as_an_attribute_makes_a_household(
    executor: Executor, mine: customers.Identifier, yours: customers.Identifier, *, together: bool
) -> None:
    one, two = await homes(executor, told("web", "a", mine), told("web", "b", yours))

    assert one != two
    assert await members(executor, one) == ([one, two] if together else [one])


async def test_a_number_that_two_own_has_changed_hands_and_says_nothing_of_a_third(executor: Executor) -> None:
    one, two, three = await homes(
        executor,
        told("app", "a", phone(1), use("unionid", "oAbcdefgh1234567890abcdefgh12")),
        told("app", "b", phone(1), use("unionid", "oZbcdefgh1234567890abcdefgh99"), at=300),
        told("web", "c", phone(1, role="attribute"), at=301),
    )

    assert [await members(executor, one) for one in (one, two, three)] == [[one], [two], [three]]


async def test_a_source_may_state_the_household(executor: Executor) -> None:
    one, two, other = await homes(
        executor,
        told("loyalty", "a", custom={"household": "H-1"}),
        told("loyalty", "b", custom={"household": " h-1 "}),
        told("crm", "c", custom={"household": "H-1"}),
    )

    assert await members(executor, one) == [one, two]
    assert await members(executor, other) == [other], "another source has its own numbers"


@pytest.mark.parametrize(("size", "together"), [(8, True), (9, False)])
async def test_a_block_of_flats_is_no_household(executor: Executor, size: int, *, together: bool) -> None:
    found = await homes(executor, *[told("web", f"r{n}", name=f"王{GIVEN[n]}", **HOME) for n in range(size)])

    assert len(found) == size
    assert await members(executor, found[0]) == (found if together else found[:1])


async def test_a_dormitory_is_no_household_and_a_family_of_as_many_is(executor: Executor) -> None:
    dormitory = ("王小明", "李雪梅", "张伟", "刘洋", "陈静")
    family = ("王小明", "李雪梅", "王伟", "王洋", "陈静")
    there: dict[str, Any] = {"street": "邯郸路220号6幢301室", "city": "上海市"}
    found = await homes(
        executor,
        *[told("web", f"d{n}", name=name, **there) for n, name in enumerate(dormitory)],
        *[told("web", f"f{n}", name=name, **HOME) for n, name in enumerate(family)],
    )

    assert await members(executor, found[0]) == found[:1]
    assert await members(executor, found[5]) == sorted(found[5:])


async def test_the_phone_of_a_shop_is_no_household(executor: Executor) -> None:
    found = await homes(executor, *[told(f"s{n}", "a", phone(1, role="attribute"), at=9 * n) for n in range(7)])

    assert await members(executor, found[0]) == found[:1]


async def test_what_moves_away_leaves(executor: Executor) -> None:
    one, two = await homes(executor, told("web", "a", at=1, **HOME), told("web", "b", at=1, **HOME))
    assert await members(executor, one) == [one, two]

    await homes(executor, told("web", "b", at=2, street="人民路12号", city="苏州市"))

    assert await members(executor, one) == [one]
    assert await rows(executor, "select count(*) from customers.household_key") == [(2,)]


async def test_a_merge_and_its_split_restore_the_household(executor: Executor) -> None:
    one, two, three = await homes(
        executor,
        told("web", "a", name="王小明", **HOME),
        told("web", "b", phone(2, role="attribute")),
        told("web", "c", phone(2)),
    )
    before = await dump(executor, TABLES), [await household(executor, each) for each in (one, two, three)]

    assert await merge(executor, one, two) == (one,)
    await follow(executor)
    assert await members(executor, two) == [one, three]
    assert await split(executor, one, two) == (one, two)
    await follow(executor)

    assert (await dump(executor, TABLES), [await household(executor, each) for each in (one, two, three)]) == before


async def test_what_a_person_says_counts_and_can_be_taken_back(executor: Executor) -> None:
    one, two, three = await homes(executor, told("web", "a", **HOME), told("web", "b", **HOME), told("web", "c"))

    assert await correct(executor, one, two, "apart") == (one, two)
    assert await correct(executor, two, three, "together", "his wife") == (two,)

    assert await members(executor, one) == [one]
    assert await members(executor, three) == [two, three]
    assert [(said.customer, said.other, said.answer) for said in (await household(executor, two)).said] == [
        (two, one, "apart"),
        (two, three, "together"),
    ]
    assert await correct(executor, one, three, "together") == "household_contradiction"
    assert await correct(executor, one, two, "unsaid") == (one,)
    assert await members(executor, one) == [one, two, three]
    told_of = await events(executor, "household_corrected")
    assert [(said["answer"], said["reason"]) for said in told_of] == [
        ("apart", "she said so"),
        ("together", "his wife"),
        ("unsaid", "she said so"),
    ]
    assert await rows(executor, "select distinct actor from customers.household_word") == [(7,)]
    await audit_households(executor)


async def test_what_is_said_again_changes_nothing(executor: Executor) -> None:
    one, two = await homes(executor, told("web", "a"), told("web", "b"))

    for _ in range(2):
        assert await correct(executor, one, two, "together") == (one,)
        assert await correct(executor, two, one, "together") == (one,)

    assert len(await events(executor, "household_corrected")) == 1
    assert await rows(executor, "select count(*) from customers.household_word") == [(1,)]


async def test_what_was_said_of_an_absorbed_customer_goes_with_him(executor: Executor) -> None:
    one, two, three = await homes(executor, told("web", "a"), told("web", "b"), told("web", "c"))
    await correct(executor, two, three, "together")

    await merge(executor, one, two)
    assert await members(executor, three) == [one, three]
    await merge(executor, one, three)
    assert await members(executor, one) == [one], "one person is no household of two"
    await split(executor, one, two, three)

    assert [await members(executor, each) for each in (one, two, three)] == [[one], [two, three], [two, three]]


async def test_a_household_has_a_size(executor: Executor) -> None:
    found = await homes(executor, *[told("web", f"r{n}") for n in range(HOUSEHOLD_MAX + 1)])

    answers = [await correct(executor, found[0], other, "together") for other in found[1:]]

    assert answers == [(found[0],)] * (HOUSEHOLD_MAX - 1) + ["household_too_large"]
    assert await members(executor, found[-2]) == found[:-1]


async def test_more_than_is_looked_at_is_no_household(executor: Executor) -> None:
    """A chain: each shares a number with the next, and nobody with many."""
    chain = [
        told(f"s{n % 9}", f"r{n}", phone(n, role="attribute"), phone(n + 1, role="attribute"), at=n % 300)
        for n in range(CLOSURE_MAX + 1)
    ]
    found = ids(await identify(executor, *chain))
    for number in (found[0], found[100], found[-1]):
        one = await household(executor, number)
        assert (len(one.members), one.whole) == (1, False)
    assert await correct(executor, found[0], found[9], "together") == "household_too_large"


@pytest.mark.parametrize(
    ("other", "reason", "code"),
    [
        (1, "x", "not_found"),
        (None, "x", "same_customer"),
        (0, " ", "household_reason_needed"),
        (0, "x" * 201, "too_long"),
    ],
)
async def test_corrections_that_cannot_be_are_refused(
    executor: Executor, other: int | None, reason: str, code: str
) -> None:
    one, two = await homes(executor, told("web", "a"), told("web", "b"))

    assert await correct(executor, one, {None: one, 0: two}.get(other, 1), "apart", reason) == code


async def test_an_erased_person_is_of_no_household_and_nothing_is_kept(executor: Executor) -> None:
    one, two, three = await homes(executor, told("web", "a", **HOME), told("web", "b", **HOME), told("web", "c"))
    await correct(executor, two, three, "together")
    assert await members(executor, one) == [one, two, three]

    await erase(executor, two)

    for _ in range(2):
        assert [await members(executor, each) for each in (one, two, three)] == [[one], [two], [three]]
        of_two = "select from customers.household_key where record = %s"
        assert await rows(executor, of_two, two) == []
        assert await rows(executor, "select from customers.household_word") == []
        await audit_households(executor)
        await follow(executor)
    assert await correct(executor, one, two, "together") == "person_erased"


async def test_who_is_restricted_is_alone_until_it_is_lifted(executor: Executor) -> None:
    rights = customers.rights
    one, two = await homes(executor, told("web", "a", **HOME), told("web", "b", **HOME))
    number = await asked(executor, two, "restriction")
    await run(executor, rights.ADVANCE_REQUEST, [rights.AdvanceRequest(number, "done")])

    assert [await members(executor, each) for each in (one, two)] == [[one], [two]]
    assert await correct(executor, one, two, "together") == "household_restricted"

    await run(executor, rights.LIFT_RESTRICTION, [rights.LiftRestriction(two)])
    assert await members(executor, one) == [one, two]


async def test_figures_are_added_up_by_currency(executor: Executor) -> None:
    one, two, three = await homes(executor, *[told("web", reference, **HOME) for reference in "abc"])
    for customer, currency, orders, spend in ((one, "CNY", 3, 900), (two, "CNY", 2, 50), (three, "EUR", 1, 7)):
        await rows(
            executor,
            "update customers.trait_value set currency = %s, orders_total = %s, orders_365d = 1, spend_total_minor = %s"
            " where customer = %s returning customer",
            currency, orders, spend, customer,
        )  # fmt: skip

    found = await household(executor, three)

    assert found.orders_total == 6
    assert [(sums.currency, sums.customers, sums.orders_total, sums.spend_total_minor) for sums in found.spend] == [
        ("CNY", 2, 5, 950),
        ("EUR", 1, 1, 7),
    ]


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ("stated", "member_card"),
        ("member_card", "payment_token"),
        ("payment_token", "address"),
        ("address", "phone"),
        ("address", "email"),
    ],
)
def test_the_stronger_tie_is_heard_first(stronger: TieKind, weaker: TieKind) -> None:
    """One who is tied to two whom a person keeps apart lives with him to whom he is tied more."""
    people = [Person(1, b"c"), Person(2, b"b"), Person(3, b"a")]
    ties = [Tie(weaker, frozenset({1, 3})), Tie(stronger, frozenset({1, 2}))]

    assert derive(people, ties, [Word(1, 2, 3, -1)]).household == {1: 1, 2: 1, 3: 3}


def test_of_ties_of_one_strength_keys_decide_and_not_ids() -> None:
    ties = [Tie("address", frozenset({1, 2})), Tie("address", frozenset({1, 3}))]
    apart = [Word(1, 2, 3, -1)]

    assert derive([Person(1, b"b"), Person(2, b"c"), Person(3, b"a")], ties, apart).household == {1: 1, 2: 2, 3: 1}
    assert derive([Person(1, b"b"), Person(2, b"a"), Person(3, b"c")], ties, apart).household == {1: 1, 2: 1, 3: 3}


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that is sent meanwhile."""
    sent: list[str] = []
    connection = psycopg.AsyncConnection
    real = connection.execute

    async def execute(self: psycopg.AsyncConnection[Any], query: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - psycopg's
        sent.append(str(query))
        return await real(self, query, *args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(connection, "execute", execute)
        yield sent


@pytest.mark.parametrize("size", [1, 60])
async def test_a_batch_costs_no_statement_and_following_it_one(
    executor: Executor, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    with counted(monkeypatch) as sent:
        await identify(
            executor, *[told("web", f"r{n}", name="王小明", street=f"人民路{n}号", city="苏州市") for n in range(size)]
        )
    assert sent
    assert not [sql for sql in sent if re.search("household", sql)]

    with counted(monkeypatch) as sent:
        await follow(executor)
    assert len([sql for sql in sent if "household" in sql]) == 1
    assert await rows(executor, "select count(*) from customers.household_key") == [(2 * size,)]


async def test_reading_asks_a_round_trip_a_step(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    one, *_ = await homes(executor, *[told("web", reference, **HOME) for reference in "abc"])

    with counted(monkeypatch) as sent:
        await household(executor, one)

    assert len([sql for sql in sent if "household" in sql]) == 2 * 3, "the customer, then those who live with him"

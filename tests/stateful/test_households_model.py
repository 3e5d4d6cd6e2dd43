"""Households against a model: whatever was told, merged, split, said and erased, in whatever order it came."""

from random import Random
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.domains import customers
from mainstem.domains.customers.household.derive import Person, Tie, Word, derive
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.household_model import Told, households
from tests.unit.household_people import audit_households, correct, erase, follow, household
from tests.unit.identity_people import identify, merge, rows, split, told, use
from tests.vaults import VAULT

pytestmark = [pytest.mark.stateful, pytest.mark.anyio]

PEOPLE = 9
OWNERS = 2
SCOPES = {"member_card": "club"}
TOWNS = ("上海市", "苏州市")
STREETS = ("延安中路998号", "人民路12号502室")
FAMILIES = ("王", "李", "")
SIGNS = {"together": 1, "apart": -1, "unsaid": 0}

Home = tuple[int, int] | None
People = list[tuple[Home, int, str, list[Told]]]

shared: st.SearchStrategy[Told] = st.one_of(
    st.tuples(st.just("phone"), st.sampled_from(("13910000001", "13910000002")), st.just("attribute")),
    st.tuples(st.just("payment_token"), st.sampled_from(("tok_1", "tok_2")), st.just("attribute")),
    st.tuples(st.just("email"), st.just("li@example.com"), st.just("attribute")),
    st.tuples(st.just("member_card"), st.just("8801"), st.just("attribute")),
)
persons = st.tuples(
    st.one_of(st.none(), st.tuples(st.integers(0, 1), st.integers(0, 1))),
    st.integers(0, 2),
    st.sampled_from(("", "", "H1", "H2")),
    st.lists(shared, max_size=2),
)
acts = st.tuples(
    st.sampled_from(("merge", "split", *SIGNS, "erase")), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)
)


def statement(number: int, person: tuple[Home, int, str, list[Told]]) -> customers.Identify:
    home, family, stated, things = person
    identifiers = [use(kind, value, SCOPES.get(kind, ""), role_of(number, kind)) for kind, value, _ in things]
    if number < OWNERS:
        identifiers.append(use("unionid", f"oAbcdefgh1234567890abcdefgh{number}0"))
    there: dict[str, Any] = {} if home is None else {"street": STREETS[home[0]], "city": TOWNS[home[1]]}
    custom = {"household": stated} if stated else {}
    return told("crm", f"r{number}", *identifiers, name=FAMILIES[family] + given_name(number), custom=custom, **there)


def role_of(number: int, kind: str) -> Literal["identity", "attribute"]:
    """Two people, who are different ones for sure, own the telephones they name; everybody else only shares."""
    return "identity" if number < OWNERS and kind == "phone" else "attribute"


def facts(number: int, person: tuple[Home, int, str, list[Told]]) -> set[Told]:
    """What a record shares, as the model knows it."""
    home, _, stated, things = person
    found: set[Told] = {(kind, value, role_of(number, kind)) for kind, value, _ in things}
    if home is not None:
        found.add(("address", str(home), ""))
    if stated:
        found.add(("stated", stated, ""))
    return found


async def agree(
    executor: Executor, said: dict[int, tuple[Home, int, str, list[Told]]], words: list[tuple[int, int, int]]
) -> None:
    """Every household is what the model says."""
    found = await rows(executor, "select id, customer, key from customers.source_record where erased_at is null")
    here = {record for record, _, _ in found}
    numbers = {record: number for number, record in enumerate(sorted(said))}
    # Who is called by his given name alone has its first letter for a family name.
    families = {r: FAMILIES[person[1]] or given_name(numbers[r])[0] for r, person in said.items()}
    wanted = households(
        {record: customer for record, customer, _ in found},
        {record: bytes(key) for record, _, key in found},
        {record: facts(numbers[record], person) for record, person in said.items() if record in here},
        families,
        [word for word in words if word[0] in here and word[1] in here],
    )
    for customer, group in wanted.items():
        view = await household(executor, customer)
        assert {one.customer for one in view.members} == group
        assert view.household == min(group)
    await audit_households(executor)


def given_name(number: int) -> str:
    """The given name of somebody."""
    return "小大老"[number % 3] + "明华强"[number // 3]


async def _empty(executor: Executor) -> None:
    async with executor.database.transaction() as connection:
        await connection.execute(
            "truncate customers.source_record, customers.statement, customers.subject_key, customers.identifier,"
            " customers.identifier_use, customers.block, customers.search_key, customers.assertion, customers.review,"
            " customers.household_key, customers.household_word, customers.trait_value, platform.idempotency,"
            " platform.event"
        )


@settings(max_examples=30)
@given(people=st.lists(persons, min_size=3, max_size=PEOPLE), done=st.lists(acts, max_size=8))
async def test_households_are_what_a_plain_model_says(
    database_url: str, people: People, done: list[tuple[str, int, int]]
) -> None:
    async with Database(database_url, pool_size=2, vault=VAULT) as database:
        executor = Executor(database)
        await _empty(executor)
        identified = await identify(executor, *[statement(n, person) for n, person in enumerate(people)])
        records = [one.record for one in identified]
        said = dict(zip(records, people, strict=True))
        words: list[tuple[int, int, int]] = []
        gone: set[int] = set()
        await follow(executor)
        await agree(executor, said, words)
        for verb, left, right in done:
            one, other = records[left % len(records)], records[right % len(records)]
            if one == other or gone & {one, other}:
                continue
            if verb == "merge":
                await merge(executor, one, other)
            elif verb == "split":
                await split(executor, one, other)
            elif verb == "erase":
                ((customer,),) = await rows(executor, "select customer from customers.source_record where id = %s", one)
                gone |= {
                    row[0]
                    for row in await rows(
                        executor, "select id from customers.source_record where customer = %s", customer
                    )
                }
                await erase(executor, one)
            else:
                # What was said before is not written again: then nothing was said later than something else.
                before = await rows(executor, "select count(*) from customers.household_word")
                await correct(executor, one, other, verb)  # type: ignore[arg-type] # one of the answers
                if before != await rows(executor, "select count(*) from customers.household_word"):
                    words.append((one, other, SIGNS[verb]))
            await follow(executor)
            await agree(executor, said, words)


@settings(max_examples=20)
@given(people=st.lists(persons, min_size=3, max_size=7), order=st.randoms(use_true_random=False))
async def test_the_order_of_arrival_does_not_matter(database_url: str, people: People, order: Random) -> None:
    found = []
    numbers = list(range(len(people)))
    async with Database(database_url, pool_size=2, vault=VAULT) as database:
        executor = Executor(database)
        for _ in range(2):
            await _empty(executor)
            for number in numbers:
                await identify(executor, statement(number, people[number]))
                if order.random() < 0.5:
                    await follow(executor)
            await follow(executor)
            keyed = {
                row[0]: bytes(row[1]) for row in await rows(executor, "select id, key from customers.source_record")
            }
            views = [await household(executor, number) for number in keyed]
            found.append({frozenset(keyed[one.customer] for one in view.members) for view in views})
            order.shuffle(numbers)
    assert found[0] == found[1]


customer_ids = st.integers(1, 16)
ties = st.builds(
    Tie,
    st.sampled_from(("address", "phone", "email", "member_card", "payment_token", "stated")),
    st.frozensets(customer_ids, min_size=2, max_size=9),
    st.frozensets(customer_ids, max_size=2),
)
said_words = st.builds(Word, st.integers(1, 10**6), customer_ids, customer_ids, st.integers(-1, 1))
crowds = st.lists(
    st.builds(Person, customer_ids, st.binary(min_size=4, max_size=4), st.frozensets(st.sampled_from((b"w", b"l")))),
    min_size=1, max_size=16, unique_by=(lambda one: one.id, lambda one: one.key),
)  # fmt: skip


@settings(max_examples=300)
@given(
    people=crowds,
    shared=st.lists(ties, max_size=6),
    words=st.lists(said_words, max_size=8, unique_by=lambda one: one.id),
    order=st.randoms(use_true_random=False),
    offset=st.integers(0, 1000),
)
def test_households_are_a_function_of_the_facts(
    people: list[Person],
    shared: list[Tie],
    words: list[Word],
    order: Random,
    offset: int,
) -> None:
    found = derive(people, shared, words)
    members = {one.id: frozenset(found.members(one.id)) for one in people}

    assert set(found.household) == {one.id for one in people}
    assert all(found.household[one] == min(group) and len(group) <= 12 for one, group in members.items())
    here = [word for word in words if {word.low, word.high} <= members.keys() and word.low != word.high]
    last = {frozenset((word.low, word.high)): word.sign for word in sorted(here, key=lambda word: word.id)}
    assert all(not pair <= members[min(pair)] for pair, sign in last.items() if sign < 0)

    for some in (people, shared, words):
        order.shuffle(some)
    renamed = derive(
        [Person(one.id + offset, one.key, one.families) for one in people],
        [
            Tie(t.kind, frozenset(one + offset for one in t.customers), frozenset(one + offset for one in t.owners))
            for t in shared
        ],
        [Word(word.id, word.high + offset, word.low + offset, word.sign) for word in words],
    )
    assert {one - offset: home - offset for one, home in renamed.household.items()} == found.household

"""What people say of who is who: reviews answered, merges undone, and whom it does not concern."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from mainstem.domains import customers
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.platform.query import ask
from mainstem.processes.erase_customer import ERASE_CUSTOMER
from tests.unit.identity_people import (
    audit,
    dump,
    events,
    identify,
    merge,
    partition,
    phone,
    rows,
    run,
    split,
    told,
    use,
)

pytestmark = [pytest.mark.spec, pytest.mark.anyio]

UNION = "oAbcdefgh1234567890abcdefgh{:02}"
LIKELY: dict[str, Any] = {"name": "王小明", "birth_date": "1990-01-02", "city": "上海市"}
MAIDEN: dict[str, Any] = {**LIKELY, "name": "李小明"}
"""With the former, likely one person's, and no more: somebody should look."""


def unionid(number: int) -> customers.Identifier:
    return use("unionid", UNION.format(number))


async def listed(executor: Executor, state: str = "open") -> list[customers.ReviewView]:
    async with executor.database.transaction() as connection:
        (found,) = await ask(connection, customers.reviews(state, 0, 200))
    return found


async def answer(executor: Executor, review: int, said: str, actor: int = 7) -> Any:  # noqa: ANN401 - a result
    (found,) = await run(executor, customers.ANSWER_REVIEW, [customers.AnswerReview(review, said)], actor)  # type: ignore[arg-type]
    return found


async def owner(executor: Executor, record: int) -> int:
    ((customer,),) = await rows(executor, "select customer from customers.source_record where id = %s", record)
    return int(customer)


async def asked(executor: Executor) -> tuple[int, int, customers.ReviewView]:
    """Two who may be one person, and the review that asks."""
    one, other = await identify(executor, told("web", "a", **LIKELY), told("pos", "b", **MAIDEN))
    (review,) = await listed(executor)
    assert {review.low, review.high} == {one.record, other.record}
    return one.record, other.record, review


async def test_an_accepted_review_makes_one_customer(executor: Executor) -> None:
    one, other, review = await asked(executor)

    joined = await answer(executor, review.id, "joined")

    assert joined.customers == (min(one, other),)
    assert await owner(executor, one) == await owner(executor, other)
    assert await listed(executor) == []
    (done,) = await listed(executor, "joined")
    assert (done.id, done.answered_by) == (review.id, 7)
    assert done.answered_at is not None
    assert await events(executor, "review_answered") == [{"low": review.low, "high": review.high, "answer": "joined"}]
    await audit(executor)


async def test_a_declined_review_keeps_them_apart_for_good(executor: Executor) -> None:
    one, other, review = await asked(executor)

    apart = await answer(executor, review.id, "kept_apart")

    assert set(apart.customers) == {one, other}
    assert await listed(executor) == []
    assert [done.id for done in await listed(executor, "kept_apart")] == [review.id]
    await identify(executor, told("web", "a", phone(1), at=2), told("pos", "b", phone(1), at=2))
    assert await owner(executor, one) != await owner(executor, other), "what a person said is the last word"
    assert await listed(executor) == [], "and nobody is asked again"
    await audit(executor)


async def test_a_review_is_answered_once(executor: Executor) -> None:
    _, _, review = await asked(executor)
    await answer(executor, review.id, "kept_apart")

    again = await answer(executor, review.id, "joined", actor=8)

    assert isinstance(again, Refusal)
    assert again.code == "review_answered"
    (done,) = await listed(executor, "kept_apart")
    assert done.answered_by == 7
    assert (await answer(executor, 1, "joined")).code == "not_found"


async def test_a_review_is_answered_once_within_a_batch(executor: Executor) -> None:
    one, other, review = await asked(executor)

    first, second = await run(
        executor,
        customers.ANSWER_REVIEW,
        [customers.AnswerReview(review.id, "joined"), customers.AnswerReview(review.id, "kept_apart")],
    )

    assert first.customers == (min(one, other),)
    assert second.code == "review_answered"
    assert len(await partition(executor)) == 1
    await audit(executor)


async def test_a_review_that_caps_forbid_is_not_joined_and_stays_open(executor: Executor) -> None:
    await identify(
        executor,
        told("app", "a", unionid(1), phone(1), name="王小明"),
        told("app", "b", unionid(2), phone(1), name="王小明"),
    )
    (review,) = await listed(executor)
    assert review.reason == "cap"

    refused = await answer(executor, review.id, "joined")

    assert refused.code == "contradicting_identifiers"
    assert [one.id for one in await listed(executor)] == [review.id]
    assert not isinstance(await answer(executor, review.id, "kept_apart"), Refusal)
    assert await listed(executor) == []
    await audit(executor)


async def test_a_joined_review_is_undone_by_a_split(executor: Executor) -> None:
    one, other, review = await asked(executor)
    before = await partition(executor)
    await answer(executor, review.id, "joined")

    assert not isinstance(await split(executor, one, other), str)

    assert await partition(executor) == before
    assert await listed(executor) == []
    await audit(executor)


async def erase(executor: Executor, customer: int) -> None:
    """What the law asks for, done."""
    rights = customers.rights
    wish = rights.OpenRequest(customer, "erasure", identity="in_person")
    (opened,) = await run(executor, rights.OPEN_REQUEST, [wish])
    await run(executor, rights.ADVANCE_REQUEST, [rights.AdvanceRequest(opened.request, "in_progress")])
    (done,) = await run(executor, ERASE_CUSTOMER, [rights.EraseCustomer(opened.request)])
    assert not isinstance(done, Refusal), done


async def test_nothing_is_merged_with_an_erased_person_nor_across_one(executor: Executor) -> None:
    one, gone, other = await identify(
        executor, told("web", "a", phone(1)), told("pos", "b", phone(2), **LIKELY), told("app", "c", phone(3), **MAIDEN)
    )
    (review,) = await listed(executor)
    await merge(executor, one.record, gone.record)
    await split(executor, one.record, gone.record)
    await erase(executor, gone.record)
    before = await dump(executor, ("source_record", "assertion", "identifier", "identifier_use"))

    assert await merge(executor, one.record, gone.record) == "person_erased"
    assert await merge(executor, gone.record, one.record) == "person_erased"
    assert await split(executor, gone.record, gone.record) == "person_erased"
    assert (await answer(executor, review.id, "joined")).code in ("person_erased", "not_found", "review_answered")
    assert before == await dump(executor, tuple(before))

    assert await merge(executor, one.record, other.record) == (min(one.record, other.record),)
    assert await owner(executor, gone.record) == gone.record, "who was erased is part of no merge"
    await audit(executor)


async def test_a_person_merged_before_one_was_erased_is_erased_whole(executor: Executor) -> None:
    one, other, third = await identify(
        executor, told("web", "a", phone(1)), told("pos", "b", phone(2)), told("app", "c", phone(3))
    )
    await merge(executor, one.record, other.record)
    await erase(executor, other.record)

    assert await merge(executor, one.record, third.record) == "person_erased"
    assert await owner(executor, third.record) == third.record
    await audit(executor)


async def test_a_merge_that_pushes_somebody_out_is_undone_whole(executor: Executor) -> None:
    """`b` and `c` are one by their phone; joined with `a`, the unionids of `a` and `c` contradict: `c` leaves."""
    one, two, three = await identify(
        executor,
        told("app", "a", unionid(1), at=1),
        told("pos", "b", phone(1), at=2),
        told("app", "c", unionid(2), phone(1), at=3),
    )
    assert await owner(executor, two.record) == await owner(executor, three.record)
    before = await dump(executor)
    asked_before = await reviewed(executor)
    merged = await merge(executor, one.record, two.record)
    if isinstance(merged, str):  # the union of all is forbidden: the graph decides which of the two leaves
        pytest.fail(merged)
    outside = [number for number in (two.record, three.record) if await owner(executor, number) != merged[0]]
    assert outside, "somebody was pushed out"
    await audit(executor)

    parted = await split(executor, one.record, two.record, three.record)

    assert not isinstance(parted, str), parted
    assert await owner(executor, two.record) == await owner(executor, three.record)
    assert await dump(executor) == before
    assert await reviewed(executor) == asked_before
    await audit(executor)


async def reviewed(executor: Executor) -> list[tuple[int, int, str]]:
    return [(one.low, one.high, one.reason) for one in await listed(executor)]


async def test_a_split_names_nobody_who_does_not_hang_together_with_the_customer(executor: Executor) -> None:
    one, two, stranger = await identify(
        executor, told("web", "a", phone(1)), told("pos", "b", phone(1)), told("app", "c", phone(9))
    )
    before = await dump(executor, ("source_record", "assertion", "review"))

    assert await split(executor, one.record, two.record, stranger.record) == "not_of_customer"
    assert await split(executor, one.record, stranger.record) == "not_of_customer"
    assert await split(executor, one.record) == "nothing_remains"
    assert await split(executor, one.record, one.record, two.record) == "nothing_remains"
    assert before == await dump(executor, tuple(before))


async def test_a_split_of_those_alone_who_were_pushed_out_is_none(executor: Executor) -> None:
    one, two = await identify(executor, told("app", "a", unionid(1), phone(1)), told("app", "b", unionid(2), phone(1)))
    three = (await identify(executor, told("pos", "c", unionid(1))))[0]

    assert await split(executor, one.record, two.record) == "not_of_customer", "they are two customers already"
    assert not isinstance(await split(executor, one.record, three.record, two.record), str)
    assert len(await partition(executor)) == 3
    await audit(executor)


def keyed(reviews: Sequence[customers.ReviewView], keys: dict[int, str]) -> list[tuple[frozenset[str], str]]:
    return sorted(((frozenset({keys[one.low], keys[one.high]}), one.reason) for one in reviews), key=str)


@pytest.mark.parametrize("turn", range(12))
async def test_the_pair_that_is_asked_about_does_not_depend_on_who_came_first(executor: Executor, turn: int) -> None:
    """Four records, three of one customer, each of which is likely the fourth: one question, always the same."""
    said = [
        told("web", "a", phone(1), at=1, **LIKELY),
        told("pos", "b", phone(1), at=2, **LIKELY),
        told("app", "c", phone(1), at=3, **LIKELY),
        told("crm", "d", phone(5), at=4, **MAIDEN),
        told("web", "a", use("email", "wang@example.com"), at=5),
    ]
    keys: dict[int, str] = {}
    for statement in list(permutations(said))[turn * 10]:
        (found,) = await identify(executor, statement)
        keys[found.record] = statement.reference
    assert len(await partition(executor)) == 2

    reviews = await listed(executor)

    assert len(reviews) == 1, "two customers, one question"
    assert keyed(reviews, keys) == [(frozenset({"a", "d"}), "middle")]
    await audit(executor)

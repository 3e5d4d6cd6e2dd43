"""Many people correct who is who at once: merging, splitting, answering, each on his own connection."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from mainstem.domains import customers
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask
from tests.unit.identity_people import audit, dump, identify, partition, phone, rows, run, told, use

pytestmark = [pytest.mark.races, pytest.mark.anyio]

LANES = 12
LIKELY: dict[str, Any] = {"name": "王小明", "birth_date": "1990-01-02", "city": "上海市"}
MAIDEN: dict[str, Any] = {**LIKELY, "name": "李小明"}

Job = tuple[Operation[Any, Any], Any]


async def race(executor: Executor, jobs: Sequence[Job]) -> list[Any]:
    """The answers to commands that are sent at once."""
    own = executor.database
    async with Database(own.url, pool_size=LANES, vault=own.vault) as database:
        many = Executor(database)
        answers = await asyncio.gather(
            *(run(many, operation, [command], actor) for actor, (operation, command) in enumerate(jobs, 1))
        )
    return [answer for (answer,) in answers]


async def reviews(executor: Executor) -> list[customers.ReviewView]:
    async with executor.database.transaction() as connection:
        (found,) = await ask(connection, customers.reviews("open", 0, 100))
    return found


async def test_a_review_that_many_answer_at_once_has_one_answer(executor: Executor) -> None:
    one, other = await identify(executor, told("web", "a", **LIKELY), told("pos", "b", **MAIDEN))
    (review,) = await reviews(executor)
    jobs: list[Job] = [
        (customers.ANSWER_REVIEW, customers.AnswerReview(review.id, "joined" if turn % 2 else "kept_apart"))
        for turn in range(10)
    ]

    answers = await race(executor, jobs)

    taken = [actor for actor, answer in enumerate(answers, 1) if not isinstance(answer, Refusal)]
    assert len(taken) == 1
    assert {answer.code for answer in answers if isinstance(answer, Refusal)} == {"review_answered"}
    ((state, who),) = await rows(executor, "select state, answered_by from customers.review where id = %s", review.id)
    assert who == taken[0]
    ((together,),) = await rows(
        executor,
        "select count(distinct customer) = 1 from customers.source_record where id = any(%s)",
        [one.record, other.record],
    )
    assert together is (state == "joined")
    await audit(executor)


async def test_cycles_of_merge_and_split_leave_nobody_behind(executor: Executor) -> None:
    """In a circle of people each is merged with the next and parted again, while reviews and rehearsals go on."""
    said = [told("web", f"r{n}", phone(n), use("email", f"m{n}@example.com")) for n in range(6)]
    people = [one.record for one in await identify(executor, *said)]
    before = await dump(executor)
    draw = Random(11)
    jobs: list[Job] = []
    for turn in range(60):
        one = people[turn % 6]
        other = people[(turn + 1 + draw.randrange(5)) % 6]
        if one == other:
            continue
        kind = customers.MERGE_CUSTOMERS if turn % 2 else customers.SPLIT_CUSTOMER
        command: Any = (
            customers.MergeCustomers(one, other, "same") if turn % 2 else customers.SplitCustomer(one, (other,), "two")
        )
        jobs.append((kind, command))

    answers = await race(executor, jobs)

    refused = {answer.code for answer in answers if isinstance(answer, Refusal)}
    assert refused <= {"same_customer", "not_of_customer", "nothing_remains"}
    assert any(not isinstance(answer, Refusal) for answer in answers)
    await audit(executor)
    for number in people:  # whatever came out, parting everybody gives back what there was
        await run(executor, customers.SPLIT_CUSTOMER, [customers.SplitCustomer(number, (number,), "each for himself")])
    assert len(await partition(executor)) == len(people)
    assert await dump(executor) == before
    await audit(executor)


async def test_a_preview_meets_whoever_changes_the_same_people(executor: Executor) -> None:
    people = [one.record for one in await identify(executor, *[told("web", f"r{n}", phone(n)) for n in range(4)])]
    own = executor.database
    foreseen = 0
    async with Database(own.url, pool_size=LANES, vault=own.vault) as database:
        many = Executor(database)

        async def look(one: int, other: int) -> None:
            nonlocal foreseen
            operation = customers.FORESEE_MERGE
            call = operation.call(customers.MergeCustomers(one, other, "-"), f"look {one} {other}")
            (outcome,) = await many.rehearse(operation, [call])
            foreseen += outcome.accepted or outcome.refusal().code == "same_customer"

        pairs = [(one, other) for one in people for other in people if one < other]
        await asyncio.gather(
            *(look(*pair) for pair in pairs),
            *(run(many, customers.MERGE_CUSTOMERS, [customers.MergeCustomers(*pair, "same")]) for pair in pairs[:3]),
            *(run(many, customers.IDENTIFY, [told("app", f"a{n}", phone(n))]) for n in range(4)),
        )
    assert foreseen == len(pairs)
    assert len(await partition(executor)) == 1
    ((deadlocks,),) = await rows(executor, "select deadlocks from pg_stat_database where datname = current_database()")
    assert deadlocks == 0
    await audit(executor)

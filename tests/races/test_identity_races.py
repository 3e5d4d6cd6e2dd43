"""Many connections tell of the same people at once."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from mainstem.domains import customers
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.postgres import Database
from tests.unit.identity_people import audit, events, identify, partition, phone, rows, run, told, use

pytestmark = [pytest.mark.races, pytest.mark.anyio]

LANES = 12


async def race(executor: Executor, jobs: Sequence[tuple[Operation[Any, Any], Sequence[Any]]]) -> list[list[Any]]:
    """The answers of batches that are sent at once, on a connection each."""
    own = executor.database
    async with Database(own.url, pool_size=LANES, vault=own.vault) as database:
        many = Executor(database)
        return list(await asyncio.gather(*(run(many, operation, commands) for operation, commands in jobs)))


def refused(answers: Sequence[Sequence[Any]]) -> set[str]:
    return {one.code for batch in answers for one in batch if isinstance(one, Refusal)}


async def test_one_person_told_of_by_many_is_one_customer(executor: Executor) -> None:
    person = (phone(1), use("email", "li@example.com"))
    sources = [told(f"s{n}", f"r{n}", person[n % 2], person[(n + n // 2) % 2], at=10 * n) for n in range(10)]
    jobs = [(customers.IDENTIFY, [one]) for one in sources * 2]
    jobs += [(customers.IDENTIFY, [told("s0", "r0", *person, at=n)]) for n in range(8)]

    answers = await race(executor, jobs)

    assert refused(answers) == set()
    assert len(await rows(executor, "select from customers.identifier")) == 2
    assert len(await rows(executor, "select from customers.source_record")) == 10
    assert len(await partition(executor)) == 1
    await audit(executor)


async def test_a_chain_told_from_all_sides_is_one_customer(executor: Executor) -> None:
    """No two batches name the same identifier first, so that only records are there to wait for."""
    links = [told(f"s{n % 7}", f"r{n}", phone(n), phone(n + 1)) for n in range(5)]
    again = [told(f"s{n % 7}", f"r{n}", use("email", f"m{n}@example.com"), at=1) for n in range(5)]

    answers = await race(executor, [(customers.IDENTIFY, [one]) for one in [*links, *again] * 2])

    assert refused(answers) == set()
    assert len(await partition(executor)) == 1
    await audit(executor)


async def test_people_who_meet_in_a_block_only_are_found(executor: Executor) -> None:
    """Nothing of either is there when the other is told of."""
    who: Any = {
        "name": "欧阳雪梅",
        "birth_date": "1987-06-05",
        "street": "延安中路",
        "street_number": "998",
        "city": "上海市",
    }
    jobs = [(customers.IDENTIFY, [told(f"s{n}", f"r{n}", **who)]) for n in range(6)]

    answers = await race(executor, jobs)

    assert refused(answers) == set()
    assert len(await rows(executor, "select from customers.assertion where rule = 'scored'")) == 15
    await audit(executor)


async def test_merges_and_splits_in_cycles_end_consistent(executor: Executor) -> None:
    people = await identify(executor, *[told("web", f"r{n}", phone(n)) for n in range(6)])
    ids = [one.record for one in people]
    draw = Random(4)
    jobs: list[tuple[Operation[Any, Any], Sequence[Any]]] = []
    for turn in range(12):
        for one, other in pairwise(draw.sample(ids, 4)):
            jobs.append((customers.MERGE_CUSTOMERS, [customers.MergeCustomers(one, other, "same")]))
            jobs.append((customers.SPLIT_CUSTOMER, [customers.SplitCustomer(one, (other,), "not the same")]))
        jobs.append((customers.IDENTIFY, [told("app", f"a{turn}", phone(turn % 6), phone((turn + 1) % 6))]))

    answers = await race(executor, jobs)

    assert refused(answers) <= {"same_customer", "not_of_customer", "nothing_remains", "contradicting_identifiers"}
    assert len(await rows(executor, "select from customers.source_record")) == 18
    merged, parted = await events(executor, "customers_merged"), await events(executor, "customer_split")
    assert merged
    assert parted
    await audit(executor)


async def test_batches_over_the_same_people_do_not_deadlock(executor: Executor) -> None:
    draw = Random(5)
    jobs = []
    for _ in range(24):
        numbers = draw.sample(range(40), 20)
        jobs.append(
            (customers.IDENTIFY, [told(f"s{n % 5}", f"r{n}", phone(n // 2), at=draw.randrange(9)) for n in numbers])
        )

    answers = await race(executor, jobs)

    assert refused(answers) == set()
    ((deadlocks,),) = await rows(executor, "select deadlocks from pg_stat_database where datname = current_database()")
    assert deadlocks == 0
    assert len(await partition(executor)) == len(await rows(executor, "select from customers.identifier"))
    await audit(executor)

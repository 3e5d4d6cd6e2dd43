"""Where identity stops looking: blocks that are too large, and what hangs together beyond what is derived at once."""

import pytest

from mainstem.domains import customers
from mainstem.domains.customers.contracts import CLOSURE_MAX
from mainstem.domains.customers.resolve.people import BLOCK_MAX
from mainstem.platform.execution import Executor
from tests.unit.identity_people import audit, dump, events, identify, merge, partition, phone, rows, told

pytestmark = pytest.mark.anyio

WHO = {"name": "欧阳雪梅", "birth_date": "1987-06-05"}
SCORED = """
select count(*) from (
    select distinct on (low, high) sign from customers.assertion where rule = 'scored'
    order by low, high, recorded_at desc, id desc
) as latest where sign <> 0
"""


async def scored(executor: Executor) -> int:
    ((count,),) = await rows(executor, SCORED)
    return int(count)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_block_that_becomes_too_large_is_not_looked_through(executor: Executor, *, at_once: bool) -> None:
    said = [told(f"s{n}", f"r{n}", at=n, **WHO) for n in range(BLOCK_MAX + 1)]
    await identify(executor, *said[:BLOCK_MAX])
    pairs = BLOCK_MAX * (BLOCK_MAX - 1) // 2
    assert await scored(executor) == pairs

    await identify(executor, said[BLOCK_MAX])
    assert await scored(executor) == 0, "what was found in it is taken back"
    assert len(await partition(executor)) == BLOCK_MAX + 1
    await audit(executor)

    more = [told(f"t{n}", f"r{n}", at=n, **WHO) for n in range(3)]
    for batch in [more] if at_once else [[one] for one in more]:
        await identify(executor, *batch)
    assert await scored(executor) == 0

    # Whoever turns out to be called otherwise leaves the block, which is looked through again once it is small enough.
    for number in range(4):
        await identify(executor, told(f"s{number}", f"r{number}", at=500, name="诸葛建国", birth_date="1961-12-24"))
    assert await scored(executor) == pairs + 4 * 3 // 2
    await audit(executor)


async def test_a_block_told_of_at_once_is_the_same(executor: Executor) -> None:
    await identify(executor, *[told(f"s{n}", f"r{n}", at=n, **WHO) for n in range(BLOCK_MAX + 1)])

    assert await scored(executor) == 0
    assert len(await partition(executor)) == BLOCK_MAX + 1
    await audit(executor)


async def test_what_hangs_together_beyond_the_closure_is_left_and_somebody_asked(executor: Executor) -> None:
    """Two chains below the limit, then the link between them."""
    half = CLOSURE_MAX // 2 + 5

    def link(number: int) -> customers.Identify:
        return told(f"s{number % 90}", f"r{number}", phone(number), phone(number + 1), at=number % 300)

    for start in (0, half + 1):
        for first in range(start, start + half, 300):
            await identify(executor, *[link(n) for n in range(first, min(first + 300, start + half))])
    before = await partition(executor)
    customers_before = await dump(executor, ("source_record",))

    (bridge,) = await identify(executor, told("bridge", "b", phone(half), phone(half + 1), at=1))

    assert bridge.decision == "review"
    assert {group for group in await partition(executor) if len(group) > 1} == {
        group for group in before if len(group) > 1
    }
    assert set(customers_before["source_record"]) < set((await dump(executor, ("source_record",)))["source_record"])
    assert "size" in {one["reason"] for one in await events(executor, "review_opened")}
    chains = "select min(id), max(id) from customers.source_record where source <> 'bridge'"
    ((first, last),) = await rows(executor, chains)
    after = await partition(executor)
    assert await merge(executor, first, last) == "group_too_large"
    assert await partition(executor) == after, "nor does a person join what is too much to be derived"

"""People who may live together, followed as the relay would, and the household of each."""

from collections.abc import Sequence
from typing import Any, Literal

from mainstem.domains import customers
from mainstem.domains.customers.household.checks import CHECKS
from mainstem.domains.customers.household.contracts import Answer
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.platform.outbox import Published
from mainstem.processes.erase_customer import ERASE_CUSTOMER
from mainstem.processes.follow_customers import FollowCustomers
from tests.unit.identity_people import rows, run

HOME: dict[str, Any] = {"street": "延安中路998号3幢502室", "city": "上海市"}

rights = customers.rights


async def published(executor: Executor) -> list[Published]:
    """Every event there ever was, in the order of publication."""
    found = await rows(
        executor,
        "select xid::text, id, type, subject, actor, trace, occurred_at, recorded_at, payload::text"
        " from platform.event order by xid, id",
    )
    return [Published(int(row[0]), *row[1:]) for row in found]


async def follow(executor: Executor) -> None:
    """Deliver every event: what was followed before changes nothing."""
    await FollowCustomers(executor).deliver(await published(executor))


async def household(executor: Executor, number: int) -> customers.HouseholdView:
    async with executor.database.snapshot() as connection:
        found = await customers.household_of(connection, number)
    assert found is not None
    return found


async def members(executor: Executor, number: int) -> list[int]:
    """Who lives with a customer, himself included."""
    found = await household(executor, number)
    numbers = [one.customer for one in found.members]
    assert found.household == min(numbers)
    return numbers


async def correct(executor: Executor, customer: int, other: int, answer: Answer, reason: str = "she said so") -> Any:  # noqa: ANN401 - its result
    """The households that they are of then, or the code of the refusal."""
    command = customers.CorrectHousehold(customer, other, answer, reason)
    (found,) = await run(executor, customers.CORRECT_HOUSEHOLD, [command])
    return found.code if isinstance(found, Refusal) else found.households


async def asked(executor: Executor, customer: int, kind: Literal["erasure", "restriction"]) -> int:
    """A request of a customer that can be carried out."""
    (made,) = await run(executor, rights.OPEN_REQUEST, [rights.OpenRequest(customer, kind, identity="in_person")])
    assert not isinstance(made, Refusal), made
    await run(executor, rights.ADVANCE_REQUEST, [rights.AdvanceRequest(made.request, "in_progress")])
    return int(made.request)


async def erase(executor: Executor, customer: int) -> None:
    (done,) = await run(executor, ERASE_CUSTOMER, [rights.EraseCustomer(await asked(executor, customer, "erasure"))])
    assert not isinstance(done, Refusal), done


async def audit_households(executor: Executor) -> None:
    """Nothing that the doctor would find."""
    for check in CHECKS:
        assert await rows(executor, check.sql) == [], check.name


def ids(identified: Sequence[customers.Identified]) -> list[int]:
    return [one.customer for one in identified]

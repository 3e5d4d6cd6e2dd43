"""Who somebody is: told by several sources, joined, parted, corrected."""

import pytest

from mainstem.domains import customers
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
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

pytestmark = pytest.mark.anyio


async def owner(executor: Executor, record: int) -> int:
    ((customer,),) = await rows(executor, "select customer from customers.source_record where id = %s", record)
    return int(customer)


async def test_who_is_told_of_first_is_new_and_then_known(executor: Executor) -> None:
    (first,) = await identify(executor, told("web", "a", phone(1)))
    (second,) = await identify(executor, told("store", "b", phone(1)))

    assert (first.decision, first.customer, first.rules) == ("new", first.record, ())
    assert (second.decision, second.customer, second.rules) == ("linked", first.customer, ("shared:phone",))
    assert second.record != first.record
    await audit(executor)


async def test_a_batch_is_decided_as_one(executor: Executor) -> None:
    found = await identify(
        executor, told("web", "a", phone(1)), told("store", "b", phone(1), use("email", "li@example.com")),
        told("app", "c", use("email", "LI@example.com ")), told("app", "d"),
    )  # fmt: skip

    assert len({one.customer for one in found[:3]}) == 1
    assert [one.decision for one in found] == ["new", "linked", "linked", "new"]
    assert min(one.record for one in found[:3]) == found[0].customer
    await audit(executor)


async def test_a_statement_delivered_twice_changes_nothing(executor: Executor) -> None:
    said = told("web", "a", phone(1), at=1, name="王小明", birth_date="1990-01-02")
    await identify(executor, said, told("store", "b", phone(1), at=2))
    before = await dump(executor, ("source_record", "statement", "identifier", "identifier_use", "assertion", "review"))
    happened = await rows(executor, "select count(*) from platform.event")

    (again, twice) = await identify(executor, said, said)

    assert again == twice
    assert again.decision == "linked"
    assert before == await dump(executor, tuple(before))
    assert happened == await rows(executor, "select count(*) from platform.event")


async def test_who_has_no_reference_is_known_by_his_identifiers(executor: Executor) -> None:
    (first,) = await identify(executor, told("web", "", phone(1), use("email", "li@example.com")))
    (second,) = await identify(executor, told("web", "", use("email", "li@example.com"), phone(1), at=9))
    (other,) = await identify(executor, told("web", "", phone(2)))

    assert second.record == first.record
    assert other.customer != first.customer


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (told("", "a"), "bad_code"),
        (told("web"), "nothing_said"),
        (told("web", "", use("phone", "null")), "nothing_said"),
        (told("web", "a", use("passport", "1")), "unknown_identifier_type"),
        (told("web", "a", *[use("external", str(n)) for n in range(10_000)]), "too_many_identifiers"),
        (told("web", "a", name="x" * 201), "too_long"),
        (told("web", "x" * 201), "too_long"),
        (told("web", "a", at=100_000), "future_statement"),
        (told("web", "a", custom={str(n): "x" for n in range(51)}), "too_many"),
    ],
)
async def test_what_cannot_be_a_statement_is_refused(
    executor: Executor, command: customers.Identify, code: str
) -> None:
    (found,) = await identify(executor, command)

    assert isinstance(found, Refusal)
    assert found.code == code
    assert found.message()
    assert await rows(executor, "select from customers.source_record") == []


async def test_values_of_no_use_are_told_by_type_and_the_rest_counts(executor: Executor) -> None:
    (found,) = await identify(executor, told("web", "a", use("phone", "123"), use("email", "null"), phone(1)))

    assert found.refused_identifiers == ("email", "phone")
    assert await rows(executor, "select type from customers.identifier") == [("phone",)]


async def test_different_unionids_are_never_joined_by_a_phone(executor: Executor) -> None:
    found = await identify(
        executor,
        told("app", "a", use("unionid", "oAbcdefgh1234567890abcdefgh12"), phone(1), at=0),
        told("app", "b", use("unionid", "oZbcdefgh1234567890abcdefgh99"), phone(1), at=300),
    )

    assert found[0].customer != found[1].customer
    await audit(executor)


async def test_placeholders_are_suspended_when_they_are_first_seen(executor: Executor) -> None:
    await identify(executor, told("web", "a", use("phone", "13800000000")))
    found = await identify(executor, told("pos", "b", use("phone", "13800000000")))

    assert found[0].decision == "new"
    assert await rows(executor, "select reason, uses from customers.identifier") == [("placeholder", 2)]
    assert [one["reason"] for one in await events(executor, "identifier_suspended")] == ["placeholder"]
    await audit(executor)


async def test_a_hub_suspends_itself_and_parts_who_was_joined(executor: Executor) -> None:
    told_of = [told(f"s{n % 9}", f"r{n}", phone(1), at=20 * n) for n in range(20)]
    first = await identify(executor, *told_of[:3])
    assert len({one.customer for one in first}) == 1

    for one in told_of[3:]:
        await identify(executor, one)

    assert len(await partition(executor)) == 20
    assert await rows(executor, "select suspended_at is not null, uses from customers.identifier") == [(True, 20)]
    assert {one["customer"] for one in await events(executor, "customer_split")} == {first[0].customer}
    await audit(executor)


async def test_a_person_lifts_a_suspension_and_orders_one(executor: Executor) -> None:
    await identify(executor, *[told("pos", f"r{n}", phone(1), at=20 * n) for n in range(5)])
    ((identifier,),) = await rows(executor, "select id from customers.identifier where suspended_at is not null")
    assert len(await partition(executor)) == 5

    (lifted,) = await run(executor, customers.LIFT_SUSPENSION, [customers.LiftSuspension(identifier)])

    assert len(lifted.customers) == len(await partition(executor)) == 1
    await identify(executor, told("pos", "another", phone(1), at=100))
    assert len(await partition(executor)) == 1, "it is not suspended by itself again"
    (again,) = await run(executor, customers.LIFT_SUSPENSION, [customers.LiftSuspension(identifier)])
    assert again.code == "not_suspended"
    await audit(executor)

    (suspended,) = await run(executor, customers.SUSPEND_IDENTIFIER, [customers.SuspendIdentifier(identifier)])

    assert len(suspended.customers) == len(await partition(executor)) == 6
    await audit(executor)


async def test_merging_and_splitting_restore_every_table(executor: Executor) -> None:
    one, two, three, four = await identify(
        executor, told("web", "a", phone(1), name="王小明"), told("pos", "b", phone(1)),
        told("web", "c", phone(2), name="王大明"), told("pos", "d", phone(2)),
    )  # fmt: skip
    before = await dump(executor)

    merged = await merge(executor, four.record, two.record)

    assert merged == (one.customer,)
    assert await owner(executor, three.record) == one.customer
    assert [(event["customer"], event["absorbed"]) for event in await events(executor, "customers_merged")][-1] == (
        one.customer,
        three.customer,
    )
    await audit(executor)

    parted = await split(executor, one.customer, three.record, four.record)

    assert parted == tuple(sorted((one.customer, three.customer)))
    assert await dump(executor) == before
    assert [event["restored"] for event in await events(executor, "customer_split")] == [three.customer]
    await audit(executor)

    assert await merge(executor, one.customer, three.customer) == merged
    await identify(executor, told("app", "e", phone(1), phone(2)))
    assert not isinstance(await split(executor, one.customer, three.record, four.record), str)
    assert await owner(executor, one.record) != await owner(executor, three.record)
    await audit(executor)


async def test_what_a_person_parted_no_statement_joins(executor: Executor) -> None:
    one, two = await identify(executor, told("web", "a", phone(1)), told("pos", "b", phone(1)))
    await split(executor, one.customer, two.record)

    await identify(executor, told("app", "c", phone(1), use("email", "li@example.com")))
    await identify(executor, told("pos", "b", use("email", "li@example.com"), at=10))

    assert await owner(executor, one.record) != await owner(executor, two.record)
    await audit(executor)


async def test_corrections_that_cannot_be_are_refused(executor: Executor) -> None:
    one, two, three = await identify(
        executor,
        told("app", "a", use("unionid", "oAbcdefgh1234567890abcdefgh12")),
        told("app", "b", use("unionid", "oZbcdefgh1234567890abcdefgh99")),
        told("app", "c", phone(1)),
    )

    assert await merge(executor, one.record, two.record) == "contradicting_identifiers"
    assert await merge(executor, one.record, one.record) == "same_customer"
    assert await merge(executor, one.record, 1) == "not_found"
    assert await split(executor, three.record, three.record) == "nothing_remains"
    assert await split(executor, three.record, one.record) == "not_of_customer"
    assert await split(executor, 1, one.record) == "not_found"
    (nameless,) = await run(
        executor, customers.MERGE_CUSTOMERS, [customers.MergeCustomers(one.record, three.record, " ")]
    )
    assert nameless.code == "reason_needed"
    await audit(executor)


async def test_who_is_erased_stays_erased(executor: Executor) -> None:
    one, two = await identify(executor, told("web", "a", phone(1), name="王小明"), told("pos", "b", phone(2)))
    await rows(
        executor,
        "update customers.source_record set body = '', erased_at = now() where id = %s returning id",
        one.record,
    )
    for table in ("subject_key", "block", "search_key", "identifier_use"):
        await rows(executor, f"delete from customers.{table} where record = %s returning record", one.record)
    await rows(executor, "update customers.identifier set uses = (select count(*) from customers.identifier_use as u"
                         " where u.identifier = identifier.id) returning id")  # fmt: skip

    (again,) = await identify(executor, told("web", "a", phone(1), name="王小明", at=5))
    (other,) = await identify(executor, told("app", "c", phone(1)))
    merged = await merge(executor, one.record, two.record)

    assert (again.code, merged) == ("person_erased", "person_erased")
    assert other.decision == "new"
    assert await rows(
        executor, "select body, customer = id from customers.source_record where id = %s", one.record
    ) == [(b"", True)]
    await audit(executor)


async def test_a_rehearsal_says_what_would_become_and_changes_nothing(executor: Executor) -> None:
    one, two = await identify(executor, told("web", "a", phone(1)), told("pos", "b", phone(2)))
    before = await dump(executor, ("source_record", "assertion"))
    operation = customers.MERGE_CUSTOMERS
    call = operation.call(customers.MergeCustomers(one.record, two.record, "met him"), "rehearsal")

    (outcome,) = await executor.rehearse(operation, [call])

    assert outcome.accepted
    assert outcome.body == b'{"customers":[%d]}' % min(one.record, two.record)
    assert await dump(executor, tuple(before)) == before

"""CORRECT_HOUSEHOLD: what people say of who lives together. Who belongs together is derived anew when it is read."""

from collections.abc import Mapping, Sequence

import msgspec

from mainstem.domains.catalog import TOO_LONG
from mainstem.domains.customers.contracts import PERSON_ERASED, SAME_CUSTOMER, TEXT_LENGTH_MAX
from mainstem.domains.customers.household import store
from mainstem.domains.customers.household.contracts import (
    HOUSEHOLD_CONTRADICTION,
    HOUSEHOLD_MAX,
    HOUSEHOLD_REASON_NEEDED,
    HOUSEHOLD_RESTRICTED,
    HOUSEHOLD_TOO_LARGE,
    CorrectHousehold,
    HouseholdCorrected,
    HouseholdCorrectedEvent,
)
from mainstem.domains.customers.household.derive import Word, latest
from mainstem.domains.customers.household.queries import closure
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Event, Work

_SIGNS = {"together": 1, "apart": -1, "unsaid": 0}
_LATEST = 2**63 - 1

_encode = msgspec.json.Encoder().encode


async def correct_households(work: Work, calls: Sequence[Call[CorrectHousehold]]) -> list[HouseholdCorrected | Refusal]:
    """Decide corrections in order of arrival; each is decided on what those before it have left."""
    named = {number for call in calls for number in (call.command.customer, call.command.other)}
    _, owners = await ask(work.connection, store.lock_corrections(), store.lock_named(named))
    return [await _correct(work, call, owners) for call in calls]


async def _correct(
    work: Work, call: Call[CorrectHousehold], owners: Mapping[int, tuple[int, bool]]
) -> HouseholdCorrected | Refusal:
    command = call.command
    wrong = _unacceptable(command, owners)
    if wrong is not None:
        return wrong
    one, other = owners[command.customer][0], owners[command.other][0]
    found = await closure(work.connection, {one, other})
    for where, customer in (("/customer", one), ("/other", other)):
        if customer not in found.people:
            return refuse(HOUSEHOLD_RESTRICTED, where, customer=customer)
    sign = _SIGNS[command.answer]
    now = found.derive([Word(_LATEST, one, other, sign)])
    if sign > 0 and (not found.whole or now.too_large - found.derive().too_large):
        return refuse(HOUSEHOLD_TOO_LARGE, "/other", limit=HOUSEHOLD_MAX)
    if sign > 0 and now.household[one] != now.household[other]:
        return refuse(HOUSEHOLD_CONTRADICTION, "/other", customer=one, other=other)
    said = latest(each.word for each in found.said.values()).get((min(one, other), max(one, other)))
    if sign != (0 if said is None else said.sign):
        await store.say(work, (command.customer, command.other), sign, call.actor)
        _tell(work, call, one, other)
    return HouseholdCorrected(tuple(sorted({now.household[one], now.household[other]})))


def _unacceptable(command: CorrectHousehold, owners: Mapping[int, tuple[int, bool]]) -> Refusal | None:
    if not command.reason.strip():
        return refuse(HOUSEHOLD_REASON_NEEDED, "/reason")
    if len(command.reason) > TEXT_LENGTH_MAX:
        return refuse(TOO_LONG, "/reason", field="reason", size=len(command.reason), limit=TEXT_LENGTH_MAX)
    for where, number in (("/customer", command.customer), ("/other", command.other)):
        if number not in owners:
            return refuse(NOT_FOUND, where, what="customer", id=number)
        if owners[number][1]:
            return refuse(PERSON_ERASED, where, customer=owners[number][0])
    if owners[command.customer][0] == owners[command.other][0]:
        return refuse(SAME_CUSTOMER, "/other", customer=owners[command.customer][0])
    return None


def _tell(work: Work, call: Call[CorrectHousehold], one: int, other: int) -> None:
    payload = HouseholdCorrectedEvent(one, other, call.command.answer, call.command.reason)
    work.emit(
        Event(
            type="customers.household_corrected",
            subject=call.command.customer,
            actor=call.actor,
            trace=call.trace,
            occurred_at=work.now,
            payload=_encode(payload),
        )
    )


CORRECT_HOUSEHOLD: Operation[CorrectHousehold, HouseholdCorrected] = Operation(
    "customers.correct_household", CorrectHousehold, HouseholdCorrected, correct_households
)
"""Say of two customers whether they live in one household."""

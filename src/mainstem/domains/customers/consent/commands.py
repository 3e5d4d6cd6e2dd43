"""What can be said about consent: load, decide, store, tell."""

from collections.abc import Sequence

import msgspec

from mainstem.domains.customers.consent import store
from mainstem.domains.customers.consent.contracts import (
    ConsentChanged,
    ConsentSaid,
    GiveConsent,
    WithdrawConsent,
)
from mainstem.domains.customers.consent.policies import LATEST
from mainstem.domains.customers.consent.rules import acceptable
from mainstem.domains.customers.contracts import PERSON_ERASED
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode

People = dict[int, store.Person]


async def _handle(
    work: Work, calls: Sequence[Call[GiveConsent] | Call[WithdrawConsent]]
) -> list[ConsentChanged | Refusal]:
    (people,) = await ask(work.connection, store.lock_people({call.command.customer for call in calls}))
    spoken_for = [_records(people, call.command) for call in calls]
    await work.reserve_ids(sum(map(len, spoken_for)))
    answers: list[ConsentChanged | Refusal] = []
    entries: list[store.Entry] = []
    for call, records in zip(calls, spoken_for, strict=True):
        refusal = _turned_down(people, call.command) or acceptable(call.command, work.now)
        if refusal is not None:
            answers.append(refusal)
            continue
        made = record_said(work, call.command, records, call.actor, call.trace)
        entries += made
        answers.append(ConsentChanged(made[0].id, len(made)))
    store.add(work, entries)
    return answers


def record_said(
    work: Work, command: GiveConsent | WithdrawConsent, records: Sequence[int], actor: int, trace: str
) -> list[store.Entry]:
    """An entry for each record, told; ids must be at hand. Whoever calls stores them with `store.add`."""
    given = isinstance(command, GiveConsent)
    policy = command.policy if isinstance(command, GiveConsent) else LATEST
    # A clock that is ahead is not: else what is said next here would be earlier than what was said before.
    moment = min(command.occurred_at or work.now, work.now)
    entries = []
    for record in records:
        entry = store.Entry(
            work.ids.take(),
            record,
            command.purpose,
            command.channel,
            given,
            policy,
            command.evidence.way,
            command.evidence.reference,
            actor,
            moment,
        )
        entries.append(entry)
        said = ConsentSaid(entry.id, entry.purpose, entry.channel, policy, entry.way, moment)
        work.emit(
            Event(
                type="customers.consent_given" if given else "customers.consent_withdrawn",
                subject=record,
                actor=actor,
                trace=trace,
                occurred_at=moment,
                payload=_encode(said),
            )
        )
    return entries


def _records(people: People, command: GiveConsent | WithdrawConsent) -> list[int]:
    """The records that a statement is for, the one that was named first."""
    named = people.get(command.customer)
    if named is None:
        return []
    if not command.everywhere:
        return [named.record]
    others = [one.record for one in people.values() if one.customer == named.customer and one.record != named.record]
    return [named.record, *others]


def _turned_down(people: People, command: GiveConsent | WithdrawConsent) -> Refusal | None:
    named = people.get(command.customer)
    if named is None:
        return refuse(NOT_FOUND, "/customer", what="customer", id=command.customer)
    if named.erased:
        return refuse(PERSON_ERASED, "/customer", customer=command.customer)
    return None


GIVE_CONSENT: Operation[GiveConsent, ConsentChanged] = Operation(
    "customers.give_consent", GiveConsent, ConsentChanged, _handle
)
WITHDRAW_CONSENT: Operation[WithdrawConsent, ConsentChanged] = Operation(
    "customers.withdraw_consent", WithdrawConsent, ConsentChanged, _handle
)

OPERATIONS = (GIVE_CONSENT, WITHDRAW_CONSENT)

"""Erase a customer: every record of his, in every room, in one transaction, for good.

What must be kept is kept: orders, payments and returns, the stock that they moved, points and money on cards. They name
a record's id, which names nobody any more, so nothing of theirs is changed. A room that keeps more of people than the
ids of their records takes part here.
"""

from collections.abc import Sequence

from mainstem.domains import customers, loyalty
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.forgetting import forget_words
from mainstem.platform.work import Work

rights = customers.rights


async def erase_customers(
    work: Work, calls: Sequence[Call[rights.EraseCustomer]]
) -> list[rights.CustomerErased | Refusal]:
    """Carry out requests for erasure; each is done, with its receipt, when this commits."""
    answers: list[rights.CustomerErased | Refusal] = []
    for call in calls:  # one after the other: people are erased one at a time, and the room is locked anyway
        answers.append(await _erase(work, call))
        await work.flush()
    return answers


async def _erase(work: Work, call: Call[rights.EraseCustomer]) -> rights.CustomerErased | Refusal:
    request = await rights.lock_erasure(work, call.command.number)
    if isinstance(request, Refusal):
        return request
    known = await rights.lock_for_erasure(work, [request.record])
    if not known:
        return refuse(customers.PERSON_ERASED, "/number", customer=request.record)
    records = sorted(known)
    changed = rights.as_seen(records, call.command.records)
    if changed is not None:
        return changed
    words = rights.words_of(work, list(known.values()))
    rights.erase(work, records, request.id, call.actor, call.trace)
    loyalty.forget_devices(work, records)
    await forget_words(work, words, call.actor)
    return await rights.close_erasure(work, request, records, call.actor, call.trace)


ERASE_CUSTOMER: Operation[rights.EraseCustomer, rights.CustomerErased] = Operation(
    "customers.erase_customer", rights.EraseCustomer, rights.CustomerErased, erase_customers
)

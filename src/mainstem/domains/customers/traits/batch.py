"""Writing back what was computed over all customers: an ordinary command, a thousand customers at a time."""

from collections.abc import Sequence
from datetime import UTC

import msgspec

from mainstem.domains.customers.segments import membership
from mainstem.domains.customers.traits.declared import BATCH
from mainstem.kernel.refusals import TOO_LARGE, Kind, Refusal, declare, refuse
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.execution import Call, Operation
from mainstem.platform.work import Work

CUSTOMERS_MAX = 1_000

UNKNOWN_BATCH_TRAIT = declare(
    "unknown_batch_trait",
    Kind.INVALID,
    "There is no batch trait {trait}.",
    "Declare it, and compute what is declared: {traits}.",
)

_NAMES = {trait.name for trait in BATCH}

_SET = """
insert into customers.batch_value as b (customer, "values", set_at)
select t.customer, n.given::jsonb, %b::timestamptz
from unnest(%b::bigint[], %b::text[]) as n (customer, given)
join customers.trait_value as t on t.customer = n.customer
on conflict (customer) do update set "values" = excluded."values", set_at = excluded.set_at
where b."values" is distinct from excluded."values"
"""

_encode = msgspec.json.Encoder().encode


class SetBatchTraits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What batch traits say of customers now, by their ids: all batch traits of a customer at once.

    Customers that there are no more are passed over: a merge may have come between.
    """

    values: dict[int, dict[str, int]]


class BatchTraitsSet(msgspec.Struct, frozen=True):
    """How many customers were named."""

    customers: int


async def set_batch_traits(work: Work, calls: Sequence[Call[SetBatchTraits]]) -> list[BatchTraitsSet | Refusal]:
    """Set batch traits in order of arrival, and let the customers enter and leave segments accordingly."""
    await membership.lock(work)
    values: dict[int, dict[str, int]] = {}
    answers: list[BatchTraitsSet | Refusal] = []
    for call in calls:
        given = call.command.values
        refusal = _unreadable(call.command)
        if refusal is None:
            values.update(given)
        answers.append(refusal or BatchTraitsSet(len(given)))
    if values:
        texts = Texts([_encode(traits).decode() for traits in values.values()])
        work.write(_SET, work.now, Bigints(values), texts)
        await membership.keep(work, list(values), work.now.astimezone(UTC).date())
    return answers


def _unreadable(command: SetBatchTraits) -> Refusal | None:
    if len(command.values) > CUSTOMERS_MAX:
        size = f"{len(command.values)} customers"
        return refuse(TOO_LARGE, "/values", size=size, limit=f"{CUSTOMERS_MAX} customers")
    for customer, traits in command.values.items():
        for name in traits:
            if name not in _NAMES:
                known = ", ".join(sorted(_NAMES))
                return refuse(UNKNOWN_BATCH_TRAIT, f"/values/{customer}", trait=name[:64], traits=known)
    return None


SET_BATCH_TRAITS = Operation("customers.set_batch_traits", SetBatchTraits, BatchTraitsSet, set_batch_traits)

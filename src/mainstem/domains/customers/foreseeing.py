"""What would become of a merge or a split: done, brought current, looked at, and taken back.

The operations here are given to `Executor.rehearse` and to nothing else: what they answer is true of the transaction
that is rolled back.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date, datetime
from typing import TypeVar

import msgspec

from mainstem.domains.customers.consent import ConsentView, consents_of
from mainstem.domains.customers.contracts import MergeCustomers, SplitCustomer
from mainstem.domains.customers.current import keep_current, today_of
from mainstem.domains.customers.profile.golden import GoldenValue, masked
from mainstem.domains.customers.resolve.correcting import MERGE_CUSTOMERS, SPLIT_CUSTOMER
from mainstem.domains.customers.resolve.queries import customers_of, golden_of, members_of
from mainstem.domains.customers.segments import membership
from mainstem.domains.customers.segments.compile import Scope
from mainstem.domains.customers.tags.library import shipped_tags, tag_conditions
from mainstem.kernel.refusals import Refusal
from mainstem.platform.arrays import Bigints
from mainstem.platform.execution import Call, Operation
from mainstem.platform.personal import tail
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work

C = TypeVar("C", MergeCustomers, SplitCustomer)

STANDINGS_MAX = 20
"""Customers that are looked at afterwards: a split can leave more, of which the first are shown."""

_BOUGHT = """
select r.customer, a.currency, sum(a.purchases)::bigint,
    (sum(a.amount_minor - a.returned_minor) filter (where a.purchases > 0))::bigint, max(a.moment)
from customers.source_record as r join customers.activity as a on a.record = r.id
where r.customer = any(%b::bigint[]) group by r.customer, a.currency order by r.customer, a.currency
"""
_TAGGED = """
select distinct r.customer, t.tag
from customers.source_record as r join customers.manual_tag as t on t.record = r.id
where r.customer = any(%b::bigint[]) order by r.customer, t.tag
"""
_SEGMENTS = """
select m.customer, s.id, s.name
from customers.segment_member as m join customers.segment as s on s.id = m.segment
where m.customer = any(%b::bigint[]) and s.removed_at is null order by m.customer, lower(s.name)
"""


class Bought(msgspec.Struct, frozen=True):
    """What was bought in one currency, less what came back; how often, and when last."""

    currency: str
    purchases: int
    net_minor: int
    last_at: datetime


class InSegment(msgspec.Struct, frozen=True):
    """A segment that a customer is in."""

    id: int
    name: str


class HeldTag(msgspec.Struct, frozen=True):
    """A tag that holds: one that a person attached has no other words than its name."""

    name: str
    en: str
    zh: str
    attached: bool


class HeldIdentifier(msgspec.Struct, frozen=True):
    """An identifier, its value masked."""

    type: str
    scope: str
    value: str


class Standing(msgspec.Struct, frozen=True):
    """A customer as he is, or would be; personal data masked."""

    customer: int
    records: list[int]
    sources: list[str]
    golden: dict[str, GoldenValue]
    identifiers: list[HeldIdentifier]
    bought: list[Bought]
    tags: list[HeldTag]
    segments: list[InSegment]
    consents: list[ConsentView]


class Foreseen(msgspec.Struct, frozen=True):
    """Who is concerned, before and after. `drawn_in`: records of others that would come with them."""

    before: list[Standing]
    after: list[Standing]
    drawn_in: list[int]


def _rehearsed(
    operation: Operation[C, object], named: Callable[[C], Collection[int]]
) -> Callable[[Work, Sequence[Call[C]]], Awaitable[list[Foreseen | Refusal]]]:
    async def handle(work: Work, calls: Sequence[Call[C]]) -> list[Foreseen | Refusal]:
        (call,) = calls
        await membership.lock(work)  # before anything else of the room
        (owners,) = await ask(work.connection, customers_of(named(call.command)))
        today = today_of(work.now)
        await keep_current(work, owners.values())  # what follows may be behind: only what the command changes is news
        await work.flush()
        before = await _standings(work, set(owners.values()), today)
        (result,) = await operation.handle(work, [call])
        if isinstance(result, Refusal):
            return [result]
        absorbed = {event.subject for event in work.events}
        await work.flush()
        records = {record for standing in before for record in standing.records}
        (owners,) = await ask(work.connection, customers_of(records))
        await keep_current(work, records | absorbed)
        await work.flush()
        after = await _standings(work, set(owners.values()), today)
        strangers = {record for standing in after for record in standing.records} - records
        return [Foreseen(before, after, sorted(strangers))]

    return handle


async def _standings(work: Work, customers: Collection[int], today: date) -> list[Standing]:
    """Customers as they are now, in this transaction; in the order of their ids."""
    chosen = sorted(customers)[:STANDINGS_MAX]
    ids = Bigints(chosen)
    members, bought, tagged, segments = await ask(
        work.connection,
        members_of(work.vault, chosen),
        Query(_BOUGHT, (ids,), list),
        Query(_TAGGED, (ids,), list),
        Query(_SEGMENTS, (ids,), list),
    )
    tags: dict[int, list[HeldTag]] = defaultdict(list)
    for customer, name in tagged:
        tags[customer].append(HeldTag(name, name, name, attached=True))
    shipped, known = shipped_tags(), tag_conditions()
    conditions = {number: known[one.name] for number, one in enumerate(shipped)}
    for number, customer in sorted(await membership.fitting(work.connection, conditions, Scope.these(chosen), today)):
        one = shipped[number]
        tags[customer].append(HeldTag(one.name, one.en, one.zh, attached=False))
    return [
        Standing(
            customer=customer,
            records=[one.id for one in members[customer]],
            sources=sorted({one.source for one in members[customer]}),
            golden={
                name: msgspec.structs.replace(one, value=masked(name, one.value))
                for name, one in golden_of(members[customer]).items()
            },
            identifiers=[
                HeldIdentifier(type_, scope, tail(value))
                for type_, scope, value in sorted(
                    {(i.type, i.scope, i.value) for one in members[customer] for i in one.folded.identifiers}
                )
            ],
            bought=[Bought(row[1], row[2], row[3] or 0, row[4]) for row in bought if row[0] == customer],
            tags=tags[customer],
            segments=[InSegment(row[1], row[2]) for row in segments if row[0] == customer],
            consents=await consents_of(work.connection, customer) or [],
        )
        for customer in chosen
        if customer in members
    ]


FORESEE_MERGE: Operation[MergeCustomers, Foreseen] = Operation(
    "customers.foresee_merge",
    MergeCustomers,
    Foreseen,
    _rehearsed(MERGE_CUSTOMERS, lambda command: (command.customer, command.other)),  # type: ignore[arg-type]
)
"""What would become of a merge; for `Executor.rehearse` only."""

FORESEE_SPLIT: Operation[SplitCustomer, Foreseen] = Operation(
    "customers.foresee_split",
    SplitCustomer,
    Foreseen,
    _rehearsed(SPLIT_CUSTOMER, lambda command: (command.customer, *command.records)),  # type: ignore[arg-type]
)
"""What would become of a split; for `Executor.rehearse` only."""

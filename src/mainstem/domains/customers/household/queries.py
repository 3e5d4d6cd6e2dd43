"""What is read of households: everybody who hangs together with a customer, and what the household bought."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from mainstem.domains.customers.household.contracts import (
    CLOSURE_MAX,
    Answer,
    HouseholdMember,
    HouseholdSaid,
    HouseholdSpend,
    HouseholdTie,
    HouseholdView,
)
from mainstem.domains.customers.household.derive import Households, Pair, Person, Tie, Word, derive, latest
from mainstem.domains.customers.household.keys import FAMILY
from mainstem.domains.customers.household.limits import IDENTIFIED, POLICIES
from mainstem.domains.customers.resolve.queries import customers_of
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

SHARERS_READ_MAX = 200
"""Records that are read of what is shared: what as many share is no household's."""

_USABLE = """
r.erased_at is null and not exists (
    select from customers.source_record as o join customers.restriction as x on x.record = o.id
    where o.customer = r.customer
)
"""

_PEOPLE = f"""
select r.customer, r.id, r.key, f.digest
from customers.source_record as r left join customers.household_key as f on f.record = r.id and f.kind = %b::text
where r.customer = any(%b::bigint[]) and {_USABLE}
"""  # noqa: S608 - ours

_KEYS = f"""
select k.kind, k.digest, s.record, r.customer, false, k.sharers
from (
    select distinct h.kind, h.digest,
        (select count(*) from (
            select from customers.household_key as c where c.digest = h.digest and c.kind = h.kind limit %b::bigint
        ) as c) as sharers
    from customers.source_record as m join customers.household_key as h on h.record = m.id
    where m.customer = any(%b::bigint[]) and h.kind <> %b::text
) as k
join customers.household_key as s on s.digest = k.digest and s.kind = k.kind and k.sharers < %b::bigint
join customers.source_record as r on r.id = s.record
where {_USABLE}
"""  # noqa: S608 - ours

_IDENTIFIERS = f"""
select i.type, int8send(i.id), u.record, r.customer, u.role = 'identity', i.uses
from (
    select distinct t.identifier
    from customers.source_record as m join customers.identifier_use as t on t.record = m.id
    where m.customer = any(%b::bigint[])
) as k
join customers.identifier as i on i.id = k.identifier and i.type = any(%b::text[])
    and i.suspended_at is null and i.uses between 2 and %b::bigint
join customers.identifier_use as u on u.identifier = i.id
join customers.source_record as r on r.id = u.record
where {_USABLE}
"""  # noqa: S608 - ours

_WORDS = """
select w.id, l.customer, h.customer, w.sign, w.actor, w.recorded_at
from (
    select w.* from customers.source_record as m join customers.household_word as w on w.low = m.id
    where m.customer = any(%b::bigint[])
    union
    select w.* from customers.source_record as m join customers.household_word as w on w.high = m.id
    where m.customer = any(%b::bigint[])
) as w
join customers.source_record as l on l.id = w.low join customers.source_record as h on h.id = w.high
"""

_SPEND = """
select currency, count(*), sum(orders_total)::bigint, sum(orders_365d)::bigint, sum(spend_total_minor)::bigint,
    sum(spend_365d_minor)::bigint
from customers.trait_value where customer = any(%b::bigint[]) and currency is not null
group by currency order by currency
"""

_ANSWERS: Mapping[int, Answer] = {1: "together", -1: "apart", 0: "unsaid"}


class Said(msgspec.Struct, frozen=True):
    """A word, who said it and when."""

    word: Word
    actor: int
    recorded_at: datetime


class Closure(msgspec.Struct):
    """Everybody who may hang together, with what they share; not `whole` where it was too many to be read."""

    people: dict[int, Person]
    ties: dict[tuple[str, bytes], Tie]
    said: dict[int, Said]
    whole: bool = True

    def derive(self, more: Collection[Word] = ()) -> Households:
        """The households of all of them, if this were said too; where they are too many, each for himself."""
        ties = self.ties.values() if self.whole else ()
        words = (one.word for one in self.said.values()) if self.whole else ()
        return derive(self.people.values(), ties, (*words, *more))


async def closure(connection: Connection, customers: Collection[int]) -> Closure:
    """Everybody who hangs together with these customers by what may be a household's: the same from each of them."""
    found = Closure({}, {}, {})
    asked: set[int] = set()
    waiting = set(customers)
    while waiting:
        numbers = Bigints(sorted(waiting))
        asked |= waiting
        people, keys, uses, words = await ask(
            connection,
            Query(_PEOPLE, (FAMILY, numbers), list),
            Query(_KEYS, (SHARERS_READ_MAX, numbers, FAMILY, SHARERS_READ_MAX), list),
            Query(_IDENTIFIERS, (numbers, Texts(IDENTIFIED), SHARERS_READ_MAX), list),
            Query(_WORDS, (numbers, numbers), list),
        )
        found.people |= _people(people)
        found.said |= {row[0]: Said(Word(*row[:4]), row[4], row[5]) for row in words}
        ties = _ties([*keys, *uses])
        found.ties |= ties
        reached = {one for tie in ties.values() for one in tie.customers}
        reached |= {one for row in words if row[3] > 0 for one in row[1:3]}
        waiting = reached - asked
        if len(asked) + len(waiting) > CLOSURE_MAX:
            found.whole = False
            break
    return found


def _people(rows: list[Row]) -> dict[int, Person]:
    keys: dict[int, bytes] = {}
    families: dict[int, set[bytes]] = defaultdict(set)
    for customer, _, key, family in rows:
        keys[customer] = min(keys.get(customer, key), key)
        if family is not None:
            families[customer].add(family)
    return {one: Person(one, key, frozenset(families[one])) for one, key in keys.items()}


def _ties(rows: list[Row]) -> dict[tuple[str, bytes], Tie]:
    """What is shared by several customers, and not by too many."""
    sharing: dict[tuple[str, bytes], set[int]] = defaultdict(set)
    owning: dict[tuple[str, bytes], set[int]] = defaultdict(set)
    for kind, digest, _, customer, owner, _ in rows:
        sharing[kind, digest].add(customer)
        if owner:
            owning[kind, digest].add(customer)
    return {
        about: Tie(about[0], frozenset(customers), frozenset(owning[about]))  # type: ignore[arg-type] # by the schema
        for about, customers in sharing.items()
        if 1 < len(customers) <= POLICIES[about[0]].degree  # type: ignore[index]
    }


async def household_of(connection: Connection, number: int) -> HouseholdView | None:
    """The household of the customer that an id, any that was ever handed out, means today; None when there is none.

    Who was erased, or whose data may only be kept, is in nobody's household, and alone in his own.
    """
    (owners,) = await ask(connection, customers_of([number]))
    if number not in owners:
        return None
    customer = owners[number]
    found = await closure(connection, [customer])
    derived = found.derive()
    members = derived.members(customer) if customer in derived.household else [customer]
    ties = [tie for household, tie in derived.ties if household == members[0]]
    (spend,) = await ask(
        connection,
        Query(_SPEND, (Bigints(members if customer in derived.household else ()),), _spend),
    )
    return HouseholdView(
        household=members[0],
        asked=number,
        customer=customer,
        members=[
            HouseholdMember(one, tuple(sorted({tie.kind for tie in ties if one in tie.customers}))) for one in members
        ],
        ties=sorted(
            (HouseholdTie(tie.kind, tuple(sorted(tie.customers))) for tie in ties),
            key=lambda one: (-POLICIES[one.kind].strength, one.customers),
        ),
        said=_said(found, members),
        orders_total=sum(one.orders_total for one in spend),
        spend=spend,
        whole=found.whole,
    )


def _spend(rows: list[Row]) -> list[HouseholdSpend]:
    return [HouseholdSpend(*row) for row in rows]


def _said(found: Closure, members: Collection[int]) -> list[HouseholdSaid]:
    """What was said last of each member and another, and was not taken back."""
    last: dict[Pair, Word] = latest(one.word for one in found.said.values())
    heard = [found.said[word.id] for word in last.values() if word.sign]
    return [
        HouseholdSaid(mine, other, _ANSWERS[one.word.sign], one.actor, one.recorded_at)
        for one in sorted(heard, key=lambda one: one.word.id)
        for mine, other in [sorted((one.word.low, one.word.high), key=lambda each: (each not in members, each))]
        if mine in members
    ]

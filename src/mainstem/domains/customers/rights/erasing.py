"""What erasure takes from this room: everything that names a person, or says something of him, or finds him.

The records stay as pseudonyms: empty, each for itself, and erased for good. That something was said of consent stays,
as proof; so do requests and their receipts, which name nobody. The keys are destroyed: nobody can read what was
encrypted under them, in statements and elsewhere.
"""

from collections.abc import Sequence

import msgspec

from mainstem.domains.customers.consent.store import forget_evidence
from mainstem.domains.customers.profile.folding import unseal
from mainstem.domains.customers.resolve.store import lock_room
from mainstem.domains.customers.rights.contracts import ErasedEvent
from mainstem.domains.customers.rights.links import end_links
from mainstem.domains.customers.segments.membership import expel
from mainstem.platform.arrays import Bigints
from mainstem.platform.crypto import SpoiltError
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Event, Work

WORD_LENGTH_MIN = 6
"""Shorter references and identifiers stand in too many texts by chance to be searched for."""

_encode = msgspec.json.Encoder().encode

_LOCK_RECORDS = """
select r.id, r.body, k.wrapped
from customers.source_record as r left join customers.subject_key as k on k.record = r.id
where r.erased_at is null and r.customer in (
    select m.customer from customers.source_record as m where m.id = any(%b::bigint[])
)
order by r.id for update of r
"""

# Whose phone it also is keeps it: the identifier goes with its last use, the number of its uses with each.
_LOSE_USES = """
with gone as (
    delete from customers.identifier_use where record = any(%b::bigint[]) returning identifier
), fewer as (
    select identifier, count(*) as uses from gone group by identifier
), kept as (
    update customers.identifier as i set uses = greatest(i.uses - f.uses, 0) from fewer as f
    where i.id = f.identifier and exists (
        select from customers.identifier_use as u where u.identifier = i.id and u.record <> all(%b::bigint[])
    ) returning i.id
)
delete from customers.identifier as i using fewer as f
where i.id = f.identifier and not exists (
    select from customers.identifier_use as u where u.identifier = i.id and u.record <> all(%b::bigint[])
)
"""

_BY_RECORD = (
    "delete from customers.subject_key where record = any(%b::bigint[])",
    "delete from customers.block where record = any(%b::bigint[])",
    "delete from customers.search_key where record = any(%b::bigint[])",
    "delete from customers.household_key where record = any(%b::bigint[])",
    "delete from customers.activity where record = any(%b::bigint[])",
    "delete from customers.manual_tag where record = any(%b::bigint[])",
    "delete from customers.trait_value where customer = any(%b::bigint[])",
    "delete from customers.batch_value where customer = any(%b::bigint[])",
    "delete from customers.disclosure where record = any(%b::bigint[])",
    "delete from customers.restriction where record = any(%b::bigint[])",
    "update customers.rights_request set wish = null where record = any(%b::bigint[]) and wish is not null",
)

_BY_PAIR = (
    "delete from customers.assertion where low = any(%b::bigint[]) or high = any(%b::bigint[])",
    "delete from customers.household_word where low = any(%b::bigint[]) or high = any(%b::bigint[])",
    """
    update customers.review set state = 'moot'
    where state = 'open' and (low = any(%b::bigint[]) or high = any(%b::bigint[]))
    """,
    "update customers.review set evidence = '{}' where low = any(%b::bigint[]) or high = any(%b::bigint[])",
)

_EMPTY = """
update customers.source_record set body = '', customer = id, erased_at = %b::timestamptz, updated_at = %b::timestamptz,
    revision = revision + 1
where id = any(%b::bigint[])
"""


class Known(msgspec.Struct, frozen=True):
    """A record that is to be erased: what is kept of it, and its wrapped key."""

    record: int
    body: bytes
    wrapped: bytes | None


async def lock_for_erasure(work: Work, customers: Sequence[int]) -> dict[int, Known]:
    """Every record of these customers that is not erased yet, locked: nothing is said of anybody meanwhile."""
    found: dict[int, Known]
    _, found = await ask(work.connection, lock_room(alone=True), _lock_records(customers))
    return found


def _lock_records(customers: Sequence[int]) -> Query[dict[int, Known]]:
    return Query(
        _LOCK_RECORDS,
        (Bigints(sorted(customers)),),
        lambda rows: {row[0]: Known(row[0], bytes(row[1]), None if row[2] is None else bytes(row[2])) for row in rows},
    )


def words_of(work: Work, known: Sequence[Known]) -> tuple[str, ...]:
    """The references and identifiers of these people in the clear, for who must search for them; never to be kept.

    Not their names: others have the same.
    """
    found: set[str] = set()
    for one in known:
        if one.wrapped is None or not one.body:
            continue
        try:
            folded = unseal(work.vault.unwrap(one.wrapped), one.body)
        except SpoiltError:  # what nobody can read names nobody
            continue
        found |= {folded.reference, *(identifier.value for identifier in folded.identifiers)}
    return tuple(sorted(word for word in found if len(word) >= WORD_LENGTH_MIN))


def erase(work: Work, records: Sequence[int], request: int, actor: int, trace: str) -> None:
    """Queue the erasure of locked records; it is told of each."""
    numbers = Bigints(sorted(records))
    work.write(_LOSE_USES, numbers, numbers, numbers)
    for statement in _BY_RECORD:
        work.write(statement, numbers)
    for statement in _BY_PAIR:
        work.write(statement, numbers, numbers)
    expel(work, records)
    forget_evidence(work, records)
    end_links(work, records)
    work.write(_EMPTY, work.now, work.now, numbers)
    payload = _encode(ErasedEvent(request))
    for record in sorted(records):
        work.emit(Event("customers.erased", record, actor, trace, work.now, payload))

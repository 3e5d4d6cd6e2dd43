"""What is around records: with whom they are compared, read for all of them at once."""

from collections.abc import Collection, Mapping

from mainstem.domains.customers.graph import Assertion
from mainstem.domains.customers.resolve import reading, store
from mainstem.domains.customers.resolve.comparing import news, pairs_of
from mainstem.domains.customers.resolve.people import BLOCK_MAX, Meetings, Person, look, opened
from mainstem.domains.customers.resolve.rows import AssertionRow
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def bring(work: Work, ids: Collection[int], *, looking: bool) -> dict[int, Person]:
    """Records with what is known of them, and where they meet others if asked; those that are erased are left out."""
    if not ids:
        return {}
    (rows,) = await ask(work.connection, reading.records_by_id(ids))
    people = {number: opened(work.vault, row) for number, row in rows.items() if not row.erased}
    if looking:
        for person in people.values():
            look(work.vault, person)
    return people


async def read_meetings(
    work: Work, meetings: Meetings, people: Mapping[int, Person], *, alone: bool
) -> list[Assertion]:
    """Read where people meet others, and answer what counts so far of them."""
    identifiers = {digest for person in people.values() for digest in person.held} - meetings.identifiers.keys()
    blocks = {digest for person in people.values() for digest in person.blocks | person.blocks_before}
    blocks -= meetings.blocks.keys()
    there = [person.id for person in people.values() if not person.new]
    locks = [] if alone else [store.lock_meetings(identifiers | blocks)]
    *_, found, met, known = await ask(
        work.connection,
        *locks,
        reading.identifiers_by_digest(identifiers),
        reading.met(blocks, BLOCK_MAX + 1 + len(there)),
        reading.assertions_of(there),
    )
    meetings.identifiers |= found
    meetings.blocks |= {digest: met.get(digest, set()) for digest in blocks}
    return list(known)


async def compared(
    work: Work, meetings: Meetings, people: Mapping[int, Person], known: Collection[Assertion]
) -> list[AssertionRow]:
    """What is to be asserted of people and those they meet."""
    ids = {one for pair in pairs_of(people, meetings) for one in pair} - people.keys()
    return news(people, await bring(work, ids, looking=False), meetings, known)

"""IDENTIFY: what sources say of people, a batch at a time.

Read under locks, compare in memory, derive who belongs together, write: a handful of statements for any number of
records.
"""

from collections.abc import Collection, Mapping, Sequence

from mainstem.domains.customers.contracts import (
    PERSON_ERASED,
    Decision,
    Identified,
    Identify,
    RecordIdentifiedEvent,
)
from mainstem.domains.customers.profile.folding import Folded
from mainstem.domains.customers.resolve import reading, settling, store, telling
from mainstem.domains.customers.resolve.people import Meetings, Person, changed_search_keys, look, opened, sealed
from mainstem.domains.customers.resolve.preparing import Prepared, prepare
from mainstem.domains.customers.resolve.rows import AssertionRow, RecordRow, StatementRow
from mainstem.domains.customers.resolve.surroundings import bring, compared, read_meetings
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation, RetryAfter
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work

_STATEMENT = "customers.statement"


async def identify(work: Work, calls: Sequence[Call[Identify]]) -> list[Identified | Refusal]:
    """Decide a batch of statements."""
    answers: dict[int, Identified | Refusal] = {}
    prepared: dict[int, Prepared] = {}
    for number, call in enumerate(calls):
        ready = prepare(work.vault, call, work.now)
        if isinstance(ready, Refusal):
            answers[number] = ready
        else:
            prepared[number] = ready
    if prepared:
        answers |= await _Identification(work, prepared).run()
    return [answers[number] for number in range(len(calls))]


class _Identification:
    """One batch on its way."""

    def __init__(self, work: Work, prepared: Mapping[int, Prepared]) -> None:
        self._work = work
        self._prepared = prepared
        self._people: dict[bytes, Person] = {}
        self._fresh: set[int] = set()  # numbers of calls that say something new

    async def run(self) -> dict[int, Identified | Refusal]:
        answers: dict[int, Identified | Refusal] = {}
        digests = {digest for one in self._prepared.values() for digest in one.identifiers}
        alone = not self._work.first_try or len(store.stripes(digests)) > store.STRIPES_MAX
        await self._open(alone=alone)
        for number, one in self._prepared.items():
            person = self._people[one.key]
            if person.row.erased:
                answers[number] = refuse(PERSON_ERASED, "/reference", customer=person.row.customer)
        told = {person.id: person for person in self._people.values() if person.told}
        settled = await self._tell(told, alone=alone) if told else None
        linked = {} if settled is None else telling.linking_rules(settled)
        new = {person.id for person in self._people.values() if person.new}
        owners = {} if settled is None else settled.customer
        begun = {customer for record, customer in owners.items() if record not in new}
        reviewed = frozenset[int]() if settled is None else settled.reviewed
        for number, one in self._prepared.items():
            if number not in answers:
                answers[number] = self._answer(number, one, linked, begun, reviewed)
        return answers

    async def _open(self, *, alone: bool) -> None:
        """Find the records that are spoken of, and make those that are new."""
        work, prepared = self._work, self._prepared
        keys = {one.key for one in prepared.values()}
        locks: list[Query[None]] = [store.lock_room(alone=alone)]
        if not alone:
            locks.append(store.lock_keys(keys))
        *_, rows, before = await ask(
            work.connection,
            *locks,
            reading.records_by_key(keys),
            reading.said_before({(one.key, one.fingerprint) for one in prepared.values()}),
        )
        await work.reserve_ids(2 * len(prepared))
        for number, one in prepared.items():
            person = self._people.get(one.key)
            if person is None:
                row = rows.get(one.key)
                person = self._made(one) if row is None else opened(work.vault, row)
                self._people[one.key] = person
            if person.row.erased or (one.key, one.fingerprint) in before:
                continue
            before.add((one.key, one.fingerprint))
            person.told.append(one)
            self._fresh.add(number)
            if person.key is None:
                person.key = work.vault.new_key()

    def _made(self, one: Prepared) -> Person:
        number = self._work.ids.take()
        row = RecordRow(number, one.key, one.command.source, number, b"", erased=False, revision=0, wrapped=None)
        return Person(row, None, Folded(), new=True)

    async def _tell(self, told: dict[int, Person], *, alone: bool) -> settling.Settled:
        """Take in what is new, and settle who belongs together."""
        work = self._work
        for person in told.values():
            look(work.vault, person)
        meetings = Meetings()
        known = await read_meetings(work, meetings, told, alone=alone)
        await meetings.enter(work, told.values())
        people = dict(told)
        again = meetings.crossed(told.values())
        again |= {record for row in meetings.lifted for record in row.used_by}
        if again - people.keys():
            if not alone:
                raise RetryAfter(settling.again)
            more = await bring(work, again - people.keys(), looking=True)
            known += await read_meetings(work, meetings, more, alone=True)
            people |= more
        said = await compared(work, meetings, people, known)
        new = {person.id for person in told.values() if person.new}
        graph = await self._graph(people, meetings, said, new, alone=alone)
        settled = await settling.settle(work, graph)
        await self._write(told, meetings, said, settled, new)
        return settled

    async def _graph(
        self,
        people: Mapping[int, Person],
        meetings: Meetings,
        said: Sequence[AssertionRow],
        new: Collection[int],
        *,
        alone: bool,
    ) -> settling.Graph:
        seeds = set(people) | {record for one in said if one.sign for record in (one.low, one.high)}
        seeds |= {record for row in (*meetings.suspended, *meetings.lifted) for record in row.used_by}
        graph = await settling.load(self._work, seeds - set(new), alone=alone)
        if not graph.whole and len(self._prepared) > 1:
            raise settling.TooMuchTogetherError
        for person in people.values():
            row = graph.rows.get(person.id, person.row)
            if row.erased:
                raise RetryAfter(settling.again)  # meanwhile
            rows = [one for digest in person.held if (one := meetings.identifiers.get(digest)) is not None]
            person.row = row
            settling.add_record(graph, row, meetings.uses_of(person.id, rows))
        for one in meetings.identifiers.values():
            (graph.suspended.add if one.suspended else graph.suspended.discard)(one.id)
        settling.assert_news(graph, said)
        return graph

    async def _write(
        self,
        told: Mapping[int, Person],
        meetings: Meetings,
        said: Sequence[AssertionRow],
        settled: settling.Settled,
        new: Collection[int],
    ) -> None:
        work = self._work
        rows = {number: sealed(person) for number, person in told.items()}
        store.insert_records(work, [rows[number] for number in sorted(new)])
        store.update_records(work, [row for number, row in rows.items() if number not in new])
        keyless = [person for person in told.values() if person.row.wrapped is None and person.key is not None]
        store.insert_subject_keys(work, [(one.id, one.key.wrapped) for one in keyless if one.key is not None])
        await work.reserve_ids(len(self._fresh))
        store.insert_statements(work, [self._statement(number) for number in sorted(self._fresh)])
        _write_meetings(work, told, meetings)
        await store.insert_assertions(work, said)
        store.set_customers(work, settling.moved(settled, new))
        telling.tell_suspended(work, None, meetings.suspended)
        telling.tell_lifted(work, None, meetings.lifted, by_itself=True)
        telling.tell_moves(work, None, settled, new)
        telling.tell_reviews(work, None, settled.opened)

    def _statement(self, number: int) -> StatementRow:
        one = self._prepared[number]
        person = self._people[one.key]
        assert person.key is not None
        body = person.key.seal(one.call.encoded, _STATEMENT)
        return StatementRow(self._work.ids.take(), person.id, one.fingerprint, one.at, one.call.actor, body)

    def _answer(
        self, number: int, one: Prepared, linked: Mapping[int, set[str]], begun: set[int], reviewed: Collection[int]
    ) -> Identified:
        """The answer to a call, and the event of one that said something; `begun` are customers known before."""
        person = self._people[one.key]
        customer = person.row.customer
        decision: Decision = "linked"
        if number in self._fresh and customer not in begun:
            decision = "review" if person.id in reviewed else "new"
            begun.add(customer)
        rules = tuple(sorted(linked.get(customer, ())))
        if number in self._fresh:
            event = RecordIdentifiedEvent(customer, one.command.source, decision, rules)
            telling.tell(self._work, one.call, "record_identified", person.id, event)
        return Identified(person.id, customer, decision, rules, one.refused)


def _write_meetings(work: Work, told: Mapping[int, Person], meetings: Meetings) -> None:
    fresh = {row.id for row in meetings.fresh}
    store.insert_identifiers(work, meetings.fresh)
    store.update_identifiers(work, [row for number, row in sorted(meetings.changed.items()) if number not in fresh])
    store.upsert_uses(work, list(meetings.uses.values()))
    gone: set[tuple[bytes, int]] = set()
    added: set[tuple[bytes, int]] = set()
    for person in told.values():
        gone |= {(digest, person.id) for digest in person.blocks_before - person.blocks}
        added |= {(digest, person.id) for digest in person.blocks - person.blocks_before}
    store.replace_digests(work, "block", gone, added)
    changes = [changed_search_keys(work.vault, person) for person in told.values()]
    store.replace_digests(
        work, "search_key", set().union(*(one[0] for one in changes)), set().union(*(one[1] for one in changes))
    )


IDENTIFY: Operation[Identify, Identified] = Operation("customers.identify", Identify, Identified, identify)
"""Say what a source knows of a person: answers who it is."""

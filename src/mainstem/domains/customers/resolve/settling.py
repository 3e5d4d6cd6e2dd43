"""Who belongs together by now: locked, derived, stored, told.

Whatever changes identity ends here: new assertions, new records, identifiers suspended or not any more.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from mainstem.domains.customers.contracts import CLOSURE_MAX
from mainstem.domains.customers.graph import PERSON_RULES, Assertion, Derivation, Evidence, Record, Use, derive
from mainstem.domains.customers.resolve import reading, store
from mainstem.domains.customers.resolve.rows import AssertionRow, RecordRow, ReviewRow
from mainstem.platform.execution import Executor, RetryAfter
from mainstem.platform.query import ask
from mainstem.platform.work import Work

ROWS_MAX = 20 * CLOSURE_MAX
"""Records that are locked for one batch."""

TOO_LARGE = "size"
"""The reason of a review of a pair beyond which more hangs together than is looked at."""

_LATEST = datetime.max.replace(tzinfo=UTC)
_MANUAL = "manual"

Pair = tuple[int, int]


class TooMuchTogetherError(Exception):
    """A batch concerns more records than are locked at once: its commands are tried by themselves."""


class Graph(msgspec.Struct):
    """Records that may belong together, locked, with what counts of them; `suspended` are identifiers."""

    rows: dict[int, RecordRow]
    records: dict[int, Record]
    assertions: dict[tuple[int, int, str, int | None], Assertion]
    suspended: set[int]
    reviews: list[ReviewRow]
    news: set[Pair] = set()
    whole: bool = True


class Settled(msgspec.Struct, frozen=True):
    """What came out: whose each record is, and who was whose before. `reviews` are open ones, by record."""

    derivation: Derivation
    customer: dict[int, int]
    before: dict[int, int]
    opened: tuple[ReviewRow, ...]
    reviewed: frozenset[int]


async def again(_: Executor) -> None:
    """What was read has changed: the next attempt has the room to itself."""
    await asyncio.sleep(0)


async def load(work: Work, seeds: Collection[int], *, alone: bool) -> Graph:
    """Everybody who may belong together with these records, locked, and what counts of them.

    `alone`: nobody else changes identity meanwhile. Otherwise somebody may have joined while locks were waited for:
    then the batch is run again, alone.
    """
    if not seeds:
        return Graph({}, {}, {}, set(), [])
    (rows,) = await ask(work.connection, store.lock_closure(seeds, ROWS_MAX))
    uses, assertions, reviews = await ask(
        work.connection,
        reading.uses_of(rows.keys()),
        reading.assertions_of(rows.keys()),
        reading.open_reviews(rows.keys()),
    )
    records = {number: reading.record_of(row, uses.by_record.get(number, ())) for number, row in rows.items()}
    graph = Graph(rows, records, {_about(one): one for one in assertions}, set(uses.suspended), reviews)
    graph.whole = len(rows) < ROWS_MAX
    if not alone and any(
        one.sign and one.identifier not in graph.suspended and not rows.keys() >= {one.low, one.high}
        for one in assertions
    ):
        raise RetryAfter(again)
    return graph


def assert_news(graph: Graph, news: Iterable[AssertionRow]) -> None:
    """Add what is new: it is later than everything that was read."""
    for one in news:
        added = Assertion(
            id=0,
            low=one.low,
            high=one.high,
            sign=one.sign,  # type: ignore[arg-type] # -1, 0 and 1, by its making
            rule=one.rule,  # type: ignore[arg-type]
            identifier=one.identifier,
            strength=one.strength,
            evidence=msgspec.convert(one.evidence, Evidence),
            recorded_at=_LATEST,
        )
        graph.assertions[_about(added)] = added
        graph.news.add(added.pair)


def add_record(graph: Graph, row: RecordRow, uses: tuple[Use, ...]) -> None:
    """Add a record that is new, or that is as it was not read."""
    graph.rows[row.id] = row
    graph.records[row.id] = reading.record_of(row, uses)


async def settle(work: Work, graph: Graph) -> Settled:
    """Derive who belongs together, and queue reviews. Customers are in the rows: the caller writes them.

    Where more than `CLOSURE_MAX` records hang together nobody is joined and nobody parted: somebody is asked.
    """
    left = too_large(graph)
    said = [one for one in graph.assertions.values() if one.low not in left and one.high not in left]
    people = [record for number, record in graph.records.items() if number not in left]
    derivation = derive(people, said, graph.suspended)
    before = {number: row.customer for number, row in graph.rows.items()}
    for number, row in graph.rows.items():
        if not row.erased and number not in left:
            row.customer = derivation.customer[number]
    customer = {number: row.customer for number, row in graph.rows.items()}
    asked = {(one.low, one.high): (one.reason, one.assertion) for one in derivation.proposals}
    asked |= {one.pair: (TOO_LARGE, one) for one in _unheard(graph, left)}
    kept = {(one.low, one.high) for one in graph.reviews if one.low in left}
    if any(one.rule == _MANUAL and one.sign for one in said):
        without = derive(people, [one for one in said if one.rule != _MANUAL], graph.suspended)
        kept |= {(one.low, one.high) for one in without.proposals}
    opened, reviewed = await _review(work, graph, asked, kept)
    return Settled(derivation, customer, before, opened, reviewed)


def moved(settled: Settled, new: Collection[int]) -> list[tuple[int, int]]:
    """The records, other than new ones, whose customer is another now."""
    return [
        (record, customer)
        for record, customer in sorted(settled.customer.items())
        if record not in new and settled.before[record] != customer
    ]


def too_large(graph: Graph) -> set[int]:
    """The records of whatever hangs together and is too large: nobody of them is joined or parted."""
    if len(graph.rows) <= CLOSURE_MAX:
        return set()
    parent = {number: number for number in graph.rows}

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = number = parent[parent[number]]
        return number

    for one in graph.assertions.values():
        if one.sign and one.identifier not in graph.suspended and one.low in parent and one.high in parent:
            parent[root(one.low)] = root(one.high)
    sizes = Counter(root(number) for number in parent)
    return {number for number in parent if sizes[root(number)] > CLOSURE_MAX or not graph.whole}


def _unheard(graph: Graph, left: Collection[int]) -> list[Assertion]:
    """What would join records that are left as they are: one new assertion a record."""
    found: dict[int, Assertion] = {}
    for one in graph.assertions.values():
        if one.sign > 0 and one.low in left and one.pair in graph.news and one.high in graph.rows:
            found.setdefault(one.high, one)
    return list(found.values())


async def _review(
    work: Work, graph: Graph, asked: Mapping[Pair, tuple[str, Assertion]], kept: Collection[Pair]
) -> tuple[tuple[ReviewRow, ...], frozenset[int]]:
    """Open a review where somebody should be asked, and take back those that nothing asks any more.

    What manual corrections hide is `kept`: once they are undone, the queue is what it was.
    """
    said = graph.assertions.values()
    answered = {one.pair for one in said if one.rule == "review" and one.sign}
    wanted = {**asked, **{one.pair: (one.evidence.review, one) for one in _asking_outside(graph, said)}}
    wanted = {pair: why for pair, why in wanted.items() if pair not in answered}
    there = {(one.low, one.high): one for one in graph.reviews}
    needed = (wanted.keys() | set(kept)) - answered
    store.delete_reviews(work, [one.id for pair, one in there.items() if pair not in needed])
    graph.reviews = [one for pair, one in there.items() if pair in needed]
    fresh = sorted(pair for pair in wanted if pair not in there)
    await work.reserve_ids(len(fresh))
    opened = tuple(ReviewRow(work.ids.take(), *pair, wanted[pair][0], _evidence(wanted[pair][1])) for pair in fresh)
    store.insert_reviews(work, opened)
    graph.reviews += opened
    return opened, frozenset(number for pair in wanted for number in pair)


def _asking_outside(graph: Graph, said: Iterable[Assertion]) -> list[Assertion]:
    """Questions about a pair of which only one record is here: the other is another customer's for sure."""
    return [
        one
        for one in said
        if one.evidence.review
        and one.identifier not in graph.suspended
        and one.rule not in PERSON_RULES
        and not (one.low in graph.records and one.high in graph.records)
    ]


def _evidence(one: Assertion) -> dict[str, object]:
    found: dict[str, object] = msgspec.to_builtins(one.evidence)
    return found | {"rule": one.rule}


def _about(one: Assertion) -> tuple[int, int, str, int | None]:
    return one.low, one.high, one.rule, one.identifier

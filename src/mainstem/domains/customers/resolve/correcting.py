"""What people say of who is who: merging, splitting, answering reviews. Each is alone in the room."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from mainstem.domains.catalog import TOO_LONG
from mainstem.domains.customers.contracts import (
    CLOSURE_MAX,
    CONTRADICTING_IDENTIFIERS,
    GROUP_TOO_LARGE,
    NOT_OF_CUSTOMER,
    NOTHING_REMAINS,
    PERSON_ERASED,
    REASON_NEEDED,
    RECORDS_MAX,
    REVIEW_ANSWERED,
    SAME_CUSTOMER,
    TEXT_LENGTH_MAX,
    AnswerReview,
    IdentityChanged,
    MergeCustomers,
    ReviewAnsweredEvent,
    SplitCustomer,
)
from mainstem.domains.customers.graph import GROUP_SIZE_MAX, MANUAL_STRENGTH, derive, pairs_to_join, pairs_to_part
from mainstem.domains.customers.identifiers import POLICIES
from mainstem.domains.customers.resolve import settling, store, telling
from mainstem.domains.customers.resolve.rows import AssertionRow, ReviewRow, pair
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

Answer = IdentityChanged | Refusal


class _Correction:
    """A batch of corrections: each is decided on what those before it have left."""

    def __init__(self, work: Work, graph: settling.Graph) -> None:
        self._work = work
        self._graph = graph

    @classmethod
    async def begin(cls, work: Work, ids: Collection[int]) -> "_Correction":
        """Lock everybody whom these records may concern."""
        await ask(work.connection, store.lock_room(alone=True))
        return cls(work, await settling.load(work, ids, alone=True))

    def customer(self, number: int) -> int | None:
        """Whose a record is; None when there is none."""
        row = self._graph.rows.get(number)
        return None if row is None else row.customer

    def members(self, customer: int) -> list[int]:
        """The records of a customer."""
        return [number for number, row in self._graph.rows.items() if row.customer == customer]

    def pushed_out(self, members: Collection[int]) -> set[int]:
        """Records that something ties to a customer with these members, and something else keeps from him."""
        tied: dict[int, set[int]] = defaultdict(set)
        for one in self._graph.assertions.values():
            if (
                one.sign > 0
                and one.identifier not in self._graph.suspended
                and self._graph.rows.keys() >= set(one.pair)
            ):
                tied[one.low].add(one.high)
                tied[one.high].add(one.low)
        found, waiting = set(members), list(members)
        while waiting:
            number = waiting.pop()
            near = {*tied[number], *self.members(self._graph.rows[number].customer)} - found
            near = {one for one in near if not self._graph.rows[one].erased}
            found |= near
            waiting += near
        return found - set(members)

    def erased(self, customer: int) -> bool:
        """Whether something of a customer was erased."""
        return any(self._graph.rows[number].erased for number in self.members(customer))

    def joining(self, left: Collection[int], right: Collection[int]) -> list[tuple[int, int]]:
        """The pairs to assert so that two customers become one."""
        return pairs_to_join(left, right, self._graph.assertions.values())

    def unheard(self, rows: Sequence[AssertionRow]) -> Refusal | None:
        """Why saying this would change nothing: too much hangs together here for anybody to be joined or parted."""
        left = settling.too_large(self._after(rows))
        if any(row.low in left or row.high in left for row in rows):
            return refuse(GROUP_TOO_LARGE, limit=CLOSURE_MAX)
        return None

    def _after(self, rows: Sequence[AssertionRow]) -> settling.Graph:
        trial = msgspec.structs.replace(self._graph, assertions=dict(self._graph.assertions), news=set())
        settling.assert_news(trial, rows)
        return trial

    def forbidden(self, rows: Sequence[AssertionRow]) -> Refusal | None:
        """Why these records would still not belong together after this."""
        trial = self._after(rows)
        found = derive(trial.records.values(), trial.assertions.values(), trial.suspended)
        one, other = rows[0].low, rows[0].high
        if found.customer[one] == found.customer[other]:
            return None
        reasons = {veto.reason for veto in found.vetoed if (veto.assertion.low, veto.assertion.high) == (one, other)}
        if "size" in reasons:
            return refuse(GROUP_TOO_LARGE, limit=GROUP_SIZE_MAX)
        mine, theirs = self._values(one), self._values(other)
        over = {key[0] for key in mine.keys() | theirs.keys() if _exceeds(key[0], mine[key] | theirs[key])}
        types = ", ".join(sorted(over or {type_ for type_, _ in mine.keys() & theirs.keys()}))
        ids = {"customer": self._graph.rows[one].customer, "other": self._graph.rows[other].customer}
        return refuse(CONTRADICTING_IDENTIFIERS, types=types, **ids)

    def _values(self, record: int) -> dict[tuple[str, str], set[int]]:
        """What counts towards a cap of the customer of a record: identifiers by type and scope."""
        found: dict[tuple[str, str], set[int]] = defaultdict(set)
        for number in self.members(self._graph.rows[record].customer):
            for use in self._graph.records[number].uses:
                if use.role == "identity" and use.identifier not in self._graph.suspended:
                    found[use.type, use.scope].add(use.identifier)
        return found

    def take(self, review: ReviewRow) -> None:
        """Have a review answered: it is not taken back because nothing asks any more."""
        self._graph.reviews = [one for one in self._graph.reviews if one.id != review.id]

    async def apply(
        self, call: Call[Any], rows: Sequence[AssertionRow], concerned: Collection[int], reason: str = ""
    ) -> IdentityChanged:
        """Store what was said, settle, tell; the customers whose the concerned records are now."""
        settling.assert_news(self._graph, rows)
        settled = await settling.settle(self._work, self._graph)
        await store.insert_assertions(self._work, rows)
        store.set_customers(self._work, settling.moved(settled, ()))
        telling.tell_moves(self._work, call, settled, reason=reason)
        telling.tell_reviews(self._work, call, settled.opened)
        return IdentityChanged(tuple(sorted({self._graph.rows[number].customer for number in concerned})))


def _exceeds(type_: str, identifiers: Collection[int]) -> bool:
    cap = POLICIES[type_].cap
    return cap is not None and len(identifiers) > cap


def _said(pairs: Sequence[tuple[int, int]], sign: int, rule: str, actor: int) -> list[AssertionRow]:
    return [AssertionRow(low, high, sign, rule, None, MANUAL_STRENGTH, {}, actor) for low, high in pairs]


def _bad_reason(reason: str) -> Refusal | None:
    if not reason.strip():
        return refuse(REASON_NEEDED, "/reason")
    if len(reason) > TEXT_LENGTH_MAX:
        return refuse(TOO_LONG, "/reason", field="reason", size=len(reason), limit=TEXT_LENGTH_MAX)
    return None


async def _merge(work: Work, calls: Sequence[Call[MergeCustomers]]) -> list[Answer]:
    named = {number for call in calls for number in (call.command.customer, call.command.other)}
    correction = await _Correction.begin(work, named)
    return [await _merge_one(correction, call) for call in calls]


async def _merge_one(correction: _Correction, call: Call[MergeCustomers]) -> Answer:
    command = call.command
    wrong = _bad_reason(command.reason)
    if wrong is not None:
        return wrong
    found: list[int] = []
    for where, number in (("/customer", command.customer), ("/other", command.other)):
        customer = correction.customer(number)
        if customer is None:
            return refuse(NOT_FOUND, where, what="customer", id=number)
        if correction.erased(customer):
            return refuse(PERSON_ERASED, where, customer=customer)
        found.append(customer)
    if found[0] == found[1]:
        return refuse(SAME_CUSTOMER, "/other", customer=found[0])
    left, right = correction.members(found[0]), correction.members(found[1])
    pairs = correction.joining(left, right)
    pairs.sort(key=lambda one: one != pair(min(left), min(right)))  # the one that joins them first
    rows = _said(pairs, 1, "manual", call.actor)
    return (
        correction.unheard(rows)
        or correction.forbidden(rows)
        or await correction.apply(call, rows, [*left, *right], command.reason)
    )


async def _split(work: Work, calls: Sequence[Call[SplitCustomer]]) -> list[Answer]:
    named = {number for call in calls for number in (call.command.customer, *call.command.records[:RECORDS_MAX])}
    correction = await _Correction.begin(work, named)
    return [await _split_one(correction, call) for call in calls]


async def _split_one(correction: _Correction, call: Call[SplitCustomer]) -> Answer:
    command = call.command
    wrong = _bad_reason(command.reason)
    if wrong is not None:
        return wrong
    if len(command.records) > RECORDS_MAX:
        return refuse(GROUP_TOO_LARGE, "/records", limit=RECORDS_MAX)
    customer = correction.customer(command.customer)
    if customer is None:
        return refuse(NOT_FOUND, "/customer", what="customer", id=command.customer)
    if correction.erased(customer):
        return refuse(PERSON_ERASED, "/customer", customer=customer)
    members, parted = set(correction.members(customer)), set(command.records)
    known = members | correction.pushed_out(members) if parted & members else members
    for place, number in enumerate(command.records):
        if number not in known:
            return refuse(NOT_OF_CUSTOMER, f"/records/{place}", record=number, customer=customer)
    if not parted or parted >= members:
        return refuse(NOTHING_REMAINS, "/records", customer=customer)
    rows = _said(pairs_to_part(parted, members - parted), -1, "manual", call.actor)
    return correction.unheard(rows) or await correction.apply(call, rows, members | parted, command.reason)


async def _answer(work: Work, calls: Sequence[Call[AnswerReview]]) -> list[Answer]:
    await ask(work.connection, store.lock_room(alone=True))
    (reviews,) = await ask(work.connection, store.lock_reviews({call.command.review for call in calls}))
    seeds = {number for one, _ in reviews.values() for number in (one.low, one.high)}
    correction = await _Correction.begin(work, seeds)
    results: list[Answer] = []
    answered: set[int] = set()
    for call in calls:
        number = call.command.review
        known = reviews.get(number)
        if known is None:
            results.append(refuse(NOT_FOUND, "/review", what="review", id=number))
        elif known[1] != "open" or number in answered:
            results.append(refuse(REVIEW_ANSWERED, "/review", review=number))
        else:
            result = await _answer_one(correction, call, known[0])
            if isinstance(result, IdentityChanged):
                answered.add(number)
                store.answer_reviews(work, [(number, call.command.answer, call.actor)], work.now)
                event = ReviewAnsweredEvent(known[0].low, known[0].high, call.command.answer)
                telling.tell(work, call, "review_answered", number, event)
            results.append(result)
    return results


async def _answer_one(correction: _Correction, call: Call[AnswerReview], review: ReviewRow) -> Answer:
    concerned = [review.low, review.high]
    for number in concerned:
        customer = correction.customer(number)
        if customer is None or correction.erased(customer):
            return refuse(PERSON_ERASED, "/review", customer=number)
    joined = call.command.answer == "joined"
    rows = _said([(review.low, review.high)], 1 if joined else -1, "review", call.actor)
    refused = correction.unheard(rows) or (correction.forbidden(rows) if joined else None)
    if refused is not None:
        return refused
    correction.take(review)
    return await correction.apply(call, rows, concerned)


MERGE_CUSTOMERS = Operation("customers.merge", MergeCustomers, IdentityChanged, _merge)
"""Say that two customers are one person."""

SPLIT_CUSTOMER = Operation("customers.split", SplitCustomer, IdentityChanged, _split)
"""Say that some records of a customer are another person's."""

ANSWER_REVIEW = Operation("customers.answer_review", AnswerReview, IdentityChanged, _answer)
"""Say of a pair under review whether it is one person."""

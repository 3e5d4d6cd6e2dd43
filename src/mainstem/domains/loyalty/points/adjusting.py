"""Points given or taken by hand, with a reason; what is much waits for a second person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from mainstem import ledger
from mainstem.domains.loyalty import contracts as c
from mainstem.domains.loyalty.points.earning import settle_debts
from mainstem.domains.loyalty.points.purse import Purse, first_out
from mainstem.domains.loyalty.points.resolving import locked, purses_of_members
from mainstem.domains.loyalty.points.texts import bad_text
from mainstem.domains.loyalty.telling import tell
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Book, Group, Step, Transfer
from mainstem.platform.arrays import Bigints
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.work import Work

State = Literal["waiting", "posted", "declined"]


class AdjustPoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: give points, or take them (below zero). More than the programme's threshold waits for approval."""

    member: str
    points: int
    reason: str
    note: str = ""


class DecideAdjustment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Approve or decline an adjustment that waits; never one's own."""

    adjustment: int
    approve: bool


class Adjusted(msgspec.Struct, frozen=True):
    """The adjustment as it is now, and what the member can use."""

    adjustment: int
    state: State
    member: str
    points: int
    available: int


class AdjustmentView(msgspec.Struct, frozen=True):
    """An adjustment: who asked for it and why, and who decided."""

    id: int
    member: str
    points: int
    reason: str
    note: str
    state: State
    actor: int
    decided_by: int | None
    created_at: datetime
    decided_at: datetime | None


class _Waiting(msgspec.Struct, frozen=True):
    id: int
    member: str
    points: int
    state: State
    actor: int


VIEW_COLUMNS = """
j.id, a.number, j.points, j.reason, j.note, j.state, j.actor, j.decided_by, j.created_at, j.decided_at
"""
"""An AdjustmentView, of loyalty.adjustment as j and loyalty.account as a."""

_VIEW = f"""
select {VIEW_COLUMNS} from loyalty.adjustment as j join loyalty.account as a on a.id = j.account
where j.id < %b::bigint and (%b::text = '' or j.state = %b::text) order by j.id desc limit %b::bigint
"""  # noqa: S608 - a constant
_LOCK = """
select j.id, a.number, j.points, j.state, j.actor
from loyalty.adjustment as j join loyalty.account as a on a.id = j.account
where j.id = any(%b::bigint[]) order by j.id for update of j
"""
_INSERT = """
insert into loyalty.adjustment (id, account, points, reason, note, state, actor, decided_by, created_at, decided_at)
values (%b, %b, %b, %b, %b, %b, %b, %b, %b, %b)
"""


def adjustments(state: State | Literal[""], limit: int, before: int = 2**63 - 1) -> Query[list[AdjustmentView]]:
    """Up to so many adjustments, the latest first, in a state where one is given."""
    return Query(_VIEW, (before, state, state, limit), lambda rows: [AdjustmentView(*row) for row in rows])


async def _adjust(work: Work, calls: Sequence[Call[AdjustPoints]]) -> list[Adjusted | Refusal]:
    by_number, purses = await purses_of_members(work, {call.command.member for call in calls})
    book = await locked(work, purses)
    await work.reserve_ids(len(calls))
    answers: list[Adjusted | Refusal] = []
    for call in calls:
        command = call.command
        purse = by_number.get(command.member)
        refusal = (
            _wrong(command) if purse is not None else refuse(c.UNKNOWN_MEMBER, "/member", member=command.member[:64])
        )
        if purse is None or refusal is not None:
            assert refusal is not None
            answers.append(refusal)
            continue
        waits = abs(command.points) > purse.programme.approval_above
        missing = None if waits else _post(work, purse, book, command.points)
        if missing is not None:
            answers.append(missing)
            continue
        number = work.ids.take()
        state: State = "waiting" if waits else "posted"
        decided = (None, None) if waits else (call.actor, work.now)
        work.write(
            _INSERT,
            number,
            purse.account.id,
            command.points,
            command.reason,
            command.note,
            state,
            call.actor,
            decided[0],
            work.now,
            decided[1],
        )
        adjusted = Adjusted(number, state, command.member, command.points, purse.available(book))
        tell(work, call, "adjustment_waiting" if waits else "points_adjusted", purse.account.id, adjusted)
        answers.append(adjusted)
    await ledger.save(work, book)
    return answers


async def _decide(work: Work, calls: Sequence[Call[DecideAdjustment]]) -> list[Adjusted | Refusal]:
    wanted = Bigints(sorted({call.command.adjustment for call in calls}))
    (found,) = await ask(work.connection, Query(_LOCK, (wanted,), _waiting))
    by_number, purses = await purses_of_members(work, {one.member for one in found.values()})
    book = await locked(work, purses)
    decided: set[int] = set()
    answers: list[Adjusted | Refusal] = []
    for call in calls:
        number, approve = call.command.adjustment, call.command.approve
        one = found.get(number)
        if one is None:
            answers.append(refuse(c.UNKNOWN_ADJUSTMENT, "/adjustment", adjustment=number))
            continue
        if one.state != "waiting" or number in decided:
            answers.append(refuse(c.ADJUSTMENT_DECIDED, "/adjustment", adjustment=number))
            continue
        if approve and call.actor == one.actor:
            answers.append(refuse(c.OWN_ADJUSTMENT, "/adjustment"))
            continue
        purse = by_number[one.member]
        missing = _post(work, purse, book, one.points) if approve else None
        if missing is not None:
            answers.append(missing)
            continue
        decided.add(number)
        state: State = "posted" if approve else "declined"
        work.write(
            "update loyalty.adjustment set state = %b, decided_by = %b, decided_at = %b where id = %b",
            state,
            call.actor,
            work.now,
            number,
        )
        adjusted = Adjusted(number, state, one.member, one.points, purse.available(book))
        tell(work, call, "points_adjusted" if approve else "adjustment_declined", purse.account.id, adjusted)
        answers.append(adjusted)
    await ledger.save(work, book)
    return answers


def _waiting(rows: list[Row]) -> dict[int, _Waiting]:
    return {row[0]: _Waiting(*row) for row in rows}


def _wrong(command: AdjustPoints) -> Refusal | None:
    if not command.reason.strip():
        return refuse(c.REASON_MISSING, "/reason")
    if not 1 <= abs(command.points) <= c.POINTS_MAX:
        most = c.POINTS_MAX
        return refuse(c.BAD_POINTS, "/points", points=command.points, least=-most, most=most, step=1)
    return bad_text("/reason", command.reason) or bad_text("/note", command.note)


def _post(work: Work, purse: Purse, book: Book, points: int) -> Refusal | None:
    """Post an adjustment, or say that not so many points are there to be taken."""
    steps: tuple[Step, ...]
    if points > 0:
        target = purse.target
        steps = settle_debts(target.debt, purse.debts(book), points, target.points, purse.account.id, c.ADJUSTED)
    else:
        own = {one.id for one in purse.own}
        lots = [lot for lot in purse.usable() if lot.account in own]
        available = sum(book.free(*lot.spot) for lot in lots)
        if -points > available:
            return refuse(c.POINTS_MISSING, "/points", points=-points, available=max(available, 0))
        steps = tuple(
            Transfer(lot.asset, lot.account, c.ADJUSTED, part) for lot, part in first_out(book, lots, -points)
        )
    granted = book.decide(Group(steps, "points_adjustment", purse.account.id, work.now))
    assert isinstance(granted, list), "what is taken was seen to be there"
    return None


ADJUST_POINTS: Operation[AdjustPoints, Adjusted] = Operation("loyalty.adjust_points", AdjustPoints, Adjusted, _adjust)
DECIDE_ADJUSTMENT: Operation[DecideAdjustment, Adjusted] = Operation(
    "loyalty.decide_adjustment", DecideAdjustment, Adjusted, _decide
)

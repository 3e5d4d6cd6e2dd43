"""Points from member to member: within a customer, a pool or a household; each keeps its last day."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from mainstem import ledger
from mainstem.domains import customers
from mainstem.domains.loyalty import contracts as c
from mainstem.domains.loyalty.points.purse import Purse, first_out
from mainstem.domains.loyalty.points.resolving import locked, purses_of_members
from mainstem.domains.loyalty.telling import tell
from mainstem.kernel.moments import day_bounds
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Book, Group, Transfer
from mainstem.platform.arrays import Bigints
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work

KIND = "points_transfer"


class TransferPoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: move points from one member's account to another's."""

    source: str
    target: str
    points: int


class PointsTransferred(msgspec.Struct, frozen=True):
    """What was moved, and what the first has left on his own account."""

    source: str
    target: str
    points: int
    left: int


_SENT = """
select m.source, sum(m.quantity)::bigint from ledger.movement as m
where m.kind = 'points_transfer' and m.source = any(%b::bigint[]) and m.occurred_at >= %b::timestamptz
    and m.reference = m.source
group by m.source
"""


async def _transfer(work: Work, calls: Sequence[Call[TransferPoints]]) -> list[PointsTransferred | Refusal]:
    by_number, purses = await purses_of_members(
        work, {number for call in calls for number in (call.command.source, call.command.target)}
    )
    pairs = {(call.command.source, call.command.target) for call in calls}
    spots = {
        (lot.asset, by_number[target].account.id)
        for source, target in pairs
        if source in by_number and target in by_number
        for lot in by_number[source].lots
    }
    sent = await _sent_today(work, [by_number[source] for source, _ in sorted(pairs) if source in by_number])
    near = {pair: await _near(work, by_number, pair) for pair in sorted(pairs)}
    book = await locked(work, purses, spots)
    answers: list[PointsTransferred | Refusal] = []
    for call in calls:
        command = call.command
        refusal = near[command.source, command.target] or _decide(work, command, by_number, book, sent)
        if refusal is not None:
            answers.append(refusal)
            continue
        source, target = by_number[command.source], by_number[command.target]
        sent[source.account.id] = sent.get(source.account.id, 0) + command.points
        left = sum(book.free(*lot.spot) for lot in source.usable() if lot.account == source.account.id)
        moved = PointsTransferred(command.source, command.target, command.points, left)
        tell(work, call, "points_transferred", source.account.id, moved)
        answers.append(moved)
        assert target.account.id != source.account.id
    await ledger.save(work, book)
    return answers


def _decide(
    work: Work, command: TransferPoints, by_number: dict[str, Purse], book: Book, sent: dict[int, int]
) -> Refusal | None:
    source, target = by_number[command.source], by_number[command.target]
    most = source.programme.transfer_per_day_max
    if not 1 <= command.points <= c.POINTS_MAX:
        return refuse(c.BAD_POINTS, "/points", points=command.points, least=1, most=c.POINTS_MAX, step=1)
    left = most - sent.get(source.account.id, 0)
    if command.points > left:
        return refuse(c.TRANSFER_LIMIT, "/points", left=max(left, 0))
    lots = [lot for lot in source.usable() if lot.account == source.account.id]
    free = sum(book.free(*lot.spot) for lot in lots)
    available = min(free, source.available(book))
    if command.points > available:
        return refuse(c.POINTS_MISSING, "/points", points=command.points, available=max(available, 0))
    steps = tuple(
        Transfer(lot.asset, lot.account, target.account.id, part) for lot, part in first_out(book, lots, command.points)
    )
    granted = book.decide(Group(steps, KIND, source.account.id, work.now))
    assert isinstance(granted, list), "what is moved was seen to be there"
    return None


async def _near(work: Work, by_number: dict[str, Purse], pair: tuple[str, str]) -> Refusal | None:
    """Why points may not go from one to the other."""
    for name, number in zip(("source", "target"), pair, strict=True):
        if number not in by_number:
            return refuse(c.UNKNOWN_MEMBER, f"/{name}", member=number[:64])
    source, target = by_number[pair[0]], by_number[pair[1]]
    if source.programme_id != target.programme_id:
        return refuse(c.ANOTHER_PROGRAMME, "/target")
    if pair[0] == pair[1]:
        return refuse(c.TRANSFER_APART, "/target")
    if target.account in (*source.own, *source.pooled):
        return None
    household = await customers.household_of(work.connection, source.account.record)
    near = {member.customer for member in household.members} if household is not None else set()
    return None if target.account.customer in near else refuse(c.TRANSFER_APART, "/target")


async def _sent_today(work: Work, sources: Sequence[Purse]) -> dict[int, int]:
    """What these members have transferred today; accounts are locked, so nobody sends meanwhile."""
    starts = {day_bounds(one.today, one.programme.zone)[0] for one in sources}
    since = min(starts, default=work.now - timedelta(days=1))
    (found,) = await ask(work.connection, _sent({one.account.id for one in sources}, since))
    return found


def _sent(accounts: Collection[int], since: datetime) -> Query[dict[int, int]]:
    return Query(_SENT, (Bigints(sorted(accounts)), since), dict)


TRANSFER_POINTS: Operation[TransferPoints, PointsTransferred] = Operation(
    "loyalty.transfer_points", TransferPoints, PointsTransferred, _transfer
)

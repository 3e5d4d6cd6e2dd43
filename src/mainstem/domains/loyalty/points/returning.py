"""What a return takes back of what was earned, and gives back of what was spent. Pure.

Both look at what was returned of each line in all: whatever the sequence of returns, the last one ends at zero.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from mainstem.domains.loyalty.contracts import EXPIRED, RELEASED, TAKEN_BACK, USED
from mainstem.domains.loyalty.points.burning import Part
from mainstem.domains.loyalty.points.earning import settle_debts
from mainstem.domains.loyalty.points.purse import Purse, first_out
from mainstem.domains.loyalty.points.spreading import due
from mainstem.ledger import Book, Step, Transfer


class Line(msgspec.Struct):
    """What of a document lies on a line, and how much of the line has come back."""

    position: int
    quantity: int
    returned: int
    points: int
    spend_minor: int


class Earning(msgspec.Struct):
    """An earning as it is stored, locked."""

    id: int
    account: int
    kind: str
    reference: int
    points: int
    back: int
    spend_minor: int
    spend_back_minor: int
    lot: int
    pending: int
    state: str
    lines: dict[int, Line] = {}


class Burning(msgspec.Struct):
    """A burn as it is stored, locked. `days` is the last day of each asset."""

    id: int
    account: int
    kind: str
    reference: int
    points: int
    amount_minor: int
    back: int
    state: str
    parts: list[Part] = []
    lines: dict[int, Line] = {}
    days: dict[int, date] = {}


class TakenBack(msgspec.Struct, frozen=True):
    """Points taken back and what less was spent; `debt` is what was no longer there."""

    points: int
    spend_minor: int
    debt: int
    steps: tuple[Step, ...]


class GivenBack(msgspec.Struct, frozen=True):
    """Points given back, by lot."""

    points: int
    steps: tuple[Step, ...]


def take_back(purse: Purse, book: Book, earning: Earning, returned: Mapping[int, int]) -> TakenBack:
    """Take back what the goods returned have earned, and note it in the earning.

    Pending points go as they are. Of available ones those of the same last day go first, then what expires first of
    the customer's own; what was spent already is a debt: the account goes below zero, by a fact.
    """
    points = spend = 0
    for line, now in _more(earning.lines, returned):
        points += due(line.points, now, line.quantity) - due(line.points, line.returned, line.quantity)
        spend += due(line.spend_minor, now, line.quantity) - due(line.spend_minor, line.returned, line.quantity)
        line.returned = now
    earning.back += points
    earning.spend_back_minor += spend
    if not points:
        return TakenBack(0, spend, 0, ())
    if earning.state == "pending":
        return TakenBack(points, spend, 0, (Transfer(earning.pending, earning.account, TAKEN_BACK, points),))
    own = {one.id for one in purse.own}
    lots = [lot for lot in purse.usable() if lot.account in own]
    first = [lot for lot in lots if lot.spot == (earning.lot, earning.account)]
    taken = first_out(book, [*first, *(lot for lot in lots if lot not in first)], points)
    steps: list[Step] = [Transfer(lot.asset, lot.account, TAKEN_BACK, part) for lot, part in taken]
    debt = points - sum(part for _, part in taken)
    if debt:
        steps.append(Transfer(purse.target.debt, earning.account, TAKEN_BACK, debt))
    return TakenBack(points, spend, debt, tuple(steps))


def give_back(purse: Purse, burn: Burning, returned: Mapping[int, int]) -> GivenBack:
    """Give back what paid for the goods returned, what would have expired last first, and note it in the burn.

    They come back with their old last day; what would expire before the programme's minimum lives that long instead.
    """
    points = 0
    for line, now in _more(burn.lines, returned):
        points += due(line.points, now, line.quantity) - due(line.points, line.returned, line.quantity)
        line.returned = now
    burn.back += points
    steps: list[Step] = []
    left = points
    for number in range(len(burn.parts) - 1, -1, -1):
        part = burn.parts[number]
        given = min(left, part.points - part.back)
        if given:
            fresh = burn.days[part.asset] < purse.target.returned_until
            steps.append(Transfer(purse.target.returned if fresh else part.asset, USED, part.account, given))
            burn.parts[number] = msgspec.structs.replace(part, back=part.back + given)
            left -= given
    assert not left, "a burn gives back no more than it took"
    return GivenBack(points, tuple(steps))


def release_pending(earning: Earning, debt: int, owed: Iterable[tuple[int, int]]) -> tuple[Step, ...]:
    """The steps by which what is left of a pending earning can be used; debts are paid first."""
    points = earning.points - earning.back
    if not points:
        return ()
    leave = Transfer(earning.pending, earning.account, RELEASED, points)
    return (leave, *settle_debts(debt, owed, points, earning.lot, earning.account, RELEASED))


def expire(book: Book, asset: int, account: int, debt: int) -> tuple[int, tuple[Step, ...]]:
    """What is lost of points whose last day is over, and the steps: what the account owes is paid from them first.

    What is held stays. For a benefit, `debt` is its own asset: nothing is owed there.
    """
    free = book.free(asset, account)
    if free <= 0:
        return 0, ()
    paid = 0 if debt == asset else min(free, max(-book.free(debt, account), 0))
    steps: list[Step] = []
    if paid:
        steps += [Transfer(asset, account, RELEASED, paid), Transfer(debt, RELEASED, account, paid)]
    if free > paid:
        steps.append(Transfer(asset, account, EXPIRED, free - paid))
    return free - paid, tuple(steps)


def _more(lines: Mapping[int, Line], returned: Mapping[int, int]) -> Iterable[tuple[Line, int]]:
    """The lines of which more has come back, and how much that is in all."""
    for position, quantity in returned.items():
        line = lines.get(position)
        if line is not None and quantity:
            yield line, min(line.returned + quantity, line.quantity)

"""Points as a tender: held with an order, then settled or released. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from mainstem.domains.loyalty import contracts as c
from mainstem.domains.loyalty.points.earning import LineShare
from mainstem.domains.loyalty.points.purse import Lot, Purse, first_out
from mainstem.domains.loyalty.points.spreading import spread
from mainstem.domains.loyalty.programmes.form import Burn
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Book, Release, Reserve, Settle, Step, Transfer


class Part(msgspec.Struct, frozen=True, gc=False):
    """Points of one lot of one account; `hold` None: they were taken at once."""

    position: int
    asset: int
    account: int
    points: int
    hold: int | None = None
    back: int = 0


class Burned(msgspec.Struct, frozen=True):
    """Points to be spent: the steps, where they come from, what they pay, and how they lie on the lines."""

    account: int
    kind: str
    reference: int
    what: str
    points: int
    amount_minor: int
    state: str
    parts: tuple[Part, ...]
    lines: tuple[LineShare, ...]
    steps: tuple[Step, ...]


class Tender(msgspec.Struct, frozen=True):
    """An order that points pay a part of. `lines`: (position, quantity, amount) of what is to be paid."""

    order: int
    currency: str
    total_minor: int
    lines: tuple[tuple[int, int, int], ...]
    expires_at: datetime | None = None


def worth(burn: Burn, points: int) -> int:
    """What points pay, in minor units, rounded down."""
    return points * burn.amount_minor // burn.points


def points_for(burn: Burn, amount_minor: int) -> int:
    """The fewest points that pay an amount."""
    return -(-amount_minor * burn.points // burn.amount_minor)


def most(purse: Purse, book: Book, total_minor: int) -> int:
    """The most points that may be spent on an order that comes to so much; 0 when none may."""
    burn = purse.programme.burn
    if burn is None:
        return 0
    payable = total_minor * burn.share_percent_max // 100
    points = min(max(purse.available(book), 0), payable * burn.points // burn.amount_minor)
    points -= points % burn.points_step
    return points if points >= burn.points_min else 0


def burn_as_tender(purse: Purse, book: Book, tender: Tender, points: int, take: Callable[[], int]) -> Burned | Refusal:
    """Hold points for an order, what expires first first. `take` gives ids of holds: at most one for each lot.

    Refused when the programme takes none, the order is in another currency, they are too few or too many, or not there.
    """
    burn = purse.programme.burn
    if burn is None:
        return refuse(c.NOT_BURNABLE, "/points", programme=purse.programme.code)
    if tender.currency != purse.programme.currency:
        return refuse(c.WRONG_TENDER_CURRENCY, "/points", currency=purse.programme.currency, wanted=tender.currency)
    payable = tender.total_minor * burn.share_percent_max // 100
    highest = payable * burn.points // burn.amount_minor
    if points % burn.points_step or not burn.points_min <= points <= highest:
        step = burn.points_step
        return refuse(c.BAD_POINTS, "/points", points=points, least=burn.points_min, most=highest, step=step)
    taken = _taken(purse, book, points)
    if isinstance(taken, Refusal):
        return taken
    parts = tuple(
        Part(number, lot.asset, lot.account, part, take()) for number, (lot, part) in enumerate(taken, start=1)
    )
    steps = tuple(
        Reserve(part.hold or 0, part.asset, part.account, part.points, expires_at=tender.expires_at) for part in parts
    )
    shares = spread(points, {position: amount for position, _, amount in tender.lines})
    lines = tuple(LineShare(position, quantity, shares[position]) for position, quantity, _ in tender.lines if quantity)
    amount = worth(burn, points)
    return Burned(purse.account.id, "tender", tender.order, "", points, amount, "held", parts, lines, steps)


def burn_at_once(purse: Purse, book: Book, reference: int, what: str, points: int) -> Burned | Refusal:
    """Spend points now, for something that is no order."""
    taken = _taken(purse, book, points)
    if isinstance(taken, Refusal):
        return taken
    parts = tuple(Part(number, lot.asset, lot.account, part) for number, (lot, part) in enumerate(taken, start=1))
    steps = tuple(Transfer(part.asset, part.account, c.USED, part.points) for part in parts)
    return Burned(purse.account.id, "reward", reference, what, points, 0, "settled", parts, (), steps)


def settle(parts: Sequence[Part]) -> tuple[Step, ...]:
    """The steps that make held points spent."""
    return tuple(Settle(part.hold, c.USED, part.points) for part in parts if part.hold is not None)


def release(parts: Sequence[Part], *, expired: bool = False) -> tuple[Step, ...]:
    """The steps that let held points go again."""
    return tuple(Release(part.hold, part.points, expired=expired) for part in parts if part.hold is not None)


def _taken(purse: Purse, book: Book, points: int) -> list[tuple[Lot, int]] | Refusal:
    available = purse.available(book)
    if points > available:
        return refuse(c.POINTS_MISSING, "/points", points=points, available=max(available, 0))
    return first_out(book, purse.usable(), points)

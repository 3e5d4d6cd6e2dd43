"""Opening what is counted: its spots are made when they are first used, and read as the ledger decides on them."""

from collections.abc import Iterable

from mainstem import ledger
from mainstem.domains.pricing.allowances.contracts import GRANTED, Allowance
from mainstem.ledger import Balance, Book, Group, Reserve, Spot, Transfer
from mainstem.platform.query import ask
from mainstem.platform.work import Work

PLACE_KIND = "allowance"


async def open_allowances(work: Work, wanted: Iterable[Allowance]) -> dict[Spot, Balance]:
    """The balances of what is counted, for `ledger.promise_book`, or to be locked with `ledger.lock` anyway.

    Spots that are new are made at once; of two batches that make one the later is tried again. What several places
    count together is locked here: those who use it decide one after the other.
    """
    allowances = list(wanted)
    spots = {spot for one in allowances for spot in one.spots()}
    if not spots:
        return {}
    (seen,) = await ask(work.connection, ledger.balances_seen(spots))
    missing = {spot: one.plenty for one in allowances for spot in one.seeded() if not seen[spot].known}
    if missing:
        await _make(work, missing)
        seen |= {spot: Balance(posted=plenty, known=True) for spot, plenty in missing.items()}
    together = [one for one in allowances if one.guard is not None]
    if together:
        # First the guards alone: whoever waited for one must see, in a statement of its own, the spots that the one he
        # waited for has made.
        await ledger.lock(work, {(one.asset, one.guard) for one in together if one.guard is not None})
        seen |= (await ledger.lock(work, {spot for one in together for spot in one.spots()})).balances
    return seen


async def _make(work: Work, missing: dict[Spot, int]) -> None:
    await work.reserve_ids(len(missing))
    book = Book({})
    for (asset, place), plenty in sorted(missing.items()):
        granted = book.decide(Group((Transfer(asset, GRANTED, place, plenty),), "allowance", asset, work.now))
        assert isinstance(granted, list), "what comes from outside is always granted"
    await ledger.save(work, book)
    ledger.register_places(work, PLACE_KIND, sorted({place for _, place in missing}))
    await work.flush()


def left_of(book: Book, one: Allowance) -> int:
    """How much may still be used, as the book stands; never below 0."""
    return max(one.limit - _used(book, one.spot, one.plenty) - _beside(book, one), 0)


def holding(book: Book, one: Allowance, quantity: int, hold: int) -> Reserve:
    """The step that uses so much; not granted where that is more than is left."""
    keep = one.plenty - one.limit + _beside(book, one)
    return Reserve(hold, one.asset, one.place, quantity, keep)


def _beside(book: Book, one: Allowance) -> int:
    return sum(_used(book, (one.asset, place), one.plenty) for place in one.beside)


def _used(book: Book, spot: Spot, plenty: int) -> int:
    """What is missing of what the spot was given; a spot that is not there has used nothing."""
    balance = book.balances.get(spot)
    return plenty - balance.posted + balance.held if balance is not None and balance.known else 0

"""Members by their numbers, with their purses and the balances these concern: how commands begin."""

from collections.abc import Collection, Iterable

from mainstem import ledger
from mainstem.domains.loyalty.members import store as members
from mainstem.domains.loyalty.points.opening import Purses, open_purses
from mainstem.domains.loyalty.points.purse import Purse
from mainstem.ledger import Book, Spot
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def purses_of_members(work: Work, numbers: Iterable[str]) -> tuple[dict[str, Purse], Purses]:
    """The purse of each member that there is, by number."""
    (rows,) = await ask(work.connection, members.accounts_by_number(numbers))
    purses = await open_purses(work, {row.record for row in rows.values()})
    return {number: purses.by_account[row.id] for number, row in rows.items()}, purses


async def locked(work: Work, purses: Purses, more: Collection[Spot] = ()) -> Book:
    """The book of the purses' balances, locked until the end."""
    return await ledger.lock(work, {*purses.spots(), *more})

"""Whom orders and sales name: the channel's own reference of a person, and the record that it leads to."""

from collections.abc import Iterable

from mainstem.domains import customers, orders
from mainstem.platform.work import Work

Command = orders.PlaceOrder | orders.RecordSale


def pairs_of(commands: Iterable[Command]) -> set[customers.Pair]:
    """Whom the commands name."""
    pairs = {customers.pair(command.channel, command.customer) for command in commands if command.customer}
    return {pair for pair in pairs if pair is not None}


class Customers:
    """The records of those whom a batch names."""

    def __init__(self, records: dict[customers.Pair, int]) -> None:
        self._records = records

    def record(self, command: Command) -> int | None:
        """The record of whom a command names; None when it names nobody."""
        pair = customers.pair(command.channel, command.customer) if command.customer else None
        return None if pair is None else self._records[pair]


async def name_customers(work: Work, commands: Iterable[Command], found: dict[customers.Pair, int]) -> Customers:
    """The records of whom these commands name: what `customers.known` has found, remembered, or introduced now."""
    named = pairs_of(commands)
    records = customers.remember(work, found, named)
    return Customers(records | await customers.introduce(work, named - records.keys()))

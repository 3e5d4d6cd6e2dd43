"""Uses of an order's promotions and coupons: held at checkout, then settled or released, and given back."""

from collections.abc import Collection
from typing import Any

import msgspec

from mainstem.domains.pricing.allowances import store
from mainstem.domains.pricing.allowances.contracts import USED, Allowance, Part, Usage
from mainstem.domains.pricing.allowances.opening import holding
from mainstem.domains.pricing.telling import tell
from mainstem.ledger import Book, Release, Settle, Spot, Step, Transfer
from mainstem.platform.execution import Call
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class Wanted(msgspec.Struct, frozen=True):
    """So much of what is counted."""

    allowance: Allowance
    quantity: int


class Use(msgspec.Struct, frozen=True):
    """A use that an order wants: put its `steps` into the order's group, and note it when that is granted."""

    usage: Usage
    steps: tuple[Step, ...]


class UsageEvent(msgspec.Struct, frozen=True):
    """Payload of `pricing.promotion_used` and its like (subject: the promotion or the batch)."""

    usage: int
    kind: str
    reference: int
    state: str
    items: int
    amount_minor: int
    coupon: int | None = None


class OrderUsage(msgspec.Struct, frozen=True):
    """What orders use of promotions' limits and coupons, locked, by order."""

    by_order: dict[int, list[Usage]]

    def spots(self) -> set[Spot]:
        """Every balance that may be touched."""
        return {(part.asset, part.place) for uses in self.by_order.values() for one in uses for part in one.parts}


async def open_usage(work: Work, orders: Collection[int]) -> OrderUsage:
    """What these orders use, locked. Lock the balances of `spots()`, and the holds of the orders, next."""
    uses, parts = await ask(work.connection, store.lock_usage(orders), store.parts_of(orders))
    found: dict[int, list[Usage]] = {}
    for one in uses:
        one.parts = parts.get(one.id, ())
        found.setdefault(one.reference, []).append(one)
    return OrderUsage(found)


class UsageChanges:
    """What of a batch is to be stored of uses: note each once its group was granted, and save at the end."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._new: list[Usage] = []
        self._changed: dict[int, Usage] = {}

    def take_id(self) -> int:
        """An id for a use; it must be reserved."""
        return self._work.ids.take()

    def wish(self, book: Book, usage: Usage, wanted: Collection[Wanted]) -> Use:
        """The use with the steps that hold it; an id each must be reserved. Nothing is noted yet.

        What a group wants twice of one spot, it must want at once.
        """
        steps, parts = [], []
        for one in wanted:
            step = holding(book, one.allowance, one.quantity, self._work.ids.take())
            steps.append(step)
            parts.append(Part(step.hold, step.asset, step.place, step.quantity))
        usage.parts = tuple(parts)
        return Use(usage, tuple(steps))

    def held(self, call: Call[Any] | None, use: Use) -> None:
        """Note a use whose group was granted."""
        self._new.append(use.usage)
        self._tell(call, use.usage)

    def settled(self, call: Call[Any] | None, usage: Usage) -> tuple[Step, ...]:
        """The steps that make a held use final, noted; none when it is not held."""
        if usage.state != "held":
            return ()
        self._note(call, usage, "settled")
        return tuple(Settle(part.hold, USED, part.quantity) for part in usage.parts)

    def released(self, call: Call[Any] | None, usage: Usage) -> tuple[Step, ...]:
        """The steps that let a held use go, noted; none when it is not held."""
        if usage.state != "held":
            return ()
        self._note(call, usage, "released")
        return tuple(Release(part.hold, part.quantity) for part in usage.parts)

    def given_back(self, call: Call[Any] | None, usage: Usage) -> tuple[Step, ...]:
        """The steps that end a use, held or settled, as if it had not been, noted; none when it has ended.

        For an order that is cancelled, and for one that came back whole. What comes back in part gives nothing back.
        """
        if usage.state != "settled":
            return self.released(call, usage)
        self._note(call, usage, "given_back")
        return tuple(Transfer(part.asset, USED, part.place, part.quantity) for part in usage.parts)

    def save(self) -> None:
        """Queue everything noted."""
        store.insert_usage(self._work, self._new)
        store.update_usage(self._work, list(self._changed.values()))

    def _note(self, call: Call[Any] | None, usage: Usage, state: Any) -> None:  # noqa: ANN401 - one of its states
        usage.state = state
        self._changed[usage.id] = usage
        self._tell(call, usage)

    def _tell(self, call: Call[Any] | None, usage: Usage) -> None:
        told = UsageEvent(
            usage.id, usage.kind, usage.reference, usage.state, usage.items, usage.amount_minor, usage.coupon
        )
        tell(self._work, call, f"{usage.kind}_use_{usage.state}", usage.subject, told)

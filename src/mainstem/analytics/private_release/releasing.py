"""Releasing figures: count, bound, add noise, and pay from the budget, in one transaction.

The figures are counted and made noisy before the budget is locked, so that releases wait for each other's last steps
only; what the budget does not suffice for is thrown away unseen.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from mainstem.analytics.private_release.bounding import Contribution, bounded
from mainstem.analytics.private_release.contracts import (
    BAD_RELEASE,
    BAD_SPAN,
    CURRENCY_NEEDED,
    DELTA_NEEDED,
    DELTA_UNUSED,
    PrivateFigure,
    PrivateRelease,
    PrivateReleased,
    PrivateReleaseEvent,
)
from mainstem.domains import catalog, customers, orders
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask
from mainstem.platform.work import Event, Work

if TYPE_CHECKING:
    from mainstem.analytics.private_release.noise import Noisy

PURPOSE = "analytics"
"""What a customer must have agreed to, to be counted."""

SPAN_DAYS_MAX = 3_660
NODES_MAX = 100_000

POSSIBLE = {
    "orders": (("channel", "node", "month"), ("customers", "orders", "spend")),
    "customers": (("source",), ("customers",)),
}
"""By what a dataset is grouped, and what is counted in it."""

budgets = customers.rights.budgets
_encode = msgspec.json.Encoder().encode


class Counted(msgspec.Struct, frozen=True):
    """What was counted: the sums of the groups; the groups that are known beforehand, None when the data tells them."""

    sums: dict[str, int]
    groups: list[str] | None


async def release(work: Work, calls: Sequence[Call[PrivateRelease]]) -> list[PrivateReleased | Refusal]:
    """Decide releases one after the other: each is a pass over a whole dataset."""
    answers: list[PrivateReleased | Refusal] = []
    for call in calls:
        answers.append(await _release(work, call))
        await work.flush()
    return answers


async def _release(work: Work, call: Call[PrivateRelease]) -> PrivateReleased | Refusal:
    command = call.command
    refusal = acceptable(command)
    if refusal is not None:
        return refusal
    loss = budgets.loss(command.epsilon, command.delta)
    if isinstance(loss, Refusal):
        return loss
    (known,) = await ask(work.connection, budgets.budgets([command.dataset]))
    budget = known.get(command.dataset)
    if budget is None:
        return refuse(budgets.BUDGET_EXHAUSTED, "/dataset", dataset=command.dataset, epsilon="0", delta="0")
    counted = await _counted(work.connection, command)
    noisy = await asyncio.to_thread(_noisy, command, counted)
    await work.reserve_ids(1)
    number = work.ids.take()
    book = await budgets.lock_budgets(work, known)
    if budgets.spend(book, budget, loss, number, work) is not None:
        left = budgets.remaining(book, command.dataset, budget)
        return refuse(
            budgets.BUDGET_EXHAUSTED,
            "/epsilon",
            dataset=command.dataset,
            epsilon=f"{left.epsilon_left:g}",
            delta=f"{left.delta_left:g}",
        )
    await budgets.keep(work, book)
    left = budgets.remaining(book, command.dataset, budget)
    told = PrivateReleaseEvent(
        number, command.dataset, command.group_by, command.measure, command.epsilon, command.delta
    )
    work.emit(Event("customers.private_release", budget.place, call.actor, call.trace, work.now, _encode(told)))
    return PrivateReleased(
        release=number,
        figures=tuple(PrivateFigure(group, value) for group, value in noisy.values.items()),
        epsilon=command.epsilon,
        delta=command.delta,
        epsilon_left=left.epsilon_left,
        delta_left=left.delta_left,
        accuracy=noisy.accuracy,
        threshold=noisy.threshold,
        scale=noisy.scale,
    )


def acceptable(command: PrivateRelease) -> Refusal | None:
    """Why figures cannot be released as asked; None when they can, if the budget suffices."""
    unknown = budgets.unknown_dataset(command.dataset)
    if unknown is not None:
        return unknown
    groupings, measures = POSSIBLE[command.dataset]
    if command.group_by not in groupings or command.measure not in measures:
        return refuse(
            BAD_RELEASE, "/group_by", dataset=command.dataset, measure=command.measure, group=command.group_by
        )
    if command.dataset == "orders":
        span = None if command.since is None or command.until is None else command.until - command.since
        if span is None or not timedelta(0) < span <= timedelta(days=SPAN_DAYS_MAX):
            return refuse(BAD_SPAN, "/since", days=SPAN_DAYS_MAX)
    if command.measure == "spend" and not command.currency:
        return refuse(CURRENCY_NEEDED, "/currency")
    if (command.group_by == "source") != (command.delta > 0):
        return refuse(DELTA_NEEDED if command.group_by == "source" else DELTA_UNUSED, "/delta")
    return None


async def _counted(connection: Connection, command: PrivateRelease) -> Counted:
    """What was counted of the customers who have agreed to be."""
    if command.dataset == "customers":
        (found,) = await ask(connection, customers.rights.sources_of_customers())
        rows: list[Contribution] = [(customer, source, 1) for customer, source in found]
        return Counted(await _bounded(connection, command, rows), None)
    assert command.group_by != "source"
    assert command.since is not None
    assert command.until is not None
    bought, channels, nodes = await ask(
        connection,
        orders.contributions(command.group_by, command.since, command.until, command.currency),
        catalog.list_channels(NODES_MAX),
        catalog.list_nodes(NODES_MAX),
    )
    (whose,) = await ask(connection, customers.customers_of({one.record for one in bought}))
    value = _VALUES[command.measure]
    rows = [(whose[one.record], one.group, value(one)) for one in bought if one.record in whose]
    sums = await _bounded(connection, command, rows)
    if command.group_by == "month":
        return Counted(sums, months(command.since, command.until))
    codes = {str(one.id): one.code for one in (channels if command.group_by == "channel" else nodes)}
    return Counted({codes[group]: total for group, total in sums.items()}, sorted(codes.values()))


_VALUES: dict[str, Callable[[orders.Contribution], int]] = {
    "customers": lambda _: 1,
    "orders": lambda one: one.orders,
    "spend": lambda one: one.spend_minor,
}


async def _bounded(connection: Connection, command: PrivateRelease, rows: list[Contribution]) -> dict[str, int]:
    agreed = set(await customers.consent.only_allowed(connection, sorted({row[0] for row in rows}), PURPOSE))
    groups_max, value_max = bounds(command)
    return await asyncio.to_thread(bounded, [row for row in rows if row[0] in agreed], groups_max, value_max)


def bounds(command: PrivateRelease) -> tuple[int, int]:
    """In how many groups a customer counts, and with how much in each."""
    return command.groups_max, 1 if command.measure == "customers" else command.value_max


def _noisy(command: PrivateRelease, counted: Counted) -> "Noisy":
    from mainstem.analytics.private_release import noise  # noqa: PLC0415 - 40 MiB that only releases need

    if counted.groups is None:
        return noise.told_groups(counted.sums, bounds(command), command.epsilon, command.delta)
    return noise.known_groups(counted.sums, counted.groups, bounds(command), command.epsilon)


def months(since: datetime, until: datetime) -> list[str]:
    """The months (UTC) that a span touches."""
    found = []
    year, month = since.year, since.month
    last = until - timedelta(microseconds=1)
    while (year, month) <= (last.year, last.month):
        found.append(f"{year:04}-{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 - months of a year
    return found


RELEASE_PRIVATELY: Operation[PrivateRelease, PrivateReleased] = Operation(
    "customers.release_privately", PrivateRelease, PrivateReleased, release
)

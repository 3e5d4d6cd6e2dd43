"""What may still be released of a dataset under differential privacy: quantities on the ledger, granted and spent.

Of each dataset the budget has two assets at one place: millionths of epsilon and trillionths of delta. Both are locked
before anything is decided, so that two releases cannot spend the same.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from mainstem.kernel.refusals import Kind, Refusal, declare, refuse
from mainstem.ledger import Book, Group, Shortage, Transfer, lock, register_assets, register_places, save
from mainstem.platform.checks import Said
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.work import Event, Work

DATASETS: dict[str, Said] = {
    "orders": Said("Orders and what customers spent", "订单与客户消费"),
    "customers": Said("Customers by the sources that know them", "按来源统计的客户"),
}
"""What figures can be released from."""

EPSILON_UNIT, DELTA_UNIT = 1_000_000, 1_000_000_000_000
"""Steps of the ledger for an epsilon, and for a delta, of 1."""

EPSILON_MAX = 1_000.0
"""What is more protects nobody."""

GRANTED, SPENT = -20, -21
"""The outside world: where budgets come from, and where they go."""

GRANT_KIND, SPEND_KIND = "privacy_grant", "privacy_release"
"""Kinds of movements."""

_encode = msgspec.json.Encoder().encode

UNKNOWN_DATASET = declare(
    "unknown_dataset", Kind.INVALID, "There is no dataset {dataset} to release from.", "Use one of {datasets}."
)
BAD_PRIVACY_LOSS = declare(
    "bad_privacy_loss",
    Kind.INVALID,
    "Epsilon or delta cannot be used here.",
    "Send epsilon above 0 and up to {most}, in millionths, and delta from 0 to below 1, in trillionths.",
)
BUDGET_EXHAUSTED = declare(
    "privacy_budget_exhausted",
    Kind.CONFLICT,
    "The privacy budget of {dataset} does not suffice: epsilon {epsilon} and delta {delta} are left.",
    "Ask for less, or have the budget raised by who answers for it.",
)


class GrantPrivacyBudget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Raise what may be released of a dataset."""

    dataset: str
    epsilon: float
    delta: float = 0.0


class PrivacyBudget(msgspec.Struct, frozen=True):
    """What is left of the budget of a dataset."""

    dataset: str
    epsilon_left: float
    delta_left: float


class BudgetStanding(msgspec.Struct, frozen=True):
    """The budget of a dataset: what was ever granted, what releases have spent, and what is left."""

    dataset: str
    epsilon_granted: float
    epsilon_spent: float
    epsilon_left: float
    delta_granted: float
    delta_spent: float
    delta_left: float


class BudgetMovement(msgspec.Struct, frozen=True):
    """A grant, or a release of figures (`release` is its number, None of a grant) with what it was of."""

    id: int
    dataset: str
    occurred_at: datetime
    actor: int
    epsilon: float
    delta: float
    release: int | None
    measure: str
    group_by: str


class BudgetGranted(msgspec.Struct, frozen=True):
    """Payload of `customers.privacy_budget_granted` (subject: the place of the budget)."""

    dataset: str
    epsilon: float
    delta: float


class Budget(NamedTuple):
    """Where the budget of a dataset is counted."""

    epsilon: int
    delta: int
    place: int


class Loss(NamedTuple):
    """A loss of privacy in steps of the ledger."""

    epsilon: int
    delta: int


def loss(epsilon: float, delta: float) -> Loss | Refusal:
    """Epsilon and delta as they are counted, never less than they are; refused when they cannot be used."""
    if not (0 < epsilon <= EPSILON_MAX and 0 <= delta < 1):
        return refuse(BAD_PRIVACY_LOSS, "/epsilon", most=int(EPSILON_MAX))
    return Loss(_steps(epsilon, EPSILON_UNIT), _steps(delta, DELTA_UNIT))


def _steps(value: float, unit: int) -> int:
    """Rounded to the step, and then up: what is spent is never counted as less."""
    nearest = round(value * unit)
    return nearest if nearest >= value * unit * (1 - 1e-12) else nearest + 1


def budgets(datasets: Collection[str]) -> Query[dict[str, Budget]]:
    """Where the budgets of datasets are counted; those that were never granted any are missing."""
    return Query(
        "select dataset, epsilon, delta, place from customers.privacy_budget where dataset = any(%b::text[])",
        (sorted(datasets),),
        lambda rows: {row[0]: Budget(*row[1:]) for row in rows},
    )


def left() -> Query[list[PrivacyBudget]]:
    """What is left of every budget, by dataset."""
    return Query(
        "select b.dataset, coalesce(e.posted, 0), coalesce(d.posted, 0) from customers.privacy_budget as b"
        " left join ledger.balance as e on e.asset = b.epsilon and e.place = b.place"
        " left join ledger.balance as d on d.asset = b.delta and d.place = b.place order by b.dataset",
        (),
        lambda rows: [PrivacyBudget(row[0], row[1] / EPSILON_UNIT, row[2] / DELTA_UNIT) for row in rows],
    )


_STANDING = """
select b.dataset, coalesce(e.granted, 0), coalesce(e.spent, 0), coalesce(d.granted, 0), coalesce(d.spent, 0)
from customers.privacy_budget as b
left join lateral (
    select sum(m.quantity) filter (where m.target = b.place) as granted,
        sum(m.quantity) filter (where m.source = b.place) as spent
    from ledger.movement as m where m.asset = b.epsilon
) as e on true
left join lateral (
    select sum(m.quantity) filter (where m.target = b.place) as granted,
        sum(m.quantity) filter (where m.source = b.place) as spent
    from ledger.movement as m where m.asset = b.delta
) as d on true
order by b.dataset
"""

_MOVEMENTS = """
select e.id, b.dataset, e.occurred_at, e.actor, e.payload::text
from customers.privacy_budget as b join platform.event as e on e.subject = b.place
where e.id < %b::bigint order by e.id desc limit %b::bigint
"""


def standing() -> Query[list[BudgetStanding]]:
    """Every budget with what was granted, spent and is left, by dataset; those never granted any are missing."""

    def parse(rows: list[Row]) -> list[BudgetStanding]:
        return [
            BudgetStanding(
                dataset,
                int(granted) / EPSILON_UNIT,
                int(spent) / EPSILON_UNIT,
                int(granted - spent) / EPSILON_UNIT,
                int(more) / DELTA_UNIT,
                int(gone) / DELTA_UNIT,
                int(more - gone) / DELTA_UNIT,
            )
            for dataset, granted, spent, more, gone in rows
        ]

    return Query(_STANDING, (), parse)


def movements(limit: int, before: int = 2**63 - 1) -> Query[list[BudgetMovement]]:
    """Up to `limit` grants and releases, the latest first, before one's id."""

    def parse(row: Row) -> BudgetMovement:
        number, dataset, occurred_at, actor, payload = row
        told = msgspec.json.decode(payload)
        return BudgetMovement(
            number,
            dataset,
            occurred_at,
            actor,
            told["epsilon"],
            told["delta"],
            told.get("release"),
            told.get("measure", ""),
            told.get("group_by", ""),
        )

    return Query(_MOVEMENTS, (before, limit), lambda rows: [parse(row) for row in rows])


async def lock_budgets(work: Work, known: Mapping[str, Budget]) -> Book:
    """The balances of budgets, locked until the end."""
    return await lock(work, [(asset, one.place) for one in known.values() for asset in (one.epsilon, one.delta)])


def spend(book: Book, budget: Budget, spent: Loss, reference: int, work: Work) -> Shortage | None:
    """Take a loss from a budget, both parts of it or none; the shortage when it does not suffice."""
    steps = tuple(
        Transfer(asset, budget.place, SPENT, quantity)
        for asset, quantity in ((budget.epsilon, spent.epsilon), (budget.delta, spent.delta))
        if quantity
    )
    found = book.decide(Group(steps, SPEND_KIND, reference, work.now))
    return found if isinstance(found, Shortage) else None


async def keep(work: Work, book: Book) -> None:
    """Queue what was spent."""
    await save(work, book)


def remaining(book: Book, dataset: str, budget: Budget) -> PrivacyBudget:
    """What a book has of a budget."""
    return PrivacyBudget(
        dataset,
        book.free(budget.epsilon, budget.place) / EPSILON_UNIT,
        book.free(budget.delta, budget.place) / DELTA_UNIT,
    )


async def _grant(work: Work, calls: Sequence[Call[GrantPrivacyBudget]]) -> list[PrivacyBudget | Refusal]:
    checked = [_grantable(call.command) for call in calls]
    wanted = sorted({call.command.dataset for call, one in zip(calls, checked, strict=True) if isinstance(one, Loss)})
    (known,) = await ask(work.connection, budgets(wanted))
    await work.reserve_ids(3 * len(wanted))
    for dataset in wanted:
        if dataset not in known:
            known[dataset] = _new_budget(work, dataset)
    book = await lock_budgets(work, known)
    answers: list[PrivacyBudget | Refusal] = []
    for call, more in zip(calls, checked, strict=True):
        if isinstance(more, Refusal):
            answers.append(more)
            continue
        command, budget = call.command, known[call.command.dataset]
        steps = tuple(
            Transfer(asset, GRANTED, budget.place, quantity)
            for asset, quantity in ((budget.epsilon, more.epsilon), (budget.delta, more.delta))
            if quantity
        )
        granted = book.decide(Group(steps, GRANT_KIND, budget.place, work.now))
        assert not isinstance(granted, Shortage), granted
        payload = _encode(BudgetGranted(command.dataset, command.epsilon, command.delta))
        work.emit(Event("customers.privacy_budget_granted", budget.place, call.actor, call.trace, work.now, payload))
        answers.append(remaining(book, command.dataset, budget))
    await save(work, book)
    return answers


def unknown_dataset(dataset: str) -> Refusal | None:
    """The refusal of a dataset that is not there."""
    if dataset in DATASETS:
        return None
    return refuse(UNKNOWN_DATASET, "/dataset", dataset=dataset[:64], datasets=", ".join(DATASETS))


def _grantable(command: GrantPrivacyBudget) -> Loss | Refusal:
    return unknown_dataset(command.dataset) or loss(command.epsilon, command.delta)


def _new_budget(work: Work, dataset: str) -> Budget:
    """Of two who make the first budget of a dataset at once, one runs again and finds it."""
    budget = Budget(work.ids.take(), work.ids.take(), work.ids.take())
    work.write(
        "insert into customers.privacy_budget (dataset, epsilon, delta, place) values (%b, %b, %b, %b)",
        dataset,
        *budget,
    )
    register_assets(work, "privacy_epsilon", [budget.epsilon])
    register_assets(work, "privacy_delta", [budget.delta])
    register_places(work, "privacy_budget", [budget.place])
    return budget


GRANT_PRIVACY_BUDGET: Operation[GrantPrivacyBudget, PrivacyBudget] = Operation(
    "customers.grant_privacy_budget", GrantPrivacyBudget, PrivacyBudget, _grant
)

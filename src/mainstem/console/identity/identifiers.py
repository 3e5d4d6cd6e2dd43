"""Identifiers that join nobody: why, by which numbers; suspending one by hand, and lifting a suspension."""

from uuid import uuid4

import msgspec

from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.console.identity import words
from mainstem.domains import customers
from mainstem.platform.access.directory import names
from mainstem.platform.execution import Executor
from mainstem.platform.query import ask

PAGE = 50
USERS_MAX = 50
LIST = "/identity/suspended"

_NUMBER_MAX = 2**63 - 1
_VALUE_LENGTH_MAX = 200


class Number(msgspec.Struct, frozen=True):
    """A number of an identifier's use, beside the most that one person has of it. `source` is where it was counted."""

    text: str
    value: int
    limit: int
    source: str = ""

    @property
    def over(self) -> bool:
        """Whether one person would not have so many."""
        return self.value > self.limit


class Foretold(msgspec.Struct, frozen=True):
    """How many customers use it now, and how many they would be then; or why it would be refused."""

    now: int
    then: int
    problem: Problem | None = None


async def listing(visit: Visit) -> Reply:
    """What is suspended."""
    return await _listing(visit)


async def find(visit: Visit) -> Reply:
    """The identifier that somebody types: sent as a form, so that no number stands in an address."""
    form = await visit.form()
    type_, value, scope = form.text("type"), form.text("value")[:_VALUE_LENGTH_MAX], form.text("scope")
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, customers.identifier_called(visit.desk.vault, type_, scope, value))
    if found is None:
        return await _listing(visit, typed=form.typed())
    return see_other(f"{LIST}/{found}")


async def show(visit: Visit) -> Reply:
    """One identifier: how it is used, by whom, and what suspending it or lifting that would come to."""
    return await _page(visit)


async def suspend(visit: Visit) -> Reply:
    """From now on it joins nobody."""
    number: int = visit.path["identifier"]
    form = await visit.form()
    done = await visit.run(customers.SUSPEND_IDENTIFIER, customers.SuspendIdentifier(number), form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, done)
    return see_other(f"{LIST}/{number}", notice=visit.t("The identifier joins nobody any more."))


async def lift(visit: Visit) -> Reply:
    """From now on it is one person's, whatever its numbers say."""
    number: int = visit.path["identifier"]
    form = await visit.form()
    done = await visit.run(customers.LIFT_SUSPENSION, customers.LiftSuspension(number), form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, done)
    return see_other(f"{LIST}/{number}", notice=visit.t("The suspension is lifted, and does not come back by itself."))


async def _listing(visit: Visit, typed: dict[str, str] | None = None) -> Reply:
    text = visit.query.get("after", "")
    after = int(text) if text.isascii() and text.isdecimal() and int(text) <= _NUMBER_MAX else 0
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, customers.suspended(after, PAGE + 1))
        shown = found[:PAGE]
        (counted,) = await ask(connection, customers.counted([one.id for one in shown]))
    return html(
        visit,
        "identity/templates/suspended.html",
        status=404 if typed else 200,
        lines=[(one, _numbers(visit, one, counted.get(one.id))) for one in shown],
        types=[(code, words.word(visit, words.IDENTIFIERS, code)) for code in customers.IDENTIFIER_TYPES],
        typed=typed or {},
        missing=typed is not None,
        next_url=f"{LIST}?after={shown[-1].id}" if len(found) > PAGE else "",
        first_url=LIST if after else "",
        words=words,
    )


async def _page(visit: Visit, problem: Problem | None = None) -> Reply:
    number: int = visit.path["identifier"]
    if not 0 < number <= _NUMBER_MAX:
        raise MissingError
    async with visit.desk.database.snapshot() as connection:
        found, users, counted = await ask(
            connection,
            customers.find_identifier(number),
            customers.users_of(number, USERS_MAX + 1),
            customers.counted([number]),
        )
        if found is None:
            raise MissingError
        people = await customers.people(connection, visit.desk.vault, users[:USERS_MAX])
        (called,) = await ask(connection, names({found.lifted_by or 0}))
    return html(
        visit,
        "identity/templates/identifier.html",
        status=problem.status if problem else 200,
        one=found,
        numbers=_numbers(visit, found, counted.get(number)),
        people=list(people.values()),
        more=len(users) > USERS_MAX,
        lifted_by=called.get(found.lifted_by or 0, ""),
        foretold=await _foretell(visit, found, len(users)) if len(users) <= USERS_MAX else None,
        problem=problem,
        words=words,
    )


async def _foretell(visit: Visit, found: customers.IdentifierStanding, users: int) -> Foretold:
    executor, actor = Executor(visit.desk.database), visit.caller.principal
    if found.suspended_at:
        lifting = customers.LIFT_SUSPENSION.call(customers.LiftSuspension(found.id), uuid4().hex, actor=actor)
        (outcome,) = await executor.rehearse(customers.LIFT_SUSPENSION, [lifting])
    else:
        suspending = customers.SUSPEND_IDENTIFIER.call(customers.SuspendIdentifier(found.id), uuid4().hex, actor=actor)
        (outcome,) = await executor.rehearse(customers.SUSPEND_IDENTIFIER, [suspending])
    if not outcome.accepted:
        return Foretold(users, users, visit.problem(outcome.refusal()))
    became = msgspec.json.decode(outcome.body, type=customers.IdentityChanged)
    return Foretold(users, len(became.customers))


def _numbers(
    visit: Visit, one: customers.SuspendedIdentifier | customers.IdentifierStanding, counted: customers.Counted | None
) -> list[Number]:
    """The numbers that say whether it is one person's; of what is used by very many, their number alone."""
    limits = customers.limits_of(one.type)
    if counted is None:
        return [Number(visit.t("Records"), one.uses, limits.degree)]
    return [
        Number(visit.t("Records"), counted.claims, limits.degree),
        Number(visit.t("of one source"), counted.of_source, limits.accounts, counted.source),
        Number(visit.t("within a day"), counted.within_day, limits.velocity),
    ]

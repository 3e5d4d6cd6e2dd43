"""Setting a plan: a month's amount spread over its days, single days, or nothing any more.

Forms carry what was planned when they were shown; the command compares it with what is planned when it is done.
"""

from datetime import date

from mainstem.console.frame import Form, Problem, Reply, Visit, see_other
from mainstem.console.plan.scopes import Scope, called, scope_of, today_of
from mainstem.console.plan.showing import page
from mainstem.domains import orders, pricing
from mainstem.kernel.money import AMOUNT_MINOR_MAX, to_minor
from mainstem.kernel.refusals import refuse
from mainstem.platform.query import ask

SHOWN_LENGTH_MAX = 40


async def set_month(visit: Visit) -> Reply:
    """Spread an amount over all days of the month by what each weekday sold lately."""
    form = await visit.form()
    scope = scope_of(visit, form.typed())
    amount = _amount(visit, form.text("amount"), scope.currency, "/amount")
    if isinstance(amount, Problem):
        return await page(visit, scope, amount, form.typed())
    node, channel, currency = scope.key
    async with visit.desk.database.snapshot() as connection:
        (weights,) = await ask(
            connection, orders.weekday_sales(today_of(visit), visit.network.zone, currency, node, channel)
        )
    parts = orders.spread(amount, scope.month.days, weights)
    problem = await _set(visit, form, scope, dict(parts))
    if problem is not None:
        return await page(visit, scope, problem, form.typed())
    values = {
        "name": called(visit, scope.key),
        "month": visit.fmt.month(scope.month.first),
        "amount": visit.fmt.money(amount, currency),
    }
    if any(weights.values()):
        notice = visit.t("{name}: the plan of {month} is {amount}.", **values)
    else:
        notice = visit.t(
            "{name}: the plan of {month} is {amount}. All days weigh the same: nothing was sold in the weeks before.",
            **values,
        )
    return see_other(scope.url, notice=notice)


async def change_days(visit: Visit) -> Reply:
    """Set the days whose amounts were changed; an empty field is no plan."""
    form = await visit.form()
    scope = scope_of(visit, form.typed())
    changed: dict[date, int | None] = {}
    for day in scope.month.days:
        name = f"day_{day.isoformat()}"
        text = form.text(name)
        amount = _amount(visit, text, scope.currency, f"/{name}") if text else None
        if isinstance(amount, Problem):
            return await page(visit, scope, amount, form.typed())
        if amount != _seen(form, day):
            changed[day] = amount
    if not changed:
        return see_other(scope.url, notice=visit.t("No day was changed."))
    problem = await _set(visit, form, scope, changed)
    if problem is not None:
        return await page(visit, scope, problem, form.typed())
    return see_other(scope.url, notice=visit.t("Days changed: {count}.", count=visit.fmt.number(len(changed))))


async def remove(visit: Visit) -> Reply:
    """Plan nothing any more for the days of the month."""
    form = await visit.form()
    scope = scope_of(visit, form.typed())
    days = {day: None for day in scope.month.days if _seen(form, day) is not None}
    problem = await _set(visit, form, scope, dict(days)) if days else None
    if problem is not None:
        return await page(visit, scope, problem, form.typed(), removing=True)
    return see_other(f"/plan?month={scope.month.code}", notice=visit.t("The plan has been removed."))


async def _set(visit: Visit, form: Form, scope: Scope, amounts: dict[date, int | None]) -> Problem | None:
    command = orders.SetSalesPlan(
        currency=scope.currency,
        days=tuple([orders.PlannedDay(day, amount, _seen(form, day)) for day, amount in amounts.items()]),
        node=scope.node or None,
        channel=scope.channel or None,
    )
    done = await visit.run(orders.SET_SALES_PLAN, command, form.text("key"))
    return done if isinstance(done, Problem) else None


def _seen(form: Form, day: date) -> int | None:
    text = form.text(f"seen_{day.isoformat()}")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(AMOUNT_MINOR_MAX)) else None


def _amount(visit: Visit, text: str, currency: str, where: str) -> int | Problem:
    try:
        amount = to_minor(text.replace(",", ""), currency) if text.isascii() and len(text) <= SHOWN_LENGTH_MAX else -1
    except ValueError:
        amount = -1
    if 0 <= amount <= AMOUNT_MINOR_MAX:
        return amount
    refusal = refuse(pricing.BAD_AMOUNT, where, amount=text[:SHOWN_LENGTH_MAX], least=0, most=AMOUNT_MINOR_MAX)
    found = visit.problem(refusal)
    remedy = visit.t("Type an amount of at least 0, such as 12500 or 12500.50.")
    return Problem(found.code, found.text, remedy, where, found.status, refusal)

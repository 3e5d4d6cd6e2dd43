"""Privacy budgets: what may still be released of a dataset, what releases have spent, and raising one."""

from typing import Any

import msgspec

from mainstem.console.consents import words
from mainstem.console.frame import Problem, Reply, Visit, html, see_other
from mainstem.domains import customers
from mainstem.kernel.refusals import refuse
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import PRIVACY_HANDLE
from mainstem.platform.query import ask

budgets = customers.rights.budgets

ROWS = 50
_NUMBER_MAX = 2**63 - 1
_TEXT_LENGTH_MAX = 40


async def show(visit: Visit) -> Reply:
    """The budgets with what is left of them, and every release and grant, the latest first."""
    text = visit.query.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and int(text) <= _NUMBER_MAX else _NUMBER_MAX
    async with visit.desk.database.snapshot() as connection:
        standing, found = await ask(connection, budgets.standing(), budgets.movements(ROWS + 1, before))
        rows = found[:ROWS]
        (called,) = await ask(connection, names({one.actor for one in rows} - {0}))
    return html(
        visit,
        "consents/templates/budgets.html",
        here=words.rooms(visit),
        budgets=[_budget(visit, one) for one in standing],
        option=_picture(visit, standing),
        rows=[_row(visit, one, called) for one in rows],
        ungranted=[words.said(visit, one) for code, one in budgets.DATASETS.items() if code not in _granted(standing)],
        grants=visit.allowed(PRIVACY_HANDLE),
        next_url=visit.url(before=rows[-1].id) if len(found) > ROWS else "",
        first_url=visit.url(before=None) if text else "",
    )


def _granted(standing: list[budgets.BudgetStanding]) -> set[str]:
    return {one.dataset for one in standing}


def _dataset(visit: Visit, code: str) -> str:
    return words.said(visit, budgets.DATASETS[code]) if code in budgets.DATASETS else code


def _budget(visit: Visit, one: budgets.BudgetStanding) -> dict[str, object]:
    part = one.epsilon_left / one.epsilon_granted if one.epsilon_granted else 0.0
    return {
        "name": _dataset(visit, one.dataset),
        "epsilon": [f"{value:g}" for value in (one.epsilon_granted, one.epsilon_spent, one.epsilon_left)],
        "delta": [f"{value:g}" for value in (one.delta_granted, one.delta_spent, one.delta_left)],
        "share": visit.fmt.share(part),
        "tone": "red" if part <= 0 else "orange" if part < 0.2 else "",  # noqa: PLR2004 - a fifth is little
    }


def _picture(visit: Visit, standing: list[budgets.BudgetStanding]) -> str:
    """Of each budget what is spent and what is left, as the chart wants it."""
    rows = list(reversed(standing))
    option: dict[str, Any] = {
        "grid": {"left": 8, "right": 24, "top": 32, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "value", "name": "ε"},
        "yAxis": {"type": "category", "data": [_dataset(visit, one.dataset) for one in rows]},
        "series": [
            {"name": visit.t("Remaining"), "type": "bar", "stack": "ε", "data": [one.epsilon_left for one in rows]},
            {"name": visit.t("Spent"), "type": "bar", "stack": "ε", "data": [one.epsilon_spent for one in rows]},
        ],
    }
    return msgspec.json.encode(option).decode()


def _row(visit: Visit, one: budgets.BudgetMovement, called: dict[int, str]) -> dict[str, object]:
    released = one.release is not None
    what, sign = visit.t("Budget raised"), -1 if released else 1
    if released:
        measure, by = words.MEASURES.get(one.measure, one.measure), words.GROUPINGS.get(one.group_by, one.group_by)
        what = f"{visit.t(measure)} {visit.t(by)}"
    return {
        "at": one.occurred_at,
        "dataset": _dataset(visit, one.dataset),
        "what": what,
        "released": released,
        "epsilon": f"{sign * one.epsilon:+g}",
        "delta": f"{sign * one.delta:+g}" if one.delta else "–",
        "who": words.actor_name(visit, one.actor, called),
    }


async def ask_for(visit: Visit) -> Reply:
    """The form that raises a budget."""
    return _granting(visit, {"dataset": visit.query.get("dataset", "")})


async def grant(visit: Visit) -> Reply:
    """Raise it."""
    form = await visit.form()
    epsilon, delta = _number(form.text("epsilon")), _number(form.text("delta") or "0")
    if epsilon is None or delta is None:
        refusal = refuse(budgets.BAD_PRIVACY_LOSS, "/epsilon", most=int(budgets.EPSILON_MAX))
        return _granting(visit, form.typed(), visit.problem(refusal))
    command = budgets.GrantPrivacyBudget(form.text("dataset"), epsilon, delta)
    done = await visit.run(budgets.GRANT_PRIVACY_BUDGET, command, form.text("key"))
    if isinstance(done, Problem):
        return _granting(visit, form.typed(), done)
    notice = visit.t(
        "The budget of {dataset} is raised; epsilon {left} is left.",
        dataset=_dataset(visit, done.dataset),
        left=f"{done.epsilon_left:g}",
    )
    return see_other("/privacy/budgets", notice=notice)


def _number(text: str) -> float | None:
    """A number as people type it; None for what is none."""
    try:
        return float(text) if text.isascii() and len(text) <= _TEXT_LENGTH_MAX else None
    except ValueError:
        return None


def _granting(visit: Visit, typed: dict[str, str], problem: Problem | None = None) -> Reply:
    return html(
        visit,
        "consents/templates/grant.html",
        status=200 if problem is None else problem.status,
        problem=problem,
        typed={"dataset": "", "epsilon": "", "delta": ""} | typed,
        datasets=[(code, words.said(visit, one)) for code, one in budgets.DATASETS.items()],
    )

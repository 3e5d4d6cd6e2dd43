"""One plan of a month: its days beside what they sold, and the forms that change them."""

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from mainstem.console.frame import Problem, Reply, Visit, html
from mainstem.console.plan.listing import Standing
from mainstem.console.plan.scopes import Scope, called, scope_of, today_of
from mainstem.console.plan.sold import sold_in
from mainstem.console.quantities import amount_typed
from mainstem.domains import orders
from mainstem.platform.access.permissions import PLAN_WRITE
from mainstem.platform.query import ask


class Day(msgspec.Struct, frozen=True):
    """A day's plan and sales in minor units; `typed` is what its field holds, `changed` that somebody else set it."""

    day: date
    planned: int | None
    sold: int | None
    share: float | None
    typed: str
    changed: bool
    wrong: bool

    @property
    def seen(self) -> str:
        """What a form says it showed."""
        return "" if self.planned is None else str(self.planned)


async def show(visit: Visit) -> Reply:
    """The plan of a month for a node, a channel, both, or the whole."""
    return await page(visit, scope_of(visit, visit.query), removing=bool(visit.query.get("remove")))


async def page(
    visit: Visit,
    scope: Scope,
    problem: Problem | None = None,
    typed: Mapping[str, str] | None = None,
    *,
    removing: bool = False,
) -> Reply:
    """The page; after a problem with what was typed, beside what is planned now."""
    month, today, zone = scope.month, today_of(visit), visit.network.zone
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, orders.plan_rows(month.first, month.last))
        sales, counted_at = await sold_in(visit.desk.database, connection, month, today, zone)
    planned = {row.day: row.amount_minor for row in rows if (row.node, row.channel, row.currency) == scope.key}
    sold = sales.get(scope.key, {})
    days = [_day(day, planned.get(day), sold.get(day, 0), today, scope, typed or {}, problem) for day in month.days]
    name = called(visit, scope.key)
    return html(
        visit,
        "plan/templates/month.html",
        status=problem.status if problem else 200,
        scope=scope,
        name=name,
        month=month,
        days=days,
        planned=bool(planned),
        total=Standing(name, "", scope.currency, sum(planned.values()), sum(sold.values())),
        counted_at=counted_at,
        today=today,
        weeks=orders.WEIGHT_WEEKS,
        weeks_from=today - timedelta(weeks=orders.WEIGHT_WEEKS),
        weeks_to=today - timedelta(days=1),
        amount=(typed or {}).get("amount", ""),
        problem=problem,
        removing=removing and bool(planned),
        may_write=visit.allowed(PLAN_WRITE),
    )


def _day(
    day: date,
    planned: int | None,
    sold: int,
    today: date,
    scope: Scope,
    typed: Mapping[str, str],
    problem: Problem | None,
) -> Day:
    shown = "" if planned is None else amount_typed(planned, scope.currency)
    seen = typed.get(f"seen_{day.isoformat()}")
    return Day(
        day=day,
        planned=planned,
        sold=None if day > today else sold,
        share=max(100 * sold // planned, 0) / 100 if planned and day <= today else None,
        typed=typed.get(f"day_{day.isoformat()}", shown),
        changed=seen is not None and seen != ("" if planned is None else str(planned)),
        wrong=problem is not None and problem.where == f"/day_{day.isoformat()}",
    )

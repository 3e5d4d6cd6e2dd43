"""What is done to a member: points adjusted and moved, benefits granted and used, rewards chosen, pools."""

from typing import Any

from mainstem.console.frame import Form, Problem, Reply, Visit, html, see_other
from mainstem.console.loyalty import member as page_of
from mainstem.console.loyalty import words
from mainstem.console.loyalty.reading import kept_programmes, people, programme_of, whole
from mainstem.domains import loyalty
from mainstem.kernel.refusals import refuse
from mainstem.platform.execution import Operation

REASONS = 300


def _points(visit: Visit, form: Form) -> int | Problem:
    """The points of a form, or why they are none."""
    value = whole(form.text("points"))
    if value is None or abs(value) > loyalty.POINTS_MAX:
        typed = form.text("points")[:32] or "–"
        return visit.problem(
            refuse(loyalty.BAD_POINTS, "/points", points=typed, least=1, most=loyalty.POINTS_MAX, step=1)
        )
    return value


def _number(visit: Visit, form: Form, name: str) -> int | Problem:
    """A whole number of a form, or why it is none."""
    value = whole(form.text(name))
    if value is None:
        typed = form.text(name)[:32] or "–"
        return visit.problem(refuse(loyalty.OUT_OF_RANGE, f"/{name}", value=typed, least=1, most=loyalty.POINTS_MAX))
    return value


async def adjusting(visit: Visit) -> Reply:
    """The form of an adjustment."""
    return await _adjustment(visit)


async def adjust(visit: Visit) -> Reply:
    """Give or take points; much waits for somebody else."""
    form = await visit.form()
    number: str = visit.path["member"]
    points = _points(visit, form)
    if isinstance(points, Problem):
        return await _adjustment(visit, form, points)
    signed = -abs(points) if form.text("way") == "take" else abs(points)
    command = loyalty.AdjustPoints(number, signed, form.text("reason"), form.text("note"))
    done = await visit.run(loyalty.ADJUST_POINTS, command, form.text("key"))
    if isinstance(done, Problem):
        return await _adjustment(visit, form, done)
    if done.state == "waiting":
        notice = visit.t("Noted. It waits until somebody else approves it.")
    else:
        notice = visit.t("The points are adjusted.")
    return see_other(f"/members/{number}", notice=notice)


async def _adjustment(visit: Visit, form: Form | None = None, problem: Problem | None = None) -> Reply:
    number: str = visit.path["member"]
    async with visit.desk.database.snapshot() as connection:
        view = await loyalty.member(connection, visit.desk.vault, number)
        kept = programme_of(await kept_programmes(connection), view.programme)
        who = await people(visit, connection, {view.customer})
    return html(
        visit,
        "loyalty/templates/adjust.html",
        status=problem.status if problem else 200,
        view=view,
        person=who[view.customer],
        programme=kept.form,
        said=words.said(visit, kept.form.name),
        problem=problem,
        typed={} if form is None else form.typed(),
        reasons_max=REASONS,
    )


async def transferring(visit: Visit) -> Reply:
    """The form of a transfer: to whom points may go."""
    return await _transfer(visit)


async def transfer(visit: Visit) -> Reply:
    """Move points to another member of the household."""
    form = await visit.form()
    number: str = visit.path["member"]
    points = _points(visit, form)
    if isinstance(points, Problem):
        return await _transfer(visit, form, points)
    target = "".join((form.text("other") or form.text("target")).split())
    command = loyalty.TransferPoints(number, target, points)
    done = await visit.run(loyalty.TRANSFER_POINTS, command, form.text("key"))
    if isinstance(done, Problem):
        return await _transfer(visit, form, done)
    moved = visit.t("{points} points were moved to member {member}.", points=visit.fmt.number(points), member=target)
    return see_other(f"/members/{number}", notice=moved)


async def _transfer(visit: Visit, form: Form | None = None, problem: Problem | None = None) -> Reply:
    number: str = visit.path["member"]
    async with visit.desk.database.snapshot() as connection:
        view = await loyalty.member(connection, visit.desk.vault, number)
        kept = programme_of(await kept_programmes(connection), view.programme)
        beside = await loyalty.beside(connection, number, 1)
        who = await people(visit, connection, {view.customer, *(one.customer for one in beside.near)})
    return html(
        visit,
        "loyalty/templates/transfer.html",
        status=problem.status if problem else 200,
        view=view,
        person=who[view.customer],
        programme=kept.form,
        near=[
            (one.member, f"{who[one.customer].name} · {one.member} · {visit.t(words.TIES[one.tie])}")
            for one in beside.near
        ],
        problem=problem,
        typed={} if form is None else form.typed(),
    )


async def grant(visit: Visit) -> Reply:
    """Grant a benefit, once for a period."""
    form = await visit.form()
    quantity, days = _number(visit, form, "quantity"), _number(visit, form, "days")
    for value in (quantity, days):
        if isinstance(value, Problem):
            return await page_of.page(visit, visit.path["member"], value, form.typed())
    assert isinstance(quantity, int)
    assert isinstance(days, int)
    command = loyalty.GrantBenefit(visit.path["member"], form.text("benefit"), form.text("period"), quantity, days)
    return await _done(visit, form, loyalty.GRANT_BENEFIT, command, visit.t("The benefit is granted."))


async def use(visit: Visit) -> Reply:
    """Use one of a benefit."""
    form = await visit.form()
    command = loyalty.UseBenefit(visit.path["member"], form.text("benefit"))
    return await _done(visit, form, loyalty.USE_BENEFIT, command, visit.t("The benefit is used."))


async def reward(visit: Visit) -> Reply:
    """Spend points on a reward."""
    form = await visit.form()
    command = loyalty.RedeemReward(visit.path["member"], form.text("reward"))
    return await _done(
        visit, form, loyalty.REDEEM_REWARD, command, visit.t("The reward is granted, and paid with points.")
    )


async def join(visit: Visit) -> Reply:
    """Let the member and another one of the household spend together."""
    form = await visit.form()
    command = loyalty.JoinPool((visit.path["member"], "".join(form.text("other").split())))
    return await _done(
        visit, form, loyalty.JOIN_POOL, command, visit.t("They spend their points together from now on.")
    )


async def leave(visit: Visit) -> Reply:
    """Let the member leave the pool; his points stay his."""
    form = await visit.form()
    command = loyalty.LeavePool(visit.path["member"])
    return await _done(visit, form, loyalty.LEAVE_POOL, command, visit.t("The member has left the pool."))


async def _done(visit: Visit, form: Form, operation: Operation[Any, Any], command: object, notice: str) -> Reply:
    done = await visit.run(operation, command, form.text("key"))
    if isinstance(done, Problem):
        return await page_of.page(visit, visit.path["member"], done, form.typed())
    return see_other(f"/members/{visit.path['member']}", notice=notice)

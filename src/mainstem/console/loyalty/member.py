"""The page of a member: what he has, when it ends, how it came about, his tier and who is near him."""

from datetime import date, datetime
from typing import Any

import msgspec
import segno

from mainstem.console.frame import Problem, Reply, Visit, html
from mainstem.console.loyalty import words
from mainstem.console.loyalty.charts import bars
from mainstem.console.loyalty.programmes import asks, granted, picture
from mainstem.console.loyalty.reading import kept_programmes, people, position
from mainstem.domains import loyalty
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import GIFTCARDS_WRITE, LOYALTY_APPROVE, LOYALTY_WRITE, ORDERS_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

ROWS = 50
LISTED = 20

_SCALE, _BORDER = 4, 2


class Moved(msgspec.Struct, frozen=True):
    """A movement in words; `url` leads to its order, "" where there is none or it may not be seen."""

    line: loyalty.StatementLine
    text: str
    why: str
    who: str
    url: str


class Month(msgspec.Struct, frozen=True):
    """Points whose last day is in a month, or that never expire."""

    name: str
    points: int


class Read(msgspec.Struct, frozen=True):
    """Everything that the page shows."""

    view: loyalty.MemberView
    form: loyalty.Programme
    beside: loyalty.Beside
    who: dict[int, Any]
    called: dict[int, str]
    rows: list[Moved]
    more: bool


async def show(visit: Visit) -> Reply:
    """The member of the address."""
    return await page(visit, visit.path["member"])


async def page(visit: Visit, number: str, problem: Problem | None = None, typed: dict[str, str] | None = None) -> Reply:
    """The page; after a problem with one of its forms, with what was typed."""
    async with visit.desk.database.snapshot() as connection:
        read = await _read(visit, connection, number, position(visit.query.get("after", "")))
    view, form = read.view, read.form
    months = _months(visit, view.expiring)
    tiers = form.tiers.steps if form.tiers else ()
    return html(
        visit,
        "loyalty/templates/member.html",
        status=problem.status if problem else 200,
        read=read,
        view=view,
        form=form,
        words=words,
        said=lambda text: words.said(visit, text),
        tier=next((words.said(visit, one.name) for one in tiers if one.code == view.tier), ""),
        next_tier=next(
            (words.said(visit, o.name) for o in tiers if view.next_tier and o.code == view.next_tier.tier), ""
        ),
        qualifying=asks(visit, form, view.qualifying),
        missing=asks(visit, form, view.next_tier.missing) if view.next_tier else "",
        share=_share(form, view),
        stairs=picture(visit, form, view.tier, view.qualifying),
        months=months,
        chart=bars(visit.t("Points"), [one.name for one in months], [one.points for one in months]),
        benefits={one.code: words.said(visit, one.name) for one in form.benefits},
        granted=lambda grant: granted(visit, {o.code: words.said(visit, o.name) for o in form.benefits}, grant),
        qr=segno.make(view.code, micro=False).svg_data_uri(scale=_SCALE, border=_BORDER, dark="#000", light="#fff"),
        may_write=visit.allowed(LOYALTY_WRITE),
        may_approve=visit.allowed(LOYALTY_APPROVE),
        may_credit=visit.allowed(GIFTCARDS_WRITE),
        me=visit.caller.principal,
        problem=problem,
        typed=typed or {},
        next_url=visit.url(after=read.rows[-1].line.id) if read.more else "",
        first_url=visit.url(after=None) if visit.query.get("after") else "",
    )


async def _read(visit: Visit, connection: Connection, number: str, before: int) -> Read:
    view = await loyalty.member(connection, visit.desk.vault, number)
    form = (await kept_programmes(connection))[view.programme].form
    beside = await loyalty.beside(connection, number, LISTED)
    lines = await loyalty.statement(connection, number, ROWS + 1, before)
    shown = lines[:ROWS]
    why: list[loyalty.Why] = []
    if shown:
        (why,) = await ask(connection, loyalty.why_moved(beside.accounts, shown[-1].occurred_at, shown[0].occurred_at))
    actors = {one.actor for one in why} | {one.actor for one in beside.adjustments}
    (called,) = await ask(connection, names((actors | {one.decided_by or 0 for one in beside.adjustments}) - {0}))
    who = await people(visit, connection, {view.customer, *(one.customer for one in beside.near)})
    rows = [_moved(visit, form, one, why, called) for one in shown]
    return Read(view, form, beside, who, called, rows, len(lines) > ROWS)


def _moved(
    visit: Visit,
    form: loyalty.Programme,
    line: loyalty.StatementLine,
    why: list[loyalty.Why],
    called: dict[int, str],
) -> Moved:
    if line.kind not in words.MOVED:
        url = f"/orders/{line.reference}" if visit.allowed(ORDERS_READ) and line.reference > 0 else ""
        brought = _found(why, line.occurred_at, "referral")
        said = visit.t(words.WHY[brought.what]) if brought and brought.what in words.WHY and line.points > 0 else ""
        return Moved(line, _of_order(visit, line), said, "", url)
    text = visit.t(words.MOVED[line.kind])
    kind = line.kind.removeprefix("points_")
    found = _found(why, line.occurred_at, kind)
    if found is None:
        return Moved(line, text, "", "", "")
    if kind == "reward":
        rewards = {one.code: words.said(visit, one.name) for one in form.rewards}
        return Moved(line, text, rewards.get(found.what, found.what), "", "")
    who = called.get(found.actor, f"#{found.actor}") if found.actor else ""
    return Moved(line, text, found.what if not found.note else f"{found.what} – {found.note}", who, "")


def _found(why: list[loyalty.Why], at: datetime, kind: str) -> loyalty.Why | None:
    return next((one for one in why if one.at == at and one.kind == kind), None)


def _of_order(visit: Visit, line: loyalty.StatementLine) -> str:
    """What an order, a sale or a return did."""
    if "return" in line.kind:
        return visit.t("Given back by a return") if line.points > 0 else visit.t("Taken back by a return")
    return visit.t("Earned with a purchase") if line.points > 0 else visit.t("Paid a purchase")


def _months(visit: Visit, expiring: tuple[loyalty.Expiring, ...]) -> list[Month]:
    """What expires in which month, in their order; what never does comes last."""
    found: dict[date | None, int] = {}
    for one in expiring:
        month = None if one.until is None else one.until.replace(day=1)
        found[month] = found.get(month, 0) + one.points
    return [
        Month(visit.t("never") if month is None else visit.fmt.month(month), points) for month, points in found.items()
    ]


def _share(form: loyalty.Programme, view: loyalty.MemberView) -> int:
    """How far the member has come to the next tier, in percent of what it asks for."""
    if view.next_tier is None or form.tiers is None:
        return 100
    wanted = next(one.at_least for one in form.tiers.steps if one.code == view.next_tier.tier)
    return 100 if wanted <= 0 else max(0, min(100, 100 * (wanted - view.next_tier.missing) // wanted))

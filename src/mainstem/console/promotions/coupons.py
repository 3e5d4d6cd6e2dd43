"""Batches of coupons: listed, made, changed, stopped, their codes as a file; coupons issued and looked up."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mainstem.console.frame import Form, MissingError, Problem, Reply, Visit, download, html, see_other
from mainstem.console.promotions.telling import name
from mainstem.console.promotions.words import BATCH_KINDS
from mainstem.domains import pricing
from mainstem.kernel.refusals import refuse
from mainstem.platform.access.permissions import COUPONS_MANAGE, COUPONS_WRITE
from mainstem.platform.query import ask

ROWS, PROMOTIONS_MAX = 50, 500
_TIMES = ("valid_from", "valid_until")
_NUMBERS = ("count", "uses_total", "uses_per_code", "uses_per_customer", "claims_per_customer", "life_days")
_TEXTS = ("code", "name_en", "name_zh", "promotion", "kind", "public_code")
_STARTS = {"code": "", "uses_per_code": "1", "claims_per_customer": "1", "kind": "unique", "count": "1000"}


async def listed(visit: Visit) -> Reply:
    """A page of batches by code."""
    after = visit.query.get("after", "").replace("\x00", "")
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, pricing.coupons.batches_page(ROWS + 1, after))
    return html(
        visit,
        "promotions/templates/coupons.html",
        rows=rows[:ROWS],
        called=lambda text: name(visit.language, text),
        kinds=BATCH_KINDS,
        may_manage=visit.allowed(COUPONS_MANAGE),
        may_check=visit.allowed(COUPONS_WRITE),
        next_url=visit.url(after=rows[ROWS - 1].code) if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if after else "",
    )


async def begin(visit: Visit) -> Reply:
    """The form of a new batch."""
    empty = dict.fromkeys((*_TEXTS, *_NUMBERS, *_TIMES, "transferable"), "")
    return await _form_page(visit, {**empty, **_STARTS, "promotion": visit.query.get("promotion", "")}, 0)


async def edit(visit: Visit) -> Reply:
    """The form of a batch that there is."""
    found = await _batch(visit)
    typed = {
        "code": found.code,
        "name_en": found.name.en,
        "name_zh": found.name.zh,
        "promotion": found.promotion,
        "kind": found.kind,
        "public_code": found.public_code or "",
        "transferable": "1" if found.transferable else "",
    }
    typed |= {field: str(getattr(found, field) or "") for field in _NUMBERS}
    for field in _TIMES:
        moment = getattr(found, field)
        typed[field] = "" if moment is None else moment.astimezone(ZoneInfo(visit.zone)).strftime("%Y-%m-%dT%H:%M")
    return await _form_page(visit, typed, found.revision)


async def save(visit: Visit) -> Reply:
    """Make or change a batch."""
    form = await visit.form()
    typed = {field: form.text(field) for field in (*_TEXTS, *_NUMBERS, *_TIMES, "transferable")}
    revision = form.integer("revision") or 0
    saved = await visit.run(pricing.coupons.SAVE_COUPON_BATCH, _command(visit, form, revision), form.text("key"))
    if isinstance(saved, Problem):
        return await _form_page(visit, typed, revision, saved)
    return see_other(f"/coupons/{saved.code}", notice=visit.t("Batch {code} is saved.", code=saved.code))


def _command(visit: Visit, form: Form, revision: int) -> pricing.coupons.SaveCouponBatch:
    kind: Any = form.text("kind") if form.text("kind") in BATCH_KINDS else "unique"
    times: dict[str, datetime | None] = {}
    for field in _TIMES:
        try:
            local = datetime.fromisoformat(form.text(field))
            times[field] = local.replace(tzinfo=ZoneInfo(visit.zone)).astimezone(UTC)
        except ValueError:
            times[field] = None
    return pricing.coupons.SaveCouponBatch(
        code=form.text("code"),
        name=pricing.form.Text(form.text("name_en"), form.text("name_zh")),
        promotion=form.text("promotion"),
        kind=kind,
        count=form.integer("count") or 0,
        public_code=form.text("public_code") if kind == "public" else "",
        uses_total=form.integer("uses_total"),
        uses_per_code=form.integer("uses_per_code") or 1,
        uses_per_customer=form.integer("uses_per_customer"),
        claims_per_customer=form.integer("claims_per_customer") or 0,
        life_days=form.integer("life_days"),
        transferable=bool(form.text("transferable")),
        revision=revision,
        **times,
    )


async def _form_page(visit: Visit, typed: dict[str, str], revision: int, problem: Problem | None = None) -> Reply:
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, pricing.promotions_page(datetime.now(UTC), PROMOTIONS_MAX))
    return html(
        visit,
        "promotions/templates/batch_form.html",
        status=200 if problem is None else problem.status,
        typed=typed,
        revision=revision,
        problem=problem,
        kinds=[(code, visit.t(text)) for code, text in BATCH_KINDS.items()],
        promotions=[
            (row.promotion.code, f"{name(visit.language, row.promotion.name)} ({row.promotion.code})")
            for row in rows
            if row.promotion.coupon and row.state != "ended"
        ],
    )


async def shown(visit: Visit) -> Reply:
    """A batch with its progress."""
    return await _shown(visit)


async def _shown(visit: Visit, problem: Problem | None = None, customer: str = "", note: str = "") -> Reply:
    found = await _batch(visit)
    return html(
        visit,
        "promotions/templates/batch.html",
        status=200 if problem is None else problem.status,
        batch=found,
        called=name(visit.language, found.name),
        kind=visit.t(BATCH_KINDS[found.kind]),
        problem=problem,
        customer=customer,
        note=note,
        may_manage=visit.allowed(COUPONS_MANAGE),
        may_issue=visit.allowed(COUPONS_WRITE) and found.kind == "personal" and found.state == "active",
    )


async def _batch(visit: Visit) -> pricing.coupons.BatchView:
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, pricing.coupons.batch_view(visit.path["batch"].replace("\x00", "")))
    if found is None:
        raise MissingError
    return found


async def stop(visit: Visit) -> Reply:
    """Withdraw all coupons of a batch, or let them be used again."""
    form = await visit.form()
    code = visit.path["batch"]
    command = pricing.coupons.StopCouponBatch(code, form.text("stopped") == "1", form.text("note"))
    done = await visit.run(pricing.coupons.STOP_COUPON_BATCH, command, form.text("key"))
    if isinstance(done, Problem):
        return await _shown(visit, done, note=form.text("note"))
    said = (
        visit.t("Coupons of {code} cannot be used any more.")
        if command.stopped
        else visit.t("Coupons of {code} can be used again.")
    )
    return see_other(f"/coupons/{code}", notice=said.format(code=code))


async def codes(visit: Visit) -> Reply:
    """The codes of a batch as a file, made as they are sent; they are kept nowhere."""
    found = await _batch(visit)
    if found.kind != "unique":
        raise MissingError
    pieces = pricing.coupons.csv_of_batch(visit.desk.vault, found.serial, found.count)
    return download(f"{found.code}.csv", "text/csv; charset=utf-8", pieces)


async def issue(visit: Visit) -> Reply:
    """Give a customer a personal coupon."""
    form = await visit.form()
    batch, customer = visit.path["batch"], form.integer("customer")
    if customer is None or not 0 < customer < 2**63:
        problem = visit.problem(
            refuse(pricing.coupons.COUPON_CUSTOMER_UNKNOWN, "/customer", customer=form.text("customer")[:40])
        )
        return await _shown(visit, problem, form.text("customer"), form.text("note"))
    command = pricing.coupons.IssueCoupon(batch, customer, form.text("note"))
    done = await visit.run(pricing.coupons.ISSUE_COUPON, command, form.text("key"))
    if isinstance(done, Problem):
        return await _shown(visit, done, form.text("customer"), form.text("note"))
    return see_other(f"/coupons/{batch}", notice=visit.t("Customer {customer} has a coupon now.", customer=customer))


async def look_up(visit: Visit) -> Reply:
    """The form that looks a code up."""
    return html(visit, "promotions/templates/check.html", code="", checked=None, problem=None)


async def check(visit: Visit) -> Reply:
    """Whether a code could be used now; wrong codes are counted for who asks."""
    form = await visit.form()
    code = form.text("code")
    command = pricing.coupons.CheckCoupon(code, "console", form.integer("customer"))
    checked = await visit.run(pricing.coupons.CHECK_COUPON, command, form.text("key"))
    problem = checked if isinstance(checked, Problem) else None
    return html(
        visit,
        "promotions/templates/check.html",
        status=200 if problem is None else problem.status,
        code=code,
        checked=None if problem is not None else checked,
        called="" if isinstance(checked, Problem) else name(visit.language, checked.name),
        problem=problem,
    )

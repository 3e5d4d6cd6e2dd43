"""Price lists, their prices and what they said before; rates of tax."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mainstem.console.frame import N_, MissingError, Problem, Reply, Visit, html, see_other
from mainstem.domains import catalog, pricing
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import PRICES_WRITE
from mainstem.platform.query import ask

ROWS = 50
KINDS = {
    "general": N_("Everybody"),
    "channel": N_("A channel"),
    "region": N_("A region"),
    "node": N_("A node"),
    "tier": N_("A member tier"),
    "group": N_("A customer group"),
}
FIELDS = ("code", "name_en", "name_zh", "kind", "scope", "currency", "tax_included", "priority", "active")


async def listed(visit: Visit) -> Reply:
    """A page of price lists."""
    after = visit.query.get("after", "").replace("\x00", "")
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, pricing.lists.price_lists(ROWS + 1, after))
    return html(
        visit,
        "prices/templates/lists.html",
        rows=rows[:ROWS],
        kinds=KINDS,
        may_write=visit.allowed(PRICES_WRITE),
        next_url=visit.url(after=rows[ROWS - 1].code) if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if after else "",
    )


async def shown(visit: Visit) -> Reply:
    """A price list: its prices in force and to come, and what its terms were."""
    now = datetime.now(UTC)
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, pricing.lists.find_price_list(visit.path["code"]))
        if found is None:
            raise MissingError
        prices, terms = await ask(
            connection, pricing.lists.list_prices(found.id, now, ROWS * 4), pricing.lists.price_list_terms(found.id)
        )
        goods, called = await ask(
            connection,
            catalog.goods_by_id({price.variant for price in prices}),
            names({price.actor for price in prices} | {one.actor for one in terms}),
        )
    return html(
        visit,
        "prices/templates/list.html",
        found=found,
        kind=visit.t(KINDS[found.kind]),
        prices=prices,
        goods=goods,
        called=called,
        terms=terms,
        now=now,
        cut=len(prices) == ROWS * 4,
        may_write=visit.allowed(PRICES_WRITE),
    )


async def edit(visit: Visit) -> Reply:
    """The form of a price list; a new one when the address names none."""
    code = visit.path.get("code", "")
    typed = dict.fromkeys(FIELDS, "") | {"kind": "general", "tax_included": "1", "active": "1", "priority": "0"}
    revision = 0
    if code:
        async with visit.desk.database.snapshot() as connection:
            (found,) = await ask(connection, pricing.lists.find_price_list(code))
        if found is None:
            raise MissingError
        revision = found.revision
        typed = {
            "code": found.code,
            "name_en": found.name.en,
            "name_zh": found.name.zh,
            "kind": found.kind,
            "scope": found.scope,
            "currency": found.currency,
            "tax_included": "1" if found.tax_included else "",
            "priority": str(found.priority),
            "active": "1" if found.active else "",
        }
    return _page(visit, typed, revision)


async def save(visit: Visit) -> Reply:
    """Make or change a list; its validity and label stay as they are."""
    form = await visit.form()
    typed, revision = {field: form.text(field) for field in FIELDS}, form.integer("revision") or 0
    kind: Any = typed["kind"] if typed["kind"] in KINDS else "general"
    label, since, until = pricing.form.Text(""), None, None
    if revision:
        async with visit.desk.database.snapshot() as connection:
            (found,) = await ask(connection, pricing.lists.find_price_list(typed["code"]))
        if found is not None:
            label, since, until = found.label, found.valid_from, found.valid_until
    command = pricing.lists.SavePriceList(
        code=typed["code"],
        name=pricing.form.Text(typed["name_en"], typed["name_zh"]),
        kind=kind,
        currency=typed["currency"],
        scope="" if kind == "general" else typed["scope"],
        tax_included=bool(typed["tax_included"]),
        priority=form.integer("priority") or 0,
        label=label,
        valid_from=since,
        valid_until=until,
        active=bool(typed["active"]),
        expected_revision=revision,
    )
    saved = await visit.run(pricing.lists.SAVE_PRICE_LIST, command, form.text("key"))
    if isinstance(saved, Problem):
        return _page(visit, typed, revision, saved)
    return see_other(f"/price-lists/{typed['code']}", notice=visit.t("Price list {code} is saved.", code=typed["code"]))


def _page(visit: Visit, typed: dict[str, str], revision: int, problem: Problem | None = None) -> Reply:
    currencies = sorted({channel.currency for channel in visit.network.channels.values()}) or ["CNY"]
    return html(
        visit,
        "prices/templates/list_form.html",
        status=200 if problem is None else problem.status,
        typed=typed,
        revision=revision,
        problem=problem,
        kinds=[(code, visit.t(text)) for code, text in KINDS.items()],
        currencies=[(code, code) for code in currencies],
    )


async def taxes(visit: Visit) -> Reply:
    """Rates of tax in force and to come."""
    return await _taxes(visit, dict.fromkeys(("name", "percent", "category", "country", "region"), ""))


async def _taxes(visit: Visit, typed: dict[str, str], problem: Problem | None = None) -> Reply:
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, pricing.lists.tax_rates(datetime.now(UTC), ROWS * 4))
        (called,) = await ask(connection, names({row.actor for row in rows}))
    return html(
        visit,
        "prices/templates/taxes.html",
        status=200 if problem is None else problem.status,
        rows=rows,
        called=called,
        typed=typed,
        problem=problem,
        percent=lambda rate: f"{rate / 10_000:g}%",
        may_write=visit.allowed(PRICES_WRITE),
    )


async def set_tax(visit: Visit) -> Reply:
    """Record a rate from now on."""
    form = await visit.form()
    typed = {field: form.text(field) for field in ("name", "percent", "category", "country", "region")}
    try:
        rate = int(Decimal(typed["percent"].removesuffix("%")) * 10_000)
    except (InvalidOperation, ValueError, OverflowError):
        rate = -1
    command = pricing.lists.SetTaxRate(typed["name"], rate, typed["category"], typed["country"], typed["region"])
    done = await visit.run(pricing.lists.SET_TAX_RATE, command, form.text("key"))
    if isinstance(done, Problem):
        return await _taxes(visit, typed, done)
    return see_other("/taxes", notice=visit.t("The rate of tax is recorded."))

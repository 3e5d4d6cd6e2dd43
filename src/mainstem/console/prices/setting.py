"""Setting a price of a SKU, in a scope or a list, and what guards it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mainstem.console.frame import N_, Form, Problem, Reply, Visit, html, see_other
from mainstem.domains import pricing
from mainstem.kernel.money import CURRENCIES, to_minor
from mainstem.platform.query import ask

LISTS_MAX = 500
FIELDS = ("sku", "where", "channel", "node", "list", "currency", "amount", "quantity", "valid_from", "valid_until")
WHERE = {
    "price": N_("Base price, or of a channel or node"),
    "list": N_("Price list"),
    "floor": N_("Floor: not below it"),
    "cost": N_("Cost: what it costs us"),
}


class _UnfitError(Exception):
    """What was typed is no price; the field, and why."""


async def begin(visit: Visit) -> Reply:
    """The form of a price."""
    typed = dict.fromkeys(FIELDS, "") | {
        "where": "price",
        "sku": visit.query.get("sku", ""),
        "list": visit.query.get("list", ""),
        "quantity": "1",
    }
    if typed["list"]:
        typed["where"] = "list"
    return await _page(visit, typed)


async def save(visit: Visit) -> Reply:
    """Record it; nothing that was is overwritten."""
    form = await visit.form()
    typed = {field: form.text(field) for field in FIELDS}
    try:
        operation, command = await _command(visit, form)
    except _UnfitError as error:
        return await _page(visit, typed, wrong=error.args)
    done = await visit.run(operation, command, form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, typed, problem=done)
    return see_other(f"/price?sku={typed['sku']}", notice=visit.t("The price of {sku} is recorded.", sku=typed["sku"]))


async def _command(visit: Visit, form: Form) -> tuple[Any, Any]:
    where, sku, currency = form.text("where"), form.text("sku"), form.text("currency")
    since, until = _moment(visit, form, "valid_from"), _moment(visit, form, "valid_until")
    if where == "list":
        async with visit.desk.database.snapshot() as connection:
            (found,) = await ask(connection, pricing.lists.find_price_list(form.text("list")))
        if found is None:
            raise _UnfitError("list", visit.t("Choose a price list."))
        amount = _amount(visit, form, found.currency) if form.text("amount") else None
        quantity = form.integer("quantity") or 1
        command = pricing.lists.SetListPrice(found.code, sku, amount, quantity, valid_from=since, valid_until=until)
        return pricing.lists.SET_LIST_PRICE, command
    amount = _amount(visit, form, currency)
    if where in ("floor", "cost"):
        kind: Any = where
        return pricing.lists.SET_PRICE_GUARD, pricing.lists.SetPriceGuard(kind, sku, currency, amount, since, until)
    channel, node = form.text("channel") or None, form.text("node") or None
    return pricing.SET_PRICES, pricing.SetPrice(sku, currency, amount, channel, node, since)


def _amount(visit: Visit, form: Form, currency: str) -> int:
    if currency not in CURRENCIES:
        raise _UnfitError("currency", visit.t("Choose a currency."))
    try:
        return to_minor(form.text("amount").replace(",", ""), currency)
    except ValueError:
        raise _UnfitError("amount", visit.t("Type an amount, no finer than the currency.")) from None


def _moment(visit: Visit, form: Form, field: str) -> datetime | None:
    if not form.text(field):
        return None
    try:
        local = datetime.fromisoformat(form.text(field))
    except ValueError:
        raise _UnfitError(field, visit.t("Choose a day and a time.")) from None
    return local.replace(tzinfo=ZoneInfo(visit.zone)).astimezone(UTC)


async def _page(
    visit: Visit, typed: dict[str, str], *, problem: Problem | None = None, wrong: tuple[Any, ...] = ()
) -> Reply:
    async with visit.desk.database.snapshot() as connection:
        (lists,) = await ask(connection, pricing.lists.price_lists(LISTS_MAX))
    currencies = sorted({channel.currency for channel in visit.network.channels.values()}) or ["CNY"]
    status = 422 if wrong else 200 if problem is None else problem.status
    return html(
        visit,
        "prices/templates/set.html",
        status=status,
        typed=typed,
        problem=problem,
        wrong=wrong,
        where=[(code, visit.t(text)) for code, text in WHERE.items()],
        lists=[(one.code, f"{one.code} ({one.currency})") for one in lists],
        channels=[(channel.code, channel.name) for channel in visit.network.channels.values()],
        nodes=[(node.code, node.name) for node in visit.network.nodes.values()],
        currencies=[(code, code) for code in currencies],
    )

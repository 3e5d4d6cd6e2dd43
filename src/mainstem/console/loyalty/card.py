"""The page of a card: what is on it, what was paid with it and put back, and what is done to it."""

from datetime import datetime
from typing import Any

import msgspec

from mainstem.console.admin import words as happened
from mainstem.console.frame import Form, MissingError, Problem, Reply, Visit, html, see_other
from mainstem.console.loyalty import words
from mainstem.console.loyalty.reading import Person, amount_of, number_of, out_of_range, people
from mainstem.console.quantities import amount_typed
from mainstem.domains import loyalty
from mainstem.platform import audit
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import GIFTCARDS_WRITE, ORDERS_READ
from mainstem.platform.execution import Operation
from mainstem.platform.query import ask

PAYMENTS = 50
ENTRIES = 50


class Entry(msgspec.Struct, frozen=True):
    """Something that happened to the card."""

    text: str
    amount: str
    why: str
    who: str
    at: datetime


class Read(msgspec.Struct, frozen=True):
    """Everything that the page shows."""

    card: loyalty.CardView
    payments: list[loyalty.CardPayment]
    history: list[Entry]
    owner: Person | None


class _Payload(msgspec.Struct, frozen=True):
    amount_minor: int = 0
    currency: str = ""
    reason: str = ""


_payload = msgspec.json.Decoder(_Payload).decode


async def show(visit: Visit) -> Reply:
    """The card of the address."""
    return await _page(visit)


async def read(visit: Visit) -> Read:
    """The card of the address, with what became of it; raises MissingError when there is none."""
    number = number_of(visit.path["card"])
    async with visit.desk.database.snapshot() as connection:
        card, payments, history = await ask(
            connection,
            loyalty.card_view(number),
            loyalty.card_payments(number, PAYMENTS),
            audit.history(number),
        )
        if card is None:
            raise MissingError
        latest = [one.event for one in reversed(history)][:ENTRIES]
        (called,) = await ask(connection, names({one.actor for one in latest} - {0}))
        who = await people(visit, connection, {card.customer} if card.customer is not None else set())
    return Read(
        card,
        payments,
        [_entry(visit, one, called) for one in latest],
        None if card.customer is None else who[card.customer],
    )


def _entry(visit: Visit, event: audit.EventView, called: dict[int, str]) -> Entry:
    told = _payload(event.payload)
    money = visit.fmt.money(told.amount_minor, told.currency) if told.amount_minor and told.currency else ""
    who = called.get(event.actor, f"#{event.actor}") if event.actor else visit.t("The system")
    return Entry(words.word(visit, happened.HAPPENED, event.type), money, told.reason, who, event.occurred_at)


async def activate(visit: Visit) -> Reply:
    """Activate a card that was sold."""
    command = loyalty.ActivateCard(number_of(visit.path["card"]))
    form = await visit.form()
    return await _done(visit, form, loyalty.ACTIVATE_CARD, command, visit.t("The card can be used now."))


async def load(visit: Visit) -> Reply:
    """Put more money on the card."""
    form = await visit.form()
    card = (await read(visit)).card
    minor = amount_of(visit, form.text("amount_minor"), card.currency, "/amount_minor")
    if isinstance(minor, Problem):
        return await _page(visit, minor, form)
    command = loyalty.LoadCard(card.id, minor, form.text("reference"))
    return await _done(visit, form, loyalty.LOAD_CARD, command, visit.t("The money is on the card."))


async def freezing(visit: Visit) -> Reply:
    """What freezing the card does, or letting it be used again; asked once, with a reason."""
    return await _freezing(visit)


async def freeze(visit: Visit) -> Reply:
    """Freeze the card, or let it be used again."""
    form = await visit.form()
    number = number_of(visit.path["card"])
    frozen = form.text("frozen") == "yes"
    command = loyalty.FreezeCard(number, frozen, form.text("reason"))
    done = await visit.run(loyalty.FREEZE_CARD, command, form.text("key"))
    if isinstance(done, Problem):
        return await _freezing(visit, done, form)
    notice = visit.t("The card is frozen.") if frozen else visit.t("The card can be used again.")
    return see_other(f"/gift-cards/{number}", notice=notice)


async def _freezing(visit: Visit, problem: Problem | None = None, form: Form | None = None) -> Reply:
    card = (await read(visit)).card
    return html(
        visit,
        "loyalty/templates/freeze.html",
        status=problem.status if problem else 200,
        card=card,
        words=words,
        problem=problem,
        typed={} if form is None else form.typed(),
    )


async def refund(visit: Visit) -> Reply:
    """Put back what a payment at once took. What an order paid comes back with its return."""
    form = await visit.form()
    known = await read(visit)
    use = next((one for one in known.payments if one.id == form.integer("use") and not one.reference), None)
    if use is None:
        raise MissingError
    left = use.amount_minor - use.refunded_minor
    minor = amount_of(visit, form.text("amount_minor"), known.card.currency, "/amount_minor")
    if isinstance(minor, int) and minor > left:
        currency = known.card.currency
        most = amount_typed(left, currency)
        minor = out_of_range(visit, "/amount_minor", form.text("amount_minor"), amount_typed(1, currency), most)
    if isinstance(minor, Problem):
        return await _page(visit, minor, form)
    command = loyalty.RefundCard(use.id, minor)
    return await _done(visit, form, loyalty.REFUND_CARD, command, visit.t("The money is back on the card."))


async def _done(visit: Visit, form: Form, operation: Operation[Any, Any], command: object, notice: str) -> Reply:
    done = await visit.run(operation, command, form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, done, form)
    return see_other(f"/gift-cards/{visit.path['card']}", notice=notice)


async def _page(visit: Visit, problem: Problem | None = None, form: Form | None = None) -> Reply:
    known = await read(visit)
    return html(
        visit,
        "loyalty/templates/card.html",
        status=problem.status if problem else 200,
        card=known.card,
        owner=known.owner,
        payments=known.payments,
        history=known.history,
        words=words,
        problem=problem,
        typed={} if form is None else form.typed(),
        may_write=visit.allowed(GIFTCARDS_WRITE),
        orders_linked=visit.allowed(ORDERS_READ),
    )

"""Issuing gift cards: their codes are told once, on the page that answers, and kept nowhere."""

import csv
from base64 import b64encode
from datetime import date
from io import StringIO

from mainstem.connectors.files.cells import guard
from mainstem.console.frame import Form, Problem, Reply, Visit, html
from mainstem.console.loyalty.reading import amount_of, day_of, out_of_range, whole
from mainstem.domains import loyalty
from mainstem.kernel.money import CURRENCIES
from mainstem.platform.query import ask

COLUMNS = ("card", "code", "pin", "amount_minor", "currency", "expires_on")


async def begin(visit: Visit) -> Reply:
    """The form."""
    return await _page(visit, {})


async def issue(visit: Visit) -> Reply:
    """Issue the cards, and tell their codes. The same form sent again is answered without them."""
    form = await visit.form()
    terms = _terms(visit, form)
    if isinstance(terms, Problem):
        return await _page(visit, form.typed(), terms)
    issuance = loyalty.issue_cards(
        visit.desk.vault, terms, form.text("key"), actor=visit.caller.principal, trace=visit.trace
    )
    outcome = await visit.desk.batcher(loyalty.ISSUE_CARDS).submit(issuance.call)
    if not outcome.accepted:
        return await _page(visit, form.typed(), visit.problem(outcome.refusal()))
    made = issuance.cards(outcome)
    told = all(one.code is not None for one in made)
    return html(
        visit,
        "loyalty/templates/issued.html",
        status=201,
        made=made,
        told=told,
        terms=terms,
        file=_file(made, terms) if told else "",
    )


def _terms(visit: Visit, form: Form) -> loyalty.CardTerms | Problem:
    currency = form.text("currency")
    count = whole(form.text("count"))
    if count is None or not 1 <= count <= loyalty.CARDS_MAX:
        return out_of_range(visit, "/count", form.text("count"), 1, loyalty.CARDS_MAX)
    minor = amount_of(visit, form.text("amount_minor"), currency, "/amount_minor", 0)
    if isinstance(minor, Problem):
        return minor
    until: date | Problem | None = day_of(visit, form.text("expires_on"), "/expires_on")
    if isinstance(until, Problem):
        return until
    country = form.text("country").upper()
    return loyalty.CardTerms(count, currency, minor, country, until, form.text("active") == "yes")


def _file(made: list[loyalty.IssuedCard], terms: loyalty.CardTerms) -> str:
    """The codes as a CSV file within the page itself: it is not fetched again from anywhere."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    until = terms.expires_on.isoformat() if terms.expires_on else ""
    for one in made:
        row = (str(one.card), one.code or "", one.pin or "", str(terms.amount_minor), terms.currency, until)
        writer.writerow([guard(cell) for cell in row])
    body = b64encode(("\ufeff" + buffer.getvalue()).encode()).decode()
    return f"data:text/csv;charset=utf-8;base64,{body}"


async def _page(visit: Visit, typed: dict[str, str], problem: Problem | None = None) -> Reply:
    async with visit.desk.database.snapshot() as connection:
        (laws,) = await ask(connection, loyalty.card_laws())
    used = [one.currency for one in visit.network.channels.values()]
    return html(
        visit,
        "loyalty/templates/issue.html",
        status=problem.status if problem else 200,
        typed=typed,
        problem=problem,
        laws=sorted(laws.items()),
        currencies=[(one, one) for one in sorted(set(used) or CURRENCIES)],
        most=loyalty.CARDS_MAX,
    )

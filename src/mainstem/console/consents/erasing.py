"""Carrying out an erasure: what it takes, what it leaves and why, and a number typed by who decides."""

from mainstem.console.consents import words
from mainstem.console.consents.request import facts, read
from mainstem.console.frame import N_, MissingError, Problem, Reply, Visit, html, see_other
from mainstem.domains import customers, orders
from mainstem.platform.query import ask
from mainstem.processes.erase_customer import ERASE_CUSTOMER

rights = customers.rights

_DIGITS_MAX = 18
_ERASED = (
    ("identifiers", N_("Identifiers: telephone numbers, e-mail addresses, cards, accounts")),
    ("tags", N_("Tags that people attached")),
    ("segments", N_("Memberships of segments")),
    ("activities", N_("Sums of what was bought and when, behind traits and segments")),
    ("wishes", N_("What the customer wrote in requests")),
    ("evidence", N_("Where the evidence of consent lies")),
    ("disclosures", N_("Notes of who saw the customer lately")),
    ("links", N_("Links to the privacy page that are still open")),
)
_KEPT = (
    ("consents", N_("That something was said of consent, when, and under which policy: it proves what was lawful.")),
    ("requests", N_("Requests and receipts, without what the customer wrote: they prove that the law was kept.")),
)


async def ask_for(visit: Visit) -> Reply:
    """What would be erased and what kept, and the form that does it."""
    return await _page(visit)


async def carry_out(visit: Visit) -> Reply:
    """Erase, for good, if the number was typed and the customer is made of the records that were shown."""
    request = await read(visit)
    form = await visit.form()
    if form.text("confirm") != str(request.id):
        return await _page(visit, typed=form.text("confirm"), mistyped=True)
    records = tuple(
        int(one) for one in form.all("record") if one.isascii() and one.isdecimal() and len(one) <= _DIGITS_MAX
    )
    command = rights.EraseCustomer(request.id, records)
    done = await visit.run(ERASE_CUSTOMER, command, form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, done, typed=form.text("confirm"))
    notice = visit.t("The customer is erased. Receipt {number} is issued.", number=done.receipt)
    return see_other(f"/requests/{request.id}", notice=notice)


async def _page(visit: Visit, problem: Problem | None = None, *, typed: str = "", mistyped: bool = False) -> Reply:
    request = await read(visit)
    if request.kind != "erasure":
        raise MissingError
    preview, bought = None, ""
    async with visit.desk.database.snapshot() as connection:
        if request.closed_at is None:
            (preview,) = await ask(connection, rights.erasure_preview(request.record))
        if preview is not None:
            wanted = orders.queries.OrderFilter(customers=preview.records)
            limit = orders.queries.PAGE_MAX
            page = await orders.queries.list_orders(connection, visit.desk.vault, wanted, limit)
            bought = visit.fmt.number(len(page.rows)) + ("+" if page.next is not None else "")
    possible = request.state == "in_progress" and preview is not None
    status = 422 if mistyped else problem.status if problem is not None else 200 if possible else 409
    return html(
        visit,
        "consents/templates/erasure.html",
        status=status,
        problem=problem,
        mistyped=mistyped,
        typed=typed,
        possible=possible,
        preview=preview,
        sources=[] if preview is None else [words.source_name(visit, one) for one in preview.sources],
        erased=[] if preview is None else [(visit.t(text), getattr(preview, name)) for name, text in _ERASED],
        bought=bought,
        kept=[] if preview is None else [(visit.t(text), getattr(preview, name)) for name, text in _KEPT],
        others=[] if preview is None else [one for one in preview.open_requests if one != request.id],
        law_keeps=words.said(visit, rights.KEPT),
        **facts(visit, request),
    )

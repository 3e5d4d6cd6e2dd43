"""Personal data of one customer in the clear: for a reason, once, and recorded."""

from mainstem.console.customers import overview, records, words
from mainstem.console.customers.head import customer_head
from mainstem.console.frame import Reply, Visit, html
from mainstem.domains import customers

SHOWN = ("overview", "records")
"""Pages that can be shown in the clear; the first for who asks from another one."""


async def asking(visit: Visit) -> Reply:
    """Ask for the reason."""
    return await _form(visit, visit.query.get("tab", ""))


async def reveal(visit: Visit) -> Reply:
    """Note who looks and why, then show the page in the clear, as the answer to this form only."""
    form = await visit.form()
    tab, reason = form.text("tab"), form.text("reason")
    if reason not in customers.UNMASK_REASONS:
        return await _form(visit, tab, status=422)
    head = await customer_head(visit, visit.path["customer"])
    await customers.note_unmasked(
        visit.desk.database,
        [head.id],
        visit.caller.principal,
        visit.trace,
        reason=reason,
    )
    if tab == "records":
        return await records.page(visit, head.id, clear=True)
    return await overview.page(visit, head.id, clear=True)


async def _form(visit: Visit, tab: str, status: int = 200) -> Reply:
    head = await customer_head(visit, visit.path["customer"])
    return html(
        visit,
        "customers/templates/reveal.html",
        status=status,
        head=head,
        tab=tab if tab in SHOWN else SHOWN[0],
        reasons=[(code, visit.t(words.REASONS[code])) for code in customers.UNMASK_REASONS],
        missing=status != 200,  # noqa: PLR2004 - OK
    )

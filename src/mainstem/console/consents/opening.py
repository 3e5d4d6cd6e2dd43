"""Opening a request for a customer who asks for something that the law grants him."""

from collections.abc import Mapping

import msgspec

from mainstem.console.consents import words
from mainstem.console.customers.head import customer_head
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.domains import customers
from mainstem.kernel.refusals import MALFORMED, NOT_FOUND, refuse

consent, rights = customers.consent, customers.rights

_NUMBER_MAX = 2**63 - 1
_SHOWN_MAX = 40


async def ask_for(visit: Visit) -> Reply:
    """The form; the address may name the customer."""
    return await _page(visit, {"customer": visit.query.get("customer", ""), "kind": visit.query.get("kind", "")}, ())


async def open_request(visit: Visit) -> Reply:
    """Open it."""
    form = await visit.form()
    typed, purposes = form.typed(), tuple(form.all("purposes"))
    text = form.text("customer")
    number = form.integer("customer")
    if number is None or not 0 < number <= _NUMBER_MAX:
        missing = refuse(NOT_FOUND, "/customer", what="customer", id=text[:_SHOWN_MAX])
        return await _page(visit, typed, purposes, visit.problem(missing))
    fields = {name: form.text(name) for name in ("kind", "law", "identity", "wish")}
    asked = {"customer": number, "purposes": purposes if fields["kind"] == "objection" else (), **fields}
    try:
        command = msgspec.convert(asked, rights.OpenRequest)
    except msgspec.ValidationError as error:
        return await _page(visit, typed, purposes, visit.problem(refuse(MALFORMED, detail=str(error))))
    done = await visit.run(rights.OPEN_REQUEST, command, form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, typed, purposes, done)
    notice = visit.t("The request is open. Receipt {number} is issued.", number=done.receipt)
    return see_other(f"/requests/{done.request}", notice=notice)


async def _page(
    visit: Visit, typed: Mapping[str, str], purposes: tuple[str, ...], problem: Problem | None = None
) -> Reply:
    standing = "" if problem is None or problem.code != "request_open_already" else problem.refusal.params["request"]
    return html(
        visit,
        "consents/templates/open.html",
        status=200 if problem is None else problem.status,
        typed={"customer": "", "kind": "", "law": "pipl", "identity": "", "wish": ""} | dict(typed),
        chosen=purposes,
        head=await _head(visit, typed.get("customer", "")),
        problem=problem,
        standing=standing,
        kinds=[(code, words.said(visit, one)) for code, one in rights.KINDS.items()],
        laws=[(code, words.said(visit, law.name)) for code, law in rights.LAWS.items()],
        ways=[(code, words.said(visit, one)) for code, one in rights.IDENTITY.items()],
        purposes=[(one.code, words.said(visit, one.name)) for one in consent.PURPOSES.values() if not one.default],
        wish_max=rights.WISH_LENGTH_MAX,
    )


async def _head(visit: Visit, text: str) -> object:
    """The customer whom the form names; None when it names nobody."""
    if not (text.isascii() and text.isdecimal()) or int(text) > _NUMBER_MAX:
        return None
    try:
        return await customer_head(visit, int(text))
    except MissingError:
        return None

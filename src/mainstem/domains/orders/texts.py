"""Which texts an order or sale may carry: checked before anything is looked up."""

from collections.abc import Iterable

from mainstem.domains.catalog import BAD_CODE, BAD_TEXT, TOO_LONG
from mainstem.domains.orders import contracts as c
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.refusals import Refusal, refuse

TEXT_LENGTH_MAX = 200
SHOWN_LENGTH_MAX = 80
"""Characters of a refused value that the refusal repeats."""


def bad_texts(command: c.PlaceOrder | c.RecordSale) -> Refusal | None:
    """The first text that cannot be a code, or cannot be stored; SKUs are checked against the catalogue."""
    codes = [("/channel", command.channel)]
    if command.node is not None:
        codes.append(("/node", command.node))
    if command.external_id:
        codes.append(("/external_id", command.external_id))
    for where, code in codes:
        if not is_code(code):
            return bad_code(where, code)
    return bad_text("/customer", command.customer) or bad_tenders(command.tenders) or _bad_taxes(command.taxes)


def bad_code(where: str, code: str) -> Refusal:
    """The refusal of a code."""
    return refuse(BAD_CODE, where, code=repr(code[:SHOWN_LENGTH_MAX]))


def bad_text(where: str, text: str) -> Refusal | None:
    """Whether a text is too long, or holds what PostgreSQL cannot store."""
    if len(text) > TEXT_LENGTH_MAX:
        return refuse(TOO_LONG, where, field=where, size=len(text), limit=TEXT_LENGTH_MAX)
    if "\x00" in text:
        return refuse(BAD_TEXT, where, field=where)
    return None


def bad_tenders(tenders: Iterable[c.Tender]) -> Refusal | None:
    """The first tender whose texts cannot be stored."""
    for number, tender in enumerate(tenders):
        if not is_code(tender.kind):
            return bad_code(f"/tenders/{number}/kind", tender.kind)
        refusal = bad_text(f"/tenders/{number}/reference", tender.reference)
        if refusal is not None:
            return refusal
    return None


def _bad_taxes(taxes: Iterable[c.TaxLine]) -> Refusal | None:
    for number, tax in enumerate(taxes):
        refusal = bad_text(f"/taxes/{number}/name", tax.name)
        if refusal is not None:
            return refusal
    return None

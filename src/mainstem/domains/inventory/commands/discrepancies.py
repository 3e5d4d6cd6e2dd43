"""Closing a discrepancy with what was found."""

from collections.abc import Sequence

from mainstem.domains.inventory import store
from mainstem.domains.inventory.commands.telling import tell
from mainstem.domains.inventory.contracts import ALREADY_CLOSED, ResolvedEvent, ResolveDiscrepancy, StockChanged
from mainstem.domains.inventory.rules import checks
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def _handle(work: Work, calls: Sequence[Call[ResolveDiscrepancy]]) -> list[StockChanged | Refusal]:
    (found,) = await ask(work.connection, store.lock_discrepancies({call.command.discrepancy for call in calls}))
    resolved: dict[int, tuple[int, int, str]] = {}
    results: list[StockChanged | Refusal] = []
    for call in calls:
        number, note = call.command.discrepancy, call.command.note
        wrong = checks.check_text(note, "note")
        known = found.get(number)
        if wrong:
            results.append(wrong)
        elif known is None:
            results.append(refuse(NOT_FOUND, "/discrepancy", what="discrepancy", id=number))
        elif not known.open or number in resolved:
            results.append(refuse(ALREADY_CLOSED, "/discrepancy", what="Discrepancy", id=number))
        else:
            resolved[number] = (number, call.actor, note)
            tell(work, call, "discrepancy_resolved", number, work.now, ResolvedEvent(note=note))
            results.append(StockChanged(id=number, lines=0))
    store.resolve_discrepancies(work, list(resolved.values()))
    return results


RESOLVE_DISCREPANCY = Operation("inventory.resolve_discrepancy", ResolveDiscrepancy, StockChanged, _handle)
"""Close a discrepancy with a note; the stock is not touched: a count or an adjustment does that."""

"""Announcing goods that are expected: a promise apart from what is there."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from mainstem.domains import catalog
from mainstem.domains.catalog import BAD_CODE, Node, Variant
from mainstem.domains.inventory import store
from mainstem.domains.inventory.commands.telling import tell
from mainstem.domains.inventory.contracts import AnnounceInbound, DocumentEvent, StockChanged
from mainstem.domains.inventory.rules import checks
from mainstem.domains.inventory.store import InboundRow
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class _Announcement(msgspec.Struct, frozen=True):
    node: Node
    lines: checks.Lines


async def _handle(work: Work, calls: Sequence[Call[AnnounceInbound]]) -> list[StockChanged | Refusal]:
    commands = [call.command for call in calls]
    variants, nodes, before = await ask(
        work.connection,
        catalog.variants_by_sku(checks.skus_of(command.lines for command in commands)),
        catalog.nodes_by_code(checks.askable(command.node for command in commands)),
        store.lock_inbound(checks.askable(command.document for command in commands)),
    )
    await work.reserve_ids(len(calls))
    replaced: dict[tuple[int, str], dict[int, InboundRow]] = {}
    results: list[StockChanged | Refusal] = []
    for call in calls:
        command = call.command
        plan = _plan(command, variants, nodes, work.now)
        if isinstance(plan, Refusal):
            results.append(plan)
            continue
        node = plan.node.id
        replaced[node, command.document] = {
            variant.id: InboundRow(node, command.document, variant.id, quantity, command.expected_at)
            for variant, quantity in checks.totals(plan.lines).items()
        }
        number = work.ids.take()
        payload = DocumentEvent(
            document=command.document,
            node=plan.node.code,
            lines=len(plan.lines),
            expected_at=command.expected_at,
            closed=not plan.lines,
        )
        tell(work, call, "inbound_announced", number, work.now, payload)
        results.append(StockChanged(id=number, lines=len(plan.lines)))
    gone = [
        (row.node, row.document, row.variant)
        for row in before
        if (row.node, row.document) in replaced and row.variant not in replaced[row.node, row.document]
    ]
    store.delete_inbound(work, gone)
    store.upsert_inbound(work, [row for rows in replaced.values() for row in rows.values()])
    return results


def _plan(
    command: AnnounceInbound, variants: Mapping[str, Variant], nodes: Mapping[str, Node], now: datetime
) -> _Announcement | Refusal:
    if not is_code(command.document):
        return refuse(BAD_CODE, "/document", code=command.document[: checks.SHOWN_LENGTH_MAX])
    wrong = checks.check_expected(command.expected_at, now)
    if wrong:
        return wrong
    node = checks.find_node(nodes, command.node)
    if isinstance(node, Refusal):
        return node
    lines = checks.resolve(command.lines, variants, least=1, none=True)
    return lines if isinstance(lines, Refusal) else _Announcement(node, lines)


ANNOUNCE_INBOUND = Operation("inventory.announce_inbound", AnnounceInbound, StockChanged, _handle)
"""Goods are expected under a document's name; receiving under that name at that node uses the announcement up."""

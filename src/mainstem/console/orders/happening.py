"""The events of an order as lines of its timeline: what happened, with what, who did it."""

from typing import Any

import msgspec

from mainstem.console.frame import Visit
from mainstem.console.orders import words
from mainstem.console.orders.reading import Shown
from mainstem.domains import orders

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Moment(msgspec.Struct, frozen=True):
    """A line of the timeline; `who` is "" for the system itself."""

    title: str
    icon: str
    details: list[str]
    who: str
    happening: orders.queries.Happening


def timeline(visit: Visit, shown_order: Shown, last: int | None = None) -> list[Moment]:
    """What happened, latest first; only the `last` ones when that many are wanted."""
    return [_moment(visit, shown_order, one) for one in shown_order.happenings[:last]]


def _moment(visit: Visit, shown_order: Shown, one: orders.queries.Happening) -> Moment:
    payload = _decode(one.payload)
    command: dict[str, Any] = payload.get("command") or {}
    result: dict[str, Any] = payload.get("result") or {}
    title = words.word(visit, words.EVENTS, one.type)
    icon = words.EVENTS[one.type][1] if one.type in words.EVENTS else "point"
    return Moment(title, icon, _details(visit, shown_order, command, result), one.actor, one)


def _details(visit: Visit, shown_order: Shown, command: dict[str, Any], result: dict[str, Any]) -> list[str]:
    order = shown_order.order
    money = visit.fmt.money
    details = []
    if "order" in command:  # a change: what was placed or sold stands above already
        for tender in command.get("tenders", ()):
            kind = words.word(visit, words.TENDERS, tender["kind"])
            details.append(f"{kind} {money(tender['amount_minor'], order.currency)}")
        details += _lines(visit, order, command.get("lines", ()))
        for name in ("carrier", "tracking", "reason"):
            if command.get(name):
                details.append(str(command[name]))
    node = command.get("node") or result.get("node")
    if node:
        known = visit.network.node(node)
        details.append(visit.t("at {node}", node=node if known is None else known.name))
    if result.get("refund_minor"):
        details.append(visit.t("{amount} to refund", amount=money(result["refund_minor"], order.currency)))
    if command.get("restock") is False:
        details.append(visit.t("scrapped"))
    return details


def _lines(visit: Visit, order: orders.queries.OrderView, given: list[dict[str, int]]) -> list[str]:
    lines = {line.line: line for line in order.lines}
    return [
        f"{lines[item['line']].sku} × {visit.fmt.quantity(item['quantity'], lines[item['line']].unit)}"
        for item in given
        if item["line"] in lines
    ]

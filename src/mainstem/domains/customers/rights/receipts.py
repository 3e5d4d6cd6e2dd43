"""Receipts: what a person is handed when a request arrives and when it is over. Pure; no personal data is in them."""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from mainstem.domains.customers.rights.laws import KEPT, KINDS, LAWS, REASONS
from mainstem.domains.customers.rights.states import CLOSED
from mainstem.platform.checks import Said

_OUTCOME = {
    "received": Said("We have received your request.", "我们已收到您的请求。"),
    "identity_checked": Said("We have received your request.", "我们已收到您的请求。"),
    "done": Said("Your request has been carried out.", "您的请求已办理完毕。"),
    "refused": Said("Your request has been refused.", "您的请求未被受理。"),
    "withdrawn": Said("You have withdrawn your request.", "您已撤回请求。"),
}
_COMPLAINT = Said(
    "You can complain to the authority for data protection, and go to court.",
    "如有异议，您可以向履行个人信息保护职责的部门投诉，也可以依法提起诉讼。",
)


class Facts(NamedTuple):
    """What a receipt says."""

    request: int
    kind: str
    law: str
    state: str
    received_at: datetime
    due_at: datetime
    issued_at: datetime
    reason: str = ""


class Issued(NamedTuple):
    """A receipt: its number, its document and the SHA-256 of that."""

    number: str
    document: str
    hash: bytes


def issue(facts: Facts) -> Issued:
    """The receipt for a state of a request; the same facts make the same receipt."""
    day = facts.issued_at.astimezone(ZoneInfo(LAWS[facts.law].zone))
    closed = facts.state in CLOSED
    number = f"PR-{day:%Y%m%d}-{facts.request}-{2 if closed else 1}"
    document = msgspec.json.encode(
        {
            "number": number,
            "request": facts.request,
            "kind": facts.kind,
            "law": facts.law,
            "state": facts.state,
            "received_at": facts.received_at,
            "due_at": facts.due_at,
            "issued_at": facts.issued_at,
            "reason": facts.reason,
            "text": {"en": _text(facts, number, chinese=False), "zh": _text(facts, number, chinese=True)},
        }
    )
    return Issued(number, document.decode(), sha256(document).digest())


def _text(facts: Facts, number: str, *, chinese: bool) -> str:
    said = [_OUTCOME[facts.state][chinese]]
    if facts.reason:
        said.append(REASONS[facts.reason][chinese])
    if facts.state == "done" and facts.kind == "erasure":
        said.append(KEPT[chinese])
    if facts.state == "refused":
        said.append(_COMPLAINT[chinese])
    law = LAWS[facts.law]
    zone = ZoneInfo(law.zone)
    received = f"{facts.received_at.astimezone(zone):%Y-%m-%d %H:%M}"
    due = f"{facts.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
    kind = KINDS[facts.kind][chinese]
    if chinese:
        head = f"编号：{number}\n请求：{kind}\n依据：{law.name.zh}\n收到时间：{received}（{law.zone}）"
        deadline = "" if facts.state in CLOSED else f"\n答复期限：{due}（{law.zone}）之前"
        return f"{head}{deadline}\n\n{''.join(said)}"
    head = f"Number: {number}\nRequest: {kind}\nUnder: {law.name.en}\nReceived: {received} ({law.zone})"
    deadline = "" if facts.state in CLOSED else f"\nTo be answered before: {due} ({law.zone})"
    return f"{head}{deadline}\n\n{' '.join(said)}"

"""Events of identity: ids, types and rules, never values."""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from mainstem.domains.customers.contracts import (
    CustomersMergedEvent,
    CustomerSplitEvent,
    IdentifierSuspendedEvent,
    ReviewOpenedEvent,
    SuspensionLiftedEvent,
)
from mainstem.domains.customers.resolve.rows import IdentifierRow, ReviewRow
from mainstem.domains.customers.resolve.settling import Settled
from mainstem.platform.execution import Call
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


def tell(work: Work, call: Call[Any] | None, type_: str, subject: int, payload: msgspec.Struct) -> None:
    """Queue an event of the room about a subject, caused by a call; without one, by the batch as a whole."""
    work.emit(
        Event(
            type=f"customers.{type_}",
            subject=subject,
            actor=0 if call is None else call.actor,
            trace="" if call is None else call.trace,
            occurred_at=work.now,
            payload=_encode(payload),
        )
    )


def tell_moves(
    work: Work,
    call: Call[Any] | None,
    settled: Settled,
    new: Collection[int] = (),
    reason: str = "",
) -> None:
    """Tell which customers became one, and who parted from whom: each customer that there was, where it is now."""
    rules = linking_rules(settled)
    members: dict[int, list[int]] = {}
    for record, customer in settled.before.items():
        if record not in new:
            members.setdefault(customer, []).append(record)
    for customer, records in sorted(members.items()):
        # The customer's own record may not be here: then nothing of it moved but what left it.
        stays = settled.customer.get(customer, customer)
        if stays != customer:
            event = CustomersMergedEvent(stays, customer, tuple(sorted(rules.get(stays, ()))), reason)
            tell(work, call, "customers_merged", stays, event)
        for restored in sorted({settled.customer[record] for record in records} - {stays}):
            tell(work, call, "customer_split", stays, CustomerSplitEvent(stays, restored, reason))


def linking_rules(settled: Settled) -> dict[int, set[str]]:
    """By customer, the rules that hold it together: `shared:phone`, `scored`, `manual`."""
    found: dict[int, set[str]] = {}
    for link in settled.derivation.links:
        said = link.assertions[0]
        rule = f"{said.rule}:{said.evidence.type}" if said.evidence.type else said.rule
        found.setdefault(settled.customer[link.low], set()).add(rule)
    return found


def tell_reviews(work: Work, call: Call[Any] | None, opened: Iterable[ReviewRow]) -> None:
    """Tell which pairs somebody should look at."""
    for one in opened:
        tell(work, call, "review_opened", one.id, ReviewOpenedEvent(one.low, one.high, one.reason))


def tell_suspended(work: Work, call: Call[Any] | None, suspended: Iterable[IdentifierRow]) -> None:
    """Tell which identifiers join nobody any more."""
    for one in suspended:
        payload = IdentifierSuspendedEvent(one.type, one.reason, one.uses)
        tell(work, call, "identifier_suspended", one.id, payload)


def tell_lifted(work: Work, call: Call[Any] | None, lifted: Iterable[IdentifierRow], *, by_itself: bool) -> None:
    """Tell which identifiers join again."""
    for one in lifted:
        tell(work, call, "suspension_lifted", one.id, SuspensionLiftedEvent(one.type, by_itself))

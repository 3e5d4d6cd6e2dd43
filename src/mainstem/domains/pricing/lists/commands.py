"""What can be done to price lists: load, decide, store, tell."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from mainstem.domains.catalog import (
    REVISION_CONFLICT,
    UNKNOWN_CHANNEL,
    UNKNOWN_NODE,
    UNKNOWN_SKU,
    channels_by_code,
    nodes_by_code,
    variants_by_sku,
)
from mainstem.domains.pricing.lists import contracts as c
from mainstem.domains.pricing.lists import reading, store
from mainstem.domains.pricing.lists.spans import LIST_PRICES, Timelines, lock
from mainstem.domains.pricing.lists.store import KeptList, Terms
from mainstem.domains.pricing.lists.timeline import put
from mainstem.domains.pricing.rules import SHOWN_LENGTH_MAX
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.quantity import QUANTITY_MAX
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def _save_lists(work: Work, calls: Sequence[Call[c.SavePriceList]]) -> list[c.PriceListSaved | Refusal]:
    now = await lock(work)
    commands = [call.command for call in calls]
    kept, nodes, channels = await ask(
        work.connection,
        store.lists_by_code(command.code for command in commands),
        nodes_by_code({command.scope for command in commands if command.kind == "node"}),
        channels_by_code({command.scope for command in commands if command.kind == "channel"}),
    )
    await work.reserve_ids(len(calls))
    answers: list[c.PriceListSaved | Refusal] = []
    for call in calls:
        command = call.command
        before = kept.get(command.code)
        refusal = _unacceptable(command, before, nodes, channels)
        if refusal is not None:
            answers.append(refusal)
            continue
        terms = _terms(command)
        if before is not None and before.terms == terms:
            answers.append(c.PriceListSaved(before.id, before.revision, created=False, changed=False))
            continue
        if before is None:
            fixed = (command.kind, command.scope, command.currency, command.tax_included)
            after = KeptList(work.ids.take(), command.code, *fixed, 1, terms)
            store.insert(work, after)
        else:
            after = msgspec.structs.replace(before, revision=before.revision + 1, terms=terms)
        store.add_terms(work, after, None if before is None else now, call.actor, now)
        kept[command.code] = after
        tell(work, call, "price_list_saved", after.id, c.PriceListChanged(after.revision, command))
        answers.append(c.PriceListSaved(after.id, after.revision, created=before is None, changed=before is not None))
    return answers


def _terms(command: c.SavePriceList) -> Terms:
    start, end = command.valid_from, command.valid_until
    return Terms(
        name=command.name,
        label=command.label,
        priority=command.priority,
        active=command.active,
        valid_from=None if start is None else start.astimezone(UTC),
        valid_until=None if end is None else end.astimezone(UTC),
    )


def _unacceptable(
    command: c.SavePriceList, before: KeptList | None, nodes: dict[str, Any], channels: dict[str, Any]
) -> Refusal | None:
    refusal = (
        reading.bad_code("/code", command.code)
        or reading.bad_names("/name", command.name)
        or reading.bad_names("/label", command.label)
        or reading.bad_currency(command.currency)
        or _bad_scope(command, nodes, channels)
        or reading.bad_span(command.valid_from, command.valid_until)
    )
    if refusal is not None:
        return refusal
    most = c.PRIORITY_MAX
    if abs(command.priority) > most:
        return refuse(c.BAD_PRIORITY, "/priority", priority=command.priority, least=-most, most=most)
    seen = 0 if before is None else before.revision
    if command.expected_revision not in (msgspec.UNSET, seen):
        expected = int(command.expected_revision)
        return refuse(
            REVISION_CONFLICT,
            "/expected_revision",
            what="price list",
            id=command.code,
            revision=seen,
            expected=expected,
        )
    if before is None:
        return None
    for field in ("kind", "scope", "currency", "tax_included"):
        value = getattr(before, field)
        if value != getattr(command, field):
            shown = str(value).lower() if isinstance(value, bool) else value
            return refuse(c.LIST_FIXED, f"/{field}", field=field, list=before.code, value=shown or "-")
    return None


def _bad_scope(command: c.SavePriceList, nodes: dict[str, Any], channels: dict[str, Any]) -> Refusal | None:
    kind, scope = command.kind, command.scope
    if kind == "node" and scope not in nodes:
        return refuse(UNKNOWN_NODE, "/scope", node=scope[:SHOWN_LENGTH_MAX])
    if kind == "channel" and scope not in channels:
        return refuse(UNKNOWN_CHANNEL, "/scope", channel=scope[:SHOWN_LENGTH_MAX])
    if (kind == "general") != (scope == "") or scope != scope.strip():
        return refuse(c.BAD_SCOPE, "/scope", scope=scope[:SHOWN_LENGTH_MAX] or '""', kind=kind)
    return reading.bad_text("/scope", scope, reading.NAME_LENGTH_MAX)


async def _set_prices(work: Work, calls: Sequence[Call[c.SetListPrice]]) -> list[c.ListPriceSet | Refusal]:
    now = await lock(work)
    commands = [call.command for call in calls]
    lists, variants = await ask(
        work.connection,
        store.lists_by_code({command.price_list for command in commands}),
        variants_by_sku({command.sku for command in commands}),
    )
    read: list[tuple[tuple[int, int, int], datetime, datetime | None] | Refusal] = []
    for command in commands:
        refusal = _unacceptable_price(command, lists, variants)
        span = refusal or reading.span_of(command.valid_from, command.valid_until, work.now)
        if isinstance(span, Refusal):
            read.append(span)
        else:
            key = (lists[command.price_list].id, variants[command.sku].id, command.from_quantity)
            read.append((key, *span))
    accepted = [one for one in read if not isinstance(one, Refusal)]
    if not accepted:
        return [one for one in read if isinstance(one, Refusal)]
    timelines = await LIST_PRICES.load(work, [(key, start) for key, start, _ in accepted])
    (breaks,) = await ask(work.connection, store.breaks_of({key[:2] for key, _, _ in accepted}, work.now))
    await work.reserve_ids(2 * len(accepted))
    return _decide(work, calls, read, timelines, breaks, now)


def _decide(
    work: Work,
    calls: Sequence[Call[c.SetListPrice]],
    read: Sequence[tuple[tuple[int, int, int], datetime, datetime | None] | Refusal],
    timelines: Timelines,
    breaks: dict[tuple[int, int], set[int]],
    now: datetime,
) -> list[c.ListPriceSet | Refusal]:
    actors: dict[int, int] = {}
    answers: list[c.ListPriceSet | Refusal] = []
    for call, one in zip(calls, read, strict=True):
        if isinstance(one, Refusal):
            answers.append(one)
            continue
        key, start, end = one
        command = call.command
        known = breaks.setdefault(key[:2], set())
        if command.amount_minor is not None:
            if len(known | {key[2]}) > c.BREAKS_MAX:
                answers.append(_too_many(command))
                continue
            known.add(key[2])
        before = {span.id for span in timelines[key]}
        made = put(timelines[key], (command.amount_minor, command.derived, None), start, end, work.ids.take)
        actors |= {span.id: call.actor for span in timelines[key] if span.id not in before}
        tell(work, call, "list_price_set", key[1], c.ListPriceRecorded(made.id, start, command))
        answers.append(c.ListPriceSet(made.id))
    LIST_PRICES.save(work, timelines, actors, now)
    return answers


def _too_many(command: c.SetListPrice) -> Refusal:
    return refuse(c.TOO_MANY_BREAKS, "/from_quantity", sku=command.sku, list=command.price_list, limit=c.BREAKS_MAX)


def _unacceptable_price(
    command: c.SetListPrice, lists: dict[str, KeptList], variants: dict[str, Any]
) -> Refusal | None:
    kept = lists.get(command.price_list)
    if kept is None:
        return refuse(c.UNKNOWN_LIST, "/price_list", list=command.price_list[:SHOWN_LENGTH_MAX])
    if command.sku not in variants:
        return refuse(UNKNOWN_SKU, "/sku", sku=command.sku[:SHOWN_LENGTH_MAX])
    if command.currency not in (None, kept.currency):
        currency = (command.currency or "")[:SHOWN_LENGTH_MAX]
        return refuse(c.CURRENCY_MISMATCH, "/currency", currency=currency, list=kept.code, expected=kept.currency)
    if not 1 <= command.from_quantity <= QUANTITY_MAX:
        return refuse(c.BAD_BREAK, "/from_quantity", quantity=command.from_quantity, most=QUANTITY_MAX)
    return reading.bad_amount(command.amount_minor) or reading.bad_text("/derived", command.derived)


SAVE_PRICE_LIST: Operation[c.SavePriceList, c.PriceListSaved] = Operation(
    "pricing.save_price_list", c.SavePriceList, c.PriceListSaved, _save_lists
)
SET_LIST_PRICE: Operation[c.SetListPrice, c.ListPriceSet] = Operation(
    "pricing.set_list_price", c.SetListPrice, c.ListPriceSet, _set_prices
)

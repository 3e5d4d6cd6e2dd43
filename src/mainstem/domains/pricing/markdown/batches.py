"""Batches of price changes: proposed, approved by a second person, in force together as prices of a list."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from mainstem.domains.catalog import UNKNOWN_SKU, variants_by_id, variants_by_sku
from mainstem.domains.pricing.lists import reading
from mainstem.domains.pricing.lists.contracts import UNKNOWN_LIST, ListPriceRecorded, SetListPrice
from mainstem.domains.pricing.lists.spans import LIST_PRICES, lock
from mainstem.domains.pricing.lists.store import KeptList, lists_by_code
from mainstem.domains.pricing.lists.timeline import Span, put
from mainstem.domains.pricing.markdown import contracts as c
from mainstem.domains.pricing.markdown import store
from mainstem.domains.pricing.markdown.evaluating import evaluate
from mainstem.domains.pricing.markdown.form import Why
from mainstem.domains.pricing.markdown.proposing import DERIVED, Line, change
from mainstem.domains.pricing.markdown.store import KeptBatch
from mainstem.domains.pricing.rules import SHOWN_LENGTH_MAX
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.refusals import Refusal, RefusedError, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

ProposeCall = Call[c.ProposePriceBatch]
BY_HAND = "by_hand"


async def propose_batch(work: Work, call: ProposeCall) -> c.PriceBatchDecided | Refusal:
    """Decide one proposal. What a rule proposes below its threshold is in force at once."""
    command = call.command
    refusal = _unreadable(command, work.now)
    if refusal is not None:
        return refusal
    effective = work.now if command.effective_at is None else command.effective_at.astimezone(UTC)
    if command.rule is not None:
        return await _by_rule(work, call, command.rule, effective)
    (lists,) = await ask(work.connection, lists_by_code([command.price_list or ""]))
    price_list = lists.get(command.price_list or "")
    if price_list is None:
        return refuse(UNKNOWN_LIST, "/price_list", list=(command.price_list or "")[:SHOWN_LENGTH_MAX])
    lines = await _by_hand(work, command, price_list, effective)
    if isinstance(lines, Refusal):
        return lines
    return await _keep(work, call, price_list, lines, effective, None)


def _unreadable(command: c.ProposePriceBatch, now: datetime) -> Refusal | None:
    if (command.rule is None) == (not command.changes) or (command.rule is None) == (command.price_list is None):
        return refuse(c.NO_CHANGES, "/changes")
    if len(command.changes) > c.CHANGES_MAX:
        return refuse(c.TOO_MANY_GOODS, "/changes", rule="-", limit=c.CHANGES_MAX)
    refusal = reading.bad_text("/note", command.note) or reading.bad_span(command.effective_at, None)
    if refusal is not None:
        return refusal
    start = max(command.effective_at or now, now)
    seen: set[str] = set()
    for place, one in enumerate(command.changes):
        where = f"/changes/{place}"
        if one.sku in seen:
            return refuse(c.SKU_TWICE_IN_BATCH, f"{where}/sku", sku=one.sku[:SHOWN_LENGTH_MAX])
        seen.add(one.sku)
        refusal = reading.bad_amount(one.amount_minor, f"{where}/amount_minor") or reading.bad_span(
            start, one.valid_until
        )
        if refusal is not None:
            return refusal
    return None


async def _by_rule(work: Work, call: ProposeCall, code: str, effective: datetime) -> c.PriceBatchDecided | Refusal:
    (rules,) = await ask(work.connection, store.rules([code]))
    rule = rules.get(code)
    if rule is None:
        return refuse(c.UNKNOWN_RULE, "/rule", rule=code[:SHOWN_LENGTH_MAX])
    try:
        evaluation = await evaluate(work.connection, rule, work.now)
    except RefusedError as refused:
        return refused.refusal
    if not evaluation.lines:
        return c.PriceBatchDecided(None, None, 0)
    (lists,) = await ask(work.connection, lists_by_code([rule.price_list]))
    threshold = int(rule.form.bounds.approval_above_percent * 10_000)
    at_once = max(line.change_millionths for line in evaluation.lines) <= threshold
    return await _keep(
        work, call, lists[rule.price_list], list(evaluation.lines), effective, call.actor if at_once else None, code
    )


async def _by_hand(
    work: Work, command: c.ProposePriceBatch, price_list: KeptList, effective: datetime
) -> list[Line] | Refusal:
    (variants,) = await ask(work.connection, variants_by_sku([one.sku for one in command.changes]))
    for place, one in enumerate(command.changes):
        if one.sku not in variants:
            return refuse(UNKNOWN_SKU, f"/changes/{place}/sku", sku=one.sku[:SHOWN_LENGTH_MAX])
    start = max(effective, work.now)
    ids = [variant.id for variant in variants.values()]
    (own,) = await ask(work.connection, store.own_prices(price_list.id, ids, work.now))
    lines: list[Line] = []
    for one in command.changes:
        number = variants[one.sku].id
        held = (p for p in own.get(number, ()) if p.start <= start and (p.end is None or start < p.end))
        before = next((p.amount_minor for p in held), None)
        changed = change(before or 0, one.amount_minor or 0)
        until = None if one.valid_until is None else one.valid_until.astimezone(UTC)
        why = Why("", BY_HAND)
        lines.append(Line(number, one.sku, before, None, one.amount_minor, None, until, why, changed))
    return lines


async def _keep(
    work: Work,
    call: ProposeCall,
    price_list: KeptList,
    lines: list[Line],
    effective: datetime,
    approved_by: int | None,
    rule: str = "",
) -> c.PriceBatchDecided | Refusal:
    await work.reserve_ids(1 + 2 * len(lines))
    most = max(line.change_millionths for line in lines)
    state: c.BatchState = "waiting" if approved_by is None else "in_force"
    batch = KeptBatch(
        id=work.ids.take(),
        list=price_list.id,
        price_list=price_list.code,
        currency=price_list.currency,
        state=state,
        effective_at=effective,
        rule=rule,
        lines=len(lines),
        change_max=most,
        actor=call.actor,
    )
    if approved_by is not None:
        refusal = await put_in_force(work, call, batch, lines)
        if refusal is not None:
            return refusal
    store.add_batch(work, batch, call.command.note, lines, approved_by)
    what = "price_batch_proposed" if approved_by is None else "price_batch_in_force"
    tell(work, call, what, batch.id, _recorded(batch))
    return c.PriceBatchDecided(batch.id, state, len(lines), most)


async def put_in_force(work: Work, call: Call[Any], batch: KeptBatch, lines: Sequence[Line]) -> Refusal | None:
    """Make the lines of a batch prices of its list, if each still stands as it was when it was proposed."""
    now = await lock(work)
    at_once = max(batch.effective_at, work.now)
    wanted = [(line, max(line.valid_from or at_once, at_once)) for line in lines]
    wanted = [(line, start) for line, start in wanted if line.valid_until is None or start < line.valid_until]
    if not wanted:
        return refuse(c.BATCH_OVER, "/batch", batch=batch.id)
    timelines = await LIST_PRICES.load(work, [((batch.list, line.variant, 1), start) for line, start in wanted])
    stale = sum(
        _amount_at(timelines[batch.list, line.variant, 1], start) != line.before_minor for line, start in wanted
    )
    if stale:
        return refuse(c.BATCH_STALE, "/batch", batch=batch.id, count=stale)
    variants = await _skus(work, [line.variant for line, _ in wanted])
    await work.reserve_ids(2 * len(wanted))
    actors: dict[int, int] = {}
    derived = f"{DERIVED}{batch.rule}" if batch.rule else ""
    for line, start in wanted:
        timeline = timelines[batch.list, line.variant, 1]
        before = {span.id for span in timeline}
        made = put(timeline, (line.amount_minor, derived, batch.id), start, line.valid_until, work.ids.take)
        actors |= {span.id: call.actor for span in timeline if span.id not in before}
        said = SetListPrice(
            batch.price_list,
            variants[line.variant],
            line.amount_minor,
            currency=batch.currency,
            valid_from=start,
            valid_until=line.valid_until,
            derived=derived,
        )
        tell(work, call, "list_price_set", line.variant, ListPriceRecorded(made.id, start, said, batch.id))
    LIST_PRICES.save(work, timelines, actors, now)
    return None


def _amount_at(timeline: list[Span[tuple[int | None, str, int | None]]], moment: datetime) -> int | None:
    return next((span.value[0] for span in timeline if span.holds(moment)), None)


async def _skus(work: Work, variants: Sequence[int]) -> dict[int, str]:
    (found,) = await ask(work.connection, variants_by_id(variants))
    return {number: variant.sku for number, variant in found.items()}


async def _propose(work: Work, calls: Sequence[ProposeCall]) -> list[c.PriceBatchDecided | Refusal]:
    answers = []
    for call in calls:
        answers.append(await propose_batch(work, call))
        await work.flush()
    return answers


async def _decide(work: Work, calls: Sequence[Call[c.DecidePriceBatch]]) -> list[c.PriceBatchDecided | Refusal]:
    await lock(work)
    wanted = {call.command.batch for call in calls}
    kept, lines = await ask(work.connection, store.lock_batches(wanted), store.batch_lines(wanted))
    answers: list[c.PriceBatchDecided | Refusal] = []
    for call in calls:
        number = call.command.batch
        batch = kept.get(number)
        if batch is None:
            answers.append(refuse(c.UNKNOWN_BATCH, "/batch", batch=number))
            continue
        if batch.state != "waiting":
            answers.append(refuse(c.BATCH_DECIDED, "/batch", batch=number))
            continue
        if call.command.approve and call.actor == batch.actor:
            answers.append(refuse(c.OWN_BATCH, "/batch", batch=number))
            continue
        refusal = await put_in_force(work, call, batch, lines[number]) if call.command.approve else None
        if refusal is not None:
            answers.append(refusal)
            continue
        state: c.BatchState = "in_force" if call.command.approve else "declined"
        effective = max(batch.effective_at, work.now) if call.command.approve else batch.effective_at
        after = msgspec.structs.replace(batch, state=state, effective_at=effective)
        kept[number] = after
        store.decide_batch(work, number, state, call.actor, effective)
        await work.flush()
        tell(work, call, f"price_batch_{state}", number, _recorded(after))
        answers.append(c.PriceBatchDecided(number, state, batch.lines, batch.change_max))
    return answers


def _recorded(batch: KeptBatch) -> c.BatchRecorded:
    return c.BatchRecorded(batch.price_list, batch.rule, batch.lines, batch.effective_at, batch.change_max)


PROPOSE_PRICE_BATCH: Operation[c.ProposePriceBatch, c.PriceBatchDecided] = Operation(
    "pricing.propose_price_batch", c.ProposePriceBatch, c.PriceBatchDecided, _propose
)
DECIDE_PRICE_BATCH: Operation[c.DecidePriceBatch, c.PriceBatchDecided] = Operation(
    "pricing.decide_price_batch", c.DecidePriceBatch, c.PriceBatchDecided, _decide
)

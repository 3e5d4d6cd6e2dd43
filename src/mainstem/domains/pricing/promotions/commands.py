"""What can be done to promotions: load, decide, store, tell."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import msgspec

from mainstem import ledger
from mainstem.domains.catalog import TOO_LONG, UNKNOWN_CURRENCY
from mainstem.domains.pricing.alike import alike
from mainstem.domains.pricing.engine import compile_book
from mainstem.domains.pricing.promotions import contracts as c
from mainstem.domains.pricing.promotions import store
from mainstem.domains.pricing.promotions.catalogue import Known, look_up, name_all, unknown
from mainstem.domains.pricing.promotions.checking import wrong
from mainstem.domains.pricing.promotions.comparing import gift_cycle, gifts_of, warnings
from mainstem.domains.pricing.promotions.form import Promotion
from mainstem.domains.pricing.promotions.life import TRANSITIONS, Rule, approval, rule_for
from mainstem.domains.pricing.promotions.store import Kept
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

NOTE_LENGTH_MAX = 500
USES_KIND, ITEMS_KIND, BUDGET_KIND = "promotion_uses", "promotion_items", "promotion_budget"

Move = c.ApprovePromotion | c.StartPromotion | c.PausePromotion | c.EndPromotion
M = TypeVar("M", bound=Move)


async def save_promotions(
    work: Work, calls: Sequence[Call[c.SavePromotion]], tiers: Collection[str]
) -> list[c.PromotionSaved | Refusal]:
    """Save promotions in order of arrival; each sees those before it. `tiers` are the tiers that there are."""
    forms = [call.command.promotion for call in calls]
    wrongs = [wrong(form) for form in forms]
    await store.lock(work)
    kept, rules = await ask(
        work.connection,
        store.promotions_named({_text(form.code) for form in forms}, {alike(_text(form.code)) for form in forms}),
        store.rules(),
    )
    shop = {one.code: one for one in kept}
    good = [form for form, refusal in zip(forms, wrongs, strict=True) if refusal is None]
    named = name_all(good)
    if any(gifts_of(form) for form in good):
        named.skus.update(sku for one in kept for sku in gifts_of(one.form))
    known = await look_up(work.connection, named)
    await work.reserve_ids(4 * len(calls))
    answers: list[c.PromotionSaved | Refusal] = []
    for call, fault in zip(calls, wrongs, strict=True):
        refusal = within(fault) if fault is not None else _refused(call.command, shop, known, set(tiers))
        if refusal is not None:
            answers.append(refusal)
            continue
        answers.append(_save(work, call, shop, rules))
    return answers


def _text(code: str) -> str:
    """What PostgreSQL can be asked for."""
    return code.replace("\x00", "")


def _refused(command: c.SavePromotion, shop: dict[str, Kept], known: Known, tiers: set[str]) -> Refusal | None:
    form, before = command.promotion, shop.get(command.promotion.code)
    bad = _bad_note(command.note)
    if bad is not None:
        return bad
    if before is None and command.revision:
        return refuse(c.UNKNOWN_PROMOTION, "/promotion/code", promotion=form.code)
    if before is not None:
        if before.revision != command.revision:
            return refuse(
                c.PROMOTION_CHANGED, "/revision", promotion=form.code, revision=before.revision, given=command.revision
            )
        refusal = _no_way(before, "saved", "/promotion/code")
        if refusal is not None:
            return refusal
    else:
        same = alike(form.code)
        other = next((one.code for one in shop.values() if one.alike == same), None)
        if other is not None:
            return refuse(c.CODE_ALIKE, "/promotion/code", code=form.code, other=other)
    refusal = unknown(form, known, tiers) or _cycle(form, shop, known) or _impossible(form)
    return None if refusal is None else within(refusal)


def within(refusal: Refusal) -> Refusal:
    """A refusal of a form, with its pointer from the command on."""
    return msgspec.structs.replace(refusal, where=f"/promotion{refusal.where}")


def _cycle(form: Promotion, shop: dict[str, Kept], known: Known) -> Refusal | None:
    others = [one.form for one in shop.values() if one.state != "ended"]
    path = gift_cycle(form, others, known.goods)
    return refuse(c.GIFT_CYCLE, "/reward/skus", path=" → ".join(path)) if path else None


def _impossible(form: Promotion) -> Refusal | None:
    """The engine itself has the last word."""
    try:
        compile_book([form])
    except ValueError:
        return refuse(c.REWARD_IMPOSSIBLE, "/reward")
    return None


def _save(work: Work, call: Call[c.SavePromotion], shop: dict[str, Kept], rules: dict[str, Rule]) -> c.PromotionSaved:
    form, before = call.command.promotion, shop.get(call.command.promotion.code)
    if before is None:
        ids = [work.ids.take() for _ in range(3)]
        kept = Kept(ids[0], form.code, alike(form.code), form, 1, "draft", form.valid_until, ids[1], ids[2])
        for kind, asset in zip((USES_KIND, ITEMS_KIND, BUDGET_KIND), ids, strict=True):
            ledger.register_assets(work, kind, [asset])
    else:
        kept = msgspec.structs.replace(before, form=form, revision=before.revision + 1, state="draft")
    shop[form.code] = kept
    store.save(work, kept)
    store.note_change(work, kept, "saved", call.command.note, call.actor)
    _tell(work, call, "saved", kept, call.command.note)
    others = {code: one.form for code, one in shop.items() if one.state != "ended"}
    why = approval(form, rule_for(form, rules))
    return c.PromotionSaved(kept.id, kept.code, kept.revision, kept.state, why, warnings(form, others))


def _bad_note(note: str) -> Refusal | None:
    if len(note) > NOTE_LENGTH_MAX or "\x00" in note:
        return refuse(TOO_LONG, "/note", field="note", size=len(note), limit=NOTE_LENGTH_MAX)
    return None


def _no_way(kept: Kept, verb: c.Verb, where: str = "/code") -> Refusal | None:
    """Why a verb does not lead on from where a promotion is."""
    sources, _ = TRANSITIONS[verb]
    if kept.state in sources:
        return None
    return refuse(c.PROMOTION_STATE, where, promotion=kept.code, state=kept.state, wanted=", ".join(sources))


async def _move(
    work: Work, calls: Sequence[Call[M]], verb: c.Verb, forbidden: Callable[[Call[M], Kept], Refusal | None]
) -> list[c.PromotionSaved | Refusal]:
    """Move promotions from state to state, in order of arrival."""
    await work.reserve_ids(len(calls))
    shop = {one.code: one for one in await _named(work, calls)}
    renewed = False
    answers: list[c.PromotionSaved | Refusal] = []
    for call in calls:
        command = call.command
        kept = shop.get(command.code)
        if kept is None:
            answers.append(refuse(c.UNKNOWN_PROMOTION, "/code", promotion=command.code[:80]))
            continue
        refusal = _bad_note(command.note) or _no_way(kept, verb) or forbidden(call, kept)
        if refusal is not None:
            answers.append(refusal)
            continue
        renewed |= "live" in (kept.state, TRANSITIONS[verb][1])
        _go(work, call, kept, verb, command.note)
        answers.append(c.PromotionSaved(kept.id, kept.code, kept.revision, kept.state))
    if renewed:
        store.renew_book(work)
    return answers


async def _named(work: Work, calls: Sequence[Call[M]]) -> list[Kept]:
    await store.lock(work)
    (kept,) = await ask(work.connection, store.promotions_named({_text(call.command.code) for call in calls}, ()))
    return kept


def _go(work: Work, call: Call[Any] | None, kept: Kept, verb: c.Verb, note: str) -> None:
    kept.state = TRANSITIONS[verb][1]
    store.move(work, kept)
    store.note_change(work, kept, verb, note, 0 if call is None else call.actor)
    _tell(work, call, verb, kept, note)


def _tell(work: Work, call: Call[Any] | None, verb: c.Verb, kept: Kept, note: str) -> None:
    tell(work, call, f"promotion_{verb}", kept.id, c.PromotionMoved(kept.code, kept.revision, kept.state, note))


async def _approve(work: Work, calls: Sequence[Call[c.ApprovePromotion]]) -> list[c.PromotionSaved | Refusal]:
    await store.lock(work)
    (kept,) = await ask(work.connection, store.promotions_named({_text(call.command.code) for call in calls}, ()))
    (writers,) = await ask(work.connection, store.authors([one.id for one in kept if one.state == "draft"]))

    def forbidden(call: Call[c.ApprovePromotion], one: Kept) -> Refusal | None:
        if one.revision != call.command.revision:
            return refuse(
                c.PROMOTION_CHANGED,
                "/revision",
                promotion=one.code,
                revision=one.revision,
                given=call.command.revision,
            )
        return refuse(c.OWN_PROMOTION, "/code") if call.actor in writers.get(one.id, set()) else None

    return await _move(work, calls, "approved", forbidden)


async def _start(work: Work, calls: Sequence[Call[c.StartPromotion]]) -> list[c.PromotionSaved | Refusal]:
    (rules,) = await ask(work.connection, store.rules())

    def forbidden(_: Call[c.StartPromotion], one: Kept) -> Refusal | None:
        if one.valid_until is not None and one.valid_until <= work.now:
            return refuse(c.PROMOTION_OVER, "/code", promotion=one.code, until=one.valid_until.isoformat())
        rule = rule_for(one.form, rules)
        if one.state == "draft" and approval(one.form, rule):
            return refuse(
                c.APPROVAL_NEEDED,
                "/code",
                promotion=one.code,
                percent=rule.percent_max,
                budget=rule.budget_minor_max,
            )
        return None

    return await _move(work, calls, "started", forbidden)


async def _pause(work: Work, calls: Sequence[Call[c.PausePromotion]]) -> list[c.PromotionSaved | Refusal]:
    return await _move(work, calls, "paused", lambda _call, _one: None)


async def _end(work: Work, calls: Sequence[Call[c.EndPromotion]]) -> list[c.PromotionSaved | Refusal]:
    return await _move(work, calls, "ended", lambda _call, _one: None)


async def end_over(work: Work, limit: int) -> int:
    """End promotions whose time is over; answers how many there were."""
    await store.lock(work)
    (over,) = await ask(work.connection, store.promotions_over(work.now, limit))
    await work.reserve_ids(len(over))
    for one in over:
        _go(work, None, one, "ended", "")
    if over:
        store.renew_book(work)
    return len(over)


async def _set_rule(work: Work, calls: Sequence[Call[c.SetApprovalRule]]) -> list[c.ApprovalRuleSet | Refusal]:
    answers: list[c.ApprovalRuleSet | Refusal] = []
    for call in calls:
        command = call.command
        if command.currency and command.currency not in CURRENCIES:
            answers.append(refuse(UNKNOWN_CURRENCY, "/currency", currency=command.currency[:80]))
            continue
        for name, value, most in (
            ("percent_max", command.percent_max, 100),
            ("budget_minor_max", command.budget_minor_max, AMOUNT_MINOR_MAX),
        ):
            if not 0 <= value <= most:
                answers.append(refuse(c.NUMBER_RANGE, f"/{name}", value=value, least=0, most=most))
                break
        else:
            rule = Rule(command.percent_max, command.budget_minor_max)
            store.set_rule(work, command.currency, rule, call.actor)
            answer = c.ApprovalRuleSet(command.currency, rule.percent_max, rule.budget_minor_max)
            tell(work, call, "approval_rule_set", 0, answer)
            answers.append(answer)
    return answers


APPROVE_PROMOTION = Operation("pricing.approve_promotion", c.ApprovePromotion, c.PromotionSaved, _approve)
START_PROMOTION = Operation("pricing.start_promotion", c.StartPromotion, c.PromotionSaved, _start)
PAUSE_PROMOTION = Operation("pricing.pause_promotion", c.PausePromotion, c.PromotionSaved, _pause)
END_PROMOTION = Operation("pricing.end_promotion", c.EndPromotion, c.PromotionSaved, _end)
SET_APPROVAL_RULE = Operation("pricing.set_approval_rule", c.SetApprovalRule, c.ApprovalRuleSet, _set_rule)

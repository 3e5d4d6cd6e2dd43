"""Making, changing and stopping batches of coupons."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from mainstem import ledger
from mainstem.domains.catalog import BAD_CODE
from mainstem.domains.pricing.alike import alike, mixes_scripts
from mainstem.domains.pricing.coupons import contracts as c
from mainstem.domains.pricing.coupons import store
from mainstem.domains.pricing.coupons.store import Batch
from mainstem.domains.pricing.promotions.contracts import PROMOTION_NAME, UNKNOWN_PROMOTION
from mainstem.domains.pricing.rules import VALID_BEFORE
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.moments import EARLIEST
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

NAME_LENGTH_MAX, NOTE_LENGTH_MAX = 100, 500
USES_KIND = "coupon_uses"


async def _save(work: Work, calls: Sequence[Call[c.SaveCouponBatch]]) -> list[c.BatchSaved | Refusal]:
    commands = [call.command for call in calls]
    await work.reserve_ids(len(calls))
    codes = {one.code.replace("\x00", "") for one in commands}
    same = {alike(one.public_code).replace("\x00", "") for one in commands if one.public_code}
    known, publics, promotions = await ask(
        work.connection,
        store.batches_by_code(codes, lock=True),
        store.batches_of((), same),
        store.promotions_of({one.promotion.replace("\x00", "") for one in commands}),
    )
    fresh = sum(one.code not in known for one in commands)
    (serials,) = await ask(work.connection, store.next_serials(fresh))
    public = {one.public_alike: one for one in publics}
    answers: list[c.BatchSaved | Refusal] = []
    for call in calls:
        command = call.command
        before = known.get(command.code)
        refusal = _wrong(command) or _clash(command, before, public, promotions)
        if refusal is None and before is None and not serials:
            refusal = refuse(c.BATCHES_FULL, "/code")
        if refusal is not None:
            answers.append(refusal)
            continue
        number, serial = (work.ids.take(), serials.pop()) if before is None else (before.id, before.serial)
        one = _batch(command, number, serial, promotions[command.promotion][0], before)
        known[one.code] = one
        if one.public_alike is not None:
            public[one.public_alike] = one
        if before is None:
            ledger.register_assets(work, USES_KIND, [one.id])
        store.save_batch(work, one, call.actor)
        tell(work, call, "coupon_batch_saved", one.id, c.BatchMoved(one.code, one.promotion, one.revision))
        answers.append(c.BatchSaved(one.id, one.code, "active" if one.state == "active" else "stopped", one.revision))
    return answers


def _batch(command: c.SaveCouponBatch, number: int, serial: int, promotion: int, before: Batch | None) -> Batch:
    is_public = command.kind == "public"
    return Batch(
        id=number,
        serial=serial,
        code=command.code,
        name=command.name,
        kind=command.kind,
        promotion_id=promotion,
        promotion=command.promotion,
        promotion_state="" if before is None else before.promotion_state,
        public_code=command.public_code if is_public else None,
        public_alike=alike(command.public_code) if is_public else None,
        count=command.count,
        issued=0 if before is None else before.issued,
        uses_total=command.uses_total,
        uses_per_code=command.uses_per_code,
        uses_per_customer=command.uses_per_customer,
        claims_per_customer=command.claims_per_customer,
        valid_from=command.valid_from,
        valid_until=command.valid_until,
        life_days=command.life_days,
        transferable=command.transferable,
        state="active" if before is None else before.state,
        revision=command.revision + 1,
    )


def _wrong(command: c.SaveCouponBatch) -> Refusal | None:
    if not is_code(command.code) or "/" in command.code:
        return refuse(BAD_CODE, "/code", code=command.code[:80])
    name = command.name
    if not name.en.strip() or max(len(name.en), len(name.zh)) > NAME_LENGTH_MAX or "\x00" in name.en + name.zh:
        return refuse(PROMOTION_NAME, "/name", limit=NAME_LENGTH_MAX)
    least = 0 if command.kind == "public" else 1
    for field, value, low, most in (
        ("count", command.count, least, c.COUNT_MAX),
        ("uses_total", command.uses_total, 1, c.COUNT_MAX if command.kind == "public" else 0),
        ("uses_per_code", command.uses_per_code, 1, 1 if command.kind == "public" else c.USES_MAX),
        ("uses_per_customer", command.uses_per_customer, 1, c.USES_MAX),
        ("claims_per_customer", command.claims_per_customer, 0, c.USES_MAX),
        ("life_days", command.life_days, 1, c.LIFE_DAYS_MAX),
    ):
        if value is not None and not low <= value <= most:
            return refuse(c.BATCH_UNFIT, f"/{field}", value=value, least=low, most=most)
    return _wrong_life(command.valid_from, command.valid_until) or _wrong_public(command)


def _wrong_life(since: datetime | None, until: datetime | None) -> Refusal | None:
    for moment in (since, until):
        if moment is not None and (moment.tzinfo is None or not EARLIEST <= moment < VALID_BEFORE):
            return refuse(c.COUPON_LIFE, "/valid_until", since=str(since), until=str(until))
    if since is not None and until is not None and until <= since:
        return refuse(c.COUPON_LIFE, "/valid_until", since=since.isoformat(), until=until.isoformat())
    return None


def _wrong_public(command: c.SaveCouponBatch) -> Refusal | None:
    code = command.public_code
    plain = alike(code)
    fits = c.PUBLIC_LENGTH_MIN <= len(plain) <= c.PUBLIC_LENGTH_MAX and plain.isalnum() and len(code) <= len(plain) + 5
    if (command.kind == "public") != bool(code) or (code and (not fits or mixes_scripts(code))):
        least, most = c.PUBLIC_LENGTH_MIN, c.PUBLIC_LENGTH_MAX
        return refuse(c.PUBLIC_CODE, "/public_code", code=code[:40], least=least, most=most)
    return None


def _clash(
    command: c.SaveCouponBatch,
    before: Batch | None,
    public: Mapping[str | None, Batch],
    promotions: Mapping[str, tuple[int, bool]],
) -> Refusal | None:
    if command.promotion not in promotions:
        return refuse(UNKNOWN_PROMOTION, "/promotion", promotion=command.promotion[:80])
    number, wants = promotions[command.promotion]
    if not wants:
        return refuse(c.BATCH_WITHOUT_COUPON, "/promotion", promotion=command.promotion)
    if before is None and command.revision:
        return refuse(c.UNKNOWN_BATCH, "/code", batch=command.code)
    if before is not None:
        if before.revision != command.revision:
            return refuse(
                c.BATCH_CHANGED, "/revision", batch=before.code, revision=before.revision, given=command.revision
            )
        fixed = before.promotion_id == number and before.kind == command.kind
        if not fixed or (before.public_code or "") != command.public_code or command.count < before.count:
            return refuse(c.BATCH_FIXED, "/code", batch=before.code)
    other = public.get(alike(command.public_code)) if command.public_code else None
    if other is not None and other.code != command.code:
        return refuse(c.PUBLIC_CODE_ALIKE, "/public_code", code=command.public_code, other=other.public_code or "")
    return None


async def _stop(work: Work, calls: Sequence[Call[c.StopCouponBatch]]) -> list[c.BatchSaved | Refusal]:
    codes = {call.command.batch.replace("\x00", "") for call in calls}
    (known,) = await ask(work.connection, store.batches_by_code(codes, lock=True))
    answers: list[c.BatchSaved | Refusal] = []
    for call in calls:
        command = call.command
        one = known.get(command.batch)
        if one is None:
            answers.append(refuse(c.UNKNOWN_BATCH, "/batch", batch=command.batch[:80]))
            continue
        if len(command.note) > NOTE_LENGTH_MAX:
            answers.append(refuse(c.BATCH_UNFIT, "/note", value=len(command.note), least=0, most=NOTE_LENGTH_MAX))
            continue
        known[one.code] = one = msgspec.structs.replace(
            one, state="stopped" if command.stopped else "active", revision=one.revision + 1
        )
        store.set_state(work, one)
        moved = c.BatchMoved(one.code, one.promotion, one.revision, command.stopped, command.note)
        tell(work, call, "coupon_batch_stopped", one.id, moved)
        answers.append(c.BatchSaved(one.id, one.code, "stopped" if command.stopped else "active", one.revision))
    return answers


SAVE_COUPON_BATCH = Operation("pricing.save_coupon_batch", c.SaveCouponBatch, c.BatchSaved, _save)
STOP_COUPON_BATCH = Operation("pricing.stop_coupon_batch", c.StopCouponBatch, c.BatchSaved, _stop)

"""Coupons of customers: issued, claimed, given away; and codes that are only asked about."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from mainstem import ledger
from mainstem.domains.pricing.allowances.contracts import PLENTY
from mainstem.domains.pricing.coupons import contracts as c
from mainstem.domains.pricing.coupons import store
from mainstem.domains.pricing.coupons.finding import CouponAsk, Found, find_coupons, unusable, who_are
from mainstem.domains.pricing.coupons.store import Batch, Coupon, NewCoupon
from mainstem.domains.pricing.coupons.using import quote_coupons
from mainstem.domains.pricing.promotions.limits import Who
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Balance, Spot
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

DAY = timedelta(days=1)
ASKER_LENGTH_MAX = 300


def _ends(batch: Batch, now: datetime) -> datetime | None:
    """Until when a coupon can be used that somebody gets now."""
    own = None if batch.life_days is None else now + batch.life_days * DAY
    return min((end for end in (own, batch.valid_until) if end is not None), default=None)


def _over(batch: Batch, now: datetime) -> Refusal | None:
    if batch.state != "active":
        return refuse(c.COUPON_STOPPED, "/code")
    if batch.valid_until is not None and now >= batch.valid_until:
        return refuse(c.COUPON_EXPIRED, "/code", until=batch.valid_until.isoformat())
    return None


async def _issue(work: Work, calls: Sequence[Call[c.IssueCoupon]]) -> list[c.CouponHad | Refusal]:
    whos = await who_are(work.connection, {call.command.customer for call in calls})
    codes = {call.command.batch.replace("\x00", "") for call in calls}
    (batches,) = await ask(work.connection, store.batches_by_code(codes, lock=True))
    await work.reserve_ids(len(calls))
    rows: list[NewCoupon] = []
    answers: list[c.CouponHad | Refusal] = []
    for call in calls:
        command = call.command
        batch = batches.get(command.batch)
        refusal = _not_issued(command, batch, whos, work.now)
        if refusal is not None or batch is None:
            assert refusal is not None
            answers.append(refusal)
            continue
        answers.append(_give(work, call, batch, command.customer, rows, command.note))
    store.set_issued(work, list(batches.values()))
    store.insert_coupons(work, rows)
    return answers


def _not_issued(command: c.IssueCoupon, batch: Batch | None, whos: Mapping[int, Who], now: datetime) -> Refusal | None:
    if batch is None:
        return refuse(c.UNKNOWN_BATCH, "/batch", batch=command.batch[:80])
    if batch.kind != "personal":
        return refuse(c.NOT_ISSUED, "/batch", batch=batch.code)
    if command.customer not in whos:
        return refuse(c.COUPON_CUSTOMER_UNKNOWN, "/customer", customer=command.customer)
    if len(command.note) > ASKER_LENGTH_MAX or "\x00" in command.note:
        return refuse(c.BATCH_UNFIT, "/note", value=len(command.note), least=0, most=ASKER_LENGTH_MAX)
    if batch.issued >= batch.count:
        return refuse(c.BATCH_EMPTY, "/batch", batch=batch.code)
    return _over(batch, now)


def _give(
    work: Work,
    call: Call[c.IssueCoupon] | Call[c.ClaimCoupon],
    batch: Batch,
    customer: int,
    rows: list[NewCoupon],
    note: str = "",
    number: int | None = None,
) -> c.CouponHad:
    """A new row in a wallet: of the batch's next number, or of the one given."""
    issued = batch.kind == "personal"
    if number is None:
        batch.issued += 1
        number = batch.issued
    row = NewCoupon(
        work.ids.take(), batch.id, number, customer, "issued" if issued else "claimed", note, _ends(batch, work.now)
    )
    rows.append(row)
    moved = c.CouponMoved(batch.id, number, customer, note=note)
    tell(work, call, "coupon_issued" if issued else "coupon_claimed", row.id, moved)
    return c.CouponHad(row.id, batch.code, batch.promotion, customer, row.expires_at)


class _Claims:
    """Claims of a batch of calls, in order of arrival: each sees those before it."""

    def __init__(
        self, work: Work, batches: Mapping[int, Batch], claims: dict[tuple[int, int], tuple[int, int]]
    ) -> None:
        self.work = work
        self.batches = batches
        self.claims = claims
        self.rows: list[NewCoupon] = []
        self.owners: dict[int, int] = {}
        self.ends: dict[int, datetime | None] = {}
        self.taken: dict[tuple[int, int], int] = {}

    def refused(self, found: Found, who: Who, used: Mapping[Spot, Balance]) -> Refusal | None:
        """Why a customer cannot claim a coupon."""
        batch, coupon = self.batches[found.batch.id], found.coupon
        if batch.kind == "personal":
            return refuse(c.NOT_CLAIMED, "/code", batch=batch.code)
        refusal = _over(batch, self.work.now)
        if refusal is not None:
            return refusal
        owner = self._owner(found)
        if owner is not None and owner not in who.records:
            return refuse(c.COUPON_OTHERS, "/code")
        customer = min(who.records)
        had, _ = self.claims.get((customer, batch.id), (0, 0))
        if owner is not None or had >= batch.claims_per_customer:
            return refuse(c.COUPON_CLAIMED, "/code")
        today = sum(recent for (one, _), (_, recent) in self.claims.items() if one == customer)
        if today >= c.CLAIMS_PER_DAY_MAX:
            return refuse(c.CLAIMS_TODAY, "/code", claims=today)
        if batch.kind == "public" and batch.issued >= batch.count:
            return refuse(c.BATCH_EMPTY, "/code", batch=batch.code)
        if coupon is not None:
            balance = used.get((batch.id, coupon.id))
            if balance is not None and balance.known and balance.posted - balance.held <= PLENTY - batch.uses_per_code:
                return refuse(c.COUPON_USED, "/code")
        return None

    def _owner(self, found: Found) -> int | None:
        if found.number is None:
            return None
        kept = None if found.coupon is None else found.coupon.record
        return self.taken.get((found.batch.id, found.number), kept)

    def claim(self, call: Call[c.ClaimCoupon], found: Found, who: Who) -> c.CouponHad:
        """Put a coupon into a wallet."""
        batch, customer = self.batches[found.batch.id], call.command.customer
        key = (min(who.records), batch.id)
        had, recent = self.claims.get(key, (0, 0))
        self.claims[key] = (had + 1, recent + 1)
        if found.number is not None:
            self.taken[batch.id, found.number] = customer
        if found.coupon is None:
            return _give(self.work, call, batch, customer, self.rows, number=found.number)
        row = found.coupon
        self.owners[row.id] = customer
        self.ends[row.id] = _ends(batch, self.work.now)
        tell(self.work, call, "coupon_claimed", row.id, c.CouponMoved(batch.id, row.number, customer))
        return c.CouponHad(row.id, batch.code, batch.promotion, customer, self.ends[row.id])

    def save(self) -> None:
        """Queue what was claimed."""
        store.set_issued(self.work, [one for one in self.batches.values() if one.kind == "public"])
        store.insert_coupons(self.work, self.rows)
        store.set_owners(self.work, self.owners)
        store.set_expiry(self.work, self.ends)


async def _claim(work: Work, calls: Sequence[Call[c.ClaimCoupon]]) -> list[c.CouponHad | Refusal]:
    whos = await who_are(work.connection, {call.command.customer for call in calls})
    owners = {record: min(who.records) for who in whos.values() for record in who.records}
    await ask(work.connection, store.lock_claims(set(owners.values())))
    asks = [
        CouponAsk(call.command.code, asker_of(call.actor, call.command.asker), whos.get(call.command.customer))
        for call in calls
    ]
    found = await find_coupons(work, asks, lock=True)
    batches = {one.batch.id: one.batch for one in found if isinstance(one, Found)}
    rows = {one.coupon.id: one.batch.id for one in found if isinstance(one, Found) and one.coupon is not None}
    claims, used = await ask(
        work.connection,
        store.claims_of(owners, batches, work.now - DAY),
        ledger.balances_seen({(batch, row) for row, batch in rows.items()}),
    )
    await work.reserve_ids(len(calls))
    done = _Claims(work, batches, claims)
    answers: list[c.CouponHad | Refusal] = []
    for call, one in zip(calls, found, strict=True):
        who = whos.get(call.command.customer)
        refusal = one if isinstance(one, Refusal) else None
        if who is None:
            refusal = refuse(c.COUPON_CUSTOMER_UNKNOWN, "/customer", customer=call.command.customer)
        elif isinstance(one, Found):
            refusal = done.refused(one, who, used)
        if refusal is not None or isinstance(one, Refusal) or who is None:
            assert refusal is not None
            answers.append(refusal)
            continue
        answers.append(done.claim(call, one, who))
    done.save()
    return answers


def asker_of(actor: int, asker: str) -> str:
    """Whoever sends the command, and whom he names: no channel can use up another's tries."""
    return f"{actor}:{asker[:ASKER_LENGTH_MAX]}"


async def _transfer(work: Work, calls: Sequence[Call[c.TransferCoupon]]) -> list[c.CouponHad | Refusal]:
    (coupons,) = await ask(work.connection, store.lock_coupons({call.command.coupon for call in calls}))
    named = {number for call in calls for number in (call.command.customer, call.command.to)}
    whos = await who_are(work.connection, named)
    spots = {(one.batch, one.id) for one in coupons.values()}
    batches, used = await ask(
        work.connection,
        store.batches_of((), (), {one.batch for one in coupons.values()}),
        ledger.balances_seen(spots),
    )
    by_id = {one.id: one for one in batches}
    moved: dict[int, int] = {}
    answers: list[c.CouponHad | Refusal] = []
    for call in calls:
        command = call.command
        coupon = coupons.get(command.coupon)
        batch = None if coupon is None else by_id[coupon.batch]
        refusal = _not_given(command, coupon, batch, whos, used, work.now)
        if refusal is not None or coupon is None or batch is None:
            assert refusal is not None
            answers.append(refusal)
            continue
        before = coupon.record
        coupons[coupon.id] = msgspec.structs.replace(coupon, record=command.to)
        moved[coupon.id] = command.to
        told = c.CouponMoved(batch.id, coupon.number, command.to, before)
        tell(work, call, "coupon_transferred", coupon.id, told)
        answers.append(c.CouponHad(coupon.id, batch.code, batch.promotion, command.to, coupon.expires_at))
    store.set_owners(work, moved)
    return answers


def _not_given(
    command: c.TransferCoupon,
    coupon: Coupon | None,
    batch: Batch | None,
    whos: Mapping[int, Who],
    used: Mapping[Spot, Balance],
    now: datetime,
) -> Refusal | None:
    who = whos.get(command.customer)
    if coupon is None or batch is None or who is None or coupon.record not in who.records:
        return refuse(c.UNKNOWN_COUPON, "/coupon")
    if command.to not in whos:
        return refuse(c.COUPON_CUSTOMER_UNKNOWN, "/to", customer=command.to)
    if not batch.transferable or batch.kind == "public":
        return refuse(c.NOT_TRANSFERABLE, "/coupon", batch=batch.code)
    balance = used[batch.id, coupon.id]
    if balance.known and balance.posted - balance.held < PLENTY:
        return refuse(c.COUPON_USED, "/coupon")
    refusal = unusable(Found(batch, coupon.number, coupon), who, now)
    return refusal if refusal is not None and refusal.code == c.COUPON_EXPIRED.code else _over(batch, now)


async def _check(work: Work, calls: Sequence[Call[c.CheckCoupon]]) -> list[c.CouponChecked | Refusal]:
    whos = await who_are(
        work.connection, {call.command.customer for call in calls if call.command.customer is not None}
    )
    asks = [
        CouponAsk(
            call.command.code,
            asker_of(call.actor, call.command.asker),
            None if call.command.customer is None else whos.get(call.command.customer),
        )
        for call in calls
    ]
    found = await find_coupons(work, asks)
    quoted = await quote_coupons(work.connection, work.vault, asks, work.now)
    answers: list[c.CouponChecked | Refusal] = []
    for one, quote in zip(found, quoted, strict=True):
        if isinstance(one, Refusal):
            answers.append(one)
        elif isinstance(quote, Refusal):
            answers.append(quote)
        else:
            batch = one.batch
            answers.append(c.CouponChecked(batch.code, batch.promotion, batch.name, one.expires_at, quote.uses_left))
    return answers


async def forget_tries(work: Work, _limit: int) -> int:
    """Forget wrong codes whose time is over."""
    store.forget_tries(work)
    return 0


ISSUE_COUPON = Operation("pricing.issue_coupon", c.IssueCoupon, c.CouponHad, _issue)
CLAIM_COUPON = Operation("pricing.claim_coupon", c.ClaimCoupon, c.CouponHad, _claim)
TRANSFER_COUPON = Operation("pricing.transfer_coupon", c.TransferCoupon, c.CouponHad, _transfer)
CHECK_COUPON = Operation("pricing.check_coupon", c.CheckCoupon, c.CouponChecked, _check)

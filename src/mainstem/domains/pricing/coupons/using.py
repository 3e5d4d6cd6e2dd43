"""Coupons at checkout: opened by their codes, held in the order's own group, or looked at for a quote."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from mainstem import ledger
from mainstem.domains.pricing.allowances.contracts import PLENTY, Allowance, Usage
from mainstem.domains.pricing.allowances.opening import left_of, open_allowances
from mainstem.domains.pricing.allowances.uses import UsageChanges, Use, Wanted
from mainstem.domains.pricing.coupons import contracts as c
from mainstem.domains.pricing.coupons import store
from mainstem.domains.pricing.coupons.finding import CouponAsk, Found, find_coupons, look_up, unusable
from mainstem.domains.pricing.coupons.store import Coupon, NewCoupon
from mainstem.domains.pricing.promotions.limits import Who, of_customer
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Balance, Book, Spot
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask
from mainstem.platform.vault import Vault
from mainstem.platform.work import Work


class OpenCoupons(msgspec.Struct, frozen=True):
    """Coupons that a batch may use, in the order of the asks: found, or refused.

    `seen` is for `ledger.promise_book`, `spots()` for whoever locks them anyway.
    """

    found: list[Found | Refusal]
    seen: dict[Spot, Balance]
    _asks: Sequence[CouponAsk]
    _allowances: list[tuple[Allowance, ...]]

    def spots(self) -> set[Spot]:
        """Every balance that is decided on."""
        return {spot for several in self._allowances for one in several for spot in one.spots()}

    def refused(self, book: Book, place: int) -> Refusal | None:
        """Why the coupon at a place cannot be used as the book stands; None when it can."""
        found = self.found[place]
        if isinstance(found, Refusal):
            return found
        if any(left_of(book, one) < 1 for one in self._allowances[place]):
            return refuse(c.COUPON_USED, "/code")
        return None

    def use(self, changes: UsageChanges, book: Book, place: int, *, reference: int) -> Use:
        """The use by an order of a coupon that is not refused. Three ids must be reserved.

        Put its steps into the order's group, and `changes.held(call, use)` when that is granted.
        """
        found, who = self.found[place], self._asks[place].who
        assert isinstance(found, Found)
        usage = Usage(
            id=changes.take_id(),
            kind="coupon",
            subject=found.batch.id,
            coupon=None if found.coupon is None else found.coupon.id,
            reference=reference,
            record=None if who is None else who.record,
            items=0,
            amount_minor=0,
            state="held",
        )
        return changes.wish(book, usage, [Wanted(one, 1) for one in self._allowances[place]])


async def open_coupons(work: Work, asks: Sequence[CouponAsk]) -> OpenCoupons:
    """Find the coupons of codes and open what is counted of them, before anything else of the ledger is locked."""
    found = await find_coupons(work, asks)
    answers: list[Found | Refusal] = []
    for one, each in zip(found, asks, strict=True):
        answers.append((unusable(one, each.who, work.now) or one) if isinstance(one, Found) else one)
    answers = await _with_rows(work, answers)
    allowances = [
        _allowances(one, each.who) if isinstance(one, Found) else () for one, each in zip(answers, asks, strict=True)
    ]
    seen = await open_allowances(work, [one for several in allowances for one in several])
    return OpenCoupons(answers, seen, asks, allowances)


async def _with_rows(work: Work, found: Sequence[Found | Refusal]) -> list[Found | Refusal]:
    """A unique coupon that is used gets a row: its id is where its uses are counted."""
    await work.reserve_ids(len(found))
    made: dict[tuple[int, int], Coupon] = {}
    answers: list[Found | Refusal] = []
    for one in found:
        if isinstance(one, Found) and one.coupon is None and one.number is not None:
            key = (one.batch.id, one.number)
            if key not in made:
                made[key] = Coupon(work.ids.take(), *key, None, None)
            answers.append(Found(one.batch, one.number, made[key]))
        else:
            answers.append(one)
    rows = [NewCoupon(row.id, row.batch, row.number, None, "shown", "", None) for row in made.values()]
    store.insert_coupons(work, sorted(rows, key=lambda row: (row.batch, row.number)))
    return answers


def _allowances(found: Found, who: Who | None) -> tuple[Allowance, ...]:
    batch = found.batch
    wanted: list[Allowance] = []
    if found.coupon is not None:
        wanted.append(Allowance(batch.id, found.coupon.id, batch.uses_per_code))
    elif batch.uses_total is not None:
        wanted.append(Allowance(batch.id, batch.id, batch.uses_total))
    if batch.uses_per_customer is not None and who is not None:
        wanted.append(of_customer(batch.id, who, batch.uses_per_customer))
    return tuple(wanted)


class CouponQuoted(msgspec.Struct, frozen=True):
    """A code that could be used now: the promotion it unlocks, and how often it still can; None: without end."""

    promotion: str
    found: Found
    uses_left: int | None


async def quote_coupons(
    connection: Connection, vault: Vault, asks: Sequence[CouponAsk], now: datetime
) -> list[CouponQuoted | Refusal]:
    """What codes stand for, as last committed, in order: good for a quote, not for deciding. Counts no wrong codes.

    Whoever lets strangers type codes counts wrong ones with CHECK_COUPON.
    """
    known = await look_up(connection, vault, [one.code for one in asks])
    allowances: dict[int, tuple[Allowance, ...]] = {}
    answers: list[CouponQuoted | Refusal] = []
    for place, one in enumerate(asks):
        found = known[one.code]
        refusal = refuse(c.UNKNOWN_COUPON, "/code") if found is None else unusable(found, one.who, now)
        if refusal is not None or found is None:
            assert refusal is not None
            answers.append(refusal)
            continue
        answers.append(CouponQuoted(found.batch.promotion, found, None))
        allowances[place] = _allowances(found, one.who)
    spots = {spot for several in allowances.values() for one in several for spot in one.spots()}
    seen: Mapping[Spot, Balance] = (await ask(connection, ledger.balances_seen(spots)))[0] if spots else {}
    book = Book(dict(seen))
    for place, several in allowances.items():
        quoted = answers[place]
        assert isinstance(quoted, CouponQuoted)
        left = min((left_of(book, one) for one in several), default=None)
        if quoted.found.coupon is None and quoted.found.number is not None:
            left = min(left if left is not None else PLENTY, quoted.found.batch.uses_per_code)
        answers[place] = (
            refuse(c.COUPON_USED, "/code") if left == 0 else msgspec.structs.replace(quoted, uses_left=left)
        )
    return answers

"""From a code to its coupon, and whether it can be used: with the counting of wrong codes, and without for quotes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from mainstem.domains import customers
from mainstem.domains.pricing.alike import alike
from mainstem.domains.pricing.coupons import contracts as c
from mainstem.domains.pricing.coupons import store
from mainstem.domains.pricing.coupons.codes import decode
from mainstem.domains.pricing.coupons.store import Batch, Coupon
from mainstem.domains.pricing.promotions.limits import Who
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask
from mainstem.platform.vault import Vault
from mainstem.platform.work import Work


class CouponAsk(msgspec.Struct, frozen=True):
    """Somebody gives a code. `asker` names where: a till, a browser, a member; wrong codes count for him."""

    code: str
    asker: str
    who: Who | None = None


class Found(msgspec.Struct, frozen=True):
    """What a code stands for. `coupon` None: a public code, or a unique one that nobody has claimed or used."""

    batch: Batch
    number: int | None
    coupon: Coupon | None = None

    @property
    def expires_at(self) -> datetime | None:
        """Until when it can be used."""
        own = None if self.coupon is None else self.coupon.expires_at
        ends = [moment for moment in (own, self.batch.valid_until) if moment is not None]
        return min(ends, default=None)


async def who_are(connection: Connection, records: Collection[int]) -> dict[int, Who]:
    """Each record with all records of whoever is behind it today; ids that were never handed out are left out."""
    if not records:
        return {}
    (every,) = await ask(connection, customers.records_of(records))
    (owners,) = await ask(connection, customers.customers_of(every))
    groups: dict[int, list[int]] = {}
    for record in every:
        groups.setdefault(owners[record], []).append(record)
    return {record: Who(record, tuple(groups[owners[record]])) for record in records if record in owners}


async def look_up(
    connection: Connection, vault: Vault, codes: Iterable[str], *, lock: bool = False
) -> dict[str, Found | None]:
    """What each code stands for; None: nothing. `lock`: for whoever gives out their numbers."""
    texts = dict.fromkeys(codes)
    keys = {text: decode(vault, text) for text in texts}
    same = {text: alike(text[: 4 * c.PUBLIC_LENGTH_MAX]).replace("\x00", "") for text in texts}
    named = {key for key in keys.values() if key is not None}
    batches, rows = await ask(
        connection,
        store.batches_of({serial for serial, _ in named}, set(same.values()), lock=lock),
        store.coupons_by_code(named),
    )
    by_serial = {one.serial: one for one in batches}
    by_public = {one.public_alike: one for one in batches if one.public_alike is not None}
    found: dict[str, Found | None] = {}
    for text in texts:
        key = keys[text]
        batch = None if key is None else by_serial.get(key[0])
        if key is not None and batch is not None and batch.kind != "public":
            row = rows.get(key)
            known = row is not None or (batch.kind == "unique" and 1 <= key[1] <= batch.count)
            found[text] = Found(batch, key[1], row) if known else None
        else:
            public = by_public.get(same[text])
            found[text] = None if public is None else Found(public, None)
    return found


def unusable(found: Found, who: Who | None, now: datetime) -> Refusal | None:
    """Why a coupon cannot be used now, whatever was used of it."""
    batch, coupon = found.batch, found.coupon
    if coupon is not None and coupon.record is not None and (who is None or coupon.record not in who.records):
        return refuse(c.COUPON_OTHERS, "/code")
    if batch.state != "active":
        return refuse(c.COUPON_STOPPED, "/code")
    if batch.valid_from is not None and now < batch.valid_from:
        return refuse(c.COUPON_AHEAD, "/code", since=batch.valid_from.isoformat())
    until = found.expires_at
    if until is not None and now >= until:
        return refuse(c.COUPON_EXPIRED, "/code", until=until.isoformat())
    if batch.promotion_state != "live":
        return refuse(c.COUPON_IDLE, "/code", promotion=batch.promotion)
    if batch.uses_per_customer is not None and who is None:
        return refuse(c.COUPON_CUSTOMER, "/code")
    return None


async def find_coupons(work: Work, asks: Sequence[CouponAsk], *, lock: bool = False) -> list[Found | Refusal]:
    """The coupon of each code, or that there is none, in order. Who was wrong too often waits; nobody else does.

    A code of somebody else's coupon counts as a wrong one: it says no more than that it is not his.
    """
    counters = {one.asker: counter_of(work.vault, one.asker) for one in asks}
    (wrong,) = await ask(work.connection, store.tries(counters.values(), work.now))
    codes = [one.code for one in asks if wrong.get(counters[one.asker], 0) < c.TRIES_MAX]
    found = await look_up(work.connection, work.vault, codes, lock=lock)
    more: dict[bytes, int] = {}
    answers: list[Found | Refusal] = []
    for one in asks:
        counter = counters[one.asker]
        if wrong.get(counter, 0) + more.get(counter, 0) >= c.TRIES_MAX:
            answers.append(refuse(c.COUPON_TRIES, "/code", minutes=c.FORGOTTEN_SECONDS // 60))
            continue
        coupon = found[one.code]
        others = coupon is not None and unusable(coupon, one.who, work.now)
        if coupon is None or (others and others.code == c.COUPON_OTHERS.code):
            more[counter] = more.get(counter, 0) + 1
        answers.append(refuse(c.UNKNOWN_COUPON, "/code") if coupon is None else coupon)
    store.count_tries(work, more)
    return answers


def counter_of(vault: Vault, asker: str) -> bytes:
    """What is kept of who asks."""
    return vault.digest("coupon asker", asker)

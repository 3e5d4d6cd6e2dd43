"""All SQL that only reads batches and coupons."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from mainstem.domains.pricing.allowances.contracts import PLENTY
from mainstem.domains.pricing.coupons.codes import encode
from mainstem.domains.pricing.coupons.contracts import BatchKind, CouponState
from mainstem.domains.pricing.promotions.form import Text
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row
from mainstem.platform.vault import Vault

_text = msgspec.json.Decoder(Text).decode

_VIEW = """
select b.id, b.serial, b.code, b.name, b.kind, p.code, b.state, b.revision, b.public_code, b.count, b.issued,
    (select count(*) from pricing.usage as u where u.kind = 'coupon' and u.subject = b.id and u.state = 'held'),
    (select count(*) from pricing.usage as u where u.kind = 'coupon' and u.subject = b.id and u.state = 'settled'),
    b.uses_total, b.uses_per_code, b.uses_per_customer, b.claims_per_customer, b.valid_from, b.valid_until,
    b.life_days, b.transferable, b.created_at, b.updated_at
from pricing.coupon_batch as b join pricing.promotion as p on p.id = b.promotion
"""
_WALLET = """
select c.id, c.record, b.serial, c.number, b.code, b.name, b.kind, b.public_code, p.code, p.state = 'live', b.state,
    b.transferable, c.origin, c.had_at, b.valid_from, least(c.expires_at, b.valid_until),
    case when b.kind = 'public' then coalesce(b.uses_per_customer, 1) else b.uses_per_code end,
    coalesce(l.posted, %b::bigint), coalesce(l.held, 0)
from pricing.coupon as c
join pricing.coupon_batch as b on b.id = c.batch
join pricing.promotion as p on p.id = b.promotion
left join ledger.balance as l on l.asset = b.id
    and l.place = case when b.kind = 'public' then c.record else c.id end
where c.record = any(%b::bigint[]) and (c.had_at, c.id) < (%b::timestamptz, %b::bigint)
order by c.had_at desc, c.id desc limit %b::bigint
"""


class BatchView(msgspec.Struct, frozen=True):
    """A batch as it is now: `issued` customers have or had a coupon of it in their wallets, `held` and `redeemed` are
    uses by orders.
    """

    id: int
    serial: int
    code: str
    name: Text
    kind: BatchKind
    promotion: str
    state: str
    revision: int
    public_code: str | None
    count: int
    issued: int
    held: int
    redeemed: int
    uses_total: int | None
    uses_per_code: int
    uses_per_customer: int | None
    claims_per_customer: int
    valid_from: datetime | None
    valid_until: datetime | None
    life_days: int | None
    transferable: bool
    created_at: datetime
    updated_at: datetime


class WalletCoupon(msgspec.Struct, frozen=True):
    """A coupon in a wallet, with its code: for its owner, and whoever serves him.

    `customer` is the record that has it. `running`: its promotion is live.
    """

    id: int
    customer: int
    code: str
    batch: str
    name: Text
    promotion: str
    running: bool
    state: CouponState
    transferable: bool
    origin: str
    had_at: datetime
    expires_at: datetime | None
    uses_left: int


def batch_view(code: str) -> Query[BatchView | None]:
    """The batch with this code, or None."""
    return Query(f"{_VIEW} where b.code = %b::text", (code,), lambda rows: _batch(rows[0]) if rows else None)


def batches_page(limit: int, after: str = "", promotion: str = "") -> Query[list[BatchView]]:
    """Up to `limit` batches in the order of their codes, behind one; of a promotion, where it is given."""
    return Query(
        f"{_VIEW} where b.code > %b::text and (%b::text = '' or p.code = %b::text) order by b.code limit %b::bigint",
        (after, promotion, promotion, limit),
        lambda rows: [_batch(row) for row in rows],
    )


def _batch(row: Row) -> BatchView:
    return BatchView(*(*row[:3], _text(row[3]), *row[4:]))


def wallet_of(
    vault: Vault, records: Collection[int], now: datetime, limit: int, before: tuple[datetime, int] | None = None
) -> Query[list[WalletCoupon]]:
    """Up to `limit` coupons of a customer over all his records, the latest first, behind one by (had_at, id)."""
    moment, number = before or (datetime.max.replace(tzinfo=now.tzinfo), 0)
    return Query(
        _WALLET,
        (PLENTY, Bigints(sorted(records)), moment, number, limit),
        lambda rows: [_coupon(vault, row, now) for row in rows],
    )


def _coupon(vault: Vault, row: Row, now: datetime) -> WalletCoupon:
    public, since, until, uses, posted, held = row[7], *row[14:19]
    left = max(uses - (PLENTY - posted) - held, 0)
    state: CouponState = "ready"
    if left == 0:
        state = "held" if held and PLENTY - posted < uses else "used"
    elif row[10] != "active":
        state = "stopped"
    elif until is not None and now >= until:
        state = "expired"
    elif since is not None and now < since:
        state = "ahead"
    return WalletCoupon(
        id=row[0],
        customer=row[1],
        code=public if public is not None else encode(vault, row[2], row[3]),
        batch=row[4],
        name=_text(row[5]),
        promotion=row[8],
        running=row[9],
        state=state,
        transferable=row[11],
        origin=row[12],
        had_at=row[13],
        expires_at=until,
        uses_left=left,
    )

"""All SQL that locks or writes batches and coupons."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from mainstem.domains.pricing.coupons.contracts import FORGOTTEN_SECONDS, BatchKind, Origin
from mainstem.domains.pricing.promotions.form import Text
from mainstem.platform.arrays import Bigints, Byteas, Moments, Texts
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

_encode = msgspec.json.Encoder().encode
_text = msgspec.json.Decoder(Text).decode

_BATCH = """
select b.id, b.serial, b.code, b.name, b.kind, b.promotion, p.code, p.state, b.public_code, b.public_alike, b.count,
    b.issued, b.uses_total, b.uses_per_code, b.uses_per_customer, b.claims_per_customer, b.valid_from, b.valid_until,
    b.life_days, b.transferable, b.state, b.revision
from pricing.coupon_batch as b join pricing.promotion as p on p.id = b.promotion
"""
_COUPON = "select c.id, c.batch, c.number, c.record, c.expires_at from pricing.coupon as c"
_SAVE = """
insert into pricing.coupon_batch (id, serial, code, name, kind, promotion, public_code, public_alike, count, uses_total,
    uses_per_code, uses_per_customer, claims_per_customer, valid_from, valid_until, life_days, transferable, state,
    revision, actor, created_at, updated_at)
values (%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, 'active', %b, %b, %b, %b)
on conflict (id) do update set name = excluded.name, count = excluded.count, uses_total = excluded.uses_total,
    uses_per_code = excluded.uses_per_code, uses_per_customer = excluded.uses_per_customer,
    claims_per_customer = excluded.claims_per_customer, valid_from = excluded.valid_from,
    valid_until = excluded.valid_until, life_days = excluded.life_days, transferable = excluded.transferable,
    revision = excluded.revision, actor = excluded.actor, updated_at = excluded.updated_at
"""
_INSERT = """
insert into pricing.coupon (id, batch, number, record, origin, note, had_at, expires_at)
select id, batch, number, record, origin, note, %b::timestamptz, expires_at
from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[])
    as n (id, batch, number, record, origin, note, expires_at)
"""
_CLAIMS = """
select r.customer, c.batch, count(*), count(*) filter (where c.origin = 'claimed' and c.had_at > %b::timestamptz)
from unnest(%b::bigint[], %b::bigint[]) as r (record, customer)
join pricing.coupon as c on c.record = r.record and c.origin <> 'issued'
where c.batch = any(%b::bigint[]) or c.had_at > %b::timestamptz
group by r.customer, c.batch
"""
_LOCK_CLAIMS = """
select pg_advisory_xact_lock(hashtextextended('mainstem.pricing.claims:' || k.customer, 0))
from unnest(%b::bigint[]) as k (customer)
"""
_COUNT = """
insert into pricing.coupon_attempt as a (counter, attempts, last_at)
select counter, attempts, %b::timestamptz from unnest(%b::bytea[], %b::bigint[]) as k (counter, attempts)
on conflict (counter) do update set last_at = excluded.last_at,
    attempts = case when a.last_at < %b::timestamptz then 0 else a.attempts end + excluded.attempts
"""

SERIAL_MAX = 1_048_575
"""Batches that codes can name."""


class Batch(msgspec.Struct):
    """A batch as it is stored, with the code and state of its promotion."""

    id: int
    serial: int
    code: str
    name: Text
    kind: BatchKind
    promotion_id: int
    promotion: str
    promotion_state: str
    public_code: str | None
    public_alike: str | None
    count: int
    issued: int
    uses_total: int | None
    uses_per_code: int
    uses_per_customer: int | None
    claims_per_customer: int
    valid_from: datetime | None
    valid_until: datetime | None
    life_days: int | None
    transferable: bool
    state: str
    revision: int


class Coupon(msgspec.Struct):
    """A coupon that has a row."""

    id: int
    batch: int
    number: int
    record: int | None
    expires_at: datetime | None


class NewCoupon(msgspec.Struct, frozen=True):
    """A coupon that gets a row."""

    id: int
    batch: int
    number: int
    record: int | None
    origin: Origin
    note: str
    expires_at: datetime | None


def _batch(row: Row) -> Batch:
    return Batch(*(*row[:3], _text(row[3]), *row[4:]))


def batches_by_code(codes: Iterable[str], *, lock: bool = False) -> Query[dict[str, Batch]]:
    """The batches with these codes."""
    sql = f"{_BATCH} where b.code = any(%b::text[]) order by b.id" + (" for update of b" if lock else "")
    return Query(sql, (Texts(codes),), lambda rows: {row[2]: _batch(row) for row in rows})


def batches_of(
    serials: Collection[int], alikes: Collection[str], ids: Collection[int] = (), *, lock: bool = False
) -> Query[list[Batch]]:
    """The batches with these serials, public codes as they are compared, or ids."""
    sql = (
        f"{_BATCH} where b.serial = any(%b::bigint[]) or b.public_alike = any(%b::text[]) or b.id = any(%b::bigint[])"
        " order by b.id" + (" for update of b" if lock else "")
    )
    parameters = (Bigints(sorted(serials)), Texts(sorted(alikes)), Bigints(sorted(ids)))
    return Query(sql, parameters, lambda rows: [_batch(row) for row in rows])


def coupons_by_code(keys: Collection[tuple[int, int]]) -> Query[dict[tuple[int, int], Coupon]]:
    """The coupons that have a row, by the batch's serial and their number."""
    return Query(
        f"{_COUPON.replace('select ', 'select b.serial, ', 1)} join pricing.coupon_batch as b on b.id = c.batch"
        " join unnest(%b::bigint[], %b::bigint[]) as k (serial, number) on k.serial = b.serial and k.number = c.number",
        (Bigints(serial for serial, _ in keys), Bigints(number for _, number in keys)),
        lambda rows: {(row[0], row[3]): Coupon(*row[1:]) for row in rows},
    )


def lock_coupons(ids: Collection[int]) -> Query[dict[int, Coupon]]:
    """These coupons, locked."""
    return Query(
        f"{_COUPON} where c.id = any(%b::bigint[]) order by c.id for update",
        (Bigints(sorted(ids)),),
        lambda rows: {row[0]: Coupon(*row) for row in rows},
    )


def promotions_of(codes: Iterable[str]) -> Query[dict[str, tuple[int, bool]]]:
    """Id, and whether it wants a coupon, of the promotions with these codes."""
    return Query(
        "select code, id, coalesce((form::json ->> 'coupon')::boolean, false) from pricing.promotion"
        " where code = any(%b::text[])",
        (Texts(codes),),
        lambda rows: {row[0]: (row[1], row[2]) for row in rows},
    )


def next_serials(count: int) -> Query[list[int]]:
    """Serials for new batches, fewer when there are no more. Those of a batch that is not saved are never used."""
    return Query(
        "select nextval('pricing.coupon_batch_serial') from pricing.coupon_batch_serial as s,"
        " generate_series(1, %b::bigint) as n where s.last_value + n <= %b::bigint",
        (count, SERIAL_MAX),
        lambda rows: [row[0] for row in rows],
    )


def save_batch(work: Work, one: Batch, actor: int) -> None:
    """Queue a batch as it is now."""
    work.write(
        _SAVE,
        one.id,
        one.serial,
        one.code,
        _encode(one.name).decode(),
        one.kind,
        one.promotion_id,
        one.public_code,
        one.public_alike,
        one.count,
        one.uses_total,
        one.uses_per_code,
        one.uses_per_customer,
        one.claims_per_customer,
        one.valid_from,
        one.valid_until,
        one.life_days,
        one.transferable,
        one.revision,
        actor,
        work.now,
        work.now,
    )


def set_state(work: Work, one: Batch) -> None:
    """Queue whether a batch is stopped."""
    work.write(
        "update pricing.coupon_batch set state = %b::text, revision = %b::bigint, updated_at = %b::timestamptz"
        " where id = %b::bigint",
        one.state,
        one.revision,
        work.now,
        one.id,
    )


def set_issued(work: Work, batches: Sequence[Batch]) -> None:
    """Queue how many numbers of batches are given out."""
    if batches:
        work.write(
            "update pricing.coupon_batch as b set issued = n.issued"
            " from unnest(%b::bigint[], %b::bigint[]) as n (id, issued) where b.id = n.id",
            Bigints(one.id for one in batches),
            Bigints(one.issued for one in batches),
        )


def insert_coupons(work: Work, rows: Sequence[NewCoupon]) -> None:
    """Queue coupons that get a row. Of two batches that write one number the later is tried again."""
    if rows:
        work.write(
            _INSERT,
            work.now,
            Bigints(one.id for one in rows),
            Bigints(one.batch for one in rows),
            Bigints(one.number for one in rows),
            Bigints(one.record for one in rows),
            Texts(one.origin for one in rows),
            Texts(one.note for one in rows),
            Moments(one.expires_at for one in rows),
        )


def set_owners(work: Work, owners: Mapping[int, int]) -> None:
    """Queue whose coupons are."""
    if owners:
        work.write(
            "update pricing.coupon as c set record = n.record"
            " from unnest(%b::bigint[], %b::bigint[]) as n (id, record) where c.id = n.id",
            Bigints(owners),
            Bigints(owners.values()),
        )


def set_expiry(work: Work, moments: Mapping[int, datetime | None]) -> None:
    """Queue until when coupons can be used, and that they are had from now on."""
    if moments:
        work.write(
            "update pricing.coupon as c set expires_at = n.expires_at, had_at = %b::timestamptz, origin = 'claimed'"
            " from unnest(%b::bigint[], %b::timestamptz[]) as n (id, expires_at) where c.id = n.id",
            work.now,
            Bigints(moments),
            Moments(moments.values()),
        )


def lock_claims(customers: Collection[int]) -> Query[None]:
    """Customers' claims are decided one after the other, of whatever batch."""
    return Query(_LOCK_CLAIMS, (Bigints(sorted(customers)),), lambda _: None)


def claims_of(
    owners: Mapping[int, int], batches: Collection[int], since: datetime
) -> Query[dict[tuple[int, int], tuple[int, int]]]:
    """By customer and batch: how many coupons his records (`owners`: record to customer) have, and claimed since."""
    return Query(
        _CLAIMS,
        (since, Bigints(owners), Bigints(owners.values()), Bigints(sorted(batches)), since),
        lambda rows: {(row[0], row[1]): (row[2], row[3]) for row in rows},
    )


def tries(counters: Iterable[bytes], now: datetime) -> Query[dict[bytes, int]]:
    """Wrong codes that are not forgotten yet."""
    return Query(
        "select counter, attempts from pricing.coupon_attempt"
        " where counter = any(%b::bytea[]) and last_at >= %b::timestamptz",
        (Byteas(sorted(set(counters))), now - timedelta(seconds=FORGOTTEN_SECONDS)),
        lambda rows: {row[0]: row[1] for row in rows},
    )


def count_tries(work: Work, wrong: Mapping[bytes, int]) -> None:
    """Queue wrong codes."""
    if wrong:
        counters = sorted(wrong)
        since = work.now - timedelta(seconds=FORGOTTEN_SECONDS)
        counts = Bigints(wrong[counter] for counter in counters)
        work.write(_COUNT, work.now, Byteas(counters), counts, since)


def forget_tries(work: Work) -> None:
    """Queue the end of wrong codes that are forgotten."""
    since = work.now - timedelta(seconds=FORGOTTEN_SECONDS)
    work.write("delete from pricing.coupon_attempt where last_at < %b::timestamptz", since)

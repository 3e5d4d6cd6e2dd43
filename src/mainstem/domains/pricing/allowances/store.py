"""All SQL that locks or writes uses."""

from collections.abc import Collection, Sequence

from mainstem.domains.pricing.allowances.contracts import Part, Usage
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

_LOCK = """
select id, kind, subject, coupon, reference, record, items, amount_minor, state
from pricing.usage where reference = any(%b::bigint[]) order by id for update
"""
_PARTS = """
select p.usage, p.hold, p.asset, p.place, p.quantity
from pricing.usage as u join pricing.usage_part as p on p.usage = u.id
where u.reference = any(%b::bigint[]) order by p.usage, p.hold
"""
_INSERT = """
insert into pricing.usage (id, kind, subject, coupon, reference, record, items, amount_minor, state, occurred_at)
select id, kind, subject, coupon, reference, record, items, amount, 'held', %b::timestamptz
from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[],
    %b::bigint[]) as n (id, kind, subject, coupon, reference, record, items, amount)
"""
_INSERT_PARTS = """
insert into pricing.usage_part (usage, hold, asset, place, quantity)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
"""
_UPDATE = """
update pricing.usage as u set state = n.state from unnest(%b::bigint[], %b::text[]) as n (id, state) where u.id = n.id
"""


def lock_usage(references: Collection[int]) -> Query[list[Usage]]:
    """The uses by these orders, locked, without their parts."""
    return Query(_LOCK, (Bigints(sorted(references)),), lambda rows: [Usage(*row) for row in rows])


def parts_of(references: Collection[int]) -> Query[dict[int, tuple[Part, ...]]]:
    """The parts of the uses by these orders; they never change."""

    def parse(rows: list[Row]) -> dict[int, tuple[Part, ...]]:
        found: dict[int, list[Part]] = {}
        for usage, *part in rows:
            found.setdefault(usage, []).append(Part(*part))
        return {usage: tuple(parts) for usage, parts in found.items()}

    return Query(_PARTS, (Bigints(sorted(references)),), parse)


def insert_usage(work: Work, uses: Sequence[Usage]) -> None:
    """Queue new uses with their parts."""
    if not uses:
        return
    work.write(
        _INSERT,
        work.now,
        Bigints(one.id for one in uses),
        Texts(one.kind for one in uses),
        Bigints(one.subject for one in uses),
        Bigints(one.coupon for one in uses),
        Bigints(one.reference for one in uses),
        Bigints(one.record for one in uses),
        Bigints(one.items for one in uses),
        Bigints(one.amount_minor for one in uses),
    )
    parts = [(one.id, part) for one in uses for part in one.parts]
    if parts:
        work.write(
            _INSERT_PARTS,
            Bigints(usage for usage, _ in parts),
            Bigints(part.hold for _, part in parts),
            Bigints(part.asset for _, part in parts),
            Bigints(part.place for _, part in parts),
            Bigints(part.quantity for _, part in parts),
        )


def update_usage(work: Work, uses: Sequence[Usage]) -> None:
    """Queue the states of uses."""
    if uses:
        work.write(_UPDATE, Bigints(one.id for one in uses), Texts(one.state for one in uses))

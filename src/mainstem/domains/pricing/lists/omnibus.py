"""The lowest price of the 30 days before a reduction, which whoever announces it must show (98/6/EC, Article 6a)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row

LOOK_BACK = timedelta(days=30)

REDUCED_MAX = timedelta(days=365)
"""A price that has been in force for longer is no reduction any more."""


class Scope(msgspec.Struct, frozen=True):
    """Where a price is shown to everybody: prices for groups and tiers are not."""

    channel: int | None
    channel_code: str
    currency: str
    node: int | None = None
    node_code: str = ""
    region: str = ""


class Reduced(msgspec.Struct, frozen=True, gc=False):
    """A price that was reduced at `since`, and the lowest that was asked in the 30 days before."""

    price_minor: int
    since: datetime
    lowest_minor: int


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """An amount that a source asks from `start` until before `end`, None for ever; sources are ordered by `order`."""

    order: tuple[int, int, str]
    start: datetime
    end: datetime | None
    amount_minor: int


class Step(msgspec.Struct, frozen=True, gc=False):
    """What was asked from a moment on, until the next step; None: nothing."""

    start: datetime
    amount_minor: int | None


_SQL = """
select p.variant, case when p.node is null then case when p.channel is null then 7 else 5 end
        else case when p.channel is null then 2 else 0 end end, 0, '', p.valid_from, nullif(p.valid_until, 'infinity'),
    p.amount_minor
from pricing.price as p
where p.variant = any(%b::bigint[]) and p.valid_until > %b::timestamptz and p.valid_from <= %b::timestamptz
    and p.currency = %b::text and p.valid_until > p.valid_from
    and (p.node is null or p.node = %b::bigint) and (p.channel is null or p.channel = %b::bigint)
union all
select p.variant, k.place::integer, -t.priority, l.code, greatest(p.valid_from, t.since, t.valid_from),
    nullif(least(p.valid_until, t.until, t.valid_until), 'infinity'), p.amount_minor
from unnest(%b::text[], %b::text[], %b::bigint[]) as k (kind, scope, place)
join pricing.price_list as l on l.kind = k.kind and l.scope = k.scope and l.currency = %b::text
join pricing.price_list_terms as t on t.list = l.id and t.active and t.until > t.since
join pricing.list_price as p on p.list = l.id and p.variant = any(%b::bigint[]) and p.from_quantity = 1
    and p.amount_minor is not null
where least(p.valid_until, t.until, t.valid_until) > greatest(p.valid_from, t.since, t.valid_from)
    and least(p.valid_until, t.until, t.valid_until) > %b::timestamptz
    and greatest(p.valid_from, t.since, t.valid_from) <= %b::timestamptz
"""


def lowest_before(variants: Iterable[int], scope: Scope, moment: datetime) -> Query[dict[int, Reduced]]:
    """Of those variants whose price in a scope is a reduced one at a moment: since when, and the lowest before.

    The price of one unit, by the precedence of `finding`. A reduction is a price below the last one of the 30 days
    before it; each further reduction has a lowest price of its own.
    """

    def parse(rows: list[Row]) -> dict[int, Reduced]:
        found = {variant: reduced(steps(stretches), moment) for variant, stretches in _by_variant(rows).items()}
        return {variant: one for variant, one in found.items() if one is not None}

    return Query(_SQL, _parameters(variants, scope, moment), parse)


def steps_before(variants: Iterable[int], scope: Scope, moment: datetime) -> Query[dict[int, list[Step]]]:
    """What was asked for each variant in a scope, step by step, up to a moment; from 13 months before it on."""
    return Query(
        _SQL,
        _parameters(variants, scope, moment),
        lambda rows: {variant: steps(stretches) for variant, stretches in _by_variant(rows).items()},
    )


def _parameters(variants: Iterable[int], scope: Scope, moment: datetime) -> tuple[object, ...]:
    wanted = Bigints(variants)
    since = moment - REDUCED_MAX - LOOK_BACK
    kinds = [(kind, name, place) for kind, name, place in _kinds(scope) if name or kind == "general"]
    named = (Texts(one[0] for one in kinds), Texts(one[1] for one in kinds), Bigints(one[2] for one in kinds))
    base = (wanted, since, moment, scope.currency, scope.node, scope.channel)
    return (*base, *named, scope.currency, wanted, since, moment)


def _kinds(scope: Scope) -> tuple[tuple[str, str, int], ...]:
    return (
        ("node", scope.node_code, 1),
        ("region", scope.region, 3),
        ("channel", scope.channel_code, 4),
        ("general", "", 6),
    )


def _by_variant(rows: list[Row]) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = {}
    for variant, place, priority, code, start, end, amount in rows:
        found.setdefault(variant, []).append(Stretch((place, priority, code), start, end, amount))
    return found


def steps(stretches: Sequence[Stretch]) -> list[Step]:
    """What was asked, step by step: at every moment by the source that comes first."""
    ordered = sorted(stretches, key=lambda one: one.order)
    moments = sorted({one.start for one in ordered} | {one.end for one in ordered if one.end is not None})
    found: list[Step] = []
    for moment in moments:
        holding = (one.amount_minor for one in ordered if one.start <= moment and (not one.end or moment < one.end))
        amount = next(holding, None)
        if not found or found[-1].amount_minor != amount:
            found.append(Step(moment, amount))
    return found


def reduced(asked: Sequence[Step], moment: datetime) -> Reduced | None:
    """The reduction that is in force at a moment, None when there is none."""
    past = [step for step in asked if step.start <= moment]
    if not past or past[-1].amount_minor is None:
        return None
    now = past.pop()
    if not past or moment - now.start > REDUCED_MAX:
        return None
    since = now.start - LOOK_BACK
    ends = [step.start for step in past[1:]] + [now.start]
    seen = [step.amount_minor for step, end in zip(past, ends, strict=True) if end > since]
    amounts = [amount for amount in seen if amount is not None]
    if not amounts or now.amount_minor is None or amounts[-1] <= now.amount_minor:
        return None
    return Reduced(now.amount_minor, now.start, min(amounts))

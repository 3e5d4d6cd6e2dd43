"""What promotions have given away: uses, items and money as they are counted, and day by day."""

from collections.abc import Iterable
from datetime import date

import msgspec

from mainstem.domains.pricing.allowances.contracts import PLENTY, PLENTY_MINOR
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row

DAYS_MAX = 400

_USED = """
select p.id, a.what, case when a.what = 'budget' then %b::bigint else %b::bigint end - b.posted + b.held
from pricing.promotion as p
cross join lateral (values ('uses', p.id), ('items', p.items), ('budget', p.budget)) as a (what, asset)
join ledger.balance as b on b.asset = a.asset and b.place = p.id
where p.id = any(%b::bigint[])
"""
_DAYS = """
select (occurred_at at time zone %b::text)::date, count(*), sum(items)::bigint, sum(amount_minor)::bigint
from pricing.usage
where kind = 'promotion' and subject = %b::bigint and state in ('held', 'settled')
group by 1 order by 1 desc limit %b::bigint
"""


class Burnt(msgspec.Struct, frozen=True):
    """What was used of the limits over all orders, held or final; None of what is not limited so, and not counted."""

    uses: int | None = None
    items: int | None = None
    budget_minor: int | None = None


class BurntDay(msgspec.Struct, frozen=True):
    """What orders of a day have used of a promotion that is limited in any way."""

    day: date
    uses: int
    items: int
    amount_minor: int


def burnt(promotions: Iterable[int]) -> Query[dict[int, Burnt]]:
    """What was used of promotions, by id, as last committed; what nobody has used yet is left out."""

    def parse(rows: list[Row]) -> dict[int, Burnt]:
        found: dict[int, dict[str, int]] = {}
        for promotion, what, used in rows:
            found.setdefault(promotion, {})["budget_minor" if what == "budget" else what] = used
        return {promotion: Burnt(**used) for promotion, used in found.items()}

    return Query(_USED, (PLENTY_MINOR, PLENTY, Bigints(promotions)), parse)


def burnt_by_day(promotion: int, zone: str) -> Query[list[BurntDay]]:
    """The latest days on which a promotion was used, earliest first."""
    return Query(_DAYS, (zone, promotion, DAYS_MAX), lambda rows: [BurntDay(*row) for row in reversed(rows)])

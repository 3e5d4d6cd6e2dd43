"""All SQL that only reads prices."""

from collections.abc import Iterable
from datetime import datetime

from mainstem.domains.pricing.contracts import PriceView
from mainstem.domains.pricing.rules import Prices
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row

_IN_FORCE = """
select variant, channel, node, currency, amount_minor
from pricing.price
where variant = any(%b::bigint[]) and valid_until > %b::timestamptz and valid_from <= %b::timestamptz
"""
_OF_NO_NODE = _IN_FORCE + "and node is null"
_OF_SPOTS = (
    _OF_NO_NODE
    + """
union all
select p.variant, p.channel, p.node, p.currency, p.amount_minor
from unnest(%b::bigint[], %b::bigint[]) as k (variant, node)
join pricing.price as p on p.variant = k.variant and p.node = k.node
where p.valid_until > %b::timestamptz and p.valid_from <= %b::timestamptz
"""
)

_VIEW = """
select id, variant, channel, node, currency, amount_minor, valid_from, nullif(valid_until, 'infinity'), derived,
    recorded_at, actor
from pricing.price where variant = %b::bigint
"""
_VIEW_IN_FORCE = (
    _VIEW
    + """and valid_until > %b::timestamptz and valid_from <= %b::timestamptz
order by currency, channel nulls first, node nulls first"""
)
_BEHIND = "and (valid_from, id) < (%b::timestamptz, %b::bigint) "
_LATEST_FIRST = "order by valid_from desc, id desc limit %b::bigint"


def prices_for(
    variants: Iterable[int], moment: datetime, spots: Iterable[tuple[int, int]] | None = None
) -> Query[Prices]:
    """The prices of these variants in force at a moment, in every channel and currency, for a whole batch of orders.

    `spots` are the (variant, node) pairs for which prices of nodes are wanted: where many nodes have prices of their
    own, naming them keeps the answer small. Without it the prices of all nodes are in the answer.
    """
    wanted = Bigints(variants)
    if spots is None:
        return Query(_IN_FORCE, (wanted, moment, moment), Prices)
    pairs = list(spots)
    if not pairs:
        return Query(_OF_NO_NODE, (wanted, moment, moment), Prices)
    at = Bigints(variant for variant, _ in pairs), Bigints(node for _, node in pairs)
    return Query(_OF_SPOTS, (wanted, moment, moment, *at, moment, moment), Prices)


def current_prices(variant: int, moment: datetime) -> Query[list[PriceView]]:
    """The prices of a variant in force at a moment, one a scope, wider scopes first."""
    return Query(_VIEW_IN_FORCE, (variant, moment, moment), _views)


def price_history(variant: int, limit: int, behind: tuple[datetime, int] | None = None) -> Query[list[PriceView]]:
    """Up to `limit` prices of a variant in all scopes, latest start first.

    `behind` is the (valid_from, id) of the last price of the page before.
    """
    if behind is None:
        return Query(_VIEW + _LATEST_FIRST, (variant, limit), _views)
    return Query(_VIEW + _BEHIND + _LATEST_FIRST, (variant, *behind, limit), _views)


def _views(rows: list[Row]) -> list[PriceView]:
    return [PriceView(*row) for row in rows]

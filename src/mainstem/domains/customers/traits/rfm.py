"""RFM: where a customer stands among all by recency, frequency and money; 5 is the best fifth.

The bounds of the fifths are computed over everybody who ever bought, by currency, and stored; scores follow them
whenever the traits of a customer are brought up to date. Recency is the day of the last purchase, frequency and money
are those of the last 365 days. (Hughes, Strategic Database Marketing, 1994: quintiles of each dimension.)
"""

from mainstem.platform.work import Work

BUYERS_MIN = 100
"""Customers who bought, fewer of whom have no fifths."""

_OUTGROWN = """
select b.known, (
    select count(*) from (
        select from customers.trait_value where orders_total > 0 limit 2 * b.known + %b::bigint
    ) as bought
) from (select coalesce(sum(customers), 0)::bigint as known from customers.rfm_bounds) as b
"""

_BOUNDS = """
insert into customers.rfm_bounds as b (currency, customers, days, orders, spend_minor, computed_at)
select currency, count(*),
    percentile_disc(array[0.2, 0.4, 0.6, 0.8]) within group (order by last_purchase_day),
    percentile_disc(array[0.2, 0.4, 0.6, 0.8]) within group (order by orders_365d),
    percentile_disc(array[0.2, 0.4, 0.6, 0.8]) within group (order by spend_365d_minor),
    %b::timestamptz
from customers.trait_value where orders_total > 0 and currency is not null group by currency
on conflict (currency) do update set customers = excluded.customers, days = excluded.days, orders = excluded.orders,
    spend_minor = excluded.spend_minor, computed_at = excluded.computed_at
"""


async def bounds_outgrown(work: Work) -> bool:
    """Whether there are more than twice as many customers who bought as the bounds were computed over.

    So a new installation, or one that takes a past over, does not wait for the next day.
    """
    (((known, buyers),),) = await work.read((_OUTGROWN, (BUYERS_MIN,)))
    return bool(buyers >= 2 * known + BUYERS_MIN)


def compute_bounds(work: Work) -> None:
    """Queue the bounds as the population is now."""
    work.write(_BOUNDS, work.now)

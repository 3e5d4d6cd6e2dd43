"""How stored traits come from activity: one aggregate a column over the occasions of a customer's records.

The alias `a` is an occasion that was bought on, with `net` and `gross`, its amounts if they are in the customer's main
currency, else 0; `p.today` is the day that windows end on. A window of n days is that day and the n - 1 before it.
Records need no adding up: the occasions of all records of a customer are aggregated together.
"""

_WINDOWS = (30, 90, 365)


def _since(days: int) -> str:
    return f"a.day > p.today - {days}"


def _before(days: int) -> str:
    """The same number of days before that window."""
    return f"a.day <= p.today - {days} and a.day > p.today - {2 * days}"


def _count(condition: str = "") -> str:
    return f"count(*) filter (where {condition})" if condition else "count(*)"


def _sum(value: str, condition: str = "") -> str:
    return f"coalesce(sum({value}){f' filter (where {condition})' if condition else ''}, 0)"


_DAYPARTS = {
    "morning": "a.hour between 5 and 10",
    "noon": "a.hour between 11 and 13",
    "afternoon": "a.hour between 14 and 17",
    "evening": "a.hour between 18 and 22",
    "night": "(a.hour >= 23 or a.hour < 5)",
}

SUMS: dict[str, str] = {
    "first_purchase_at": "min(a.moment)",
    "last_purchase_at": "max(a.moment)",
    "first_purchase_day": "min(a.day)",
    "last_purchase_day": "max(a.day)",
    "orders_total": _count(),
    **{f"orders_{days}d": _count(_since(days)) for days in _WINDOWS},
    "orders_before_90d": _count(_before(90)),
    "orders_before_365d": _count(_before(365)),
    **{
        f"visits_{days}d": f"count(distinct (a.day, a.channel, a.node)) filter (where {_since(days)})"
        for days in _WINDOWS
    },
    "store_orders": _count("a.kind = 'sale'"),
    "remote_orders": _count("a.kind = 'order'"),
    "spend_total_minor": _sum("a.net"),
    **{f"spend_{days}d_minor": _sum("a.net", _since(days)) for days in _WINDOWS},
    "spend_before_365d_minor": _sum("a.net", _before(365)),
    "gross_total_minor": _sum("a.gross"),
    "largest_basket_minor": "max(a.gross)",
    "units_total": _sum("a.units"),
    "units_365d": _sum("a.units", _since(365)),
    "discount_total_minor": _sum("a.discount"),
    "discounted_orders": _count("a.discount_minor > 0"),
    "returned_minor": _sum("a.gross - a.net"),
    "returned_orders": _count("a.returned_units > 0"),
    "returned_orders_365d": _count(f"a.returned_units > 0 and {_since(365)}"),
    "channels_used": "count(distinct a.channel)",
    "channel_kinds_used": "count(distinct a.channel_kind)",
    "stores_used": "count(distinct a.node) filter (where a.kind = 'sale')",
    "currencies_used": "count(distinct a.currency)",
    "favourite_hour": "mode() within group (order by a.hour)",
    **{f"{name}_orders": _count(condition) for name, condition in _DAYPARTS.items()},
    "weekend_orders": _count("extract(isodow from a.day) >= 6"),
}
"""Column: its aggregate."""

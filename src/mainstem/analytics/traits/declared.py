"""The batch traits: functions from tables to a table, in the part of Ibis that DuckDB and Spark both run.

`activity` has a row for each purchase (customer, occasion, day, units, amount_minor, discount_minor), `goods` one for
each category and size of it (customer, occasion, category, size, units, amount_minor). Each function answers with
(customer, value), a whole number, for the customers of whom it can say something.
"""

from collections.abc import Callable, Mapping

import ibis
from ibis.expr import types as ir

Compute = Callable[[ir.Table, ir.Table], ir.Table]

PURCHASE_DAYS_MIN = 4
"""Days with purchases that a rhythm is seen in: three intervals."""

OCCASIONS_MIN = 3


def _gaps(activity: ir.Table) -> ir.Table:
    """The days between one purchase day of a customer and the next."""
    days = activity.select("customer", "day").distinct()
    before = days.day.lag().over(ibis.window(group_by=days.customer, order_by=days.day))
    gaps = days.mutate(gap=days.day.delta(before, unit="day"))
    return gaps.filter(gaps.gap.notnull())


def interval_regularity(activity: ir.Table, _: ir.Table) -> ir.Table:
    """How regular purchases are, in percent: 100 less the coefficient of variation of the days between, at least 0."""
    gaps = _gaps(activity)
    of = gaps.group_by("customer").aggregate(mean=gaps.gap.mean(), spread=gaps.gap.std(how="pop"), n=gaps.count())
    of = of.filter(of.n >= PURCHASE_DAYS_MIN - 1)
    regular = (100 * (1 - of.spread / of["mean"])).round()
    return of.select(customer=of.customer, value=ibis.greatest(regular, 0).cast("int64"))


def median_interval_days(activity: ir.Table, _: ir.Table) -> ir.Table:
    """The median of the days between purchases, from three intervals on."""
    gaps = _gaps(activity)
    of = gaps.group_by("customer").aggregate(middle=gaps.gap.quantile(0.5), n=gaps.count())
    of = of.filter(of.n >= PURCHASE_DAYS_MIN - 1)
    return of.select(customer=of.customer, value=of.middle.round().cast("int64"))


def category_diversity(_: ir.Table, goods: ir.Table) -> ir.Table:
    """How evenly purchases are spread over categories, in percent: 1 less the squared shares (Gini-Simpson)."""
    named = goods.filter(goods.category != "")
    by = named.group_by("customer", "category").aggregate(n=named.occasion.nunique())
    of = by.group_by("customer").aggregate(whole=by.n.sum(), squares=(by.n * by.n).sum())
    of = of.filter(of.whole >= OCCASIONS_MIN)
    share = of.squares.cast("float64") / (of.whole * of.whole).cast("float64")
    return of.select(customer=of.customer, value=(100 * (1 - share)).round().cast("int64"))


def price_sensitivity(activity: ir.Table, _: ir.Table) -> ir.Table:
    """How much more is bought when it is cheaper, in percent: units a discounted purchase of those of both kinds.

    50: as much. Of customers who have bought both with a discount and without.
    """
    cheaper = activity.discount_minor > 0
    of = activity.group_by("customer").aggregate(
        off=activity.units.mean(where=cheaper), full=activity.units.mean(where=~cheaper)
    )
    of = of.filter(of.off.notnull() & of.full.notnull() & (of.off + of.full > 0))
    return of.select(customer=of.customer, value=(100 * of.off / (of.off + of.full)).round().cast("int64"))


TRAITS: Mapping[str, Compute] = {
    "interval_regularity": interval_regularity,
    "median_interval_days": median_interval_days,
    "category_diversity": category_diversity,
    "price_sensitivity": price_sensitivity,
}
"""Every batch trait by the name that the room of customers declares."""

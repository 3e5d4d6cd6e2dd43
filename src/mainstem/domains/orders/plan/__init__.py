"""The plan of sales: how much is meant to be sold on a day, by all, by a node, through a channel, or both."""

from mainstem.domains.orders.plan.commands import SET_SALES_PLAN
from mainstem.domains.orders.plan.contracts import (
    BAD_PLAN_DAYS,
    DAYS_MAX,
    PLAN_CHANGED,
    PlannedDay,
    SalesPlanSet,
    SetSalesPlan,
)
from mainstem.domains.orders.plan.queries import PlanRow, SoldRow, plan_rows, sold_rows, weekday_sales
from mainstem.domains.orders.plan.rules import WEIGHT_WEEKS, spread

__all__ = [
    "BAD_PLAN_DAYS",
    "DAYS_MAX",
    "PLAN_CHANGED",
    "SET_SALES_PLAN",
    "WEIGHT_WEEKS",
    "PlanRow",
    "PlannedDay",
    "SalesPlanSet",
    "SetSalesPlan",
    "SoldRow",
    "plan_rows",
    "sold_rows",
    "spread",
    "weekday_sales",
]

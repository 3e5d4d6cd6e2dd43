"""The plan of sales: a month's amounts beside what was sold, and setting them."""

from mainstem.console.frame import Page
from mainstem.console.plan.listing import listed
from mainstem.console.plan.setting import change_days, remove, set_month
from mainstem.console.plan.showing import show
from mainstem.platform.access.permissions import PLAN_WRITE, REPORTS_READ

PAGES = (
    Page("GET", "/plan", REPORTS_READ, listed, nav="plan"),
    Page("GET", "/plan/month", REPORTS_READ, show, nav="plan"),
    Page("POST", "/plan/month/spread", PLAN_WRITE, set_month, nav="plan"),
    Page("POST", "/plan/month/days", PLAN_WRITE, change_days, nav="plan"),
    Page("POST", "/plan/month/remove", PLAN_WRITE, remove, nav="plan"),
)
"""The pages of the room."""

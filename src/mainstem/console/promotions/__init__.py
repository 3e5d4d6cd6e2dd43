"""Promotions: the list, the builder with a trial, the calendar, who excludes whom, product lists, coupons."""

from mainstem.console.frame import Page
from mainstem.console.promotions import building, coupons, listing, product_lists, showing, stepping, views
from mainstem.console.promotions.calendar import calendar
from mainstem.console.promotions.conflicts import conflicts
from mainstem.platform.access.permissions import (
    COUPONS_MANAGE,
    COUPONS_READ,
    COUPONS_WRITE,
    PROMOTIONS_READ,
    PROMOTIONS_WRITE,
)

_ONE = "/promotions/{code:str}"
_BATCH = "/coupons/{batch:str}"

PAGES = (
    Page("GET", "/promotions", PROMOTIONS_READ, listing.listed, nav="promotions"),
    Page("GET", "/views/promotions", PROMOTIONS_READ, views.naming, nav="promotions"),
    Page("POST", "/views/promotions", PROMOTIONS_READ, views.save, nav="promotions"),
    Page("POST", "/views/promotions/delete", PROMOTIONS_READ, views.delete, nav="promotions"),
    Page("GET", "/new/promotion", PROMOTIONS_WRITE, building.begin, nav="promotions"),
    Page("POST", "/new/promotion", PROMOTIONS_WRITE, building.save, nav="promotions"),
    Page("POST", "/draft/promotion", PROMOTIONS_WRITE, building.redraw, nav="promotions"),
    Page("GET", _ONE, PROMOTIONS_READ, showing.shown, nav="promotions"),
    Page("GET", f"{_ONE}/edit", PROMOTIONS_WRITE, building.edit, nav="promotions"),
    Page("POST", f"{_ONE}/edit", PROMOTIONS_WRITE, building.save, nav="promotions"),
    Page("GET", f"{_ONE}/step/{{verb:str}}", PROMOTIONS_READ, stepping.ask_first, nav="promotions"),
    Page("POST", f"{_ONE}/step/{{verb:str}}", PROMOTIONS_READ, stepping.take, nav="promotions"),
    Page("GET", "/promotion-calendar", PROMOTIONS_READ, calendar, nav="promotions"),
    Page("GET", "/promotion-conflicts", PROMOTIONS_READ, conflicts, nav="promotions"),
    Page("GET", "/product-lists", PROMOTIONS_READ, product_lists.listed, nav="promotions"),
    Page("GET", "/product-list", PROMOTIONS_READ, product_lists.edit, nav="promotions"),
    Page("POST", "/product-list", PROMOTIONS_WRITE, product_lists.save, nav="promotions"),
    Page("GET", "/coupons", COUPONS_READ, coupons.listed, nav="coupons"),
    Page("GET", "/new/coupons", COUPONS_MANAGE, coupons.begin, nav="coupons"),
    Page("POST", "/new/coupons", COUPONS_MANAGE, coupons.save, nav="coupons"),
    Page("GET", "/coupon-check", COUPONS_WRITE, coupons.look_up, nav="coupons"),
    Page("POST", "/coupon-check", COUPONS_WRITE, coupons.check, nav="coupons"),
    Page("GET", _BATCH, COUPONS_READ, coupons.shown, nav="coupons"),
    Page("GET", f"{_BATCH}/edit", COUPONS_MANAGE, coupons.edit, nav="coupons"),
    Page("POST", f"{_BATCH}/edit", COUPONS_MANAGE, coupons.save, nav="coupons"),
    Page("POST", f"{_BATCH}/stop", COUPONS_MANAGE, coupons.stop, nav="coupons"),
    Page("POST", f"{_BATCH}/issue", COUPONS_WRITE, coupons.issue, nav="coupons"),
    Page("POST", f"{_BATCH}/codes", COUPONS_MANAGE, coupons.codes, nav="coupons"),
)
"""The pages of the room."""

"""Checkouts: a basket or a quote becomes an order, with coupons, points and cards, in one decision."""

from mainstem.api.auth import at
from mainstem.api.commands import bulk_route, command_route
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.platform.access.permissions import ORDERS_WRITE
from mainstem.processes.checkout.checking_out import CHECK_OUT

ROOM = "/v1/checkouts"


def routes(services: Services) -> list[Route]:
    """The routes of checkouts."""
    return [
        command_route(
            services,
            ROOM,
            CHECK_OUT,
            ORDERS_WRITE,
            "Make an order of a basket or a quote: promotions, coupons, points, cards and stock are decided at once.",
            status=201,
            local=at("node"),
        ),
        bulk_route(
            services,
            f"{ROOM}/bulk",
            CHECK_OUT,
            ORDERS_WRITE,
            "Check out up to 1,000 times, each for itself.",
            status=201,
            local=at("node"),
        ),
    ]

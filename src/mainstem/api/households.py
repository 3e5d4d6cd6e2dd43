"""Households: who lives with a customer, and what people say of it."""

from mainstem.api.commands import command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import customers
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform.access.permissions import CUSTOMERS_MERGE, CUSTOMERS_READ

HOUSEHOLD = "/v1/customers/{customer:int}/household"


def routes(services: Services) -> list[Route]:
    """The routes of households."""
    database = services.database

    async def household(exchange: Exchange) -> Answer:
        """The household of one customer, named by any of his ids."""
        number = exchange.path_id("customer")
        async with database.snapshot() as connection:
            found = await customers.household_of(connection, number)
        if found is None:
            raise RefusedError(refuse(NOT_FOUND, "/customer", what="customer", id=number))
        return exchange.found(found)

    return [
        Route(
            method="GET",
            path=HOUSEHOLD,
            permission=CUSTOMERS_READ,
            respond=household,
            summary="Read who lives with a customer, why, and what they buy together.",
            result=customers.HouseholdView,
        ),
        command_route(
            services,
            f"{HOUSEHOLD}/correction",
            customers.CORRECT_HOUSEHOLD,
            CUSTOMERS_MERGE,
            "Say that another customer lives in the same household, or does not.",
            given=("customer",),
        ),
    ]

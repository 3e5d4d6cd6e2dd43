"""Traits and tags: what can be known of customers, what is known of one, and the tags that people attach."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from mainstem.api.commands import command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import customers
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform.access.permissions import CUSTOMERS_READ, SEGMENTS_READ, SEGMENTS_WRITE
from mainstem.platform.query import ask

MANUAL_NAMES_MAX = 1_000
"""Names of tags that people attach, listed at once."""

CUSTOMER = "/v1/customers/{customer:int}"


class TraitDeclared(msgspec.Struct, frozen=True):
    """A trait that there is: its name, kept for good, and how people call it in the language of the answer."""

    name: str
    title: str
    kind: str
    unit: str
    grain: str
    combine: str


class TagDeclared(msgspec.Struct, frozen=True):
    """A computed tag that there is, and the condition that it stands for."""

    name: str
    title: str
    group: str
    when: dict[str, Any]


class TagGroup(msgspec.Struct, frozen=True):
    """What tags are about."""

    name: str
    title: str


class TagList(msgspec.Struct, frozen=True):
    """The tags of the library with those of each category that is sold, and the tags that people attach."""

    groups: list[TagGroup]
    items: list[TagDeclared]
    attached: list[customers.ManualTag]


class TagHeld(msgspec.Struct, frozen=True):
    """A tag of a customer: computed now, or attached by somebody."""

    name: str
    title: str
    group: str
    source: Literal["computed", "attached"]


class CustomerTraits(msgspec.Struct, frozen=True):
    """What is known of a customer by the names of the traits, null for what is unknown; his tags and segments."""

    customer: int
    traits: dict[str, Any]
    tags: list[TagHeld]
    segments: list[int]


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def traits(self, exchange: Exchange) -> Answer:
        """Every trait that there is."""
        chinese = exchange.language == "zh"
        rows = [
            TraitDeclared(one.name, one.zh if chinese else one.en, one.kind, one.unit, one.grain, one.combine)
            for one in customers.TRAITS.values()
        ]
        return exchange.found({"items": rows})

    async def tags(self, exchange: Exchange) -> Answer:
        """Every tag that there is."""
        chinese = exchange.language == "zh"
        async with self._database.snapshot() as connection:
            categories, attached = await ask(
                connection, customers.top_categories(), customers.manual_tag_names(MANUAL_NAMES_MAX)
            )
        tags = [*customers.shipped_tags(), *(tag for one in categories for tag in customers.category_tags(one))]
        groups = [TagGroup(name, group.zh if chinese else group.en) for name, group in customers.tag_groups().items()]
        items = [TagDeclared(tag.name, tag.zh if chinese else tag.en, tag.group, tag.when) for tag in tags]
        return exchange.found(TagList(groups, items, attached))

    async def of_customer(self, exchange: Exchange) -> Answer:
        """What is known of one customer, named by any of his ids."""
        number = exchange.path_id("customer")
        chinese = exchange.language == "zh"
        today = customers.today_of(datetime.now(UTC))
        async with self._database.snapshot() as connection:
            whose, traits, attached, segments = await ask(
                connection,
                customers.customers_of([number]),
                customers.traits_of(number, today),
                customers.manual_tags(number),
                customers.segments_of(number),
            )
            if traits is None or number not in whose:
                raise RefusedError(refuse(NOT_FOUND, "/customer", what="customer", id=number))
            held = await customers.computed_tags(connection, whose[number], today)
        tags = [TagHeld(tag.name, tag.zh if chinese else tag.en, tag.group, "computed") for tag in held]
        tags += [TagHeld(name, name, "", "attached") for name in attached]
        return exchange.found(CustomerTraits(whose[number], traits, tags, segments))


def routes(services: Services) -> list[Route]:
    """The routes of traits and tags."""
    reads = _Reads(services)
    return [
        Route(
            method="GET",
            path="/v1/traits",
            permission=SEGMENTS_READ,
            respond=reads.traits,
            summary="List the traits that there are.",
            result=msgspec.defstruct("TraitList", [("items", list[TraitDeclared])], frozen=True),
        ),
        Route(
            method="GET",
            path="/v1/tags",
            permission=SEGMENTS_READ,
            respond=reads.tags,
            summary="List the tags that there are.",
            result=TagList,
        ),
        Route(
            method="GET",
            path=f"{CUSTOMER}/traits",
            permission=CUSTOMERS_READ,
            respond=reads.of_customer,
            summary="Read the traits, tags and segments of a customer.",
            result=CustomerTraits,
        ),
        command_route(
            services,
            f"{CUSTOMER}/tags",
            customers.SET_TAG,
            SEGMENTS_WRITE,
            "Attach a tag to a customer.",
            given=("customer",),
        ),
        command_route(
            services,
            f"{CUSTOMER}/tags/removal",
            customers.REMOVE_TAG,
            SEGMENTS_WRITE,
            "Remove a tag from a customer.",
            given=("customer",),
        ),
    ]

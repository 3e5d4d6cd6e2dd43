"""What fields the form of a promotion has: read by what draws it, and by what reads what was typed.

A field is named by the JSON pointer of what it becomes: what the room refuses names the field beside which it is said.
"""

from typing import Literal

import msgspec

from mainstem.console.frame import N_

Shape = Literal[
    "text", "lines", "integer", "amount", "percent", "decimal", "flag", "choice", "checks", "moment",
    "clock", "attributes", "cut", "goods", "parts", "steps", "conditions", "condition",
]  # fmt: skip


class Field(msgspec.Struct, frozen=True):
    """A field: its name in JSON, what it is called, and what may be typed. `choices` names what is offered."""

    name: str
    label: str
    shape: Shape
    hint: str = ""
    choices: str = ""
    required: bool = False


class Kind(msgspec.Struct, frozen=True):
    """A kind of reward or condition with its fields; `start` is what a new one has."""

    tag: str
    label: str
    fields: tuple[Field, ...] = ()
    start: tuple[tuple[str, str], ...] = ()


_OF = Field("of", N_("Which goods"), "goods")
_TIMES = Field("times_max", N_("At most so many times an order"), "integer", N_("Empty: as often as it can be"))
_TAKE = Field("take", N_("Which of them"), "choice", choices="take")
_CUT = Field("cut", N_("What it costs then"), "cut", required=True)
_AT_MOST = Field("at_most_minor", N_("At most so much in all"), "amount")

REWARDS = (
    Kind(
        "percent", N_("Percentage off"), (Field("percent", N_("Per cent off"), "percent", required=True), _OF, _AT_MOST)
    ),
    Kind(
        "amount",
        N_("Amount off"),
        (
            Field("amount_minor", N_("Amount off"), "amount", required=True),
            Field("per", N_("Once or for each item"), "choice", choices="per"),
            _OF,
        ),
    ),
    Kind(
        "fixed_price", N_("Fixed price"), (Field("price_minor", N_("Price of each item"), "amount", required=True), _OF)
    ),
    Kind(
        "nth_item",
        N_("Every second, third … item"),
        (Field("every", N_("Of every so many items"), "integer", required=True), _TAKE, _CUT, _OF, _TIMES),
        (("every", "2"), ("cut/kind", "percent")),
    ),
    Kind(
        "buy_get",
        N_("Buy some, get others"),
        (
            Field("buy_items", N_("Items to buy"), "integer", required=True),
            Field("buy", N_("What is bought"), "goods", required=True),
            Field("get_items", N_("Items to get"), "integer", required=True),
            Field("get", N_("What is got"), "goods", required=True),
            _TAKE,
            _CUT,
            _TIMES,
        ),
        (("buy_items", "2"), ("get_items", "1"), ("cut/kind", "percent"), ("cut/value", "100")),
    ),
    Kind(
        "bundle",
        N_("Bundle, mix and match"),
        (Field("parts", N_("Parts"), "parts", required=True), _CUT, _TIMES),
        (("parts/0/items", "1"), ("parts/1/items", "1"), ("cut/kind", "price_minor")),
    ),
    Kind(
        "gift",
        N_("Gift"),
        (
            Field("skus", N_("SKUs to choose from"), "lines", N_("One a line"), required=True),
            Field("items", N_("How many items"), "integer"),
        ),
        (("items", "1"),),
    ),
    Kind(
        "tiers",
        N_("Steps by amount or quantity"),
        (
            Field("by", N_("Steps count"), "choice", choices="by"),
            Field("steps", N_("Steps"), "steps", required=True),
            _OF,
        ),
        (("by", "amount"), ("steps/0/cut/kind", "percent"), ("steps/1/cut/kind", "percent")),
    ),
    Kind(
        "free_delivery",
        N_("Free delivery"),
        (Field("methods", N_("Methods of delivery"), "lines", N_("One a line; empty: every method")), _AT_MOST),
    ),
    Kind(
        "points",
        N_("More points"),
        (
            Field("times", N_("Times the points"), "decimal"),
            Field("plus", N_("Points on top"), "integer"),
            _OF,
        ),
        (("times", "2"),),
    ),
)

CONDITIONS = (
    Kind(
        "channels",
        N_("Channel"),
        (
            Field("codes", N_("Channels"), "checks", choices="channels"),
            Field("kinds", N_("Kinds of channels"), "checks", choices="channel_kinds"),
        ),
    ),
    Kind(
        "nodes",
        N_("Node or region"),
        (
            Field("codes", N_("Nodes"), "lines", N_("Codes, one a line")),
            Field("regions", N_("Regions"), "lines", N_("One a line")),
        ),
    ),
    Kind(
        "member",
        N_("Member"),
        (
            Field("tiers", N_("Tiers"), "lines", N_("One a line; empty: every member")),
            Field("groups", N_("Customer groups"), "lines", N_("One a line")),
        ),
    ),
    Kind("segment", N_("Segment"), (Field("names", N_("Segments"), "lines", N_("Names, one a line"), required=True),)),
    Kind("first_order", N_("First order")),
    Kind(
        "birthday",
        N_("Birthday"),
        (
            Field("days_before", N_("Days before"), "integer"),
            Field("days_after", N_("Days after"), "integer"),
            Field("month", N_("The whole month"), "flag"),
        ),
    ),
    Kind(
        "schedule",
        N_("Weekday and time of day"),
        (
            Field("weekdays", N_("Weekdays"), "checks", choices="weekdays"),
            Field("from", N_("From"), "clock", N_("HH:MM in the zone of the node")),
            Field("until", N_("Until"), "clock", N_("Not included; before “From”: the next day")),
        ),
    ),
    Kind(
        "basket",
        N_("What is in the basket"),
        (
            Field("amount_minor_min", N_("Amount from"), "amount", N_("Before promotions")),
            Field("amount_minor_max", N_("Amount up to"), "amount"),
            Field("items_min", N_("Items from"), "integer"),
            Field("items_max", N_("Items up to"), "integer"),
            Field("skus_min", N_("Different SKUs from"), "integer"),
            _OF,
        ),
    ),
    Kind(
        "tender",
        N_("Paid with"),
        (Field("kinds", N_("Kinds of tender"), "lines", N_("Such as alipay or card, one a line"), required=True),),
    ),
    Kind(
        "delivery",
        N_("Delivered by"),
        (
            Field(
                "methods", N_("Methods of delivery"), "lines", N_("Such as home or pick_up, one a line"), required=True
            ),
        ),
    ),
    Kind("any", N_("At least one of several"), (Field("conditions", N_("At least one of these holds"), "conditions"),)),
    Kind(
        "not",
        N_("Not"),
        (Field("condition", N_("This does not hold"), "condition"),),
        (("condition/type", "first_order"),),
    ),
)

GOODS = (
    Field("skus", N_("SKUs"), "lines", N_("One a line")),
    Field("products", N_("Products"), "lines", N_("Numbers, one a line")),
    Field("categories", N_("Categories"), "lines", N_("Paths such as Food/Milk, one a line")),
    Field("brands", N_("Brands"), "lines", N_("One a line")),
    Field("lists", N_("Product lists"), "lines", N_("Names, one a line")),
    Field("attributes", N_("Attributes"), "attributes", N_("Such as colour = red, blue; one a line")),
    Field("price_minor_min", N_("Price from"), "amount", N_("Unit price before promotions")),
    Field("price_minor_max", N_("Price up to"), "amount"),
)

STACKING = (
    Field("exclusive", N_("Beside other promotions"), "choice", choices="exclusive"),
    Field("group", N_("Group"), "text", N_("Of a group only the best for the customer applies")),
    Field("not_with", N_("Not together with"), "lines", N_("Codes of promotions or names of groups, one a line")),
    Field("priority", N_("Priority"), "integer", N_("Between equal totals the higher one wins")),
    Field(
        "layer", N_("Layer"), "integer", N_("A later layer sees the prices that earlier ones left; empty: by its kind")
    ),
)

LIMITS = (
    Field("uses_total", N_("Orders in all"), "integer"),
    Field("uses_per_day", N_("Orders a day"), "integer"),
    Field("uses_per_customer", N_("Orders of a customer"), "integer"),
    Field("uses_per_customer_and_day", N_("Orders of a customer a day"), "integer"),
    Field("items_per_order", N_("Items an order"), "integer"),
    Field("items_total", N_("Items in all"), "integer", N_("A stock of its own, for a flash sale")),
    Field("budget_minor", N_("Budget"), "amount", N_("What all orders together may be given")),
)

HEAD = (
    Field("code", N_("Code"), "text", N_("For good; letters, digits, - and _"), required=True),
    Field("name/en", N_("Name in English"), "text", required=True),
    Field("name/zh", N_("Name in Chinese"), "text"),
    Field("currency", N_("Currency"), "choice", choices="currencies"),
    Field("valid_from", N_("Valid from"), "moment"),
    Field("valid_until", N_("Valid until"), "moment", N_("Not included")),
    Field("coupon", N_("Only with a coupon"), "flag"),
    Field("below_floor", N_("May go below floor prices"), "flag"),
    Field("description", N_("Notes"), "text"),
)

REWARD_KINDS = {kind.tag: kind for kind in REWARDS}
CONDITION_KINDS = {kind.tag: kind for kind in CONDITIONS}
CUT_KINDS = (
    ("percent", N_("per cent off")),
    ("amount_minor", N_("amount off")),
    ("price_minor", N_("price")),
)
CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "take": (("cheapest", N_("the cheapest")), ("dearest", N_("the dearest"))),
    "per": (("basket", N_("Once, spread over the goods")), ("item", N_("For each item"))),
    "by": (("amount", N_("the amount")), ("items", N_("the items"))),
    "exclusive": (
        ("no", N_("Adds up with others")),
        ("items", N_("No other one on the same lines")),
        ("basket", N_("No other one in the basket")),
    ),
}

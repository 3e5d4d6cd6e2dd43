"""The pricing room: what a unit of a SKU costs, where, through which channel, and when."""

from mainstem.domains.pricing.commands import SET_PRICES
from mainstem.domains.pricing.contracts import (
    BAD_AMOUNT,
    BAD_VALIDITY,
    NO_PRICE,
    PriceRecorded,
    PriceSet,
    PriceView,
    SetPrice,
)
from mainstem.domains.pricing.queries import current_prices, price_history, prices_for
from mainstem.domains.pricing.rules import Prices

__all__ = [
    "BAD_AMOUNT",
    "BAD_VALIDITY",
    "NO_PRICE",
    "SET_PRICES",
    "PriceRecorded",
    "PriceSet",
    "PriceView",
    "Prices",
    "SetPrice",
    "current_prices",
    "price_history",
    "prices_for",
]

"""Price lists, rates of tax, costs and floors: what goods cost, for whom, where and when, and what it was."""

from mainstem.domains.pricing.lists.checks import CHECKS
from mainstem.domains.pricing.lists.commands import SAVE_PRICE_LIST, SET_LIST_PRICE
from mainstem.domains.pricing.lists.contracts import (
    UNKNOWN_LIST,
    ListPriceRecorded,
    ListPriceSet,
    ListPriceView,
    PriceListChanged,
    PriceListSaved,
    PriceListTerms,
    PriceListView,
    SavePriceList,
    SetListPrice,
)
from mainstem.domains.pricing.lists.finding import Asked, FoundPrice, PriceBook, price_for, with_tax
from mainstem.domains.pricing.lists.guards import (
    SET_PRICE_GUARD,
    Guards,
    PriceGuardSet,
    PriceGuardView,
    SetPriceGuard,
    guard_history,
    guards_for,
)
from mainstem.domains.pricing.lists.omnibus import Reduced, Scope, Step, lowest_before, steps_before
from mainstem.domains.pricing.lists.queries import (
    VariantPrice,
    find_price_list,
    list_price_history,
    list_prices,
    price_list_terms,
    price_lists,
    variant_prices,
)
from mainstem.domains.pricing.lists.taxes import (
    SET_TAX_RATE,
    SetTaxRate,
    Tax,
    Taxes,
    TaxRateSet,
    TaxRateView,
    tax_for,
    tax_rate_history,
    tax_rates,
)
from mainstem.domains.pricing.lists.unit_prices import UnitPrice, unit_price

OPERATIONS = (SAVE_PRICE_LIST, SET_LIST_PRICE, SET_TAX_RATE, SET_PRICE_GUARD)
"""Every operation of price lists, taxes and guards."""

__all__ = [
    "CHECKS",
    "OPERATIONS",
    "SAVE_PRICE_LIST",
    "SET_LIST_PRICE",
    "SET_PRICE_GUARD",
    "SET_TAX_RATE",
    "UNKNOWN_LIST",
    "Asked",
    "FoundPrice",
    "Guards",
    "ListPriceRecorded",
    "ListPriceSet",
    "ListPriceView",
    "PriceBook",
    "PriceGuardSet",
    "PriceGuardView",
    "PriceListChanged",
    "PriceListSaved",
    "PriceListTerms",
    "PriceListView",
    "Reduced",
    "SavePriceList",
    "Scope",
    "SetListPrice",
    "SetPriceGuard",
    "SetTaxRate",
    "Step",
    "Tax",
    "TaxRateSet",
    "TaxRateView",
    "Taxes",
    "UnitPrice",
    "VariantPrice",
    "find_price_list",
    "guard_history",
    "guards_for",
    "list_price_history",
    "list_prices",
    "lowest_before",
    "price_for",
    "price_list_terms",
    "price_lists",
    "steps_before",
    "tax_for",
    "tax_rate_history",
    "tax_rates",
    "unit_price",
    "variant_prices",
    "with_tax",
]

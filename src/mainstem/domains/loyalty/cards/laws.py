"""How long a card must live at least, by country, as far as nobody has set it otherwise. Pure."""

from collections.abc import Mapping
from datetime import date

from mainstem.domains.loyalty.cards.contracts import CARD_EVERLASTING, CARD_LIFE
from mainstem.domains.loyalty.programmes.calendar import months_after
from mainstem.kernel.refusals import Refusal, refuse

SHIPPED: dict[str, int | None] = {"": 36, "AU": 36, "CN": 36, "DE": 36, "IE": 60, "US": 60, "CA": None}
"""Months; None: it may not expire. AU: Competition and Consumer Act s. 99B. CN: single-purpose prepaid cards without a
name, 3 years. DE: civil code, 3 years from the end of the year, here from the day of issue at least. IE: Consumer
Protection (Gift Vouchers) Act 2019. US: 15 U.S.C. 1693l-1, 5 years. Who sells there has it checked and sets it."""


def months_min(country: str, laws: Mapping[str, int | None]) -> int | None:
    """The months that count in a country; None: for ever."""
    every = SHIPPED | dict(laws)
    return every[country] if country in every else every[""]


def too_short(country: str, laws: Mapping[str, int | None], issued: date, expires_on: date | None) -> Refusal | None:
    """The refusal of a last day that the law does not allow."""
    if expires_on is None:
        return None
    months = months_min(country, laws)
    if months is None:
        return refuse(CARD_EVERLASTING, "/expires_on", country=country)
    earliest = months_after(issued, months)
    if expires_on >= earliest:
        return None
    return refuse(CARD_LIFE, "/expires_on", country=country or "-", earliest=earliest.isoformat())

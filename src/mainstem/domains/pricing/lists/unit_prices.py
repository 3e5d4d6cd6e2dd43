"""Unit prices by weight, volume, length or piece, for display and labels (Directive 98/6/EC; 价格标签)."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

Per = Literal["100 g", "1 kg", "100 ml", "1 l", "1 m", "1 pc", "1 gal"]

CONTENT_ATTRIBUTES = ("content", "net_content", "净含量", "含量")
"""Attributes of a variant that say how much is in one piece, the first one counts: `250 g`, `6 x 330 ml`, `1.5升`."""

SMALL = 250
"""Up to so many grams or millilitres a piece, the price is per 100."""

_UNITS: dict[str, tuple[str, Decimal]] = {
    "mg": ("g", Decimal("0.001")),
    "毫克": ("g", Decimal("0.001")),
    "g": ("g", Decimal(1)),
    "克": ("g", Decimal(1)),
    "kg": ("g", Decimal(1000)),
    "千克": ("g", Decimal(1000)),
    "公斤": ("g", Decimal(1000)),
    "斤": ("g", Decimal(500)),
    "ml": ("ml", Decimal(1)),
    "毫升": ("ml", Decimal(1)),
    "cl": ("ml", Decimal(10)),
    "l": ("ml", Decimal(1000)),
    "升": ("ml", Decimal(1000)),
    "cm": ("m", Decimal("0.01")),
    "厘米": ("m", Decimal("0.01")),
    "m": ("m", Decimal(1)),
    "米": ("m", Decimal(1)),
    "pc": ("pc", Decimal(1)),
    "pcs": ("pc", Decimal(1)),
    "件": ("pc", Decimal(1)),
    "个": ("pc", Decimal(1)),
    "片": ("pc", Decimal(1)),
}
_CONTENT = re.compile(
    r"\s*(?:([0-9]{1,6})\s*[x×*]\s*)?([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([^\W\d_]{1,4})\s*(?:[x×*]\s*([0-9]{1,6})\s*)?",
    re.IGNORECASE,
)
_MEASURED: dict[str, Per] = {"kg": "1 kg", "l": "1 l", "m": "1 m", "gal": "1 gal"}


class UnitPrice(msgspec.Struct, frozen=True, gc=False):
    """Minor units of so much."""

    amount_minor: int
    per: Per


def content(attributes: Mapping[str, str]) -> tuple[Decimal, str] | None:
    """How much is in one piece, in g, ml, m or pc; None when no attribute says so in a way that can be read."""
    for name in CONTENT_ATTRIBUTES:
        found = _CONTENT.fullmatch(attributes.get(name, ""))
        if found is None or (found[1] and found[4]):
            continue
        unit = _UNITS.get(found[3].lower())
        times = int(found[1] or found[4] or 1)
        if unit is not None and (amount := Decimal(found[2]) * times * unit[1]) > 0:
            return amount, unit[0]
    return None


def unit_price(price_minor: int, unit: str, attributes: Mapping[str, str]) -> UnitPrice | None:
    """The price of a comparable amount, half up: what is measured is priced so already; None when nothing is known."""
    if unit in _MEASURED:
        return UnitPrice(price_minor, _MEASURED[unit])
    inside = content(attributes)
    if inside is None:
        return None
    amount, measure = inside
    times, per = _basis(amount, measure)
    exact = price_minor * times / amount
    return UnitPrice(int((exact + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR")), per)


def _basis(amount: Decimal, measure: str) -> tuple[int, Per]:
    if measure == "g":
        return (100, "100 g") if amount <= SMALL else (1000, "1 kg")
    if measure == "ml":
        return (100, "100 ml") if amount <= SMALL else (1000, "1 l")
    return (1, "1 m") if measure == "m" else (1, "1 pc")

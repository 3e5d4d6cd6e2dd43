"""Where people live, in the form in which addresses are compared: what has the same form is one address. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from mainstem.domains.customers.identifiers.texts import is_masked
from mainstem.domains.customers.matching.columns import plain

_ENGLISH: Final = {
    "street": "st",
    "road": "rd",
    "avenue": "ave",
    "av": "ave",
    "lane": "ln",
    "drive": "dr",
    "boulevard": "blvd",
    "square": "sq",
    "strasse": "str",
    "apt": "unit",
    "apartment": "unit",
    "flat": "unit",
    "room": "unit",
    "rm": "unit",
    "suite": "unit",
    "building": "bldg",
    "floor": "fl",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "no": "",
    "number": "",
}
_CHINESE: Final = (
    (re.compile(r"(?<=[0-9a-z])(?:号楼|幢|座)"), "栋"),
    (re.compile(r"(?<=[0-9])(?:室|房|户)"), ""),
    (re.compile(r"(?<=[0-9])(?:號|号)"), "号"),
    (re.compile(r"(?<=[0-9])(?:层|樓|楼)"), "层"),
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_STREET_ENDS = re.compile(r"(\w)(?:straße|strasse)$")
_DIGIT = re.compile(r"\d")
_LENGTH_MIN: Final = 5


def address_keys(attributes: Mapping[str, str]) -> tuple[str, ...]:
    """The forms of an address, as plain texts to be digested: with its town, and with its postal code.

    Two records meet in either. None without a number in it: a street is where thousands live. Width, case, accents,
    punctuation and blanks do not matter, nor how a street, a building or a flat is abbreviated, nor whether the town
    is repeated before the street.
    """
    told = [attributes.get(name, "") for name in ("street", "street_number", "city", "region", "postal_code")]
    if any(is_masked(text) for text in told):
        return ()
    street, number, city, region, postal = (plain(text) for text in told)
    town = city.removesuffix("市").replace(" ", "")
    where = _form(_without(f"{street} {number}".strip(), (region, city)))
    if len(where) < _LENGTH_MIN or _DIGIT.search(where) is None:
        return ()
    found = {"town": town, "postal": postal.replace(" ", "")}
    return tuple(f"{kind}:{where}|{place}" for kind, place in found.items() if place)


def _without(street: str, places: tuple[str, ...]) -> str:
    """A street without the region and the town that are repeated before it."""
    if _HAN.search(street) is None:
        return street
    for place in places:
        bare = place.removesuffix("省").removesuffix("市")
        for ending in ("省", "市", ""):
            if bare and street.startswith(bare + ending):
                street = street.removeprefix(bare + ending).lstrip()
                break
    return street


def _form(street: str) -> str:
    words = [_STREET_ENDS.sub(r"\1str", word) for word in street.split()]
    text = "".join(_ENGLISH.get(word, word) for word in words)
    for pattern, form in _CHINESE:
        text = pattern.sub(form, text)
    return text

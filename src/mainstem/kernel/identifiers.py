"""Identifiers people and machines agree on: codes, GTINs."""

import re

from stdnum import ean

CODE_LENGTH_MAX = 64
_CODE = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?")
_GTIN_LENGTHS = (8, 12, 13, 14)


def is_code(text: str) -> bool:
    """Whether text can name a SKU, node, channel or foreign document: 1 to 64 visible characters, no outer blanks."""
    return _CODE.fullmatch(text) is not None


def normal_gtin(text: str) -> str | None:
    """The 14-digit form of a GTIN with a right check digit (GS1 General Specifications 7.9), else None."""
    if len(text) not in _GTIN_LENGTHS or not (text.isascii() and text.isdigit()):
        return None
    padded = text.zfill(14)
    return padded if ean.calc_check_digit(padded[:-1]) == padded[-1] else None

"""Codes of gift cards: unguessable, with a check character, however letters that look alike are typed."""

import secrets
from typing import NamedTuple

from stdnum import luhn

from mainstem.domains.loyalty.cards.contracts import MadeCard
from mainstem.platform.vault import Vault

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 characters, without I, L, O and U; an even number, so that the check finds every wrong character."""

_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_RANDOM, _GROUP, _PIN_DIGITS = 15, 4, 6


class Fresh(NamedTuple):
    """A code and a PIN as the holder has them, and what is kept of them."""

    code: str
    pin: str
    made: MadeCard


def new_card(vault: Vault) -> Fresh:
    """A code of 75 random bits and a check character, and a PIN."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))
    code = body + luhn.calc_check_digit(body, ALPHABET)
    pin = "".join(secrets.choice("0123456789") for _ in range(_PIN_DIGITS))
    shown = "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
    return Fresh(shown, pin, MadeCard(digest(vault, code), pin_digest(vault, code, pin), code[-4:]))


def normal(code: str) -> str | None:
    """A code as it is hashed: without blanks and hyphens, in capitals, O read as 0, I and L as 1. None: it is none."""
    plain = "".join(code.split()).replace("-", "").upper().translate(_ALIKE)
    if len(plain) != _RANDOM + 1 or any(letter not in ALPHABET for letter in plain):
        return None
    return plain if luhn.is_valid(plain, ALPHABET) else None


def digest(vault: Vault, code: str) -> bytes:
    """What is kept of a normal code."""
    return vault.digest("gift card", code)


def pin_digest(vault: Vault, code: str, pin: str) -> bytes:
    """What is kept of a PIN; equal PINs of two cards have nothing in common."""
    return vault.digest("gift card PIN", f"{code}:{pin}")

"""Member numbers, and what the code on a member's card says."""

import hmac
from base64 import b32encode
from datetime import datetime

from stdnum import luhn

from mainstem.platform.vault import Vault

CARD_SECONDS = 300
"""How long a code on a screen is good at least; twice as long at most."""

_DIGITS = 11
_MAC_LENGTH = 10
_PREFIX = "MS1"
_PARTS = 4


def new_number(vault: Vault, account: int) -> str:
    """A member number: 12 digits, the last one a check digit (Luhn), that say nothing of how many members there are."""
    body = str(int.from_bytes(vault.digest("member number", str(account))) % 10**_DIGITS).zfill(_DIGITS)
    return body + luhn.calc_check_digit(body)


def card_payload(vault: Vault, number: str, now: datetime) -> str:
    """What the QR code on a member's screen says at a moment: it cannot be made up, and not be used for long."""
    return _payload(vault, number, int(now.timestamp()) // CARD_SECONDS)


def read_payload(vault: Vault, payload: str, now: datetime) -> str | None:
    """The member number of a code that is good at a moment; None for any other text."""
    parts = payload.split(":")
    if len(parts) != _PARTS or not payload.isascii():
        return None
    current = int(now.timestamp()) // CARD_SECONDS
    for step in (current, current - 1):
        if hmac.compare_digest(_payload(vault, parts[1], step), payload):
            return parts[1]
    return None


def _payload(vault: Vault, number: str, step: int) -> str:
    mac = b32encode(vault.digest("member card", f"{number}:{step}")).decode()[:_MAC_LENGTH]
    return f"{_PREFIX}:{number}:{step}:{mac}"

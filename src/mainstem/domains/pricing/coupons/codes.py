"""Codes of coupons: nobody can guess one, none is kept, and look-alike letters are read as what they mean.

A code is 80 bits in Crockford's base 32. 36 of them are a keyed check over the batch's serial and the number; the other
44 are serial and number, masked by a keyed pad of that check (a synthetic initialisation vector, as in RFC 5297). So
every code looks random, codes of neighbours have nothing in common, and with 10 million coupons one guess in 10^17 is
right.
"""

from mainstem.domains.pricing.alike import alike
from mainstem.platform.vault import Vault

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
SERIAL_BITS, NUMBER_BITS, CHECK_BITS = 20, 24, 36
PLAIN_BITS = SERIAL_BITS + NUMBER_BITS

_PAIRS = [one + other for one in ALPHABET for other in ALPHABET]
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_CHECK, _PAD = "coupon check", "coupon pad"


def encode(vault: Vault, serial: int, number: int) -> str:
    """The code of a number of a batch, in groups of four."""
    check = _check(vault, serial, number)
    value = check << PLAIN_BITS | ((serial << NUMBER_BITS | number) ^ _pad(vault, check))
    pairs = [_PAIRS[value >> shift & 1023] for shift in range(70, -1, -10)]
    return "{}{}-{}{}-{}{}-{}{}".format(*pairs)


def decode(vault: Vault, code: str) -> tuple[int, int] | None:
    """(serial, number) of a code, however it is typed; None when it is none that was ever made here."""
    plain = alike(code[: 4 * LENGTH])
    if len(plain) != LENGTH or any(letter not in _VALUES for letter in plain):
        return None
    value = 0
    for letter in plain:
        value = value << 5 | _VALUES[letter]
    check = value >> PLAIN_BITS
    masked = value & ((1 << PLAIN_BITS) - 1)
    serial, number = divmod(masked ^ _pad(vault, check), 1 << NUMBER_BITS)
    return (serial, number) if _check(vault, serial, number) == check else None


def _check(vault: Vault, serial: int, number: int) -> int:
    return int.from_bytes(vault.digest(_CHECK, f"{serial}:{number}")[:8], "big") >> (64 - CHECK_BITS)


def _pad(vault: Vault, check: int) -> int:
    return int.from_bytes(vault.digest(_PAD, str(check))[:8], "big") >> (64 - PLAIN_BITS)

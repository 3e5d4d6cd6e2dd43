"""API keys: `ms_<prefix>_<secret><checksum>`, 61 characters, recognisable by people, secret scanners and at a glance.

The prefix (8 characters) is public and names the key in lists and logs. The secret is 32 random bytes in base 62
(43 characters). The checksum is the CRC-32 of everything before it in base 62 (6 characters), as in GitHub's tokens: a
typing error, or a string that merely looks like a key, is told apart without asking the database. For secret scanners:
`ms_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}`.
"""

import secrets
import string
import zlib
from dataclasses import dataclass, field
from hashlib import sha256

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ALPHABET = frozenset(_DIGITS)
_BRAND = "ms_"
_PREFIX_LENGTH = 8
_SECRET_BYTES = 32
_SECRET_LENGTH = 43  # 62**43 > 2**256
_CHECKSUM_LENGTH = 6  # 62**6 > 2**32
_PREFIX_END = len(_BRAND) + _PREFIX_LENGTH

KEY_LENGTH = _PREFIX_END + 1 + _SECRET_LENGTH + _CHECKSUM_LENGTH


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made up: `secret` goes to its owner once, `prefix` and `hash` go into the database."""

    secret: str = field(repr=False)
    prefix: str
    hash: bytes


def new_key() -> NewKey:
    """A key with 256 bits from the operating system's random source."""
    prefix = "".join(secrets.choice(_DIGITS) for _ in range(_PREFIX_LENGTH))
    body = f"{_BRAND}{prefix}_{_base62(secrets.randbits(_SECRET_BYTES * 8), _SECRET_LENGTH)}"
    secret = body + _checksum(body)
    return NewKey(secret=secret, prefix=prefix, hash=digest(secret))


def digest(text: str) -> bytes:
    """SHA-256 of a key: what is stored of it.

    No slow hash: those make up for guessable passwords. A key has 256 random bits, so that nobody who reads the table
    can search for it, and a slow hash would only make every request, and every flood of wrong keys, costly.
    """
    return sha256(text.encode()).digest()


def public_prefix(text: str) -> str | None:
    """The public prefix of a well-formed key, or None when text is none: wrong length, alphabet or checksum."""
    if len(text) != KEY_LENGTH or not text.startswith(_BRAND) or text[_PREFIX_END] != "_":
        return None
    prefix, rest = text[len(_BRAND) : _PREFIX_END], text[_PREFIX_END + 1 :]
    if not _ALPHABET.issuperset(prefix + rest):
        return None
    return prefix if text[-_CHECKSUM_LENGTH:] == _checksum(text[:-_CHECKSUM_LENGTH]) else None


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))

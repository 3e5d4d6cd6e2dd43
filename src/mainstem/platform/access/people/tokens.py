"""Tokens: 256 random bits that a person's browser holds, and of which the database holds the SHA-256.

No slow hash: nobody can search for 256 random bits, however fast he hashes (see `access/keys.py`).
"""

import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256

TOKEN_LENGTH = 43
"""Characters of 32 bytes in URL-safe Base64 without padding."""

_FORM = re.compile(rf"[0-9A-Za-z_-]{{{TOKEN_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made up: `text` goes to its owner, `hash` into the database."""

    text: str = field(repr=False)
    hash: bytes


def new_token() -> NewToken:
    """A token with 256 bits from the operating system's random source."""
    text = secrets.token_urlsafe(32)
    return NewToken(text, digest(text))


def digest(text: str) -> bytes:
    """What is stored of a token."""
    return sha256(text.encode()).digest()


def well_formed(text: str) -> bool:
    """Whether it can be a token at all."""
    return _FORM.fullmatch(text) is not None

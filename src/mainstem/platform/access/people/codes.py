"""Second factors: codes of an app (TOTP, RFC 6238, 30 seconds, 6 digits), and recovery codes, each used once."""

import base64
import re
import secrets
from hashlib import sha256

import msgspec
import pyotp
from pyotp.exceptions import OTPVerificationError

from mainstem.platform.crypto import Box

ISSUER = "Mainstem"
WINDOW_STEPS = 1
"""How many steps of 30 seconds a clock may be off."""

RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_SPACES = re.compile(r"[\s-]+")
_DIGITS = re.compile(r"\d{6}")

_encode = msgspec.json.Encoder().encode


class Enrolment(msgspec.Struct, frozen=True):
    """A second factor that was made up and is not in force yet."""

    secret: str
    recovery: tuple[str, ...]

    def __repr__(self) -> str:
        return "Enrolment()"


_decode = msgspec.json.Decoder(Enrolment).decode


def new_enrolment() -> Enrolment:
    """A secret of 160 bits, and recovery codes of 80 bits each."""
    return Enrolment(pyotp.random_base32(), tuple(_recovery_code() for _ in range(RECOVERY_CODES)))


def seal_enrolment(box: Box, enrolment: Enrolment, session: int) -> str:
    """What a form of this session carries until the first code proves that the app has the secret."""
    return box.seal_text(_encode(enrolment), f"totp enrolment {session}")


def open_enrolment(box: Box, text: str, session: int) -> Enrolment:
    """Raises `crypto.SpoiltError` for what this session was not given."""
    return _decode(box.open_text(text, f"totp enrolment {session}"))


def seal_secret(box: Box, secret: str, principal: int) -> bytes:
    """A secret as the database holds it."""
    return box.seal(secret.encode(), f"totp {principal}")


def open_secret(box: Box, sealed: bytes, principal: int) -> str:
    """The secret; raises `crypto.KeyMissingError` when its key is not there."""
    return box.open(sealed, f"totp {principal}").decode()


def provisioning_uri(secret: str, login: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: float) -> int | None:
    """The step whose code this is, at a moment in seconds since 1970; None for a wrong one."""
    typed = _SPACES.sub("", code)
    if _DIGITS.fullmatch(typed) is None or not typed.isascii():
        return None
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(typed, for_time=now, valid_window=WINDOW_STEPS)
    except OTPVerificationError:
        return None


def recovery_hash(code: str) -> bytes:
    """What is stored of a recovery code, however it was typed. No slow hash: it has 80 random bits."""
    return sha256(_SPACES.sub("", code).upper().encode()).digest()


def looks_like_recovery(code: str) -> bool:
    """Whether it is no code of an app."""
    return len(_SPACES.sub("", code)) > len("000000")


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))

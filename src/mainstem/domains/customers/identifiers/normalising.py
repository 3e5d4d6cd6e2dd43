"""The one form in which values of an identifier are compared: what has the same form is the same identifier."""

import re
from collections.abc import Callable
from typing import Final

from mainstem.domains.customers.identifiers.emails import normal_email
from mainstem.domains.customers.identifiers.phones import DEFAULT_REGION, normal_phone
from mainstem.domains.customers.identifiers.texts import VALUE_LENGTH_MAX, clean

__all__ = ["DEFAULT_REGION", "VALUE_LENGTH_MAX", "normalise"]

_PLATFORM_ID = re.compile(r"[!-~]{1,128}")
_ID_LENGTH_MAX = 200
_GROUPING = re.compile(r"[\s-]+")
_BLANKS = re.compile(r"\s+")


def normalise(type_: str, value: str, region: str = DEFAULT_REGION) -> str | None:
    """The form in which a value of this type is compared, or None if it is unusable; never raises for any text.

    - phone: E.164, read in `region` (ISO 3166) unless it names a country.
    - email: lower case, ASCII domain, without what the provider ignores.
    - unionid, openid, payment_token: as they are, case included; printable ASCII only.
    - device: lower case, printable ASCII only.
    - member_card: capitals, without blanks and hyphens.
    - buyer, external: as they are, case included; blanks in a row are one.

    Full-width characters are the same as others everywhere. Unusable is what `texts.clean` says, and what is not of its
    type.
    """
    text = clean(value)
    if text is None:
        return None
    if type_ == "phone":
        return normal_phone(text, region)
    return _FORMS[type_](text)


def _platform_id(text: str) -> str | None:
    return text if _PLATFORM_ID.fullmatch(text) is not None else None


def _device(text: str) -> str | None:
    return _platform_id(text.lower())


def _card(text: str) -> str | None:
    number = _GROUPING.sub("", text).upper()
    return number if 0 < len(number) <= _ID_LENGTH_MAX else None


def _reference(text: str) -> str | None:
    return _BLANKS.sub(" ", text) if len(text) <= _ID_LENGTH_MAX else None


_FORMS: Final[dict[str, Callable[[str], str | None]]] = {
    "email": normal_email,
    "unionid": _platform_id,
    "openid": _platform_id,
    "payment_token": _platform_id,
    "device": _device,
    "member_card": _card,
    "buyer": _reference,
    "external": _reference,
}

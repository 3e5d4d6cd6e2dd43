"""Telephone numbers in E.164, an extension after `;ext=` (RFC 3966)."""

import re
from typing import Final

import phonenumbers

DEFAULT_REGION: Final = "CN"
"""Where a number without a country code is, unless a source says otherwise."""

_SEPARATORS = r"\s().\-\u2010-\u2015\u2212\u00b7\u30fb"
"""Blanks, brackets, points and everything that looks like a hyphen or a middle dot."""
_BETWEEN = re.compile(f"[{_SEPARATORS}]+")
_CHINESE_MOBILE = re.compile(r"(?:(?P<country>\+86|0086|86)?0?)(?P<number>1[3-9]\d{9})")
_SPREADSHEET = re.compile(r"[`'‘’]?(?P<number>\+?\d{7,15})(?:\.0+)?")
_EXTENSION = re.compile(
    r"(?:;\s*ext\s*=|#|,|(?<![a-z])(?:extension|ext\.?|x)|转|轉|分机|分機)\s*:?\s*(?P<extension>\d{1,8})", re.IGNORECASE
)
_DASHED_EXTENSION = re.compile(r"(?P<number>(?:\+?86[\s-]?|0)\d{2,3}[\s-]\d{7,8})-(?P<extension>\d{1,8})")
_NUMBER = re.compile(rf"(?:tel:)?\+?[\d{_SEPARATORS}]+", re.IGNORECASE)


def normal_phone(text: str, region: str) -> str | None:
    """The number as E.164, read as one of `region` (ISO 3166) if it names no country; None if it is not a valid number.

    A mobile number with an extension is a marketplace's relay, which is somebody else's next month: None.
    """
    if (kept := _SPREADSHEET.fullmatch(text)) is not None:
        text = kept["number"]
    quick = _chinese_mobile(_BETWEEN.sub("", text), region)
    if quick is not None:
        return quick
    number, extension = _parts(text)
    if _NUMBER.fullmatch(number) is None:
        return None
    if _chinese_mobile(_BETWEEN.sub("", number), region) is not None:
        return None
    return _by_library(number, extension, region)


def is_service(number: str) -> bool:
    """Whether a normal number is one that a firm answers: toll-free, shared cost (400 in China), premium rate."""
    parsed = phonenumbers.parse(number.partition(";")[0])
    return phonenumbers.number_type(parsed) in _OF_FIRMS


_OF_FIRMS: Final = frozenset(
    {
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.VOICEMAIL,
    }
)


def _chinese_mobile(digits: str, region: str) -> str | None:
    """The mobile number that nearly all Chinese customers give, without asking the library."""
    found = _CHINESE_MOBILE.fullmatch(digits)
    if found is None or not (region == "CN" or found["country"] in ("+86", "0086")):
        return None
    return "+86" + found["number"]


def _parts(text: str) -> tuple[str, str]:
    """A number and its extension, or ""."""
    if (dashed := _DASHED_EXTENSION.fullmatch(text)) is not None:
        return dashed["number"], dashed["extension"]
    found = _EXTENSION.search(text)
    if found is None or found.end() != len(text):
        return text, ""
    return text[: found.start()].strip(), found["extension"]


def _by_library(number: str, extension: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    normal = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return f"{normal};ext={extension}" if extension else normal

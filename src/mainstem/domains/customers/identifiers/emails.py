"""E-mail addresses in the one form in which they are compared (RFC 5321, 5322; domains by UTS 46)."""

import re
from typing import Final

import idna

_ADDRESS_LENGTH_MAX, _LOCAL_LENGTH_MAX = 254, 64
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")

_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_WITH_TAGS: Final = frozenset(
    {
        "fastmail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "me.com",
        "msn.com",
        "outlook.com",
        "pm.me",
        "proton.me",
        "protonmail.com",
    }
)
"""Providers that deliver ann+shop@ to ann@. Elsewhere a plus may be part of the name."""


def normal_email(text: str) -> str | None:
    """The address in lower case, its domain in ASCII, without what its provider ignores; None if it is not an address.

    Quoted local parts and comments are not read. Local parts in other scripts are (RFC 6531), and are never taken for
    the Latin letters that they look like.
    """
    local, at, domain = text.lower().removeprefix("mailto:").rpartition("@")
    if not at or len(local) > _LOCAL_LENGTH_MAX or _LOCAL.fullmatch(local) is None:
        return None
    ascii_domain = _ascii(domain.removesuffix("."))
    if ascii_domain is None or len(local) + 1 + len(ascii_domain) > _ADDRESS_LENGTH_MAX:
        return None
    if ascii_domain in _GMAIL:
        ascii_domain = "gmail.com"
        local = local.partition("+")[0].replace(".", "")
    elif ascii_domain in _WITH_TAGS:
        local = local.partition("+")[0]
    return f"{local}@{ascii_domain}" if local else None


def _ascii(domain: str) -> str | None:
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    return domain if _DOMAIN.fullmatch(domain) is not None else None

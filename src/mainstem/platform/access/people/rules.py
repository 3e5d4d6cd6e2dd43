"""Pure decisions of people: whether a command is accepted, given what is stored; and how long who guesses must wait."""

import unicodedata
from collections.abc import Container
from datetime import datetime

import msgspec

from mainstem.kernel.identifiers import CODE_LENGTH_MAX, is_code
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.access.people.contracts import (
    BAD_LOGIN,
    BAD_NAME,
    CODE_WRONG,
    LINK_UNUSABLE,
    NAME_LENGTH_MAX,
    PASSWORD_COMMON,
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    PASSWORD_LOGIN,
    PASSWORD_LONG,
    PASSWORD_SHORT,
    PERSON_DISABLED,
    SIGN_IN_OUTDATED,
    UNKNOWN_CHOICE,
    ChangePreferences,
    OpenSession,
    Purpose,
)

FREE_ATTEMPTS = 5
"""How many attempts need not wait."""

PAUSE_SECONDS_MAX = 900.0
"""The longest wait between two attempts."""

FORGOTTEN_SECONDS = 86_400.0
"""After so long without attempts, counting begins anew."""

LANGUAGES = ("", "en", "zh")
THEMES = ("", "light", "dark")


class Person(msgspec.Struct, frozen=True):
    """A person as it is stored, as far as commands need it."""

    principal: int
    login: str
    name: str
    role: str
    node: int | None
    password_changed_at: datetime | None
    has_totp: bool
    totp_step: int
    oidc_subject: str | None
    language: str
    theme: str
    disabled_at: datetime | None


class Link(msgspec.Struct, frozen=True):
    """A one-time link as it is stored."""

    hash: bytes
    principal: int
    purpose: Purpose
    expires_at: datetime
    used_at: datetime | None


def pause_seconds(attempts: int) -> float:
    """How long after the latest of so many failed attempts the next one must wait: 0, then 1, 2, 4 ... seconds."""
    if attempts < FREE_ATTEMPTS:
        return 0.0
    return min(PAUSE_SECONDS_MAX, 2.0 ** min(attempts - FREE_ATTEMPTS, 20))


def normalised(password: str) -> str:
    """The password as it is hashed: what systems write differently is the same (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, login: str, common: Container[str]) -> Refusal | None:
    """Long enough, not the login and not a common one, in whatever case; nothing is asked of its composition."""
    password = normalised(password)
    if len(password) < PASSWORD_LENGTH_MIN:
        return refuse(PASSWORD_SHORT, "/password", min=PASSWORD_LENGTH_MIN)
    if len(password) > PASSWORD_LENGTH_MAX:
        return refuse(PASSWORD_LONG, "/password", max=PASSWORD_LENGTH_MAX)
    if password.casefold() == login.casefold():
        return refuse(PASSWORD_LOGIN, "/password")
    return refuse(PASSWORD_COMMON, "/password") if password.casefold() in common else None


def check_login(login: str) -> Refusal | None:
    """The login can name a principal."""
    return None if is_code(login) else refuse(BAD_LOGIN, "/login", login=login[:CODE_LENGTH_MAX])


def check_name(name: str) -> Refusal | None:
    """The shown name is one line of text of some length."""
    fits = 0 < len(name) <= NAME_LENGTH_MAX and name == name.strip() and name.isprintable()
    return None if fits else refuse(BAD_NAME, "/name", max=NAME_LENGTH_MAX)


def check_preferences(command: ChangePreferences) -> Refusal | None:
    """Name, language and theme are possible."""
    if command.language not in LANGUAGES:
        return refuse(UNKNOWN_CHOICE, "/language", choice=command.language[:CODE_LENGTH_MAX])
    if command.theme not in THEMES:
        return refuse(UNKNOWN_CHOICE, "/theme", choice=command.theme[:CODE_LENGTH_MAX])
    return check_name(command.name)


def check_link(link: Link | None, purpose: Purpose, now: datetime) -> Refusal | None:
    """The link is there for this purpose, unused and in time."""
    if link is None or link.purpose != purpose or link.used_at is not None or link.expires_at <= now:
        return refuse(LINK_UNUSABLE)
    return None


def check_opening(
    command: OpenSession, person: Person | None, link: Link | None, unused: Container[tuple[int, bytes]], now: datetime
) -> Refusal | None:
    """What the edge has verified still holds: nobody was disabled, nothing was changed, nothing was used meanwhile.

    `unused` holds the recovery codes that were not used, by principal and hash.
    """
    if person is None:
        return refuse(SIGN_IN_OUTDATED)
    if person.disabled_at is not None:
        return refuse(PERSON_DISABLED)
    if command.way == "link":
        refusal = check_link(link, "sign_in", now)
        if refusal is None and link is not None and link.principal != person.principal:
            refusal = refuse(LINK_UNUSABLE)
        return refusal
    if command.way == "oidc":
        return None
    if command.known_at is None or command.known_at != person.password_changed_at:
        return refuse(SIGN_IN_OUTDATED)
    return _check_code(command, person, unused)


def _check_code(command: OpenSession, person: Person, unused: Container[tuple[int, bytes]]) -> Refusal | None:
    if not person.has_totp:
        return None
    if command.recovery is not None:
        return None if (person.principal, command.recovery) in unused else refuse(CODE_WRONG, "/code")
    if command.step is None:
        return refuse(SIGN_IN_OUTDATED)
    return None if command.step > person.totp_step else refuse(CODE_WRONG, "/code")

"""What people is told and what it answers: persons, sessions, links, second factors, and the refusals.

Passwords, tokens and codes never get here: commands carry what the database may hold of them.
"""

from datetime import datetime
from typing import Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

Purpose = Literal["set_password", "sign_in"]
Way = Literal["password", "link", "oidc"]

LINK_SECONDS: dict[Purpose, float] = {"set_password": 24 * 3600.0, "sign_in": 15 * 60.0}
"""How long a one-time link can be used."""

PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 1024
NAME_LENGTH_MAX = 120


class InvitePerson(msgspec.Struct, frozen=True):
    """Create a principal that signs in as `login`, with a link for its first password. `link`: the link's hash.

    `node` is the id of a node, given exactly for a bound role; whether it exists is the sender's business.
    """

    login: str
    name: str
    role: str
    node: int | None
    link: bytes


class AdmitPrincipal(msgspec.Struct, frozen=True):
    """Let a principal that is there already sign in as `login`, with a link for its first password."""

    principal: int
    login: str
    name: str
    link: bytes


class AdmitSubject(msgspec.Struct, frozen=True):
    """Know somebody whom an identity provider vouches for.

    `subject` names him there for good. `role` is what the provider's claims give, "" for none: then only who was
    invited before is known, by `login`, provided that the provider has verified it (`verified`).
    """

    subject: str
    login: str
    verified: bool
    name: str
    role: str


class IssueLink(msgspec.Struct, frozen=True):
    """A further one-time link for a person; earlier ones of this purpose end."""

    principal: int
    purpose: Purpose
    link: bytes


class SetPassword(msgspec.Struct, frozen=True):
    """Set the password that a one-time link allows to set; ends every session of the person."""

    link: bytes
    password_hash: str


class ChangePassword(msgspec.Struct, frozen=True):
    """Change a password whose knowledge was proven at `known_at`; ends the person's sessions but `session`."""

    principal: int
    session: int
    known_at: datetime | None
    password_hash: str


class OpenSession(msgspec.Struct, frozen=True):
    """Begin a session for a person who has proven who he is, at the edge.

    `known_at`: when the password that was verified had been set. `renewed`: its hash with today's parameters. `step` or
    `recovery`: the second factor, used up by this. `link`: the one-time link, used up by this. `device`: hash of what
    the browser will be known by.
    """

    principal: int
    token: bytes
    way: Way
    agent: str
    address: str
    device: bytes
    known_at: datetime | None = None
    renewed: str | None = None
    step: int | None = None
    recovery: bytes | None = None
    link: bytes | None = None


class EndSession(msgspec.Struct, frozen=True):
    """End one session of a person. Ending an ended session changes nothing."""

    principal: int
    session: int


class EndSessions(msgspec.Struct, frozen=True):
    """End every session of a person, but `keep`."""

    principal: int
    keep: int | None = None


class EnrolTotp(msgspec.Struct, frozen=True):
    """Ask for codes from now on. `secret` is encrypted; `step` is that of the code that proved it; codes are hashed."""

    principal: int
    secret: bytes
    step: int
    recovery: tuple[bytes, ...]


class DropTotp(msgspec.Struct, frozen=True):
    """Ask for no codes any more."""

    principal: int


class ChangeStanding(msgspec.Struct, frozen=True):
    """Disable a person, which ends his sessions and links, or enable him again."""

    principal: int
    disabled: bool


class ChangePreferences(msgspec.Struct, frozen=True):
    """What a person is called, and the language and theme that he wants; "" leaves it to the browser."""

    principal: int
    name: str
    language: str
    theme: str


class PersonChanged(msgspec.Struct, frozen=True):
    """A person as it is after the command. `link`: the first bytes of the hash of the link that was issued, if any."""

    principal: int
    login: str
    name: str
    link: str = ""


class LinkIssued(msgspec.Struct, frozen=True):
    """A one-time link as far as it may be told; `link`: the first bytes of its hash."""

    principal: int
    purpose: Purpose
    expires_at: datetime
    link: str


class SessionOpened(msgspec.Struct, frozen=True):
    """A session that has begun."""

    principal: int
    session: int
    way: Way


class SessionsEnded(msgspec.Struct, frozen=True):
    """How many sessions were ended."""

    principal: int
    ended: int


class PersonRow(msgspec.Struct, frozen=True):
    """A person in a list. `seen_at` is about a minute behind at most; None when he never signed in."""

    principal: int
    login: str
    name: str
    role: str
    node: int | None
    has_password: bool
    has_totp: bool
    has_oidc: bool
    invited_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None


class SessionRow(msgspec.Struct, frozen=True):
    """A live session in a list."""

    session: int
    way: Way
    agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


LOGIN_TAKEN = declare(
    "login_taken", Kind.CONFLICT, "Somebody signs in as {login} already.", "Use another name, or that person."
)
BAD_LOGIN = declare(
    "bad_login",
    Kind.INVALID,
    "{login} cannot be a name to sign in with.",
    "Use 1 to 64 visible characters without blanks at either end, such as an e-mail address.",
)
BAD_NAME = declare(
    "bad_person_name", Kind.INVALID, "A person needs a name of 1 to {max} characters.", "Correct the name."
)
PERSON_EXISTS = declare(
    "person_exists", Kind.CONFLICT, "Principal {principal} signs in already.", "Issue a link for that person instead."
)
UNKNOWN_CHOICE = declare(
    "unknown_choice", Kind.INVALID, "{choice} is not one of the choices.", "Choose one of those on offer."
)
PASSWORD_SHORT = declare(
    "password_short",
    Kind.INVALID,
    "The password has fewer than {min} characters.",
    "Take a longer one: four words that have nothing to do with each other are easy to remember.",
)
PASSWORD_LONG = declare(
    "password_long", Kind.INVALID, "The password has more than {max} characters.", "Take a shorter one."
)
PASSWORD_COMMON = declare(
    "password_common",
    Kind.INVALID,
    "This password is among the first that somebody would try.",
    "Take one that nobody else has.",
)
PASSWORD_LOGIN = declare(
    "password_is_login", Kind.INVALID, "The password is the name to sign in with.", "Take another one."
)
PASSWORD_WRONG = declare(
    "password_wrong",
    Kind.INVALID,
    "This is not your present password.",
    "Try again, or ask for a link to set a new one.",
)
SIGN_IN_FAILED = declare(
    "sign_in_failed",
    Kind.UNAUTHENTICATED,
    "The name or the password is wrong.",
    "Try again. An administrator can send you a link to set a new password.",
)
SIGN_IN_SLOWED = declare(
    "sign_in_slowed",
    Kind.BUSY,
    "There were too many attempts from here.",
    "Wait {seconds} seconds and try again. Browsers that you have signed in with before need not wait.",
)
SIGN_IN_OUTDATED = declare(
    "sign_in_outdated", Kind.UNAUTHENTICATED, "This sign-in took too long, or was overtaken.", "Sign in again."
)
PERSON_DISABLED = declare("person_disabled", Kind.FORBIDDEN, "You cannot sign in at present.", "Ask an administrator.")
CODE_WRONG = declare(
    "code_wrong",
    Kind.UNAUTHENTICATED,
    "This code is not valid now.",
    "Type the code that the app shows now, or a recovery code that was not used yet.",
)
LINK_UNUSABLE = declare(
    "link_unusable",
    Kind.CONFLICT,
    "This link was used, has expired, or never existed.",
    "Ask an administrator for a new one.",
)
TOTP_PRESENT = declare(
    "totp_present", Kind.CONFLICT, "Codes are asked for already.", "Switch them off first, to use another app."
)
NOT_ADMITTED = declare(
    "not_admitted",
    Kind.FORBIDDEN,
    "The identity provider knows you, and Mainstem does not.",
    "Ask an administrator to invite you.",
)
PROVIDER_FAILED = declare(
    "provider_failed",
    Kind.BUSY,
    "Signing in with the identity provider did not succeed.",
    "Try again. If it stays so, tell an administrator.",
)

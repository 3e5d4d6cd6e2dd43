"""People: who signs in to the console, with what, and from where."""

from typing import Any

from mainstem.platform.access.people.attempts import network
from mainstem.platform.access.people.commands import (
    ADMIT_PRINCIPAL,
    ADMIT_SUBJECT,
    CHANGE_PASSWORD,
    CHANGE_PREFERENCES,
    CHANGE_STANDING,
    DROP_TOTP,
    END_SESSION,
    END_SESSIONS,
    ENROL_TOTP,
    INVITE_PERSON,
    ISSUE_LINK,
    OPEN_SESSION,
    SET_PASSWORD,
)
from mainstem.platform.access.people.contracts import (
    ChangePreferences,
    ChangeStanding,
    DropTotp,
    EndSession,
    EndSessions,
    PersonChanged,
    PersonRow,
    SessionRow,
    SessionsEnded,
)
from mainstem.platform.access.people.links import (
    Entrusted,
    administrator_link,
    admit,
    first_link,
    invite,
    issue_link,
)
from mainstem.platform.access.people.queries import Account, account, list_persons, list_sessions, person
from mainstem.platform.access.people.resealing import reseal_secrets
from mainstem.platform.access.people.sessions import SESSION_COOKIE, Sessions, SignedIn
from mainstem.platform.access.people.signing_in import DEVICE_COOKIE, Browser, SignIn
from mainstem.platform.execution import Operation

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    INVITE_PERSON,
    ADMIT_PRINCIPAL,
    ADMIT_SUBJECT,
    ISSUE_LINK,
    SET_PASSWORD,
    CHANGE_PASSWORD,
    OPEN_SESSION,
    END_SESSION,
    END_SESSIONS,
    ENROL_TOTP,
    DROP_TOTP,
    CHANGE_STANDING,
    CHANGE_PREFERENCES,
)
"""The writes of people; run each through `Sessions.forgetting`, so that this process sees them at once."""

__all__ = [
    "ADMIT_PRINCIPAL",
    "ADMIT_SUBJECT",
    "CHANGE_PASSWORD",
    "CHANGE_PREFERENCES",
    "CHANGE_STANDING",
    "DEVICE_COOKIE",
    "DROP_TOTP",
    "END_SESSION",
    "END_SESSIONS",
    "ENROL_TOTP",
    "INVITE_PERSON",
    "ISSUE_LINK",
    "OPEN_SESSION",
    "OPERATIONS",
    "SESSION_COOKIE",
    "SET_PASSWORD",
    "Account",
    "Browser",
    "ChangePreferences",
    "ChangeStanding",
    "DropTotp",
    "EndSession",
    "EndSessions",
    "Entrusted",
    "PersonChanged",
    "PersonRow",
    "SessionRow",
    "Sessions",
    "SessionsEnded",
    "SignIn",
    "SignedIn",
    "account",
    "administrator_link",
    "admit",
    "first_link",
    "invite",
    "issue_link",
    "list_persons",
    "list_sessions",
    "network",
    "person",
    "reseal_secrets",
]

"""The writes of people: one function a write."""

from mainstem.platform.access.people.commands.admission import ADMIT_PRINCIPAL, ADMIT_SUBJECT, INVITE_PERSON
from mainstem.platform.access.people.commands.credentials import (
    CHANGE_PASSWORD,
    DROP_TOTP,
    ENROL_TOTP,
    ISSUE_LINK,
    SET_PASSWORD,
)
from mainstem.platform.access.people.commands.persons import CHANGE_PREFERENCES, CHANGE_STANDING
from mainstem.platform.access.people.commands.sessions import END_SESSION, END_SESSIONS, OPEN_SESSION

__all__ = [
    "ADMIT_PRINCIPAL",
    "ADMIT_SUBJECT",
    "CHANGE_PASSWORD",
    "CHANGE_PREFERENCES",
    "CHANGE_STANDING",
    "DROP_TOTP",
    "END_SESSION",
    "END_SESSIONS",
    "ENROL_TOTP",
    "INVITE_PERSON",
    "ISSUE_LINK",
    "OPEN_SESSION",
    "SET_PASSWORD",
]

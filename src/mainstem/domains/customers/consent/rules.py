"""Decisions about consent: pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from mainstem.domains.customers.consent.contracts import (
    BAD_CONSENT_MOMENT,
    CONSENT_NOT_ASKED,
    UNKNOWN_CONSENT_CHANNEL,
    UNKNOWN_EVIDENCE,
    UNKNOWN_POLICY,
    UNKNOWN_PURPOSE,
    ConsentView,
    GiveConsent,
    WithdrawConsent,
)
from mainstem.domains.customers.consent.policies import CHANNELS, EVIDENCE, PURPOSES, Purpose, in_force, policy
from mainstem.kernel.refusals import Refusal, refuse

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD_MAX = timedelta(minutes=5)
"""How far the clock of a channel may be ahead."""


class Latest(NamedTuple):
    """The latest that was said for one record over one channel."""

    record: int
    purpose: str
    channel: str
    given: bool
    policy: str
    occurred_at: datetime


def acceptable(command: GiveConsent | WithdrawConsent, now: datetime) -> Refusal | None:
    """Why something that was said cannot be recorded; None when it can."""
    purpose = PURPOSES.get(command.purpose)
    if purpose is None:
        return refuse(UNKNOWN_PURPOSE, "/purpose", purpose=command.purpose[:64])
    if purpose.default:
        return refuse(CONSENT_NOT_ASKED, "/purpose", purpose=purpose.code)
    if command.channel and not (purpose.by_channel and command.channel in CHANNELS):
        return refuse(UNKNOWN_CONSENT_CHANNEL, "/channel", purpose=purpose.code, channel=command.channel[:64])
    if command.evidence.way not in EVIDENCE:
        return refuse(UNKNOWN_EVIDENCE, "/evidence/way", way=command.evidence.way[:64])
    if isinstance(command, GiveConsent):
        told = policy(command.policy)
        if told is None or purpose.code not in told.covers:
            return refuse(UNKNOWN_POLICY, "/policy", policy=command.policy[:64], purpose=purpose.code)
    moment = command.occurred_at
    if moment is not None and not EARLIEST <= moment <= now + AHEAD_MAX:
        return refuse(BAD_CONSENT_MOMENT, "/occurred_at", moment=moment.isoformat())
    return None


def shown(said: Sequence[Latest], *, usable: bool) -> list[ConsentView]:
    """Every purpose and channel with what counts for a customer: over all of his records, the strictest.

    `usable` is false for who was erased, or whose data may only be kept.
    """
    views: list[ConsentView] = []
    for purpose in PURPOSES.values():
        of_purpose = [one for one in said if one.purpose == purpose.code]
        channels = CHANNELS if purpose.by_channel else ("",)
        views += [_view(purpose, channel, of_purpose, usable=usable) for channel in channels]
    return views


def _view(purpose: Purpose, channel: str, said: Sequence[Latest], *, usable: bool) -> ConsentView:
    counted = [
        max(over, key=_weight)
        for record in {one.record for one in said}
        if (over := [one for one in said if one.record == record and one.channel in ("", channel)])
    ]
    valid = in_force(purpose.code)
    counted = [one for one in counted if not one.given or one.policy in valid]
    if not counted:
        return ConsentView(purpose.code, channel, purpose.default and usable, purpose.basis, said=False)
    refused = [one for one in counted if not one.given]
    since = min(one.occurred_at for one in refused or counted)
    return ConsentView(purpose.code, channel, usable and not refused, purpose.basis, said=True, since=since)


def _weight(one: Latest) -> tuple[datetime, bool, str]:
    """The latest counts; of one moment, the refusal. The policy makes it the same in whichever order they arrive."""
    return one.occurred_at, not one.given, one.policy

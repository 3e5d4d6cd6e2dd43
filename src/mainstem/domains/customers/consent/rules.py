"""Decisions about consent: pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from mainstem.domains.customers.consent.contracts import (
    BAD_CONSENT_MOMENT,
    CONSENT_NOT_ASKED,
    UNKNOWN_CONSENT_CHANNEL,
    UNKNOWN_EVIDENCE,
    UNKNOWN_POLICY,
    UNKNOWN_PURPOSE,
    ConsentView,
    GiveConsent,
    StandingState,
    WithdrawConsent,
)
from mainstem.domains.customers.consent.policies import CHANNELS, EVIDENCE, PURPOSES, Purpose, in_force, policy
from mainstem.kernel.refusals import Refusal, refuse

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD_MAX = timedelta(minutes=5)
"""How far the clock of a channel may be ahead."""


class Latest(NamedTuple):
    """The latest that was said for one record over one channel; `entry` is its id in the ledger of consent."""

    record: int
    purpose: str
    channel: str
    given: bool
    policy: str
    occurred_at: datetime
    entry: int


class Standing(msgspec.Struct, frozen=True):
    """One purpose over one channel as it stands, and why.

    `counted` is what counts of each record that said something, what decides first. Where it was `refused` although
    some record has given it, the strictest counts, and `strictest` says so.
    """

    view: ConsentView
    state: StandingState
    counted: tuple[Latest, ...]
    strictest: bool


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
    return [one.view for one in standings(said, usable=usable)]


def standings(said: Sequence[Latest], *, usable: bool) -> list[Standing]:
    """The same, with what decides each of them."""
    found: list[Standing] = []
    for purpose in PURPOSES.values():
        of_purpose = [one for one in said if one.purpose == purpose.code]
        channels = CHANNELS if purpose.by_channel else ("",)
        found += [_standing(purpose, channel, of_purpose, usable=usable) for channel in channels]
    return found


def _standing(purpose: Purpose, channel: str, said: Sequence[Latest], *, usable: bool) -> Standing:
    latest = [
        max(over, key=_weight)
        for record in sorted({one.record for one in said})
        if (over := [one for one in said if one.record == record and one.channel in ("", channel)])
    ]
    valid = in_force(purpose.code)
    counted = [one for one in latest if not one.given or one.policy in valid]
    if not counted:
        silent: StandingState = "default" if purpose.default else "lapsed" if latest else "silent"
        view = ConsentView(purpose.code, channel, purpose.default and usable, purpose.basis, said=False)
        return Standing(view, silent, tuple(latest), strictest=False)
    refused = [one for one in counted if not one.given]
    # What decides comes first: of the refusals, else of what was given, the earliest.
    ordered = sorted(counted, key=lambda one: (one.given, one.occurred_at, one.record))
    view = ConsentView(
        purpose.code, channel, usable and not refused, purpose.basis, said=True, since=ordered[0].occurred_at
    )
    strictest = bool(refused) and len(refused) < len(counted)
    return Standing(view, "refused" if refused else "given", tuple(ordered), strictest=strictest)


def _weight(one: Latest) -> tuple[datetime, bool, str]:
    """The latest counts; of one moment, the refusal. The policy makes it the same in whichever order they arrive."""
    return one.occurred_at, not one.given, one.policy

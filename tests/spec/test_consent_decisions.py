"""Which use of a customer is allowed after what was said: a table to be read."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstem.domains import customers
from mainstem.platform.execution import Executor
from tests.unit.privacy_people import People

consent = customers.consent
pytestmark = [pytest.mark.spec, pytest.mark.anyio]

DAY = datetime(2026, 3, 1, tzinfo=UTC)
PAPER = consent.Evidence("paper", "form 12")

# What was said, in order of arrival: (record 0 or 1 of one customer, +purpose or -purpose [:channel], on which day).
# Then: purpose[:channel] that is asked for, and whether it is allowed.
DECISIONS = [
    ("silence, where consent is the basis", [], "marketing:sms", False),
    ("silence, where the contract is the basis", [], "service", True),
    ("silence, where the law is the basis", [], "legal", True),
    ("given", [(0, "+marketing", 1)], "marketing:sms", True),
    ("given for another channel", [(0, "+marketing:email", 1)], "marketing:sms", False),
    ("given for one channel, all asked for", [(0, "+marketing:email", 1)], "marketing", False),
    ("given for all", [(0, "+marketing", 1)], "marketing", True),
    (
        "all but one: that one",
        [(0, "+marketing", 1), (0, "-marketing:sms", 2)],
        "marketing:sms",
        False,
    ),
    (
        "all but one: another",
        [(0, "+marketing", 1), (0, "-marketing:sms", 2)],
        "marketing:email",
        True,
    ),
    ("all but one: all", [(0, "+marketing", 1), (0, "-marketing:sms", 2)], "marketing", False),
    ("one withdrawn, then given for all", [(0, "-marketing:sms", 1), (0, "+marketing", 2)], "marketing", True),
    ("all refused, then one given: that one", [(0, "-marketing", 1), (0, "+marketing:sms", 2)], "marketing:sms", True),
    ("all refused, then one given: all", [(0, "-marketing", 1), (0, "+marketing:sms", 2)], "marketing", False),
    ("withdrawn", [(0, "+analytics", 1), (0, "-analytics", 2)], "analytics", False),
    ("withdrawn and given again", [(0, "-analytics", 1), (0, "+analytics", 2)], "analytics", True),
    ("the withdrawal arrives first", [(0, "-analytics", 2), (0, "+analytics", 1)], "analytics", False),
    ("both at one moment", [(0, "-analytics", 1), (0, "+analytics", 1)], "analytics", False),
    ("both at one moment, the other way round", [(0, "+analytics", 1), (0, "-analytics", 1)], "analytics", False),
    ("another purpose", [(0, "+analytics", 1)], "personalisation", False),
    ("given by one record, the other silent", [(1, "+analytics", 1)], "analytics", True),
    ("given by both", [(0, "+analytics", 1), (1, "+analytics", 2)], "analytics", True),
    ("given by one, refused by the other", [(0, "+analytics", 2), (1, "-analytics", 1)], "analytics", False),
    ("refused by one, later given by the other", [(0, "-analytics", 1), (1, "+analytics", 2)], "analytics", False),
]


@pytest.mark.parametrize(
    ("said", "asked", "expected"), [row[1:] for row in DECISIONS], ids=[row[0] for row in DECISIONS]
)
async def test_what_was_said_decides(
    executor: Executor, said: list[tuple[int, str, int]], asked: str, *, expected: bool
) -> None:
    people = People(executor)
    records = await people.group(2)
    for record, what, day in said:
        purpose, _, channel = what[1:].partition(":")
        moment = DAY + timedelta(days=day)
        if what[0] == "+":
            given = consent.GiveConsent(
                records[record], purpose, consent.LATEST, PAPER, channel=channel, occurred_at=moment
            )
            await people.done(consent.GIVE_CONSENT, given)
        else:
            refused = consent.WithdrawConsent(records[record], purpose, PAPER, channel=channel, occurred_at=moment)
            await people.done(consent.WITHDRAW_CONSENT, refused)
    purpose, _, channel = asked.partition(":")
    for named in records:  # by any of his ids
        found = await people.ask(consent.allowed([named], purpose, channel))
        assert found == ({named} if expected else set())


# What cannot be recorded, and why.
REFUSED = [
    ("no such purpose", {"purpose": "fun"}, "unknown_purpose"),
    ("rests on the contract", {"purpose": "service"}, "consent_not_asked"),
    ("a purpose without channels", {"purpose": "analytics", "channel": "sms"}, "unknown_consent_channel"),
    ("no such channel", {"channel": "pigeon"}, "unknown_consent_channel"),
    ("no such policy", {"policy": "1999"}, "unknown_policy"),
    ("no such evidence", {"evidence": consent.Evidence("hearsay")}, "unknown_evidence"),
    ("in the future", {"occurred_at": datetime(2999, 1, 1, tzinfo=UTC)}, "bad_consent_moment"),
    ("before there were computers", {"occurred_at": datetime(1999, 1, 1, tzinfo=UTC)}, "bad_consent_moment"),
    ("nobody", {"customer": 1}, "not_found"),
]


@pytest.mark.parametrize(("wrong", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_cannot_be_recorded_is_refused(executor: Executor, wrong: dict[str, object], code: str) -> None:
    people = People(executor)
    right: dict[str, object] = {
        "customer": await people.record(),
        "purpose": "marketing",
        "policy": consent.LATEST,
        "evidence": PAPER,
    }
    assert await people.refused(consent.GIVE_CONSENT, consent.GiveConsent(**(right | wrong))) == code  # type: ignore[arg-type]

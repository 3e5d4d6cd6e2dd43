"""What two records say of each other, and whether an identifier is one person's: the policy's decisions as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstem.domains.customers.graph import (
    Claim,
    HubReason,
    HubUse,
    Likeness,
    Record,
    Role,
    Thresholds,
    Use,
    hub_reason,
    judge,
    likeness,
)

pytestmark = pytest.mark.spec

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)

SILENT = Likeness()
EQUAL_NAMES = Likeness(names="equal")
CLOSE_NAMES = Likeness(names="close")
OTHER_NAMES = Likeness(names="different", weight=-3.0)
SAME = Likeness(band="same", names="close", weight=14.0)
SAME_BUT_NAMES = Likeness(band="same", names="different", weight=9.0)
LIKELY = Likeness(band="likely", names="close", weight=3.0)
LIKELY_BUT_NAMES = Likeness(band="likely", names="different", weight=2.0)
CONTRADICTING = Likeness(band="different", names="different", weight=-12.0)
NAMESAKES = Likeness(band="different", names="equal", weight=-9.0)


def shared(
    type_: str,
    alike: Likeness,
    *,
    days_between: int = 0,
    verification: tuple[int, int] = (0, 0),
    roles: tuple[Role, Role] = ("identity", "identity"),
) -> Claim | None:
    """What is said through an identifier that a record used for 10 days, and another began to use some days later."""
    later = START + (10 + days_between) * DAY
    left, right = (
        Record(id=number, key=bytes([number]), uses=(Use(7, type_, "", begun, begun + 10 * DAY, role, verified),))
        for number, begun, role, verified in zip((1, 2), (START, later), roles, verification, strict=True)
    )
    claims, mirrored = judge(left, right, alike), judge(right, left, alike)
    assert claims == mirrored
    return next((claim for claim in claims if claim.rule == "shared"), None)


@pytest.mark.parametrize(
    ("type_", "verification", "days_between", "alike", "sign", "strength"),
    [
        # An identifier of one person joins, whatever little is known of names.
        ("phone", 0, 0, SILENT, 1, 500),
        ("phone", 0, 0, CLOSE_NAMES, 1, 500),
        ("phone", 0, 0, LIKELY, 1, 500),
        ("phone", 0, 0, EQUAL_NAMES, 1, 502),
        ("phone", 0, 0, SAME, 1, 502),
        ("phone", 1, 0, SILENT, 1, 503),
        ("email", 0, 3000, SILENT, 1, 550),
        ("unionid", 0, 3000, SILENT, 1, 900),
        # Other names, or attributes that contradict, outweigh what is weak.
        ("phone", 0, 0, OTHER_NAMES, -1, 0),
        ("phone", 2, 0, CONTRADICTING, -1, 0),
        ("phone", 0, 0, NAMESAKES, -1, 0),
        ("phone", 0, 0, LIKELY_BUT_NAMES, -1, 0),
        ("phone", 0, 0, SAME_BUT_NAMES, 1, 502),
        ("email", 0, 0, CONTRADICTING, -1, 0),
        ("external", 0, 0, CONTRADICTING, -1, 0),
        ("member_card", 0, 0, CONTRADICTING, -1, 0),
        # They do not outweigh what is strong.
        ("unionid", 0, 0, CONTRADICTING, 1, 900),
        ("openid", 0, 0, OTHER_NAMES, 1, 850),
        ("external", 1, 0, CONTRADICTING, 1, 603),
        ("member_card", 1, 0, CONTRADICTING, 1, 703),
        # A telephone number that slept joins as the last of all evidence; in another epoch only if more agrees.
        ("phone", 0, 180, SILENT, 1, 500),
        ("phone", 0, 181, SILENT, 1, 5),
        ("phone", 2, 450, SILENT, 1, 5),
        ("phone", 0, 181, CLOSE_NAMES, 1, 5),
        ("phone", 0, 181, LIKELY, 1, 5),
        ("phone", 0, 451, SILENT, None, None),
        ("phone", 2, 451, SILENT, None, None),
        ("phone", 0, 451, CLOSE_NAMES, None, None),
        ("phone", 0, 451, LIKELY, None, None),
        ("phone", 0, 451, EQUAL_NAMES, 1, 251),
        ("phone", 0, 181, EQUAL_NAMES, 1, 251),
        ("phone", 0, 181, SAME, 1, 251),
        ("phone", 0, 181, CONTRADICTING, -1, 0),
        # A device or a means of payment never joins by itself.
        ("device", 0, 0, SILENT, None, None),
        ("device", 1, 0, SILENT, None, None),
        ("device", 1, 0, OTHER_NAMES, None, None),
        ("device", 0, 0, EQUAL_NAMES, 1, 151),
        ("device", 1, 731, SAME, None, None),  # its lifetime is over
        ("payment_token", 2, 0, SILENT, None, None),
        ("payment_token", 2, 0, CONTRADICTING, None, None),
        ("payment_token", 0, 0, EQUAL_NAMES, 1, 201),
        ("payment_token", 0, 1826, EQUAL_NAMES, None, None),
    ],
)
def test_shared(
    type_: str, verification: int, days_between: int, alike: Likeness, sign: int | None, strength: int | None
) -> None:
    # The first record's 10 days end when the other's begin, plus the days between.
    claim = shared(type_, alike, days_between=days_between, verification=(verification, 2))

    assert (claim.sign, claim.strength) == (sign, strength) if claim is not None else sign is None
    if claim is not None:
        assert (claim.identifier, claim.evidence.type, claim.evidence.verification) == (7, type_, verification)


@pytest.mark.parametrize("type_", ["phone", "unionid"])
@pytest.mark.parametrize("roles", [("identity", "attribute"), ("attribute", "attribute")])
@pytest.mark.parametrize("alike", [SILENT, EQUAL_NAMES, SAME, CONTRADICTING])
def test_an_attribute_joins_nobody(type_: str, roles: tuple[Role, Role], alike: Likeness) -> None:
    assert shared(type_, alike, roles=roles) is None


@pytest.mark.parametrize(
    ("alike", "sign", "strength", "review"),
    [
        (SAME, 1, 70, ""),
        (Likeness(band="same", weight=90.0), 1, 299, ""),  # weaker than any identifier
        (LIKELY, 0, 0, "middle"),
        (SILENT, None, None, None),
        (EQUAL_NAMES, None, None, None),
        (CONTRADICTING, None, None, None),
    ],
)
def test_scored(alike: Likeness, sign: int | None, strength: int | None, review: str | None) -> None:
    claims = judge(Record(id=1, key=b"1"), Record(id=2, key=b"2"), alike)

    said = [(claim.rule, claim.identifier, claim.sign, claim.strength, claim.evidence.review) for claim in claims]
    assert said == ([] if sign is None else [("scored", None, sign, strength, review)])


@pytest.mark.parametrize(
    ("weight", "band"),
    [(5.0, "same"), (4.9, "likely"), (1.0, "likely"), (0.9, "open"), (-5.9, "open"), (-6.0, "different")],
)
def test_bands(weight: float, band: str) -> None:
    thresholds = Thresholds(link=5.0, review=1.0, contradiction=-6.0)

    assert likeness(weight, (("name", "exact", weight),), "equal", thresholds).band == band
    assert likeness(weight, (), "unknown", thresholds).band == "open"  # nothing was compared


def uses(*, sources: str, hours: float = 1000.0, places: str = "", role: Role = "identity") -> list[HubUse]:
    """Uses by so many records as there are letters, each its source, so many hours after each other."""
    return [
        HubUse(number, source, START + number * timedelta(hours=hours), role, place)
        for number, (source, place) in enumerate(zip(sources, places or " " * len(sources), strict=True))
    ]


@pytest.mark.parametrize(
    ("type_", "used", "reason"),
    [
        ("phone", uses(sources="aaabbbccc"), None),
        ("phone", uses(sources="aaaa"), "accounts"),
        ("phone", uses(sources="aaabbbcccddd"), None),
        ("phone", uses(sources="aaabbbcccddde"), "degree"),
        ("phone", uses(sources="abcd", hours=1), None),
        ("phone", uses(sources="abcde", hours=6), "velocity"),  # the fifth exactly 24 hours after the first
        ("phone", uses(sources="abcde", hours=6.01), None),
        ("phone", uses(sources="aabbcdef", places="SSSS____"), "concentration"),
        ("phone", uses(sources="aabbcdefg", places="SSSS_____"), None),
        ("phone", uses(sources="a" * 40, role="attribute"), None),
        ("phone", uses(sources="a" * 41, role="attribute"), "degree"),
        ("member_card", uses(sources="aaaa"), "accounts"),
        ("unionid", uses(sources="a" * 9), None),
        ("unionid", uses(sources="a" * 10), "concentration"),
        ("unionid", uses(sources="a" * 13), "accounts"),
        ("unionid", uses(sources="abcdefgh" * 4), None),
        ("unionid", uses(sources="abcdefgh" * 5), "degree"),
        ("unionid", uses(sources="abcdefghijkl", hours=0), None),
        ("unionid", uses(sources="abcdefghijklm", hours=0), "velocity"),
    ],
)
def test_hub(type_: str, used: list[HubUse], reason: HubReason | None) -> None:
    placed = [HubUse(use.record, use.source, use.first_at, use.role, use.place.strip(" _")) for use in used]

    assert hub_reason(type_, placed) == reason
    assert hub_reason(type_, [*reversed(placed), *placed]) == reason

"""Rules of people: passwords, pauses, links, what must still hold when a session opens."""

from datetime import UTC, datetime, timedelta

import msgspec
import pyotp
import pytest

from mainstem.platform.access.people import codes, passwords, rules
from mainstem.platform.access.people.attempts import counter, network
from mainstem.platform.access.people.commands.telling import nobody
from mainstem.platform.access.people.contracts import ChangePreferences, OpenSession, Purpose
from mainstem.platform.access.people.oidc import roles_of
from mainstem.platform.access.people.rules import Link, Person
from mainstem.platform.access.people.signing_in import agent_name
from mainstem.platform.access.people.tokens import new_token, well_formed

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SET = NOW - timedelta(days=1)
PERSON = msgspec.structs.replace(nobody(7, "ada@example.org", "Ada", "analyst", None), password_changed_at=SET)
OPENING = OpenSession(principal=7, token=b"t", way="password", agent="", address="", device=b"d", known_at=SET)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("correct horse battery", None),
        ("ｃｏｒｒｅｃｔ　ｈｏｒｓｅ", None),  # noqa: RUF001 - wide letters are meant
        ("我们的店铺在上海市中心区", None),
        ("short", "password_short"),
        ("x" * 1025, "password_long"),
        ("ADA@example.org", "password_is_login"),
        ("123456789000", "password_common"),
        ("QWERTYUIOP123", "password_common"),
        ("aaaaaaaaaaaaaaaaaaa", None),
    ],
)
def test_passwords_are_judged_by_length_and_by_who_would_guess_them(password: str, code: str | None) -> None:
    refusal = rules.check_password(password, "ada@example.org", passwords.common())

    assert (refusal and refusal.code) == code


def test_the_common_passwords_are_long_enough_to_matter() -> None:
    assert len(passwords.common()) > 200
    assert all(len(one) >= 12 and one == one.casefold() for one in passwords.common())


def test_pauses_grow_and_end() -> None:
    pauses = [rules.pause_seconds(attempts) for attempts in range(20)]

    assert pauses[:5] == [0] * 5
    assert pauses[5:10] == [1, 2, 4, 8, 16]
    assert pauses[-1] == 900
    assert rules.pause_seconds(10**9) == 900


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("not an address", ""),
    ],
)
def test_networks_are_what_one_owner_has(address: str, shown: str) -> None:
    assert network(address) == shown


def test_a_known_device_is_counted_apart_from_everybody_else() -> None:
    strangers = counter("password", "ada", None, "203.0.113.1")

    assert counter("password", "ADA", None, "203.0.113.200") == strangers
    assert counter("password", "ada", None, "203.0.114.1") != strangers
    assert counter("password", "bob", None, "203.0.113.1") != strangers
    assert counter("password", "ada", b"d" * 32, "203.0.113.1") != strangers
    assert counter("password", "ada", b"d" * 32, "198.51.100.1") == counter("password", "ada", b"d" * 32, "203.0.113.1")
    assert counter("code", "7", None, "203.0.113.1") == counter("code", "7", None, "198.51.100.1")


def _link(
    purpose: Purpose = "sign_in", seconds: float = 60, used_at: datetime | None = None, principal: int = 7
) -> Link:
    return Link(b"l", principal, purpose, NOW + timedelta(seconds=seconds), used_at)


@pytest.mark.parametrize(
    ("changes", "person", "link", "code"),
    [
        ({}, {}, None, None),
        ({}, None, None, "sign_in_outdated"),
        ({}, {"disabled_at": NOW}, None, "person_disabled"),
        ({}, {"password_changed_at": NOW}, None, "sign_in_outdated"),
        ({"known_at": None}, {"password_changed_at": None}, None, "sign_in_outdated"),
        ({}, {"has_totp": True}, None, "sign_in_outdated"),
        ({"step": 5}, {"has_totp": True, "totp_step": 4}, None, None),
        ({"step": 5}, {"has_totp": True, "totp_step": 5}, None, "code_wrong"),
        ({"recovery": b"kept"}, {"has_totp": True}, None, None),
        ({"recovery": b"gone"}, {"has_totp": True}, None, "code_wrong"),
        ({"way": "link", "link": b"l"}, {}, _link(), None),
        ({"way": "link", "link": b"l"}, {}, None, "link_unusable"),
        ({"way": "link", "link": b"l"}, {}, _link("set_password"), "link_unusable"),
        ({"way": "link", "link": b"l"}, {}, _link(seconds=0), "link_unusable"),
        ({"way": "link", "link": b"l"}, {}, _link(used_at=NOW), "link_unusable"),
        ({"way": "link", "link": b"l"}, {}, _link(principal=8), "link_unusable"),
        ({"way": "link", "link": b"l"}, {"disabled_at": NOW}, _link(), "person_disabled"),
        ({"way": "oidc"}, {"disabled_at": NOW}, None, "person_disabled"),
        ({"way": "oidc"}, {"has_totp": True}, None, None),
    ],
)
def test_a_session_opens_only_on_what_still_holds(
    changes: dict[str, object], person: dict[str, object] | None, link: Link | None, code: str | None
) -> None:
    asked = msgspec.structs.replace(OPENING, **changes)
    found: Person | None = None if person is None else msgspec.structs.replace(PERSON, **person)

    refusal = rules.check_opening(asked, found, link, {(7, b"kept"), (8, b"gone")}, NOW)

    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("name", "language", "theme", "where"),
    [
        ("Ada", "", "", None),
        ("李雷", "zh", "dark", None),
        ("", "", "", "/name"),
        ("x" * 121, "", "", "/name"),
        ("two\nlines", "", "", "/name"),
        ("Ada", "fr", "", "/language"),
        ("Ada", "", "pink", "/theme"),
    ],
)
def test_choices_are_among_those_on_offer(name: str, language: str, theme: str, where: str | None) -> None:
    refusal = rules.check_preferences(ChangePreferences(principal=7, name=name, language=language, theme=theme))

    assert (refusal and refusal.where) == where


def test_codes_fit_their_step_and_its_neighbours() -> None:
    secret, now = "JBSWY3DPEHPK3PXP" * 2, 1_800_000_000.0
    code = pyotp.TOTP(secret).at(now)

    assert codes.step_of(secret, f"{code[:3]} {code[3:]}", now) == now // 30
    assert codes.step_of(secret, code, now + 30) == now // 30
    assert codes.step_of(secret, code, now + 90) is None
    assert codes.step_of(secret, "１２３４５６", now) is None  # noqa: RUF001 - wide digits are meant
    assert codes.step_of(secret, "", now) is None


def test_recovery_codes_are_read_however_they_are_typed() -> None:
    enrolment = codes.new_enrolment()

    assert len(set(enrolment.recovery)) == codes.RECOVERY_CODES
    code = enrolment.recovery[0]
    assert codes.recovery_hash(code.lower().replace("-", " ")) == codes.recovery_hash(code)
    assert codes.looks_like_recovery(code)
    assert not codes.looks_like_recovery("123 456")
    assert enrolment.secret not in repr(enrolment)


def test_roles_of_a_provider_exist_and_need_no_node() -> None:
    assert roles_of("ops=operations_manager, a b=analyst") == {"ops": "operations_manager", "a b": "analyst"}
    assert roles_of("") == {}
    for wrong in ("x=emperor", "x=store_associate", "analyst"):
        with pytest.raises(ValueError, match="role"):
            roles_of(wrong)


def test_tokens_are_long_and_of_one_form() -> None:
    assert well_formed(new_token().text)
    assert not well_formed(new_token().text + "=")
    assert not well_formed("")
    assert new_token().text not in repr(new_token())


def test_browsers_are_named_as_people_know_them() -> None:
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36 Edg/141.0"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"

    assert agent_name(edge) == "Edge · Windows"
    assert agent_name(phone) == "Safari · iPhone"
    assert agent_name("") == ""

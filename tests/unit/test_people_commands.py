"""People on a real database: who is let in, with what, and what may be used once; one at a time and at once."""

import asyncio
from datetime import UTC, datetime

import pyotp
import pytest
from argon2 import PasswordHasher

from mainstem.platform.access import CHANGE_ROLE, ChangeRole, ensure_administrator, people
from mainstem.platform.access.people import codes
from mainstem.platform.access.people.contracts import AdmitSubject, OpenSession
from mainstem.platform.access.people.links import LINK_PATH
from mainstem.platform.access.people.queries import Proof
from mainstem.platform.access.people.signing_in import Browser
from mainstem.platform.access.people.tokens import digest
from mainstem.platform.execution import Executor, Outcome
from mainstem.platform.query import ask
from tests.unit.people_office import HERE, PASSWORD, Office

pytestmark = [pytest.mark.unit, pytest.mark.anyio]


@pytest.fixture
def office(executor: Executor) -> Office:
    return Office(executor)


async def test_a_person_is_invited_sets_a_password_and_signs_in(office: Office) -> None:
    principal = await office.person()
    token, _ = await office.sign_in("ADA")

    signed = await office.sessions.find(token)
    assert signed is not None
    assert (signed.caller.principal, signed.caller.role, signed.name) == (principal, "analyst", "Ada")
    assert "reports:read" in signed.caller.permissions
    assert await office.events() == ["principal_created", "person_invited", "password_set", "signed_in"]
    async with office.executor.database.transaction() as connection:
        (rows,) = await ask(connection, people.list_sessions(principal, limit=10))
        (persons,) = await ask(connection, people.list_persons(limit=10))
    assert [(row.agent, row.address, row.way) for row in rows] == [("Chrome · Linux", "203.0.113.0/24", "password")]
    assert [(row.login, row.has_password, row.seen_at is not None) for row in persons] == [("ada", True, True)]


async def test_nothing_that_opens_a_door_is_stored(office: Office) -> None:
    _, link = await office.invite()
    await office.outcome(people.SET_PASSWORD, await office.signer.set_password(link, PASSWORD, "k"))
    token, device = await office.sign_in()
    async with office.executor.database.transaction() as connection:
        stored = ""
        for table in ("person", "session", "one_time_link", "known_device", "event", "idempotency", "principal"):
            cursor = await connection.execute(
                f"select t::text, encode(t::text::bytea, 'escape') from platform.{table} t"
            )
            stored += str(await cursor.fetchall())
        cursor = await connection.execute("select convert_from(substr(answer, 2), 'utf8') from platform.idempotency")
        stored += str(await cursor.fetchall())
    for secret in (link, token, device, PASSWORD):
        assert secret not in stored
    assert "$argon2id$" in stored


async def test_whoever_is_wrong_in_whatever_way_hears_the_same(office: Office) -> None:
    await office.person()
    await office.invite("bob")  # without a password
    disabled = await office.person("eve")
    await office.done(people.CHANGE_STANDING, people.ChangeStanding(principal=disabled, disabled=True))

    for login, password in [("ada", "wrong"), ("bob", PASSWORD), ("nobody", PASSWORD), ("eve", PASSWORD), ("", "")]:
        found = await office.signer.password(login, password, HERE)
        assert not isinstance(found, tuple)
        assert (found.code, found.params, found.where) == ("sign_in_failed", {}, "")


async def test_a_link_sets_one_password_however_many_try_at_once(office: Office) -> None:
    principal, token = await office.invite()
    calls = [await office.signer.set_password(token, f"{PASSWORD} {number}", office.key()) for number in range(6)]
    outcomes = await asyncio.gather(*(office.outcome(people.SET_PASSWORD, call) for call in calls))

    assert sorted(one.accepted for one in outcomes) == [False] * 5 + [True]
    assert {one.refusal().code for one in outcomes if not one.accepted} == {"link_unusable"}
    winner = next(number for number, one in enumerate(outcomes) if one.accepted)
    assert isinstance(await office.signer.own_password(principal, f"{PASSWORD} {winner}", HERE), Proof)
    assert (await office.events()).count("password_set") == 1


async def test_a_form_that_is_sent_twice_is_answered_twice_alike(office: Office) -> None:
    _, token = await office.invite()
    first = await office.outcome(people.SET_PASSWORD, await office.signer.set_password(token, PASSWORD, "k"))
    again = await office.outcome(people.SET_PASSWORD, await office.signer.set_password(token, PASSWORD, "k"))
    other = await office.outcome(people.SET_PASSWORD, await office.signer.set_password(token, PASSWORD + "!", "k"))

    assert (first.accepted, again.accepted, again.repeated) == (True, True, True)
    assert other.refusal().code == "idempotency_key_reused"


async def test_a_sign_in_link_opens_one_session_and_the_same_to_a_double_click(office: Office) -> None:
    principal = await office.person()
    issued = people.issue_link(principal, "sign_in", office.key(), actor=0)
    path = issued.path(await office.outcome(people.ISSUE_LINK, issued.call))
    assert path is not None
    token = path.removeprefix(LINK_PATH)
    command = OpenSession(
        principal=principal, token=b"", way="link", agent="", address="", device=b"", link=digest(token)
    )

    async def click(key: str) -> tuple[Outcome, str]:
        admission = await office.signer.open(command, HERE, seed=token, key=key)
        return await office.outcome(people.OPEN_SESSION, admission.call), admission.token

    (first, session), (second, same), (other, _) = [await click(key) for key in ("k", "k", "another")]
    assert (first.accepted, second.accepted, session) == (True, True, same)
    assert other.refusal().code == "link_unusable"
    assert await office.sessions.find(session) is not None


async def test_a_further_link_ends_the_one_before(office: Office) -> None:
    principal, former = await office.invite()
    again = people.issue_link(principal, "set_password", office.key(), actor=0)
    assert (await office.outcome(people.ISSUE_LINK, again.call)).accepted

    outcome = await office.outcome(people.SET_PASSWORD, await office.signer.set_password(former, PASSWORD, "k"))
    assert outcome.refusal().code == "link_unusable"


async def test_codes_and_recovery_codes_are_used_once(office: Office) -> None:
    principal = await office.person()
    enrolment = codes.new_enrolment()
    call = office.signer.enrol(principal, enrolment, 1, "held", "k")
    assert (await office.outcome(people.ENROL_TOTP, call)).accepted
    assert (await office.outcome(people.ENROL_TOTP, office.signer.enrol(principal, enrolment, 1, "held", "k"))).repeated
    other = office.signer.enrol(principal, enrolment, 1, "other", "l")
    assert (await office.outcome(people.ENROL_TOTP, other)).refusal().code == "totp_present"

    code = pyotp.TOTP(enrolment.secret).at(datetime.now(UTC))
    found = await office.signer.own_code(principal, code, HERE)
    assert isinstance(found, tuple)
    step, recovery = await typed(office, principal, enrolment.recovery[3])
    assert step is None
    for second in ({"step": found[0]}, {"recovery": recovery}):
        calls = [(await office.opening(**second))[0] for _ in range(4)]
        outcomes = await asyncio.gather(*(office.outcome(people.OPEN_SESSION, call) for call in calls))
        assert sorted(one.accepted for one in outcomes) == [False] * 3 + [True], second
    alone, _, _ = await office.opening()
    assert (await office.outcome(people.OPEN_SESSION, alone)).refusal().code == "sign_in_outdated"  # no second factor
    async with office.executor.database.transaction() as connection:
        (account,) = await ask(connection, people.account(principal))
    assert account is not None
    assert (account.has_totp, account.codes_left) == (True, 9)
    await office.done(people.DROP_TOTP, people.DropTotp(principal=principal))
    assert await office.sign_in()


async def typed(office: Office, principal: int, code: str) -> tuple[int | None, bytes | None]:
    found = await office.signer.own_code(principal, code, HERE)
    assert isinstance(found, tuple)
    return found


async def test_codes_cannot_be_guessed_from_many_networks(office: Office) -> None:
    principal = await office.person()
    await office.outcome(people.ENROL_TOTP, office.signer.enrol(principal, codes.new_enrolment(), 1, "held", "k"))
    answers = [
        await office.signer.own_code(principal, "000000", Browser(address=f"198.51.{number}.1", agent=""))
        for number in range(7)
    ]

    assert [one.code for one in answers if not isinstance(one, tuple)] == ["code_wrong"] * 5 + ["sign_in_slowed"] * 2


async def test_the_last_administrator_stays(office: Office) -> None:
    one, two = await office.person("one", "administrator"), await office.person("two", "administrator")
    disable = people.ChangeStanding(principal=one, disabled=True)
    await office.done(people.CHANGE_STANDING, disable)

    other = people.ChangeStanding(principal=two, disabled=True)
    assert await office.refused(people.CHANGE_STANDING, other) == "last_administrator"
    await office.done(people.CHANGE_STANDING, people.ChangeStanding(principal=one, disabled=False))
    await office.done(people.CHANGE_STANDING, other)
    assert await office.sign_in("one")


async def test_two_administrators_cannot_disable_each_other_at_once(office: Office) -> None:
    one, two = await office.person("one", "administrator"), await office.person("two", "administrator")
    calls = [
        people.CHANGE_STANDING.call(people.ChangeStanding(principal=who, disabled=True), office.key())
        for who in (one, two)
    ]
    outcomes = await asyncio.gather(*(office.outcome(people.CHANGE_STANDING, call) for call in calls))

    assert sorted(outcome.accepted for outcome in outcomes) == [False, True]


async def test_another_role_means_signing_in_again(office: Office) -> None:
    principal = await office.person()
    token, _ = await office.sign_in()
    await office.done(CHANGE_ROLE, ChangeRole(principal=principal, role="marketer"))

    assert await office.sessions.find(token) is None
    signed = await office.sessions.find((await office.sign_in())[0])
    assert signed is not None
    assert signed.caller.role == "marketer"


async def test_logins_are_one_persons_in_whatever_case(office: Office) -> None:
    await office.person("ada")
    again = people.invite("ADA", "Other", "analyst", None, office.key(), actor=0)
    assert (await office.outcome(people.INVITE_PERSON, again.call)).refusal().code == "login_taken"
    twins = [people.invite(login, "Twin", "analyst", None, office.key(), actor=0) for login in ("twin", "TWIN")]
    outcomes = await asyncio.gather(*(office.outcome(people.INVITE_PERSON, twin.call) for twin in twins))
    assert sorted(outcome.accepted for outcome in outcomes) == [False, True]
    for login, name, code in [("", "x", "bad_login"), ("x", "", "bad_person_name")]:
        wrong = people.invite(login, name, "analyst", None, office.key(), actor=0)
        assert (await office.outcome(people.INVITE_PERSON, wrong.call)).refusal().code == code


async def test_the_first_administrator_gets_a_link_until_it_was_used(office: Office) -> None:
    database = office.executor.database
    assert await people.first_link(database) is None
    assert await ensure_administrator(database)
    first, second = await people.first_link(database), await people.first_link(database)
    assert first is not None
    assert second is not None
    assert first != second
    token = second.removeprefix(LINK_PATH)
    assert (await office.outcome(people.SET_PASSWORD, await office.signer.set_password(token, PASSWORD, "k"))).accepted
    assert await people.first_link(database) is None
    assert await office.sign_in("administrator")

    path = await people.administrator_link(database, "sign_in")
    link = await office.signer.link(path.removeprefix(LINK_PATH))
    assert link is not None
    assert (link.purpose, link.usable, link.login) == ("sign_in", True, "administrator")


async def test_a_provider_vouches_for_whom_it_has_verified(office: Office) -> None:
    ada = await office.person("ada@example.org")

    def subject(name: str, login: str, *, verified: bool = True, role: str = "") -> AdmitSubject:
        return AdmitSubject(subject=name, login=login, verified=verified, name="Some Body", role=role)

    liar = subject("idp 0", "Ada@example.org", verified=False, role="administrator")
    assert await office.refused(people.ADMIT_SUBJECT, liar) == "login_taken"
    assert (await office.done(people.ADMIT_SUBJECT, subject("idp 1", "Ada@example.org"))).principal == ada
    assert (await office.done(people.ADMIT_SUBJECT, subject("idp 1", "renamed@example.org"))).principal == ada
    assert await office.refused(people.ADMIT_SUBJECT, subject("idp 2", "ada@example.org")) == "login_taken"
    assert await office.refused(people.ADMIT_SUBJECT, subject("idp 3", "new@example.org")) == "not_admitted"
    made = await office.done(people.ADMIT_SUBJECT, subject("idp 3", "new@example.org", role="analyst"))
    assert made.login == "new@example.org"
    await office.done(people.CHANGE_STANDING, people.ChangeStanding(principal=made.principal, disabled=True))
    assert await office.refused(people.ADMIT_SUBJECT, subject("idp 3", "new@example.org")) == "person_disabled"


async def test_one_session_of_others_is_ended_and_choices_are_kept(office: Office) -> None:
    principal = await office.person()
    (here, _), (there, _) = await office.sign_in(), await office.sign_in()
    other = await office.sessions.find(there)
    assert other is not None
    stranger = await office.person("bob")
    foreign = people.EndSession(principal=stranger, session=other.session)
    assert (await office.done(people.END_SESSION, foreign)).ended == 0
    own = people.EndSession(principal=principal, session=other.session)
    assert [(await office.done(people.END_SESSION, own)).ended for _ in range(2)] == [1, 0]
    assert await office.sessions.find(there) is None

    choices = people.ChangePreferences(principal=principal, name="李雷", language="zh", theme="dark")
    await office.done(people.CHANGE_PREFERENCES, choices, actor=principal)
    signed = await office.sessions.find(here)
    assert signed is not None
    assert (signed.name, signed.language, signed.theme) == ("李雷", "zh", "dark")


async def test_an_old_hash_is_renewed_at_sign_in(office: Office) -> None:
    await office.person()
    cheap = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    await office.sql(f"update platform.person set password_hash = '{cheap}'")
    await office.sign_in()
    async with office.executor.database.transaction() as connection:
        cursor = await connection.execute("select password_hash <> %s, password_hash from platform.person", (cheap,))
        row = await cursor.fetchone()
    assert row is not None
    assert row[0]
    assert not PasswordHasher().check_needs_rehash(row[1])
    call, _, _ = await office.opening()
    assert call.command.renewed is None

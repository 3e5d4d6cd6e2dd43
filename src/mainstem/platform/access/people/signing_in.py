"""The edge of signing in: passwords, codes and links are verified here, and go nowhere else.

A sign-in has one or two steps. Between them the browser holds a `Step`, encrypted, which says whose password was right.
Whoever is verified gets a token, and the command `OpenSession` checks in its transaction that what was verified still
holds. The token of a sign-in by link or code follows from that and from the form's key, so that a form that is sent
twice gets one session, and the same answer.
"""

import base64
import hmac
import time
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from uuid import uuid4

import msgspec
import structlog
from prometheus_client import Counter

from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.access.people import attempts, codes, passwords
from mainstem.platform.access.people.commands import CHANGE_PASSWORD, ENROL_TOTP, OPEN_SESSION, SET_PASSWORD
from mainstem.platform.access.people.contracts import (
    CODE_WRONG,
    PASSWORD_WRONG,
    SIGN_IN_FAILED,
    SIGN_IN_OUTDATED,
    SIGN_IN_SLOWED,
    ChangePassword,
    EnrolTotp,
    OpenSession,
    SetPassword,
)
from mainstem.platform.access.people.queries import KnownLink, Proof, device_known, known_link, proof_by_login, proof_of
from mainstem.platform.access.people.tokens import NewToken, digest, new_token, well_formed
from mainstem.platform.crypto import Box, SpoiltError
from mainstem.platform.execution import Call
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask

DEVICE_COOKIE = "mainstem_device"
STEP_SECONDS = 300
"""How long after the password the code can be typed."""

_LOGIN_LENGTH_MAX = 256

_log = structlog.get_logger(__name__)
_refused = Counter("mainstem_sign_in_refusals_total", "Attempts to sign in that failed or had to wait", ["reason"])
_encode = msgspec.json.Encoder().encode


class Browser(msgspec.Struct, frozen=True):
    """Where a request comes from: address, what the browser calls itself, and the token it is known by, "" for none."""

    address: str
    agent: str
    device: str = ""

    @property
    def device_hash(self) -> bytes | None:
        """What is stored of the token."""
        return digest(self.device) if well_formed(self.device) else None


class Step(msgspec.Struct, frozen=True):
    """Whose password was right, and when; `known_at` is when that password had been set."""

    principal: int
    known_at: datetime | None
    at: float
    renewed: str | None


class Admission(msgspec.Struct, frozen=True):
    """A call that opens a session, and the tokens that the browser gets when it is accepted."""

    call: Call[OpenSession]
    token: str
    device: str

    def __repr__(self) -> str:
        return "Admission()"


class SignIn:
    """Verifies who signs in to one database. `box` encrypts what a browser holds between steps."""

    def __init__(self, database: Database, box: Box) -> None:
        self._database = database
        self._box = box

    async def password(self, login: str, password: str, browser: Browser) -> tuple[Proof, str | None] | Refusal:
        """Who has this login and password, and the password's hash with today's parameters when it has others.

        Refusals: `sign_in_failed`, the same and after the same time for whatever is wrong; `sign_in_slowed`. Raises
        RefusedError (`busy`).
        """
        login = login.strip()[:_LOGIN_LENGTH_MAX]
        async with self._database.transaction() as connection:
            (proof,) = await ask(connection, proof_by_login(login, browser.device_hash))
            device = browser.device_hash if proof is not None and proof.known else None
            counted = attempts.counter("password", login, device, browser.address)
            wait = await attempts.take(connection, counted)
        if wait:
            return _slowed(wait)
        stored = None if proof is None or proof.disabled else proof.password_hash
        if not await passwords.verified(stored, password, known=device is not None) or proof is None or stored is None:
            _refused.labels("password").inc()
            _log.warning(
                "sign-in failed",
                principal=0 if proof is None else proof.principal,
                network=attempts.network(browser.address),
            )
            return refuse(SIGN_IN_FAILED)
        async with self._database.transaction() as connection:
            await attempts.forget(connection, counted)
        return proof, await passwords.hashed(password) if passwords.outdated(stored) else None

    def step(self, proof: Proof, renewed: str | None, now: float) -> str:
        """What the browser holds while it is asked for the code."""
        step = Step(proof.principal, proof.password_changed_at, now, renewed)
        return self._box.seal_text(_encode(step), "sign-in step")

    async def code(self, held: str, code: str, browser: Browser) -> tuple[Step, int | None, bytes | None] | Refusal:
        """Whose code it is: the step, and the TOTP step or the hash of the recovery code that it is.

        Refusals: `sign_in_outdated`, `code_wrong`, `sign_in_slowed`.
        """
        step = self._opened(held)
        if step is None:
            return refuse(SIGN_IN_OUTDATED)
        found = await self.own_code(step.principal, code, browser)
        return found if isinstance(found, Refusal) else (step, *found)

    async def own_code(self, principal: int, code: str, browser: Browser) -> tuple[int | None, bytes | None] | Refusal:
        """The TOTP step or the hash of the recovery code typed by a person. Recovery codes are looked up later."""
        async with self._database.transaction() as connection:
            (proof,) = await ask(connection, proof_of(principal, browser.device_hash))
            if proof is None or proof.totp_secret is None:
                return refuse(SIGN_IN_OUTDATED)
            device = browser.device_hash if proof.known else None
            counted = attempts.counter("code", str(principal), device, browser.address)
            wait = await attempts.take(connection, counted)
        if wait:
            return _slowed(wait)
        if codes.looks_like_recovery(code):
            return None, codes.recovery_hash(code)  # which of them are left is checked where they are used up
        step = codes.step_of(codes.open_secret(self._box, proof.totp_secret, principal), code, time.time())
        if step is None:
            _refused.labels("code").inc()
            return refuse(CODE_WRONG, "/code")
        return step, None

    async def link(self, token: str) -> KnownLink | None:
        """What a one-time link is for, and whether it can be used; None when there is none."""
        if not well_formed(token):
            return None
        async with self._database.transaction() as connection:
            (found,) = await ask(connection, known_link(digest(token)))
        return found

    async def own_password(self, principal: int, password: str, browser: Browser) -> Proof | Refusal:
        """The proof of who is signed in and knows his password: `password_wrong`, `sign_in_slowed`."""
        async with self._database.transaction() as connection:
            (proof,) = await ask(connection, proof_of(principal, browser.device_hash))
            if proof is None:
                return refuse(SIGN_IN_OUTDATED)
            device = browser.device_hash if proof.known else None
            counted = attempts.counter("password", proof.login, device, browser.address)
            wait = await attempts.take(connection, counted)
        if wait:
            return _slowed(wait)
        if not await passwords.verified(proof.password_hash, password, known=True):
            _refused.labels("password").inc()
            return refuse(PASSWORD_WRONG, "/current")
        async with self._database.transaction() as connection:
            await attempts.forget(connection, counted)
        return proof

    async def admitted(self, principal: int, browser: Browser) -> None:
        """A code was right: begin counting anew."""
        async with self._database.transaction() as connection:
            (proof,) = await ask(connection, proof_of(principal, browser.device_hash))
            device = browser.device_hash if proof is not None and proof.known else None
            await attempts.forget(connection, attempts.counter("code", str(principal), device, browser.address))

    async def set_password(self, token: str, password: str, key: str) -> Call[SetPassword]:
        """The call that sets the password which a one-time link allows to set.

        The same key and password are the same call, although the hash is another one each time.
        """
        command = SetPassword(link=digest(token), password_hash=await passwords.hashed(password))
        call = SET_PASSWORD.call(command, key)
        return replace(call, fingerprint=_said(password, token))

    async def change_password(
        self, proof: Proof, session: int, token: str, password: str, key: str
    ) -> Call[ChangePassword]:
        """The call that changes the password of who has proven that he knows the present one, in this session."""
        command = ChangePassword(
            principal=proof.principal,
            session=session,
            known_at=proof.password_changed_at,
            password_hash=await passwords.hashed(password),
        )
        call = CHANGE_PASSWORD.call(command, key, actor=proof.principal)
        return replace(call, fingerprint=_said(password, token))

    def enrol(self, principal: int, enrolment: codes.Enrolment, step: int, held: str, key: str) -> Call[EnrolTotp]:
        """The call that asks for codes from now on. `held` is what the form carried: the same is the same call."""
        command = EnrolTotp(
            principal=principal,
            secret=codes.seal_secret(self._box, enrolment.secret, principal),
            step=step,
            recovery=tuple(codes.recovery_hash(code) for code in enrolment.recovery),
        )
        call = ENROL_TOTP.call(command, key, actor=principal)
        return replace(call, fingerprint=blake2b(held.encode(), digest_size=16).digest())

    async def open(self, command: OpenSession, browser: Browser, *, seed: str = "", key: str = "") -> Admission:
        """The call that opens a session. `command` without token, device, agent and address, which come in here.

        With a `seed` that nobody else knows, the same key is the same session.
        """
        session = _follows(seed, key, "session") if seed else new_token()
        device = await self._device(browser, seed, key)
        full = msgspec.structs.replace(
            command,
            token=session.hash,
            device=device.hash,
            agent=agent_name(browser.agent),
            address=attempts.network(browser.address),
        )
        call = OPEN_SESSION.call(full, key if seed else uuid4().hex, actor=command.principal)
        if seed:
            call = replace(call, fingerprint=blake2b(session.hash, digest_size=16).digest())
        return Admission(call, session.text, device.text)

    async def _device(self, browser: Browser, seed: str, key: str) -> NewToken:
        """The token that the browser is known by; another one when nobody is known by the one it has."""
        hashed = browser.device_hash
        if hashed is not None:
            async with self._database.transaction() as connection:
                (known,) = await ask(connection, device_known(hashed))
            if known:
                return NewToken(browser.device, hashed)
        return _follows(seed, key, "device") if seed else new_token()

    def _opened(self, held: str) -> Step | None:
        try:
            step = msgspec.json.decode(self._box.open_text(held, "sign-in step"), type=Step)
        except SpoiltError:
            return None
        return step if 0 <= time.time() - step.at <= STEP_SECONDS else None


_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("MicroMessenger", "WeChat"), ("Firefox/", "Firefox"))
_BROWSERS_LATE = (("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def agent_name(user_agent: str) -> str:
    """A browser and its system as a person knows them; the list of sessions shows no more, so no more is kept."""
    browser = next((name for sign, name in _BROWSERS + _BROWSERS_LATE if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)


def _follows(seed: str, key: str, what: str) -> NewToken:
    mac = hmac.digest(seed.encode(), f"{what}\x1f{key}".encode(), "sha256")
    text = base64.urlsafe_b64encode(mac).decode().rstrip("=")
    return NewToken(text, digest(text))


def _said(password: str, token: str) -> bytes:
    """The same for equal passwords under one token; without the token, which is not stored, it tells nothing."""
    return blake2b(password.encode(), key=token.encode()[:64], digest_size=16).digest()


def _slowed(seconds: int) -> Refusal:
    _refused.labels("slowed").inc()
    return refuse(SIGN_IN_SLOWED, seconds=seconds)

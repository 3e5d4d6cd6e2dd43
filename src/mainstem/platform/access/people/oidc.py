"""Signing in with any OpenID Connect provider: discovery, authorization code with PKCE, state and nonce.

Sources: OpenID Connect Core 1.0 (3.1), Discovery 1.0; RFC 7636 (PKCE), RFC 9207 (the issuer in the answer).
"""

import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mainstem.platform.access.people.contracts import AdmitSubject
from mainstem.platform.access.roles import ROLES
from mainstem.platform.crypto import Box, SpoiltError
from mainstem.platform.settings import Settings

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures of ID tokens that are believed; never `none`, never a shared secret."""

STEP_SECONDS = 600
"""How long somebody may take at the provider."""

KEPT_SECONDS = 3600.0
"""How long endpoints and keys of the provider are believed."""

WAIT_SECONDS_MAX = 10.0
LEEWAY_SECONDS = 60
SCOPE = "openid profile email"
_PURPOSE = "oidc step"
_LOCAL = ("localhost", "127.0.0.1", "::1")

_encode = msgspec.json.Encoder().encode


class ProviderError(Exception):
    """The provider cannot be reached, or what it says is not to be believed. The text holds no secret."""


class Step(msgspec.Struct, frozen=True):
    """What the browser holds, encrypted, while somebody is at the provider."""

    state: str
    nonce: str
    verifier: str
    next: str
    at: float


class _Provider(msgspec.Struct, frozen=True):
    """What the provider says of itself (Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True):
    """The token endpoint's answer."""

    id_token: str


def configured(settings: Settings) -> bool:
    """Whether people may sign in with a provider."""
    return settings.oidc_issuer is not None and settings.oidc_client_id is not None


def roles_of(text: str) -> dict[str, str]:
    """The roles by the values of the claim. Raises ValueError for a role that does not exist, or is bound to a node."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        value, _, role = part.rpartition("=")
        if not value.strip() or role not in ROLES or ROLES[role].bound:
            free = ", ".join(name for name, one in ROLES.items() if not one.bound)
            raise ValueError(f"{role} is not a role that a provider can give: use one of {free}")
        found[value.strip()] = role
    return found


class Oidc:
    """Signs in with the provider of the settings; one a process. `transport`: how else it is reached."""

    def __init__(self, settings: Settings, box: Box, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        assert settings.oidc_issuer is not None
        assert settings.oidc_client_id is not None
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._client_id = settings.oidc_client_id
        self._client_secret = settings.oidc_client_secret
        self._claim = settings.oidc_role_claim
        self._roles = roles_of(settings.oidc_roles)
        self._box = box
        self._transport = transport
        self._known: tuple[float, _Provider] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def begin(self, redirect_uri: str, next_path: str) -> tuple[str, str]:
        """Where to send the browser, and what it is to hold meanwhile. Raises ProviderError."""
        provider = await self._provider()
        step = Step(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            next=next_path,
            at=time.time(),
        )
        url: str = prepare_grant_uri(
            provider.authorization_endpoint,
            client_id=self._client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=SCOPE,
            state=step.state,
            nonce=step.nonce,
            code_challenge=create_s256_code_challenge(step.verifier),
            code_challenge_method="S256",
        )
        return url, self._box.seal_text(_encode(step), _PURPOSE)

    async def finish(self, redirect_uri: str, held: str, answer: Mapping[str, str]) -> tuple[AdmitSubject, str]:
        """Whom the provider vouches for, and where that person wanted to go. Raises ProviderError."""
        try:
            step = msgspec.json.decode(self._box.open_text(held, _PURPOSE), type=Step)
        except (SpoiltError, msgspec.DecodeError) as error:
            raise ProviderError("nobody in this browser has begun to sign in") from error
        if not 0 <= time.time() - step.at <= STEP_SECONDS:
            raise ProviderError("it took too long")
        if not hmac.compare_digest(answer.get("state", "").encode(), step.state.encode()):
            raise ProviderError("the answer belongs to another sign-in")
        if answer.get("iss", self._issuer).rstrip("/") != self._issuer:
            raise ProviderError("the answer comes from another provider")
        if "code" not in answer:
            raise ProviderError(f"the provider refused: {answer.get('error', 'no reason')[:64]}")
        token = await self._exchange(redirect_uri, answer["code"], step.verifier)
        return self._subject(await self._claims(token, step.nonce)), step.next

    async def _exchange(self, redirect_uri: str, code: str, verifier: str) -> str:
        provider = await self._provider()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        auth = None
        if self._client_secret is None:
            form["client_id"] = self._client_id
        elif "client_secret_basic" in provider.token_endpoint_auth_methods_supported:
            auth = httpx.BasicAuth(self._client_id, self._client_secret)
        else:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        tokens: _Tokens = await self._ask("POST", provider.token_endpoint, _Tokens, form=form, auth=auth)
        return tokens.id_token

    async def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        provider = await self._provider()
        try:
            try:
                decoded = jwt.decode(token, await self._key_set(provider), algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # perhaps its keys have changed
                self._keys = None
                decoded = jwt.decode(token, await self._key_set(provider), algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "values": [provider.issuer]},
                    "aud": {"essential": True, "value": self._client_id},
                    "sub": {"essential": True},
                    "nonce": {"essential": True, "value": nonce},
                },
                params={"client_id": self._client_id, "nonce": nonce},
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError) as error:
            raise ProviderError(f"its token is not to be believed: {type(error).__name__}") from error
        return dict(claims)

    def _subject(self, claims: Mapping[str, Any]) -> AdmitSubject:
        given = claims.get(self._claim, ())
        values = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        role = next((role for value, role in self._roles.items() if value in values), "")
        email = claims.get("email")
        login = str(email or claims.get("preferred_username") or claims["sub"])
        return AdmitSubject(
            subject=f"{self._issuer} {claims['sub']}",
            login=login,
            verified=bool(email) and claims.get("email_verified") is True,
            name=str(claims.get("name") or login),
            role=role,
        )

    async def _provider(self) -> _Provider:
        now = time.monotonic()
        if self._known is None or now - self._known[0] > KEPT_SECONDS:
            found = await self._ask("GET", f"{self._issuer}/.well-known/openid-configuration", _Provider)
            if found.issuer.rstrip("/") != self._issuer:
                raise ProviderError("it calls itself by another issuer")
            self._known = (now, found)
        return self._known[1]

    async def _key_set(self, provider: _Provider) -> KeySet:
        now = time.monotonic()
        if self._keys is None or now - self._keys[0] > KEPT_SECONDS:
            self._keys = (now, KeySet.import_key_set(await self._ask("GET", provider.jwks_uri, dict)))
        return self._keys[1]

    async def _ask(
        self,
        method: str,
        url: str,
        kind: type[Any],
        *,
        form: dict[str, str] | None = None,
        auth: Any = None,  # noqa: ANN401, RUF100
    ) -> Any:  # noqa: ANN401, RUF100
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOCAL:
            raise ProviderError("it is not reached over https")
        try:
            async with httpx.AsyncClient(
                timeout=WAIT_SECONDS_MAX, transport=self._transport, follow_redirects=False
            ) as client:
                answer = await client.request(method, url, data=form, auth=auth)
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=kind)
        except (httpx.HTTPError, msgspec.DecodeError, ValueError) as error:
            raise ProviderError(f"{parts.hostname}{parts.path} failed: {type(error).__name__}") from error

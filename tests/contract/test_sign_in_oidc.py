"""Signing in with an OpenID Connect provider: a small one that runs here, checks PKCE, and can be made to lie."""

import asyncio
import base64
import secrets
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import msgspec
import pytest
import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey

from mainstem.platform.access import people
from mainstem.platform.execution import Executor
from mainstem.platform.settings import load
from tests.contract.sign_in_console import Console, opened

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

CLIENT, SECRET = "mainstem", "hush"


@dataclass
class Provider:
    """Answers as OpenID Connect Core 1.0 says. `lies` replaces claims of its tokens; `key` signs them."""

    url: str
    claims: dict[str, Any]
    key: RSAKey
    signing: RSAKey
    lies: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        if scope["type"] != "http":
            return
        status, headers = 200, list[tuple[bytes, bytes]]()
        answer: dict[str, Any] = {}
        match scope["path"]:
            case "/.well-known/openid-configuration":
                answer = {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/keys",
                }
            case "/keys":
                answer = {"keys": [self.key.as_dict(private=False)]}
            case "/authorize":
                asked = dict(parse_qsl(scope["query_string"].decode()))
                code = secrets.token_urlsafe(16)
                self.asked[code] = asked
                status = 302
                where = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.url})}"
                headers = [(b"location", where.encode())]
            case "/token":
                status, answer = self._token(dict(scope["headers"]), (await receive())["body"])
        body = msgspec.json.encode(answer)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _token(self, headers: dict[bytes, bytes], body: bytes) -> tuple[int, dict[str, Any]]:
        form = dict(parse_qsl(body.decode()))
        asked = self.asked.pop(form.get("code", ""), None)
        basic = b"Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode())
        if asked is None or headers.get(b"authorization") != basic:
            return 400, {"error": "invalid_grant"}
        if create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"], **self.claims}
        token = jwt.encode({"alg": self.algorithm, "kid": "1"}, claims | self.lies, self.signing)
        return 200, {"id_token": token, "access_token": "x", "token_type": "Bearer"}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    key = RSAKey.generate_key(2048, {"kid": "1"})
    claims = {"sub": "42", "email": "ada@example.org", "email_verified": True, "name": "Ada", "groups": ["ops"]}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Provider(f"http://127.0.0.1:{listener.getsockname()[1]}", claims, key, key)
        config = uvicorn.Config(made, ws="none", lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([listener]))
        yield made
        server.should_exit = True
        await serving


@pytest.fixture
async def console(executor: Executor, provider: Provider, tmp_path: Path) -> AsyncIterator[Console]:
    environ = {
        "MAINSTEM_LOG_FORMAT": "json",
        "MAINSTEM_OIDC_ISSUER": provider.url,
        "MAINSTEM_OIDC_CLIENT_ID": CLIENT,
        "MAINSTEM_OIDC_CLIENT_SECRET": SECRET,
        "MAINSTEM_OIDC_ROLES": "ops=operations_manager",
    }
    async with opened(executor, msgspec.structs.replace(load(environ), data_dir=tmp_path)) as console:
        yield console


async def at_the_provider(console: Console) -> str:
    """Begin, let the provider say yes, and give the address that it sends the browser back to."""
    begun = await console.client.get("/sign-in/oidc?next=/orders")
    assert begun.status_code == 303
    async with httpx.AsyncClient() as browser:
        return str((await browser.get(begun.headers["location"])).headers["location"])


async def sign_in(console: Console) -> httpx.Response:
    return await console.client.get(await at_the_provider(console))


async def test_who_the_provider_knows_gets_the_role_of_the_claim(console: Console) -> None:
    assert "/sign-in/oidc" in (await console.client.get("/sign-in")).text
    answer = await sign_in(console)

    assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    signed = await console.office.sessions.find(console.client.cookies[people.SESSION_COOKIE])
    assert signed is not None
    assert (signed.name, signed.caller.role) == ("Ada", "operations_manager")
    assert "You have no password here." in (await console.client.get("/account")).text
    assert (await console.client.get("/account/password")).status_code == 404
    again = await sign_in(console)
    assert again.status_code == 303
    assert (await console.office.events()).count("principal_created") == 1


async def test_who_was_invited_is_the_same_person(console: Console, provider: Provider) -> None:
    provider.claims["groups"] = []
    assert (await sign_in(console)).status_code == 403
    principal = await console.office.person("Ada@example.org")
    assert (await sign_in(console)).status_code == 303
    signed = await console.office.sessions.find(console.client.cookies[people.SESSION_COOKIE])
    assert signed is not None
    assert (signed.caller.principal, signed.caller.role) == (principal, "analyst")


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody else"},
        {"exp": 1_000_000_000},
        {"nonce": "another"},
        {"sub": None},
        {"email_verified": False, "groups": []},
    ],
)
async def test_tokens_that_are_not_meant_for_us_are_not_believed(
    console: Console, provider: Provider, lies: dict[str, Any]
) -> None:
    await console.office.person("ada@example.org")
    provider.lies = lies
    answer = await sign_in(console)

    assert answer.status_code in (403, 409, 503)
    assert people.SESSION_COOKIE not in console.client.cookies
    assert "hush" not in answer.text


async def test_another_key_or_algorithm_is_not_believed(console: Console, provider: Provider) -> None:
    provider.signing = RSAKey.generate_key(2048, {"kid": "1"})
    assert (await sign_in(console)).status_code == 503
    provider.key = provider.signing
    assert (
        await sign_in(console)
    ).status_code == 303  # new keys of the provider are fetched when a token asks for them
    provider.algorithm = "RS512"
    assert (await sign_in(console)).status_code == 503


async def test_the_answer_must_belong_to_what_this_browser_has_begun(console: Console, provider: Provider) -> None:
    back = await at_the_provider(console)
    query = dict(parse_qsl(urlsplit(back).query))
    for changed in ({"state": "another"}, {"iss": "https://evil.example"}, {"code": "another"}):
        answer = await console.client.get("/sign-in/oidc/callback", params=query | changed)
        assert answer.status_code == 503, changed
        provider.asked.setdefault(query["code"], {})
    refused = await console.client.get(
        "/sign-in/oidc/callback", params={"error": "access_denied", "state": query["state"]}
    )
    assert refused.status_code == 503
    back = await at_the_provider(console)
    console.client.cookies.clear()
    assert (await console.client.get(back)).status_code == 503
    assert people.SESSION_COOKIE not in console.client.cookies


async def test_a_provider_that_is_away_does_not_break_the_page(console: Console, provider: Provider) -> None:
    provider.url = "http://127.0.0.1:9"
    answer = await console.client.get("/sign-in/oidc")

    assert answer.status_code == 503
    assert "identity provider did not succeed" in answer.text

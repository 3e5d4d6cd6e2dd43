"""Who may see a page that shows business figures.

Whoever sits at the machine needs no key: the request comes from a loopback address, asks for a loopback name and was
handed on by no proxy. The name is checked because a page anywhere can point a name of its own at 127.0.0.1. Everybody
else shows an API key: as the password of HTTP Basic, for which browsers ask, or as a bearer token.

A proxy on the same machine is known by its headers, by a name that is not loopback, or by HTTP/1.0. One that sends none
of these makes its callers look like somebody at the machine: let it pass the header Host on.
"""

import base64
import binascii
from http import HTTPStatus
from ipaddress import ip_address

from litestar.types import Scope

from mainstem.kernel.refusals import Kind, Refusal
from mainstem.platform.access import Authenticator, Permission

HANDED_ON = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via")
"""Headers that only a proxy sends."""

_NAMES = ("localhost", "127.0.0.1", "[::1]")
_BASIC = "basic "


def at_the_machine(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Whether the request comes from somebody at this machine."""
    client = scope.get("client")
    host = headers.get(b"host", b"").decode("latin-1").lower()
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    return (
        client is not None
        and _loopback(client[0])
        and name in _NAMES
        and scope.get("http_version") != "1.0"
        and not any(header in headers for header in HANDED_ON)
    )


async def turned_down(
    scope: Scope, headers: dict[bytes, bytes], authenticator: Authenticator, permission: Permission
) -> HTTPStatus | None:
    """None for who may see the page, else the status of the answer: 401, 403, or 503 when too many keys wait."""
    if at_the_machine(scope, headers):
        return None
    caller = await authenticator.authenticate(_bearer(headers.get(b"authorization")))
    if isinstance(caller, Refusal):
        return HTTPStatus.SERVICE_UNAVAILABLE if caller.kind is Kind.BUSY else HTTPStatus.UNAUTHORIZED
    # The figures are those of the whole network: whoever is bound to a node sees none of the others.
    return None if permission.code in caller.permissions and caller.node is None else HTTPStatus.FORBIDDEN


def _bearer(authorization: bytes | None) -> str | None:
    """The header as a bearer token: the password of HTTP Basic is the key, whatever the user is called."""
    if authorization is None:
        return None
    text = authorization.decode("latin-1")
    if text[: len(_BASIC)].lower() != _BASIC:
        return text
    try:
        user_and_key = base64.b64decode(text[len(_BASIC) :], validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return text
    return f"Bearer {user_and_key.partition(':')[2]}"


def _loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False

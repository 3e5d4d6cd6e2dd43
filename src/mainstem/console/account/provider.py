"""Signing in with the identity provider of the settings."""

from functools import lru_cache
from uuid import uuid4

import structlog

from mainstem.console.account.admitting import admit, cookie, local, submit
from mainstem.console.account.signing import refused
from mainstem.console.frame import MissingError, Problem, Reply, Visit, see_other
from mainstem.kernel.refusals import refuse
from mainstem.platform import crypto
from mainstem.platform.access import people
from mainstem.platform.access.people import oidc
from mainstem.platform.access.people.contracts import PROVIDER_FAILED, OpenSession
from mainstem.platform.settings import Settings

STEP_COOKIE = "mainstem_oidc"
PATH = "/sign-in/oidc"

_log = structlog.get_logger(__name__)


async def begin(visit: Visit) -> Reply:
    """Send the browser to the provider."""
    try:
        url, held = await _provider(visit).begin(_callback(visit), local(visit.query.get("next", "")))
    except oidc.ProviderError as error:
        return _failed(visit, error)
    return see_other(url, headers=(cookie(visit, STEP_COOKIE, held, seconds=oidc.STEP_SECONDS, path=PATH),))


async def finish(visit: Visit) -> Reply:
    """Take what the provider has sent with the browser, and begin a session."""
    held = visit.cookies.get(STEP_COOKIE, "")
    try:
        subject, target = await _provider(visit).finish(_callback(visit), held, visit.query)
    except oidc.ProviderError as error:
        return _failed(visit, error)
    known = await submit(visit, people.ADMIT_SUBJECT, people.ADMIT_SUBJECT.call(subject, uuid4().hex))
    if isinstance(known, Problem):
        return refused(visit, known)
    command = OpenSession(principal=known.principal, token=b"", way="oidc", agent="", address="", device=b"")
    gone = cookie(visit, STEP_COOKIE, "", seconds=0, path=PATH)
    admitted = await admit(visit, command, target, headers=(gone,))
    return refused(visit, admitted) if isinstance(admitted, Problem) else admitted


def _provider(visit: Visit) -> oidc.Oidc:
    settings = visit.desk.settings
    if not oidc.configured(settings):
        raise MissingError
    return _of(settings)


@lru_cache(maxsize=4)
def _of(settings: Settings) -> oidc.Oidc:
    return oidc.Oidc(settings, crypto.box(settings))


def _callback(visit: Visit) -> str:
    """Where the provider sends the browser back to; it only does so to addresses that it was told of beforehand."""
    scheme = "https" if visit.secure else "http"
    return f"{scheme}://{visit.headers.get(b'host', b'').decode('latin-1')}{PATH}/callback"


def _failed(visit: Visit, error: oidc.ProviderError) -> Reply:
    _log.warning("sign-in with the identity provider failed", reason=str(error))
    return refused(visit, visit.problem(refuse(PROVIDER_FAILED)))

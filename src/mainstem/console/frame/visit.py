"""A request of somebody who looks at a page: who it is, what was asked, in which language and time zone."""

from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import msgspec

from mainstem.console.formats import Format, formats
from mainstem.console.frame.desk import Desk, Network
from mainstem.console.frame.forms import Form, parse
from mainstem.domains import catalog
from mainstem.kernel.refusals import REGISTRY, Kind, Refusal
from mainstem.platform.access import Caller, Permission
from mainstem.platform.access.people.sessions import SignedIn
from mainstem.platform.execution import Operation
from mainstem.platform.texts import Language, translate, worded

C = TypeVar("C")
R = TypeVar("R")

_STATUS = {Kind.NOT_FOUND: 404, Kind.CONFLICT: 409, Kind.FORBIDDEN: 403, Kind.TOO_LARGE: 413, Kind.BUSY: 503}


class ForbiddenError(Exception):
    """Somebody without the permission, or with it elsewhere only."""


class MissingError(Exception):
    """What the address names is not there."""


class MovedError(Exception):
    """What the address names is elsewhere now: at the same page under `url`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class Problem(msgspec.Struct, frozen=True):
    """Why something was not done, and what to do about it, in the visitor's language; `where` is a JSON pointer."""

    code: str
    text: str
    remedy: str
    where: str
    status: int
    refusal: Refusal


class Visit:
    """One request. `path` holds the values of the path's parameters."""

    def __init__(
        self,
        desk: Desk,
        scope: Any,  # noqa: ANN401 - as ASGI has it
        signed: SignedIn | None,
        token: str,
        network: Network,
        language: Language,
    ) -> None:
        self.desk = desk
        self.scope = scope
        self.language = language
        self.network = network
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.cookies = cookies_of(self.headers)
        self.path: dict[str, Any] = scope.get("path_params", {})
        self.query = first_values(scope["query_string"])
        self.trace: str = getattr(scope.get("exchange"), "trace", "")
        self.body = b""
        self.nav = ""
        self._signed = signed
        self._token = token

    @property
    def signed(self) -> SignedIn:
        """Who it is; only for pages that are not public."""
        assert self._signed is not None
        return self._signed

    @property
    def somebody(self) -> SignedIn | None:
        """Who it is, when anybody is signed in."""
        return self._signed

    @property
    def caller(self) -> Caller:
        """What the person may do."""
        return self.signed.caller

    @property
    def htmx(self) -> bool:
        """Whether a part of the page is wanted, by htmx."""
        return self.headers.get(b"hx-request") == b"true" and b"hx-history-restore-request" not in self.headers

    @property
    def url_path(self) -> str:
        """The path of the address."""
        path: str = self.scope["path"]
        return path

    @property
    def came_from(self) -> str:
        """The address on this site from which the browser says it came; "" when it names none."""
        _, _, rest = self.headers.get(b"referer", b"").decode("latin-1").partition("://")
        host, slash, path = rest.partition("/")
        ours = slash and host.encode("latin-1") == self.headers.get(b"host") and not path.startswith(("/", "\\"))
        return f"/{path}" if ours else ""

    @property
    def form_page(self) -> str:
        """Where the form stands that this is the answer to; "" for a page that was asked for by its address."""
        return self.came_from if self.scope["method"] == "POST" else ""

    @property
    def secure(self) -> bool:
        """Whether the browser came over https."""
        return self.scope.get("scheme") == "https" or self.headers.get(b"x-forwarded-proto", b"") == b"https"

    @cached_property
    def csrf(self) -> str:
        """What a form of this session must carry."""
        return blake2b(b"csrf", key=self._token.encode()[:64], digest_size=16).hexdigest()

    @cached_property
    def node(self) -> catalog.NodeView | None:
        """The node that the person is bound to."""
        bound = None if self._signed is None else self._signed.caller.node
        return None if bound is None else self.network.nodes[bound]

    @cached_property
    def zone(self) -> str:
        """The time zone to show times in: of the own node, else the one all nodes share, else UTC."""
        return self.network.zone if self.node is None else self.node.time_zone

    @cached_property
    def fmt(self) -> Format:
        """Numbers, money and times in the visitor's language and zone."""
        return formats(self.language, self.zone)

    def format_in(self, zone: str) -> Format:
        """The same in another zone."""
        return formats(self.language, zone)

    def t(self, text: str, **values: object) -> str:
        """A text in the visitor's language."""
        shown = translate(text, self.language)
        return shown.format_map(values) if values else shown

    def url(self, **changes: str | int | None) -> str:
        """The same page with some of its query changed; None takes a name away."""
        wanted = {**self.query, **changes}
        query = {name: value for name, value in wanted.items() if value is not None and value != ""}
        return f"{self.url_path}?{urlencode(query)}" if query else self.url_path

    def allowed(self, permission: Permission, node: int | None = None) -> bool:
        """Whether the person may do it; for what belongs to a node, at that node."""
        caller = self.caller
        if permission.code not in caller.permissions:
            return False
        return caller.node is None or not permission.at_node or node in (None, caller.node)

    def require(self, permission: Permission, node: int | None = None) -> None:
        """Raises ForbiddenError unless the person may do it there; None means everywhere."""
        caller = self.caller
        bound = caller.node is not None and permission.at_node
        if permission.code not in caller.permissions or (bound and node != caller.node):
            raise ForbiddenError

    async def form(self) -> Form:
        """What was sent."""
        return parse(self.body, self.headers.get(b"content-type", b"").decode("latin-1"))

    async def run(self, operation: Operation[C, R], command: C, key: str) -> "R | Problem":
        """Do it as this person, through the process's batcher; the same key again gives the same answer."""
        call = operation.call(command, key or uuid4().hex, actor=self.caller.principal, trace=self.trace)
        outcome = await self.desk.batcher(operation).submit(call)
        if not outcome.accepted:
            return self.problem(outcome.refusal())
        return msgspec.json.decode(outcome.body, type=operation.result)

    def problem(self, refusal: Refusal) -> Problem:
        """A refusal in the visitor's words."""
        text, remedy = worded(refusal, self.language)
        status = _STATUS.get(REGISTRY[refusal.code].kind, 422)
        return Problem(refusal.code, text, remedy, refusal.where, status, refusal)


def cookies_of(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """The cookies of a request; the first of a name wins."""
    found: dict[str, str] = {}
    for part in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.setdefault(name, value)
    return found


def first_values(query_string: bytes) -> dict[str, str]:
    """The first value of every name of a query string."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query_string.decode("latin-1"), errors="replace"):
        found.setdefault(name, value.strip())
    return found

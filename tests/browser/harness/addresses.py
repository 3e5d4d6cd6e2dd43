"""An address for every page: those with parameters are found the way a person finds them, by following links."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx

from mainstem.platform.access.people.sessions import SESSION_COOKIE
from tests.browser.harness.people import Person
from tests.browser.harness.serving import Declared

_LINK = re.compile(r'(?:href|hx-get|data-live)="([^"]+)"')
_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_FORMS = {"int": r"-?\d+", "uuid": r"[0-9a-f-]{36}", "str": r"[^/]+", "path": r".+", "": r"[^/]+"}
HTML = "text/html"
TRIED_MAX = 12
"""Addresses of one page that one person tries: enough to meet things in every state."""
GUEST = Person("guest", 0, "")


@dataclass(frozen=True)
class Address:
    """A page, an address that it answers, the media type of the answer, and the role of who found it."""

    page: Declared
    path: str
    media: str
    role: str


def pattern(page: Declared) -> re.Pattern[str]:
    """What the paths of a page look like."""
    parts, at = [], 0
    for found in _PARAMETER.finditer(page.path):
        parts += [re.escape(page.path[at : found.start()]), _FORMS[found[2] or ""]]
        at = found.end()
    return re.compile("".join([*parts, re.escape(page.path[at:])]))


async def addresses(
    url: str, pages: Sequence[Declared], people: Sequence[Person], *, starts: Sequence[str] = (), each: int = 1
) -> tuple[list[Address], dict[str, list[int]]]:
    """So many addresses at most of each page that is read, and the pages nobody gets to, with the answers they gave.

    A guest looks at what is public, then each person for what those before did not find: some pages are for who works
    at a node. `starts` are further addresses to begin from, such as that of a search for something that is there.
    """
    search = _Search(url, {page: each for page in pages if page.method == "GET"})
    await search.go(GUEST, starts)
    for person in people:
        await search.go(person, starts)
    lost = {page.path: search.turned_down.get(page, []) for page in search.left if page not in search.answered}
    return sorted(search.found, key=lambda one: one.page.path), lost


class _Search:
    """What is still looked for, and what was found."""

    def __init__(self, url: str, left: dict[Declared, int]) -> None:
        self.url = url
        self.left = left
        self.forms = {page: pattern(page) for page in left}
        self.answered: set[Declared] = set()
        self.turned_down: defaultdict[Declared, list[int]] = defaultdict(list)
        self.found: list[Address] = []

    async def go(self, person: Person, starts: Sequence[str]) -> None:
        """Follow links as this person until nothing is missing or new."""
        mine = {page for page, left in self.left.items() if left and (page.permission == "public") == (person == GUEST)}
        queue = deque((*(page.path for page in self.left if not page.varies), *starts))
        seen, tried = set(queue), Counter[Declared]()
        cookies = {SESSION_COOKIE: person.token} if person.token else {}
        async with httpx.AsyncClient(base_url=self.url, timeout=30, cookies=cookies) as client:
            while queue and any(self.left[page] for page in mine):
                path = queue.popleft()
                page = next((one for one, form in self.forms.items() if form.fullmatch(urlsplit(path).path)), None)
                if page is None or tried[page] == TRIED_MAX:
                    continue
                tried[page] += 1
                status, media, links = await read(client, path)
                if status >= httpx.codes.BAD_REQUEST:
                    self.turned_down[page].append(status)
                elif page in mine:
                    self.answered.add(page)
                    if self.left[page] and status < httpx.codes.MULTIPLE_CHOICES:
                        self.left[page] -= 1
                        self.found.append(Address(page, path, media, person.role))
                targets = [urldefrag(urljoin(path, link)).url for link in links]
                new = [one for one in dict.fromkeys(targets) if one.startswith("/") and one not in seen]
                seen.update(new)
                queue.extend(new)


async def read(client: httpx.AsyncClient, path: str) -> tuple[int, str, list[str]]:
    """Status, media type, and where the answer leads to: a stream of events has no end, so only HTML is read."""
    async with client.stream("GET", path) as answer:
        media = answer.headers.get("content-type", "").partition(";")[0]
        links = [unescape(link) for link in _LINK.findall((await answer.aread()).decode())] if media == HTML else []
        return answer.status_code, media, [*links, *filter(None, [answer.headers.get("location")])]

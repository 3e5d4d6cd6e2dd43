"""Every page that the console declares, as everybody may or may not see it."""

import asyncio
import re
from collections.abc import Collection, Iterator, Sequence

import httpx
import pytest
from playwright.async_api import Browser

from mainstem.platform.access.people.sessions import SESSION_COOKIE
from mainstem.platform.access.roles import ROLES
from tests.browser.conftest import Retailer
from tests.browser.harness.addresses import GUEST, HTML, Address, addresses, pattern, read
from tests.browser.harness.back_office import furnish
from tests.browser.harness.names import Tongue
from tests.browser.harness.people import WITH_CODES
from tests.browser.harness.privacy import privacy_link
from tests.browser.harness.visiting import Scheme, Visitor, Width, visitor

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

AT_ONCE = 3
UNREACHED = frozenset(
    {
        "/sign-in/oidc",
        "/sign-in/oidc/callback",
        "/coupons/{batch:str}",
        "/coupons/{batch:str}/edit",
        "/gift-cards/{card:int}",
        "/gift-cards/{card:int}/freeze",
        "/markdowns/{code:str}",
        "/members/{member:str}",
        "/members/{member:str}/adjust",
        "/members/{member:str}/transfer",
        "/price",
        "/price-batches/{batch:int}",
        "/price-lists/{code:str}",
        "/price-lists/{code:str}/edit",
        "/programmes/{programme:str}",
        "/programmes/{programme:str}/edit",
        "/promotions/{code:str}",
        "/promotions/{code:str}/edit",
        "/promotions/{code:str}/step/{verb:str}",
    }
)
"""Pages that nobody gets to: no identity provider is configured, and the world has no promotions, lists, members or
cards; the tests of their rooms make some."""
STARTS = ("/store/return?q=W000210",)
"""A search for an order that can be returned, where the page behind it stands on no list."""
LOOKING = ("administrator", "store_associate", WITH_CODES)
_UPLOAD = "/import/{upload:int}"
ALSO = {
    "/admin/audit/export": {"audit:read"},
    "/admin/quality/findings/{code:str}": {"orders:read"},
    "/customers/{customer:int}/loyalty": {"loyalty:read"},
    "/liability/download": {"loyalty:read"},
    "/segments/{segment:int}/export": {"segments:read"},
    "/store/orders/{order:int}": {"stock:write"},
    "/import": {"catalog:write", "prices:write", "stock:write", "orders:write"},
    _UPLOAD: {"catalog:write"},
    f"{_UPLOAD}/report.csv": {"catalog:write"},
}
"""Pages that ask for one of these permissions too."""
REFUSED = httpx.codes.BAD_REQUEST
FIRST_LOAD_BYTES_MAX = 350_000
LATER = re.compile(r"/assets/(vendor/)?(charts|barcode)\.")


@pytest.fixture(scope="module")
async def looked_for(retailer: Retailer) -> tuple[list[Address], dict[str, list[int]]]:
    people = [retailer.people[role] for role in LOOKING]
    await furnish(retailer.world.executor, retailer.people["administrator"])
    first, second = retailer.world.paid[:2]
    bulk = f"/orders/bulk?step=allocate&order={first}&order={second}"
    privacy = await privacy_link(retailer.world.executor)
    starts = (*STARTS, bulk, f"/link/{retailer.people['analyst'].link}", privacy.path)
    return await addresses(retailer.site.url, retailer.site.pages, people, starts=starts)


@pytest.fixture(scope="module")
async def found(looked_for: tuple[list[Address], dict[str, list[int]]]) -> list[Address]:
    """An address for every page that is read."""
    return looked_for[0]


async def test_somebody_gets_to_every_page(looked_for: tuple[list[Address], dict[str, list[int]]]) -> None:
    lost = {path: answers for path, answers in looked_for[1].items() if path not in UNREACHED}
    assert not lost, f"page: what those who tried were answered: {lost}"


async def walk(who: Visitor, looked_at: Sequence[Address], by_axe: Collection[Address]) -> list[str]:
    """What is wrong with these pages, a few looked at at once."""
    faults: list[str] = []
    left: Iterator[Address] = iter(looked_at)

    async def go() -> None:
        tab = await who.tab()
        for address in left:
            faults.extend(await tab.faults(address.path, accessible=address in by_axe))

    await asyncio.gather(*(go() for _ in range(min(AT_ONCE, len(looked_at)))))
    return faults


@pytest.mark.parametrize(
    ("tongue", "width", "scheme", "axe"),
    [("en", 1280, "light", 0), ("zh", 390, "dark", 1), ("en", 390, "light", None), ("zh", 1280, "dark", None)],
)
async def test_every_page_is_as_it_should_be(
    retailer: Retailer,
    found: list[Address],
    browser: Browser,
    *,
    tongue: Tongue,
    width: Width,
    scheme: Scheme,
    axe: int | None,
) -> None:
    """Axe takes most of the time: it sees each page once, every second one in the other language, width and scheme."""
    shown = [address for address in found if address.media == HTML]
    by_axe = [] if axe is None else shown[axe::2]
    faults: list[str] = []
    for role in dict.fromkeys(address.role for address in shown):
        token = GUEST.token if role == GUEST.role else retailer.people[role].token
        async with visitor(browser, retailer.site.url, token, tongue=tongue, width=width, scheme=scheme) as somebody:
            theirs = [address for address in shown if address.role == role]
            faults += await walk(somebody, theirs, by_axe)
    assert not faults, "\n".join(faults)


async def test_who_may_see_what_follows_the_roles(retailer: Retailer, found: list[Address]) -> None:
    wrong = []
    for role, person in retailer.people.items():
        held = ROLES[role].permissions | {"public", "signed_in"}
        async with httpx.AsyncClient(base_url=retailer.site.url, cookies={SESSION_COOKIE: person.token}) as client:
            for address in found:
                status, *_ = await read(client, address.path)
                may = address.page.permission in held and ALSO.get(address.page.path, held) & held
                if not may and status != httpx.codes.FORBIDDEN:
                    wrong.append(f"{role} got {status} for {address.path}")
                elif may and not ROLES[role].bound and address.role == "administrator" and status >= REFUSED:
                    wrong.append(f"{role} was refused {address.path} with {status}")
    assert not wrong, "\n".join(wrong)


async def test_a_stranger_is_sent_to_the_sign_in_and_changes_nothing(retailer: Retailer, found: list[Address]) -> None:
    async with httpx.AsyncClient(base_url=retailer.site.url) as client:
        for address in found:
            if address.page.permission != "public":
                answer = await client.get(address.path)
                assert answer.status_code == httpx.codes.SEE_OTHER, address
                assert answer.headers["location"].startswith("/sign-in"), address
        for page in retailer.site.pages:
            if page.method == "POST" and page.permission != "public":
                answer = await client.post(_some(page.path), data={})
                assert answer.status_code == httpx.codes.UNAUTHORIZED, page


async def test_a_form_from_elsewhere_is_turned_down(retailer: Retailer) -> None:
    token = retailer.people["administrator"].token
    async with httpx.AsyncClient(base_url=retailer.site.url, cookies={SESSION_COOKIE: token}) as client:
        for page in retailer.site.pages:
            if page.method != "POST":
                continue
            foreign = await client.post(_some(page.path), data={}, headers={"sec-fetch-site": "cross-site"})
            assert foreign.status_code == httpx.codes.FORBIDDEN, page
            if page.permission != "public":
                unmarked = await client.post(_some(page.path), data={"csrf": "guessed"})
                assert unmarked.status_code == httpx.codes.FORBIDDEN, page


async def test_pages_are_private_safe_and_compressed(retailer: Retailer, found: list[Address]) -> None:
    token = retailer.people["administrator"].token
    async with httpx.AsyncClient(base_url=retailer.site.url, cookies={SESSION_COOKIE: token}) as client:
        for address in found:
            if address.media != HTML or address.role != "administrator":
                continue
            answer = await client.get(address.path, headers={"accept-encoding": "gzip"})
            assert answer.headers["cache-control"] == "no-store", address
            assert "script-src 'unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["content-security-policy"].startswith("default-src 'self';")
            assert {"Accept-Encoding", "Cookie"} <= set(answer.headers["vary"].split(", "))
            assert answer.headers["content-encoding"] == "gzip", address
            assert not re.search(r"""\s(style|on\w+)=["']|<style|<script(?![^>]*\bsrc=)""", answer.text), address
            assert not re.search(r"""\b(src|href)=["'](https?:)?//""", answer.text), address


async def test_the_first_load_is_small(retailer: Retailer, found: list[Address]) -> None:
    token = retailer.people["administrator"].token
    async with httpx.AsyncClient(base_url=retailer.site.url, cookies={SESSION_COOKIE: token}) as client:
        for address in found:
            if address.media == HTML and address.role == "administrator":
                assert await _load_bytes(client, address.path) < FIRST_LOAD_BYTES_MAX, address


async def _load_bytes(client: httpx.AsyncClient, path: str) -> int:
    """What a browser that has nothing yet gets for a page, charts apart."""
    answer = await client.get(path, headers={"accept-encoding": "gzip"})
    size = int(answer.headers["content-length"])
    for asset in {found.partition("#")[0] for found in re.findall(r'(?:src|href)="(/assets/[^"]+)"', answer.text)}:
        if not LATER.match(asset):
            loaded = await client.head(asset, headers={"accept-encoding": "gzip, br"})
            assert loaded.status_code == httpx.codes.OK, asset
            size += int(loaded.headers["content-length"])
    return size


def _some(path: str) -> str:
    """An address of this form; whether anything is there does not matter."""
    return re.sub(r"\{\w+:(int|str|uuid|path)\}", lambda kind: "1" if kind[1] == "int" else "none", path)


async def test_addresses_are_recognised(retailer: Retailer) -> None:
    for page in retailer.site.pages:
        assert pattern(page).fullmatch(_some(page.path)) or "uuid" in page.path

import gzip
import json
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from mainstem.api.access_log import AccessLog
from mainstem.api.edge import Edge
from mainstem.api.services import Lifecycle
from mainstem.console.assets import AssetMissingError, asset, assets, compressed, handlers

pytestmark = [pytest.mark.unit, pytest.mark.anyio]

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "src" / "mainstem" / "console"
NOT_AT_FIRST = ("barcode.js", "vendor/barcode.js", "vendor/charts.js", "vendor/licences.txt", "charts.js")
FIRST_LOAD_BYTES_MAX = 350_000
PAGE = b"<p>" + b"Milk " * 1000 + b"</p>"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    served = Litestar(route_handlers=handlers(), openapi_config=None, logging_config=None)
    transport = httpx.ASGITransport(Edge(served.asgi_handler, Lifecycle(), AccessLog("json")))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def test_a_file_is_served_as_the_client_takes_it_and_kept_for_good(client: httpx.AsyncClient) -> None:
    for name, found in assets().items():
        for coding in (None, *found.encoded):
            request = client.build_request("GET", asset(name), headers={"accept-encoding": coding or "identity"})
            answer = await client.send(request, stream=True)
            body = b"".join([piece async for piece in answer.aiter_raw()])
            assert answer.status_code == 200
            assert answer.headers.get("content-encoding") == coding
            assert answer.headers.get("vary") == ("Accept-Encoding" if found.encoded else None)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert int(answer.headers["content-length"]) == len(body)
            assert body == (found.body if coding is None else found.encoded[coding])
            if coding == "gzip":
                assert gzip.decompress(body) == found.body


async def test_brotli_comes_first_where_it_was_built(client: httpx.AsyncClient) -> None:
    async def coding(accept: str) -> str | None:
        request = client.build_request("HEAD", asset("vendor/tabler.css"), headers={"accept-encoding": accept})
        chosen: str | None = (await client.send(request)).headers.get("content-encoding")
        return chosen

    assert await coding("gzip, deflate, br, zstd") == "br"
    assert await coding("gzip;q=1.0, br;q=0") == "gzip"
    assert await coding("*;q=0.5, br;q=0.0") == "gzip"
    assert await coding("gzip;q=0, identity") is None
    assert await coding("") is None


async def test_nothing_is_written_to_a_file(client: httpx.AsyncClient) -> None:
    answer = await client.post(asset("console.css"))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_what_is_missing_says_how_to_make_it() -> None:
    with pytest.raises(AssetMissingError, match="run `make assets`"):
        asset("vendor/no-such.js")
    with pytest.raises(AssetMissingError, match=r"no static/no-such\.css"):
        asset("no-such.css")


def test_a_page_is_compressed_for_who_takes_it() -> None:
    body, headers = compressed(PAGE, b"gzip, br")
    assert headers == ((b"content-encoding", b"gzip"),)
    assert len(body) < len(PAGE) / 10
    assert gzip.decompress(body) == PAGE
    for accept in (b"", b"br", b"gzip;q=0", b"identity, *;q=0"):
        assert compressed(PAGE, accept) == (PAGE, ())


def test_what_compressing_does_not_make_smaller_is_sent_as_it_is() -> None:
    small, packed = PAGE[:900], gzip.compress(Path(__file__).read_bytes())
    assert len(packed) > 1000
    for body in (small, packed):
        assert compressed(body, b"gzip") == (body, ())


def test_the_length_of_a_page_does_not_tell_what_is_in_it() -> None:
    lengths = {len(compressed(PAGE, b"gzip")[0]) for _ in range(200)}
    assert len(lengths) > 50
    assert max(lengths) - min(lengths) <= 100


def test_the_first_load_is_small() -> None:
    first = {name: found for name, found in assets().items() if name not in NOT_AT_FIRST}
    assert sum(min(map(len, (f.body, *f.encoded.values()))) for f in first.values()) < FIRST_LOAD_BYTES_MAX


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', assets()["vendor/icons.svg"].body.decode()))
    listed = (ROOT / "assets" / "icons.txt").read_text(encoding="utf-8").splitlines()
    assert drawn == {name for name in listed if name and not name.startswith("#")}
    used = set()
    for file in CONSOLE.rglob("*.html"):
        used |= set(re.findall(r"""\b(?:icon\(|picture=)["']([\w-]+)["']""", file.read_text(encoding="utf-8")))
    from mainstem.console.frame.navigation import SECTIONS

    used |= {entry.icon for section in SECTIONS for entry in section.entries}
    assert used - drawn == set()


def test_nothing_comes_from_elsewhere() -> None:
    for name, found in assets().items():
        if name.endswith(".css"):
            assert re.findall(rb"""(?:url\(["']?|@import\s+["']?)(?:https?:)?//""", found.body) == [], name
        assert b"sourceMappingURL" not in found.body, name


def test_the_lock_pins_every_package_and_names_no_registry() -> None:
    folder = ROOT / "assets"
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    locked = {name.removeprefix("node_modules/"): package for name, package in lock["packages"].items() if name}
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert locked[name]["version"] == version
    assert [name for name, package in locked.items() if not package["integrity"].startswith("sha512-")] == []
    assert [name for name, package in locked.items() if "resolved" in package] == []


def test_what_has_been_built_is_not_built_again() -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "assets", "--shipped"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout + done.stderr == ""

"""Codes are read in the browser under the policy of the pages, also where it has no detector of its own."""

import pytest
import segno
from playwright.async_api import Browser, Page

from mainstem.console.assets import asset
from tests.browser.conftest import Site
from tests.browser.harness.visiting import visitor

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

FORMATS = ["ean_13", "ean_8", "upc_a", "code_128", "qr_code"]
READ = """async ({ picture, formats, script, worker }) => {
  delete window.BarcodeDetector;
  const element = Object.assign(document.createElement("script"), { src: script });
  element.dataset.worker = worker;
  await new Promise((done) => { element.onload = done; document.head.append(element); });
  const image = new Image();
  image.src = picture;
  await image.decode();
  const detector = await barcodeDetector(formats);
  return (await detector.detect(image)).map(({ rawValue, format }) => [rawValue, format]);
}"""
DRAWN = """({ bars }) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: (bars.length + 30) * 3, height: 160 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  [...bars].forEach((bar, place) => { if (bar === "1") pen.fillRect((place + 15) * 3, 20, 3, 120); });
  return canvas.toDataURL();
}"""

# GS1 General Specifications, 5.2.1: sets A and C; which of A and B the left half takes follows the first digit.
_A = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_C = tuple("".join("10"[int(bit)] for bit in bits) for bits in _A)
_B = tuple(bits[::-1] for bits in _C)
_LEFT = ("AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA")


def ean_13(digits: str) -> str:
    """The bars of an EAN-13 as ones."""
    left = (
        (_A if kind == "A" else _B)[int(digit)] for kind, digit in zip(_LEFT[int(digits[0])], digits[1:7], strict=True)
    )
    return f"101{''.join(left)}01010{''.join(_C[int(digit)] for digit in digits[7:])}101"


async def read(page: Page, picture: str) -> list[list[str]]:
    asked = {
        "picture": picture,
        "formats": FORMATS,
        "script": asset("barcode.js"),
        "worker": asset("vendor/barcode.js"),
    }
    found: list[list[str]] = await page.evaluate(READ, asked)
    return found


async def test_an_article_number_and_a_qr_code_are_read(site: Site, browser: Browser) -> None:
    async with visitor(browser, site.url, site.people["operations_manager"].token) as somebody:
        page, complaints = await somebody.open("/")
        drawn = await page.evaluate(DRAWN, {"bars": ean_13("6900000010013")})
        assert await read(page, drawn) == [["6900000010013", "ean_13"]]
        qr = segno.make_qr("https://example.com/p/021-1").png_data_uri(scale=5, border=4)
        assert await read(page, qr) == [["https://example.com/p/021-1", "qr_code"]]
        assert complaints == []


async def test_where_there_is_no_code_none_is_found(site: Site, browser: Browser) -> None:
    async with visitor(browser, site.url, site.people["operations_manager"].token) as somebody:
        page, _ = await somebody.open("/")
        assert await read(page, await page.evaluate(DRAWN, {"bars": "0" * 95})) == []

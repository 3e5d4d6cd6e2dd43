"""Looks at a page in a real browser and says what is wrong with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from mainstem.platform.access.people.sessions import SESSION_COOKIE
from tests.browser.harness.names import Tongue

Width = Literal[1280, 390]
Scheme = Literal["light", "dark"]

AXE = Path(__file__).parents[3] / "assets" / "node_modules" / "axe-core" / "axe.min.js"
HEIGHTS: dict[int, int] = {1280: 900, 390: 844}
LOCALES: dict[str, str] = {"zh": "zh-CN", "en": "en-GB"}
SHIFT_MAX = 0.05
GRAVE = ("serious", "critical")
# The rows of a table are alike: the first ten of them are looked at.
RUN_AXE = """() => {
  const rows = document.querySelector("tbody tr:nth-child(n + 11)") ? { exclude: "tbody tr:nth-child(n + 11)" } : {};
  return axe.run({ include: document, ...rows }, { resultTypes: ["violations"], selectors: false });
}"""

# Notes the shifts of the layout from the first moment on.
WATCH = """() => {
  const seen = [], watch = new PerformanceObserver((list) => seen.push(...list.getEntries()));
  watch.observe({ type: "layout-shift", buffered: true });
  window.layoutShifts = () => [...seen, ...watch.takeRecords()].filter((one) => !one.hadRecentInput)
    .map((one) => one.value);
}"""

# The page is as it stays: fonts are there, charts are drawn, and what scripts changed is painted.
SETTLED = """async () => {
  const painted = () => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
  const unfinished = () => document.querySelector("[data-chart][aria-busy], .htmx-request");
  await document.fonts.ready;
  await painted();
  for (let left = 100; unfinished() && left; left -= 1) await painted();
  return unfinished() ? ["is not finished"] : [];
}"""

WIDER = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > wide + 1)
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""

# Words in small Latin letters outside of code, of addresses, of people's data and of what says that it is in another
# language. What an option stands for, such as the code of a channel or the name of a time zone, is no word either.
ENGLISH = """() => {
  const skipped = "code, pre, kbd, samp, script, style, textarea, [translate=no], [data-verbatim], [lang]:not(html)";
  const names = [/\\b(Mainstem|mainstem doctor|PostgreSQL|Python|Chromium|Linux|OpenID Connect|JSON Lines|Parquet)\\b/g,
    /\\b(Google|Microsoft|Authenticator|WeChat|Alipay|App|Spark|Java|unionid|openid|English|root|gal)\\b/g];
  const symbols = [/https?:\\S+|\\S+@\\S+|[\\w.-]*[\\/_:.][\\w\\/_:.-]*|[\\w-]*\\d[\\w-]*/g];
  const read = [["title", document.title]];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement: around } = texts.currentNode;
    if (!around.closest(skipped)) read.push(["text", around.matches("option") ? data.replace(around.value, "") : data]);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const e of document.querySelectorAll(`[${name}]`)) {
      if (!e.closest(skipped)) read.push([name, e.getAttribute(name)]);
    }
  }
  for (const e of document.querySelectorAll("[data-label]")) read.push(["data-label", e.dataset.label]);
  const found = new Set();
  for (const [where, text] of read) {
    const plain = [...names, ...symbols].reduce((rest, one) => rest.replace(one, " "), text);
    if (/[A-Za-z][a-z]{2}/.test(plain)) {
      found.add(`${where}: ${text.trim().slice(0, 60)}`);
    }
  }
  return [...found];
}"""


class Tab:
    """One page of a browser, which goes from address to address."""

    def __init__(self, page: Page, url: str, tongue: Tongue, width: Width) -> None:
        self.page = page
        self.url = url
        self.tongue = tongue
        self.width = width
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    async def go(self, path: str) -> None:
        """Load the page at this address; `complaints` are then those about this page, and go on being written to."""
        self.complaints.clear()
        answer = await self.page.goto(self.url + path)
        assert answer is not None
        if answer.status != HTTPStatus.OK:
            self.complaints.append(f"status {answer.status}")

    async def faults(self, path: str, *, accessible: bool = True) -> list[str]:
        """What is wrong with the page at this address; `accessible` asks axe too, which takes most of the time."""
        await self.go(path)
        page = self.page
        found: list[str] = await page.evaluate(SETTLED)
        found += [f"wider than the screen: {element}" for element in await page.evaluate(WIDER)]
        shift = sum(await page.evaluate("() => window.layoutShifts()"))
        if shift > SHIFT_MAX:
            found.append(f"the layout shifts by {shift:.3f}")
        if await page.locator("h1").count() != 1:
            found.append("there is not one h1")
        if self.tongue == "zh":
            found += [f"English: {text}" for text in await page.evaluate(ENGLISH)]
        if accessible:
            found += await violations(page)
        return [f"{path} ({self.tongue}, {self.width}): {fault}" for fault in (*self.complaints, *found)]


class Visitor:
    """Somebody in front of a browser of some width, in one language; a guest without a token."""

    def __init__(self, context: BrowserContext, url: str, tongue: Tongue, width: Width) -> None:
        self.context = context
        self.url = url
        self.tongue = tongue
        self.width = width

    async def tab(self) -> Tab:
        """A new page, with nothing in it."""
        return Tab(await self.context.new_page(), self.url, self.tongue, self.width)

    async def open(self, path: str) -> tuple[Page, list[str]]:
        """The page, loaded, and what its console has said so far: it goes on being written to."""
        tab = await self.tab()
        await tab.go(path)
        return tab.page, tab.complaints

    async def faults(self, path: str) -> list[str]:
        """What is wrong with the page at this address."""
        tab = await self.tab()
        try:
            return await tab.faults(path)
        finally:
            await tab.page.close()


async def violations(page: Page) -> list[str]:
    """The serious and critical violations that axe-core finds; the policy of the page stays in force."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    report: dict[str, Any] = await page.evaluate(RUN_AXE)
    return [
        f"{found['id']}: {found['help']}: {node['html'][:140]}"
        for found in report["violations"]
        if found["impact"] in GRAVE
        for node in found["nodes"][:3]
    ]


@asynccontextmanager
async def visitor(
    browser: Browser,
    url: str,
    token: str = "",
    *,
    tongue: Tongue = "en",
    width: Width = 1280,
    scheme: Scheme = "light",
    scripts: bool = True,
) -> AsyncIterator[Visitor]:
    """A browser of somebody's own, until the block ends."""
    context = await browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        locale=LOCALES[tongue],
        color_scheme=scheme,
        java_script_enabled=scripts,
    )
    if token:
        await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])
    await context.add_init_script(f"({WATCH})()")
    try:
        yield Visitor(context, url, tongue, width)
    finally:
        await context.close()

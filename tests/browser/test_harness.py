"""What looks at pages sees what is wrong with them."""

import pytest
from playwright.async_api import Browser

from tests.browser.harness.addresses import pattern
from tests.browser.harness.serving import Declared
from tests.browser.harness.visiting import ENGLISH, WIDER, violations, visitor

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

GOOD = '<html lang="zh-CN"><title>订单</title><main><h1>订单</h1><p>共 12 单，SKU 021-1，Mainstem</p></main></html>'
BAD = (
    '<html lang="zh-CN"><title>订单</title><main><h1>订单</h1><p>Orders waiting</p><img src="data:," alt="Picture">'
    '<input placeholder="搜索"><div style="width: 500px; color: #ccc">颜色太浅</div></main></html>'
)


async def test_a_page_in_order_has_no_faults(browser: Browser) -> None:
    async with visitor(browser, "about:blank", tongue="zh", width=390) as somebody:
        page = await somebody.context.new_page()
        await page.set_content(GOOD)
        assert await page.evaluate(ENGLISH) == []
        assert await page.evaluate(WIDER) == []
        assert await violations(page) == []


async def test_faults_are_found(browser: Browser) -> None:
    async with visitor(browser, "about:blank", tongue="zh", width=390) as somebody:
        page = await somebody.context.new_page()
        await page.set_content(BAD)
        assert sorted(await page.evaluate(ENGLISH)) == ["alt: Picture", "text: Orders waiting"]
        assert [element[:4] for element in await page.evaluate(WIDER)] == ["<div"]
        assert {fault.partition(":")[0] for fault in await violations(page)} >= {"color-contrast"}


@pytest.mark.parametrize("path", ["/orders/{order:int}", "/stock/{sku:str}", "/x.{kind}/{rest:path}"])
def test_an_address_is_told_from_others(path: str) -> None:
    form = pattern(Declared("GET", path, "public"))
    fitting = {
        "/orders/{order:int}": "/orders/12",
        "/stock/{sku:str}": "/stock/A-1",
        "/x.{kind}/{rest:path}": "/x.a/b/c",
    }
    for one, address in fitting.items():
        assert (form.fullmatch(address) is not None) == (one == path)
    assert form.fullmatch(fitting[path] + "/") is None or "path" in path
    assert form.fullmatch("/orders/new") is None

"""The guide to promotions: every example in it is sent to a real API, and every basket comes to what stands there."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mainstem.domains.pricing.engine import compile_book, quote
from mainstem.domains.pricing.promotions.form import Promotion
from mainstem.domains.pricing.quotes.contracts import Basket, Customer, Delivery, Goods, Left, Priced, Quoted
from tests.contract.conftest import Shop
from tests.unit.loyalty_club import FORM

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

DOCS = Path(__file__).parents[2] / "docs"
GOODS: dict[str, tuple[int, str, str]] = {
    "MILK": (500, "Food/Milk", "Alpha"),
    "TEA": (2000, "Food/Tea", "Beta"),
    "CUP": (1500, "Home/Kitchen", "Beta"),
    "TOY": (4000, "Toys", "Gamma"),
    "SOCKS": (1000, "Fashion/Socks", "Delta"),
}
NOON = "2026-11-11T12:00:00+08:00"


def blocks(page: str) -> list[dict[str, Any]]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def test_the_chinese_guide_has_the_same_examples() -> None:
    assert blocks("zh/promotions.md") == blocks("promotions.md")


async def furnish(shop: Shop) -> None:
    node = {"name": "Store", "kind": "store", "time_zone": "Asia/Shanghai", "region": "East"}
    await shop.done("PUT", "/v1/nodes/S1", node)
    await shop.done("PUT", "/v1/channels/web", {"name": "Web", "kind": "web", "currency": "CNY", "nodes": ["S1"]})
    for sku, (_, category, brand) in GOODS.items():
        variant = {"sku": sku, "attributes": {"season": "winter"} if sku == "SOCKS" else {}}
        product = {"name": sku, "category": category, "brand": brand, "variants": [variant]}
        await shop.done("PUT", f"/v1/products/P-{sku}", product)
    condition = {"trait": "orders_total", "op": ">=", "value": 2}
    await shop.done("POST", "/v1/segments", {"name": "Regulars", "condition": condition})
    await shop.done("POST", "/v1/loyalty/programmes", {"programme": FORM})


def quoted(asked: dict[str, Any], forms: list[Promotion]) -> Quoted:
    """What a basket of the guide comes to."""
    lines = []
    for position, (sku, items) in enumerate(asked["basket"].items(), 1):
        price, category, brand = GOODS[sku]
        attributes = {"season": "winter"} if sku == "SOCKS" else {}
        lists = ("best",) if sku in ("TEA", "CUP") else ()
        goods = Goods(position, sku, f"P-{sku}", category, brand, attributes, lists)
        lines.append(Priced(position, goods, items, 1, price, floor_minor=asked.get("floors", {}).get(sku, 0)))
    local = datetime.fromisoformat(asked.get("local", NOON))
    known = {"id": 1, **asked["customer"]} if "customer" in asked else {}
    basket = Basket(
        moment=local.astimezone(UTC),
        local=local,
        channel="web",
        channel_kind="web",
        currency="CNY",
        lines=tuple(lines),
        node="S1",
        region="East",
        customer=msgspec.convert(known, Customer),
        delivery=msgspec.convert(asked.get("delivery", {}), Delivery),
        tenders=tuple(asked.get("tenders", ())),
        coupons=dict.fromkeys(asked.get("coupons", ()), "a coupon"),
        left=msgspec.convert(asked.get("left", {}), dict[str, Left]),
    )
    return quote(basket, compile_book(forms))


async def test_every_example_does_what_the_guide_says(bare: Shop) -> None:
    await furnish(bare)
    manager = await bare.key_of("operations_manager")
    forms: list[Promotion] = []
    seen = {"promotions": 0, "baskets": 0, "requests": 0}
    for block in blocks("promotions.md"):
        if "POST" in block:
            await bare.done("POST", block["POST"], block["body"])
            seen["requests"] += 1
        elif "basket" in block:
            found = quoted(block, forms)
            assert found.total_minor == block["total_minor"], (block, found)
            assert sorted(block.get("applied", [one.code for one in found.applied])) == sorted(
                one.code for one in found.applied
            ), (block, found)
            offered = [sku for one in found.applied for sku in one.offered]
            assert offered == block.get("offered", offered if "offered" not in block else [])
            seen["baskets"] += 1
        else:
            wanted = block.get("promotions") or [block["promotion"]]
            forms = []
            for one in wanted:
                saved = await bare.done("POST", "/v1/promotions", {"promotion": one})
                if saved["approval"]:
                    path = f"/v1/promotions/{one['code']}/approval"
                    approved = await bare.send("POST", path, {"revision": saved["revision"]}, key=manager)
                    assert approved.is_success, approved.text
                await bare.done("POST", f"/v1/promotions/{one['code']}/start")
                kept = await bare.done("GET", f"/v1/promotions/{one['code']}")
                forms.append(msgspec.convert(kept["promotion"], Promotion, strict=False))
            seen["promotions"] += len(wanted)
    assert seen["promotions"] >= 25
    assert seen["baskets"] >= 30
    assert seen["requests"] == 4


def test_every_kind_is_shown() -> None:
    shown = (DOCS / "promotions.md").read_text(encoding="utf-8")
    for union in (Promotion.__annotations__["reward"].__args__, _conditions()):
        for kind in union:
            assert f'"type": "{kind.__struct_config__.tag}"' in shown, kind


def _conditions() -> tuple[Any, ...]:
    from mainstem.domains.pricing.promotions import form

    return tuple(form.Condition.__args__)

"""What a promotion is refused for: each code with the pointer to the place."""

from typing import Any

import pytest

from mainstem.domains import customers, pricing
from mainstem.platform.execution import Executor
from mainstem.processes.save_promotions import SAVE_PROMOTION
from tests.unit.loyalty_club import Club
from tests.unit.promotion_shop import PERCENT, Shop, form

pytestmark = [pytest.mark.unit, pytest.mark.anyio]

OF = {"skus": ["K1"]}
BUY_GET = {"type": "buy_get", "buy": OF, "buy_items": 2, "get": OF, "get_items": 1, "cut": {"percent": 100}}


def reward(kind: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"reward": {"type": kind, **fields}, "currency": "CNY"}


def when(*conditions: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"when": list(conditions), "currency": "CNY", **more}


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "first_order"}
    for _ in range(depth):
        inner = {"type": "not", "condition": inner}
    return inner


BY_ITSELF: list[tuple[dict[str, Any], str, str]] = [
    ({"code": " ten"}, "bad_code", "/code"),
    ({"code": "a/b"}, "bad_code", "/code"),
    ({"code": "TEN-\u0410"}, "code_scripts", "/code"),
    ({"name": {"en": " "}}, "promotion_name", "/name"),
    ({"name": {"en": "x" * 101}}, "promotion_name", "/name"),
    ({"description": "x" * 2001}, "too_long", "/description"),
    (
        {"valid_from": "2026-11-11T00:00:00Z", "valid_until": "2026-11-11T00:00:00Z"},
        "never_valid",
        "/valid_until",
    ),
    ({"valid_from": "2026-11-11T00:00:00"}, "moment_unclear", "/valid_from"),
    ({"valid_until": "1999-11-11T00:00:00Z"}, "moment_unclear", "/valid_until"),
    (reward("percent", percent="100.5"), "percent_range", "/reward/percent"),
    (reward("percent", percent=0), "percent_range", "/reward/percent"),
    (reward("percent", percent="-3"), "percent_range", "/reward/percent"),
    (reward("percent", percent="12.34567"), "percent_range", "/reward/percent"),
    (reward("percent", percent="NaN"), "percent_range", "/reward/percent"),
    (reward("percent", percent=5, at_most_minor=0), "number_range", "/reward/at_most_minor"),
    (reward("amount", amount_minor=0), "number_range", "/reward/amount_minor"),
    (reward("amount", amount_minor=-1), "number_range", "/reward/amount_minor"),
    (reward("fixed_price", price_minor=10**16), "number_range", "/reward/price_minor"),
    (reward("nth_item", every=0, cut={"percent": 50}), "number_range", "/reward/every"),
    (reward("nth_item", every=2, cut={}), "cut_unclear", "/reward/cut"),
    (reward("nth_item", every=2, cut={"percent": 50, "price_minor": 1}), "cut_unclear", "/reward/cut"),
    (reward("nth_item", every=2, cut={"percent": 101}), "percent_range", "/reward/cut/percent"),
    (reward("nth_item", every=2, cut={"percent": 50}, times_max=0), "number_range", "/reward/times_max"),
    ({"reward": {**BUY_GET, "buy_items": 0}}, "number_range", "/reward/buy_items"),
    (reward("bundle", parts=[], cut={"price_minor": 9}), "number_range", "/reward/parts"),
    (reward("bundle", parts=[{"of": OF, "items": 0}], cut={"percent": 9}), "number_range", "/reward/parts/0/items"),
    (reward("gift", skus=[]), "number_range", "/reward/skus"),
    (reward("gift", skus=["K1", "K1"]), "given_twice", "/reward/skus/1"),
    (reward("tiers", by="items", steps=[]), "number_range", "/reward/steps"),
    (
        reward("tiers", by="items", steps=[{"at_least": n, "cut": {"percent": 5}} for n in (3, 3)]),
        "steps_unsorted",
        "/reward/steps/1/at_least",
    ),
    (reward("points"), "gives_nothing", "/reward"),
    (reward("points", times="0.5"), "number_range", "/reward/times"),
    ({"reward": {"type": "amount", "amount_minor": 5}}, "currency_missing", "/currency"),
    ({"limits": {"budget_minor": 5}}, "currency_missing", "/currency"),
    (
        {"reward": {"type": "tiers", "by": "amount", "steps": [{"at_least": 1, "cut": {"percent": 5}}]}},
        "currency_missing",
        "/currency",
    ),
    ({"currency": "XYZ"}, "unknown_currency", "/currency"),
    (when({"type": "channels"}), "condition_empty", "/when/0"),
    (when({"type": "segment", "names": []}), "condition_empty", "/when/0"),
    (when({"type": "any", "conditions": []}), "condition_empty", "/when/0"),
    (when({"type": "basket"}), "condition_empty", "/when/0"),
    (when({"type": "tender", "kinds": [" "]}), "value_empty", "/when/0/kinds/0"),
    (when({"type": "basket", "items_min": 3, "items_max": 2}), "limits_crossed", "/when/0/items_min"),
    (when({"type": "basket", "skus_min": 3, "items_max": 2}), "limits_crossed", "/when/0/skus_min"),
    (
        when({"type": "basket", "amount_minor_min": 3, "amount_minor_max": 2}),
        "limits_crossed",
        "/when/0/amount_minor_min",
    ),
    (when({"type": "basket", "items_min": -1}), "number_range", "/when/0/items_min"),
    (when({"type": "birthday", "days_before": 400}), "number_range", "/when/0/days_before"),
    (when({"type": "schedule", "from": "25:00"}), "clock_unclear", "/when/0/from"),
    (when({"type": "schedule", "weekdays": [8]}), "number_range", "/when/0/weekdays/0"),
    (when({"type": "schedule", "weekdays": [1, 1]}), "given_twice", "/when/0/weekdays/1"),
    (
        when({"type": "tender", "kinds": ["card"]}, {"type": "tender", "kinds": ["cash"]}),
        "conditions_exclude",
        "/when/1",
    ),
    (
        when({"type": "first_order"}, {"type": "not", "condition": {"type": "first_order"}}),
        "conditions_exclude",
        "/when/1",
    ),
    (
        when({"type": "basket", "items_min": 5}, {"type": "basket", "items_max": 3}),
        "conditions_exclude",
        "/when/1",
    ),
    (when(nested(5)), "form_too_deep", "/when/0" + "/condition" * 5),
    (when(*[{"type": "first_order"}] * 51), "form_too_large", "/when"),
    (
        when({"type": "basket", "items_min": 1, "of": {"price_minor_min": 5, "price_minor_max": 4}}),
        "limits_crossed",
        "/when/0/of/price_minor_min",
    ),
    ({"reward": {**PERCENT, "of": {"skus": [f"S{n}" for n in range(1001)]}}}, "form_too_large", "/reward/of/skus"),
    ({"reward": {**PERCENT, "of": {"skus": ["K1"], "exclude": {}}}}, "selects_nothing", "/reward/of/exclude"),
    ({"reward": {**PERCENT, "of": {"skus": ["K1"], "exclude": OF}}}, "selects_nothing", "/reward/of/exclude"),
    ({"stacking": {"layer": -1}}, "number_range", "/stacking/layer"),
    ({"stacking": {"not_with": ["ten"]}}, "excludes_itself", "/stacking/not_with/0"),
    ({"limits": {"uses_total": 0}}, "number_range", "/limits/uses_total"),
    (
        {**reward("free_delivery"), "limits": {"items_total": 5}},
        "limit_without_goods",
        "/limits/items_total",
    ),
]


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    made = Shop(executor)
    await made.furnish()
    return made


async def test_what_is_wrong_with_a_form_by_itself(shop: Shop) -> None:
    for changes, code, where in BY_ITSELF:
        assert await shop.wrong(form(**changes)) == (code, f"/promotion{where}"), changes
    assert await shop.wrong(form(description="x", when=[{"type": "segment", "names": ["x" * 70_000]}])) == (
        "form_too_large",
        "/promotion",
    )


async def test_what_a_form_names_must_be_there(shop: Shop) -> None:
    club = Club(shop.executor)
    await club.programme()
    condition = {"trait": "orders_total", "op": ">=", "value": 1}
    await shop.do(customers.SAVE_SEGMENT, customers.SaveSegment("Buyers", condition))
    await shop.do(pricing.SAVE_PRODUCT_LIST, pricing.SaveProductList("best", ("K1", "K2")))

    def of(**selector: object) -> dict[str, object]:
        return {"reward": {**PERCENT, "of": selector}}

    cases: list[tuple[dict[str, Any], str, str]] = [
        (when({"type": "channels", "codes": ["web", "shop"]}), "unknown_channel", "/when/0/codes/1"),
        (when({"type": "channels", "kinds": ["fax"]}), "unknown_channel_kind", "/when/0/kinds/0"),
        (when({"type": "channels", "codes": ["abroad"]}), "currency_differs", "/when/0/codes/0"),
        (when({"type": "nodes", "codes": ["S9"]}), "unknown_node", "/when/0/codes/0"),
        (when({"type": "nodes", "regions": ["West"]}), "unknown_region", "/when/0/regions/0"),
        (when({"type": "segment", "names": ["Nobody"]}), "unknown_segment", "/when/0/names/0"),
        (when({"type": "member", "tiers": ["silver", "tin"]}), "unknown_tier", "/when/0/tiers/1"),
        (
            when({"type": "any", "conditions": [{"type": "not", "condition": {"type": "nodes", "codes": ["S9"]}}]}),
            "unknown_node",
            "/when/0/conditions/0/condition/codes/0",
        ),
        (of(skus=["K9"]), "unknown_sku", "/reward/of/skus/0"),
        (of(products=["P9"]), "unknown_product", "/reward/of/products/0"),
        (of(categories=["Milk"]), "unknown_category", "/reward/of/categories/0"),
        (of(brands=["Omega"]), "unknown_brand", "/reward/of/brands/0"),
        (of(lists=["worst"]), "unknown_product_list", "/reward/of/lists/0"),
        (of(categories=["Food"], exclude={"skus": ["K9"]}), "unknown_sku", "/reward/of/exclude/skus/0"),
        (of(categories=["Toys"], brands=["Alpha"]), "selects_nothing", "/reward/of"),
        (of(skus=["K1"], categories=["Toys"]), "selects_nothing", "/reward/of"),
        (of(products=["P4"], brands=["Alpha"]), "selects_nothing", "/reward/of"),
        (of(categories=["Food"], attributes={"colour": ["red"]}), "selects_nothing", "/reward/of"),
        (reward("gift", skus=["K9"]), "unknown_sku", "/reward/skus/0"),
    ]
    for changes, code, where in cases:
        assert await shop.wrong(form(**changes)) == (code, f"/promotion{where}"), changes
    good = when(
        {"type": "channels", "codes": ["web"], "kinds": ["app"]},
        {"type": "nodes", "codes": ["S1"], "regions": ["East"]},
        {"type": "segment", "names": ["Buyers"]},
        {"type": "member", "tiers": ["gold"]},
        reward={
            **PERCENT,
            "of": {"categories": ["Toys"], "attributes": {"colour": ["red"]}, "exclude": {"lists": ["best"]}},
        },
    )
    assert (await shop.save(form(**good))).state == "draft"


async def test_gifts_do_not_lead_back_to_themselves(shop: Shop) -> None:
    def gift(code: str, of: dict[str, Any], sku: str) -> dict[str, Any]:
        return form(code, when=[{"type": "basket", "of": of, "items_min": 1}], **reward("gift", skus=[sku]))

    assert await shop.wrong(gift("own", {"skus": ["K1"]}, "K1")) == ("gift_cycle", "/promotion/reward/skus")
    assert await shop.wrong(gift("own", {"categories": ["Food"]}, "K1")) == ("gift_cycle", "/promotion/reward/skus")
    await shop.save(gift("own", {"categories": ["Food"], "exclude": {"skus": ["K1"]}}, "K1"))
    assert await shop.wrong(gift("first", {"skus": ["K1"]}, "K2")) == ("gift_cycle", "/promotion/reward/skus")
    await shop.do(pricing.END_PROMOTION, pricing.EndPromotion("own"))
    await shop.save(gift("first", {"skus": ["K1"]}, "K2"))
    await shop.save(gift("second", {"skus": ["K2"]}, "K4"))
    made = msgspec_form(gift("third", {"categories": ["Toys"]}, "K1"))
    refusal = await shop.refused(SAVE_PROMOTION, pricing.SavePromotion(made))
    assert refusal.params["path"] == "third → first → second → third"
    await shop.save(form("any", when=[{"type": "basket", "items_min": 3}], **reward("gift", skus=["K1"])))


def msgspec_form(written: dict[str, Any]) -> pricing.Promotion:
    import msgspec

    return msgspec.convert(written, pricing.Promotion, strict=False)


async def test_codes_that_look_alike_are_one(shop: Shop) -> None:
    await shop.save(form("SOLO-11"))
    for code in ("S0L0-1I", "solo11", "\uff33OLO 11", "SOLO\u2013ll"):
        assert await shop.wrong(form(code)) == ("code_alike", "/promotion/code"), code
    await shop.save(form("SOLO-12"))


async def test_exclusives_that_meet_are_told(shop: Shop) -> None:
    def exclusive(code: str, how: str = "items", of: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        return form(code, reward={**PERCENT, "of": of or {}}, stacking={"exclusive": how}, **more)

    assert (await shop.save(exclusive("tea", of={"categories": ["Food/Tea"]}))).warnings == ()
    assert (await shop.save(exclusive("toys", of={"categories": ["Toys"]}))).warnings == ()
    (warned,) = (await shop.save(exclusive("food", of={"categories": ["Food"]}))).warnings
    assert (warned.code, warned.where, warned.promotions) == (
        "overlapping_exclusives",
        "/stacking/exclusive",
        ("tea",),
    )
    assert warned.text.zh
    await shop.do(pricing.END_PROMOTION, pricing.EndPromotion("tea"))
    (warned,) = (await shop.save(exclusive("all", "basket"))).warnings
    assert warned.promotions == ("food", "toys")
    later = exclusive("later", "basket", valid_from="2027-01-01T00:00:00Z")
    earlier = exclusive("earlier", "basket", valid_until="2026-12-31T00:00:00Z")
    assert (await shop.save(later)).warnings[0].promotions == ("all", "food", "toys")
    assert (await shop.save(earlier)).warnings[0].promotions == ("all", "food", "toys")
    (warned,) = (await shop.save(form("lonely", stacking={"not_with": ["nobody"]}))).warnings
    assert (warned.code, warned.where) == ("unknown_not_with", "/stacking/not_with/0")


async def test_loyalty_has_the_tiers(shop: Shop) -> None:
    written = form(when=[{"type": "member", "tiers": ["gold"]}])
    assert await shop.wrong(written) == ("unknown_tier", "/promotion/when/0/tiers/0")
    await Club(shop.executor).programme()
    await shop.save(written)

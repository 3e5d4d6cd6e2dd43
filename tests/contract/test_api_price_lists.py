"""Price lists, taxes, markdown and labels over HTTP: permissions, pages, and the way of a price to a shelf."""

import pytest

from tests.contract.conftest import Json, Shop

pytestmark = pytest.mark.anyio


async def _list(shop: Shop, code: str = "vip", **more: Json) -> Json:
    form = {"name": {"en": code}, "kind": "group", "scope": code, "currency": "CNY"} | more
    return await shop.done("PUT", f"/v1/price-lists/{code}", form)


async def test_a_list_its_prices_and_their_history(shop: Shop) -> None:
    made = await _list(shop)
    assert (made["created"], made["revision"]) == (True, 1)
    assert (await _list(shop, priority=3, expected_revision=1))["revision"] == 2
    for amount, day in ((90, 1), (80, 2)):
        body = {"price_list": "vip", "sku": "K1", "amount_minor": amount, "valid_from": f"2026-01-0{day}T00:00:00Z"}
        await shop.done("POST", "/v1/list-prices", body)

    assert [one["code"] for one in (await shop.done("GET", "/v1/price-lists?limit=1"))["items"]] == ["vip"]
    assert (await shop.done("GET", "/v1/price-lists/vip"))["priority"] == 3
    terms = (await shop.done("GET", "/v1/price-lists/vip/terms"))["items"]
    assert [(one["revision"], one["priority"]) for one in terms] == [(2, 3), (1, 0)]
    first = await shop.done("GET", "/v1/price-lists/vip/prices/history?sku=K1&limit=1")
    rest = await shop.done("GET", f"/v1/price-lists/vip/prices/history?sku=K1&limit=1&cursor={first['next']}")
    assert [page["items"][0]["amount_minor"] for page in (first, rest)] == [80, 90]
    assert first["items"][0]["actor"] > 0
    then = await shop.done("GET", "/v1/price-lists/vip/prices?moment=2026-01-01T12:00:00Z&limit=1")
    assert [(one["sku"], one["amount_minor"]) for one in then["items"]] == [("K1", 90)]
    more = await shop.done("GET", f"/v1/price-lists/vip/prices?moment=2026-01-01T12:00:00Z&cursor={then['next']}")
    assert [one["amount_minor"] for one in more["items"]] == [80]
    assert (await shop.send("GET", "/v1/price-lists/none")).status_code == 404
    assert (await shop.send("GET", "/v1/price-lists/vip/prices?cursor=x")).status_code == 400


async def test_what_a_sku_costs_whom(shop: Shop) -> None:
    await _list(shop)
    await shop.done("POST", "/v1/list-prices", {"price_list": "vip", "sku": "K1", "amount_minor": 70})
    await shop.done("POST", "/v1/tax-rates", {"name": "VAT", "rate_millionths": 130000})
    await shop.done("POST", "/v1/tax-rates", {"name": "Food", "rate_millionths": 90000, "category": "Food"})

    plain = (await shop.done("GET", "/v1/prices/for?sku=K1&sku=K2&channel=web"))["items"]
    assert [(one["unit_price_minor"], one["source"], one["tax_name"]) for one in plain] == [
        (100, "base", "Food"), (200, "base", "Food")
    ]  # fmt: skip
    (vip,) = (await shop.done("GET", "/v1/prices/for?sku=K1&channel=web&node=S1&group=vip"))["items"]
    assert (vip["unit_price_minor"], vip["source"], vip["tax_included"]) == (70, "list:vip", True)
    assert (await shop.send("GET", "/v1/prices/for?sku=K9&channel=web")).json()["code"] == "unknown_sku"
    assert (await shop.done("GET", "/v1/tax-rates/for?category=Toys"))["name"] == "VAT"
    assert len((await shop.done("GET", "/v1/tax-rates"))["items"]) == 2
    assert [one["name"] for one in (await shop.done("GET", "/v1/tax-rates/history"))["items"]] == ["Food", "VAT"]
    bad = await shop.send("POST", "/v1/tax-rates", {"name": "VAT", "rate_millionths": 1000001})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_rate")


async def test_a_batch_needs_a_second_person_and_is_a_file_and_a_label(shop: Shop) -> None:
    await _list(shop, "sale", kind="node", scope="S1", label={"en": "Sale", "zh": "特价"})
    changes = [{"sku": "K1", "amount_minor": 80}, {"sku": "K2", "amount_minor": None}]
    made = await shop.done("POST", "/v1/price-batches", {"price_list": "sale", "changes": changes})
    path = f"/v1/price-batches/{made['id']}"
    labels = await shop.done("GET", "/v1/nodes/S1/labels")
    assert [one["price_minor"] for one in labels["items"]] == [100, 200, 300]

    own = await shop.send("POST", f"{path}/decision", {"approve": True})
    assert (own.status_code, own.json()["code"]) == (403, "own_price_batch")
    second = await shop.key_of("operations_manager")
    done = await shop.send("POST", f"{path}/decision", {"approve": True}, key=second)
    assert done.json()["state"] == "in_force"
    lines = (await shop.done("GET", f"{path}/lines"))["items"]
    assert [(one["sku"], one["amount_minor"]) for one in lines] == [("K1", 80), ("K2", None)]
    file = await shop.send("GET", f"{path}/file")
    assert file.headers["content-type"].startswith("text/csv")
    assert file.text.splitlines()[1].startswith("sale,K1,1,CNY,80,")
    assert [one["state"] for one in (await shop.done("GET", "/v1/price-batches?state=in_force"))["items"]] == [
        "in_force"
    ]

    changed = await shop.done("GET", f"/v1/nodes/S1/labels?after={labels['after']}")
    assert [
        (one["sku"], one["price_minor"], one["promotion"]["zh"]) for one in changed["items"] if one["price_minor"] == 80
    ]
    again = await shop.done("GET", f"/v1/nodes/S1/labels?after={changed['after']}")
    assert (again["items"], again["more"], again["after"]) == ([], False, changed["after"])
    assert (await shop.send("GET", "/v1/nodes/S9/labels")).status_code == 404


async def test_a_rule_its_dry_run_and_its_batch(shop: Shop) -> None:
    await _list(shop, "sale", kind="general", scope="")
    rule = {
        "code": "match",
        "name": {"en": "Match"},
        "price_list": "sale",
        "trigger": {"type": "competitor", "percent": "-1"},
        "bounds": {"endings": ["9"], "approval_above_percent": "30"},
    }
    await shop.done("POST", "/v1/markdown-rules", {"rule": rule})
    seen = {"sku": "K2", "competitor": "X", "currency": "CNY", "amount_minor": 190}
    await shop.done("POST", "/v1/competitor-prices", seen)

    run = await shop.done("GET", "/v1/markdown-rules/match/dry-run")
    assert [(one["sku"], one["reference_minor"], one["amount_minor"]) for one in run["lines"]] == [("K2", 200, 179)]
    assert (run["waits"], run["change_percent_max"], run["skipped"]) == (False, "10.5", {"not_due": 2})
    assert (await shop.done("POST", "/v1/price-batches", {"rule": "match"}))["state"] == "in_force"
    (price,) = (await shop.done("GET", "/v1/prices/for?sku=K2&channel=web"))["items"]
    assert (price["unit_price_minor"], price["lowest_30_days_minor"]) == (179, 200)
    assert (await shop.done("GET", "/v1/markdown-rules/match"))["revision"] == 1
    assert len((await shop.done("GET", "/v1/competitor-prices?sku=K2"))["items"]) == 1
    assert (await shop.send("GET", "/v1/markdown-rules/none/dry-run")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "role"),
    [
        ("PUT", "/v1/price-lists/x", {}, "marketer"),
        ("POST", "/v1/list-prices", {}, "store_associate"),
        ("GET", "/v1/price-guards?sku=K1", None, "analyst"),
        ("GET", "/v1/markdown-rules/x/dry-run", None, "analyst"),
        ("POST", "/v1/price-batches/1/decision", {"approve": True}, "integration"),
        ("POST", "/v1/tax-rates", {}, "service_agent"),
    ],
)
async def test_who_may_not(shop: Shop, method: str, path: str, body: Json, role: str) -> None:
    node = "S1" if role == "store_associate" else None
    answer = await shop.send(method, path, body, key=await shop.key_of(role, node=node))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_costs_and_floors(shop: Shop) -> None:
    for kind, amount in (("cost", 50), ("floor", 60)):
        body = {"kind": kind, "sku": "K1", "currency": "CNY", "amount_minor": amount}
        await shop.done("POST", "/v1/price-guards", body)
    rows = (await shop.done("GET", "/v1/price-guards?sku=K1"))["items"]
    assert [(one["kind"], one["amount_minor"]) for one in rows] == [("floor", 60), ("cost", 50)]

"""Who may call what: every route without a key, with a key that may do everything else, and from another node."""

import re
from pathlib import Path
from typing import Any

import pytest
from litestar import get
from litestar.handlers import HTTPRouteHandler

from mainstem.api.__main__ import routes_text
from mainstem.api.app import UndeclaredPermissionError, create_app, route_table
from mainstem.api.services import assemble
from mainstem.platform.access import PERMISSIONS, ROLES
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load
from tests.contract.conftest import Json, Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

GOLDEN = Path(__file__).parents[1] / "golden" / "routes.txt"
RENEW = "If the change is meant: python -m mainstem.api routes > tests/golden/routes.txt"
_LINE = [{"sku": "K1", "quantity": 1}]


def table() -> list[tuple[str, str, str]]:
    return route_table(create_app(assemble(load({}), Database("postgresql://nowhere/"))))


ROUTES = table()


def filled(path: str) -> str:
    return re.sub(r"\{\w+:(\w+)\}", lambda match: "1" if match[1] == "int" else "S1", path)


def test_the_routes_are_the_reviewed_ones() -> None:
    assert routes_text() == GOLDEN.read_text(encoding="utf-8"), RENEW


def test_every_permission_named_exists() -> None:
    assert {permission for _, _, permission in ROUTES} <= {*PERMISSIONS, "public"}


async def test_without_a_key_nothing_but_what_is_public(bare: Shop) -> None:
    for method, path, permission in ROUTES:
        answer = await bare.send(method, filled(path), key=None)
        if permission == "public":
            assert answer.status_code in (200, 404), (method, path)
        else:
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_with_every_other_permission_is_not_enough(bare: Shop) -> None:
    for permission in sorted({permission for _, _, permission in ROUTES} - {"public"}):
        key = await bare.key_of("administrator", scopes=tuple(code for code in PERMISSIONS if code != permission))
        for method, path, needed in ROUTES:
            if needed == permission:
                answer = await bare.send(method, filled(path), key=key)
                found = (answer.status_code, answer.json()["code"], permission in answer.json()["detail"])
                assert found == (403, "forbidden", True), (method, path)


ELSEWHERE: dict[tuple[str, str], tuple[str, Any]] = {
    ("GET", "/v1/orders"): ("/v1/orders?node=S2", None),
    ("POST", "/v1/orders"): ("", {"channel": "web", "node": "S2", "lines": _LINE}),
    ("GET", "/v1/orders/{order:int}"): ("/v1/orders/{order}", None),
    ("GET", "/v1/orders/{order:int}/history"): ("/v1/orders/{order}/history", None),
    ("POST", "/v1/orders/{order:int}/allocation"): ("/v1/orders/{order}/allocation", {}),
    ("POST", "/v1/orders/{order:int}/cancellations"): ("/v1/orders/{order}/cancellations", {"reason": "x"}),
    ("POST", "/v1/orders/{order:int}/deliveries"): ("/v1/orders/{order}/deliveries", {}),
    ("POST", "/v1/orders/{order:int}/payments"): ("/v1/orders/{order}/payments", {"tenders": []}),
    ("POST", "/v1/orders/{order:int}/returns"): ("/v1/orders/{order}/returns", {"node": "S2", "reason": "x"}),
    ("POST", "/v1/orders/{order:int}/shipments"): ("/v1/orders/{order}/shipments", {}),
    ("POST", "/v1/quotes"): ("", {"channel": "web", "node": "S2", "lines": _LINE}),
    ("GET", "/v1/quotes/{quote:int}"): ("/v1/quotes/{quote}", None),
    ("POST", "/v1/checkouts"): ("", {"channel": "web", "node": "S2", "lines": _LINE}),
    ("GET", "/v1/sales/price-differences"): ("/v1/sales/price-differences?node=S2", None),
    ("POST", "/v1/sales"): (
        "",
        {"channel": "till", "node": "S2", "external_id": "T", "occurred_at": "2026-01-01T00:00:00Z", "lines": []},
    ),
    ("POST", "/v1/stock/adjustments"): ("", {"node": "S2", "lines": _LINE, "reason": "found"}),
    ("GET", "/v1/stock/at"): ("/v1/stock/at?sku=K1&node=S1&node=S2&day=2026-01-01", None),
    ("POST", "/v1/stock/counts"): ("", {"node": "S2", "lines": _LINE}),
    ("POST", "/v1/stock/deliveries"): ("", {"node": "S2", "lines": _LINE}),
    ("GET", "/v1/stock/discrepancies"): ("/v1/stock/discrepancies?node=S2", None),
    ("POST", "/v1/stock/discrepancies/{discrepancy:int}/resolution"): (
        "/v1/stock/discrepancies/{discrepancy}/resolution",
        {"note": "x"},
    ),
    ("GET", "/v1/stock/documents/{document:int}"): ("/v1/stock/documents/{reservation}", None),
    ("POST", "/v1/stock/inbound"): (
        "",
        {"node": "S2", "document": "x", "lines": _LINE, "expected_at": "2027-01-01T00:00:00Z"},
    ),
    ("GET", "/v1/stock/movements"): ("/v1/stock/movements?sku=K1&node=S2", None),
    ("GET", "/v1/stock/nodes/{code:str}"): ("/v1/stock/nodes/S2", None),
    ("GET", "/v1/stock/policies"): ("", None),
    ("POST", "/v1/stock/policies"): ("", {"node": "S2", "safety": 1}),
    ("POST", "/v1/stock/reservations"): ("", {"node": "S2", "lines": _LINE, "minutes": 1}),
    ("POST", "/v1/stock/reservations/{reservation:int}/release"): ("/v1/stock/reservations/{reservation}/release", {}),
    ("POST", "/v1/stock/transfers"): ("", {"source": "S2", "target": "S1", "lines": _LINE}),
    ("POST", "/v1/stock/transfers/{transfer:int}/arrivals"): (
        "/v1/stock/transfers/{transfer}/arrivals",
        {"lines": _LINE},
    ),
}
"""For each route that is exercised at a node, a request for node S2; those not named here are bulk, tried below."""

_BULK = {
    ("POST", path) for path in ("/v1/checkouts/bulk", "/v1/orders/bulk", "/v1/sales/bulk", "/v1/stock/movements/bulk")
}


@pytest.fixture
def everything_at_a_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role bound to a node that holds every permission, so that the node alone decides."""
    associate = ROLES["store_associate"]
    changed = type(associate)(associate.name, associate.en, associate.zh, frozenset(PERMISSIONS), bound=True)
    monkeypatch.setitem(ROLES, "store_associate", changed)


async def things_at(shop: Shop, node: str, other: str) -> dict[str, int]:
    """An order, a reservation, a transfer on its way to the node, a discrepancy and a quote there."""
    order = await shop.done("POST", "/v1/orders", {"channel": "web", "node": node, "lines": _LINE})
    held = await shop.done("POST", "/v1/stock/reservations", {"node": node, "lines": _LINE, "minutes": 60})
    sent = await shop.done("POST", "/v1/stock/transfers", {"source": other, "target": node, "lines": _LINE})
    await shop.done("POST", "/v1/stock/counts", {"node": node, "lines": [{"sku": "K2", "quantity": 1}]})
    (found,) = (await shop.done("GET", f"/v1/stock/discrepancies?node={node}"))["items"]
    quote = await shop.done("POST", "/v1/quotes", {"channel": "web", "node": node, "lines": _LINE, "hold": True})
    return {
        "order": order["id"],
        "reservation": held["id"],
        "transfer": sent["id"],
        "discrepancy": found["id"],
        "quote": quote["id"],
    }


async def test_a_key_bound_to_a_node_stays_there(shop: Shop, everything_at_a_node: None) -> None:  # noqa: ARG001
    there = await things_at(shop, "S2", "S1")
    here = await things_at(shop, "S1", "S2")
    bound = await shop.key_of("store_associate", node="S1")
    exercised = {(method, path) for method, path, code in ROUTES if code != "public" and PERMISSIONS[code].at_node}
    assert exercised == ELSEWHERE.keys() | _BULK
    for (method, path), (target, body) in ELSEWHERE.items():
        answer = await shop.send(method, (target or path).format_map(there), body, key=bound)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_node"), (method, path)
    for (method, path), (target, body) in ELSEWHERE.items():
        if path == "/v1/stock/policies" and method == "GET":
            continue  # policies are the network's
        own = _swap(body)
        answer = await shop.send(method, (target or path).replace("S2", "S1").format_map(here), own, key=bound)
        if "node=S1&node=S1" not in target:
            assert answer.status_code != 403, (method, path, answer.text)


def _swap(body: Json) -> Json:
    """The same request at node S1."""
    if not isinstance(body, dict):
        return body
    return {name: {"S1": "S2", "S2": "S1"}.get(value, value) if isinstance(value, str) else value
            for name, value in body.items()}  # fmt: skip


async def test_no_node_means_the_whole_network(shop: Shop, everything_at_a_node: None) -> None:  # noqa: ARG001
    bound = await shop.key_of("store_associate", node="S1")
    for method, path, body in (
        ("GET", "/v1/orders", None),
        ("GET", "/v1/stock/discrepancies", None),
        ("POST", "/v1/orders", {"channel": "web", "lines": _LINE}),
        ("POST", "/v1/stock/policies", {"sku": "K1", "safety": 1}),
    ):
        answer = await shop.send(method, path, body, key=bound)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_node"), (method, path)


async def test_bulk_refuses_the_items_of_another_node(shop: Shop, everything_at_a_node: None) -> None:  # noqa: ARG001
    bound = await shop.key_of("store_associate", node="S1")
    sale = {"channel": "till", "external_id": "T", "occurred_at": "2026-01-01T00:00:00Z",
            "lines": [{"sku": "K1", "quantity": 1, "amount_minor": 1}]}  # fmt: skip
    for path, item in (
        ("/v1/orders/bulk", {"channel": "web", "lines": _LINE}),
        ("/v1/sales/bulk", sale),
        ("/v1/stock/movements/bulk", {"type": "delivery", "lines": _LINE}),
        ("/v1/checkouts/bulk", {"channel": "web", "lines": _LINE}),
    ):
        items = [item | {"node": "S2"}, item | {"node": "S1"}]
        found = (await shop.send("POST", path, {"items": items}, key=bound)).json()["items"]
        assert [entry["status"] for entry in found] == [403, 201], path
        assert found[0]["problem"]["code"] == "forbidden_node"
    assert (await shop.done("GET", "/v1/quarantine"))["items"] == []


async def test_a_bulk_item_needs_its_own_permission(shop: Shop) -> None:
    key = await shop.key_of("administrator", scopes=("stock:write",))
    item = {"type": "adjustment", "node": "S1", "reason": "found", "lines": _LINE}
    answer = await shop.send("POST", "/v1/stock/movements/bulk", {"items": [item]}, key=key)
    assert answer.json()["items"][0]["problem"]["code"] == "forbidden"


async def test_keys_are_issued_listed_and_revoked(shop: Shop) -> None:
    made = await shop.done("POST", "/v1/principals", {"name": "Till 7", "role": "store_associate", "node": "S2"})
    headers = {"idempotency-key": "issue"}
    issued = await shop.send("POST", "/v1/keys", {"principal": made["principal"]}, headers=headers)
    assert (issued.status_code, issued.headers["cache-control"]) == (201, "no-store")
    secret = issued.json()["secret"]
    again = await shop.send("POST", "/v1/keys", {"principal": made["principal"]}, headers=headers)
    assert (again.json()["secret"], again.json()["key"]) == (None, issued.json()["key"])

    assert (await shop.send("GET", "/v1/orders?node=S2", key=secret)).status_code == 200
    listed = (await shop.send("GET", f"/v1/keys?principal={made['principal']}")).text
    assert issued.json()["prefix"] in listed
    assert secret not in listed
    principals = (await shop.done("GET", "/v1/principals"))["items"]
    assert [(row["name"], row["node"]) for row in principals] == [("administrator", None), ("Till 7", "S2")]

    await shop.done("POST", f"/v1/principals/{made['principal']}/role", {"role": "analyst"})
    assert (await shop.send("GET", "/v1/orders", key=secret)).status_code == 200
    await shop.done("POST", f"/v1/keys/{issued.json()['key']}/revocation")
    assert (await shop.send("GET", "/v1/orders", key=secret)).status_code == 401
    answer = await shop.send("POST", "/v1/principals", {"name": "x", "role": "store_associate", "node": "S9"})
    assert (answer.status_code, answer.json()["where"]) == (404, "/node")


def _page(**opt: object) -> HTTPRouteHandler:
    @get("/page", **opt)  # type: ignore[arg-type]
    async def page() -> str:
        return ""

    return page


def test_an_app_with_a_route_without_permission_is_not_made() -> None:
    services = assemble(load({}), Database("postgresql://nowhere/"))
    with pytest.raises(UndeclaredPermissionError, match="/page"):
        create_app(services, [_page()])
    create_app(services, [_page(permission="public")])

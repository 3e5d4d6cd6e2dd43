"""What the catalog answers: look-ups that serve orders, and lists that people page through."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mainstem.domains import catalog
from mainstem.domains.catalog import (
    UPSERT_NODES,
    UPSERT_PRODUCTS,
    ProductFilter,
    UpsertNode,
    UpsertProduct,
    VariantInput,
)
from mainstem.platform.execution import Executor
from mainstem.platform.ids import Ids
from mainstem.platform.postgres import Database
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PRODUCTS = [
    UpsertProduct(external_id, name, tuple(map(VariantInput, skus)), brand, category)
    for external_id, name, brand, category, skus in (
        ("1", "Green tea", "Leaf", "Drinks/Tea", ("T-1", "T-2")),
        ("2", "100% juice", "Sun", "Drinks/Juice", ("J_1",)),
        ("3", "1000 island", "Sun", "Food/Sauce", ("S-1",)),
        ("4", "Teapot", "Leaf", "Drinks", ("jx1",)),
        ("5", "Éclair", "", "DrinksNot", ("t-9",)),
    )
]


@pytest.fixture
async def filled(executor: Executor, database: Database) -> Database:
    """A database with the products above, ids in their order, and a placeholder behind them."""
    for product in PRODUCTS:
        await executor.execute(UPSERT_PRODUCTS, [UPSERT_PRODUCTS.call(product, product.external_id)])
    async with database.transaction() as connection:
        work = Work(connection, NOW, Ids(), {})
        await catalog.ensure_placeholders(work, ["Tx"])
    return database


@pytest.mark.parametrize(
    ("narrow", "external_ids"),
    [
        (ProductFilter(), ["1", "2", "3", "4", "5", None]),
        (ProductFilter(category="Drinks"), ["1", "2", "4"]),
        (ProductFilter(category="Drinks/Tea"), ["1"]),
        (ProductFilter(category="Dri"), []),
        (ProductFilter(category="Drink_"), []),
        (ProductFilter(brand="Sun"), ["2", "3"]),
        (ProductFilter(brand="sun"), []),
        (ProductFilter(text="tea"), ["4"]),
        (ProductFilter(text="éc"), ["5"]),
        (ProductFilter(text="T"), ["1", "4", None]),  # SKUs as written, names in any case
        (ProductFilter(text="100%"), ["2"]),
        (ProductFilter(text="J_"), ["2"]),
        (ProductFilter(text="\\"), []),
        (ProductFilter(placeholder=True), [None]),
        (ProductFilter(placeholder=False, brand="Leaf", category="Drinks", text="T"), ["1", "4"]),
    ],
)
async def test_products_are_filtered(filled: Database, narrow: ProductFilter, external_ids: list[str | None]) -> None:
    async with filled.snapshot() as connection:
        (found,) = await ask(connection, catalog.list_products(narrow, 10))

    assert [product.external_id for product in found] == external_ids


async def test_pages_join_without_gap_or_overlap(filled: Database) -> None:
    seen: list[catalog.ProductView] = []
    async with filled.snapshot() as connection:
        while True:
            (page,) = await ask(connection, catalog.list_products(ProductFilter(), 2, seen[-1].id if seen else 0))
            if not page:
                break
            assert len(page) <= 2
            seen += page
        (whole,) = await ask(connection, catalog.list_products(ProductFilter(), 100))

    assert seen == whole
    assert [variant.sku for variant in seen[0].variants] == ["T-1", "T-2"]


async def test_products_are_found_by_either_id(filled: Database) -> None:
    async with filled.snapshot() as connection:
        one, none, impossible = await ask(
            connection, catalog.find_product("1"), catalog.find_product("9"), catalog.find_product("\x00")
        )
        assert one is not None
        same, nothing = await ask(connection, catalog.find_product_by_id(one.id), catalog.find_product_by_id(0))

    assert same == one
    assert (none, impossible, nothing) == (None, None, None)


async def test_variants_are_found_by_sku_and_id(filled: Database) -> None:
    async with filled.snapshot() as connection:
        by_sku, nothing = await ask(
            connection, catalog.variants_by_sku(["T-1", "Tx", "T", "t-1", "\x00"]), catalog.variants_by_sku([])
        )
        (by_id,) = await ask(connection, catalog.variants_by_id([variant.id for variant in by_sku.values()] + [0]))

    assert by_sku == {
        "T-1": catalog.Variant(by_sku["T-1"].id, "T-1", "pc", "Drinks/Tea", placeholder=False),
        "Tx": catalog.Variant(by_sku["Tx"].id, "Tx", "pc", "", placeholder=True),
    }
    assert by_id == {variant.id: variant for variant in by_sku.values()}
    assert nothing == {}


async def test_nodes_are_found_and_listed(executor: Executor, database: Database) -> None:
    codes = ["n3", "n1", "n2"]
    nodes = [UpsertNode(code=code, name=code, kind="virtual", time_zone="UTC") for code in codes]
    await executor.execute(UPSERT_NODES, [UPSERT_NODES.call(node, node.code) for node in nodes])

    async with database.snapshot() as connection:
        some, page, rest, none = await ask(
            connection,
            catalog.nodes_by_code(["n1", "n9", "\x00"]),
            catalog.list_nodes(2),
            catalog.list_nodes(2, after="n2"),
            catalog.find_node("n9"),
        )
        (by_id,) = await ask(connection, catalog.nodes_by_id([some["n1"].id, 0]))

    assert list(some) == ["n1"]
    assert by_id == {some["n1"].id: some["n1"]}
    assert [node.code for node in page] == ["n1", "n2"]
    assert [node.code for node in rest] == ["n3"]
    assert none is None


async def test_look_ups_of_orders_use_indexes(executor: Executor, database: Database) -> None:
    products = [UpsertProduct(str(number), "", (VariantInput(sku=f"s{number}"),)) for number in range(3000)]
    calls = [UPSERT_PRODUCTS.call(product, product.external_id) for product in products]
    await executor.execute(UPSERT_PRODUCTS, calls)
    async with database.transaction() as connection:
        await connection.execute("analyze catalog.product, catalog.variant, catalog.gtin")
        queries: list[Query[Any]] = [
            catalog.variants_by_sku([f"s{number}" for number in range(0, 200, 10)]),
            catalog.variants_by_id(range(20)),
            catalog.variants_by_gtin(["5901234123457", "96385074"]),
            catalog.list_products(ProductFilter(text="s29"), 10),
        ]
        for query in queries:
            cursor = await connection.execute(f"explain {query.sql}", query.parameters)
            plan = "\n".join(line for (line,) in await cursor.fetchall())
            assert "Seq Scan on variant" not in plan, plan
            assert "Seq Scan on product" not in plan, plan

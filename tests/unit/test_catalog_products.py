"""Products on a real database: upserts, what they refuse, placeholders and their adoption."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem import ledger
from mainstem.domains import catalog
from mainstem.domains.catalog import UPSERT_PRODUCTS, UpsertProduct, Variant, VariantInput
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Call, Executor, Operation, Outcome
from mainstem.platform.postgres import Database
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work

pytestmark = pytest.mark.anyio

T = TypeVar("T")

_keys = itertools.count()
EAN, UPC, CASE = "05901234123457", "00614141000036", "10614141000415"


class Skus(msgspec.Struct, frozen=True):
    """SKUs that a fact names."""

    skus: tuple[str, ...]


async def make_placeholders(work: Work, calls: Sequence[Call[Skus]]) -> list[int]:
    found = await catalog.ensure_placeholders(work, [sku for call in calls for sku in call.command.skus])
    return [len(found) for _ in calls]


async def receive(work: Work, calls: Sequence[Call[Skus]]) -> list[int]:
    """Make the ledger count the SKUs: one of each arrives from outside at a place."""
    (variants,) = await ask(work.connection, catalog.variants_by_sku(calls[0].command.skus))
    book = await ledger.lock(work, [(variant.id, 1) for variant in variants.values()])
    steps = tuple(ledger.Transfer(variant.id, -1, 1, 1) for variant in variants.values())
    book.decide(ledger.Group(steps, "test", 1, work.now, fact=True))
    await ledger.save(work, book)
    return [0]


PLACEHOLDERS = Operation("test.placeholders", Skus, int, make_placeholders)
RECEIVE = Operation("test.receive", Skus, int, receive)


async def run(executor: Executor, operation: Operation[Any, Any], *commands: object) -> list[Outcome]:
    """The outcomes of one batch."""
    calls = [operation.call(command, f"key {next(_keys)}", actor=7, trace="t") for command in commands]
    return await executor.execute(operation, calls)


async def upsert(executor: Executor, *commands: UpsertProduct) -> list[catalog.Upserted | str]:
    """For each command of one batch what was upserted, or the code and place of the refusal."""
    return [answer(outcome) for outcome in await run(executor, UPSERT_PRODUCTS, *commands)]


def answer(outcome: Outcome) -> catalog.Upserted | str:
    if outcome.accepted:
        return msgspec.json.decode(outcome.body, type=catalog.Upserted)
    refusal: Refusal = outcome.refusal()
    assert refusal.message()
    return f"{refusal.code} {refusal.where}"


async def read(database: Database, query: Query[T]) -> T:
    async with database.snapshot() as connection:
        return (await ask(connection, query))[0]


async def shown(database: Database, external_id: str) -> catalog.ProductView:
    view = await read(database, catalog.find_product(external_id))
    assert view is not None
    return view


async def rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    async with database.snapshot() as connection:
        return await (await connection.execute(sql)).fetchall()


async def events(database: Database) -> list[tuple[str, int, dict[str, Any]]]:
    return [
        (kind, subject, payload)
        for kind, subject, payload in await rows(
            database, "select type, subject, payload from platform.event order by id"
        )
    ]


def product(external_id: str = "tea", *skus: str, **more: object) -> UpsertProduct:
    variants = tuple(VariantInput(sku=sku) for sku in skus or (f"{external_id}-1",))
    return msgspec.structs.replace(UpsertProduct(external_id=external_id, name="Tea", variants=variants), **more)


def with_gtins(external_id: str, **gtins: tuple[str, ...]) -> UpsertProduct:
    variants = tuple(VariantInput(sku=sku, gtins=given) for sku, given in gtins.items())
    return product(external_id, variants=variants)


async def test_a_new_product_is_stored_registered_and_told(executor: Executor, database: Database) -> None:
    variant = VariantInput(sku="tea-1", name="Green", unit="kg", gtins=("5901234123457",), attributes={"leaf": "whole"})
    command = product(brand="Leaf", category="Drinks/Tea", variants=(variant,))
    (made,) = await upsert(executor, command)

    view = await shown(database, "tea")
    assert made == catalog.Upserted(view.id, created=True, revision=1)
    assert (view.name, view.brand, view.category) == ("Tea", "Leaf", "Drinks/Tea")
    (green,) = view.variants
    assert green == catalog.VariantView(green.id, "tea-1", "Green", "kg", (EAN,), {"leaf": "whole"}, placeholder=False)
    assert await rows(database, "select id, kind from ledger.asset") == [(green.id, "sku")]
    ((kind, subject, payload),) = await events(database)
    assert (kind, subject) == ("catalog.product_changed", view.id)
    assert payload["variants"] == {"tea-1": green.id}
    assert payload["created"] is True
    assert payload["product"]["variants"][0]["gtins"] == [EAN]
    assert await rows(database, "select actor, trace from platform.event") == [(7, "t")]


async def test_what_is_so_already_is_neither_written_nor_told(executor: Executor, database: Database) -> None:
    variants = (VariantInput(sku="a", gtins=(EAN, UPC), attributes={"x": "1", "y": "2"}), VariantInput(sku="b"))
    (made,) = await upsert(executor, product(variants=variants))
    before = await read(database, catalog.find_product("tea"))
    again = (VariantInput(sku="b"), VariantInput(sku="a", gtins=(UPC, EAN), attributes={"y": "2", "x": "1"}))
    (repeated,) = await upsert(executor, product(variants=again))

    assert isinstance(made, catalog.Upserted)
    assert repeated == catalog.Upserted(made.id, created=False, revision=1)
    assert await read(database, catalog.find_product("tea")) == before
    assert len(await events(database)) == 1


async def test_a_variant_that_is_not_named_again_stays(executor: Executor, database: Database) -> None:
    await upsert(executor, product("tea", "tea-1", "tea-2"))
    await upsert(executor, product("tea", "tea-2", "tea-3", name="Tea!"))

    view = await shown(database, "tea")
    assert view.name == "Tea!"
    assert [variant.sku for variant in view.variants] == ["tea-1", "tea-2", "tea-3"]


async def test_later_commands_of_a_batch_see_earlier_ones(executor: Executor, database: Database) -> None:
    answers = await upsert(
        executor,
        product("tea", "a"),
        product("tea", "b", name="Chai"),
        product("cup", "a"),
        product("tea", "b", name="Chai"),
    )

    first, second, refused, third = answers
    assert isinstance(first, catalog.Upserted)
    assert first.created
    assert second == catalog.Upserted(first.id, created=False, changed=True, revision=2)
    assert third == catalog.Upserted(first.id, created=False, revision=2)
    assert refused == "duplicate_sku /variants/0/sku"
    view = await shown(database, "tea")
    assert (view.name, [variant.sku for variant in view.variants]) == ("Chai", ["a", "b"])
    assert [payload["created"] for _, _, payload in await events(database)] == [True, False]


async def test_a_refused_command_leaves_the_others_alone(executor: Executor, database: Database) -> None:
    answers = await upsert(executor, product("\x00"), product("cup", "\x00"), product("cup", variants=()), product())

    assert answers[:3] == ["bad_code /external_id", "bad_code /variants/0/sku", "no_variants /variants"]
    assert isinstance(answers[3], catalog.Upserted)
    assert len(await events(database)) == 1


async def test_a_sku_of_another_product_is_refused(executor: Executor, database: Database) -> None:
    await upsert(executor, product("tea", "a"))

    assert await upsert(executor, product("cup", "b", "a")) == ["duplicate_sku /variants/1/sku"]
    assert await read(database, catalog.find_product("cup")) is None
    assert await read(database, catalog.variants_by_sku(["b"])) == {}


async def test_a_gtin_of_another_product_is_refused(executor: Executor, database: Database) -> None:
    await upsert(executor, with_gtins("tea", a=(EAN,)))
    answers = await upsert(
        executor,
        with_gtins("cup", c=(CASE, EAN)),  # stored
        with_gtins("pot", p=(UPC,)),
        with_gtins("can", n=(UPC,)),  # of the same batch
    )

    assert [isinstance(item, catalog.Upserted) or item for item in answers] == [
        "duplicate_gtin /variants/0/gtins/1",
        True,
        "duplicate_gtin /variants/0/gtins/0",
    ]
    assert await rows(database, "select gtin from catalog.gtin order by gtin") == [(UPC,), (EAN,)]


async def test_a_gtin_moves_within_a_product_and_after_it_was_given_up(executor: Executor, database: Database) -> None:
    await upsert(executor, with_gtins("tea", a=(EAN,), b=(UPC,)), with_gtins("cup", c=(CASE,)))
    answers = await upsert(
        executor, with_gtins("tea", b=(EAN,), a=(UPC,)), with_gtins("cup", c=()), with_gtins("tea", a=(UPC, CASE))
    )

    assert all(isinstance(item, catalog.Upserted) for item in answers)
    found = await read(database, catalog.variants_by_gtin([EAN, "614141000036", CASE, "96385074", "no"]))
    assert {gtin: variant.sku for gtin, variant in found.items()} == {EAN: "b", "614141000036": "a", CASE: "a"}


async def test_the_unit_changes_until_the_ledger_counts_the_variant(executor: Executor, database: Database) -> None:
    await upsert(executor, product("tea", "a"), product("cup", "c"))
    kilograms = product("tea", variants=(VariantInput(sku="a", unit="kg"),))
    assert isinstance((await upsert(executor, kilograms))[0], catalog.Upserted)
    await run(executor, RECEIVE, Skus(("a",)))

    answers = await upsert(executor, product("tea", "a"), kilograms, product("cup", "c", name="Mug"))

    assert answers[0] == "unit_in_use /variants/0/unit"
    assert all(isinstance(item, catalog.Upserted) for item in answers[1:])
    assert (await read(database, catalog.variants_by_sku(["a"])))["a"].unit == "kg"


async def test_a_placeholder_is_made_once(executor: Executor, database: Database) -> None:
    await upsert(executor, product("tea", "known"))
    await run(executor, PLACEHOLDERS, Skus(("new", "known")), Skus(("new",)))
    await run(executor, PLACEHOLDERS, Skus(("new", "known")))

    found = await read(database, catalog.variants_by_sku(["new", "known"]))
    assert found["new"] == Variant(found["new"].id, "new", "pc", "", placeholder=True)
    assert not found["known"].placeholder
    assert (found["new"].id, "sku") in await rows(database, "select id, kind from ledger.asset")
    made = [event for event in await events(database) if event[0] == "catalog.placeholder_made"]
    assert made == [("catalog.placeholder_made", found["new"].id, {"sku": "new", "unit": "pc"})]


async def test_a_placeholder_is_adopted_by_its_product(executor: Executor, database: Database) -> None:
    await run(executor, PLACEHOLDERS, Skus(("a", "b")))
    await run(executor, RECEIVE, Skus(("a",)))
    before = await read(database, catalog.variants_by_sku(["a"]))
    variant = VariantInput(sku="a", unit="kg", gtins=(EAN,))
    (made,) = await upsert(executor, product("tea", category="Drinks", variants=(variant,)))

    assert isinstance(made, catalog.Upserted)
    assert made.created
    assert await read(database, catalog.variants_by_sku(["a"])) == {
        "a": Variant(before["a"].id, "a", "kg", "Drinks", placeholder=False)
    }
    assert (await events(database))[-1][2]["adopted"] == ["a"]
    # The product that stood in for it is gone; the other placeholder's is not.
    assert await rows(database, "select external_id from catalog.product order by 1") == [("tea",), (None,)]
    # From now on the SKU belongs to a product and its unit is known.
    assert await upsert(executor, product("cup", "a"), product("tea", "a")) == [
        "duplicate_sku /variants/0/sku",
        "unit_in_use /variants/0/unit",
    ]


async def test_concurrent_creators_agree(executor: Executor, database: Database) -> None:
    batches = [run(executor, UPSERT_PRODUCTS, product("tea", "a", "b")) for _ in range(3)]
    batches += [run(executor, PLACEHOLDERS, Skus(("a", "b", "c"))) for _ in range(3)]
    outcomes = list(itertools.chain(*await asyncio.gather(*batches)))

    assert all(outcome.accepted for outcome in outcomes)
    assert sum(b'"created":true' in outcome.body for outcome in outcomes) == 1
    assert await rows(database, "select sku, placeholder from catalog.variant order by sku") == [
        ("a", False),
        ("b", False),
        ("c", True),
    ]
    assert await rows(database, "select count(*) from catalog.product") == [(2,)]


VARIANTS = st.builds(
    VariantInput,
    sku=st.sampled_from("abc"),
    name=st.sampled_from(["", "x"]),
    unit=st.sampled_from(["pc", "kg"]),
    gtins=st.lists(st.sampled_from([EAN, UPC, CASE]), max_size=2).map(tuple),
)
COMMANDS = st.builds(
    UpsertProduct,
    external_id=st.sampled_from(["A", "B"]),
    name=st.sampled_from(["one", "two"]),
    variants=st.lists(VARIANTS, max_size=3).map(tuple),
)


@given(commands=st.lists(COMMANDS, min_size=1, max_size=8), placeholders=st.lists(st.sampled_from("abc"), max_size=2))
@settings(max_examples=60)
async def test_a_batch_does_what_its_commands_do_one_by_one(
    executor: Executor, database: Database, commands: list[UpsertProduct], placeholders: list[str]
) -> None:
    seen = []
    for batches in ([commands], [[command] for command in commands]):
        async with database.transaction() as connection:
            await connection.execute("truncate catalog.product, ledger.asset, platform.event cascade")
        await run(executor, PLACEHOLDERS, Skus(tuple(placeholders)))
        await run(executor, RECEIVE, Skus(tuple(placeholders)))
        answers = [item for batch in batches for item in await upsert(executor, *batch)]
        state = await rows(
            database,
            "select p.external_id, p.name, v.sku, v.name, v.unit, v.placeholder,"
            " array(select gtin from catalog.gtin where variant = v.id order by 1)"
            " from catalog.variant v right join catalog.product p on p.id = v.product order by v.sku, 1",
        )
        told = [(kind, payload) for kind, _, payload in await events(database)]
        for _, payload in told:
            payload.pop("variants", None)
        plain = [item if isinstance(item, str) else item.created for item in answers]
        seen.append((plain, state, told))

    assert seen[0] == seen[1]


async def test_who_did_not_see_the_last_change_of_a_product_is_refused(executor: Executor, database: Database) -> None:
    made, again, changed, late = await upsert(
        executor,
        product(expected_revision=0),
        product(expected_revision=0),
        product(name="Chai", expected_revision=1),
        product(name="Tee", expected_revision=1),
    )

    assert isinstance(made, catalog.Upserted)
    assert again == late == "revision_conflict /expected_revision"
    assert isinstance(changed, catalog.Upserted)
    assert (changed.created, changed.changed, changed.revision) == (False, True, 2)
    view = await shown(database, "tea")
    assert (view.name, view.revision) == ("Chai", 2)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("whole milk", ["1"]),
        ("MIL who", ["1"]),
        ("milk -whole", ["1"]),
        ("奶", ["2", "3"]),
        ("鲜牛奶", ["2"]),
        ("奶酪", ["3"]),
        ("牛酪", []),
        ("mi-1", ["1"]),
        ("MI-1", ["1"]),
        ("590123412345", []),
        ("5901234123457", ["2"]),
        ("3", ["3"]),
        ("'; drop:*", []),
        ("& | !", []),
        ("O'Ne\\", ["4"]),
    ],
)
async def test_products_are_found_by_what_people_type(
    executor: Executor, database: Database, words: str, found: list[str]
) -> None:
    await upsert(
        executor,
        product("1", "MI-1", name="Milk, whole 1L"),
        product("2", name="特级鲜牛奶2L", variants=(VariantInput(sku="N-2", gtins=("5901234123457",)),)),
        product("3", "C-3", name="奶酪"),
        product("4", "D-4", name="O'Ne\\il"),
    )

    views = await read(database, catalog.list_products(catalog.ProductFilter(words=words), 10))
    assert [view.external_id for view in views] == found

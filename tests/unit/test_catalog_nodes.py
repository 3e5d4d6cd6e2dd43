"""Nodes and channels on a real database: upserts, what they refuse, and what is told."""

import itertools
from typing import Any

import msgspec
import pytest

from mainstem.domains import catalog
from mainstem.domains.catalog import UPSERT_CHANNELS, UPSERT_NODES, UpsertChannel, UpsertNode
from mainstem.domains.catalog.contracts import OpeningHours
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask

pytestmark = pytest.mark.anyio

_keys = itertools.count()

STORE = UpsertNode(
    code="s1",
    name="Store 1",
    kind="store",
    time_zone="Asia/Shanghai",
    country="CN",
    region="Shanghai",
    city="Shanghai",
    postal_code="200000",
    street="南京路 1 号",
    latitude=31.23,
    longitude=121.47,
    opening_hours=(OpeningHours(1, "08:00", "22:00"), OpeningHours(6, "20:00", "02:00")),
    capabilities=("sell", "pick_up", "sell"),
)
WAREHOUSE = UpsertNode(code="w1", name="Warehouse", kind="warehouse", time_zone="Europe/Berlin")


async def upsert(executor: Executor, operation: Operation[Any, Any], *commands: object) -> list[catalog.Upserted | str]:
    """For each command of one batch what was upserted, or the code and place of the refusal."""
    calls = [operation.call(command, f"key {next(_keys)}", actor=7) for command in commands]
    return [
        msgspec.json.decode(outcome.body, type=catalog.Upserted)
        if outcome.accepted
        else f"{outcome.refusal().code} {outcome.refusal().where}"
        for outcome in await executor.execute(operation, calls)
    ]


async def rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    async with database.snapshot() as connection:
        return await (await connection.execute(sql)).fetchall()


async def test_a_new_node_is_two_places_of_the_ledger(executor: Executor, database: Database) -> None:
    made = await upsert(executor, UPSERT_NODES, STORE, WAREHOUSE)

    async with database.snapshot() as connection:
        nodes, views = await ask(connection, catalog.nodes_by_code(), catalog.list_nodes(10))
    assert made == [catalog.Upserted(nodes[code].id, created=True, revision=1) for code in ("s1", "w1")]
    assert nodes["s1"] == catalog.Node(nodes["s1"].id, "s1", "store", "Asia/Shanghai", nodes["s1"].transit)
    places = {(node.id, "node") for node in nodes.values()} | {(node.transit, "transit") for node in nodes.values()}
    assert set(await rows(database, "select id, kind from ledger.place")) == places
    assert len(places) == 4
    assert [view.code for view in views] == ["s1", "w1"]
    shown = msgspec.structs.asdict(views[0])
    said = {name: value for name, value in msgspec.structs.asdict(STORE).items() if value is not msgspec.UNSET}
    assert {name: shown[name] for name in said} == said | {"capabilities": ("sell", "pick_up")}
    told = await rows(database, "select type, subject, actor, payload->>'created' from platform.event order by id")
    assert told == [("catalog.node_changed", nodes[code].id, 7, "true") for code in ("s1", "w1")]


async def test_a_node_is_replaced_and_keeps_its_places(executor: Executor, database: Database) -> None:
    await upsert(executor, UPSERT_NODES, STORE)
    (before,) = await rows(database, "select id, transit from catalog.node")
    closed = msgspec.structs.replace(STORE, name="Closed", latitude=None, longitude=None, opening_hours=())
    answers = await upsert(executor, UPSERT_NODES, STORE, closed, closed)

    assert answers == [
        catalog.Upserted(before[0], created=False, changed=changed, revision=revision)
        for changed, revision in ((False, 1), (True, 2), (False, 2))
    ]
    assert await rows(database, "select id, transit from catalog.node") == [before]
    async with database.snapshot() as connection:
        (view,) = await ask(connection, catalog.find_node("s1"))
    assert view is not None
    assert (view.name, view.latitude, view.opening_hours) == ("Closed", None, ())
    assert await rows(database, "select count(*) from ledger.place") == [(2,)]
    # What was so already is not told again.
    assert await rows(database, "select count(*) from platform.event") == [(2,)]


async def test_a_refused_node_leaves_the_others_alone(executor: Executor, database: Database) -> None:
    nowhere = msgspec.structs.replace(STORE, code="s2", time_zone="Mars/Olympus")
    answers = await upsert(executor, UPSERT_NODES, nowhere, msgspec.structs.replace(STORE, code="\x00"), WAREHOUSE)

    assert answers[:2] == ["unknown_time_zone /time_zone", "bad_code /code"]
    assert await rows(database, "select code from catalog.node") == [("w1",)]


async def test_a_channel_tries_its_nodes_in_order(executor: Executor, database: Database) -> None:
    stores = [msgspec.structs.replace(WAREHOUSE, code=code) for code in ("a", "b", "c")]
    await upsert(executor, UPSERT_NODES, *stores)
    web = UpsertChannel(code="web", name="Shop", kind="web", currency="CNY", nodes=("c", "a"))
    till = UpsertChannel(code="till", name="Tills", kind="till", currency="CNY")
    made = await upsert(executor, UPSERT_CHANNELS, web, till, web)
    turned = msgspec.structs.replace(web, nodes=("b", "a", "c"), currency="USD")
    (again,) = await upsert(executor, UPSERT_CHANNELS, turned)

    async with database.snapshot() as connection:
        nodes, channels, view, listed = await ask(
            connection,
            catalog.nodes_by_code(["a", "b", "c"]),
            catalog.channels_by_code(["web", "till", "none", "\x00"]),
            catalog.find_channel("web"),
            catalog.list_channels(10, after="till"),
        )
        (by_id,) = await ask(connection, catalog.channels_by_id([channels["web"].id]))
    assert made[0] == catalog.Upserted(channels["web"].id, created=True, revision=1)
    assert made[2] == catalog.Upserted(channels["web"].id, created=False, revision=1)
    assert again == catalog.Upserted(channels["web"].id, created=False, changed=True, revision=2)
    assert channels.keys() == {"web", "till"}
    assert channels["web"].nodes == tuple(nodes[code].id for code in "bac")
    assert (channels["web"].currency, channels["till"].nodes) == ("USD", ())
    assert by_id == {channels["web"].id: channels["web"]}
    assert view is not None
    assert view.nodes == ("b", "a", "c")
    assert listed == [view]
    types = await rows(
        database, "select subject from platform.event where type = 'catalog.channel_changed' order by id"
    )
    assert types == [(channels["web"].id,), (channels["till"].id,), (channels["web"].id,)]


async def test_a_channel_with_unknown_nodes_is_refused(executor: Executor, database: Database) -> None:
    await upsert(executor, UPSERT_NODES, WAREHOUSE)
    channel = UpsertChannel(code="web", name="Shop", kind="web", currency="CNY", nodes=("w1", "\x00"))

    bad_code, good = msgspec.structs.replace(channel, code="\x00"), msgspec.structs.replace(channel, nodes=("w1",))
    answers = await upsert(executor, UPSERT_CHANNELS, channel, bad_code, good)

    assert answers[:2] == ["unknown_node /nodes/1", "bad_code /code"]
    assert isinstance(answers[2], catalog.Upserted)
    assert await rows(database, "select code from catalog.channel") == [("web",)]


async def test_who_did_not_see_the_last_change_is_refused(executor: Executor, database: Database) -> None:
    known, unknown = msgspec.structs.replace(STORE, expected_revision=1), msgspec.structs.replace(STORE, code="s9")
    first = await upsert(executor, UPSERT_NODES, msgspec.structs.replace(STORE, expected_revision=0))
    answers = await upsert(
        executor,
        UPSERT_NODES,
        msgspec.structs.replace(known, name="One"),
        msgspec.structs.replace(known, name="Two"),
        msgspec.structs.replace(STORE, expected_revision=0),
        msgspec.structs.replace(unknown, expected_revision=3),
    )

    assert isinstance(first[0], catalog.Upserted)
    assert isinstance(answers[0], catalog.Upserted)
    assert (answers[0].changed, answers[0].revision) == (True, 2)
    assert answers[1:] == ["revision_conflict /expected_revision"] * 3
    assert await rows(database, "select name, revision from catalog.node") == [("One", 2)]
    # What was expected is no part of what is told.
    assert await rows(database, "select count(*) from platform.event where payload::text like '%expected%'") == [(0,)]


async def test_a_channel_knows_its_revision(executor: Executor, database: Database) -> None:
    channel = UpsertChannel(code="web", name="Shop", kind="web", currency="CNY", expected_revision=0)
    answers = await upsert(
        executor,
        UPSERT_CHANNELS,
        channel,
        channel,
        msgspec.structs.replace(channel, name="Web", expected_revision=1),
    )

    assert answers[1] == "revision_conflict /expected_revision"
    assert isinstance(answers[2], catalog.Upserted)
    assert await rows(database, "select name, revision from catalog.channel") == [("Web", 2)]

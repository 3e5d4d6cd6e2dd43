"""Files through the real operations: counts, refusals by row, what a second import does, and the way back out."""

import csv
import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import psycopg
import pytest

from mainstem.connectors.files import ExportOptions, ImportOptions, ImportReport, export_file, import_file
from mainstem.domains import catalog, inventory
from mainstem.kernel.refusals import RefusedError
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.quarantine import waiting
from mainstem.platform.query import ask
from tests.vaults import VAULT

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

HOURS = '"[{""weekday"":1,""opens"":""09:00"",""closes"":""21:30""}]"'
NODES = f"""code,name,kind,time_zone,country,city,latitude,longitude,opening_hours,capabilities
SH1,"上海, 一店",store,Asia/Shanghai,CN,上海,31.23,121.47,{HOURS},sell|pick_up
SH2,Depot,warehouse,Asia/Shanghai,,,,,,
V,Virtual,virtual,UTC,,,,,,none
"""
CHANNELS = """code,name,kind,currency,nodes
till,Tills,till,CNY,
web,Web shop,web,CNY,SH1|SH2
"""
PRODUCTS = """external_id,name,brand,category,sku,variant_name,unit,gtins,attributes
P1,绿茶,龙井,Drinks/Tea,0001,100 g,pc,4006381333931|96385074,"{""origin"":""Hangzhou""}"
P1,,,,0002,250 g,pc,,
P2,=HYPERLINK(1),@brand,-,+86,"two
lines",kg,,
P3,"'=quoted",,,A|B\\C,,l,,
"""
PRICES = """sku,channel,node,currency,amount,valid_from,derived
0001,,,CNY,12.50,2026-01-01T00:00:00+08:00,
0001,web,,CNY,11.90,2026-02-01T00:00:00+08:00,
0001,,,CNY,13,2026-03-01T00:00:00+08:00,spring
+86,,SH1,CNY,8.80,2026-01-01T00:00:00+08:00,
"""
STOCK = """type,node,document,occurred_at,sku,units,unit
opening,SH1,open-1,2026-01-01T00:00:00+08:00,0001,100,pc
opening,SH1,open-1,2026-01-01T00:00:00+08:00,+86,2.5,kg
supplier,SH2,D-77,2026-01-05T08:00:00+08:00,0001,40,pc
count,SH2,C-1,2026-01-06T08:00:00+08:00,0001,38,pc
"""
SALES = """channel,node,external_id,occurred_at,sku,quantity,amount_minor,unit,discounts,tenders
till,SH1,T1,2026-02-01T10:00:00+08:00,0001,2,2300,pc,"[{""kind"":""promotion"",""amount_minor"":200}]","[{""kind"":""cash"",""amount_minor"":2740}]"
till,SH1,T1,2026-02-01T10:00:00+08:00,+86,500,440,kg,,
till,SH1,T2,2026-02-01T10:05:00+08:00,0002,1,990,pc,,
"""
ORDERS = """channel,external_id,customer,sku,quantity,unit_price,currency
web,W1,c-1,0001,3,11.90,CNY
web,W1,c-1,0001,1,,CNY
web,W2,,0001,900,1,CNY
"""
EVERYTHING = {
    "nodes": NODES,
    "channels": CHANNELS,
    "products": PRODUCTS,
    "prices": PRICES,
    "stock": STOCK,
    "sales": SALES,
    "orders": ORDERS,
}


class Files:
    """Writes files and imports them."""

    def __init__(self, executor: Executor, folder: Path) -> None:
        self.executor = executor
        self.folder = folder

    async def load(
        self, kind: str, content: str, options: ImportOptions | None = None, suffix: str = ".csv"
    ) -> ImportReport:
        file = self.folder / f"{kind}{suffix}"
        file.write_text(content, encoding="utf-8")
        return await import_file(self.executor, kind, file, options=options)

    async def load_up_to(self, last: str) -> None:
        for kind, content in EVERYTHING.items():
            assert (await self.load(kind, content)).refused == (1 if kind == "orders" else 0)
            if kind == last:
                return


@pytest.fixture
def files(executor: Executor, tmp_path: Path) -> Files:
    return Files(executor, tmp_path)


_numbers = itertools.count(1)


@pytest.fixture
async def second(server_url: str, template: str) -> AsyncIterator[Executor]:
    """An executor on another fresh database."""
    name = f"test_files_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
        async with Database(
            psycopg.conninfo.make_conninfo(server_url, dbname=name), pool_size=4, vault=VAULT
        ) as opened:
            yield Executor(opened)
        connection.execute(f"drop database {name} with (force)")


def told(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(refusal.row, refusal.field, refusal.code) for refusal in report.refusals]


def counts(report: ImportReport) -> dict[str, int | None]:
    return {
        name: getattr(report, name)
        for name in ("rows", "accepted", "refused", "quarantined", "documents", "repeated", "created")
    }


def counted(
    rows: int, documents: int, *, repeated: int | None, created: int | None, refused: int = 0
) -> dict[str, int | None]:
    return {
        "rows": rows,
        "accepted": rows - refused,
        "refused": refused,
        "quarantined": 0,
        "documents": documents,
        "repeated": repeated,
        "created": created,
    }


async def balances(database: Database) -> dict[tuple[str, str], tuple[int, int]]:
    async with database.snapshot() as connection:
        (nodes,) = await ask(connection, catalog.nodes_by_code())
        return {
            (node.code, row.sku): (row.on_hand, row.held)
            for node in nodes.values()
            for row in await inventory.stock_of_node(connection, node.id)
        }


async def test_everything_once_and_again(files: Files, database: Database) -> None:
    first = {kind: counts(await files.load(kind, content)) for kind, content in EVERYTHING.items()}
    assert first == {
        "nodes": counted(3, 3, repeated=None, created=3),
        "channels": counted(2, 2, repeated=None, created=2),
        "products": counted(4, 3, repeated=None, created=3),
        "prices": counted(4, 4, repeated=0, created=None),
        "stock": counted(4, 3, repeated=0, created=None),
        "sales": counted(3, 2, repeated=0, created=None),
        "orders": counted(3, 2, repeated=0, created=None, refused=1),
    }
    stock = await balances(database)
    assert stock == {
        ("SH1", "0001"): (98, 4),
        ("SH1", "0002"): (-1, 0),
        ("SH1", "+86"): (2000, 0),
        ("SH2", "0001"): (38, 0),
    }
    again = {kind: counts(await files.load(kind, content)) for kind, content in EVERYTHING.items()}
    assert again == {
        "nodes": counted(3, 3, repeated=None, created=0),
        "channels": counted(2, 2, repeated=None, created=0),
        "products": counted(4, 3, repeated=None, created=0),
        "prices": counted(4, 4, repeated=4, created=None),
        "stock": counted(4, 3, repeated=3, created=None),
        "sales": counted(3, 2, repeated=2, created=None),
        "orders": counted(3, 2, repeated=1, created=None, refused=1),
    }
    assert await balances(database) == stock


async def test_the_older_of_two_product_files_wins_when_it_is_imported_last(files: Files, database: Database) -> None:
    older, newer = PRODUCTS, PRODUCTS.replace("绿茶", "Green tea")
    for content in (older, newer, older):
        assert (await files.load("products", content)).accepted == 4
    async with database.snapshot() as connection:
        (product,) = await ask(connection, catalog.find_product("P1"))
    assert product is not None
    assert product.name == "绿茶"


async def test_gtins_move_between_products_of_one_file(files: Files) -> None:
    gtins = [f"{n:012d}" for n in range(200)]
    gtins = [g + str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(g)) % 10) for g in gtins]
    head = "external_id,name,sku,gtins\n"
    owned = head + "".join(f"P{n},Tea,A{n},{gtin}\n" for n, gtin in enumerate(gtins))
    assert (await files.load("products", owned)).created == 200
    given_up = "".join(f"P{n},Tea,A{n},\n" for n in range(200))
    taken = "".join(f"Q{n},Tea,B{n},{gtin}\n" for n, gtin in enumerate(gtins))
    moved = await files.load("products", head + given_up + taken)
    assert (moved.accepted, moved.created, moved.codes) == (400, 200, {})
    claimed = await files.load("products", head + f"R1,Tea,C1,\nR2,Tea,C2,{gtins[0]}\n")
    assert told(claimed) == [(3, "gtins", "duplicate_gtin")]


async def test_operations_refuse_by_row_and_column(files: Files) -> None:
    products = await files.load(
        "products",
        "external_id,name,sku,unit,gtins\nP1,Tea,A1,pc,4006381333931\nP1,Tea,A2,pc,4006381333930\nP2,Nut,A3,lb,\nP3,Jam,A1,pc,\n",
    )
    assert told(products) == [
        (2, "", "row_of_refused"),
        (3, "gtins", "bad_gtin"),
        (4, "unit", "unknown_unit"),
    ]
    assert counts(products) == counted(4, 3, repeated=None, created=1, refused=3)
    channels = await files.load("channels", "code,name,kind,currency,nodes\nweb,Web,web,CNY,NOWHERE\n")
    assert told(channels) == [(2, "nodes", "unknown_node")]


async def test_what_was_refused_for_want_of_something_is_taken_when_it_is_there(files: Files) -> None:
    await files.load("nodes", NODES)
    assert told(await files.load("channels", CHANNELS.replace("SH2", "SH9"))) == [(3, "nodes", "unknown_node")]
    await files.load("channels", CHANNELS)
    assert [code for _, _, code in told(await files.load("prices", PRICES))] == ["unknown_sku"] * 4
    assert (await files.load("orders", ORDERS)).codes == {"row_of_refused": 1, "unknown_sku": 2}
    await files.load("products", PRODUCTS)
    assert counts(await files.load("prices", PRICES)) == counted(4, 4, repeated=0, created=None)
    assert (await files.load("orders", ORDERS)).codes == {"out_of_stock": 2, "row_of_refused": 1}
    await files.load("stock", STOCK)
    assert counts(await files.load("orders", ORDERS)) == counted(3, 2, repeated=0, created=None, refused=1)


async def test_a_stock_document_that_changed_is_refused(files: Files, database: Database) -> None:
    await files.load_up_to("stock")
    before = await balances(database)
    changed = await files.load("stock", STOCK.replace("0001,40,pc", "0001,41,pc"))
    assert (changed.accepted, changed.quarantined, changed.repeated) == (3, 1, 2)
    assert [(refusal.row, refusal.message) for refusal in changed.refusals] == [
        (4, "Document D-77 of node SH2 was imported before with other lines.")
    ]
    assert await balances(database) == before


async def test_facts_that_cannot_be_recorded_are_held_back_once(files: Files, database: Database) -> None:
    await files.load_up_to("products")
    bad = SALES.replace("till,SH1,T2", "kiosk,SH1,T2").replace("0001,2,", "0001,two,")
    for _ in range(2):
        report = await files.load("sales", bad, ImportOptions(rejects=files.folder / "rejects.csv"))
        assert (report.accepted, report.refused, report.quarantined) == (0, 0, 3)
        assert told(report) == [
            (2, "quantity", "cell_number"),
            (3, "", "row_of_refused"),
            (4, "channel", "unknown_channel"),
        ]
    async with database.snapshot() as connection:
        (entries,) = await ask(connection, waiting())
    assert [(entry.operation, entry.source, entry.refusal.code) for entry in entries] == [
        ("orders.record_sale", "file:sales.csv", "cell_number"),
        ("orders.record_sale", "file:sales.csv", "unknown_channel"),
    ]
    assert msgspec.json.decode(entries[0].payload.splitlines()[0])["quantity"] == "two"
    assert msgspec.json.decode(entries[1].payload)["channel"] == "kiosk"


async def test_rejects_are_corrected_and_imported(files: Files) -> None:
    await files.load("nodes", NODES)
    await files.load("channels", CHANNELS)
    rejects = files.folder / "rejects.csv"
    options = ImportOptions(rejects=rejects)
    bad = PRODUCTS.replace("96385074", "96385075") + "P4,extra,,,A4,,pc,,,more\n"
    report = await files.load("products", bad, options)
    assert (report.accepted, report.refused, report.rejects) == (2, 3, str(rejects))
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["reject_row"], row["reject_code"], row["sku"], row["reject_text"]) for row in rows] == [
        ("2", "bad_gtin", "0001", ""),
        ("3", "row_of_refused", "0002", ""),
        ("7", "row_columns", "", "P4,extra,,,A4,,pc,,,more"),
    ]
    corrected = rejects.read_text(encoding="utf-8-sig").replace("96385075", "96385074")
    again = await files.load("products", "".join(corrected.splitlines(keepends=True)[:3]), options)
    assert counts(again) == counted(2, 1, repeated=None, created=1)
    assert again.rejects is None


async def test_rejects_of_json_lines_are_corrected_and_imported(files: Files) -> None:
    await files.load_up_to("products")
    rejects = files.folder / "rejects.jsonl"
    line = (
        '{"channel":"%s","node":"SH1","external_id":"J1","occurred_at":"2026-01-01T00:00:00Z",'
        '"lines":[{"sku":"0001","quantity":1,"amount_minor":5}]}\n'
    )
    report = await files.load("sales", line % "kiosk" + "{oops\n", ImportOptions(rejects=rejects), ".jsonl")
    assert told(report) == [(1, "channel", "unknown_channel"), (2, "", "row_json")]
    first, second = [msgspec.json.decode(text) for text in rejects.read_bytes().splitlines()]
    assert (first["reject_row"], first["reject_code"], first["lines"][0]["sku"]) == (1, "unknown_channel", "0001")
    assert (second["reject_row"], second["reject_text"]) == (2, "{oops")
    corrected = rejects.read_text().splitlines()[0].replace("kiosk", "till")
    assert counts(await files.load("sales", corrected, suffix=".jsonl")) == counted(1, 1, repeated=0, created=None)


async def test_an_import_that_was_interrupted_goes_on(files: Files, executor: Executor, database: Database) -> None:
    await files.load_up_to("products")
    rows = "".join(f"supplier,SH1,D{n},2026-01-02T00:00:00Z,0001,1\n" for n in range(2_500))
    file = files.folder / "stock.csv"
    file.write_text(f"type,node,document,occurred_at,sku,quantity\n{rows}")

    class StoppedError(Exception):
        pass

    calls = 0

    def stop(_: int, __: int | None) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        await import_file(executor, "stock", file, progress=stop)
    part = (await balances(database))[("SH1", "0001")][0]
    assert 0 < part < 2_500
    report = await import_file(executor, "stock", file)
    assert (report.accepted, report.repeated) == (2_500, part)
    assert (await balances(database))[("SH1", "0001")] == (2_500, 0)


async def test_progress_reaches_its_end(files: Files, executor: Executor) -> None:
    file = files.folder / "products.csv"
    file.write_text("external_id,name,sku\n" + "".join(f"P{n},Tea,A{n}\n" for n in range(2_500)))
    seen: list[tuple[int, int | None]] = []
    await import_file(executor, "products", file, progress=lambda done, total: seen.append((done, total)))
    size = file.stat().st_size
    assert seen[-1] == (size, size)
    assert seen == sorted(seen)


async def test_a_file_that_cannot_be_read_imports_nothing(files: Files, database: Database) -> None:
    content = PRODUCTS.encode() + "P9,坏,,,A9,,,,\n".encode("gbk")
    (files.folder / "products.csv").write_bytes(content)
    with pytest.raises(RefusedError, match="file_encoding"):
        await import_file(files.executor, "products", files.folder / "products.csv")
    async with database.snapshot() as connection:
        assert await ask(connection, catalog.find_product("P1")) == (None,)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
async def test_out_and_in_again_gives_the_same_files(
    files: Files, database: Database, second: Executor, suffix: str
) -> None:
    await files.load_up_to("prices")
    for kind in ("nodes", "channels", "products", "prices"):
        out, back = files.folder / f"out-{kind}{suffix}", files.folder / f"back-{kind}{suffix}"
        report = await export_file(database, kind, out)
        assert report.documents == {"nodes": 3, "channels": 2, "products": 3, "prices": 4}[kind]
        imported = await import_file(second, kind, out)
        assert (imported.refused, imported.accepted) == (0, report.rows)
        await export_file(second.database, kind, back)
        assert back.read_bytes() == out.read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
async def test_stock_sales_and_orders_go_out_and_come_in(
    files: Files, database: Database, second: Executor, suffix: str
) -> None:
    await files.load_up_to("orders")
    oversold = STOCK + "opening,SH1,open-2,2026-01-01T00:00:00+08:00,0002,5,pc\n"
    assert (await files.load("stock", oversold)).repeated == 3
    for kind in ("nodes", "channels", "products", "prices", "stock", "orders", "sales"):
        out = files.folder / f"out-{kind}{suffix}"
        await export_file(database, kind, out)
        imported = await import_file(second, kind, out)
        assert (imported.refused, imported.quarantined) == (0, 0)
    # The counts hold what the sales took already, and the orders are promised anew.
    assert await balances(second.database) == {
        ("SH1", "0001"): (96, 4),
        ("SH1", "0002"): (3, 0),
        ("SH1", "+86"): (1500, 0),
        ("SH2", "0001"): (38, 0),
    }
    sales, back = files.folder / f"out-sales{suffix}", files.folder / f"back-sales{suffix}"
    await export_file(second.database, "sales", back)
    assert back.read_bytes() == sales.read_bytes()


async def test_cells_that_a_spreadsheet_would_run_are_guarded(files: Files, database: Database) -> None:
    await files.load_up_to("products")
    out = files.folder / "out.csv"
    await export_file(database, "products", out, options=ExportOptions(encoding="utf-8-sig"))
    text = out.read_text(encoding="utf-8")
    assert text.startswith("\ufeffexternal_id,")
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["name"], row["brand"], row["category"], row["sku"]) for row in csv.DictReader(file)]
    assert rows[2:] == [("'=HYPERLINK(1)", "'@brand", "'-", "'+86"), ("'=quoted", "", "", "A|B\\C")]


@pytest.mark.parametrize(("kind", "suffix"), [("customers", ".csv"), ("nodes", ".xlsx")])
async def test_exports_that_cannot_be(files: Files, database: Database, kind: str, suffix: str) -> None:
    with pytest.raises(RefusedError):
        await export_file(database, kind, files.folder / f"out{suffix}")
    with pytest.raises(RefusedError):
        await export_file(database, "nodes", files.folder / "out.csv", options=ExportOptions(encoding="ascii"))
    assert list(files.folder.iterdir()) == []

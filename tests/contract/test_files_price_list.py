"""Prices of lists as files: imported, imported again, exported, and refused row by row."""

from pathlib import Path

import pytest

from mainstem.connectors.files import export_file, import_file
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.pricing_shop import open_shop

pytestmark = pytest.mark.anyio

FILE = """price_list,sku,from_quantity,currency,amount,valid_from,valid_until
g,a,,CNY,10.00,2026-01-01T00:00:00Z,
g,a,10,CNY,8.00,2026-01-01T00:00:00Z,
g,a,,CNY,5.00,2026-01-10T00:00:00Z,2026-01-12T00:00:00Z
g,b,,,,2026-01-01T00:00:00Z,
none,a,,CNY,1.00,2026-01-01T00:00:00Z,
g,a,,EUR,1.00,2026-01-01T00:00:00Z,
g,a,x,CNY,1.00,2026-01-01T00:00:00Z,
"""


async def test_prices_of_a_list_come_and_go_as_files(executor: Executor, database: Database, tmp_path: Path) -> None:
    shop = await open_shop(executor, database)
    await shop.save_list("g")
    source, back = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(FILE, encoding="utf-8")

    report = await import_file(executor, "price_list", source)
    assert (report.accepted, report.refused) == (4, 3)
    assert report.codes == {"unknown_price_list": 1, "currency_mismatch": 1, "cell_number": 1}
    assert (await import_file(executor, "price_list", source)).repeated == 4

    seen = [(await shop.found(shop.asked(("a", quantity)), day))[0] for quantity, day in ((1, 5), (10, 5), (1, 10))]
    assert seen == [(1000, "list:g"), (800, "list:g@10"), (500, "list:g")]
    assert (await export_file(database, "price_list", back)).rows == 5
    assert back.read_text(encoding="utf-8").splitlines()[2].startswith("g,a,1,CNY,500,2026-01-10T00:00:00")

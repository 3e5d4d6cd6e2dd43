"""What leaves in a file says of customers no more than was asked for: `mainstem export --masked` shows ends only."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pyarrow.parquet
import pytest

from mainstem.connectors.files import ExportOptions, export_file
from mainstem.entrypoints.cli import main
from mainstem.platform.personal import HIDDEN
from mainstem.platform.postgres import Database
from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

MEMBER, SHORT = "member-13912340077", "c-7"
ENDS = [f"{HIDDEN}0077", f"{HIDDEN}7"]
SUFFIXES = pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])

FILES = {
    "nodes": "code,name,kind,time_zone\nSH1,SH1,store,Asia/Shanghai\n",
    "channels": "code,name,kind,currency\ntill,Tills,till,CNY\n",
    "products": "external_id,name,sku,unit\nP1,Tea,K1,pc\n",
    "sales": "channel,node,external_id,occurred_at,sku,quantity,amount_minor,customer\n"
    f"till,SH1,T1,2026-02-01T10:00:00+08:00,K1,1,100,{MEMBER}\n"
    f"till,SH1,T2,2026-02-01T10:05:00+08:00,K1,1,100,{SHORT}\n",
}
"""What the command has to export, as it is imported."""


async def traded(shop: Shop) -> None:
    """An order and a sale of each of two customers."""
    lines = [{"sku": "K1", "quantity": 1}]
    for number, customer in enumerate((MEMBER, SHORT)):
        await shop.done("POST", "/v1/orders", {"channel": "web", "node": "S1", "customer": customer, "lines": lines})
        sale = {
            "channel": "till",
            "node": "S1",
            "external_id": f"T-{number}",
            "occurred_at": f"2026-11-01T08:00:0{number}Z",
            "customer": customer,
            "lines": [{"sku": "K1", "quantity": 1, "amount_minor": 100}],
        }
        await shop.done("POST", "/v1/sales", sale)


def customers_in(path: Path) -> Iterator[str]:
    """Whom a file names, row by row."""
    if path.suffix == ".jsonl":
        yield from (json.loads(line)["customer"] for line in path.read_text(encoding="utf-8").splitlines())
    elif path.suffix == ".parquet":
        yield from pyarrow.parquet.read_table(path).column("customer").to_pylist()
    else:
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        place = header.split(",").index("customer")
        yield from (row.split(",")[place] for row in rows)


@SUFFIXES
@pytest.mark.parametrize("kind", ["orders", "sales"])
async def test_a_masked_file_shows_ends_only(
    shop: Shop, database: Database, tmp_path: Path, kind: str, suffix: str
) -> None:
    await traded(shop)
    masked, clear = tmp_path / f"masked{suffix}", tmp_path / f"clear{suffix}"
    await export_file(database, kind, masked, options=ExportOptions(unmasked=False))
    await export_file(database, kind, clear, options=ExportOptions(unmasked=True))
    assert list(customers_in(masked)) == ENDS
    assert list(customers_in(clear)) == [MEMBER, SHORT]
    content = masked.read_bytes()
    for hidden in (MEMBER, "139", "c-7"):
        assert hidden.encode() not in content


async def test_nobody_is_named_who_does_not_ask_for_it(shop: Shop, database: Database, tmp_path: Path) -> None:
    await traded(shop)
    out = tmp_path / "out.csv"
    await export_file(database, "orders", out)
    assert list(customers_in(out)) == ENDS


async def test_who_was_erased_is_in_no_file(shop: Shop, database: Database, tmp_path: Path) -> None:
    await traded(shop)
    found = await shop.done("GET", f"/v1/customers?reference={MEMBER}")
    assert len(found["items"]) == 2  # of the web shop, and of the till
    for one in found["items"]:
        asked = {"kind": "erasure", "identity": "in_person"}
        number = (await shop.done("POST", f"/v1/customers/{one['id']}/requests", asked))["request"]
        await shop.done("POST", f"/v1/privacy/requests/{number}/step", {"to": "in_progress"})
        await shop.done("POST", f"/v1/privacy/requests/{number}/erasure")
    for kind in ("orders", "sales"):
        out = tmp_path / f"{kind}.jsonl"
        report = await export_file(database, kind, out, options=ExportOptions(unmasked=True))
        assert report.documents == 2
        rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert [row.get("customer", "") for row in rows] == ["", SHORT]


def test_the_command_masks_when_it_is_told_to(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("MAINSTEM_")]:
        monkeypatch.delenv(name)
    parts = psycopg.conninfo.conninfo_to_dict(database_url)
    host = quote(str(parts["host"]), safe="")
    url = f"postgresql://{parts['user']}@/{parts['dbname']}?host={host}&port={parts.get('port', 5432)}"
    monkeypatch.setenv("MAINSTEM_DATABASE_URL", url)
    monkeypatch.setenv("MAINSTEM_DATA_DIR", str(tmp_path))

    def mainstem(*arguments: str | Path) -> None:
        monkeypatch.setattr(sys, "argv", ["mainstem", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, capsys.readouterr().err

    for kind, content in FILES.items():
        file = tmp_path / f"{kind}.csv"
        file.write_text(content, encoding="utf-8")
        mainstem("import", kind, file)
    masked, clear = tmp_path / "masked.csv", tmp_path / "clear.csv"
    mainstem("export", "sales", masked, "--masked")
    mainstem("export", "sales", clear)
    assert list(customers_in(masked)) == ENDS
    assert list(customers_in(clear)) == [MEMBER, SHORT]

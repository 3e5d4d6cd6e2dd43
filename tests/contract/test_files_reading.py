"""What the file connector makes of files, good and bad: input, and exactly what is told of it. No database."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.connectors.files import ImportOptions, ImportReport, cells, preview_file
from mainstem.connectors.files.account import Account
from mainstem.connectors.files.csv_rows import LINE_LENGTH_MAX, RECORD_LINES_MAX
from mainstem.connectors.files.documents import documents
from mainstem.connectors.files.kinds import FILE_KINDS
from mainstem.connectors.files.opening import open_source
from mainstem.connectors.files.reading import Defaults
from mainstem.kernel.refusals import RefusedError
from mainstem.platform.execution import Outcome

pytestmark = pytest.mark.contract

PRICES = "sku,currency,amount_minor,valid_from\n"
PRICE = "A1,CNY,1250,2026-01-31T00:00:00+08:00\n"
PRODUCTS = "external_id,name,sku\n"
SALES = "channel,node,external_id,occurred_at,sku,quantity,amount_minor,customer\n"
NODES = "code,name,kind,time_zone\n"


def told(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(refusal.row, refusal.field, refusal.code) for refusal in report.refusals]


def preview(
    folder: Path, kind: str, content: str | bytes, options: ImportOptions | None = None, suffix: str = ".csv"
) -> ImportReport:
    file = folder / f"file{suffix}"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return preview_file(kind, file, options=options)


CSV_ROWS: list[tuple[str, str, str | bytes, int, list[tuple[int, str, str]]]] = [
    ("a plain row", "prices", PRICES + PRICE, 1, []),
    ("a BOM", "prices", "\ufeff" + PRICES + PRICE, 1, []),
    ("line ends of Windows", "prices", (PRICES + PRICE).replace("\n", "\r\n"), 1, []),
    ("line ends of old Macs", "prices", (PRICES + PRICE).replace("\n", "\r"), 1, []),
    ("no line end at the end", "prices", (PRICES + PRICE).rstrip("\n"), 1, []),
    ("a header only", "prices", PRICES, 0, []),
    ("blank lines", "prices", PRICES + "\n" + PRICE + "   \n,,,\n", 1, []),
    ("capitals and blanks in the header", "prices", "SKU, Currency ,Amount_Minor,valid_from\n" + PRICE, 1, []),
    ("semicolons", "prices", (PRICES + PRICE).replace(",", ";"), 1, []),
    ("tabs", "prices", (PRICES + PRICE).replace(",", "\t"), 1, []),
    ("the line sep=", "prices", "sep=;\r\n" + (PRICES + PRICE).replace(",", ";"), 1, []),
    ("a quoted line sep=", "prices", '"sep=;"\r\n' + (PRICES + PRICE).replace(",", ";"), 1, []),
    ("a column too many", "prices", PRICES + PRICE[:-1] + ",x\n" + PRICE, 2, [(2, "", "row_columns")]),
    ("a column too few", "prices", PRICES + "A1,CNY,1250\n" + PRICE, 2, [(2, "", "row_columns")]),
    ("quoted cells", "products", PRODUCTS + '"P1","Tea, ""green""\nloose",A1\n' + "P2,Tea,A2\n", 2, []),
    ("a lone inch sign", "products", PRODUCTS + 'P1,5" nail,A1\n', 1, []),
    (
        "an unclosed quote",
        "products",
        PRODUCTS + 'P1,"Tea,A1\nP2,Tea,A2\nP3,"Tea, green",A3\n',
        3,
        [(2, "", "row_quote")],
    ),
    (
        "two stray quotes",
        "products",
        PRODUCTS + 'P1,"Tea,A1\nP2,Tea,A2\nP3,Tea",A3\nP4,Tea,A4\n',
        4,
        [(2, "", "row_quote")],
    ),
    ("a quote with text behind it", "products", PRODUCTS + 'P1,"Tea" x,A1\nP2,Tea,A2\n', 2, [(2, "", "row_quote")]),
    (
        "an unclosed quote in a long file",
        "products",
        PRODUCTS + 'P0,"Tea,A0\n' + "".join(f"P{n},Tea,A{n}\n" for n in range(1, RECORD_LINES_MAX + 50)),
        RECORD_LINES_MAX + 50,
        [(2, "", "row_quote")],
    ),
    ("U+0000", "products", PRODUCTS + "P1,Te\x00a,A1\nP2,Tea,A2\n", 2, [(2, "", "row_nul")]),
    (
        "a huge quoted cell",
        "products",
        PRODUCTS + f'P1,"{"x" * 200_000}",A1\nP2,Tea,A2\n',
        2,
        [(2, "", "row_too_long")],
    ),
    (
        "a line without end",
        "products",
        PRODUCTS + "P1," + "x" * (3 * LINE_LENGTH_MAX) + ",A1\nP2,Tea,A2\n",
        2,
        [(2, "", "row_too_long")],
    ),
    ("leading zeros", "products", PRODUCTS + "007,Tea,000123\n", 1, []),
    ("a shortened number", "products", PRODUCTS + "P1,Tea,6.90E+12\n", 1, [(2, "sku", "cell_spreadsheet")]),
    ("a full-width code", "products", PRODUCTS + "P1,茶,\uff21\uff11\n", 1, [(2, "sku", "cell_full_width")]),
    ("a blank code", "products", PRODUCTS + "P1,Tea,\n", 1, [(2, "sku", "cell_missing")]),
    ("a code with blanks around it", "products", PRODUCTS + "P1,Tea, A1\n", 1, [(2, "sku", "bad_code")]),
    ("Chinese names", "products", PRODUCTS + "P1,龙井茶(春),A1\n", 1, []),
    ("full-width digits", "prices", PRICES + PRICE.replace("1250", "\uff11\uff12\uff15\uff10"), 1, []),
    (
        "separators of thousands",
        "prices",
        PRICES + PRICE.replace("1250", '"1,250"'),
        1,
        [(2, "amount_minor", "cell_number")],
    ),
    (
        "decimals in minor units",
        "prices",
        PRICES + PRICE.replace("1250", "12.50"),
        1,
        [(2, "amount_minor", "cell_number")],
    ),
    (
        "underscores in a number",
        "prices",
        PRICES + PRICE.replace("1250", "1_250"),
        1,
        [(2, "amount_minor", "cell_number")],
    ),
    (
        "a shortened amount",
        "prices",
        PRICES + PRICE.replace("1250", "1.25E+03"),
        1,
        [(2, "amount_minor", "cell_spreadsheet")],
    ),
    ("no offset", "prices", PRICES + PRICE.replace("+08:00", ""), 1, [(2, "valid_from", "cell_no_offset")]),
    ("a day only", "prices", PRICES + "A1,CNY,1,2026-01-31\n", 1, [(2, "valid_from", "cell_moment")]),
    ("a day of a spreadsheet", "prices", PRICES + "A1,CNY,1,2026/1/31 8:00\n", 1, [(2, "valid_from", "cell_moment")]),
    ("no such day", "prices", PRICES + "A1,CNY,1,2026-02-30T00:00:00Z\n", 1, [(2, "valid_from", "cell_moment")]),
    ("an unknown kind of node", "nodes", NODES + "N1,One,shop,UTC\n", 1, [(2, "kind", "cell_choice")]),
    (
        "bad JSON in a cell",
        "nodes",
        NODES[:-1] + ",opening_hours\nN1,One,store,UTC,[1]\n",
        1,
        [(2, "opening_hours", "cell_json")],
    ),
    (
        "one broken line of a document",
        "sales",
        SALES
        + "till,N1,T1,2026-01-01T00:00:00Z,A1,1,100,\n"
        + "till,N1,T1,2026-01-01T00:00:00Z,A2,one,100,\n"
        + "till,N1,T2,2026-01-01T00:00:00Z,A1,1,100,\n",
        3,
        [(2, "", "row_of_refused"), (3, "quantity", "cell_number")],
    ),
    (
        "a line of a document with a column too many",
        "sales",
        SALES
        + "till,N1,T1,2026-01-01T00:00:00Z,A1,1,100,\n"
        + "till,N1,T1,2026-01-01T00:00:00Z,A2,1,100,,x\n"
        + "till,N1,T1,2026-01-01T00:00:00Z,A3,1,100,\n",
        3,
        [(2, "", "row_of_refused"), (3, "", "row_columns"), (4, "", "row_of_refused")],
    ),
    (
        "rows of one document that disagree",
        "sales",
        SALES + "till,N1,T1,2026-01-01T00:00:00Z,A1,1,100,Li\n" + "till,N1,T1,2026-01-01T00:00:00Z,A2,1,100,Wu\n",
        2,
        [(2, "", "row_of_refused"), (3, "customer", "row_disagrees")],
    ),
    (
        "what the first row said and the others leave blank",
        "sales",
        SALES + "till,N1,T1,2026-01-01T00:00:00Z,A1,1,100,Li\n" + "till,N1,T1,,A2,1,100,\n",
        2,
        [],
    ),
]


@pytest.mark.parametrize(
    ("kind", "content", "rows", "refused"), [case[1:] for case in CSV_ROWS], ids=[case[0] for case in CSV_ROWS]
)
def test_rows_of_csv(tmp_path: Path, kind: str, content: str, rows: int, refused: list[tuple[int, str, str]]) -> None:
    report = preview(tmp_path, kind, content)
    assert (report.rows, report.accepted, report.refused) == (rows, rows - len(refused), len(refused))
    assert told(report) == refused


FILES: list[tuple[str, str, str | bytes, str, str, str]] = [
    ("nothing", "prices", "", ".csv", "file_empty", "The file is empty."),
    ("a BOM only", "prices", "\ufeff", ".csv", "file_empty", "The file is empty."),
    ("blank lines only", "prices", "\r\n\r\n", ".csv", "file_empty", "The file is empty."),
    (
        "an unknown column",
        "prices",
        PRICES.replace("currency", "curency") + PRICE,
        ".csv",
        "column_unknown",
        "There is no column curency in this layout.",
    ),
    (
        "a missing column",
        "prices",
        "sku,currency,valid_from\nA1,CNY,\n",
        ".csv",
        "column_missing",
        "The column amount_minor is missing.",
    ),
    ("a column twice", "prices", "sku,sku\n", ".csv", "column_twice", "The column sku is there twice."),
    (
        "two columns for one thing",
        "prices",
        "sku,currency,amount_minor,amount\n",
        ".csv",
        "columns_exclusive",
        "The columns amount_minor and amount say the same thing.",
    ),
    (
        "a line that is no header",
        "prices",
        "A1,CNY,1250,\n",
        ".csv",
        "column_unknown",
        "There is no column A1 in this layout.",
    ),
    (
        "an unknown suffix",
        "prices",
        PRICES,
        ".xlsx",
        "file_format",
        "The format of file.xlsx is not known by its suffix.",
    ),
    (
        "no Parquet",
        "prices",
        PRICES,
        ".parquet",
        "file_unreadable",
        (
            "The file file.parquet cannot be opened: Parquet magic bytes not found in footer. "
            "Either the file is corrupted or this is not a parquet file."
        ),
    ),
    (
        "GBK without saying so",
        "products",
        (PRODUCTS + "P1,Tea,A1\nP2,龙井茶,A2\n").encode("gbk"),
        ".csv",
        "file_encoding",
        "Row 3 is not utf-8: byte 34 of the file cannot be read.",
    ),
    (
        "UTF-16 without saying so",
        "products",
        (PRODUCTS + "P1,Tea,A1\n").encode("utf-16"),
        ".csv",
        "file_encoding",
        "Row 1 is not utf-8: byte 0 of the file cannot be read.",
    ),
    (
        "a character cut off at the end",
        "products",
        (PRODUCTS + "P1,茶").encode()[:-1],
        ".csv",
        "file_encoding",
        "Row 2 is not utf-8: byte 24 of the file cannot be read.",
    ),
]


@pytest.mark.parametrize(
    ("kind", "content", "suffix", "code", "message"), [case[1:] for case in FILES], ids=[case[0] for case in FILES]
)
def test_files_that_cannot_be_read(
    tmp_path: Path, kind: str, content: str | bytes, suffix: str, code: str, message: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        preview(tmp_path, kind, content, suffix=suffix)
    assert caught.value.refusal.code == code
    assert caught.value.refusal.message() == message
    assert caught.value.refusal.remedy()


def test_a_missing_file_and_an_unknown_kind(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        preview_file("prices", tmp_path / "none.csv")
    assert caught.value.refusal.message() == "The file none.csv cannot be opened: No such file or directory."
    with pytest.raises(RefusedError) as caught:
        preview_file("customers", tmp_path / "none.csv")
    assert caught.value.refusal.code == "cell_choice"


def test_what_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        preview(tmp_path, "products", (PRODUCTS + "P2,龙井茶,A2\n").encode("gb18030"))
    assert "--encoding gb18030" in caught.value.refusal.remedy()
    with pytest.raises(RefusedError) as caught:
        preview(tmp_path, "products", (PRODUCTS + "P1,Tea,A1\n").encode("utf-16"))
    assert "--encoding utf-16" in caught.value.refusal.remedy()
    with pytest.raises(RefusedError) as caught:
        preview(tmp_path, "prices", PRICES.replace("currency", "curency") + PRICE)
    assert caught.value.refusal.remedy().startswith("Did you mean currency? The columns are: sku, ")


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-16", "utf-8"])
def test_an_encoding_that_is_said(tmp_path: Path, encoding: str) -> None:
    content = (PRODUCTS + "P1,龙井茶,A1\nP2,,A2\n").encode(encoding)
    report = preview(tmp_path, "products", content, ImportOptions(encoding=encoding))
    assert (report.rows, told(report)) == (2, [(3, "name", "cell_missing")])


@pytest.mark.parametrize("encoding", ["no-such", "base64", "hex"])
def test_an_encoding_that_is_none(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(RefusedError, match="unknown_encoding"):
        preview(tmp_path, "products", PRODUCTS, ImportOptions(encoding=encoding))


def test_a_bad_byte_beyond_the_first_megabyte_has_its_row_and_offset(tmp_path: Path) -> None:
    rows = "".join(f"P{n:06d},茶,A{n:06d}\n" for n in range(60_000)).encode()
    head = PRODUCTS.encode()
    broken = rows.replace("P055000,茶".encode(), b"P055000,\xff\xfe\xfd")
    with pytest.raises(RefusedError) as caught:
        preview(tmp_path, "products", head + broken)
    offset = (head + broken).index(b"\xff")
    assert caught.value.refusal.params["row"] == 55_002
    assert caught.value.refusal.params["offset"] == offset


@pytest.mark.parametrize(
    ("zone", "moment", "refused"),
    [
        ("Asia/Shanghai", "2026-01-31T08:00:00", []),
        ("Asia/Shanghai", "2026-01-31 08:00", []),
        ("America/New_York", "2026-03-08T02:30:00", [(2, "valid_from", "cell_moment")]),  # clocks were put forward
        ("America/New_York", "2026-11-01T01:30:00", []),  # exists twice: the earlier
    ],
)
def test_moments_without_offset(tmp_path: Path, zone: str, moment: str, refused: list[tuple[int, str, str]]) -> None:
    report = preview(tmp_path, "prices", f"{PRICES}A1,CNY,1,{moment}\n", ImportOptions(time_zone=zone))
    assert told(report) == refused


def test_an_unknown_time_zone(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="unknown_time_zone"):
        preview(tmp_path, "prices", PRICES, ImportOptions(time_zone="Mars/Olympus"))


@pytest.mark.parametrize(
    ("amount", "currency", "refused"),
    [
        ("12.5", "CNY", []),
        ("12.50", "CNY", []),
        ("\uff11\uff12\uff0e\uff15\uff10", "CNY", []),
        ("12.505", "CNY", [(2, "amount", "cell_number")]),
        ("12,50", "CNY", [(2, "amount", "cell_number")]),
        ("12", "JPY", []),
        ("12.5", "JPY", [(2, "amount", "cell_number")]),
        ("1.234", "KWD", []),
        ("¥12.50", "CNY", [(2, "amount", "cell_number")]),
        ("NaN", "CNY", [(2, "amount", "cell_number")]),
        ("12.5", "RMB", [(2, "currency", "unknown_currency")]),
        ("", "CNY", [(2, "amount", "cell_missing")]),
    ],
)
def test_decimal_amounts(tmp_path: Path, amount: str, currency: str, refused: list[tuple[int, str, str]]) -> None:
    content = f'sku,currency,amount,valid_from\nA1,{currency},"{amount}",2026-01-31T00:00:00Z\n'
    assert told(preview(tmp_path, "prices", content)) == refused


@pytest.mark.parametrize(
    ("units", "unit", "refused"),
    [
        ("1.5", "kg", []),
        ("2", "pc", []),
        ("1.5", "pc", [(2, "units", "cell_number")]),
        ("0.0001", "kg", [(2, "units", "cell_number")]),
        ("1", "lb", [(2, "unit", "unknown_unit")]),
        ("1", "", [(2, "unit", "cell_missing")]),
        ("9999999", "kg", [(2, "units", "cell_number")]),
    ],
)
def test_whole_units(tmp_path: Path, units: str, unit: str, refused: list[tuple[int, str, str]]) -> None:
    content = f"type,node,document,sku,units,unit\ncount,N1,C1,A1,{units},{unit}\n"
    assert told(preview(tmp_path, "stock", content)) == refused


SALE_LINE = '{"channel":"till","node":"N1","external_id":"T1","occurred_at":"2026-01-01T08:00:00+08:00","lines":['
JSON_ROWS: list[tuple[str, str, str, list[tuple[int, str, str]]]] = [
    ("a whole document", "sales", SALE_LINE + '{"sku":"A1","quantity":1,"amount_minor":100}]}', []),
    ("a flat row", "prices", '{"sku":"A1","currency":"CNY","amount":12.5,"valid_from":"2026-01-01T00:00:00Z"}', []),
    ("a BOM", "prices", '\ufeff{"sku":"A1","currency":"CNY","amount_minor":5,"valid_from":"2026-01-01T00:00:00Z"}', []),
    ("no JSON", "prices", '{"sku":', [(1, "", "row_json")]),
    ("a list", "prices", "[1, 2]", [(1, "", "row_json")]),
    ("a column that is not known", "prices", '{"sku":"A1","price":1}', [(1, "price", "column_unknown")]),
    ("a column that is not there", "prices", '{"sku":"A1","currency":"CNY"}', [(1, "amount_minor", "column_missing")]),
    (
        "a wrong type in a document",
        "sales",
        SALE_LINE + '{"sku":"A1","quantity":"one","amount_minor":100}]}',
        [(1, "lines/0/quantity", "row_json")],
    ),
    (
        "an unknown field in a document",
        "sales",
        SALE_LINE + '{"sku":"A1","quantity":1,"amount_minor":100,"colour":"red"}]}',
        [(1, "lines/0", "row_json")],
    ),
    (
        "a moment without offset in a document",
        "sales",
        SALE_LINE.replace("+08:00", "") + '{"sku":"A1","quantity":1,"amount_minor":100}]}',
        [(1, "occurred_at", "cell_no_offset")],
    ),
    (
        "a price without moment",
        "prices",
        '{"sku":"A1","currency":"CNY","amount_minor":5}',
        [(1, "valid_from", "cell_missing")],
    ),
    (
        "a stock document",
        "stock",
        '{"type":"count","node":"N1","document":"C1","lines":[{"sku":"A1","quantity":3}]}',
        [],
    ),
    ("an order without number", "orders", '{"channel":"web","lines":[]}', [(1, "external_id", "cell_missing")]),
    ("a number for a text", "nodes", '{"code":"N1","name":5,"kind":"store","time_zone":"UTC"}', []),
]


@pytest.mark.parametrize(
    ("kind", "line", "refused"), [case[1:] for case in JSON_ROWS], ids=[case[0] for case in JSON_ROWS]
)
def test_lines_of_json(tmp_path: Path, kind: str, line: str, refused: list[tuple[int, str, str]]) -> None:
    report = preview(tmp_path, kind, line + "\n\n", suffix=".jsonl")
    assert (report.rows, told(report)) == (1, refused)


def test_json_lines_go_on_behind_a_bad_line(tmp_path: Path) -> None:
    good = '{"sku":"A1","currency":"CNY","amount_minor":5,"valid_from":"2026-01-01T00:00:00Z"}\n'
    report = preview(tmp_path, "prices", good + "oops\n" + good, suffix=".jsonl")
    assert (report.rows, report.accepted, told(report)) == (3, 2, [(2, "", "row_json")])


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("sku", pa.array([690]), "The column sku has the Parquet type int64."),
        ("amount_minor", pa.array([12.5]), "The column amount_minor has the Parquet type double."),
        ("amount_minor", pa.array(["1250"]), "The column amount_minor has the Parquet type string."),
        ("valid_from", pa.array([20_000], pa.date32()), "The column valid_from has the Parquet type date32[day]."),
    ],
)
def test_wrong_types_of_parquet(tmp_path: Path, column: str, values: pa.Array, message: str) -> None:
    columns = {"sku": pa.array(["A1"]), "currency": pa.array(["CNY"]), "amount_minor": pa.array([1250])} | {
        column: values
    }
    pq.write_table(pa.table(columns), tmp_path / "prices.parquet")
    with pytest.raises(RefusedError) as caught:
        preview_file("prices", tmp_path / "prices.parquet")
    assert (caught.value.refusal.code, caught.value.refusal.message()) == ("column_type", message)


def test_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {
            "code": ["N1", "N2", "N3"],
            "name": pa.array(["One", None, "Three"]).dictionary_encode(),
            "kind": ["store", "store", "store"],
            "time_zone": ["UTC", "UTC", "UTC"],
            "latitude": [31.25, 1e-7, None],
            "longitude": [121.5, 2.0, None],
            "capabilities": [["sell"], ["fly"], None],
        }
    )
    pq.write_table(table, tmp_path / "nodes.parquet", row_group_size=2)
    seen: list[tuple[int, int | None]] = []
    report = preview_file("nodes", tmp_path / "nodes.parquet", progress=lambda done, total: seen.append((done, total)))
    assert (report.rows, report.accepted) == (3, 2)
    assert told(report) == [(2, "name", "cell_missing")]
    assert {total for _, total in seen} == {2}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_moments_of_parquet(tmp_path: Path, unit: str) -> None:
    columns = {"sku": ["A1"], "currency": ["CNY"], "amount_minor": [1]}
    aware = pa.array([1_767_225_600], pa.timestamp("s", tz="UTC")).cast(pa.timestamp(unit, tz="UTC"))
    pq.write_table(pa.table({**columns, "valid_from": aware}), tmp_path / "aware.parquet")
    assert told(preview_file("prices", tmp_path / "aware.parquet")) == []
    naive = aware.cast(pa.timestamp(unit))
    pq.write_table(pa.table({**columns, "valid_from": naive}), tmp_path / "naive.parquet")
    assert told(preview_file("prices", tmp_path / "naive.parquet")) == [(1, "valid_from", "cell_no_offset")]
    zoned = ImportOptions(time_zone="Asia/Shanghai")
    assert told(preview_file("prices", tmp_path / "naive.parquet", options=zoned)) == []


TEXTS = st.text(st.sampled_from("'=+-@|\\\t a\uff1d"), max_size=8)


@given(TEXTS)
def test_a_guarded_text_comes_back_and_is_no_formula(text: str) -> None:
    guarded = cells.guard(text)
    assert cells.unguard(guarded) == text
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))


@given(st.lists(TEXTS, max_size=4).filter(lambda entries: entries != [""]))
def test_a_list_comes_back(entries: list[str]) -> None:
    assert cells.items(cells.join_items(tuple(entries))) == tuple(entries)


def test_a_document_of_too_many_rows_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    row = "till,N1,T1,2026-01-01T00:00:00Z,A1,1,100,\n"
    report = preview(tmp_path, "sales", SALES + row * 25_000 + row.replace("T1", "T2"))
    assert (report.rows, report.accepted, report.refused) == (25_001, 1, 25_000)
    assert report.codes == {"row_of_refused": 24_997, "too_many_lines": 3}


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    import tracemalloc

    peaks = []
    for rows in (2_000, 40_000):
        content = PRICES + "".join(f"A{n},CNY,{n},2026-01-31T00:00:00+08:00\n" for n in range(rows))
        (tmp_path / "file.csv").write_text(content)
        del content
        tracemalloc.start()
        assert preview_file("prices", tmp_path / "file.csv").accepted == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000


def test_upserts_are_counted_as_the_catalogue_answers(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text(NODES + "N1,One,store,UTC\nN2,Two,store,UTC\nN3,Three,store,UTC\n")
    kind = FILE_KINDS["nodes"]
    bodies = (b'{"id":1,"created":true,"changed":true}', b'{"id":2,"created":false,"changed":true}')
    for last, expected in (
        (b'{"id":3,"created":false,"changed":false}', (1, 1, 1)),
        (b'{"id":3,"created":false}', (1, None, None)),  # not told
    ):
        options = ImportOptions()
        source = open_source(tmp_path / "nodes.csv", kind, options)
        account = Account(kind, tmp_path / "nodes.csv", options, source)
        for document, body in zip(documents(kind, source.rows(), Defaults()), (*bodies, last), strict=True):
            account.accept(document, Outcome(accepted=True, body=body))
        source.close()
        report = account.report(dry_run=False)
        assert (report.created, report.changed, report.unchanged) == expected

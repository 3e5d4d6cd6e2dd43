"""The table that is compared: a row a row of the file, its fields in their normal forms, in DuckDB."""

from typing import Any

import duckdb
import pyarrow as pa
from pypinyin import Style, lazy_pinyin

from mainstem.analytics.identity.contracts import ColumnUse, Role
from mainstem.analytics.identity.dates import iso_sql
from mainstem.analytics.identity.fields import MACROS, Field, Kind, fields_of, quoted
from mainstem.analytics.identity.guessing import look

HUB_ROWS_MIN = 12
"""Rows that may share an e-mail, a phone or a personal code before it can be a hub."""

HUB_TIMES_MEAN = 20
"""A value with so many times the average number of rows is nobody's own: a shop's phone, `none@example.com`."""

LATIN = "_latin"
"""Ends the name of a name in Latin letters, where names in Chinese are in the file."""

_SURNAMES = {
    "曾": "zeng",
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "朴": "piao",
    "查": "zha",
    "区": "ou",
    "盖": "ge",
    "翟": "zhai",
}


def prepare(connection: duckdb.DuckDBPyConnection, table: Any, uses: list[ColumnUse]) -> list[Field]:  # noqa: ANN401 - pyarrow
    """Make the table `people` (unique_id = the row's position from 0, one column a field); answers its fields.

    A field that is blank in every row, or the same in every row, is left out. Values that far too many rows share in
    fields that are of one person are taken out: hubs.
    """
    for macro in MACROS:
        connection.execute(macro)
    dates = {
        use.column: iso_sql(use.column, look(table.column(use.column)).values)
        for use in uses
        if use.role is Role.BIRTH_DATE
    }
    fields = fields_of(uses, dates)
    connection.register("file_rows", table.append_column("__row", pa.array(range(table.num_rows), pa.int64())))
    made = ", ".join(f"{field.sql} as {quoted(field.name)}" for field in fields)
    source = next((quoted(use.column) for use in uses if use.role is Role.SOURCE), "null")
    connection.execute(
        f"create or replace table people as select __row as unique_id, {source} as source_name"  # noqa: S608 - own names
        f"{', ' if made else ''}{made} from file_rows"
    )
    connection.unregister("file_rows")
    kept = []
    for field in fields:
        filled, distinct = connection.execute(
            f"select count({quoted(field.name)}), count(distinct {quoted(field.name)}) from people"  # noqa: S608 - own names
        ).fetchall()[0]
        if filled and (distinct > 1 or table.num_rows == 1):
            kept.append(field)
        if field.kind in (Kind.EMAIL, Kind.PHONE, Kind.CODE):
            _drop_hubs(connection, field, filled / max(1, distinct))
    _latin_names(connection, kept)
    return kept


def _drop_hubs(connection: duckdb.DuckDBPyConnection, field: Field, mean: float) -> None:
    name = quoted(field.name)
    limit = max(HUB_ROWS_MIN, HUB_TIMES_MEAN * mean)
    connection.execute(
        f"update people set {name} = null where {name} in"  # noqa: S608 - own names
        f" (select {name} from people group by all having count(*) > {limit})"
    )


def _latin_names(connection: duckdb.DuckDBPyConnection, fields: list[Field]) -> None:
    """Beside a name with Chinese characters, its pinyin; beside another, itself."""
    for field in fields:
        if field.kind not in (Kind.GIVEN, Kind.FAMILY):
            continue
        name, latin = quoted(field.name), quoted(field.name + LATIN)
        chinese = rf"regexp_matches({name}, '[\x{{4E00}}-\x{{9FFF}}]')"
        found = connection.execute(f"select distinct {name} from people where {chinese}").fetchall()  # noqa: S608 - own names
        if not found:
            continue
        names = [row[0] for row in found]
        letters = spelled(names, family=field.kind is Kind.FAMILY)
        connection.register("spelled", pa.table({"name": names, "letters": letters}))
        connection.execute(
            f"create or replace table people as select people.*, coalesce(letters, people.{name}) as {latin}"  # noqa: S608
            f" from people left join spelled on people.{name} = spelled.name"
        )
        connection.unregister("spelled")


def spelled(names: list[str], *, family: bool) -> list[str]:
    """Chinese names in pinyin without tones and blanks, character by character; surnames in their own reading."""
    signs = {char for name in names for char in name if "\u4e00" <= char <= "\u9fff"}
    letters = {char: lazy_pinyin(char, style=Style.NORMAL)[0] for char in signs}
    if family:
        letters |= {char: reading for char, reading in _SURNAMES.items() if char in signs}
    table = str.maketrans(letters)
    return [name.translate(table) for name in names]


def has_latin(connection: duckdb.DuckDBPyConnection, field: Field) -> bool:
    """Whether a name is there in Latin letters as well."""
    return field.name + LATIN in {row[0] for row in connection.execute("describe people").fetchall()}

"""What is compared: fields with their kinds, made of the columns of a file by their roles."""

from collections import Counter
from enum import StrEnum

import msgspec

from mainstem.analytics.identity.contracts import ColumnUse, Role


class Kind(StrEnum):
    """How the values of a field differ when they are of one person."""

    GIVEN = "given"
    FAMILY = "family"
    DATE = "date"
    TEXT = "text"
    NUMBER = "number"
    CODE = "code"
    POSTAL = "postal"
    CATEGORY = "category"
    EMAIL = "email"
    PHONE = "phone"


class Field(msgspec.Struct, frozen=True):
    """A column of the prepared table, and the SQL that makes it of the file's columns."""

    name: str
    kind: Kind
    sql: str
    columns: tuple[str, ...]


KINDS: dict[Role, Kind] = {
    Role.GIVEN_NAME: Kind.GIVEN,
    Role.MIDDLE_NAME: Kind.TEXT,
    Role.FAMILY_NAME: Kind.FAMILY,
    Role.GENDER: Kind.CATEGORY,
    Role.BIRTH_DATE: Kind.DATE,
    Role.STREET: Kind.TEXT,
    Role.STREET_NUMBER: Kind.NUMBER,
    Role.CITY: Kind.TEXT,
    Role.REGION: Kind.CATEGORY,
    Role.POSTAL_CODE: Kind.POSTAL,
    Role.COUNTRY: Kind.CATEGORY,
    Role.PHONE: Kind.PHONE,
    Role.EMAIL: Kind.EMAIL,
    Role.PERSONAL_ID: Kind.CODE,
    Role.TEXT: Kind.TEXT,
    Role.CODE: Kind.CODE,
    Role.CATEGORY: Kind.CATEGORY,
    Role.BIRTH_YEAR: Kind.NUMBER,
    Role.BIRTH_MONTH: Kind.NUMBER,
    Role.BIRTH_DAY: Kind.NUMBER,
}

_MACROS = r"""
create or replace macro narrowed(x) as translate(x, '{wide}', '{narrow}');
create or replace macro said(x) as case when trim(x) = 'NA' or regexp_full_match(lower(trim(x)),
    '|null|none|nil|nan|n/a|#n/a|<na>|nat|unknown|undefined|missing|not available|anonymous|\\n|[-_.?*/]+|x{{3,}}'
    || '|无|未知|不详|没有|匿名|未填写|保密') then null else trim(x) end;
create or replace macro plain(x) as strip_accents(lower(narrowed(said(x))));
create or replace macro spaced(x) as nullif(trim(regexp_replace(regexp_replace(x, '[^\pL\pN ]', ' ', 'g'),
    '\s+', ' ', 'g')), '');
create or replace macro texted(x) as spaced(plain(x));
create or replace macro named(x) as spaced(regexp_replace(plain(x), '[''’`.·•-]', '', 'g'));
create or replace macro coded(x) as nullif(regexp_replace(plain(x), '[^\pL\pN]', '', 'g'), '');
create or replace macro numbered(x) as coalesce(nullif(ltrim(coded(x), '0'), ''), coded(x));
create or replace macro mailed(x) as case when position('@' in narrowed(said(x))) > 1
    then regexp_replace(lower(narrowed(said(x))), '^mailto:|\s', '', 'g') end;
create or replace macro digits(x) as regexp_replace(narrowed(said(x)), '[^0-9]', '', 'g');
create or replace macro phoned(x) as case when length(digits(x)) >= 6 and not regexp_full_match(digits(x),
    '\d{{0,5}}(0{{6,}}|1{{6,}}|2{{6,}}|3{{6,}}|4{{6,}}|5{{6,}}|6{{6,}}|7{{6,}}|8{{6,}}|9{{6,}})|.*12345678|.*123456789')
    then right(digits(x), 9) end;
"""
_NARROW = "".join(chr(code) for code in range(0x21, 0x7F)).replace("'", "").replace("\\", "") + " "
_WIDE = "".join(chr(ord(char) + 0xFEE0) for char in _NARROW[:-1]) + "\u3000"

MACROS = tuple(_MACROS.format(wide=_WIDE, narrow=_NARROW).strip().split(";\n"))
"""SQL functions of one text: what was said at all, and its normal form by kind.

Full-width letters are the same letters. The last nine digits of a phone are the same with and without the country's
prefix; digits that are all alike, or count up, are nobody's number.
"""

_NORMAL = {
    Kind.GIVEN: "named",
    Kind.FAMILY: "named",
    Kind.TEXT: "texted",
    Kind.NUMBER: "numbered",
    Kind.CODE: "coded",
    Kind.POSTAL: "coded",
    Kind.CATEGORY: "texted",
    Kind.EMAIL: "mailed",
    Kind.PHONE: "phoned",
}


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def fields_of(uses: list[ColumnUse], date_sql: dict[str, str]) -> list[Field]:
    """The fields of a file. `date_sql` has, for columns with dates, the SQL of their ISO form."""
    by_role: dict[Role, list[str]] = {}
    for use in uses:
        by_role.setdefault(use.role, []).append(use.column)
    found = [*_names(by_role), *_birth(by_role, date_sql)]
    done = {Role.FULL_NAME, Role.GIVEN_NAME, Role.FAMILY_NAME, Role.SOURCE, Role.IGNORE}
    done |= {Role.BIRTH_DATE, Role.BIRTH_YEAR, Role.BIRTH_MONTH, Role.BIRTH_DAY}
    for role, columns in by_role.items():
        if role in done:
            continue
        kind = KINDS[role]
        for number, column in enumerate(columns, 1):
            name = f"{role}" if len(columns) == 1 else f"{role}_{number}"
            found.append(Field(name, kind, f"{_NORMAL[kind]}({quoted(column)})", (column,)))
    return found


def _names(by_role: dict[Role, list[str]]) -> list[Field]:
    given, family = by_role.get(Role.GIVEN_NAME, []), by_role.get(Role.FAMILY_NAME, [])
    found = [Field("given_name", Kind.GIVEN, f"named({quoted(column)})", (column,)) for column in given[:1]]
    found += [Field("family_name", Kind.FAMILY, f"named({quoted(column)})", (column,)) for column in family[:1]]
    for column in by_role.get(Role.FULL_NAME, [])[:1]:
        # "Smith, John" says its order; Chinese names are split behind the family name, of two characters if it is one
        # of those; of others the last word is the family's.
        cell = quoted(column)
        whole = f"case when position(',' in {cell}) > 1 then named(split_part({cell}, ',', 2) || ' ' ||"
        whole = f"({whole} split_part({cell}, ',', 1)) else named({cell}) end)"
        chinese = rf"regexp_full_match({whole}, '[\x{{4E00}}-\x{{9FFF}}]{{2,5}}')"
        cut = f"case when substring({whole}, 1, 2) in ({_COMPOUND}) and length({whole}) > 2 then 2 else 1 end"
        first = rf"regexp_replace({whole}, '\s*\S+$', '')"
        given_sql = f"case when {chinese} then substring({whole}, {cut} + 1) else nullif({first}, '') end"
        last_sql = rf"case when {chinese} then substring({whole}, 1, {cut}) else regexp_extract({whole}, '\S+$') end"
        found += [
            Field("given_name", Kind.GIVEN, given_sql, (column,)),
            Field("family_name", Kind.FAMILY, last_sql, (column,)),
        ]
    return found


_COMPOUND = ", ".join(
    f"'{name}'"
    for name in (
        *("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "端木"),
        *("长孙", "宇文", "司徒", "司空", "南宫", "西门", "独孤", "歐陽", "諸葛", "司馬"),
    )
)


def _birth(by_role: dict[Role, list[str]], date_sql: dict[str, str]) -> list[Field]:
    dates = by_role.get(Role.BIRTH_DATE, [])
    found = [Field("birth_date", Kind.DATE, date_sql[column], (column,)) for column in dates[:1]]
    parts = {
        role: by_role[role][0] for role in (Role.BIRTH_YEAR, Role.BIRTH_MONTH, Role.BIRTH_DAY) if by_role.get(role)
    }
    if dates:
        return found
    if len(parts) == 3:  # noqa: PLR2004 - year, month and day make a date
        year, month, day = (f"numbered({quoted(column)})" for column in parts.values())
        sql = f"{year} || '-' || lpad({month}, 2, '0') || '-' || lpad({day}, 2, '0')"
        return [Field("birth_date", Kind.DATE, sql, tuple(parts.values()))]
    return [Field(f"{role}", Kind.NUMBER, f"numbered({quoted(column)})", (column,)) for role, column in parts.items()]


def twice_named(fields: list[Field]) -> list[str]:
    """Names that more than one field has: a defect of what made them."""
    return [name for name, times in Counter(field.name for field in fields).items() if times > 1]

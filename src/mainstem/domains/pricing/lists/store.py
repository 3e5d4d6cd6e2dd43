"""All SQL that writes price lists and their terms."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains.pricing.lists.contracts import ListKind
from mainstem.domains.pricing.promotions.form import Text
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

_encode = msgspec.json.Encoder().encode
_text = msgspec.json.Decoder(Text).decode

_LISTS = """
select l.id, l.code, l.kind, l.scope, l.currency, l.tax_included, l.revision, t.name::text, t.label::text, t.priority,
    t.active, nullif(t.valid_from, '-infinity'), nullif(t.valid_until, 'infinity')
from pricing.price_list as l join pricing.price_list_terms as t on t.list = l.id and t.until = 'infinity'
where l.code = any(%b::text[])
"""
_INSERT = """
insert into pricing.price_list (id, code, kind, scope, currency, tax_included, revision)
values (%b, %b, %b, %b, %b, %b, 1)
"""
_TERMS = """
insert into pricing.price_list_terms
    (list, revision, name, label, priority, active, valid_from, valid_until, since, actor, recorded_at)
values (%b, %b, %b::text::json, %b::text::json, %b, %b, coalesce(%b::timestamptz, '-infinity'),
    coalesce(%b::timestamptz, 'infinity'), coalesce(%b::timestamptz, '-infinity'), %b, %b)
"""
_BREAKS = """
select list, variant, from_quantity from pricing.list_price
where (list, variant) in (select * from unnest(%b::bigint[], %b::bigint[])) and amount_minor is not null
    and valid_until > %b::timestamptz
group by list, variant, from_quantity
"""


class Terms(msgspec.Struct, frozen=True):
    """What of a list may change."""

    name: Text
    label: Text
    priority: int
    active: bool
    valid_from: datetime | None
    valid_until: datetime | None


class KeptList(msgspec.Struct, frozen=True):
    """A list as it is kept."""

    id: int
    code: str
    kind: ListKind
    scope: str
    currency: str
    tax_included: bool
    revision: int
    terms: Terms


def lists_by_code(codes: Iterable[str]) -> Query[dict[str, KeptList]]:
    """The lists with these codes."""
    wanted = Texts(code for code in codes if "\x00" not in code)
    return Query(_LISTS, (wanted,), lambda rows: {row[1]: _kept(row) for row in rows})


def breaks_of(pairs: Iterable[tuple[int, int]], moment: datetime) -> Query[dict[tuple[int, int], set[int]]]:
    """The quantities from which (list, variant) has prices, now or later."""

    def parse(rows: list[Row]) -> dict[tuple[int, int], set[int]]:
        found: dict[tuple[int, int], set[int]] = {}
        for price_list, variant, quantity in rows:
            found.setdefault((price_list, variant), set()).add(quantity)
        return found

    wanted = list(pairs)
    return Query(_BREAKS, (Bigints(p[0] for p in wanted), Bigints(p[1] for p in wanted), moment), parse)


def insert(work: Work, kept: KeptList) -> None:
    """Queue a new list."""
    work.write(_INSERT, kept.id, kept.code, kept.kind, kept.scope, kept.currency, kept.tax_included)


def add_terms(work: Work, kept: KeptList, since: datetime | None, actor: int, now: datetime) -> None:
    """Queue the terms of a list from a moment on (None: ever), and the end of those before them."""
    if since is not None:
        work.write(
            "update pricing.price_list_terms set until = %b where list = %b and until = 'infinity'", since, kept.id
        )
        work.write("update pricing.price_list set revision = %b where id = %b", kept.revision, kept.id)
    terms = kept.terms
    values: tuple[Any, ...] = (
        *(kept.id, kept.revision, _encode(terms.name).decode(), _encode(terms.label).decode()),
        *(terms.priority, terms.active, terms.valid_from, terms.valid_until, since, actor, now),
    )
    work.write(_TERMS, *values)


def _kept(row: Row) -> KeptList:
    return KeptList(*(*row[:7], Terms(_text(row[7]), _text(row[8]), *row[9:])))

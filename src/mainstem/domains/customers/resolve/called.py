"""Customers by what somebody types: a reference, a name, a telephone number, an e-mail address, or the end of one."""

import msgspec

from mainstem.domains.customers.identifiers import normalise
from mainstem.domains.customers.profile import folding
from mainstem.domains.customers.resolve.digests import (
    TAIL_DIGITS,
    TAILED,
    folded_text,
    identifier_digest,
    search_digest,
)
from mainstem.platform.arrays import Byteas
from mainstem.platform.query import Query, Row
from mainstem.platform.vault import Vault

CUSTOMERS_MAX = 50
"""Customers of one text that are looked at."""

_CANDIDATES_MAX = 1_000
"""Records with the same last characters, of which those that end with a longer text are kept."""

_TEXT_LENGTH_MAX = 200

_EXACT = """
with named as (
    select k.record from customers.search_key as k where k.digest = any(%b::bytea[])
    union
    select u.record from customers.identifier as i join customers.identifier_use as u on u.identifier = i.id
    where i.digest = any(%b::bytea[]) and u.role = 'identity'
)
select r.customer, array_agg(distinct m.id order by m.id)
from named as n join customers.source_record as r on r.id = n.record
join customers.source_record as m on m.customer = r.customer
group by r.customer order by r.customer limit %b::bigint
"""

_ENDING = """
select r.customer, r.body, s.wrapped, array(select m.id from customers.source_record as m where m.customer = r.customer)
from (
    select record from customers.search_key where digest = %b::bytea order by record limit %b::bigint
) as k
join customers.source_record as r on r.id = k.record left join customers.subject_key as s on s.record = r.id
order by r.id
"""


class Called(msgspec.Struct, frozen=True):
    """Customers that a text may mean: how many, and all their records. `more`: there are more than were looked at."""

    customers: int = 0
    records: tuple[int, ...] = ()
    more: bool = False


def called(vault: Vault, text: str) -> Query[Called]:
    """Who has this very reference, name, telephone number or e-mail address."""
    searched = [search_digest(vault, kind, text) for kind in ("reference", "name", "pinyin")]
    values = {type_: normalise(type_, text) for type_ in ("phone", "email")}
    identified = [identifier_digest(vault, type_, "", value) for type_, value in values.items() if value is not None]
    if not text.strip() or len(text) > _TEXT_LENGTH_MAX:
        searched, identified = [], []
    return Query(_EXACT, (Byteas(searched), Byteas(identified), CUSTOMERS_MAX + 1), lambda rows: _grouped(dict(rows)))


def ending(vault: Vault, text: str) -> Query[Called]:
    """Whose reference, telephone number or card ends with this text, of at least `TAIL_DIGITS` characters."""
    end = folded_text(text)
    if len(end) < TAIL_DIGITS or len(text) > _TEXT_LENGTH_MAX:
        return Query("select 1 where false", (), lambda _: Called())

    def read(rows: list[Row]) -> Called:
        return _grouped({row[0]: row[3] for row in rows if _ends(vault, row[1], row[2], end)}, len(rows))

    return Query(_ENDING, (search_digest(vault, "tail", end[-TAIL_DIGITS:]), _CANDIDATES_MAX), read)


def _ends(vault: Vault, body: bytes, wrapped: bytes | None, end: str) -> bool:
    if len(end) == TAIL_DIGITS:
        return True
    if wrapped is None:
        return False
    known = folding.unseal(vault.unwrap(wrapped), body)
    values = [known.reference, *(one.value for one in known.identifiers if one.type in TAILED)]
    return any(folded_text(value).endswith(end) for value in values)


def _grouped(found: dict[int, list[int]], looked_at: int = 0) -> Called:
    kept = sorted(found)[:CUSTOMERS_MAX]
    return Called(
        customers=len(kept),
        records=tuple(record for customer in kept for record in found[customer]),
        more=len(found) > CUSTOMERS_MAX or looked_at >= _CANDIDATES_MAX,
    )

"""Customers as other rooms meet them: by what a source calls them, and by the ids of their records.

Whoever names a customer whom nobody has described introduces him: a record that holds the reference alone.
"""

from collections.abc import Collection, Iterable

import msgspec

from mainstem.domains.customers.identifiers.texts import is_nothing
from mainstem.domains.customers.profile import folding
from mainstem.domains.customers.resolve import store
from mainstem.domains.customers.resolve.digests import record_key, search_digests
from mainstem.domains.customers.resolve.rows import RecordRow
from mainstem.platform import personal
from mainstem.platform.arrays import Bigints, Byteas
from mainstem.platform.query import Query
from mainstem.platform.vault import Vault
from mainstem.platform.work import Work

REMEMBERED_MAX = 200_000
"""References whose records one process remembers."""

Pair = tuple[str, str]
"""A source, and what it calls somebody."""

_MEMORY = "customers.known"


class Named(msgspec.Struct, frozen=True, gc=False):
    """A record: whose it is today, and its reference, masked but for its end unless it was wanted in the clear.

    `reference` is "" when the source has none for it, or when it was erased.
    """

    record: int
    customer: int
    reference: str


def pair(source: str, reference: str) -> Pair | None:
    """Whom a source means; None when the reference is blank, or a word for nobody such as "anonymous" or "null"."""
    reference = reference.strip()
    return (source, reference) if reference.strip("0") and not is_nothing(reference) else None


def known(vault: Vault, pairs: Iterable[Pair]) -> Query[dict[Pair, int]]:
    """The records of those whom their sources have named before."""
    keys = {record_key(vault, *pair): pair for pair in pairs}
    return Query(
        "select key, id from customers.source_record where key = any(%b::bytea[])",
        (Byteas(keys),),
        lambda rows: {keys[key]: number for key, number in rows},
    )


def unremembered(work: Work, pairs: Iterable[Pair]) -> set[Pair]:
    """Those whom this process has not met yet: the ones to ask for with `known`."""
    return {pair for pair in pairs if (_MEMORY, pair) not in work.lasting}


def remember(work: Work, found: dict[Pair, int], pairs: Iterable[Pair]) -> dict[Pair, int]:
    """The records of these pairs, found now or remembered; a pair that nobody knows is missing."""
    if found:
        if len(work.lasting) > REMEMBERED_MAX:
            for key in [key for key in work.lasting if key[0] == _MEMORY]:
                del work.lasting[key]
        work.lasting.update({(_MEMORY, pair): number for pair, number in found.items()})
    records = {pair: found.get(pair) or work.lasting.get((_MEMORY, pair)) for pair in pairs}
    return {pair: number for pair, number in records.items() if number is not None}


async def introduce(work: Work, pairs: Collection[Pair]) -> dict[Pair, int]:
    """Queue a record for each whom nobody knows; their ids.

    Of two batches that introduce the same one the later is tried again, and finds what the first has made.
    """
    if not pairs:
        return {}
    await work.reserve_ids(len(pairs))
    records: list[RecordRow] = []
    keys: list[tuple[int, bytes]] = []
    searched: list[tuple[bytes, int]] = []
    ordered = sorted((record_key(work.vault, *pair), pair) for pair in pairs)
    introduced: dict[Pair, int] = {}
    for key, pair in ordered:
        number = introduced[pair] = work.ids.take()
        subject = work.vault.new_key()
        folded = folding.Folded(reference=pair[1])
        body = folding.seal(subject, folded)
        records.append(RecordRow(number, key, pair[0], number, body, erased=False, revision=0, wrapped=subject.wrapped))
        keys.append((number, subject.wrapped))
        searched += [(digest, number) for digest in search_digests(work.vault, folded)]
    store.insert_records(work, records)
    store.insert_subject_keys(work, keys)
    store.replace_digests(work, "search_key", (), searched)
    return introduced


def records_of(customers: Iterable[int]) -> Query[tuple[int, ...]]:
    """All records of the customers that these ids, any that were ever handed out, belong to."""
    return Query(
        "select distinct m.id from customers.source_record as r join customers.source_record as m"
        " on m.customer = r.customer where r.id = any(%b::bigint[]) order by m.id",
        (Bigints(set(customers)),),
        lambda rows: tuple(row[0] for row in rows),
    )


def named(vault: Vault, records: Iterable[int], *, clear: bool = False) -> Query[dict[int, Named]]:
    """Whose these records are, and what their sources call them."""

    def read(number: int, customer: int, body: bytes, wrapped: bytes | None) -> Named:
        if wrapped is None or not body:
            return Named(number, customer, "")
        reference = folding.unseal(vault.unwrap(wrapped), body).reference
        return Named(number, customer, reference if clear or not reference else personal.tail(reference))

    return Query(
        "select r.id, r.customer, r.body, k.wrapped from customers.source_record as r"
        " left join customers.subject_key as k on k.record = r.id where r.id = any(%b::bigint[])",
        (Bigints(set(records)),),
        lambda rows: {row[0]: read(*row) for row in rows},
    )

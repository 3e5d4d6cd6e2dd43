"""All SQL that locks or writes consent."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from mainstem.platform.arrays import Bigints, Moments, Texts
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

# Shared: what is said of a record at once does not wait for each other, but for its erasure.
_LOCK_PEOPLE = """
select r.id, r.customer, r.erased_at is not null
from customers.source_record as r
where r.customer in (select k.customer from customers.source_record as k where k.id = any(%b::bigint[]))
order by r.id for share of r
"""

_ADD = """
insert into customers.consent
    (id, record, purpose, channel, given, policy, evidence, reference, actor, occurred_at, recorded_at)
select n.*, %b::timestamptz
from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::bool[], %b::text[], %b::text[], %b::text[],
    %b::bigint[], %b::timestamptz[]) as n
"""

_KEEP_LATEST = """
insert into customers.consent_state as s (consent, record, purpose, channel, given, policy, occurred_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::bool[], %b::text[], %b::timestamptz[])
on conflict (record, purpose, channel) do update
set consent = excluded.consent, given = excluded.given, policy = excluded.policy, occurred_at = excluded.occurred_at
where (excluded.occurred_at, not excluded.given, excluded.policy collate "C")
    > (s.occurred_at, not s.given, s.policy collate "C")
"""


class Person(NamedTuple):
    """A record: whose it is now, and whether it was erased."""

    record: int
    customer: int
    erased: bool


class Entry(NamedTuple):
    """What is to be recorded."""

    id: int
    record: int
    purpose: str
    channel: str
    given: bool
    policy: str
    way: str
    reference: str
    actor: int
    occurred_at: datetime

    @property
    def key(self) -> tuple[int, str, str]:
        """Of which the latest counts."""
        return self.record, self.purpose, self.channel

    @property
    def weight(self) -> tuple[datetime, bool, str]:
        """Of two with one key the one with more weight counts, in whichever order they arrive."""
        return self.occurred_at, not self.given, self.policy


def lock_people(ids: Collection[int]) -> Query[dict[int, Person]]:
    """Every record of the customers that these ids name, by its id, until the end locked against erasure."""
    return Query(_LOCK_PEOPLE, (Bigints(sorted(ids)),), _people)


def _people(rows: list[Row]) -> dict[int, Person]:
    return {row[0]: Person(*row) for row in rows}


def add(work: Work, entries: Sequence[Entry]) -> None:
    """Queue the entries, and of each key the latest."""
    if not entries:
        return
    columns = list(zip(*entries, strict=True))
    ids, records, purposes, channels, given, policies, ways, references, actors, moments = columns
    work.write(
        _ADD,
        work.now,
        Bigints(ids),
        Bigints(records),
        Texts(purposes),
        Texts(channels),
        list(given),
        Texts(policies),
        Texts(ways),
        Texts(references),
        Bigints(actors),
        Moments(moments),
    )
    latest: dict[tuple[int, str, str], Entry] = {}
    for entry in entries:
        known = latest.get(entry.key)
        if known is None or entry.weight > known.weight:
            latest[entry.key] = entry
    # One order for all transactions, so that two batches over the same records cannot deadlock.
    kept = [latest[key] for key in sorted(latest)]
    work.write(
        _KEEP_LATEST,
        Bigints(entry.id for entry in kept),
        Bigints(entry.record for entry in kept),
        Texts(entry.purpose for entry in kept),
        Texts(entry.channel for entry in kept),
        [entry.given for entry in kept],
        Texts(entry.policy for entry in kept),
        Moments(entry.occurred_at for entry in kept),
    )


def forget_evidence(work: Work, records: Collection[int]) -> None:
    """Queue what erasure takes from the ledger of consent: where the evidence lies. That it was said stays."""
    work.write(
        "update customers.consent set reference = '' where record = any(%b::bigint[]) and reference <> ''",
        Bigints(sorted(records)),
    )

"""The records that a batch speaks of: what is known of each before and after it, and where each meets others."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from mainstem.domains.customers.graph import PLACEHOLDER, HubUse, Use, hub_reason
from mainstem.domains.customers.identifiers import Name, is_placeholder
from mainstem.domains.customers.matching import columns
from mainstem.domains.customers.profile.folding import Folded, ToldIdentifier, seal, unseal
from mainstem.domains.customers.resolve.digests import (
    account_of,
    block_digests,
    identifier_digest,
    name_of,
    search_digests,
)
from mainstem.domains.customers.resolve.preparing import Prepared
from mainstem.domains.customers.resolve.rows import IdentifierRow, RecordRow, UseRow
from mainstem.platform.vault import SubjectKey, Vault
from mainstem.platform.work import Work

BLOCK_MAX = 50
"""Records that may meet in a block: a larger one says nothing, and is not looked through."""

BY_HAND = "by_hand"
"""The reason of a suspension that a person ordered: it is not lifted by itself."""

_TOO_MANY_READ = "degree"  # what has more uses than are read is a hub by their number


@dataclass
class Person:
    """A record that is looked at: what is known of it now and, when something was said, what was known before."""

    row: RecordRow
    key: SubjectKey | None
    before: Folded
    new: bool = False
    now: Folded = field(init=False)
    told: list[Prepared] = field(default_factory=list)
    held: dict[bytes, ToldIdentifier] = field(init=False)
    blocks: frozenset[bytes] = frozenset()
    blocks_before: frozenset[bytes] = frozenset()

    def __post_init__(self) -> None:
        self.now = self.before
        self.held = {}

    @property
    def id(self) -> int:
        """The id of the record."""
        return self.row.id

    @cached_property
    def columns(self) -> dict[str, str]:
        """What is known now, as it is scored."""
        return columns(self.now.values())

    @cached_property
    def name(self) -> Name | None:
        """The name, as names are compared."""
        return name_of(self.now.values())


def opened(vault: Vault, row: RecordRow) -> Person:
    """A record that is there, with what is known of it."""
    key = None if row.wrapped is None else vault.unwrap(row.wrapped)
    return Person(row, key, Folded() if key is None else unseal(key, row.body))


def look(vault: Vault, person: Person) -> None:
    """Find where a record meets others: its identifiers and its blocks, before and after what was told."""
    for told in person.told:
        person.now = person.now.with_statement(
            told.command.reference.strip(), told.command.attributes, told.named(), told.at
        )
        person.held.update(told.identifiers)
    for one in person.before.identifiers:
        person.held.setdefault(identifier_digest(vault, one.type, one.scope, one.value), one)
    known = {(one.type, one.scope, one.value): one for one in person.now.identifiers}
    person.held = {digest: known[one.type, one.scope, one.value] for digest, one in person.held.items()}
    if person.told:
        person.blocks = block_digests(vault, person.now.values())
        unchanged = person.new or person.before.attributes == person.now.attributes
        person.blocks_before = person.blocks if unchanged else block_digests(vault, person.before.values())
        if person.new:
            person.blocks_before = frozenset()
    else:
        person.blocks = person.blocks_before = block_digests(vault, person.before.values())


def changed_search_keys(vault: Vault, person: Person) -> tuple[set[tuple[bytes, int]], set[tuple[bytes, int]]]:
    """The keys under which a record is no longer found, and those under which it is now: (digest, record)."""
    before = frozenset() if person.new else search_digests(vault, person.before)
    now = search_digests(vault, person.now)
    return {(one, person.id) for one in before - now}, {(one, person.id) for one in now - before}


def sealed(person: Person) -> RecordRow:
    """The row of a record with what is known of it now."""
    assert person.key is not None
    person.row.body = seal(person.key, person.now)
    person.row.revision += len(person.told)
    return person.row


class Meetings:
    """Where the records of a batch meet others: identifiers with their uses, and blocks, as they will be."""

    def __init__(self) -> None:
        self.identifiers: dict[bytes, IdentifierRow] = {}
        self.blocks: dict[bytes, set[int]] = {}
        self.fresh: list[IdentifierRow] = []
        self.changed: dict[int, IdentifierRow] = {}
        self.uses: dict[tuple[int, int], UseRow] = {}
        self.suspended: list[IdentifierRow] = []
        self.lifted: list[IdentifierRow] = []

    async def enter(self, work: Work, people: Iterable[Person]) -> None:
        """Note what was told of people: the identifiers they use, and which of these are hubs by it or no more."""
        asked = [person for person in people if person.told]
        touched: dict[bytes, str] = {}
        for person in asked:
            for told in person.told:
                for digest in told.identifiers:
                    one = person.held[digest]
                    if digest not in self.identifiers:
                        await work.reserve_ids(1)
                        row = IdentifierRow(work.ids.take(), one.type, one.scope, digest, 0, None, "", None, {})
                        self.identifiers[digest] = row
                        self.fresh.append(row)
                    self._use(person, self.identifiers[digest], one)
                    touched[digest] = one.value
        for digest, value in touched.items():
            self._judge(self.identifiers[digest], value, work.now)

    def _use(self, person: Person, row: IdentifierRow, one: ToldIdentifier) -> None:
        told = (one.role, one.verification, one.first_at, one.last_at)
        use = UseRow(row.id, person.id, *told, person.row.source, person.row.key)
        if self.uses.get((row.id, person.id)) == use or row.used_by.get(person.id) == use:
            return
        named = (one.type, one.scope, one.value)
        known = any((each.type, each.scope, each.value) == named for each in person.before.identifiers)
        if not known and (row.id, person.id) not in self.uses:
            row.uses += 1
            self.changed[row.id] = row
        row.used_by[person.id] = use
        self.uses[row.id, person.id] = use

    def _judge(self, row: IdentifierRow, value: str, now: datetime) -> None:
        """Suspend what is no one person's, and lift what was suspended for a reason that is gone."""
        if row.lifted_by is not None or row.reason == BY_HAND:
            return
        if is_placeholder(row.type, value):
            reason: str | None = PLACEHOLDER
        elif row.whole:
            uses = row.used_by.values()
            reason = hub_reason(row.type, [_seen(one) for one in uses])
        else:
            reason = row.reason or _TOO_MANY_READ
        if (reason or "") == row.reason:
            return
        if reason is None:
            row.suspended_at = None
            self.lifted.append(row)
        elif not row.reason:
            row.suspended_at = now
            self.suspended.append(row)
        row.reason = reason or ""
        self.changed[row.id] = row

    def crossed(self, people: Iterable[Person]) -> set[int]:
        """Enter the blocks; who met in one that became too large by this, or small enough."""
        joining: dict[bytes, set[int]] = {}
        leaving: dict[bytes, set[int]] = {}
        for person in people:
            for digest in person.blocks - person.blocks_before:
                joining.setdefault(digest, set()).add(person.id)
            for digest in person.blocks_before - person.blocks:
                leaving.setdefault(digest, set()).add(person.id)
        met: set[int] = set()
        for digest in joining.keys() | leaving.keys():
            before = self.blocks.get(digest, set())
            after = (before | joining.get(digest, set())) - leaving.get(digest, set())
            self.blocks[digest] = after
            if (len(before) > BLOCK_MAX) != (len(after) > BLOCK_MAX):
                met |= before | after
        return met

    def beside(self, person: Person) -> set[int]:
        """With whom a record is compared: who uses an identifier of it that is not suspended, or meets it."""
        found: set[int] = set()
        for digest in person.held:
            row = self.identifiers.get(digest)
            if row is not None and not row.suspended:
                found |= row.used_by.keys()
        for digest in person.blocks:
            block = self.blocks.get(digest, ())
            if len(block) <= BLOCK_MAX:
                found.update(block)
        found.discard(person.id)
        return found

    def uses_of(self, record: int, rows: Iterable[IdentifierRow]) -> tuple[Use, ...]:
        """How a record uses these identifiers."""
        return tuple(
            Use(row.id, row.type, row.scope, use.first_at, use.last_at, use.role, use.verification)
            for row in rows
            if (use := row.used_by.get(record)) is not None
        )


def _seen(use: UseRow) -> HubUse:
    """A use as the search for hubs sees it: the records that one source has of one account are one."""
    return HubUse(account_of(use.key), use.source, use.first_at, use.role)

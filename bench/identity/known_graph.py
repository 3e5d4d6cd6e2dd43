"""A graph of many customers, written by COPY: the rows that commands would have written, made by the same functions.

Each customer has a member card with a number; every second one has an account in the web shop under that number too.
All of a customer follows from his number, so that any of them can be met again.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from pypinyin import lazy_pinyin

from bench.identity import names, places
from bench.identity.names import Name
from bench.identity.rates import BEGIN
from mainstem.domains.customers import IDENTIFY, Attributes, Identifier, Identify
from mainstem.domains.customers.graph import Record, Use, judge
from mainstem.domains.customers.profile.folding import Folded
from mainstem.domains.customers.resolve.comparing import compare
from mainstem.domains.customers.resolve.digests import search_digests
from mainstem.domains.customers.resolve.people import Person, look, sealed
from mainstem.domains.customers.resolve.preparing import Prepared, prepare
from mainstem.domains.customers.resolve.rows import RecordRow
from mainstem.platform.crypto import KEY_BYTES
from mainstem.platform.ids import BLOCK
from mainstem.platform.vault import Vault

FIRST_ID, IDS_EACH = 1_000 * BLOCK, 10
CHUNK = 5_000
PROCESSES = 2

_COLUMNS = {
    "source_record": "id source key customer body revision",
    "statement": "id record fingerprint occurred_at actor body",
    "subject_key": "record wrapped",
    "identifier": "id type scope digest uses",
    "identifier_use": "identifier record role verification first_at last_at",
    "block": "digest record",
    "search_key": "digest record",
    "assertion": "id low high sign rule identifier strength evidence actor",
}
_STATEMENT = "customers.statement"


def scratch_vault() -> Vault:
    """A vault with the same keys in every process of a benchmark."""
    return Vault(b"d" * KEY_BYTES, [b"w" * KEY_BYTES])


@dataclass(frozen=True)
class Customer:
    """One customer of the graph."""

    number: int
    name: Name
    gender: str
    born: str
    phone: str
    email: str
    home: places.Home
    since: datetime


def customer(number: int) -> Customer:
    """The customer of a number from 0."""
    random = Random(number)
    gender = random.choice("fm")
    born = datetime(1950, 1, 1, tzinfo=UTC) + timedelta(days=random.randrange(21_000))
    name = Name(names.surname(random), names.given(random, gender, born.year))
    email = "".join(lazy_pinyin(name.whole)) + f"{number}@163.com"
    phone = f"13{(number * 863 + 271_828_183) % 10**9:09d}"
    since = BEGIN + timedelta(days=random.random() * 1000)
    city = places.home(random, len(places.CITIES))
    return Customer(number, name, gender, born.date().isoformat(), phone, email, city, since)


def enrolled(known: Customer) -> Identify:
    """What the card programme said of a customer."""
    return Identify(
        source="loyalty",
        reference=f"M{known.number:08d}",
        occurred_at=known.since,
        identifiers=(
            Identifier("member_card", f"62{known.number:010d}", scope="club", verified=True),
            Identifier("phone", known.phone),
        ),
        attributes=Attributes(
            name=known.name.whole, gender=known.gender, birth_date=known.born, city=known.home.city, country="CN"
        ),
    )


def ordered(known: Customer) -> Identify:
    """What the web shop said of a customer."""
    return Identify(
        source="web",
        reference=f"U{known.number:08d}",
        occurred_at=known.since + timedelta(days=60),
        identifiers=(Identifier("email", known.email, verified=True), Identifier("phone", known.phone, verified=True)),
        attributes=Attributes(
            name=known.name.whole,
            street=known.home.street,
            street_number=known.home.number,
            city=known.home.city,
            region=known.home.region,
            country="CN",
        ),
    )


def load(url: str, customers: int) -> None:
    """Write the graph into a migrated database without people; indexes are built when all rows are there."""
    with psycopg.connect(url, autocommit=True) as connection:
        rebuilding = _without_indexes(connection)
        with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
            starts = range(0, customers, CHUNK)
            list(pool.map(_write, [url] * len(starts), starts, [min(at + CHUNK, customers) for at in starts]))
        connection.execute("set maintenance_work_mem = '512MB'")
        for statement in rebuilding:
            connection.execute(statement)
        taken = (FIRST_ID + customers * IDS_EACH) // BLOCK + 1
        connection.execute("select setval('platform.id_block', %s)", (taken,))
        connection.execute("vacuum analyze")


def _without_indexes(connection: psycopg.Connection[Any]) -> list[sql.Composed]:
    """Drop the indexes of the tables; the statements that make them again."""
    again: list[sql.Composed] = []
    for table in _COLUMNS:
        name = sql.Identifier("customers", table)
        held = connection.execute(
            "select conname, pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid = %s::regclass and contype in ('p', 'u')",
            (f"customers.{table}",),
        ).fetchall()
        for constraint, definition in held:
            dropped = sql.SQL("alter table {} drop constraint {}").format(name, sql.Identifier(constraint))
            connection.execute(dropped)
            made = sql.SQL("alter table {} add constraint {} {}")
            again.append(made.format(name, sql.Identifier(constraint), sql.SQL(definition)))
        indexes = connection.execute(
            "select indexname, indexdef from pg_indexes where schemaname = 'customers' and tablename = %s", (table,)
        ).fetchall()
        for index, definition in indexes:
            connection.execute(sql.SQL("drop index {}").format(sql.Identifier("customers", index)))
            again.append(sql.SQL("{}").format(sql.SQL(definition)))
    return again


def _write(url: str, start: int, end: int) -> None:
    """COPY the rows of the customers of these numbers."""
    rows = Rows(scratch_vault())
    for number in range(start, end):
        rows.add(number)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table, columns in _COLUMNS.items():
            with cursor.copy(f"copy customers.{table} ({', '.join(columns.split())}) from stdin") as copy:
                for row in rows.of[table]:
                    copy.write_row(row)


@dataclass
class Rows:
    """The rows of customers, by table."""

    vault: Vault
    of: dict[str, list[tuple[object, ...]]] = field(default_factory=lambda: {table: [] for table in _COLUMNS})

    def add(self, number: int) -> None:
        """The rows of one customer: his records, their identifiers, and why they belong together."""
        known = customer(number)
        commands = [enrolled(known)] + ([ordered(known)] if number % 2 else [])
        ids: Iterator[int] = iter(range(FIRST_ID + number * IDS_EACH, FIRST_ID + (number + 1) * IDS_EACH))
        first = FIRST_ID + number * IDS_EACH
        people = [self._record(command, next(ids), first, ids) for command in commands]
        uses = self._identifiers(people, ids)
        if len(people) > 1:
            left, right = (Record(one.id, one.row.key, tuple(uses[one.id])) for one in people)
            for claim in judge(left, right, compare(people[0], people[1])):
                evidence = msgspec.json.encode(claim.evidence, order="deterministic").decode()
                said = (claim.sign, claim.rule, claim.identifier, claim.strength, evidence, 0)
                self.of["assertion"].append((next(ids), left.id, right.id, *said))

    def _record(self, command: Identify, number: int, first: int, ids: Iterator[int]) -> Person:
        call = IDENTIFY.call(command, str(number))
        told = prepare(self.vault, call, datetime.now(UTC))
        assert isinstance(told, Prepared)
        key = self.vault.new_key()
        row = RecordRow(number, told.key, command.source, first, b"", erased=False, revision=0, wrapped=None)
        person = Person(row, key, Folded(), new=True)
        person.told.append(told)
        look(self.vault, person)
        sealed(person)
        self.of["source_record"].append((row.id, row.source, row.key, first, row.body, row.revision))
        body = key.seal(call.encoded, _STATEMENT)
        self.of["statement"].append((next(ids), row.id, told.fingerprint, told.at, 0, body))
        self.of["subject_key"].append((row.id, key.wrapped))
        self.of["block"] += [(digest, row.id) for digest in person.blocks]
        self.of["search_key"] += [(digest, row.id) for digest in search_digests(self.vault, person.now)]
        return person

    def _identifiers(self, people: list[Person], ids: Iterator[int]) -> dict[int, list[Use]]:
        uses: dict[int, list[Use]] = {person.id: [] for person in people}
        numbers: dict[bytes, int] = {}
        for person in people:
            for digest, one in person.held.items():
                if digest not in numbers:
                    numbers[digest] = next(ids)
                    shared = sum(digest in other.held for other in people)
                    self.of["identifier"].append((numbers[digest], one.type, one.scope, digest, shared))
                use = Use(
                    numbers[digest], one.type, one.scope, one.first_at, one.last_at, one.role, one.verification
                )  # fmt: skip
                uses[person.id].append(use)
                told = (one.role, one.verification, one.first_at, one.last_at)
                self.of["identifier_use"].append((numbers[digest], person.id, *told))
        return uses

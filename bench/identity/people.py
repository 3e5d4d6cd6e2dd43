"""Synthetic Chinese retail customers with truth: who there is, and what the sources say of them over three years.

`generate` is deterministic: the same number of people, seed and rates give the same statements, in order of time. What
makes it hard is what makes real customer files hard: numbers that come back with another owner, families under one
number, clerks who write down their own, the shop's card, fillers, masks, mistyped numbers, homophones, twins,
names that many people have. `Rates` says how much of each. The truth of a statement is the number of the person it is
about; what is nobody's (a clerk's number) is named in `Statement.hubs`.

    python -m bench.identity.people people.parquet --people 10000 --seed 1

writes one row a record, with the truth in the column `person`.
"""

import argparse
import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from bench.identity import channels, places
from bench.identity.population import Builder, Person, Population
from bench.identity.rates import BEGIN, HABITUAL, Rates
from bench.identity.telling import Statement, Teller

COLUMNS = (
    "record", "source", "reference", "name", "gender", "birth_date", "phone", "email", "unionid", "openid",
    "member_card", "buyer", "device", "street", "street_number", "city", "region", "postal_code", "person",
)  # fmt: skip


@dataclass(frozen=True)
class _Relation:
    """What a person has with a source: how its statements are told, and its share of the visits."""

    tell: channels.Visit
    weight: float


def generate(people: int, seed: int = 1, rates: Rates = HABITUAL) -> list[Statement]:
    """The statements of so many people, in order of time."""
    random = Random(seed)
    population = Builder(people, random, rates).build()
    told: list[Statement] = []
    for person in population.people:
        told += _life(person, population, rates, random)
    return sorted(told, key=lambda statement: statement.command.occurred_at or BEGIN)


def _life(person: Person, population: Population, rates: Rates, random: Random) -> list[Statement]:
    """All that is said of one person."""
    told: list[Statement] = []
    enrolled = person.since + random.random() * 0.4 * (person.until - person.since)
    member = random.random() < rates.loyalty
    relations = _relations(person, rates, random, enrolled if member else None)
    visits = _visits(person, random, len(relations))
    tellers = [Teller(random, rates, person, population) for _ in relations]
    weights = [relation.weight for relation in relations]
    for at, moment in enumerate(visits):
        # The first visits make the relations, one each; those after them go where the person goes.
        which = at if at < len(relations) else random.choices(range(len(relations)), weights)[0]
        relations[which].tell(tellers[which], moment)
    if member:
        told += _membership(person, population, rates, random, enrolled)
    for teller in tellers:
        told += teller.out
    return told


def _visits(person: Person, random: Random, least: int) -> list[datetime]:
    span = person.until - person.since
    expected = person.visits_a_year * (span / timedelta(days=365))
    count, threshold = 0, random.random()
    term = total = math.exp(-expected)
    while total < threshold and count < 200:  # a Poisson number, by inversion
        count += 1
        term *= expected / count
        total += term
    return sorted(person.since + random.random() * span for _ in range(max(count, least)))


def _relations(person: Person, rates: Rates, random: Random, enrolled: datetime | None) -> list[_Relation]:
    number = person.number
    unionid = f"oU{number * 104729 % 10**9:09d}" if random.random() < rates.unionid else ""
    known_shops = places.shops(person.home(person.since).city)
    shops = known_shops[: random.randint(1, len(known_shops))]
    till = _Relation(channels.till(number, enrolled=enrolled, shops=shops), 3.0)
    relations = [till] if random.random() < rates.till else []
    if random.random() < rates.web:
        relations.append(_Relation(channels.web(number), 1.5))
    if random.random() < rates.mini:
        relations.append(_Relation(channels.mini(number, unionid), 1.5))
        if random.random() < rates.official_account:
            relations.append(_Relation(channels.official(number, unionid), 0.3))
    if random.random() < rates.app:
        relations.append(_Relation(channels.app(number, unionid), 1.2))
    if random.random() < rates.tmall:
        relations.append(_Relation(channels.marketplace("tmall", number), 1.0))
    if random.random() < rates.jd:
        relations.append(_Relation(channels.marketplace("jd", number), 0.7))
    if random.random() < rates.second_wechat:
        second = f"1{random.choice('3578')}{random.randrange(10**9):09d}"
        relations.append(_Relation(channels.mini(number, unionid and unionid + "b", "b", second), 0.4))
    random.shuffle(relations)
    return relations or [till]


def _membership(
    person: Person, population: Population, rates: Rates, random: Random, enrolled: datetime
) -> list[Statement]:
    """The card programme: enrolment, and an update after most changes of number or address."""
    teller = Teller(random, rates, person, population)
    tell = channels.enrol(person.number)
    tell(teller, enrolled)
    for changed in sorted({since for since, _ in person.phones[1:]} | {since for since, _ in person.homes[1:]}):
        if enrolled < changed < person.until and random.random() < 0.6:
            tell(teller, changed + timedelta(days=random.uniform(1, 60)))
    if random.random() < rates.enrolled_twice:
        again = Teller(random, rates, person, population)
        channels.enrol(person.number, "B")(again, enrolled + random.random() * (person.until - enrolled))
        return teller.out + again.out
    return teller.out


def record_key(statement: Statement) -> str:
    """What a source calls its record: the reference, or where there is none, its identifiers."""
    command = statement.command
    named = command.reference or "&".join(
        sorted(f"{one.type}:{one.scope}:{one.value}" for one in command.identifiers if one.role == "identity")
    )
    return f"{command.source}/{named}"


def rows(statements: Sequence[Statement]) -> list[dict[str, str]]:
    """One row a record of `COLUMNS`: the latest value of each, the identity identifiers only, and who it is about."""
    found: dict[str, dict[str, str]] = {}
    for statement in statements:
        command, key = statement.command, record_key(statement)
        row = found.setdefault(key, dict.fromkeys(COLUMNS, ""))
        row |= {"record": key, "source": command.source, "reference": command.reference}
        row |= {one.type: one.value for one in command.identifiers if one.role == "identity"}
        given = {name: getattr(command.attributes, name) for name in COLUMNS if hasattr(command.attributes, name)}
        row |= {name: value for name, value in given.items() if value}
        row["person"] = row["person"] or str(statement.person)
    return list(found.values())


def write(statements: Sequence[Statement], file: Path) -> int:
    """Write `rows` as CSV or Parquet, by the file's ending; how many there are."""
    table = rows(statements)
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            writer.writerows(table)
    else:
        pq.write_table(pa.Table.from_pylist(table, pa.schema([(name, pa.string()) for name in COLUMNS])), file)
    return len(table)


def main() -> None:
    """Write a set to a file."""
    parser = argparse.ArgumentParser(prog="python -m bench.identity.people", description="Write a labelled set.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(write(generate(arguments.people, arguments.seed), arguments.file), "records")


if __name__ == "__main__":
    main()

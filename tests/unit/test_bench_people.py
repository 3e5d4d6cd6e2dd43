"""The labelled set of customers: the same from the same seed, as hard as it says, and its truth is the truth."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bench.identity import names
from bench.identity.accuracy import Item, components, evaluate, hub_pairs
from bench.identity.people import COLUMNS, generate, record_key, rows, write
from bench.identity.population import Builder
from bench.identity.rates import BEGIN, END, HABITUAL, Rates
from bench.identity.telling import Statement
from bench.identity.typing_errors import written_phone, wrong_phone

PEOPLE = 3000


@pytest.fixture(scope="module")
def told() -> list[Statement]:
    return generate(PEOPLE, 7)


def values(statements: list[Statement], type_: str) -> defaultdict[str, set[int]]:
    """Who is named with each value of a type as identity, as it was typed."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for statement in statements:
        for one in statement.command.identifiers:
            if one.type == type_ and one.role == "identity":
                found[one.value].add(statement.person)
    return found


def test_the_same_seed_says_the_same_and_another_something_else() -> None:
    assert generate(200, 7) == generate(200, 7)
    assert generate(200, 7) != generate(200, 8)


def test_everybody_is_there_in_order_of_time(told: list[Statement]) -> None:
    moments = [statement.command.occurred_at or BEGIN for statement in told]
    assert moments == sorted(moments)
    assert moments[0] >= BEGIN
    assert moments[-1] <= END
    assert {statement.person for statement in told} == set(range(1, PEOPLE + 1))


def test_a_reference_is_one_persons(told: list[Statement]) -> None:
    owners = defaultdict(set)
    for statement in told:
        if statement.command.reference:
            owners[statement.command.source, statement.command.reference].add(statement.person)
    assert max(len(people) for people in owners.values()) == 1


def test_what_a_platform_issues_is_one_persons(told: list[Statement]) -> None:
    for type_ in ("unionid", "openid", "buyer"):
        assert max(len(people) for people in values(told, type_).values()) == 1


def test_a_shop_s_things_are_many_people_s(told: list[Statement]) -> None:
    uses = Counter(hub for statement in told for hub in statement.hubs)
    kinds = {hub.split(":")[0] for hub in uses}
    assert kinds == {"phone", "card", "device", "email"}
    assert min(uses.values()) >= 4
    shared = {hub.split(":", 1)[1] for hub in uses}
    assert not any(key.split(":", 1)[-1] in shared for statement in told for key in statement.keys)


def test_a_number_comes_back_after_it_slept_with_somebody_new(told: list[Statement]) -> None:
    owned = defaultdict(lambda: defaultdict(list))  # type: ignore[var-annotated]
    for statement in told:
        for key in statement.keys:
            if key.startswith("phone:"):
                owned[key][statement.person].append(statement.command.occurred_at)
    families = {
        key: people
        for key, people in owned.items()
        if len(people) > 1 and max(min(m) for m in people.values()) > min(max(m) for m in people.values())
    }
    gaps = [
        (max(min(m) for m in people.values()) - min(max(m) for m in people.values())).days
        for people in families.values()
    ]
    assert sum(gap > 180 for gap in gaps) >= 0.4 * HABITUAL.recycled_phone * PEOPLE


def test_rates_are_what_they_say(told: list[Statement]) -> None:
    people_of = defaultdict(set)
    for statement in told:
        people_of[statement.command.source.split("-")[0]].add(statement.person)
    for source in ("loyalty", "web", "mini", "app", "tmall", "jd"):
        share = len(people_of[source]) / PEOPLE
        assert getattr(HABITUAL, source) == pytest.approx(share, abs=0.04)
    mini = {s.person: s for s in told if s.command.source == "mini"}
    with_unionid = sum(any(one.type == "unionid" for one in s.command.identifiers) for s in mini.values())
    assert with_unionid / len(mini) == pytest.approx(HABITUAL.unionid, abs=0.04)
    masked = [one.value for s in told for one in s.command.identifiers if "****" in one.value]
    assert all(len(value) == 11 for value in masked)
    assert masked
    dotted = sum("·" in s.command.attributes.name for s in told if s.command.source == "web")
    assert 0 < dotted < 0.05 * sum(s.command.source == "web" for s in told)


def test_nothing_is_mistyped_when_nobody_errs() -> None:
    perfect = Rates(
        phone_typed_wrong=0, phone_written_otherwise=0, email_typed_wrong=0, name_homophone=0, name_character_missing=0,
        name_order=0, name_pinyin=0, name_title=0, birth_wrong_digit=0, birth_swapped=0, birth_lunar=0, birth_default=0,
    )  # fmt: skip
    told = generate(300, 1, perfect)
    births = defaultdict(set)
    for statement in told:
        if statement.command.attributes.birth_date:
            births[statement.person].add(statement.command.attributes.birth_date)
    assert max(len(dates) for dates in births.values()) == 1


def test_families_live_together_and_twins_are_of_one_day() -> None:
    import random

    population = Builder(4000, random.Random(3), Rates(twin=0.2)).build()
    families = {person.family for person in population.people if person.family}
    assert families
    for family in families:
        members = [population.people[number - 1] for number in family]
        assert len({member.homes[0] for member in members}) == 1
    twins = [
        family for family in families
        if len(family) == 2 and len({population.people[number - 1].born for number in family}) == 1
    ]  # fmt: skip
    assert len(twins) > 50
    assert all(len({population.people[number - 1].name for number in pair}) == 2 for pair in twins)


def test_errors_change_and_spellings_do_not() -> None:
    import random

    chance = random.Random(1)
    for _ in range(500):
        assert wrong_phone(chance, "13812345678") != "13812345678"
    spelt = {written_phone(chance, "13812345678") for _ in range(200)}
    assert len(spelt) == 7
    assert names.homophone(chance, "伟") != "伟"


def test_rows_are_records_with_their_truth(told: list[Statement], tmp_path: Path) -> None:
    table = rows(told)
    assert len(table) == len({record_key(statement) for statement in told})
    assert write(told, tmp_path / "people.csv") == write(told, tmp_path / "people.parquet") == len(table)
    with (tmp_path / "people.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == table
    stored = pq.read_table(tmp_path / "people.parquet")
    assert stored.column_names == list(COLUMNS)
    assert stored.num_rows == len(table)


def test_accuracy_counts_pairs() -> None:
    items = [
        Item(1, person=1, customer=1, keys={"a"}),
        Item(2, person=1, customer=1, keys={"a", "b"}),
        Item(3, person=1, customer=3, keys={"b"}),
        Item(4, person=1, customer=4, keys={"c"}),  # nothing in common with the others
        Item(5, person=2, customer=1, keys={"a"}, hubs={"clerk"}),
    ]
    assert components(items)[0] == components(items)[2]
    found = evaluate(items)
    assert (found.true_pairs, found.linkable_pairs, found.false_pairs) == (6, 3, 2)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == pytest.approx(1 / 3)
    assert found.recall_plain == pytest.approx(1 / 6)
    assert found.b3_precision == pytest.approx((2 * 2 / 3 + 1 + 1 + 1 / 3) / 5)
    assert found.b3_recall == pytest.approx((2 * 2 / 4 + 1 / 4 + 1 / 4 + 1) / 5)
    assert found.hub_pairs == 0


def test_a_hub_pair_has_nothing_else_in_common() -> None:
    clerk = {"clerk"}
    items = [
        Item(1, person=1, customer=1, hubs=clerk),
        Item(2, person=2, customer=1, hubs=clerk),
        Item(3, person=3, customer=3, hubs=clerk, keys={"family"}),
        Item(4, person=4, customer=3, hubs=clerk, keys={"family"}),
        Item(5, person=5, customer=5, hubs=clerk),
    ]
    assert hub_pairs(items) == [(items[0], items[1])]

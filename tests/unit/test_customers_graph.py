"""Who belongs together: the same whatever came first, always within the rules, and as a slow second opinion says."""

import random
from datetime import timedelta
from itertools import combinations, pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains.customers.graph import (
    GROUP_SIZE_MAX,
    MANUAL_STRENGTH,
    RECORDS_MAX,
    Assertion,
    Claim,
    Derivation,
    Evidence,
    Likeness,
    Record,
    Sign,
    Use,
    derive,
    judge,
    pairs_to_join,
    pairs_to_part,
    to_append,
    why,
)
from tests.unit.customers_worlds import (
    LIKENESSES,
    START,
    USES,
    World,
    asserted,
    assertions_of,
    exceeds_a_cap,
    groups_of,
    key_of,
    records_of,
    second_opinion,
    worlds,
)

pytestmark = pytest.mark.unit


def person(number: int, *identifiers: tuple[int, str], scope: str = "", days: tuple[int, int] = (0, 0)) -> Record:
    first, last = (START + timedelta(days=day) for day in days)
    used = tuple(Use(identifier, type_, scope, first, last) for identifier, type_ in identifiers)
    return Record(id=number, key=number.to_bytes(4), uses=used)


def told(*people: Record, alike: dict[tuple[int, int], Likeness] | None = None) -> list[Assertion]:
    """What the records say of each other."""
    claims = [
        (one, other, claim)
        for one, other in combinations(people, 2)
        for claim in judge(one, other, (alike or {}).get((one.id, other.id), Likeness()))
    ]
    return [asserted(one, other, n, **msgspec.structs.asdict(claim)) for n, (one, other, claim) in enumerate(claims)]


def answer(low: int, high: int, sign: Sign, second: int) -> Assertion:
    moment = START + timedelta(days=1, seconds=second)
    return Assertion(
        id=10_000 + second, low=low, high=high, sign=sign, rule="manual", strength=MANUAL_STRENGTH, recorded_at=moment
    )


def test_whoever_shares_an_identifier_belongs_to_the_smallest_record() -> None:
    people = [person(5, (1, "phone")), person(3, (1, "phone"), (2, "email")), person(9, (2, "email")), person(4)]

    derived = derive(people, told(*people))

    assert derived.groups == ((3, 5, 9), (4,))
    assert derived.customer == {3: 3, 5: 3, 9: 3, 4: 4}


def test_why_is_a_path_of_assertions() -> None:
    people = [person(1, (1, "phone")), person(2, (1, "phone"), (2, "email")), person(3, (2, "email")), person(4)]
    derived = derive(people, told(*people))

    path = why(derived, 3, 1)

    assert path is not None
    assert [(link.low, link.high, [said.evidence.type for said in link.assertions]) for link in path] == [
        (2, 3, ["email"]),
        (1, 2, ["phone"]),
    ]
    assert why(derived, 2, 2) == ()
    assert why(derived, 1, 4) is None


def test_two_unionids_are_never_joined() -> None:
    people = [person(1, (1, "unionid"), (3, "phone")), person(2, (2, "unionid"), (3, "phone"))]

    derived = derive(people, told(*people))

    assert derived.groups == ((1,), (2,))
    assert [veto.reason for veto in derived.vetoed] == ["cap"]
    assert derived.proposals == ()  # a couple's phone is no question


def test_two_unionids_of_people_who_agree_otherwise_are_a_question() -> None:
    people = [person(1, (1, "unionid"), (3, "phone")), person(2, (2, "unionid"), (3, "phone"))]

    derived = derive(people, told(*people, alike={(1, 2): Likeness(names="equal")}))

    assert derived.groups == ((1,), (2,))
    assert [(ask.low, ask.high, ask.reason) for ask in derived.proposals] == [(1, 2, "cap")]


def test_openids_of_two_apps_are_one_persons() -> None:
    one, other = (person(n, (n, "openid"), scope=f"app {n}") for n in (1, 2))
    both = Use(9, "phone", "", START, START)
    people = [msgspec.structs.replace(record, uses=(*record.uses, both)) for record in (one, other)]

    assert derive(people, told(*people)).groups == ((1, 2),)
    same_app = [
        msgspec.structs.replace(record, uses=tuple(msgspec.structs.replace(use, scope="app") for use in record.uses))
        for record in people
    ]
    assert derive(same_app, told(*same_app)).groups == ((1,), (2,))


def test_what_only_uses_a_contested_phone_is_left_alone_and_shown() -> None:
    couple = [person(1, (1, "unionid"), (3, "phone")), person(2, (2, "unionid"), (3, "phone"))]
    ticket = person(3, (3, "phone"))

    derived = derive([*couple, ticket], told(*couple, ticket))
    named = derive([*couple, ticket], told(*couple, ticket, alike={(2, 3): Likeness(names="equal")}))

    assert derived.groups == ((1,), (2,), (3,))
    assert {(ask.low, ask.high, ask.reason) for ask in derived.proposals} == {(1, 3, "contested"), (2, 3, "contested")}
    assert named.groups == ((1,), (2, 3))


def test_a_returned_phone_belongs_to_whoever_uses_it_now() -> None:
    before = person(1, (1, "unionid"), (3, "phone"), days=(0, 50))
    after = person(2, (2, "unionid"), (3, "phone"), days=(400, 500))
    ticket = person(3, (3, "phone"), days=(450, 450))

    assert derive([before, after, ticket], told(before, after, ticket)).groups == ((1,), (2, 3))


def test_a_phone_that_slept_comes_back_to_its_owner_unless_anything_contradicts() -> None:
    before = person(1, (3, "phone"), days=(0, 50))
    after = person(2, (3, "phone"), days=(300, 310))
    shopper = person(4, (1, "unionid"), (3, "phone"), days=(0, 20))
    stranger = person(5, (2, "unionid"), (3, "phone"), days=(320, 330))
    much_later = person(6, (3, "phone"), days=(600, 600))

    assert derive([before, after], told(before, after)).groups == ((1, 2),)
    assert derive([before, much_later], told(before, much_later)).groups == ((1,), (6,))
    parted = derive([before, after, shopper, stranger], told(before, after, shopper, stranger))
    assert parted.groups == ((1, 4), (2, 5))
    assert parted.proposals == ()


def test_a_weak_identifier_does_not_bridge_a_contradiction() -> None:
    people = [person(1, (1, "phone")), person(2, (1, "phone"), (2, "email")), person(3, (2, "email"))]
    contradicting = Likeness(band="different", names="different", weight=-9.0)
    apart = asserted(people[0], people[2], 99, sign=-1, rule="batch")

    derived = derive(people, [*told(*people), apart])

    assert derived.groups == ((1,), (2, 3))  # the mailbox is the stronger
    assert [(ask.low, ask.high, ask.reason) for ask in derived.proposals] == [(1, 2, "contradiction")]
    strong = [person(4, (5, "unionid"), (6, "phone")), person(5, (5, "unionid"), (6, "phone"))]
    assert derive(strong, told(*strong, alike={(4, 5): contradicting})).groups == ((4, 5),)


def test_a_record_with_two_unionids_of_its_own_stays_alone() -> None:
    people = [person(1, (1, "unionid"), (2, "unionid")), person(2, (1, "unionid")), person(3, (2, "unionid"))]

    derived = derive(people, told(*people))

    assert derived.groups == ((1,), (2,), (3,))
    assert {ask.reason for ask in derived.proposals} == {"cap"}


def test_a_person_does_not_exceed_a_cap_either() -> None:
    people = [person(1, (1, "unionid")), person(2, (2, "unionid"))]

    derived = derive(people, [answer(1, 2, 1, 0)])

    assert derived.groups == ((1,), (2,))
    assert [veto.reason for veto in derived.vetoed] == ["cap"]


def test_the_latest_answer_counts_whichever_rule_it_has() -> None:
    people = [person(1, (1, "phone")), person(2, (1, "phone"))]
    apart, together = answer(1, 2, -1, 0), answer(1, 2, 1, 1)
    reviewed = msgspec.structs.replace(apart, id=20_000, rule="review", recorded_at=together.recorded_at + timedelta(1))

    assert derive(people, [*told(*people), apart]).groups == ((1,), (2,))
    assert derive(people, [together, *told(*people), apart]).groups == ((1, 2),)
    assert derive(people, [reviewed, together, apart]).groups == ((1,), (2,))


def test_nobody_is_asked_what_a_person_has_answered() -> None:
    people = [person(1, (1, "unionid")), person(2, (1, "unionid"))]

    derived = derive(people, [*told(*people), answer(1, 2, -1, 0)])

    assert [veto.reason for veto in derived.vetoed] == ["kept_apart"]
    assert derived.proposals == ()


def test_the_middle_band_is_a_question_once_for_two_customers() -> None:
    people = [person(1, (1, "phone")), person(2, (1, "phone")), person(3, (2, "email")), person(4, (2, "email"))]
    likely = Likeness(band="likely", weight=2.0)
    alike = {(1, 3): likely, (2, 4): likely, (1, 2): likely}

    derived = derive(people, told(*people, alike=alike))

    assert [(ask.low, ask.high, ask.reason) for ask in derived.proposals] == [(1, 3, "middle")]


def test_an_erased_record_joins_nobody() -> None:
    people = [person(1, (1, "phone")), msgspec.structs.replace(person(2), erased=True), person(3, (2, "phone"))]

    derived = derive(people, [answer(1, 2, 1, 0), answer(2, 3, 1, 1)])

    assert derived.groups == ((1,), (2,), (3,))


def test_a_customer_has_no_more_records_than_a_group() -> None:
    people = [person(number, (1, "phone")) for number in range(1, GROUP_SIZE_MAX + 3)]
    chain = [claim for one, other in pairwise(people) for claim in told(one, other)]

    derived = derive(people, chain)

    assert [len(group) for group in derived.groups] == [GROUP_SIZE_MAX, 2]
    assert [ask.reason for ask in derived.proposals] == ["size"]


def test_a_thousand_records_that_all_know_each_other_a_little() -> None:
    draw = random.Random(7)
    people = [
        person(number, *((phone, "phone") for phone in draw.sample(range(500), 3))) for number in range(1, RECORDS_MAX)
    ]
    told_of = told(*people)
    pairs = [sorted(draw.sample(range(1, RECORDS_MAX), 2)) for _ in range(500)]
    apart = [answer(low, high, -1, second) for second, (low, high) in enumerate(pairs)]

    derived = derive(people, [*told_of, *apart])

    assert sum(map(len, derived.groups)) == len(people)
    assert max(map(len, derived.groups)) <= GROUP_SIZE_MAX


def derived_from(world: World) -> tuple[list[Record], list[Assertion], Derivation]:
    records = records_of(world)
    assertions = assertions_of(world, records)
    return records, assertions, derive(records, assertions, world.suspended)


@given(worlds(), st.randoms(use_true_random=False))
def test_neither_order_nor_numbering_matter(world: World, draw: random.Random) -> None:
    records, _, expected = derived_from(world)
    other = records_of(world, draw.sample(range(1, 1000), len(records)))
    assertions = assertions_of(world, other)
    draw.shuffle(assertions)
    shuffled = [
        msgspec.structs.replace(record, uses=tuple(draw.sample(record.uses, len(record.uses)))) for record in other
    ]
    draw.shuffle(shuffled)

    derived = derive(shuffled, assertions, world.suspended)

    assert groups_of(derived, other) == groups_of(expected, records)
    assert asked(derived, other) == asked(expected, records)
    for group in derived.groups:
        assert {derived.customer[number] for number in group} == {min(group)}


def asked(derivation: Derivation, records: list[Record]) -> set[tuple[frozenset[bytes], str]]:
    keys = {record.id: record.key for record in records}
    return {(frozenset({keys[ask.low], keys[ask.high]}), ask.reason) for ask in derivation.proposals}


@given(worlds())
def test_a_slow_second_opinion_agrees(world: World) -> None:
    records, assertions, derived = derived_from(world)

    assert groups_of(derived, records) == second_opinion(records, assertions, world.suspended)


@given(worlds())
def test_what_is_kept_apart_is_apart_and_no_cap_is_exceeded(world: World) -> None:
    records, assertions, derived = derived_from(world)
    people = {record.id: record for record in records}

    spoken: dict[tuple[int, int], int] = {
        said.pair: said.sign for said in assertions if said.rule in ("manual", "review")
    }
    for (low, high), sign in spoken.items():
        assert sign > 0 or derived.customer[low] != derived.customer[high]
    for group in derived.groups:
        assert len(group) == 1 or not exceeds_a_cap([people[number] for number in group], world.suspended)


@given(worlds())
def test_every_group_is_explained_and_every_question_is_of_two_customers(world: World) -> None:
    records, assertions, derived = derived_from(world)

    for one, other in combinations([record.id for record in records], 2):
        path = why(derived, one, other)
        assert (path is not None) == (derived.customer[one] == derived.customer[other])
        at = one
        for link in path or ():
            assert all(said in assertions and said.sign > 0 for said in link.assertions)
            assert {said.identifier for said in link.assertions} - world.suspended
            assert at in (link.low, link.high)
            at = link.high if at == link.low else link.low
        assert path is None or at == other
    customers = [frozenset({derived.customer[ask.low], derived.customer[ask.high]}) for ask in derived.proposals]
    assert all(len(pair) > 1 for pair in customers)
    assert len(customers) == len(set(customers))


@given(worlds())
def test_a_suspended_identifier_is_as_if_nobody_used_it(world: World) -> None:
    records, _, derived = derived_from(world)
    without = msgspec.structs.replace(
        world,
        uses=tuple(tuple(use for use in used if use.identifier not in world.suspended) for used in world.uses),
        suspended=frozenset(),
    )

    assert groups_of(derived, records) == groups_of(derived_from(without)[2], records)


@given(worlds(), st.randoms(use_true_random=False))
def test_merge_then_split_restores(world: World, draw: random.Random) -> None:
    records, assertions, before = derived_from(world)
    if len(before.groups) > 1:
        left, right = draw.sample(before.groups, 2)
        cycled = [*assertions]
        for round_ in range(2):
            joined = pairs_to_join(left, right, cycled)
            cycled += [answer(low, high, 1, 100 * round_ + n) for n, (low, high) in enumerate(joined)]
            parted = pairs_to_part(right, left)
            cycled += [answer(low, high, -1, 100 * round_ + 50 + n) for n, (low, high) in enumerate(parted)]

            assert derive(records, cycled, world.suspended).groups == before.groups


@given(worlds(), st.randoms(use_true_random=False))
def test_a_merge_joins_even_what_was_split_unless_a_rule_forbids_it(world: World, draw: random.Random) -> None:
    records, assertions, before = derived_from(world)
    living = [group for group in before.groups if not any(number - 1 in world.erased for number in group)]
    if len(living) > 1:
        left, right = draw.sample(living, 2)
        joined = pairs_to_join(left, right, assertions)
        after = derive(records, [*assertions, *(answer(*pair, 1, n) for n, pair in enumerate(joined))], world.suspended)

        together = after.customer[min(left)] == after.customer[min(right)]
        ends = [next(record for record in records if record.id == min(group)) for group in (left, right)]
        assert together or exceeds_a_cap(ends, world.suspended) or after.vetoed


def test_a_cycle_of_merge_and_split_ends_as_it_was_said_last() -> None:
    people = [person(1, (1, "phone")), person(2, (1, "phone")), person(3, (2, "phone")), person(4, (2, "phone"))]
    said = told(*people)

    for second in range(0, 60, 20):
        merged = [
            answer(*pair, sign=1, second=second + n) for n, pair in enumerate(pairs_to_join([1, 2], [3, 4], said))
        ]
        assert derive(people, [*said, *merged]).groups == ((1, 2, 3, 4),)
        parted = [
            answer(*pair, sign=-1, second=second + 10 + n) for n, pair in enumerate(pairs_to_part([3, 4], [1, 2]))
        ]
        said = [*said, *merged, *parted]
        assert derive(people, said).groups == ((1, 2), (3, 4))


@given(st.lists(USES, min_size=2, max_size=2), LIKENESSES)
def test_two_records_say_the_same_of_each_other(used: list[tuple[Use, ...]], alike: Likeness) -> None:
    left, right = (Record(id=n, key=key_of(n), uses=tuple(uses)) for n, uses in enumerate(used))

    claims = judge(left, right, alike)

    assert claims == judge(right, left, alike)
    assert len({(claim.rule, claim.identifier) for claim in claims}) == len(claims)
    assert all(claim.strength < MANUAL_STRENGTH for claim in claims)


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(world: World, draw: random.Random) -> None:
    """Statements arrive one by one, each with one identifier; whatever a pair says anew is appended at once."""
    records = records_of(world)
    expected = derive(records, assertions_of(world, records), world.suspended)
    statements = [(place, use) for place, used in enumerate(world.uses) for use in used]
    draw.shuffle(statements)
    arrived: list[tuple[Use, ...]] = [() for _ in records]
    log: list[Assertion] = []
    counting: dict[tuple[int, int], dict[tuple[str, int | None], Claim]] = {}

    def arrive(place: int) -> None:
        for other in range(len(records)):
            if other == place:
                continue
            low, high = sorted((place, other))
            one, two = (msgspec.structs.replace(records[n], uses=arrived[n]) for n in (low, high))
            known = counting.setdefault((low, high), {})
            for claim in to_append(known.values(), judge(one, two, world.alike.get((low, high), Likeness()))):
                known[claim.rule, claim.identifier] = claim
                log.append(asserted(one, two, len(log), **msgspec.structs.asdict(claim)))

    for place in draw.sample(range(len(records)), len(records)):
        arrive(place)
    for place, use in statements:
        arrived[place] = (*arrived[place], use)
        arrive(place)
    for one in world.said:
        ends = records[one.low], records[one.high]
        strength = 100 if one.rule == "batch" else MANUAL_STRENGTH
        log.append(asserted(*ends, len(log), sign=one.sign, rule=one.rule, strength=strength))

    derived = derive(records, log, world.suspended)
    assert groups_of(derived, records) == groups_of(expected, records)
    assert asked(derived, records) == asked(expected, records)


def test_what_is_no_longer_said_is_taken_back_once() -> None:
    said = Claim(sign=1, rule="shared", identifier=1, strength=500, evidence=Evidence(type="phone"))
    stronger = msgspec.structs.replace(said, strength=502)
    manual = Claim(sign=1, rule="manual")

    assert to_append([], [said]) == (said,)
    assert to_append([said, manual], [said]) == ()
    assert to_append([said], [stronger]) == (stronger,)
    (withdrawn,) = to_append([said, manual], [])
    assert (withdrawn.sign, withdrawn.rule, withdrawn.identifier) == (0, "shared", 1)
    assert to_append([withdrawn], []) == ()
    assert to_append([withdrawn], [said]) == (said,)

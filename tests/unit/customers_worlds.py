"""Small worlds of records for the tests of the graph, and a slow second opinion of who belongs together in them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations

import msgspec
from hypothesis import strategies as st

from mainstem.domains.customers.graph import Assertion, Band, Derivation, Likeness, Record, Role, Rule, Use, judge
from mainstem.domains.customers.identifiers import POLICIES, NameLikeness

START = datetime(2026, 1, 1, tzinfo=UTC)
IDENTIFIERS = (
    *(("unionid", ""), ("unionid", ""), ("member_card", "club"), ("member_card", "club"), ("external", "crm")),
    *(("email", ""), ("phone", ""), ("phone", ""), ("device", "")),
)
"""What a world's records may share: the place in here is the identifier."""

Groups = frozenset[frozenset[bytes]]


class Said(msgspec.Struct, frozen=True):
    """What a person or a batch says of two records, by their places."""

    low: int
    high: int
    sign: int
    rule: Rule


class World(msgspec.Struct, frozen=True):
    """Records by their place, without ids: `uses[i]` are of record i, with identifiers by their place."""

    uses: tuple[tuple[Use, ...], ...]
    alike: dict[tuple[int, int], Likeness]
    said: tuple[Said, ...]
    suspended: frozenset[int]
    erased: frozenset[int]


ROLES: tuple[tuple[Role, int], ...] = (("identity", 0), ("identity", 1), ("identity", 2), ("attribute", 1))
_EVERY_USE = tuple(
    Use(place, type_, scope, START + timedelta(first), START + timedelta(first + length), role, verification)
    for place, (type_, scope) in enumerate(IDENTIFIERS)
    for first in (0, 30, 400)
    for length in (0, 100, 400)
    for role, verification in ROLES
)
USES = st.lists(st.sampled_from(_EVERY_USE), min_size=2, max_size=5, unique_by=lambda use: use.identifier).map(tuple)
"""Uses of a few identifiers, mostly as identity, over a time in which telephone numbers fall asleep."""

BANDS: tuple[tuple[Band, float], ...] = (("open", 0), ("open", 0), ("same", 8), ("likely", 2), ("different", -9))
NAMES: tuple[NameLikeness, ...] = ("unknown", "unknown", "close", "equal", "different")
LIKENESSES = st.sampled_from(
    [*[Likeness()] * 25, *(Likeness(band, names, weight) for band, weight in BANDS for names in NAMES)]
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    size = draw(st.integers(3, 6))
    pairs = list(combinations(range(size), 2))
    rules: tuple[Rule, ...] = ("manual", "manual", "review", "batch")
    said = st.builds(
        lambda pair, sign, rule: Said(pair[0], pair[1], sign, rule),
        st.sampled_from(pairs),
        st.sampled_from((1, -1)),
        st.sampled_from(rules),
    )
    return World(
        uses=tuple(draw(USES) for _ in range(size)),
        alike=dict(zip(pairs, draw(st.lists(LIKENESSES, min_size=len(pairs), max_size=len(pairs))), strict=False)),
        said=tuple(draw(st.lists(said, max_size=3))),
        suspended=draw(st.frozensets(st.integers(0, len(IDENTIFIERS) - 1), max_size=2)),
        erased=draw(st.sampled_from((frozenset[int](), frozenset[int](), frozenset({0})))),
    )


def key_of(place: int) -> bytes:
    """The key of the record at a place: in another order than the places."""
    return bytes([(place * 7 + 3) % 11, place])


def records_of(world: World, ids: Sequence[int] | None = None) -> list[Record]:
    """The world's records, with these ids, or numbered by place."""
    return [
        Record(
            id=ids[place] if ids is not None else place + 1,
            key=key_of(place),
            uses=used,
            erased=place in world.erased,
        )
        for place, used in enumerate(world.uses)
    ]


def assertions_of(world: World, records: Sequence[Record]) -> list[Assertion]:
    """What the records say of each other, and then what was said of them."""
    found: list[Assertion] = []
    for low, high in combinations(range(len(records)), 2):
        for claim in judge(records[low], records[high], world.alike.get((low, high), Likeness())):
            found.append(asserted(records[low], records[high], len(found), **msgspec.structs.asdict(claim)))
    for one in world.said:
        strength = 100 if one.rule == "batch" else 10_000
        found.append(
            asserted(records[one.low], records[one.high], len(found), sign=one.sign, rule=one.rule, strength=strength)
        )
    return found


def asserted(one: Record, other: Record, number: int, **claim: object) -> Assertion:
    """The `number`th assertion, of two records in any order; each is recorded a second after the one before."""
    low, high = sorted((one.id, other.id))
    moment = START + timedelta(seconds=number)
    return msgspec.convert({"id": number, "low": low, "high": high, "recorded_at": moment, **claim}, Assertion)


def groups_of(derivation: Derivation, records: Iterable[Record]) -> Groups:
    """Who belongs together, by keys."""
    keys = {record.id: record.key for record in records}
    return frozenset(frozenset(keys[number] for number in group) for group in derivation.groups)


def second_opinion(records: Sequence[Record], assertions: Sequence[Assertion], suspended: frozenset[int]) -> Groups:
    """Who belongs together, found by looking at everything anew for every assertion."""
    known = {record.id: record for record in records if not record.erased}
    last: dict[tuple[object, ...], Assertion] = {}
    for said in sorted(assertions, key=lambda one: one.recorded_at):
        speaker = "person" if said.rule in ("manual", "review") else said.rule
        if {said.low, said.high} <= set(known) and said.identifier not in suspended:
            last[said.low, said.high, speaker, said.identifier] = said
    counting = list(last.values())
    forbidden = [{one.low, one.high} for one in counting if one.sign < 0 and one.rule in ("manual", "review")]
    unlike = [{one.low, one.high} for one in counting if one.sign < 0 and one.rule not in ("manual", "review")]
    returned = {one.identifier for one in counting if _contests(one, known, suspended)}
    contested = {one.identifier for one in counting if _contests(one, known, suspended) and not one.evidence.asleep}
    groups = {frozenset({record.id}) for record in records}
    for one in sorted(counting, key=lambda said: (-said.strength, sorted((known[said.low].key, known[said.high].key)))):
        group_of = {number: group for group in groups for number in group}
        left, right = group_of[one.low], group_of[one.high]
        union = left | right
        firm = one.rule in ("manual", "review") or one.evidence.strong
        if (
            one.sign > 0
            and left != right
            and not any(pair <= union for pair in forbidden)
            and (firm or not any(pair <= union and pair & left and pair & right for pair in unlike))
            and (one.evidence.agreed or one.identifier not in (returned if one.evidence.asleep else contested))
            and not exceeds_a_cap([known[number] for number in union], suspended)
        ):
            groups = groups - {left, right} | {union}
    keys = {record.id: record.key for record in records}
    return frozenset(frozenset(keys[number] for number in group) for group in groups)


def exceeds_a_cap(people: Iterable[Record], suspended: frozenset[int]) -> bool:
    """Whether one person would have too many values of an identifier if these records were his."""
    values: dict[tuple[str, str], set[int]] = {}
    for record in people:
        for use in record.uses:
            if use.role == "identity" and use.identifier not in suspended:
                values.setdefault((use.type, use.scope), set()).add(use.identifier)
    caps = {type_: POLICIES[type_].cap for type_, _ in values}
    return any((cap := caps[type_]) is not None and len(values[type_, scope]) > cap for type_, scope in values)


def _contests(one: Assertion, known: Mapping[int, Record], suspended: frozenset[int]) -> bool:
    """Whether a weak identifier is used by two records that cannot be one person's."""
    if one.rule != "shared" or one.evidence.strong or one.sign == 0:
        return False
    if one.sign < 0:
        return True
    mine, theirs = (
        [
            (use.type, use.scope, use.identifier)
            for use in known[number].uses
            if use.role == "identity" and POLICIES[use.type].cap == 1 and use.identifier not in suspended
        ]
        for number in (one.low, one.high)
    )
    clash = {
        (type_, scope)
        for type_, scope, _ in mine
        if any((type_, scope) == other[:2] for other in theirs)
        and not any((type_, scope) == a[:2] and a in theirs for a in mine)
    }
    return bool(clash) and not one.evidence.agreed

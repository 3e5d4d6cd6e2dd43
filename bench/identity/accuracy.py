"""How well records were put together, against the truth: pairs, B³, and what was joined through a thing of a shop.

An *item* is a record with a person it speaks of. A record that two people's statements went into (a number told at
one till by its former and by its present owner) is two items that are together whatever is decided: it costs
precision.

*Recall's base* is the pairs of one person's items that sources give a way to see: items connected, maybe over others of
that person, by an identifier that is theirs (or their family's), or by a whole name with the birth date or with the
address. It is taken as meant, before typing errors: a mistyped number does not take a pair out of the base, nor
does a number that slept. Pairs with nothing in common (a masked buyer) are only in plain recall.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations


@dataclass(slots=True)
class Item:
    """A record and a person it speaks of: what links it with that person's others, and what of a shop is in it."""

    record: int
    person: int
    customer: int = 0
    keys: set[str] = field(default_factory=set)
    hubs: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Accuracy:
    """The figures; pairs are of items."""

    items: int
    people: int
    precision: float
    recall: float
    recall_plain: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float
    linkable_pairs: int
    true_pairs: int
    false_pairs: int
    hub_pairs: int
    customers: int


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def components(items: Sequence[Item]) -> list[int]:
    """For each item, a number that items of its person share if they are connected."""
    parent = list(range(len(items)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[tuple[int, str], int] = {}
    for at, item in enumerate(items):
        for key in item.keys:
            parent[root(at)] = root(first.setdefault((item.person, key), at))
    return [root(at) for at in range(len(items))]


def evaluate(items: Sequence[Item]) -> Accuracy:
    """The figures of items that have their customers."""
    together = Counter((item.customer, item.person) for item in items)
    by_customer = Counter(item.customer for item in items)
    by_person = Counter(item.person for item in items)
    found, joined, true = _pairs(together.values()), _pairs(by_customer.values()), _pairs(by_person.values())
    linked = components(items)
    linkable = _pairs(Counter(linked).values())
    found_linkable = _pairs(
        Counter((item.customer, component) for item, component in zip(items, linked, strict=True)).values()
    )
    precision, recall = _share(found, joined), _share(found_linkable, linkable)
    b3_precision = sum(count * count / by_customer[customer] for (customer, _), count in together.items()) / len(items)
    b3_recall = sum(count * count / by_person[person] for (_, person), count in together.items()) / len(items)
    return Accuracy(
        items=len(items),
        people=len(by_person),
        precision=precision,
        recall=recall,
        recall_plain=_share(found, true),
        f1=_harmonic(precision, recall),
        b3_precision=b3_precision,
        b3_recall=b3_recall,
        b3_f1=_harmonic(b3_precision, b3_recall),
        linkable_pairs=linkable,
        true_pairs=true,
        false_pairs=joined - found,
        hub_pairs=len(hub_pairs(items)),
        customers=len(by_customer),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _harmonic(left: float, right: float) -> float:
    return 2 * left * right / (left + right) if left + right else 0.0


def hub_pairs(items: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Pairs of two people that were joined and have nothing in common but a thing of a shop."""
    users: defaultdict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        for hub in item.hubs:
            users[hub, item.customer].append(item)
    return [
        (left, right)
        for together in users.values()
        for left, right in combinations(together, 2)
        if left.person != right.person and not left.keys & right.keys
    ]


def false_pairs(items: Sequence[Item], limit: int = 50) -> list[tuple[Item, Item]]:
    """Some pairs that are not one person and were joined, of different customers where possible."""
    of: defaultdict[int, dict[int, Item]] = defaultdict(dict)
    for item in items:
        of[item.customer].setdefault(item.person, item)
    mixed = [tuple(people.values())[:2] for people in of.values() if len(people) > 1]
    return [(pair[0], pair[1]) for pair in mixed[:limit]]


def missed_pairs(items: Sequence[Item], limit: int = 50) -> list[tuple[Item, Item]]:
    """Some linkable pairs of one person that were not joined."""
    seen: defaultdict[int, dict[int, Item]] = defaultdict(dict)
    for item, component in zip(items, components(items), strict=True):
        seen[component].setdefault(item.customer, item)
    parted = [tuple(customers.values())[:2] for customers in seen.values() if len(customers) > 1]
    return [(pair[0], pair[1]) for pair in parted[:limit]]

"""Households by the plainest means, over what was told: what the room must agree with. Shares none of its code."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

Told = tuple[str, str, str]
"""(kind, value, role) of something that a record shares."""

Edge = tuple[int, int, int]
"""(strength, customer, other)."""

LIMIT = {"stated": 12, "member_card": 12, "payment_token": 5, "address": 8, "phone": 6, "email": 6}
STRENGTH = {"stated": 60, "member_card": 50, "payment_token": 40, "address": 30, "phone": 20, "email": 20}
SCATTERING = ("payment_token", "address", "phone", "email")


def households(
    customer_of: Mapping[int, int],
    keys: Mapping[int, bytes],
    told: Mapping[int, Collection[Told]],
    families: Mapping[int, str],
    words: Sequence[tuple[int, int, int]],
) -> dict[int, frozenset[int]]:
    """The household of each customer: `words` are (record, record, sign) in the order in which they were said."""
    people = sorted(set(customer_of.values()))
    key = {one: min(keys[record] for record in customer_of if customer_of[record] == one) for one in people}
    surnames = {one: {families[r] for r in customer_of if customer_of[r] == one and families[r]} for one in people}
    last: dict[frozenset[int], int] = {}
    for one, other, sign in words:
        if one in customer_of and other in customer_of and customer_of[one] != customer_of[other]:
            last[frozenset((customer_of[one], customer_of[other]))] = sign
    edges: list[Edge] = [(100, min(pair), max(pair)) for pair, sign in last.items() if sign > 0]
    for kind, value in sorted({(kind, value) for said in told.values() for kind, value, _ in said}):
        users = {
            customer_of[record]: {role for k, v, role in said if (k, v) == (kind, value)}
            for record, said in told.items()
            if record in customer_of
        }
        by = {
            one: set().union(*(roles(told[r], kind, value) for r in told if customer_of.get(r) == one)) for one in users
        }
        sharing = sorted(one for one in by if by[one])
        if len(sharing) > LIMIT[kind]:
            continue
        if kind in ("phone", "email") and sum("identity" in by[one] for one in sharing) > 1:
            continue
        if kind in SCATTERING and scattered([surnames[one] for one in sharing if surnames[one]]):
            continue
        edges += [(STRENGTH[kind], one, other) for one, other in combinations(sharing, 2)]
    apart = [pair for pair, sign in last.items() if sign < 0]
    groups = [{one} for one in people]
    for _, one, other in sorted(edges, key=lambda edge: (-edge[0], *sorted((key[edge[1]], key[edge[2]])))):
        mine = next(group for group in groups if one in group)
        yours = next(group for group in groups if other in group)
        joined = mine | yours
        if mine is yours or len(joined) > 12 or any(pair <= joined for pair in apart):
            continue
        groups = [group for group in groups if group not in (mine, yours)] + [joined]
    return {one: frozenset(group) for group in groups for one in group}


def roles(said: Collection[Told], kind: str, value: str) -> set[str]:
    return {role for k, v, role in said if (k, v) == (kind, value)}


def scattered(named: Sequence[set[str]]) -> bool:
    every = set().union(*named) if named else set()
    return len(named) >= 5 and max(sum(name in one for one in named) for name in every) < 0.4 * len(named)

"""What one customer may add to figures, at most. Pure; a customer's share follows from his own rows alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import blake2b

Contribution = tuple[int, str, int]
"""(customer, group, value): values of the same customer and group are added up."""


def bounded(contributions: Iterable[Contribution], groups_max: int, value_max: int) -> dict[str, int]:
    """The sum of each group, in which every customer counts in `groups_max` groups at most, in each up to `value_max`.

    Which groups count of somebody who is in more is drawn by a hash of customer and group: no group is favoured.
    """
    of_customers: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for customer, group, value in contributions:
        of_customers[customer][group] += value
    sums: defaultdict[str, int] = defaultdict(int)
    for customer, groups in of_customers.items():
        for group in _drawn(customer, groups, groups_max):
            sums[group] += max(0, min(groups[group], value_max))
    return dict(sums)


def _drawn(customer: int, groups: Mapping[str, int], groups_max: int) -> Iterable[str]:
    if len(groups) <= groups_max:
        return groups
    return sorted(groups, key=lambda group: blake2b(f"{customer}\x1f{group}".encode(), digest_size=8).digest())[
        :groups_max
    ]

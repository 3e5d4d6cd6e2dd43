"""What a combination costs: layer by layer, each promotion of a layer on the prices that earlier layers have left."""

from collections.abc import Sequence

from mainstem.domains.pricing.engine.cutting import Pairs
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.spreading import spread

Given = list[tuple[int, Pairs]]
"""(number of the offer, what it takes off), offers in the order of their codes."""


def reduce_to_room(rows: Rows, base: list[int], taken: list[int], given: Given, floorless: Sequence[bool]) -> Given:
    """Cuts of one layer, limited by what each row may still lose, in proportion, ties by code.

    Promotions that may go below the floor come first, down to zero; the others share what then lies above the floor.
    `taken`, the sum by row, is brought up to date.
    """
    amounts = [dict(pairs) for _, pairs in given]
    for row, there in enumerate(base):
        floor = rows.floors[row]
        if taken[row] <= there - floor:
            continue
        room = there
        for below in (True, False):
            if not below:
                room = max(0, room - floor)
            members = [i for i, (j, _) in enumerate(given) if floorless[j] is below and row in amounts[i]]
            wanted = [amounts[i][row] for i in members]
            if sum(wanted) > room:
                for i, share in zip(members, spread(room, wanted), strict=True):
                    amounts[i][row] = share
            room -= min(room, sum(wanted))
        taken[row] = sum([by_row.get(row, 0) for by_row in amounts])
    return [
        (j, [(row, by_row[row]) for row, _ in pairs if by_row[row]])
        for (j, pairs), by_row in zip(given, amounts, strict=True)
    ]


def take(rows: Rows, base: list[int], given: Given, floorless: Sequence[bool]) -> tuple[list[int], Given]:
    """What is left of each row after one layer, and what each of its promotions has really taken."""
    taken = [0] * len(base)
    for _, pairs in given:
        for row, amount in pairs:
            taken[row] += amount
    after = [there - amount for there, amount in zip(base, taken, strict=True)]
    if not rows.guarded and min(after) >= 0:
        return after, given
    for left, floor, amount in zip(after, rows.floors, taken, strict=True):
        if left < floor and amount:
            given = reduce_to_room(rows, base, taken, given, floorless)
            return [there - amount for there, amount in zip(base, taken, strict=True)], given
    return after, given

"""Spreading an amount so that the parts add up to it exactly: largest remainder (Hamilton), ties by place."""

from collections.abc import Sequence


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Parts of `amount` in proportion to the weights. Nothing is negative; no part exceeds its weight if `amount`
    does not exceed their sum. All weights zero: all parts zero.
    """
    if len(weights) == 1:
        return [amount if weights[0] else 0]
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    rest = amount - sum(parts)
    if rest:
        remainders = [amount * weight % whole for weight in weights]
        if rest == 1:
            parts[remainders.index(max(remainders))] += 1
        else:
            for i in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:rest]:
                parts[i] += 1
    return parts


def over_items(amount: int, counts: Sequence[int]) -> list[int]:
    """An amount over lines of equal items: the same for each item, what cannot be divided one each to the first items.

    When the amount falls by one, exactly one line falls by one: lines never grow as their row shrinks.
    """
    each, rest = divmod(amount, sum(counts))
    parts = []
    for count in counts:
        more = min(rest, count)
        parts.append(each * count + more)
        rest -= more
    return parts


def half_up(numerator: int, denominator: int) -> int:
    """A fraction of integers that are not negative, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)

"""The price forms that reproduce what was charged for one product: so much each, and so many together for so much.

Pure, integers only. A form is read from amounts and numbers of pieces alone; what no form reproduces is named.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar


class Sold(NamedTuple):
    """So many pieces of a product were sold at a moment (microseconds) for so many cents."""

    moment: int
    pieces: int
    cents: int


class Form(NamedTuple):
    """`each` piece costs so much (None: nothing is known of one piece), `together` are (pieces, cents for all of them).

    What a number of pieces costs is the least that goes together: see `cost`.
    """

    each: int | None
    together: tuple[tuple[int, int], ...] = ()


class Weighed(NamedTuple):
    """Goods whose amount is on their label cost so many cents at a moment before discounts, and so many after."""

    moment: int
    before: int
    after: int


class Pumped(NamedTuple):
    """A volume cost so many cents at a moment before a reward, and so many after; `off`: the reward by volume."""

    moment: int
    volume: int
    before: int
    after: int
    off: int


Line = TypeVar("Line", Sold, Weighed, Pumped)
Found = TypeVar("Found")


class Fitted(NamedTuple, Generic[Found]):
    """What holds from a moment on (None: from the beginning), and which of the lines given it does not reproduce."""

    since: int | None
    form: Found
    missed: tuple[int, ...]


def cost(form: Form, pieces: int) -> int | None:
    """The least that so many pieces cost; None where the form does not reach so many pieces exactly."""
    if form.each is not None and not form.together:
        return form.each * pieces
    parts = form.together if form.each is None else ((1, form.each), *form.together)
    least: list[int | None] = [0] + [None] * pieces
    for number in range(1, pieces + 1):
        sums = [
            before + cents for size, cents in parts if size <= number and (before := least[number - size]) is not None
        ]
        least[number] = min(sums, default=None)
    return least[pieces]


def fit(lines: Sequence[Sold]) -> list[Fitted[Form]]:
    """The forms of lines in the order of time: one, or two where the price changed once and that explains more lines.

    Indices in `missed` count from the first line given.
    """
    return _split(lines, _form_of)


def fit_share(lines: Sequence[Weighed]) -> list[Fitted[int]]:
    """The shares taken off goods by weight, in millionths, in the order of time: one, or two as in `fit`."""
    return _split(lines, _share_of)


def fit_pump(lines: Sequence[Pumped], steps: int) -> list[Fitted[int]]:
    """The prices of so many steps of volume, in the order of time: one, or two as in `fit`."""
    spans = [_prices_of(line, steps) for line in lines]

    def one(_: Sequence[Pumped], indices: range) -> Fitted[int]:
        price = _stab([spans[i] for i in indices])
        return Fitted(None, price, tuple(i for i in indices if not spans[i][0] <= price <= spans[i][1]))

    return _split(lines, one)


def _split(lines: Sequence[Line], one: Callable[[Sequence[Line], range], Fitted[Found]]) -> list[Fitted[Found]]:
    whole = one(lines, range(len(lines)))
    best, left = [whole], len(whole.missed)
    for start in range(1, len(lines) if left else 0):
        if lines[start].moment == lines[start - 1].moment:
            continue
        before = one(lines, range(start))
        if len(before.missed) >= left:
            continue
        after = one(lines, range(start, len(lines)))
        missed = len(before.missed) + len(after.missed)
        if missed < left:
            best, left = [before, after._replace(since=lines[start].moment)], missed
    return best


def _form_of(lines: Sequence[Sold], indices: range) -> Fitted[Form]:
    """The form that reproduces the most of these lines, built from few pieces to many."""
    by_pieces: dict[int, Counter[int]] = {}
    for i in indices:
        by_pieces.setdefault(lines[i].pieces, Counter())[lines[i].cents] += 1
    even: Counter[int] = Counter()
    for pieces, amounts in by_pieces.items():
        for cents, count in amounts.items():
            if cents % pieces == 0:
                even[cents // pieces] += count
    candidates = [Form(price) for price, _ in even.most_common(3)] or [Form(None)]
    return min((_extended(form, by_pieces, lines, indices) for form in candidates), key=lambda one: len(one.missed))


def _extended(form: Form, by_pieces: dict[int, Counter[int]], lines: Sequence[Sold], indices: range) -> Fitted[Form]:
    """A price of one piece with the packs that are cheaper than their pieces."""
    for pieces in sorted(by_pieces):
        (cents, count) = max(by_pieces[pieces].items(), key=lambda one: (one[1], -one[0]))
        now = cost(form, pieces)
        if pieces > 1 and (now is None or (cents < now and count > by_pieces[pieces][now])):
            form = Form(form.each, (*form.together, (pieces, cents)))
    costs = {pieces: cost(form, pieces) for pieces in by_pieces}
    missed = tuple(i for i in indices if costs[lines[i].pieces] != lines[i].cents)
    return Fitted(None, form, missed)


def _share_of(lines: Sequence[Weighed], indices: range) -> Fitted[int]:
    rate = _stab([rates_of(lines[i].before, lines[i].after) for i in indices])
    missed = [i for i in indices if lines[i].before - taken_at(rate, lines[i].before) != lines[i].after]
    return Fitted(None, rate, tuple(missed))


def _stab(spans: Sequence[tuple[int, int]]) -> int:
    """A number that lies in the most of these spans, ends included: the lowest."""
    edges: list[tuple[int, int]] = []
    for low, high in spans:
        if low <= high:
            edges += ((low, -1), (high, 1))
    best = running = found = 0
    for at, kind in sorted(edges):
        running -= kind
        if running > best:
            best, found = running, at
    return found


def _prices_of(line: Pumped, steps: int) -> tuple[int, int]:
    """The least and the highest price of so many steps at which a volume costs what it did, before and after."""
    ends = [
        (
            -((-(2 * cents - 1) * steps) // (2 * line.volume)) + off,
            ((2 * cents + 1) * steps - 1) // (2 * line.volume) + off,
        )
        for cents, off in ((line.before, 0), (line.after, line.off))
    ]
    return max(low for low, _ in ends), min(high for _, high in ends)


def taken_at(rate: int, cents: int) -> int:
    """So many millionths of an amount, rounded half up."""
    return (cents * rate + 500_000) // 1_000_000


def rates_of(before: int, after: int) -> tuple[int, int]:
    """The least and the highest share in millionths that takes one amount to the other."""
    if not before:
        return 0, 0
    off = before - after
    low = max(0, -((500_000 - off * 1_000_000) // before))
    high = min(1_000_000, (off * 1_000_000 + 499_999) // before)
    return low, high

"""The best combination: branch and bound over sets of promotions and numbers of applications.

A branch is cut only where every combination in it costs more than the best one found. So what is found is the best
there is, ties included, unless NODES_MAX ends the search; then it is said how much could still be gained.

The bound: nothing takes more off than it would take off list prices, and a percentage of all goods takes no more than
that of what earlier layers leave, which is most when nothing else applies. So the least that a total can be follows
from sums, layer by layer, without computing any combination.
"""

from collections.abc import Sequence

from mainstem.domains.pricing.engine.combination import Combination, Key, Pick, gifts_of
from mainstem.domains.pricing.engine.conflicts import conflicts_of
from mainstem.domains.pricing.engine.cutting import MILLION, Pairs
from mainstem.domains.pricing.engine.layering import Given, take
from mainstem.domains.pricing.engine.offers import Offer
from mainstem.domains.pricing.engine.rows import Rows, rows_in
from mainstem.domains.pricing.engine.terms import Term

NODES_MAX = 2_000
"""How many branches are looked at."""

DEPTH_MAX = 200
"""How many promotions in doubt are searched over; with more, the first combination found is the answer."""

TIMES_MAX = 200
"""How many numbers of applications of one promotion are tried, from the most down."""


class Search:
    """One search for one basket. Offers are in the order of their codes."""

    def __init__(self, rows: Rows, terms: Sequence[Term], offers: Sequence[Offer]) -> None:
        self.rows = rows
        self.terms = terms
        self.offers = offers
        self.conflicts = conflicts_of(terms, offers)
        self.floorless = [term.below_floor for term in terms]
        layers = sorted({term.layer for term in terms})
        places = {layer: place for place, layer in enumerate(layers)}
        self.place = [places[term.layer] for term in terms]
        self.layers: list[list[int]] = [[] for _ in layers]
        for j, place in enumerate(self.place):
            self.layers[place].append(j)
        self.least = 0 if True in self.floorless else sum(rows.floors)
        shares = {term.group for term, offer in zip(terms, offers, strict=True) if term.group and offer.rate}
        self.mixed = shares and {
            term.group for term, offer in zip(terms, offers, strict=True) if not offer.rate and term.group in shares
        }
        self.picked: dict[int, Pick] = {}
        self.flat = [0] * len(layers)
        self.rate = [0] * len(layers)
        self.rates = [0] * len(layers)
        self.delivery = 0
        self.order: list[int] = []
        self.best: Combination | None = None
        self.first: dict[int, Pick] = {}
        self.nodes = 0
        self.lowest = 0
        self.cut_short = False
        self.crowded: bool | None = None

    def run(self) -> tuple[Combination, int]:
        """The best combination, and how much less another one might cost: 0 when none can."""
        offers, conflicts = self.offers, self.conflicts
        claimers: list[int] = []
        others: list[int] = []
        for j, offer in enumerate(offers):
            if not (offer.most or offer.mask or conflicts[j]):
                # Points, and gifts that are not in the basket: nothing speaks against them.
                self.picked[j] = (offer.parts, offer.raw, 1)
            else:
                (others if offer.claimer is None else claimers).append(j)
        others = self._deliver(others)
        claimers.sort(key=lambda j: -self.terms[j].priority)
        others.sort(key=lambda j: -offers[j].most)
        self.order = claimers + others
        self._first()
        blocked = self._fix()
        assert self.best is not None
        if len(self.order) > DEPTH_MAX:
            self.cut_short = True
        elif self.order:
            self._descend(0, self.rows.items, blocked)
        return self.best, max(0, self.best.key[0] - self.lowest) if self.cut_short else 0

    def _deliver(self, others: list[int]) -> list[int]:
        """Decide promotions of the delivery, where none of them is against another one: they touch nothing else."""
        offers, there = self.offers, self.rows.amounts[-1]
        free = [j for j in others if offers[j].most and not offers[j].mask]
        if not free or any([self.conflicts[j] for j in free]):  # noqa: C419 - a list is faster here
            return others
        all_of_it = [j for j in free if offers[j].most == there]
        if len(free) == 1 or sum([offers[j].most for j in free]) <= there:
            apply = free
        elif all_of_it and not any([self.terms[j].priority for j in free]):  # noqa: C419 - a list is faster here
            apply = all_of_it[:1]
        else:
            alone = Search(self.rows, [self.terms[j] for j in free], [self.offers[j] for j in free])
            alone.order = list(range(len(free)))
            alone._first()
            alone._fix()
            alone._descend(0, self.rows.items, 0)
            assert alone.best is not None
            self.cut_short = alone.cut_short
            apply = [free[k] for k in alone.best.picked]
        for j in apply:
            self.picked[j] = (self.offers[j].parts, self.offers[j].raw, 1)
            self._weigh(j, self.offers[j].most, 1)
        return [j for j in others if j not in free]

    def _first(self) -> None:
        """A first combination: every promotion, in the order of the search, that goes with those before it."""
        left: Sequence[int] = self.rows.items
        blocked = 0
        for j in self.order:
            if blocked >> j & 1:
                continue
            offer = self.offers[j]
            if offer.claimer is None:
                self.picked[j] = (offer.parts, offer.raw, 1)
            else:
                times = offer.claimer.times(left)
                found = self._claimed(j, left, times) if times else None
                if found is None:
                    continue
                self.picked[j], left = found[0], found[2]
            blocked |= self.conflicts[j]
        self.first = dict(self.picked)
        self._leaf()
        for j in self.order:
            self.picked.pop(j, None)
        if self.best is None:
            self._leaf()

    def _fix(self) -> int:
        """Decide what cannot be otherwise: promotions without which, or with less of which, every combination costs
        more than the first one. Returns the promotions that this excludes.
        """
        assert self.best is not None
        best, first, blocked = self.best.key[0], self.best.picked, 0
        fixed: list[int] = []
        open_: list[int] = []
        flat, rate, rates, delivery = self._sums(0, 0)
        self.lowest = self._least(flat, rate, rates, delivery)
        for j in self.order:
            offer, place = self.offers[j], self.place[j]
            if j not in first:
                without = 0
            elif offer.claimer is not None:
                less = self._less(j)
                flat[place] -= offer.most - less
                without = self._least(flat, rate, rates, delivery)
                flat[place] += offer.most - less
            elif self.terms[j].group:
                without = self._least(*self._sums(0, 1 << j))
            elif offer.rate:
                rate[place] -= offer.rate
                without = self._least(flat, rate, rates, delivery)
                rate[place] += offer.rate
            elif offer.mask:
                flat[place] -= offer.most
                without = self._least(flat, rate, rates, delivery)
                flat[place] += offer.most
            else:
                without = self._least(flat, rate, rates, delivery - offer.most)
            if without > best:
                blocked |= self.conflicts[j]
                fixed.append(j)
            else:
                open_.append(j)
        self.order = [j for j in open_ if not blocked >> j & 1]
        for j in fixed:
            self.picked[j] = first[j]
            self._weigh(j, self.offers[j].most, 1)
        return blocked

    def _less(self, j: int) -> int:
        """The most that a claimer can take off when it applies less often than it could, if no other one can be in its
        way; else all that it can.
        """
        offer, group = self.offers[j], self.terms[j].group
        claimer = offer.claimer
        assert claimer is not None
        others = [i for i in self.order if i != j and self.offers[i].claimer is not None]
        if group or not claimer.steady or any(self.offers[i].mask & offer.mask for i in others):
            return offer.most
        times = claimer.times(self.rows.items)
        found = self._claimed(j, self.rows.items, times - 1) if times > 1 else None
        return found[1] if found else 0

    def _descend(self, i: int, left: Sequence[int], blocked: int, *, hopeful: bool = False) -> bool:
        """Look at every combination that goes on from here. False when none of them can be the best. `hopeful`: the
        bound is what it was a moment ago.
        """
        order, n = self.order, len(self.order)
        while i < n and blocked >> order[i] & 1:
            i += 1
        if not hopeful and self._hopeless(i, blocked):
            return False
        self.nodes += 1
        if self.nodes > NODES_MAX:
            self.cut_short = True
            return False
        if i == n:
            if self.picked != self.first:
                self._leaf()
            return True
        j = order[i]
        offer, beside = self.offers[j], blocked | self.conflicts[j]
        if offer.claimer is None:
            self._with(i, (offer.parts, offer.raw, 1), offer.most, left, beside, hopeful=beside == blocked)
        else:
            most = offer.claimer.times(left)
            if most > TIMES_MAX:
                self.cut_short = True
            for times in range(most, max(0, most - TIMES_MAX), -1):
                found = self._claimed(j, left, times)
                if found and not self._with(i, found[0], found[1], found[2], beside) and offer.claimer.steady:
                    break
        self._descend(i + 1, left, blocked)
        return True

    def _with(self, i: int, pick: Pick, most: int, left: Sequence[int], blocked: int, *, hopeful: bool = False) -> bool:
        j = self.order[i]
        self.picked[j] = pick
        self._weigh(j, most, 1)
        going_on = self._descend(i + 1, left, blocked, hopeful=hopeful)
        self._weigh(j, most, -1)
        del self.picked[j]
        return going_on

    def _claimed(self, j: int, left: Sequence[int], times: int) -> tuple[Pick, int, Sequence[int]] | None:
        """What a claimer cuts when it applies so often, what that takes off list prices, and the items left; None
        when it gives nothing, or more than its budget.
        """
        offer, rows = self.offers[j], self.rows
        assert offer.claimer is not None
        parts, after = offer.claimer.claim(left, times)
        raw = offer.cut(rows, rows.amounts, parts, times)
        amount = sum([taken for _, taken in raw])
        if (not amount and gifts_of(offer, parts) <= 0) or (offer.budget is not None and amount > offer.budget):
            return None
        return (parts, raw, times), amount, after

    def _weigh(self, j: int, most: int, sign: int) -> None:
        """Add to the sums of the bound what an offer may take off, or take it out again."""
        offer, place = self.offers[j], self.place[j]
        if offer.rate:
            self.rate[place] += sign * offer.rate
            self.rates[place] += sign
        elif offer.mask:
            self.flat[place] += sign * most
        else:
            self.delivery += sign * most

    def _hopeless(self, i: int, blocked: int) -> bool:
        """Whether every combination that goes on from here with what is left to decide costs more than the best one."""
        assert self.best is not None
        best = self.best.key[0]
        flat, rate, rates, delivery = self._sums(i, blocked)
        if self._least(flat, rate, rates, delivery) > best:
            return True
        if not self._crowded():
            return False
        self._within_room(i, blocked, flat)
        return self._least(flat, rate, rates, delivery) > best

    def _crowded(self) -> bool:
        """Whether promotions together could take more off a row than it may lose."""
        if self.crowded is None:
            rows = self.rows
            room = [amount - floor for amount, floor in zip(rows.amounts, rows.floors, strict=True)]
            for offer in self.offers:
                for row, amount in offer.raw or ():
                    room[row] -= amount
                if offer.claimer is not None:
                    for row in rows_in(offer.mask):
                        room[row] -= offer.most
            self.crowded = min(room) < 0
        return self.crowded

    def _within_room(self, i: int, blocked: int, flat: list[int]) -> None:
        """Lower the sums of layers to what rows can lose at all: what is above that by row cannot be taken off."""
        rows, offers = self.rows, self.offers
        low = self.floorless
        by_layer: list[list[int] | None] = [None] * len(flat)
        # Of a group only one counts, and what claimers take off which row is not known before they do.
        some = [
            j for j in self.order[i:] if not blocked >> j & 1 and offers[j].claimer is None and not self.terms[j].group
        ]
        for pairs, j in [(pick[1], j) for j, pick in self.picked.items()] + [(offers[j].raw, j) for j in some]:
            if pairs and offers[j].mask:
                sums = by_layer[self.place[j]]
                if sums is None:
                    sums = by_layer[self.place[j]] = [0] * len(rows.amounts)
                for row, amount in pairs:
                    sums[row] += amount
        floors = [0] * len(rows.floors) if True in low else rows.floors
        for place, sums in enumerate(by_layer):
            if sums is not None:
                for amount, there, floor in zip(sums, rows.amounts, floors, strict=True):
                    if amount > there - floor:
                        flat[place] -= amount - there + floor

    def _sums(self, i: int, blocked: int) -> tuple[list[int], list[int], list[int], int]:
        """What all that is decided, and all from the i-th on, may take off by layer: amounts, millionths of all goods,
        how many of those; and off the delivery.
        """
        flat, rate, rates, delivery = self.flat[:], self.rate[:], self.rates[:], self.delivery
        groups: dict[tuple[str, int, bool], int] = {}
        for j in self.order[i:]:
            if blocked >> j & 1:
                continue
            offer, place, group = self.offers[j], self.place[j], self.terms[j].group
            share = offer.rate
            worth = share or offer.most
            if group:
                # Only one of a group applies: the most that one gives. Amounts and shares compare by list prices.
                if share and group in self.mixed:
                    share, worth = 0, offer.most
                key = (group, place if offer.mask else -1, share > 0)
                before = groups.get(key, 0)
                if worth <= before:
                    continue
                groups[key] = worth
                worth -= before
            if share:
                rate[place] += worth
                rates[place] += 1
            elif offer.mask:
                flat[place] += worth
            else:
                delivery += worth
        return flat, rate, rates, delivery

    def _least(self, flat: list[int], rate: list[int], rates: list[int], delivery: int) -> int:
        left = self.rows.goods_minor
        for off, share, count in zip(flat, rate, rates, strict=True):
            if share >= MILLION:
                left = 0
            elif share:
                left = (left * (MILLION - share) - count * 500_000) // MILLION
            left -= off
            if left <= 0:
                left = 0
                break
        return max(left, self.least) + max(0, self.rows.amounts[-1] - delivery)

    def _leaf(self) -> None:
        """Compute a combination; the best one is kept. Promotions that come out giving nothing are left out."""
        rows, offers, picked = self.rows, self.offers, self.picked
        base = rows.amounts
        given: dict[int, Pairs] = {}
        for layer in self.layers:
            cuts: Given = []
            for j in layer:
                pick = picked.get(j)
                if pick is not None:
                    parts, raw, times = pick
                    if raw is None or base is not rows.amounts:
                        raw = offers[j].cut(rows, base, parts, times)
                    cuts.append((j, raw))
            if cuts:
                base, cuts = take(rows, base, cuts, self.floorless)
                given.update(cuts)
        total = sum(base)
        if self.best is not None and total > self.best.key[0]:
            return
        idle = [j for j, pairs in given.items() if not pairs and not self._gives(j)]
        if idle:
            if any(offers[j].claimer for j in idle):
                return
            self.picked = {j: pick for j, pick in picked.items() if j not in idle}
            self._leaf()
            self.picked = picked
            return
        key = self._key(total)
        if self.best is None or key < self.best.key:
            self.best = Combination(key, given, base, dict(picked))

    def _gives(self, j: int) -> bool:
        """Whether an offer gives something even when it takes nothing off."""
        offer = self.offers[j]
        return offer.points > 0 or gifts_of(offer, self.picked[j][0]) > 0

    def _key(self, total: int) -> Key:
        points = gifts = priority = 0
        for j, (parts, _, _) in self.picked.items():
            offer = self.offers[j]
            points += offer.points
            gifts += gifts_of(offer, parts)
            priority += self.terms[j].priority
        chosen = tuple(sorted(self.picked))
        often = tuple([self.picked[j][2] for j in chosen])
        return total, -points, -gifts, -priority, len(chosen), chosen, often

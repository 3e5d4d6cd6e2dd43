"""One slice through the quote function: read, compiled, quoted basket by basket, counted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from mainstem.analytics.twin.contracts import CHANGED, UNLIKE_TOLD, UNPROVEN, Draft, Sums
from mainstem.analytics.twin.pricing_drafts import PriceChanges
from mainstem.analytics.twin.span import World, read_lines, read_promotions
from mainstem.analytics.twin.tallying import Tally
from mainstem.domains import pricing
from mainstem.kernel.money import price_times

BURN_PROMOTIONS_MAX = 500
"""With more promotions than this their days are told by family."""

CONFLICTS_MEASURED = 50
"""Baskets of a slice in which it is tried what a pair of promotions in conflict costs."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Line = tuple[int, int, int, int, int, int, int, int, int, int, int, str, int]
_PAIR = pricing.form.Stacking


def family_of(code: str) -> str:
    """Promotions whose codes begin alike up to a colon are one family."""
    return code.partition(":")[0]


class Slice:
    """Quotes the baskets of slices under one draft; a process keeps one for all slices that it is given."""

    def __init__(self, world: World, draft: Draft) -> None:
        self.world = world
        self.draft = draft
        self._zones = [ZoneInfo(node.time_zone) for node in world.nodes]
        self._changes = PriceChanges(world, draft.prices)
        self._own = pricing.engine.compile_book(draft.promotions)
        self._loosened: dict[tuple[str, ...], pricing.engine.Book] = {}
        self._stocked = None if world.stock is None else {(node, goods) for node, goods, _ in world.stock}

    def replay(self, path: Path) -> Tally:
        """The tally of a slice."""
        ran = read_promotions(path) if self.draft.as_ran else ()
        book = pricing.engine.compile_book((*ran, *self.draft.promotions)) if ran else self._own
        tally = Tally()
        told = len(book.terms) <= BURN_PROMOTIONS_MAX
        for basket, lines in self._baskets(path):
            quoted = pricing.engine.quote(basket, book)
            day = basket.local.date().isoformat()
            self._count(tally, lines, quoted, day)
            burn = tally.burn.get(day)
            if burn is None:
                burn = tally.burn.setdefault(day, type(tally.given)())
            for one in quoted.applied:
                tally.uses[one.code] += 1
                tally.given[one.code] += one.amount_minor
                burn[one.code if told else family_of(one.code)] += one.amount_minor
            if quoted.bound_minor:
                tally.unproven += 1
            for refused in quoted.not_applied:
                if refused.reason == "excluded":
                    for by in refused.by:
                        self._conflict(tally, basket, book, quoted, (refused.code, by))
        return tally

    def _baskets(self, path: Path) -> Iterator[tuple[pricing.quoting.Basket, list[_Line]]]:
        """Baskets as the engine reads them, each with its lines as they were."""
        goods, channels, nodes = self.world.goods, self.world.channels, self.world.nodes
        priced, changes = pricing.quoting.Priced, self._changes
        anybody = pricing.quoting.Customer()
        for _, group in groupby(zip(*read_lines(path), strict=True), itemgetter(0)):
            lines = list(group)
            _, micros, channel, node, _, customer, *_ = lines[0]
            moment = _EPOCH + timedelta(microseconds=micros)
            if changes.any:
                lines = [changes.applied(line) for line in lines]
            yield (
                pricing.quoting.Basket(
                    moment,
                    moment.astimezone(self._zones[node]),
                    channels[channel].code,
                    channels[channel].kind,
                    self.world.currency,
                    tuple([priced(i, goods[line[4]], line[6], line[7], line[8]) for i, line in enumerate(lines)]),
                    nodes[node].code,
                    nodes[node].region,
                    anybody if customer < 0 else pricing.quoting.Customer(customer, member=True),
                    coupons={line[11]: line[11] for line in lines if line[11]},
                ),
                lines,
            )

    def _count(self, tally: Tally, lines: list[_Line], quoted: pricing.quoting.Quoted, day: str) -> None:
        elasticity, share = self.draft.elasticity, self.draft.cost_share
        here = Sums(baskets=1, lines=len(lines))
        difference = 0
        for line, answer in zip(lines, quoted.lines, strict=True):
            charged, amount = line[10], answer.amount_minor
            here.list_minor += answer.list_minor
            here.charged_minor += charged
            here.quoted_minor += amount
            if amount == charged:
                tally.reproduced += 1
            else:
                difference += amount - charged
                reason = line[12] or (UNPROVEN if quoted.bound_minor else CHANGED)
                tally.reasons[reason] += 1
                if self.draft.as_ran and len(tally.unlike) < UNLIKE_TOLD:
                    tally.unlike.append((line[0], line[4], line[3], line[6], charged, amount, reason))
            cost = answer.list_minor * share if line[9] < 0 else price_times(line[9], line[6], line[7])
            here.charged_margin_minor += charged - cost
            times = 1.0
            if elasticity is not None and amount != charged and charged > 0:
                times = (max(amount, 1) / charged) ** elasticity
            here.expected_minor += amount * times
            here.margin_minor += (amount - cost) * times
            if self._stocked is not None and (line[3], line[4]) in self._stocked:
                tally.wanted.setdefault((line[3], line[4]), []).append((day, line[6] * times))
        tally.total.add(here)
        tally.channels.setdefault(lines[0][2], Sums()).add(here)
        tally.nodes.setdefault(lines[0][3], Sums()).add(here)
        tally.days.setdefault(day, Sums()).add(here)
        if lines[0][5] >= 0:
            tally.customers[lines[0][5]] += difference

    def _conflict(
        self,
        tally: Tally,
        basket: pricing.quoting.Basket,
        book: pricing.engine.Book,
        quoted: pricing.quoting.Quoted,
        pair: tuple[str, str],
    ) -> None:
        """Count a promotion that another one excluded; now and then quote without the rule between the two."""
        tally.conflicts[pair] += 1
        if tally.measured[pair] >= CONFLICTS_MEASURED:
            return
        candidates = book.candidates(basket)
        key = (*pair, *(one.code for one in candidates))
        loosened = self._loosened.get(key)
        if loosened is None:
            loosened = self._loosened[key] = pricing.engine.compile_book(
                [_apart(one) if one.code in pair else one for one in candidates]
            )
        tally.measured[pair] += 1
        tally.conflict_cost[pair] += max(0, quoted.total_minor - pricing.engine.quote(basket, loosened).total_minor)


def _apart(promotion: pricing.form.Promotion) -> pricing.form.Promotion:
    """A promotion without rules on what it goes together with; its layer and priority stay."""
    stacking = promotion.stacking
    return msgspec.structs.replace(promotion, stacking=_PAIR(layer=stacking.layer, priority=stacking.priority))

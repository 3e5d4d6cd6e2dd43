"""The answer: what a tally says, by names, the most telling first."""

from collections import Counter

from mainstem.analytics.twin.contracts import (
    CHANGED,
    CONFLICTS_TOLD,
    CUSTOMERS_TOLD,
    PROMOTIONS_TOLD,
    RUN_OUTS_TOLD,
    UNPROVEN,
    Conflict,
    CustomerEffect,
    Draft,
    PromotionEffect,
    RunOut,
    TwinResult,
    Unlike,
)
from mainstem.analytics.twin.replaying import family_of
from mainstem.analytics.twin.span import World
from mainstem.analytics.twin.tallying import Tally


def told(world: World, draft: Draft, tally: Tally, seconds: float) -> TwinResult:
    """The answer of a whole replay."""
    names = {CHANGED: "changed", UNPROVEN: "best_not_proven"}
    names |= {number: code for number, code in enumerate(world.reasons) if number}
    reasons = {names[number]: count for number, count in sorted(tally.reasons.items())}
    order = sorted(tally.customers.items(), key=lambda one: (one[1], one[0]))
    gained = [one for one in order if one[1] < 0]
    harmed = [one for one in order[::-1] if one[1] > 0]
    uses: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for code, count in tally.uses.items():
        uses[family_of(code)] += count
        given[family_of(code)] += tally.given[code]
    return TwinResult(
        source=world.source,
        behaviour="none" if draft.elasticity is None else f"constant elasticity {draft.elasticity:g}",
        cost=f"where unknown, {draft.cost_share:.0%} of the list price",
        currency=world.currency,
        total=tally.total,
        reproduced_lines=tally.reproduced,
        reasons=reasons,
        unlike=[
            Unlike(
                basket,
                world.goods[goods].sku,
                world.nodes[node].code,
                quantity,
                charged,
                quoted,
                names[reason],
            )
            for basket, goods, node, quantity, charged, quoted, reason in sorted(tally.unlike)
        ],
        unproven_baskets=tally.unproven,
        channels={world.channels[i].code: sums for i, sums in sorted(tally.channels.items())},
        nodes={world.nodes[i].code: sums for i, sums in sorted(tally.nodes.items())},
        days=dict(sorted(tally.days.items())),
        budgets_gone=_budgets_gone(draft, tally),
        families=_effects(uses, given),
        promotions=_effects(tally.uses, tally.given),
        burn_minor={day: dict(sorted(by_code.items())) for day, by_code in sorted(tally.burn.items()) if by_code},
        conflicts=_conflicts(tally),
        customers_gained=len(gained),
        customers_harmed=len(harmed),
        customers_same=len(order) - len(gained) - len(harmed),
        gained_minor=-sum(difference for _, difference in gained),
        harmed_minor=sum(difference for _, difference in harmed),
        most_gained=[CustomerEffect(*one) for one in gained[:CUSTOMERS_TOLD]],
        most_harmed=[CustomerEffect(*one) for one in harmed[:CUSTOMERS_TOLD]],
        run_outs=_run_outs(world, tally),
        run_outs_known=world.stock is not None,
        seconds=round(seconds, 3),
    )


def _budgets_gone(draft: Draft, tally: Tally) -> dict[str, str]:
    """The day on which what a promotion gave first came to its budget, by code."""
    gone: dict[str, str] = {}
    for promotion in draft.promotions:
        budget, spent = promotion.limits.budget_minor, 0
        for day, by_code in sorted(tally.burn.items()):
            spent += by_code[promotion.code]
            if budget is not None and spent >= budget:
                gone.setdefault(promotion.code, day)
    return gone


def _effects(uses: Counter[str], given: Counter[str]) -> list[PromotionEffect]:
    codes = sorted(uses, key=lambda code: (-given[code], code))[:PROMOTIONS_TOLD]
    return [PromotionEffect(code, uses[code], given[code]) for code in codes]


def _conflicts(tally: Tally) -> list[Conflict]:
    pairs = sorted(tally.conflicts, key=lambda pair: (-tally.conflict_cost[pair], -tally.conflicts[pair], pair))
    return [
        Conflict(*pair, tally.conflicts[pair], tally.measured[pair], tally.conflict_cost[pair])
        for pair in pairs[:CONFLICTS_TOLD]
    ]


def _run_outs(world: World, tally: Tally) -> list[RunOut]:
    found: list[RunOut] = []
    for node, goods, available in world.stock or ():
        wanted, since = 0.0, ""
        for day, quantity in sorted(tally.wanted.get((node, goods), ())):
            wanted += quantity
            if wanted > available and not since:
                since = day
        if since:
            found.append(RunOut(world.nodes[node].code, world.goods[goods].sku, available, round(wanted, 3), since))
    found.sort(key=lambda one: (one.available - one.wanted, one.node, one.sku))
    return found[:RUN_OUTS_TOLD]

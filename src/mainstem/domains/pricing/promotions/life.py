"""The life of a promotion, and what one person may decide alone. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from mainstem.domains.pricing.promotions import form as f
from mainstem.domains.pricing.promotions.contracts import BUDGET_MINOR_MAX, PERCENT_MAX, State, Verb

TRANSITIONS: dict[Verb, tuple[tuple[State, ...], State]] = {
    "saved": (("draft", "approved", "paused"), "draft"),
    "approved": (("draft",), "approved"),
    "started": (("draft", "approved", "paused"), "live"),
    "paused": (("live",), "paused"),
    "ended": (("draft", "approved", "live", "paused"), "ended"),
}
"""From which states a verb leads where."""

Why = Literal["", "percent", "budget", "open_ended", "below_floor"]
"""Why somebody else must approve: a percentage or budget above the rule; a reward that is no percentage and has no
budget; a price that may fall below its floor."""


class Rule(msgspec.Struct, frozen=True):
    """What needs no second person: percentages and budgets up to these."""

    percent_max: int = PERCENT_MAX
    budget_minor_max: int = BUDGET_MINOR_MAX


def rule_for(form: f.Promotion, rules: Mapping[str, Rule]) -> Rule:
    """The rule of a promotion's currency, else the one for all others."""
    return rules.get(form.currency or "") or rules.get("") or Rule()


def approval(form: f.Promotion, rule: Rule) -> Why:
    """Why a second person must approve a promotion; "" when nobody must."""
    if form.below_floor:
        return "below_floor"
    budget = form.limits.budget_minor
    if budget is not None and budget > rule.budget_minor_max:
        return "budget"
    percents = list(_percents(form.reward))
    if any(percent is not None and percent > rule.percent_max for percent in percents):
        return "percent"
    if None in percents and (budget is None or isinstance(form.reward, f.Points)):
        return "open_ended"
    return ""


def _percents(reward: f.Reward) -> Iterator[Decimal | None]:
    """The percentages off that a reward gives; None for what is none."""
    if isinstance(reward, f.Percent):
        yield reward.percent
    elif isinstance(reward, f.NthItem | f.BuyGet | f.Bundle):
        yield reward.cut.percent
    elif isinstance(reward, f.Tiers):
        for step in reward.steps:
            yield step.cut.percent
    else:
        yield None

"""What a rule proposes for a SKU: pure, from what was looked up."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from mainstem.domains.catalog import Attributed
from mainstem.domains.pricing.markdown.bounds import Guarded, bound, changed_by
from mainstem.domains.pricing.markdown.contracts import Skip
from mainstem.domains.pricing.markdown.form import Competitor, MarkdownRule, Why
from mainstem.domains.pricing.markdown.triggers import DAY, Due, Seen, due
from mainstem.domains.pricing.promotions.form import Selector

DERIVED = "markdown:"
"""How the `derived` of a price begins that a rule has set; the rule's code follows."""

MILLION = 1_000_000


class Own(msgspec.Struct, frozen=True, gc=False):
    """A price that the rule's list has for a SKU, or will have."""

    start: datetime
    end: datetime | None
    amount_minor: int | None
    derived: str


class Subject(msgspec.Struct, frozen=True, gc=False):
    """A SKU as a rule sees it: what is asked now with the list and without it, and 24 hours ago; its own prices."""

    variant: int
    sku: str
    seen: Seen
    now_minor: int | None
    reference_minor: int | None
    guarded: Guarded
    own: tuple[Own, ...] = ()

    def own_at(self, moment: datetime) -> Own | None:
        """The price of the list at a moment."""
        held = (one for one in self.own if one.start <= moment and (one.end is None or moment < one.end))
        return next((one for one in held if one.amount_minor is not None), None)


class Line(msgspec.Struct, frozen=True, gc=False):
    """A price change: what the list says for a SKU before and after. `valid_from` None: when the batch is in force."""

    variant: int
    sku: str
    before_minor: int | None
    reference_minor: int | None
    amount_minor: int | None
    valid_from: datetime | None
    valid_until: datetime | None
    why: Why
    change_millionths: int


def propose(
    rule: MarkdownRule, subject: Subject, now: datetime, zone: str, outranked: Callable[[str], bool]
) -> list[Line] | Skip:
    """The price changes of a SKU, or why there are none. `outranked` says whether another rule decides before it."""
    own = subject.own_at(now)
    if own is not None and own.derived != f"{DERIVED}{rule.code}":
        if not own.derived.startswith(DERIVED):
            return "by_hand"
        if outranked(own.derived.removeprefix(DERIVED)):
            return "other_rule"
    if subject.reference_minor is None or subject.now_minor is None:
        return "no_price"
    wanted = due(rule.trigger, subject.seen, now, zone)
    ours = own is not None and own.derived == f"{DERIVED}{rule.code}"
    if not wanted:
        return [_taken_back(rule, subject, own)] if own is not None and ours and own.end is None else "not_due"
    lines: list[Line] = []
    skipped: Skip = "no_change"
    for one in wanted:
        found = _line(rule, subject, one, now, lines)
        if isinstance(found, Line):
            lines.append(found)
        elif found is not None:
            skipped = found
    if lines:
        return lines
    if skipped in ("bounds", "no_cost") and own is not None and ours and own.end is None:
        return [_taken_back(rule, subject, own)]
    return skipped


def _line(rule: MarkdownRule, subject: Subject, one: Due, now: datetime, earlier: list[Line]) -> Line | Skip | None:
    """A change, why there is none, or None where it is so already."""
    reference, bounds = subject.reference_minor, rule.bounds
    assert reference is not None
    assert subject.now_minor is not None
    start = now if one.start is None else max(one.start, now)
    wanted = changed_by(reference if one.base_minor is None else one.base_minor, one.percent)
    if isinstance(rule.trigger, Competitor):
        wanted = max(0, wanted + rule.trigger.plus_minor)
    if bounds.margin_percent_min is not None and subject.guarded.cost_minor is None:
        return "no_cost"
    before = _before(subject, start, now, earlier)
    found = bound(wanted, bounds, msgspec.structs.replace(subject.guarded, day_before_minor=before))
    if found is None:
        return "bounds"
    cheaper = wanted < reference
    if (cheaper and found.amount_minor >= reference) or (not cheaper and not _may_raise(rule, one)):
        return "bounds"
    own = subject.own_at(start)
    if own is not None and _is_so(own, found.amount_minor, one, now) and own.derived == f"{DERIVED}{rule.code}":
        return None
    asked = own.amount_minor if own is not None and own.amount_minor is not None else subject.now_minor
    if abs(found.amount_minor - asked) < bounds.change_minor_min:
        return None
    why = Why(rule.code, _kind(rule), one.saw, one.percent, found.by)
    return Line(
        subject.variant,
        subject.sku,
        None if own is None else own.amount_minor,
        reference,
        found.amount_minor,
        None if one.start is None or one.start <= now else one.start,
        one.end,
        why,
        change(asked, found.amount_minor),
    )


def _may_raise(rule: MarkdownRule, one: Due) -> bool:
    return rule.trigger.raise_too if isinstance(rule.trigger, Competitor) else one.percent > 0


def _before(subject: Subject, start: datetime, now: datetime, earlier: list[Line]) -> int | None:
    """What is asked 24 hours before a change begins: of one that lies ahead, what is in force by then."""
    at = day_ago(start)
    if at < now:
        return subject.guarded.day_before_minor
    passed = [one for one in earlier if (one.valid_from or now) <= at]
    if passed:
        return passed[-1].amount_minor
    own = subject.own_at(at)
    return subject.now_minor if own is None else own.amount_minor


def _is_so(own: Own, amount_minor: int, one: Due, now: datetime) -> bool:
    """Whether the list says so already, for the whole time."""
    end = own.end or datetime.max.replace(tzinfo=now.tzinfo)
    return own.amount_minor == amount_minor and (own.end is None or (one.end is not None and one.end <= end))


def _taken_back(rule: MarkdownRule, subject: Subject, own: Own) -> Line:
    reference = subject.reference_minor or 0
    changed = change(own.amount_minor or 0, reference)
    why = Why(rule.code, _kind(rule))
    return Line(subject.variant, subject.sku, own.amount_minor, subject.reference_minor, None, None, None, why, changed)


def change(before_minor: int, after_minor: int) -> int:
    """How large a change is, in millionths of what was before; of nothing, a million."""
    if before_minor == after_minor:
        return 0
    return abs(after_minor - before_minor) * MILLION // before_minor if before_minor else MILLION


def _kind(rule: MarkdownRule) -> str:
    return str(msgspec.inspect.type_info(type(rule.trigger)).tag)  # type: ignore[attr-defined]


def selects(selector: Selector, goods: Attributed, price_minor: int | None) -> bool:
    """Whether a selector selects a SKU at a price; named lists of SKUs select nothing here."""
    least, most = selector.price_minor_min, selector.price_minor_max
    if (least, most) != (None, None) and price_minor is None:
        return False
    price = price_minor or 0
    return (
        (not selector.skus or goods.sku in selector.skus)
        and (not selector.products or goods.product in selector.products)
        and (not selector.brands or goods.brand in selector.brands)
        and (not selector.categories or any(_within(goods.category, path) for path in selector.categories))
        and not selector.lists
        and _has(goods.attributes, selector.attributes)
        and (least is None or price >= least)
        and (most is None or price <= most)
        and not (selector.exclude is not None and selects(selector.exclude, goods, price_minor))
    )


def _within(category: str, path: str) -> bool:
    return category == path or category.startswith(f"{path}/")


def _has(attributes: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]]) -> bool:
    return all(attributes.get(name) in values for name, values in wanted.items())


def day_ago(now: datetime) -> datetime:
    """The moment that changes of a day are measured against."""
    return now - DAY

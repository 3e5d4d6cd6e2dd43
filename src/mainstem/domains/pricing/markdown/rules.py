"""Rules that propose prices: what one may say, and keeping them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from mainstem.domains.catalog import REVISION_CONFLICT
from mainstem.domains.pricing.lists import reading
from mainstem.domains.pricing.lists.contracts import UNKNOWN_LIST
from mainstem.domains.pricing.lists.store import KeptList, lists_by_code
from mainstem.domains.pricing.markdown import contracts as c
from mainstem.domains.pricing.markdown import store
from mainstem.domains.pricing.markdown.form import (
    Bounds,
    Competitor,
    Expiry,
    MarkdownRule,
    Planned,
    StockAge,
    StockCover,
    TimeOfDay,
)
from mainstem.domains.pricing.markdown.store import KeptRule
from mainstem.domains.pricing.markdown.triggers import clock
from mainstem.domains.pricing.rules import SHOWN_LENGTH_MAX
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.moments import zone_names
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

STEPS_MAX = 50
DAYS_MAX = 3650
RAISE_MAX = Decimal(1000)
HOURS_MAX = 24 * 90
_PLACES_MAX = -4
_ENDING_LENGTH_MAX = 6
_HUNDRED = Decimal(100)


async def _save(work: Work, calls: Sequence[Call[c.SaveMarkdownRule]]) -> list[c.MarkdownRuleSaved | Refusal]:
    forms = [call.command.rule for call in calls]
    kept, lists = await ask(
        work.connection,
        store.rules([form.code for form in forms]),
        lists_by_code({form.price_list for form in forms}),
    )
    await work.reserve_ids(len(calls))
    answers: list[c.MarkdownRuleSaved | Refusal] = []
    for call in calls:
        form = call.command.rule
        before = kept.get(form.code)
        refusal = _unacceptable(call.command, before, lists)
        if refusal is not None:
            answers.append(refusal)
            continue
        if before is not None and before.form == form:
            answers.append(c.MarkdownRuleSaved(before.id, before.revision, created=False, changed=False))
            continue
        number = work.ids.take() if before is None else before.id
        revision = 1 if before is None else before.revision + 1
        after = KeptRule(number, form.code, form.price_list, form, revision, call.actor, work.now)
        store.save_rule(work, after, lists[form.price_list].id)
        kept[form.code] = after
        tell(work, call, "markdown_rule_saved", number, c.RuleRecorded(revision, form))
        answers.append(c.MarkdownRuleSaved(number, revision, created=before is None, changed=before is not None))
    return answers


def _unacceptable(command: c.SaveMarkdownRule, before: KeptRule | None, lists: dict[str, KeptList]) -> Refusal | None:
    form = command.rule
    price_list = lists.get(form.price_list)
    if price_list is None:
        return refuse(UNKNOWN_LIST, "/rule/price_list", list=form.price_list[:SHOWN_LENGTH_MAX])
    if price_list.kind in ("group", "tier"):
        return refuse(c.LIST_NOT_PUBLIC, "/rule/price_list", list=price_list.code, kind=price_list.kind)
    seen = 0 if before is None else before.revision
    if command.expected_revision not in (msgspec.UNSET, seen):
        expected = int(command.expected_revision)
        shown = {"what": "markdown rule", "id": form.code}
        return refuse(REVISION_CONFLICT, "/expected_revision", **shown, revision=seen, expected=expected)
    if before is not None and before.price_list != form.price_list:
        return refuse(c.RULE_LIST_FIXED, "/rule/price_list", rule=form.code, list=before.price_list)
    return (
        reading.bad_code("/rule/code", form.code)
        or reading.bad_names("/rule/name", form.name)
        or _bad_selector(form)
        or _bad_trigger(form)
        or _bad_bounds(form.bounds)
    )


def _wrong(where: str, detail: str) -> Refusal:
    return refuse(c.BAD_RULE, f"/rule{where}", detail=detail)


def _bad_selector(form: MarkdownRule) -> Refusal | None:
    named = form.of if form.of.exclude is None else form.of.exclude
    if form.of.lists or named.lists:
        return _wrong("/of/lists", "named lists of SKUs cannot be used here")
    return None


def _bad_percent(where: str, percent: Decimal, least: Decimal, most: Decimal) -> Refusal | None:
    exponent = percent.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < _PLACES_MAX or not least <= percent <= most:
        return _wrong(where, f"a percentage here is between {least} and {most}, of at most four places")
    return None


def _bad_trigger(form: MarkdownRule) -> Refusal | None:
    trigger = form.trigger
    if isinstance(trigger, TimeOfDay):
        return _bad_times(trigger)
    if isinstance(trigger, Competitor):
        if not 1 <= trigger.hours_max <= HOURS_MAX:
            return _wrong("/trigger/hours_max", f"hours are between 1 and {HOURS_MAX}")
        return _bad_percent("/trigger/percent", trigger.percent, -_HUNDRED, RAISE_MAX)
    where = "/trigger/steps"
    if not 1 <= len(trigger.steps) <= STEPS_MAX:
        return _wrong(where, f"there must be 1 to {STEPS_MAX} steps")
    points: list[int] | list[datetime]
    if isinstance(trigger, Planned):
        points = [step.at for step in trigger.steps]
        ends = [trigger.end] if trigger.end is not None else []
        if any(reading.bad_span(moment, None) is not None for moment in (*points, *ends)):
            return _wrong(where, "moments are from 2000 to 2099 with an offset from UTC")
        if trigger.end is not None and trigger.end <= max(points):
            return _wrong("/trigger/end", "it ends before its last step")
    else:
        points = [step.days_left for step in trigger.steps] if isinstance(trigger, Expiry) else _days(trigger)
        if not all(0 <= point <= DAYS_MAX for point in points):
            return _wrong(where, f"days are between 0 and {DAYS_MAX}")
    if len(set(points)) < len(points):
        return _wrong(where, "two steps begin at the same point")
    if isinstance(trigger, StockCover) and not 1 <= trigger.window_days <= DAYS_MAX // 10:
        return _wrong("/trigger/window_days", f"days are between 1 and {DAYS_MAX // 10}")
    percents: list[Decimal] = [step.percent for step in trigger.steps]
    found = (_bad_percent(f"{where}/{n}", percent, -_HUNDRED, RAISE_MAX) for n, percent in enumerate(percents))
    return next((one for one in found if one is not None), None)


def _days(trigger: StockAge | StockCover) -> list[int]:
    return [step.from_days for step in trigger.steps]


def _bad_times(trigger: TimeOfDay) -> Refusal | None:
    for where, text in (("from", trigger.start), ("until", trigger.until)):
        try:
            clock(text)
        except ValueError:
            return _wrong(f"/trigger/{where}", "times are HH:MM, up to 24:00")
    if trigger.zone not in zone_names():
        return _wrong("/trigger/zone", "there is no such time zone")
    if not all(1 <= day <= 7 for day in trigger.weekdays):  # noqa: PLR2004 - Sunday
        return _wrong("/trigger/weekdays", "weekdays are 1 (Monday) to 7 (Sunday)")
    return _bad_percent("/trigger/percent", trigger.percent, -_HUNDRED, RAISE_MAX)


def _bad_bounds(bounds: Bounds) -> Refusal | None:
    for where, percent, most in (
        ("percent_max_per_day", bounds.percent_max_per_day, _HUNDRED),
        ("margin_percent_min", bounds.margin_percent_min, Decimal("99.9999")),
        ("approval_above_percent", bounds.approval_above_percent, RAISE_MAX),
    ):
        refusal = None if percent is None else _bad_percent(f"/bounds/{where}", percent, Decimal(0), most)
        if refusal is not None:
            return refusal
    for ending in bounds.endings:
        if not (1 <= len(ending) <= _ENDING_LENGTH_MAX and ending.isascii() and ending.isdigit()):
            return _wrong("/bounds/endings", "an ending is 1 to 6 digits")
    if bounds.change_minor_min < 1:
        return _wrong("/bounds/change_minor_min", "the least change is 1 minor unit or more")
    return None


SAVE_MARKDOWN_RULE: Operation[c.SaveMarkdownRule, c.MarkdownRuleSaved] = Operation(
    "pricing.save_markdown_rule", c.SaveMarkdownRule, c.MarkdownRuleSaved, _save
)

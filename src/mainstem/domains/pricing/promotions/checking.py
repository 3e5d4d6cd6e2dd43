"""What can be wrong with the form of a promotion by itself: pure, with a JSON pointer to the place."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from mainstem.domains.catalog import BAD_CODE, BAD_TEXT, TOO_LONG, UNKNOWN_CURRENCY
from mainstem.domains.pricing.alike import mixes_scripts
from mainstem.domains.pricing.promotions import contracts as c
from mainstem.domains.pricing.promotions import form as f
from mainstem.domains.pricing.promotions.conditions import (
    condition_faults,
    conditions_within,
    contradictions,
    number,
    values,
)
from mainstem.domains.pricing.rules import VALID_BEFORE
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.moments import EARLIEST
from mainstem.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES
from mainstem.kernel.refusals import Refusal, refuse

NAME_LENGTH_MAX, DESCRIPTION_LENGTH_MAX, SHOWN = 100, 2_000, 80
LAYER_MAX, PRIORITY_MAX, PARTS_MAX, STEPS_MAX, TIMES_MAX = 1_000, 1_000_000, 12, 50, 10_000
POINTS_TIMES_MAX, POINTS_PLUS_MAX = 100, 1_000_000

Faults = Iterator[Refusal | None]
_encode = msgspec.json.Encoder().encode


def wrong(form: f.Promotion) -> Refusal | None:
    """The first thing that is wrong with a form, whatever else there is; None when nothing is."""
    return next(filter(None, _faults(form)), None)


def _faults(form: f.Promotion) -> Faults:
    if len(_encode(form)) > c.FORM_BYTES_MAX:
        yield refuse(c.FORM_TOO_LARGE, "", size=len(_encode(form)), limit=c.FORM_BYTES_MAX)
    yield from _head(form)
    yield from _time(form)
    yield from _when(form.when)
    yield from _reward("/reward", form.reward)
    yield from _stacking(form)
    yield from _limits(form)
    yield from _currency(form)


def _head(form: f.Promotion) -> Faults:
    if not is_code(form.code) or "/" in form.code:
        yield refuse(BAD_CODE, "/code", code=form.code[:SHOWN])
    if mixes_scripts(form.code):
        yield refuse(c.CODE_SCRIPTS, "/code", code=form.code)
    name = form.name
    if not name.en.strip() or max(len(name.en), len(name.zh)) > NAME_LENGTH_MAX or "\x00" in name.en + name.zh:
        yield refuse(c.PROMOTION_NAME, "/name", limit=NAME_LENGTH_MAX)
    if len(form.description) > DESCRIPTION_LENGTH_MAX:
        size = len(form.description)
        yield refuse(TOO_LONG, "/description", field="description", size=size, limit=DESCRIPTION_LENGTH_MAX)
    if "\x00" in form.description:
        yield refuse(BAD_TEXT, "/description", field="description")


def _time(form: f.Promotion) -> Faults:
    for name, moment in (("valid_from", form.valid_from), ("valid_until", form.valid_until)):
        if moment is not None and not _clear(moment):
            yield refuse(c.MOMENT_UNCLEAR, f"/{name}", moment=moment.isoformat())
    since, until = form.valid_from, form.valid_until
    if since is not None and until is not None and _clear(since) and _clear(until) and until <= since:
        yield refuse(c.NEVER_VALID, "/valid_until", until=until.isoformat(), since=since.isoformat())


def _clear(moment: datetime) -> bool:
    return moment.tzinfo is not None and EARLIEST <= moment < VALID_BEFORE


def _when(when: Sequence[f.Condition]) -> Faults:
    every = list(conditions_within("/when", when))
    if len(every) > c.CONDITIONS_MAX:
        yield refuse(c.FORM_TOO_LARGE, "/when", size=len(every), limit=c.CONDITIONS_MAX)
    for place, condition, depth in every:
        if depth > c.DEPTH_MAX:
            yield refuse(c.FORM_TOO_DEEP, place, limit=c.DEPTH_MAX)
        yield from condition_faults(place, condition)
        if isinstance(condition, f.Basket):
            yield from selector_faults(f"{place}/of", condition.of)
    yield from contradictions(when)


def selector_faults(place: str, selector: f.Selector, depth: int = 1) -> Faults:
    """What can be wrong with a selector by itself."""
    if depth > c.DEPTH_MAX:
        yield refuse(c.FORM_TOO_DEEP, place, limit=c.DEPTH_MAX)
        return
    for name in ("skus", "products", "categories", "brands", "lists"):
        yield from values(f"{place}/{name}", getattr(selector, name))
    if len(selector.attributes) > c.CONDITIONS_MAX:
        size = len(selector.attributes)
        yield refuse(c.FORM_TOO_LARGE, f"{place}/attributes", size=size, limit=c.CONDITIONS_MAX)
    for name, wanted in selector.attributes.items():
        if not wanted or not name:
            yield refuse(c.SELECTS_NOTHING, f"{place}/attributes")
        yield from values(f"{place}/attributes/{name.replace('~', '~0').replace('/', '~1')}", wanted)
    least, most = selector.price_minor_min, selector.price_minor_max
    for name, bound in (("price_minor_min", least), ("price_minor_max", most)):
        if bound is not None:
            yield number(f"{place}/{name}", bound, 0, AMOUNT_MINOR_MAX)
    if least is not None and most is not None and least > most:
        yield refuse(c.LIMITS_CROSSED, f"{place}/price_minor_min", least=least, most=most)
    if selector.exclude is not None:
        if selector.exclude in (f.ALL_GOODS, msgspec.structs.replace(selector, exclude=None)):
            yield refuse(c.SELECTS_NOTHING, f"{place}/exclude")
        yield from selector_faults(f"{place}/exclude", selector.exclude, depth + 1)


def _reward(place: str, reward: f.Reward) -> Faults:  # noqa: C901, PLR0912 - one branch a kind of reward
    for name in ("of", "buy", "get"):
        if hasattr(reward, name):
            yield from selector_faults(f"{place}/{name}", getattr(reward, name))
    if isinstance(reward, f.Percent):
        yield percent(f"{place}/percent", reward.percent)
    if isinstance(reward, f.Percent | f.FreeDelivery) and reward.at_most_minor is not None:
        yield number(f"{place}/at_most_minor", reward.at_most_minor, 1, AMOUNT_MINOR_MAX)
    if isinstance(reward, f.Amount):
        yield number(f"{place}/amount_minor", reward.amount_minor, 1, AMOUNT_MINOR_MAX)
    elif isinstance(reward, f.FixedPrice):
        yield number(f"{place}/price_minor", reward.price_minor, 0, AMOUNT_MINOR_MAX)
    elif isinstance(reward, f.NthItem):
        yield number(f"{place}/every", reward.every, 1, TIMES_MAX)
    elif isinstance(reward, f.BuyGet):
        yield number(f"{place}/buy_items", reward.buy_items, 1, TIMES_MAX)
        yield number(f"{place}/get_items", reward.get_items, 1, TIMES_MAX)
    elif isinstance(reward, f.Bundle):
        yield number(f"{place}/parts", len(reward.parts), 1, PARTS_MAX)
        for i, part in enumerate(reward.parts):
            yield number(f"{place}/parts/{i}/items", part.items, 1, TIMES_MAX)
            yield from selector_faults(f"{place}/parts/{i}/of", part.of)
    elif isinstance(reward, f.Gift):
        yield number(f"{place}/skus", len(reward.skus), 1, c.VALUES_MAX)
        yield from values(f"{place}/skus", reward.skus)
        yield number(f"{place}/items", reward.items, 1, TIMES_MAX)
    elif isinstance(reward, f.Tiers):
        yield from _steps(f"{place}/steps", reward.steps)
    elif isinstance(reward, f.FreeDelivery):
        yield from values(f"{place}/methods", reward.methods)
    elif isinstance(reward, f.Points):
        yield from _points(place, reward)
    if isinstance(reward, f.NthItem | f.BuyGet | f.Bundle):
        yield from cut_faults(f"{place}/cut", reward.cut)
        if reward.times_max is not None:
            yield number(f"{place}/times_max", reward.times_max, 1, TIMES_MAX)


def _steps(place: str, steps: Sequence[f.Step]) -> Faults:
    yield number(place, len(steps), 1, STEPS_MAX)
    before = 0
    for i, step in enumerate(steps):
        yield number(f"{place}/{i}/at_least", step.at_least, 1, AMOUNT_MINOR_MAX)
        if i and step.at_least <= before:
            yield refuse(c.STEPS_UNSORTED, f"{place}/{i}/at_least")
        before = step.at_least
        yield from cut_faults(f"{place}/{i}/cut", step.cut)


def _points(place: str, reward: f.Points) -> Faults:
    times = reward.times
    if not times.is_finite() or not 1 <= times <= POINTS_TIMES_MAX or _places(times):
        yield refuse(c.NUMBER_RANGE, f"{place}/times", value=str(times)[:SHOWN], least=1, most=POINTS_TIMES_MAX)
    yield number(f"{place}/plus", reward.plus, 0, POINTS_PLUS_MAX)
    if times == 1 and reward.plus == 0:
        yield refuse(c.GIVES_NOTHING, place)


def cut_faults(place: str, cut: f.Cut) -> Faults:
    """What can be wrong with a cut."""
    given = [name for name in ("percent", "amount_minor", "price_minor") if getattr(cut, name) is not None]
    if len(given) != 1:
        yield refuse(c.CUT_UNCLEAR, place)
    if cut.percent is not None:
        yield percent(f"{place}/percent", cut.percent)
    if cut.amount_minor is not None:
        yield number(f"{place}/amount_minor", cut.amount_minor, 1, AMOUNT_MINOR_MAX)
    if cut.price_minor is not None:
        yield number(f"{place}/price_minor", cut.price_minor, 0, AMOUNT_MINOR_MAX)


def _stacking(form: f.Promotion) -> Faults:
    stacking = form.stacking
    if stacking.layer is not None:
        yield number("/stacking/layer", stacking.layer, 0, LAYER_MAX)
    yield number("/stacking/priority", stacking.priority, -PRIORITY_MAX, PRIORITY_MAX)
    if stacking.group and not is_code(stacking.group):
        yield refuse(BAD_CODE, "/stacking/group", code=stacking.group[:SHOWN])
    yield from values("/stacking/not_with", stacking.not_with)
    for i, other in enumerate(stacking.not_with):
        if other == form.code:
            yield refuse(c.EXCLUDES_ITSELF, f"/stacking/not_with/{i}")


def _limits(form: f.Promotion) -> Faults:
    for name in form.limits.__struct_fields__:
        limit = getattr(form.limits, name)
        if limit is not None:
            most = AMOUNT_MINOR_MAX if name == "budget_minor" else c.COUNT_MAX
            yield number(f"/limits/{name}", limit, 1, most)
    if isinstance(form.reward, f.FreeDelivery | f.Points):
        for name in ("items_per_order", "items_total"):
            if getattr(form.limits, name) is not None:
                yield refuse(c.LIMIT_WITHOUT_GOODS, f"/limits/{name}")


def _currency(form: f.Promotion) -> Faults:
    if form.currency is None:
        place = next(amounts("", msgspec.to_builtins(form)), None)
        if isinstance(form.reward, f.Tiers) and form.reward.by == "amount":
            place = place or "/reward/steps"
        if place is not None:
            yield refuse(c.CURRENCY_MISSING, "/currency", place=place)
    elif form.currency not in CURRENCIES:
        yield refuse(UNKNOWN_CURRENCY, "/currency", currency=form.currency[:SHOWN])


def amounts(place: str, value: object) -> Iterator[str]:
    """Pointers to every amount of money in a form as JSON."""
    if isinstance(value, dict):
        for name, part in value.items():
            if "_minor" in str(name) and part is not None:
                yield f"{place}/{name}"
            yield from amounts(f"{place}/{name}", part)
    elif isinstance(value, list | tuple):
        for i, part in enumerate(value):
            yield from amounts(f"{place}/{i}", part)


def percent(place: str, value: Decimal) -> Refusal | None:
    """Refused where it is no percentage: more than 0, at most 100, at most four places."""
    if value.is_finite() and 0 < value <= 100 and not _places(value):  # noqa: PLR2004 - that is what percent means
        return None
    return refuse(c.PERCENT_RANGE, place, percent=str(value)[:SHOWN])


def _places(value: Decimal) -> bool:
    """Whether it has more than four decimal places."""
    exponent = value.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent < -4  # noqa: PLR2004 - the form says so


def selectors_of(form: f.Promotion) -> Iterable[tuple[str, f.Selector]]:
    """Every selector of a form, with the pointer to it; what they exclude is not among them."""
    for place, condition, _ in conditions_within("/when", form.when):
        if isinstance(condition, f.Basket):
            yield f"{place}/of", condition.of
    for name in ("of", "buy", "get"):
        if hasattr(form.reward, name):
            yield f"/reward/{name}", getattr(form.reward, name)
    if isinstance(form.reward, f.Bundle):
        for i, part in enumerate(form.reward.parts):
            yield f"/reward/parts/{i}/of", part.of

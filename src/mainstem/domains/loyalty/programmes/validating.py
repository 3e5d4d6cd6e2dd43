"""What can be wrong with the form of a programme."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from mainstem.domains.catalog import BAD_CODE, UNKNOWN_CURRENCY
from mainstem.domains.loyalty import contracts as c
from mainstem.domains.loyalty.programmes import form as f
from mainstem.domains.loyalty.programmes.calendar import DAYS_MAX, MONTHS_MAX
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.moments import zone_names
from mainstem.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES
from mainstem.kernel.refusals import Refusal, refuse

ENTRIES_MAX = 200
"""Rules, rewards, benefits, tiers of one programme; values of one selector."""

_NAME_LENGTH_MAX = 100


def wrong(form: f.Programme) -> Refusal | None:
    """Why a programme cannot be saved, with a pointer to the place; None when it can."""
    return next(filter(None, _faults(form)), None)


def _faults(form: f.Programme) -> Iterable[Refusal | None]:
    yield _code("/code", form.code)
    yield _name("/name", form.name)
    yield _name("/points_name", form.points_name)
    if form.currency not in CURRENCIES:
        yield refuse(UNKNOWN_CURRENCY, "/currency", currency=form.currency[:16])
    if form.zone not in zone_names():
        yield refuse(c.OUT_OF_RANGE, "/zone", value=form.zone[:64], least="Africa/Abidjan", most="UTC")
    yield _number("/life/months", 1 if form.life.months is None else form.life.months, 1, MONTHS_MAX)
    yield _number("/pending_days", form.pending_days, 0, DAYS_MAX)
    yield _number("/returned_life_days", form.returned_life_days, 1, DAYS_MAX)
    yield _number("/transfer_per_day_max", form.transfer_per_day_max, 0, c.POINTS_MAX)
    yield _number("/pool_members_max", form.pool_members_max, 0, c.POOL_MEMBERS_MAX)
    yield _number("/approval_above", form.approval_above, 0, c.POINTS_MAX)
    for place, entries in (
        ("rules", form.rules),
        ("rewards", form.rewards),
        ("benefits", form.benefits),
        ("tiers/steps", () if form.tiers is None else form.tiers.steps),
    ):
        yield from _entries(f"/{place}", entries)
    for number, rule in enumerate(form.rules):
        yield from _rule(f"/rules/{number}", rule, form)
    for number, reward in enumerate(form.rewards):
        yield _number(f"/rewards/{number}/points", reward.points, 1, c.POINTS_MAX)
        yield from _grant(f"/rewards/{number}/grant", reward.grant, form)
    if form.burn is not None:
        yield from _burn(form.burn)
    if form.tiers is not None:
        yield from _tiers(form.tiers, form)
    if form.birthday is not None:
        yield from _grant("/birthday", form.birthday, form)
    if form.referral is not None:
        yield from _referral(form.referral)


def _entries(place: str, entries: Sequence[f.EarnRule | f.Reward | f.Benefit | f.Tier]) -> Iterable[Refusal | None]:
    yield _number(place, len(entries), 0, ENTRIES_MAX)
    met: set[str] = set()
    for number, entry in enumerate(entries):
        yield _code(f"{place}/{number}/code", entry.code)
        yield _name(f"{place}/{number}/name", entry.name)
        if entry.code in met:
            yield refuse(c.NAMED_TWICE, f"{place}/{number}/code", code=entry.code)
        met.add(entry.code)


def _rule(place: str, rule: f.EarnRule, form: f.Programme) -> Iterable[Refusal | None]:
    gives = rule.gives
    if isinstance(gives, f.Times):
        yield _decimal(f"{place}/gives/times", gives.times)
    else:
        yield _number(f"{place}/gives/points", gives.points, 1, c.POINTS_MAX)
    if isinstance(gives, f.PerAmount):
        yield _number(f"{place}/gives/per_minor", gives.per_minor, 1, AMOUNT_MINOR_MAX)
    if isinstance(gives, f.ForAction):
        yield _code(f"{place}/gives/action", gives.action)
    else:
        yield from _goods(f"{place}/gives/of", gives.of)
    for name in ("per_order_max", "per_day_max", "per_month_max"):
        most = getattr(rule, name)
        if most is not None:
            yield _number(f"{place}/{name}", most, 1, c.POINTS_MAX)
    tiers = {tier.code for tier in form.tiers.steps} if form.tiers is not None else set()
    for tier in rule.tiers:
        if tier not in tiers:
            yield refuse(c.NOT_IN_PROGRAMME, f"{place}/tiers", code=tier[:64])
    if rule.valid_from is not None and rule.valid_until is not None and rule.valid_from >= rule.valid_until:
        yield refuse(
            c.OUT_OF_RANGE,
            f"{place}/valid_until",
            value=rule.valid_until.isoformat(),
            least=rule.valid_from.isoformat(),
            most="9999-12-31",
        )


def _goods(place: str, goods: f.Goods) -> Iterable[Refusal | None]:
    for values in (goods.skus, goods.products, goods.categories, goods.brands):
        yield _number(place, len(values), 0, ENTRIES_MAX)
    if goods.exclude is not None:
        if goods.exclude.exclude is not None:
            yield refuse(c.OUT_OF_RANGE, f"{place}/exclude/exclude", value="exclude", least=0, most=0)
        else:
            yield from _goods(f"{place}/exclude", goods.exclude)


def _burn(burn: f.Burn) -> Iterable[Refusal | None]:
    yield _number("/burn/points", burn.points, 1, c.POINTS_MAX)
    yield _number("/burn/amount_minor", burn.amount_minor, 1, AMOUNT_MINOR_MAX)
    yield _number("/burn/points_min", burn.points_min, 1, c.POINTS_MAX)
    yield _number("/burn/points_step", burn.points_step, 1, c.POINTS_MAX)
    yield _number("/burn/share_percent_max", burn.share_percent_max, 1, 100)


def _tiers(tiers: f.Tiers, form: f.Programme) -> Iterable[Refusal | None]:
    yield _number("/tiers/window_months", tiers.window_months, 1, MONTHS_MAX)
    yield _number("/tiers/valid_months", tiers.valid_months, 1, MONTHS_MAX)
    yield _number("/tiers/grace_days", tiers.grace_days, 0, DAYS_MAX)
    before = 0
    for number, tier in enumerate(tiers.steps):
        yield _number(f"/tiers/steps/{number}/at_least", tier.at_least, 0, AMOUNT_MINOR_MAX)
        if number and tier.at_least <= before:
            yield refuse(c.TIERS_UNSORTED, f"/tiers/steps/{number}/at_least", tier=tier.code)
        before = tier.at_least
        for which, grant in enumerate(tier.grants):
            yield from _grant(f"/tiers/steps/{number}/grants/{which}", grant, form)


def _grant(place: str, grant: f.Grant, form: f.Programme) -> Iterable[Refusal | None]:
    if grant.benefit not in {benefit.code for benefit in form.benefits}:
        yield refuse(c.NOT_IN_PROGRAMME, f"{place}/benefit", code=grant.benefit[:64])
    yield _number(f"{place}/quantity", grant.quantity, 1, c.POINTS_MAX)
    yield _number(f"{place}/days", grant.days, 1, DAYS_MAX)


def _referral(referral: f.Referral) -> Iterable[Refusal | None]:
    for name in ("referrer_points", "referred_points"):
        yield _number(f"/referral/{name}", getattr(referral, name), 0, c.POINTS_MAX)
    yield _number("/referral/first_order_minor_min", referral.first_order_minor_min, 0, AMOUNT_MINOR_MAX)
    for name in ("per_day_max", "total_max", "per_device_max"):
        yield _number(f"/referral/{name}", getattr(referral, name), 1, c.POINTS_MAX)


def _code(place: str, code: str) -> Refusal | None:
    return None if is_code(code) else refuse(BAD_CODE, place, code=code[:64])


def _name(place: str, name: f.Text) -> Refusal | None:
    fits = name.en.strip() and len(name.en) <= _NAME_LENGTH_MAX and len(name.zh) <= _NAME_LENGTH_MAX
    return None if fits and "\x00" not in name.en + name.zh else refuse(c.NAME_NEEDED, place, limit=_NAME_LENGTH_MAX)


def _number(place: str, value: int, least: int, most: int) -> Refusal | None:
    return None if least <= value <= most else refuse(c.OUT_OF_RANGE, place, value=value, least=least, most=most)


def _decimal(place: str, value: Decimal) -> Refusal | None:
    """A multiplier: more than 1, at most 100, of at most four places."""
    fits = value.is_finite() and 1 < value <= 100 and value * 10_000 == int(value * 10_000)  # noqa: PLR2004
    return None if fits else refuse(c.OUT_OF_RANGE, place, value=str(value)[:32], least="1.0001", most="100")

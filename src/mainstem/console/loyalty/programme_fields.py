"""A programme as the fields of a form: from the document to texts, and where a refusal of it points."""

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from mainstem.console.quantities import amount_typed
from mainstem.domains import loyalty

ROWS = {
    "rule": ("code", "en", "zh", "points", "per", "times", "action", "of", "tiers", "channels", "from", "until"),
    "tier": ("code", "en", "zh", "at", "grants"),
    "benefit": ("code", "en", "zh"),
    "reward": ("code", "en", "zh", "points", "benefit", "quantity", "days"),
}
"""The fields by which a row is known to be filled in."""

MORE = {"rule": ("gives", "order", "day", "month")}
"""Fields of rows that alone make none."""

NUMBERS = ("pending_days", "returned_life_days", "transfer_per_day_max", "pool_members_max", "approval_above")
TICKS = ("net_of_tax", "burned_earns")
KINDS = {"sku": "skus", "product": "products", "category": "categories", "brand": "brands"}
"""How goods are named, line by line: `category:Food/Milk`; a minus before it leaves them out."""

Fields = dict[str, str]


def fields_of(form: loyalty.Programme) -> Fields:
    """The fields of a programme."""
    found: Fields = {"code": form.code, "currency": form.currency, "zone": form.zone}
    found |= _named("name", form.name) | _named("points", form.points_name)
    found |= {name: str(getattr(form, name)) for name in NUMBERS}
    found |= {name: "yes" if getattr(form, name) else "" for name in TICKS}
    found |= {
        "life": "" if form.life.months is None else str(form.life.months),
        "life-ends": form.life.ends,
        "rounding": form.rounding,
        "basis": form.basis,
    }
    if form.burn is not None:
        found |= {
            "burn-points": str(form.burn.points),
            "burn-amount": amount_typed(form.burn.amount_minor, form.currency),
            "burn-min": str(form.burn.points_min),
            "burn-step": str(form.burn.points_step),
            "burn-share": str(form.burn.share_percent_max),
        }
    if form.birthday is not None:
        found |= _granted("birthday", form.birthday)
    if form.referral is not None:
        found |= _referral(form.referral, form.currency)
    if form.tiers is not None:
        found |= _tiers(form.tiers, form.currency)
    for number, rule in enumerate(form.rules):
        found |= {f"rule-{number}-{name}": text for name, text in _rule(rule, form).items()}
    for number, benefit in enumerate(form.benefits):
        found |= {f"benefit-{number}-code": benefit.code} | _named(f"benefit-{number}", benefit.name)
    for number, reward in enumerate(form.rewards):
        found |= {f"reward-{number}-code": reward.code, f"reward-{number}-points": str(reward.points)}
        found |= _named(f"reward-{number}", reward.name) | _granted(f"reward-{number}", reward.grant)
    return found


def _named(name: str, text: loyalty.Text) -> Fields:
    return {f"{name}-en": text.en, f"{name}-zh": text.zh}


def _granted(name: str, grant: loyalty.Grant) -> Fields:
    return {
        f"{name}-benefit": grant.benefit,
        f"{name}-quantity": str(grant.quantity),
        f"{name}-days": str(grant.days),
    }


def _referral(referral: loyalty.Referral, currency: str) -> Fields:
    return {
        "referral-referrer": str(referral.referrer_points),
        "referral-referred": str(referral.referred_points),
        "referral-min": amount_typed(referral.first_order_minor_min, currency),
        "referral-day": str(referral.per_day_max),
        "referral-total": str(referral.total_max),
        "referral-device": str(referral.per_device_max),
    }


def _tiers(tiers: loyalty.Tiers, currency: str) -> Fields:
    found = {
        "tiers-by": tiers.by,
        "tiers-window": tiers.window,
        "tiers-months": str(tiers.window_months),
        "tiers-valid": str(tiers.valid_months),
        "tiers-grace": str(tiers.grace_days),
    }
    for number, tier in enumerate(tiers.steps):
        at = amount_typed(tier.at_least, currency) if tiers.by == "spend" else str(tier.at_least)
        grants = "\n".join(f"{one.benefit} {one.quantity} {one.days}" for one in tier.grants)
        found |= {f"tier-{number}-code": tier.code, f"tier-{number}-at": at, f"tier-{number}-grants": grants}
        found |= _named(f"tier-{number}", tier.name)
    return found


def _rule(rule: loyalty.EarnRule, form: loyalty.Programme) -> Fields:
    gives = rule.gives
    found = {"code": rule.code, "en": rule.name.en, "zh": rule.name.zh}
    if isinstance(gives, loyalty.PerAmount):
        found |= {"gives": "amount", "points": str(gives.points), "per": amount_typed(gives.per_minor, form.currency)}
    elif isinstance(gives, loyalty.PerItem):
        found |= {"gives": "item", "points": str(gives.points)}
    elif isinstance(gives, loyalty.Times):
        found |= {"gives": "times", "times": format(gives.times, "f")}
    else:
        found |= {"gives": "action", "points": str(gives.points), "action": gives.action}
    if not isinstance(gives, loyalty.ForAction):
        found["of"] = "\n".join(goods_lines(gives.of))
    found |= {"tiers": ", ".join(rule.tiers), "channels": ", ".join(rule.channels)}
    found |= {"from": _moment(rule.valid_from, form.zone), "until": _moment(rule.valid_until, form.zone)}
    limits = {"order": rule.per_order_max, "day": rule.per_day_max, "month": rule.per_month_max}
    return found | {name: "" if most is None else str(most) for name, most in limits.items()}


def goods_lines(goods: loyalty.Goods) -> Iterable[str]:
    """Goods as they are typed, a line each."""
    for kind, name in KINDS.items():
        yield from (f"{kind}:{value}" for value in getattr(goods, name))
    if goods.exclude is not None:
        yield from (f"-{line}" for line in goods_lines(goods.exclude))


def _moment(moment: datetime | None, zone: str) -> str:
    if moment is None:
        return ""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="seconds")


def rows_of(fields: Fields, kind: str) -> list[Fields]:
    """The rows of a kind that are filled in, in their order."""
    numbers = {int(found[1]) for name in fields if (found := re.fullmatch(rf"{kind}-(\d{{1,4}})-\w+", name))}
    rows = []
    for number in sorted(numbers):
        row = {name: fields.get(f"{kind}-{number}-{name}", "") for name in (*ROWS[kind], *MORE.get(kind, ()))}
        if any(row[name] for name in ROWS[kind]):
            rows.append(row)
    return rows


def closed_up(fields: Fields) -> Fields:
    """The same with the rows numbered anew, without empty ones between them."""
    found = {name: text for name, text in fields.items() if name.partition("-")[0] not in ROWS}
    for kind in ROWS:
        for number, row in enumerate(rows_of(fields, kind)):
            found |= {f"{kind}-{number}-{name}": text for name, text in row.items()}
    return found


_PLACES = {
    "rules": "rule",
    "benefits": "benefit",
    "rewards": "reward",
    "tiers/steps": "tier",
}
_NAMES = {
    "name": "en",
    "gives/points": "points",
    "gives/per_minor": "per",
    "gives/times": "times",
    "gives/action": "action",
    "at_least": "at",
    "valid_until": "until",
    "per_order_max": "order",
    "per_day_max": "day",
    "per_month_max": "month",
    "grant/benefit": "benefit",
    "grant/quantity": "quantity",
    "grant/days": "days",
}
_SINGLE = {
    "name": "name-en",
    "points_name": "points-en",
    "programme/currency": "currency",
    "life/months": "life",
    "burn/points": "burn-points",
    "burn/amount_minor": "burn-amount",
    "burn/points_min": "burn-min",
    "burn/points_step": "burn-step",
    "burn/share_percent_max": "burn-share",
    "tiers/window_months": "tiers-months",
    "tiers/valid_months": "tiers-valid",
    "tiers/grace_days": "tiers-grace",
    "birthday/benefit": "birthday-benefit",
    "birthday/quantity": "birthday-quantity",
    "birthday/days": "birthday-days",
    "referral/referrer_points": "referral-referrer",
    "referral/referred_points": "referral-referred",
    "referral/first_order_minor_min": "referral-min",
    "referral/per_day_max": "referral-day",
    "referral/total_max": "referral-total",
    "referral/per_device_max": "referral-device",
}


def field_of(where: str) -> str:
    """The field that a pointer of a refusal means."""
    place = where.strip("/")
    row = re.fullmatch(r"(rules|benefits|rewards|tiers/steps)/(\d+)/(.+)", place)
    if row is None:
        return _SINGLE.get(place, place)
    kind, name = _PLACES[row[1]], row[3]
    if name.startswith("gives/of"):
        name = "of"
    elif name.startswith("grants"):
        name = "grants"
    return f"{kind}-{row[2]}-{_NAMES.get(name, name)}"

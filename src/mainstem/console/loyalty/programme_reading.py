"""Reads a programme from the fields of its form: what is no number, amount or moment is marked where it was typed."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from mainstem.console.frame import N_, Visit
from mainstem.console.loyalty.programme_fields import KINDS, NUMBERS, TICKS, Fields, rows_of
from mainstem.console.loyalty.reading import amount, typed, whole
from mainstem.domains import loyalty
from mainstem.kernel.moments import zone_names
from mainstem.kernel.money import CURRENCIES

T = TypeVar("T")

_NO_NUMBER = N_("This is no whole number.")
_NO_AMOUNT = N_("This is no amount of the currency.")
_NO_FACTOR = N_("This is no number.")
_NO_MOMENT = N_("This is no day and time.")
_NO_GOODS = N_("Write one a line, such as category:Food/Milk or -sku:K1.")
_NO_GRANT = N_("Write one a line: the code of a benefit, how many, and for how many days.")
_NEEDED = N_("This is needed here.")


class Reader:
    """Reads fields, and notes in `marks` what is wrong with which, in the visitor's language."""

    def __init__(self, visit: Visit, fields: Fields) -> None:
        self.fields = fields
        self.marks: dict[str, str] = {}
        self._visit = visit
        currency, zone = fields.get("currency", "").upper(), fields.get("zone", "")
        self.currency = currency if currency in CURRENCIES else "CNY"
        self.zone = ZoneInfo(zone if zone in zone_names() else "UTC")

    def programme(self) -> loyalty.Programme | None:
        """The programme; None when something is marked."""
        form = self._programme()
        return None if self.marks else form

    def _programme(self) -> loyalty.Programme:
        get = self.fields.get
        numbers: dict[str, Any] = {name: self._whole(name) for name in NUMBERS if get(name)}
        ticks: dict[str, Any] = {name: get(name) == "yes" for name in TICKS}
        months = self._whole("life") if get("life") else None
        return loyalty.Programme(
            code=get("code", ""),
            name=self._text("name"),
            points_name=self._text("points"),
            currency=get("currency", "").upper(),
            zone=get("zone", ""),
            life=loyalty.Life(months, self._one_of("life-ends", ("day", "month", "quarter", "year"))),
            rounding=self._one_of("rounding", ("down", "half_up", "up")),
            basis=self._one_of("basis", ("paid", "list")),
            rules=tuple(self._rule(number, row) for number, row in enumerate(rows_of(self.fields, "rule"))),
            burn=self._burn(),
            benefits=tuple(
                loyalty.Benefit(row["code"], loyalty.Text(row["en"], row["zh"]))
                for row in rows_of(self.fields, "benefit")
            ),
            rewards=tuple(self._reward(number, row) for number, row in enumerate(rows_of(self.fields, "reward"))),
            tiers=self._tiers(),
            birthday=self._grant("birthday") if get("birthday-benefit") else None,
            referral=self._referral(),
            **numbers,
            **ticks,
        )

    def _text(self, name: str) -> loyalty.Text:
        return loyalty.Text(self.fields.get(f"{name}-en", ""), self.fields.get(f"{name}-zh", ""))

    def _one_of(self, name: str, values: tuple[T, ...]) -> T:
        text = self.fields.get(name, "")
        return next((value for value in values if value == text), values[0])

    def _read(self, name: str, read: Callable[[str], T | None], wrong: str, otherwise: T) -> T:
        text = self.fields.get(name, "")
        value = read(text) if text else None
        if value is None:
            self.marks.setdefault(name, self._visit.t(wrong if text else _NEEDED))
            return otherwise
        return value

    def _whole(self, name: str, otherwise: int | None = None) -> int:
        """A whole number; `otherwise` where nothing is typed, needed where that is None."""
        if otherwise is not None and not self.fields.get(name):
            return otherwise
        return self._read(name, whole, _NO_NUMBER, 0)

    def _most(self, name: str) -> int | None:
        return self._whole(name) if self.fields.get(name) else None

    def _amount(self, name: str, otherwise: int | None = None) -> int:
        if otherwise is not None and not self.fields.get(name):
            return otherwise
        return self._read(name, lambda text: amount(text, self.currency), _NO_AMOUNT, 0)

    def _burn(self) -> loyalty.Burn | None:
        if not (self.fields.get("burn-points") or self.fields.get("burn-amount")):
            return None
        return loyalty.Burn(
            self._whole("burn-points"),
            self._amount("burn-amount"),
            self._whole("burn-min", 1),
            self._whole("burn-step", 1),
            self._whole("burn-share", 100),
        )

    def _grant(self, name: str) -> loyalty.Grant:
        benefit = self.fields.get(f"{name}-benefit", "")
        return loyalty.Grant(benefit, self._whole(f"{name}-quantity", 1), self._whole(f"{name}-days", 365))

    def _reward(self, number: int, row: Fields) -> loyalty.Reward:
        place = f"reward-{number}"
        points = self._whole(f"{place}-points")
        return loyalty.Reward(row["code"], loyalty.Text(row["en"], row["zh"]), points, self._grant(place))

    def _referral(self) -> loyalty.Referral | None:
        if not (self.fields.get("referral-referrer") or self.fields.get("referral-referred")):
            return None
        return loyalty.Referral(
            self._whole("referral-referrer", 0),
            self._whole("referral-referred", 0),
            self._amount("referral-min", 0),
            self._whole("referral-day", 5),
            self._whole("referral-total", 50),
            self._whole("referral-device", 1),
        )

    def _tiers(self) -> loyalty.Tiers | None:
        rows = rows_of(self.fields, "tier")
        if not rows:
            return None
        by: Literal["spend", "points"] = self._one_of("tiers-by", ("spend", "points"))
        steps = []
        for number, row in enumerate(rows):
            place = f"tier-{number}"
            at_least = self._amount(f"{place}-at") if by == "spend" else self._whole(f"{place}-at")
            name = loyalty.Text(row["en"], row["zh"])
            steps.append(loyalty.Tier(row["code"], name, at_least, self._grants(f"{place}-grants")))
        return loyalty.Tiers(
            tuple(steps),
            by,
            self._one_of("tiers-window", ("months", "year")),
            self._whole("tiers-months", 12),
            self._whole("tiers-valid", 12),
            self._whole("tiers-grace", 0),
        )

    def _grants(self, name: str) -> tuple[loyalty.Grant, ...]:
        found = []
        for line in self.fields.get(name, "").splitlines():
            parts = line.split()
            if not parts:
                continue
            numbers = [whole(part) for part in parts[1:]]
            if len(parts) > 3 or None in numbers:  # noqa: PLR2004 - benefit, quantity, days
                self.marks[name] = self._visit.t(_NO_GRANT)
                continue
            quantity, days = (*(one or 0 for one in numbers), *(1, 365)[len(numbers) :])
            found.append(loyalty.Grant(parts[0], quantity, days))
        return tuple(found)

    def _rule(self, number: int, row: Fields) -> loyalty.EarnRule:
        place = f"rule-{number}"
        return loyalty.EarnRule(
            row["code"],
            loyalty.Text(row["en"], row["zh"]),
            self._gives(place, row),
            _codes(row["tiers"]),
            _codes(row["channels"]),
            self._moment(f"{place}-from"),
            self._moment(f"{place}-until"),
            self._most(f"{place}-order"),
            self._most(f"{place}-day"),
            self._most(f"{place}-month"),
        )

    def _gives(
        self, place: str, row: Fields
    ) -> loyalty.PerAmount | loyalty.PerItem | loyalty.Times | loyalty.ForAction:
        if row["gives"] == "item":
            return loyalty.PerItem(self._whole(f"{place}-points"), self._goods(f"{place}-of"))
        if row["gives"] == "times":
            factor = self._read(f"{place}-times", _factor, _NO_FACTOR, Decimal(2))
            return loyalty.Times(factor, self._goods(f"{place}-of"))
        if row["gives"] == "action":
            return loyalty.ForAction(row["action"], self._whole(f"{place}-points"))
        return loyalty.PerAmount(
            self._whole(f"{place}-points"), self._amount(f"{place}-per"), self._goods(f"{place}-of")
        )

    def _goods(self, name: str) -> loyalty.Goods:
        chosen: dict[str, list[str]] = {}
        without: dict[str, list[str]] = {}
        for text in self.fields.get(name, "").splitlines():
            line = text.strip().replace("：", ":", 1).replace("\uff0d", "-", 1)
            kind, colon, value = line.removeprefix("-").partition(":")
            known = KINDS.get(kind.strip().lower())
            if line and (known is None or not colon or not value.strip()):
                self.marks[name] = self._visit.t(_NO_GOODS)
            elif line and known is not None:
                (without if line.startswith("-") else chosen).setdefault(known, []).append(value.strip())
        return _selected(chosen, _selected(without) if without else None)

    def _moment(self, name: str) -> datetime | None:
        text = self.fields.get(name, "")
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self.zone).astimezone(UTC)
        except (ValueError, OverflowError):
            self.marks[name] = self._visit.t(_NO_MOMENT)
            return None


def _selected(values: dict[str, list[str]], exclude: loyalty.Goods | None = None) -> loyalty.Goods:
    skus, products, categories, brands = (tuple(values.get(name, ())) for name in KINDS.values())
    return loyalty.Goods(skus, products, categories, brands, exclude)


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").replace("，", " ").split())


def _factor(text: str) -> Decimal | None:
    try:
        value = Decimal(typed(text))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None

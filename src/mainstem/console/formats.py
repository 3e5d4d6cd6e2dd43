"""Numbers, money and times as people write them, in a language and a time zone."""

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time, get_timezone_name
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)
from babel.units import format_unit

from mainstem.kernel.money import from_minor
from mainstem.kernel.quantity import UNITS
from mainstem.platform.texts import Language

_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}
_WHOLE_PERCENT_FROM = 0.1
UTC_ZONES = ("UTC", "Etc/UTC")
_UNIT_NAMES = {"kg": "mass-kilogram", "l": "volume-liter", "m": "length-meter", "gal": "volume-gallon"}


class Format:
    """Formats for one language and time zone."""

    def __init__(self, language: Language, zone: str) -> None:
        self._locale = Locale.parse(_LOCALES[language])
        self._zone = ZoneInfo(zone)
        self.zone = zone

    def number(self, value: int) -> str:
        """A whole number with its groups of digits."""
        return format_decimal(value, locale=self._locale)

    def compact_number(self, value: float) -> str:
        """A number for an axis, shortened."""
        return format_compact_decimal(value, locale=self._locale, fraction_digits=1)

    def change(self, ratio: float) -> str:
        """A change as a signed percentage, with a decimal below ten per cent."""
        pattern = "#,##0.0%" if abs(ratio) < _WHOLE_PERCENT_FROM else "#,##0%"
        return format_percent(ratio, f"+{pattern};-{pattern}", locale=self._locale)

    def share(self, ratio: float) -> str:
        """A part of a whole in whole per cent."""
        return format_percent(ratio, "#,##0%", locale=self._locale)

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount with its currency."""
        return format_currency(from_minor(amount_minor, currency), currency, locale=self._locale)

    def compact_money(self, amount_minor: int, currency: str) -> str:
        """An amount for an axis, shortened."""
        return format_compact_currency(
            from_minor(amount_minor, currency), currency, locale=self._locale, fraction_digits=1
        )

    def measured(self, steps: int, unit: str) -> str:
        """A quantity of goods that are measured, in whole units."""
        whole = round(steps / UNITS[unit].steps_per_unit)
        name = _UNIT_NAMES.get(unit)
        return (
            f"{self.number(whole)} {unit}" if name is None else format_unit(whole, name, "short", locale=self._locale)
        )

    def quantity(self, steps: int, unit: str, *, signed: bool = False) -> str:
        """A quantity in whole units with all decimals of the unit, which is named unless it is pieces."""
        whole = UNITS[unit].steps_per_unit
        decimals = len(str(whole)) - 1
        pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
        shown = format_decimal(
            Decimal(steps) / whole, f"+{pattern};-{pattern}" if signed and steps else pattern, locale=self._locale
        )
        return shown if decimals == 0 else f"{shown} {unit}"

    def day(self, day: date) -> str:
        """A calendar day."""
        return format_date(day, "long", locale=self._locale)

    def weekday(self, day: date) -> str:
        """A calendar day within a year, shortened, with its weekday."""
        return format_skeleton("MMMEd", day, locale=self._locale)

    def month(self, day: date) -> str:
        """The month that a day is in."""
        return format_skeleton("yMMMM", day, locale=self._locale)

    def time(self, moment: datetime) -> str:
        """The time of day, in 24 hours, to the second."""
        return format_time(moment, "HH:mm:ss", tzinfo=self._zone, locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """A day and a time, for what is not of today."""
        return format_datetime(moment, "medium", tzinfo=self._zone, locale=self._locale)

    def hour(self, moment: datetime) -> str:
        """The hour that begins at a moment."""
        return format_time(moment, "HH:mm", tzinfo=self._zone, locale=self._locale)

    @cached_property
    def zone_name(self) -> str:
        """What people call the zone, with its name in the IANA time zone database."""
        # CLDR has no generic name for UTC: it knows no other time than its standard one.
        variant: Literal["generic", "standard"] = "standard" if self.zone in UTC_ZONES else "generic"
        called = get_timezone_name(self._zone, width="long", zone_variant=variant, locale=self._locale)
        return f"{called} · {self.zone}"


@lru_cache(maxsize=64)
def formats(language: Language, zone: str) -> Format:
    """The formats for a language and a time zone."""
    return Format(language, zone)

"""Numbers, money and times as people write them, in a language and a time zone."""

from datetime import date, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, get_timezone_name
from babel.numbers import format_compact_currency, format_compact_decimal, format_currency, format_decimal
from babel.units import format_unit

from mainstem.kernel.money import from_minor
from mainstem.kernel.quantity import UNITS
from mainstem.platform.texts import Language

_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}
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

    def day(self, day: date) -> str:
        """A calendar day."""
        return format_date(day, "long", locale=self._locale)

    def time(self, moment: datetime) -> str:
        """The time of day, in 24 hours, to the second."""
        return format_time(moment, "HH:mm:ss", tzinfo=self._zone, locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """A day and a time, for what is not of today."""
        return format_datetime(moment, "medium", tzinfo=self._zone, locale=self._locale)

    def hour(self, moment: datetime) -> str:
        """The hour that begins at a moment."""
        return format_time(moment, "HH:mm", tzinfo=self._zone, locale=self._locale)

    @property
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

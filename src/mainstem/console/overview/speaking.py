"""Texts and formats for a reader: what every part of the page is written with."""

import msgspec

from mainstem.console.formats import Format, formats
from mainstem.console.overview.figures import Figures, Names
from mainstem.platform.texts import Language, translate

NONE = "–"
COUNTING = "…"
"""Shown for what has not been counted yet."""


class Speaker(msgspec.Struct, frozen=True):
    """A language, and the zone of the network's day."""

    language: Language
    form: Format

    def t(self, text: str, **values: object) -> str:
        """A text in the language."""
        shown = translate(text, self.language)
        return shown.format_map(values) if values else shown

    def of(self, table: dict[str, str], code: str) -> str:
        """The text of a code, the code itself when nobody has described it."""
        return self.t(table[code]) if code in table else code

    def count(self, value: int | None) -> str:
        """A number; what has not been counted yet is shown as such."""
        return COUNTING if value is None else self.form.number(value)


def speaker(names: Names, language: Language) -> Speaker:
    """Who speaks a language in the zone of a network."""
    return Speaker(language, formats(language, names.zone))


def main_currency(figures: Figures) -> str:
    """The only currency of the day; none of it when there are several, or nothing was sold."""
    currencies = figures.day.totals.currencies
    return next(iter(currencies)) if len(currencies) == 1 else ""

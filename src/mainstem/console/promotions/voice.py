"""What tells a promotion: a language, its formats, and what channels and nodes are called."""

from collections.abc import Iterable, Mapping, Sequence

from mainstem.console.formats import Format
from mainstem.console.frame import Visit
from mainstem.console.segments.fields import CHANNEL_KINDS
from mainstem.platform.texts import Language, translate

NAMED = 6
"""Values that are named; of more the first are, and how many there are beside."""


class Voice:
    """Texts in one language, for amounts of one currency. `names` are those of channels and nodes by code."""

    def __init__(self, language: Language, fmt: Format, currency: str, names: Mapping[str, str]) -> None:
        self.language = language
        self.fmt = fmt
        self._currency = currency
        self.names = names

    def t(self, text: str, **values: object) -> str:
        """A text in the language."""
        shown = translate(text, self.language)
        return shown.format_map(values) if values else shown

    def money(self, amount_minor: int) -> str:
        """An amount of the promotion's currency."""
        return self.fmt.money(amount_minor, self._currency) if self._currency else self.fmt.number(amount_minor)

    def called(self, codes: Iterable[str]) -> list[str]:
        """The names of channels or nodes."""
        return [self.names.get(code, code) for code in codes]

    def kinds(self, kinds: Iterable[str]) -> list[str]:
        """The names of kinds of channels."""
        return [self.t(CHANNEL_KINDS[kind]) if kind in CHANNEL_KINDS else kind for kind in kinds]

    def quoted(self, values: Sequence[str]) -> str:
        """Names of which any may be, in quotation marks."""
        named = [f"“{value}”" for value in values[:NAMED]]
        if len(values) > NAMED:
            named.append(self.t("one of {count} more", count=self.fmt.number(len(values) - NAMED)))
        return self.either(named)

    def either(self, texts: Sequence[str]) -> str:
        """Texts of which any may be."""
        if len(texts) == 1:
            return texts[0]
        return self.t("{some} or {last}", some=self.t(", ").join(texts[:-1]), last=texts[-1])

    def all_of(self, texts: Sequence[str]) -> str:
        """Texts that hold together."""
        shown = texts[0]
        for text in texts[1:]:
            shown = self.t("{first} and {second}", first=shown, second=text)
        return shown


def voice_of(visit: Visit, currency: str | None) -> Voice:
    """The visitor's, with the names of the network."""
    names = {one.code: one.name for one in visit.network.nodes.values()}
    names |= {one.code: one.name for one in visit.network.channels.values()}
    return Voice(visit.language, visit.fmt, currency or "", names)

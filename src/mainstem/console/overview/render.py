"""The parts of the page as HTML, and as messages for pages that are open: rendered once for all who want the same."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from mainstem.console.frame.render import environment
from mainstem.console.overview.figures import Figures
from mainstem.console.overview.parts import PACE_SECONDS, PARTS
from mainstem.console.overview.speaking import speaker
from mainstem.console.overview.wanted import Wanted
from mainstem.platform.texts import Language

KEPT_MAX = 256
"""Renderings that are kept, of parts and of editions each: what nobody has asked for longest goes first."""

_json = msgspec.json.Encoder().encode

Key = tuple[object, ...]
T = TypeVar("T")


class Edition(msgspec.Struct, frozen=True):
    """A version of the page for all who want the same: its parts as HTML, and as messages: `whole`, and what `changed`.

    `before` is the version that `changed` compares with, 0 when there is none.
    """

    version: int
    parts: dict[str, str]
    whole: bytes
    before: int
    changed: bytes


class _Printed(msgspec.Struct, frozen=True):
    version: int
    as_of: datetime
    counted: bool
    html: str


class Press:
    """Renders editions, and shares what does not differ between them: a part is rendered once a version at most."""

    def __init__(self) -> None:
        self._parts: OrderedDict[Key, _Printed] = OrderedDict()
        self._editions: OrderedDict[Key, Edition] = OrderedDict()

    def edition(self, figures: Figures, version: int, language: Language, wanted: Wanted) -> Edition:
        """The figures for who wants this in a language; the edition before of the same kind says what has changed."""
        key = (language, wanted)
        before = self._editions.get(key)
        if before is None or before.version != version:
            parts = {name: self._part(name, figures, version, language, wanted) for name in PARTS}
            known = {} if before is None else before.parts
            changed = {name: html for name, html in parts.items() if known.get(name) != html}
            edition = Edition(version, parts, message(parts), 0 if before is None else before.version, message(changed))
            _keep(self._editions, key, edition)
            return edition
        self._editions.move_to_end(key)
        return before

    def _part(self, name: str, figures: Figures, version: int, language: Language, wanted: Wanted) -> str:
        part = PARTS[name]
        key = (name, language, *(getattr(wanted, field) for field in part.depends))
        known = self._parts.get(key)
        if known is not None and (known.version == version or (part.slow(wanted) and _fresh(known, figures))):
            self._parts.move_to_end(key)
            return known.html
        say = speaker(figures.names, language)
        template = environment(language).get_template(f"overview/templates/_{name}.html")
        html = template.render(part.show(figures, wanted, say))
        _keep(self._parts, key, _Printed(version, figures.as_of, figures.stock is not None, html))
        return html


def message(parts: dict[str, str]) -> bytes:
    """Parts as a server-sent event."""
    return b"event: parts\ndata: " + _json(parts) + b"\n\n"


def _fresh(printed: _Printed, figures: Figures) -> bool:
    """Whether a part of slow pace need not be renewed yet; the first count of stock is not waited for."""
    counted = figures.stock is not None
    return printed.counted == counted and figures.as_of - printed.as_of < timedelta(seconds=PACE_SECONDS)


def _keep(kept: OrderedDict[Key, T], key: Key, made: T) -> None:
    kept[key] = made
    kept.move_to_end(key)
    while len(kept) > KEPT_MAX:
        kept.popitem(last=False)

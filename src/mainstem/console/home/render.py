"""The page and its parts as HTML, and the parts as messages for pages that are open. Rendered once a version."""

from functools import lru_cache

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from mainstem.console.assets import assets
from mainstem.console.home.figures import Figures
from mainstem.console.home.texts import Texts
from mainstem.console.home.view import view
from mainstem.platform.texts import LANGUAGES, Language

PARTS = ("asof", "today", "last", "stock", "nodes", "feed", "quality")
"""The parts of the page that change, each with a template of its own."""

TAGS = {"en": "en", "zh": "zh-CN"}
LANGUAGE_NAMES = {"en": "English", "zh": "简体中文"}

_json = msgspec.json.Encoder().encode


class Edition(msgspec.Struct, frozen=True):
    """A version of the figures in a language: its parts as HTML, and as messages: `whole`, and what `changed`.

    `before` is the version that `changed` compares with, 0 when there is none.
    """

    version: int
    parts: dict[str, str]
    whole: bytes
    before: int
    changed: bytes


def edition(figures: Figures, language: Language, version: int, before: Edition | None) -> Edition:
    """Render the figures; the edition before in the same language says what has changed."""
    shown, t = view(figures, language), Texts(language)
    parts = {
        name: _environment().get_template(f"home/templates/_{name}.html").render(view=shown, t=t) for name in PARTS
    }
    known = {} if before is None else before.parts
    changed = {name: html for name, html in parts.items() if known.get(name) != html}
    return Edition(version, parts, message(parts), 0 if before is None else before.version, message(changed))


def page(language: Language, parts: dict[str, str]) -> bytes:
    """The whole page around its parts."""
    return _rendered("home/templates/page.html", language, parts=parts)


def notice(language: Language, reason: str) -> bytes:
    """A page that says why there are no figures: `sign_in`, `forbidden` or `unavailable`."""
    return _rendered("home/templates/notice.html", language, reason=reason)


def message(parts: dict[str, str]) -> bytes:
    """Parts as a server-sent event."""
    return b"event: parts\ndata: " + _json(parts) + b"\n\n"


def _rendered(template: str, language: Language, **values: object) -> bytes:
    return (
        _environment()
        .get_template(template)
        .render(
            t=Texts(language),
            language=language,
            tag=TAGS[language],
            languages=[(code, TAGS[code], LANGUAGE_NAMES[code]) for code in LANGUAGES],
            **values,
        )
        .encode()
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mainstem.console", ""),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = lambda name: assets()[name].path
    return environment

"""Templates as HTML, in the visitor's language."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from mainstem.console.assets import asset
from mainstem.console.frame.navigation import Section, navigation
from mainstem.platform.texts import LANGUAGES, Language, translate

if TYPE_CHECKING:
    from mainstem.console.frame.visit import Visit

TAGS = {"en": "en", "zh": "zh-CN"}
LANGUAGE_NAMES = {"en": "English", "zh": "简体中文"}
NOTICE_COOKIE = "mainstem_notice"


def rendered(visit: "Visit", template: str, values: Mapping[str, object]) -> str:
    """A template with the values, and what every template may use."""
    return (
        environment(visit.language)
        .get_template(template)
        .render(
            visit=visit,
            fmt=visit.fmt,
            language=visit.language,
            tag=TAGS[visit.language],
            languages=[(code, TAGS[code], LANGUAGE_NAMES[code]) for code in LANGUAGES],
            sections=sections(visit),
            notice=unquote(visit.cookies.get(NOTICE_COOKIE, "")),
            theme="" if visit.somebody is None else visit.somebody.theme,
            **values,
        )
    )


def sections(visit: "Visit") -> list[Section]:
    """What the person may go to."""
    return [] if visit.somebody is None else navigation(visit.caller)


@lru_cache(maxsize=len(LANGUAGES))
def environment(language: Language) -> Environment:
    """The templates of the console in a language."""
    made = Environment(
        loader=PackageLoader("mainstem.console", ""),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )

    def text(message: str, **values: object) -> str | Markup:
        shown = translate(message, language)
        if any(isinstance(value, Markup) for value in values.values()):
            return Markup(escape(shown).format_map({k: escape(v) for k, v in values.items()}))  # noqa: S704 - escaped
        return shown.format_map(values) if values else shown

    made.globals.update(_=text, asset=asset, icon=icon, form_key=lambda: uuid4().hex)
    return made


def icon(name: str, **attributes: Any) -> Markup:  # noqa: ANN401 - attributes of an element
    """A picture of the sprite, hidden from who listens instead of looks."""
    extra = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in attributes.items())
    return Markup('<svg class="icon" aria-hidden="true" focusable="false"{}><use href="{}#{}"></use></svg>').format(
        extra, asset("vendor/icons.svg"), name
    )

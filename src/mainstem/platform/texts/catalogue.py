"""The translations, read from every catalogue of the package."""

from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

Language = Literal["en", "zh"]

LANGUAGES: tuple[Language, ...] = get_args(Language)

ROOT = Path(__file__).parents[2]


def N_(text: str) -> str:  # noqa: N802 - the name gettext knows
    """Mark a text to be translated where it is shown."""
    return text


def catalogues(root: Path = ROOT) -> list[Path]:
    """The files with Simplified Chinese texts."""
    return sorted(root.rglob("zh_CN.po"))


@lru_cache(maxsize=1)
def catalogue() -> Catalog:
    """The Simplified Chinese catalogue. It is read as text: there is no compiled form that could be behind it."""
    whole = Catalog(locale="zh_CN")
    for path in catalogues():
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_CN"):
                if message.id:
                    whole.add(message.id, message.string)
    return whole


@lru_cache(maxsize=1)
def _chinese() -> dict[str, str]:
    return {
        message.id: message.string
        for message in catalogue()
        if isinstance(message.id, str) and message.id and isinstance(message.string, str) and message.string
    }


def translate(message: str, language: Language) -> str:
    """The message template in a language; as it is when the catalogue does not have it (a test holds that it does)."""
    return message if language == "en" else _chinese().get(message, message)

"""The translations, read from the catalogue that lies beside this file."""

from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Literal, get_args

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

Language = Literal["en", "zh"]

LANGUAGES: tuple[Language, ...] = get_args(Language)


@lru_cache(maxsize=1)
def catalogue() -> Catalog:
    """The Simplified Chinese catalogue. It is read as text: there is no compiled form that could be behind it."""
    source = files("mainstem.platform.texts").joinpath("zh_CN.po").read_bytes()
    return read_po(BytesIO(source), locale="zh_CN")


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

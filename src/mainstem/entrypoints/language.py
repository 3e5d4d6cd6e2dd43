"""The language a command speaks: that of LC_ALL, LC_MESSAGES or LANG, English unless that is Chinese."""

import os


def chinese() -> bool:
    """Whether the person at the terminal reads Chinese."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value.lower().startswith("zh")
    return False


def say(en: str, zh: str) -> str:
    """The text in the language of the person."""
    return zh if chinese() else en

"""Which language a reader wants, from the header Accept-Language (RFC 9110, 12.5.4)."""

from functools import lru_cache

from mainstem.platform.texts.catalogue import Language

_HEADER_LENGTH_MAX = 256


@lru_cache(maxsize=256)
def negotiate(accept_language: str) -> Language:
    """The language of the highest quality that there is; English when none of them is, or the header is unreadable."""
    best: Language = "en"
    best_quality = 0.0
    for part in accept_language[:_HEADER_LENGTH_MAX].split(","):
        tag, _, parameter = part.strip().partition(";")
        quality = _quality(parameter.strip())
        language = _language(tag.strip().lower())
        if language is not None and quality > best_quality:
            best, best_quality = language, quality
    return best


def _language(tag: str) -> Language | None:
    primary = tag.split("-", 1)[0]
    if primary == "zh":
        return "zh"
    return "en" if primary in ("en", "*") else None


def _quality(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        return float(parameter.removeprefix("q=")) if parameter.startswith("q=") else 0.0
    except ValueError:
        return 0.0

"""What every value goes through before its type is asked: width, blanks, limits, words that stand for nothing."""

import re
import unicodedata
from typing import Final

VALUE_LENGTH_MAX: Final = 320
"""Characters of a value as given; a longer one is unusable, and nothing longer is looked at."""

_WORDS_FOR_NOTHING = """
null nil none nan na n/a #n/a #null! undefined unknown unbekannt empty blank missing invalid
anonymous anonym default nobody nothing no not-available -1
未知 无 無 空 没有 沒有 暂无 不详 不明 未填 未填写 未提供 匿名 游客 保密 默认 其他
"""
NOTHING: Final = frozenset(_WORDS_FOR_NOTHING.split())
"""What people and programs write where they know nothing, case-folded."""

_PUNCTUATION = "()[]{}<>\"'`“”‘’「」【】.,;:!?_-–—/\\|~ "
_ZEROS = re.compile(r"[0\s.-]*")
MASKS: Final = "*●•×█■◆★☆\u2217"
"""What stands for a letter that is not shown; the last is the asterisk operator."""


def clean(value: str) -> str | None:
    """The value in one width, without outer blanks and invisible marks; None if it is unusable as any identifier.

    Unusable are: nothing, words for nothing, nothing but zeros, masked values, control characters and lone surrogates
    inside, and what is longer than VALUE_LENGTH_MAX.
    """
    if not value or len(value) > VALUE_LENGTH_MAX:
        return None
    text = value.strip() if value.isascii() else _one_width(value)
    if not text.isprintable() or is_nothing(text) or is_masked(text) or _ZEROS.fullmatch(text):
        return None
    return text


def is_nothing(text: str) -> bool:
    """Whether a text says that nothing is known, whatever it is wrapped in."""
    word = text.casefold().strip()
    return word in NOTHING or (bare := word.strip(_PUNCTUATION)) in NOTHING or not bare


def is_masked(text: str) -> bool:
    """Whether parts of a text were replaced, as in 138****0000 or 张**."""
    return any(mask in text for mask in MASKS)


def is_run(digits: str, length: int) -> bool:
    """Whether digits end in so many that are all alike, or go up or down by one each (after 9 comes 0)."""
    if len(digits) < length:
        return False
    tail = digits[-length:]
    return tail == tail[0] * length or tail in _UP or tail in _DOWN


_UP: Final = "0123456789" * 3
_DOWN: Final = _UP[::-1]


def _one_width(value: str) -> str:
    """NFKC, without invisible marks such as byte order marks and directions; decimal digits of any script as ASCII."""
    text = unicodedata.normalize("NFKC", value)
    visible = (char for char in text if unicodedata.category(char) != "Cf")
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in visible).strip()

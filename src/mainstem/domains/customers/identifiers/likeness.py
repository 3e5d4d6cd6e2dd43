"""How alike two names are."""

from itertools import permutations
from typing import Final, Literal

from rapidfuzz.distance import OSA

from mainstem.domains.customers.identifiers.names import Name, read_name
from mainstem.domains.customers.identifiers.pinyin import fuzzy

NameLikeness = Literal["equal", "close", "compatible", "different", "unknown"]
"""`equal`: one name, whole. `close`: written or heard wrongly, or in another script. `compatible`: one is a part of the
other. `different`: both are known and cannot be one. `unknown`: one is missing, or nothing can be told."""

_TYPING_ERRORS: Final = 1
_HAN_LETTERS_MIN = 3
_WORD_LETTERS_MIN = 4
_WORDS_COMPARED_MAX = 5


def compare_names(left: str, right: str) -> NameLikeness:
    """How alike two names are, as they were typed; symmetrical."""
    one, other = read_name(left), read_name(right)
    return "unknown" if one is None or other is None else alike(one, other)


def alike(one: Name, other: Name) -> NameLikeness:
    """How alike two names are; symmetrical."""
    if one.masked or other.masked:
        return _masked(one, other)
    if one.han and other.han:
        return _han(one, other)
    if one.han or other.han:
        return _across_scripts(one, other)
    return _words(one, other)


def _masked(one: Name, other: Name) -> NameLikeness:
    """Whether what is visible fits. Pseudonyms of shops are masked too, so another script says nothing."""
    if one.han != other.han:
        return "unknown"
    (head, tail), (other_head, other_tail) = _ends(one), _ends(other)
    fits = (head.startswith(other_head) or other_head.startswith(head)) and (
        tail.endswith(other_tail) or other_tail.endswith(tail)
    )
    return "compatible" if fits else "different"


def _ends(name: Name) -> tuple[str, str]:
    whole = name.text.replace(" ", "")
    if name.masked:
        return name.ends
    # Of a family name alone, what follows it is not known.
    return (whole, "") if name.partial else (whole, whole)


def _han(one: Name, other: Name) -> NameLikeness:
    if one.partial or other.partial:
        return "compatible" if one.words[0] == other.words[0] else "different"
    if one.text == other.text:
        return "equal"
    if fuzzy(one.pinyin) == fuzzy(other.pinyin) or sorted(one.text) == sorted(other.text):
        return "close"
    long_enough = max(len(one.text), len(other.text)) >= _HAN_LETTERS_MIN
    typed_wrong = long_enough and OSA.distance(one.text, other.text) <= _TYPING_ERRORS
    return "close" if typed_wrong and one.words[0] == other.words[0] else "different"


def _across_scripts(one: Name, other: Name) -> NameLikeness:
    """Chinese and another script: people have names in both that do not translate, so difference says nothing."""
    if not one.partial and not other.partial:
        heard = {fuzzy(spelling) for spelling in one.spellings}
        if any(fuzzy(spelling) in heard for spelling in other.spellings):
            return "close"
    return "compatible" if set(one.words) & set(other.words) else "unknown"


def _words(one: Name, other: Name) -> NameLikeness:
    if sorted(one.words) == sorted(other.words) or (one.spellings & other.spellings):
        return "compatible" if one.partial or other.partial else "equal"
    few, many = sorted((one.words, other.words), key=len)
    if one.partial or other.partial:
        return "compatible" if _found(few, many) else "unknown"
    if set(few) <= set(many) or _misspelt(few, many):
        return "close"
    if _found(few, many) or one.words[0] == other.words[0]:
        return "compatible"
    return "different"


def _misspelt(few: tuple[str, ...], many: tuple[str, ...]) -> bool:
    """Whether the words are the same in some order but for one typing error in a word of some length."""
    if len(few) != len(many) or len(few) > _WORDS_COMPARED_MAX:
        return False
    return any(
        all(
            a == b or (min(len(a), len(b)) >= _WORD_LETTERS_MIN and OSA.distance(a, b) <= _TYPING_ERRORS)
            for a, b in zip(few, order, strict=True)
        )
        for order in permutations(many)
    )


def _found(few: tuple[str, ...], many: tuple[str, ...]) -> bool:
    """Whether each word is, or is the initial of, a word of its own among the others."""
    if len(many) > _WORDS_COMPARED_MAX:
        return False
    return any(
        all(a == b or (1 in (len(a), len(b)) and a[0] == b[0]) for a, b in zip(few, order, strict=True))
        for order in permutations(many, len(few))
    )

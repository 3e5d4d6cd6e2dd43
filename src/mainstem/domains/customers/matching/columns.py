"""The columns of the shipped model, made of a customer's attributes: names in their parts and in Latin letters."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from mainstem.domains.customers.identifiers.names import full_name, read_name
from mainstem.domains.customers.identifiers.pinyin import HAN, spell
from mainstem.domains.customers.identifiers.texts import is_nothing

_DERIVED = "derived"
_DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})(?:[T ].*)?")
_FEMALE = frozenset(("f", "female", "w", "woman", "weiblich", "femme", "mujer", "女", "女士", "小姐", "2"))
_MALE = frozenset(("m", "male", "man", "mannlich", "homme", "hombre", "男", "男士", "先生", "1"))


def columns(attributes: Mapping[str, str]) -> dict[str, str]:
    """The model's columns of a customer's attributes; what is blank, or says that nothing is known, is left out.

    Never raises. Columns can be given to it, and to `score`, again: they are told by the mark `derived`.
    """
    if _DERIVED in attributes:
        return dict(attributes)

    def said(name: str) -> str:
        return attributes.get(name) or ""

    given, family, given_latin, family_latin = _names(said("name"), said("given_name"), said("family_name"))
    found = {
        "given_name": given,
        "family_name": family,
        "given_name_latin": given_latin,
        "family_name_latin": family_latin,
        "gender": _gender(said("gender")),
        "birth_date": _date(said("birth_date")),
        "street": plain(f"{said('street')} {said('street_number')}"),
        "city": plain(said("city")).removesuffix("市"),
        "postal_code": plain(said("postal_code")).replace(" ", ""),
        "company": plain(said("company")),
    }
    return {_DERIVED: "1"} | {name: value for name, value in found.items() if value}


@lru_cache(maxsize=1 << 16)
def plain(text: str) -> str:
    """A text without capitals, accents, punctuation and repeated blanks; "" for what says nothing."""
    narrow = unicodedata.normalize("NFKC", text).strip().casefold()
    if is_nothing(narrow):
        return ""
    bare = "".join(char for char in unicodedata.normalize("NFKD", narrow) if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w ]|_", " ", unicodedata.normalize("NFKC", bare)).split())


@lru_cache(maxsize=1 << 16)
def _names(whole: str, given: str, family: str) -> tuple[str, str, str, str]:
    """Given and family name as written and in Latin letters; nothing of a name that is masked."""
    name = read_name(full_name(whole, given, family))
    if name is None or name.masked:
        return "", "", "", ""
    if name.han:
        if name.partial:
            return "", name.text, "", name.words[0]
        cut = 1 if spell(name.text[:1]).words[0] == name.words[0] else 2
        return name.text[cut:], name.text[:cut], "".join(name.words[1:]), name.words[0]
    if given and family and not whole:
        first, last = _joined(given), _joined(family)
    elif name.partial:
        return name.text, "", _latin(name.text), ""
    elif "," in whole:
        last, _, first = whole.partition(",")
        first, last = _joined(first), _joined(last)
    else:
        words = name.text.split()
        first, last = " ".join(words[:-1]), words[-1]
    return first, last, _latin(first), _latin(last)


def _joined(name: str) -> str:
    """A name without what stands between its letters: O'Brien is obrien."""
    return plain(re.sub(r"['’`.·•-]", "", name))


def _latin(name: str) -> str:
    return "".join(spell(name.replace(" ", "")).words) if HAN.search(name) else name.replace(" ", "")


def _gender(text: str) -> str:
    said = plain(text)
    return "f" if said in _FEMALE else "m" if said in _MALE else ""


def _date(text: str) -> str:
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" if match else ""

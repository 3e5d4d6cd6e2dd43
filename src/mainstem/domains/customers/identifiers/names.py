"""Names of people: what of them is compared, how they are spelt in Latin letters, and how alike two are."""

import re
import unicodedata
from typing import Final

import msgspec

from mainstem.domains.customers.identifiers.pinyin import HAN, fuzzy, spell
from mainstem.domains.customers.identifiers.texts import MASKS, NOTHING, is_masked, is_nothing

NAME_LENGTH_MAX: Final = 200

_TITLE_WORDS = (
    "mr mrs ms miss mx dr prof sir madam mister herr frau fraulein mme mlle monsieur madame senor senora sr sra"
)
_TITLES: Final = frozenset(_TITLE_WORDS.split())
_HAN_TITLES: Final = (
    *("先生", "女士", "小姐", "太太", "夫人", "同学", "老师", "老師", "经理", "經理", "师傅", "師傅", "阿姨", "叔叔"),
    *("大哥", "大姐", "老板", "老闆", "医生", "醫生", "教授"),
)
_SHORT_HAN_TITLES: Final = frozenset("总哥姐叔姨嫂董")
_NOBODY_WORDS = """
test tester testing user customer guest visitor member client buyer name nickname wechatuser
测试 用户 新用户 微信用户 微信昵称 支付宝用户 顾客 客户 会员 买家 卖家 路人 昵称 姓名 收货人 收件人 本人 某某
"""
_NOBODY: Final = frozenset(_NOBODY_WORDS.split())
_PLAIN_HAN = re.compile("[\u4e00-\u9fff]+")
"""What most customers are called here; it needs no cleaning."""
_NOTE = re.compile(r"[(\[{【「<].*?[)\]}】」>]")
_MASK = re.compile(f"[{MASKS}]+")
_WORD = re.compile(r"[^\W\d_]+")
_APOSTROPHES = re.compile("['’`.\u00b4\u02bc]")


class Name(msgspec.Struct, frozen=True):
    """A name in the form in which it is compared."""

    text: str
    """Case-folded, without accents, titles, notes and figures: 张三丰, `jose garcia`; of a masked name what is seen."""
    words: tuple[str, ...]
    """In Latin letters where it is Chinese or Latin, family name first where it is Chinese: zhang, sanfeng."""
    han: bool
    """It is written in Chinese characters only."""
    initials: str
    """Of each character, or word: zsf, jg."""
    masked: bool = False
    """Parts were replaced, as marketplaces do: 张**."""
    partial: bool = False
    """Masked, or a family name or one word only: it can contradict, and hardly agree."""
    ends: tuple[str, str] = ("", "")
    """Of a masked name, what stands before and after the mask."""

    @property
    def pinyin(self) -> str:
        """The words in one: zhangsanfeng."""
        return "".join(self.words)

    @property
    def spellings(self) -> frozenset[str]:
        """The words in one, family name first or last, whichever it was."""
        words = self.words
        return frozenset("".join(turned) for turned in (words, words[1:] + words[:1], words[-1:] + words[:-1]))


def full_name(name: str, given_name: str, family_name: str) -> str:
    """The name to compare: `name` if it is given, else its parts in the order of their script."""
    if name or not (given_name and family_name):
        return name or given_name or family_name
    return family_name + given_name if HAN.search(family_name) else f"{given_name} {family_name}"


def read_name(text: str) -> Name | None:
    """The name in a text; None where there is none: words for nothing, figures, longer than NAME_LENGTH_MAX."""
    if not text or len(text) > NAME_LENGTH_MAX:
        return None
    if _PLAIN_HAN.fullmatch(text) is not None:
        return None if text in NOTHING else _read_han(text)
    plain = _NOTE.sub(" ", _plain(text))
    if is_masked(plain):
        return _read_masked(plain)
    words = _WORD.findall(_APOSTROPHES.sub("", plain))
    words = [word for word in words if word not in _TITLES]
    joined = "".join(words)
    if not joined or joined in _NOBODY or is_nothing(joined):
        return None
    if all(HAN.fullmatch(word) for word in words):
        return _read_han(joined)
    latin = tuple(part for word in words for part in spell(word).words)
    initials = "".join(word[0] for word in latin)
    return Name(text=" ".join(words), words=latin, han=False, initials=initials, partial=len(words) == 1)


def name_keys(text: str) -> tuple[str, ...]:
    """Keys of which two writings of one name have at least one in common: Chinese or pinyin, either order, misheard.

    None for a masked or partial name: it would meet half the town.
    """
    name = read_name(text)
    if name is None or name.partial:
        return ()
    return tuple(sorted({fuzzy(spelling) for spelling in name.spellings}))


def _plain(text: str) -> str:
    """One width, case-folded, Latin letters without accents, without invisible marks."""
    letters = []
    for char in unicodedata.normalize("NFKC", text).casefold():
        base = unicodedata.normalize("NFD", char)[0] if not char.isascii() else char
        if unicodedata.category(char) not in ("Cf", "Cc"):
            letters.append(base if base.isascii() else char)
        elif char.isspace():
            letters.append(" ")
    return "".join(letters)


def _read_han(text: str) -> Name | None:
    for title in _HAN_TITLES:
        text = text.removesuffix(title)
    if len(text) == 2 and text[1] in _SHORT_HAN_TITLES:  # noqa: PLR2004 - a family name and a title: 王总
        text = text[0]
    if not text or text in _NOBODY:
        return None
    spelt = spell(text)
    return Name(text=text, words=spelt.words, han=True, initials=spelt.initials, partial=len(spelt.words) == 1)


def _read_masked(plain: str) -> Name | None:
    visible = ["".join(_WORD.findall(part)) for part in _MASK.split(plain)]
    text = "".join(visible)
    if not text:
        return None
    spelt = spell(text)
    return Name(
        text=text,
        words=spelt.words,
        han=HAN.fullmatch(text) is not None,
        initials=spelt.initials,
        masked=True,
        partial=True,
        ends=(visible[0], visible[-1]),
    )

"""How Chinese names are spelt in Latin letters."""

import re
from functools import lru_cache
from typing import Final

import msgspec
from pypinyin import lazy_pinyin

HAN: Final = re.compile("[々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_RUNS = re.compile(f"{HAN.pattern}|[^々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")

_FAMILY_NAME_READINGS = """
shan 单單  zeng 曾  qiu 仇  xie 解  zha 查  ou 区區  ge 盖蓋  ren 任  hua 华華  piao 朴  shao 召  yue 乐樂  zhai 翟
qin 覃  chong 种  po 繁  miao 缪繆  bi 秘  she 折佘  wei 尉隗  chen 谌諶  nai 佴  pang 逄  yun 员員  he 黑  che 车車
xian 洗冼  yao 么  xun 郇  xi 郗  gou 句
"""
"""Characters that are read differently, or only by some, in a family name."""

_TWO_CHARACTER_READINGS = """
ouyang 欧阳歐陽  shangguan 上官  sima 司马司馬  zhuge 诸葛諸葛  dongfang 东方東方  huangfu 皇甫  yuchi 尉迟尉遲
gongsun 公孙公孫  murong 慕容  linghu 令狐  xiahou 夏侯  situ 司徒  zhangsun 长孙長孫  yuwen 宇文  xuanyuan 轩辕軒轅
duanmu 端木  baili 百里  huyan 呼延  nangong 南宫南宮  ximen 西门西門  dugu 独孤獨孤  tuoba 拓跋  moqi 万俟  sikong 司空
shentu 申屠  taishi 太史  tantai 澹台  gongye 公冶  puyang 濮阳濮陽  wenren 闻人聞人  xianyu 鲜于鮮于  zhongli 钟离鍾離
helian 赫连赫連  chunyu 淳于
"""


def _readings(table: str, length: int) -> dict[str, str]:
    """The reading of each family name of so many characters in a table of readings, each before its names."""
    words = table.split()
    return {
        names[start : start + length]: reading
        for reading, names in zip(words[::2], words[1::2], strict=True)
        for start in range(0, len(names), length)
    }


_FAMILY_NAMES: Final = _readings(_FAMILY_NAME_READINGS, 1)
_TWO_CHARACTERS: Final = _readings(_TWO_CHARACTER_READINGS, 2)

_SOUTHERN: Final = ((re.compile("([zcs])h"), r"\1"), (re.compile("([aei])ng"), r"\1n"), (re.compile("lyu|lv"), "lu"))


class Spelling(msgspec.Struct, frozen=True):
    """A name in Latin letters: as words, the family name first, and the initials of its syllables."""

    words: tuple[str, ...]
    initials: str


def spell(text: str) -> Spelling:
    """The spelling of a name without blanks: 欧阳修 is (ouyang, xiu) and oyx; what is not Chinese stays as it is."""
    words: list[str] = []
    initials = ""
    for run in _RUNS.findall(text):
        if HAN.fullmatch(run) is None:
            words.append(run)
            initials += run[0]
            continue
        family = 2 if run[:2] in _TWO_CHARACTERS else 1
        given = [_syllable(char) for char in run[family:]]
        words.append(_family_name(run[:family]))
        words += ["".join(given)] if given else []
        initials += words[-1 - bool(given)][0]
        initials += "".join(_syllable(char)[0] for char in run[1:])
    return Spelling(words=tuple(words), initials=initials)


def fuzzy(spelling: str) -> str:
    """A spelling without what many speakers do not tell apart: zh and z, ch and c, sh and s, final ng and n."""
    for pattern, replacement in _SOUTHERN:
        spelling = pattern.sub(replacement, spelling)
    return spelling


def _family_name(characters: str) -> str:
    if len(characters) > 1:
        return _TWO_CHARACTERS[characters]
    return _FAMILY_NAMES.get(characters) or _syllable(characters)


@lru_cache(maxsize=16_384)
def _syllable(character: str) -> str:
    """The usual reading of one character; itself where it has none."""
    reading = lazy_pinyin(character)[0]
    return reading.replace("lv", "lu").replace("nv", "nu")

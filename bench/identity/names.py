"""Names as they are: surnames and given names by frequency, and the names of those who are called otherwise."""

from functools import cache
from random import Random
from typing import NamedTuple

from pypinyin import lazy_pinyin

_SURNAMES = (
    "王7.2 李7.0 张6.7 刘5.1 陈4.6 杨3.2 黄2.5 赵2.3 吴2.1 周2.0 徐1.6 孙1.5 马1.3 朱1.25 胡1.2 郭1.2 何1.15 林1.15 "
    "高1.1 罗1.1 郑0.95 梁0.9 谢0.8 宋0.75 唐0.7 许0.68 邓0.65 韩0.65 冯0.65 曹0.6 彭0.58 曾0.55 肖0.55 田0.53 董0.52 "
    "潘0.5 袁0.5 蔡0.48 蒋0.48 余0.46 于0.45 杜0.44 叶0.44 程0.43 魏0.42 苏0.42 吕0.41 丁0.4 任0.4 卢0.38 姚0.38 "
    "沈0.38 钟0.37 姜0.36 崔0.36 谭0.35 陆0.34 范0.34 汪0.33 廖0.33 石0.32 金0.31 韦0.3 贾0.3 夏0.3 付0.29 方0.29 "
    "邹0.28 熊0.27 白0.26 孟0.26 秦0.25 邱0.25 侯0.24 江0.24 尹0.23 薛0.23 闫0.22 段0.22 雷0.21 龙0.2 黎0.2 史0.2 "
    "陶0.19 贺0.18 毛0.18 郝0.17 顾0.17 龚0.16 邵0.16 万0.15 覃0.15 武0.15 钱0.14 戴0.14 严0.13 莫0.12 孔0.12 向0.12 "
    "常0.11 欧阳0.06 司马0.01 诸葛0.01 上官0.02 慕容0.01 皇甫0.01"
)
_SINGLE = {
    "f": "敏 静 丽 艳 芳 娜 霞 燕 玲 娟 萍 红 英 颖 婷 倩 洁 雪 琳 慧 莉 丹 蕾 梅 琴 云 欣 悦 佳 璐",
    "m": "伟 强 磊 军 勇 杰 涛 超 明 刚 平 辉 鹏 波 斌 飞 俊 浩 凯 健 峰 亮 宇 鑫 帅 旭 宁 龙 林 彬",
}
_COMMON = {
    "f": (
        "秀英 桂英 秀兰 玉兰 桂兰 秀珍 淑珍 建华 晓燕 海燕 丽娟 春梅 晓红 丽丽 婷婷 雪梅 小红 文静 思思 梦婷 佳怡 雨欣 "
        "诗涵 梓涵 欣怡 子涵 可馨 一诺 雨桐 梦瑶 思雨 佳琪 晓敏 玉梅 丽萍 红梅 艳丽 美玲 晓丽 慧敏 嘉怡 欣妍 语嫣 若曦"
        " 静怡"
    ),
    "m": (
        "建国 建军 志强 建华 国强 志明 文斌 海涛 晓东 俊杰 志伟 伟强 小龙 永强 国华 德明 子轩 浩然 宇轩 浩宇 梓豪 子豪 "
        "俊熙 宇航 博文 天宇 一鸣 嘉豪 文博 家豪 晓明 小明 建平 卫东 立新 新华 世杰 振华 明辉 家辉 泽宇 子墨 奕辰 宇辰"
        " 浩轩"
    ),
}
_FIRST = {
    "f": "晓 小 雅 梦 思 雨 佳 欣 丽 美 玉 秀 春 文 诗 静 慧 婉 若 语 紫 海 云 红 艳 淑 心 怡 嘉 子",
    "m": "志 建 国 文 俊 浩 子 宇 晓 小 明 海 永 德 家 嘉 天 博 一 泽 世 振 立 新 伟 庆 少 金 宏 鸿",
}
_LAST = {
    "f": "婷 怡 涵 琪 瑶 妍 雯 玲 敏 娟 萍 燕 芳 兰 英 珍 华 静 洁 颖 蓉 莹 馨 彤 菲 雪 梅 霞 娜 丹",
    "m": "强 伟 军 华 明 杰 辉 平 东 峰 涛 斌 鹏 飞 轩 豪 宇 然 辰 航 文 龙 林 生 良 祥 诚 成 亮 阳",
}
_UYGHUR = {
    "f": "阿依古丽 古丽娜尔 阿依努尔 热依汗 帕提古丽 阿米娜 迪丽娜尔 祖丽菲亚 阿曼古丽 努尔古丽",
    "m": "买买提 艾力 阿卜杜拉 吐尔逊 玉素甫 艾合买提 库尔班 亚森 依明 卡德尔 阿迪力 热合曼",
}
_FATHERS = "买买提 艾力 吐尔逊 玉素甫 艾合买提 库尔班 阿不都热依木 亚森 依明 卡德尔 吾甫尔 托合提 沙吾提 伊布拉音"
_TIBETAN = "扎西 次仁 卓玛 央金 达瓦 尼玛 旦增 平措 拉姆 白玛 格桑 索朗 普布 巴桑 洛桑 多吉"
_WESTERN_GIVEN = {
    "f": "Emily Sarah Anna Sophie Julia Laura Maria Olivia Grace Helen Claire Nicole",
    "m": "Michael David James Thomas Daniel Martin Peter Alexander Lucas Kevin Robert Simon",
}
_WESTERN_FAMILY = "Smith Müller Garcia Johnson Brown Dubois Rossi Wilson Taylor Ivanov Kim Tanaka Wong Chan Lee Jensen"
_HOMOPHONES_BESIDE = (
    "玮 维 炜 蔷 嫱 涓 雳 莉 颍 庭 廷 瑜 羽 余 璇 宣 萱 豪 毫 昊 皓 号 铭 茗 名 慧 惠 蕙 辉 晖 徽 婕 捷 洁 峰 锋 枫 丰 "
    "琪 琦 奇 祺 妍 研 岩 燕 艳 雁 彦 怡 仪 宜 诗 施 思 丝 梓 紫 子 佳 嘉 家 加 欣 新 心 馨 鑫 可 珂 荷 淑 书 舒 舟 "
    "章 周 "
    "陈 程 成 诚 承 呈 黄 王 汪 旺 刘 柳 李 黎 理 利 丽 吴 伍 武 徐 许 旭 余 于 俞 蒋 姜 江 肖 萧 晓 小 筱 付 傅 阎 闫"
    " 严"
)

SINGLE_BEFORE, SINGLE_SINCE = 0.32, 0.14
"""Share of given names of one character: of people born before 1995, and since."""
COMMON = 0.55
"""Share of two-character given names that are among the common ones; the others are put together."""


class Name(NamedTuple):
    """A person's name: family and given name, and how they are written together."""

    family: str
    given: str
    style: str = "chinese"

    @property
    def whole(self) -> str:
        """The name as its owner writes it."""
        if self.style == "chinese":
            return self.family + self.given
        if self.style == "western":
            return f"{self.given} {self.family}"
        return f"{self.given}·{self.family}" if self.family else self.given


def _weighted(text: str) -> tuple[list[str], list[float]]:
    words = text.split()
    bounds = [next(at for at, letter in enumerate(word) if letter.isdigit()) for word in words]
    names = [word[:bound] for word, bound in zip(words, bounds, strict=True)]
    return names, [float(word[bound:]) for word, bound in zip(words, bounds, strict=True)]


_FAMILIES, _SHARES = _weighted(_SURNAMES)


def surname(random: Random) -> str:
    """A Chinese surname, as often as it is."""
    return random.choices(_FAMILIES, _SHARES)[0]


def given(random: Random, gender: str, born: int) -> str:
    """A given name of a gender ("f" or "m") and a time."""
    if random.random() < (SINGLE_BEFORE if born < 1995 else SINGLE_SINCE):
        return _few(random, _SINGLE[gender].split())
    if random.random() < COMMON:
        return _few(random, _COMMON[gender].split())
    return random.choice(_FIRST[gender].split()) + random.choice(_LAST[gender].split())


def _few(random: Random, names: list[str]) -> str:
    """One of the names; the first ones more often."""
    return names[min(int(random.expovariate(2.0 / len(names))), len(names) - 1)]


def minority(random: Random, gender: str) -> Name:
    """A Uyghur name with the father's behind a dot, or a Tibetan one without surname."""
    if random.random() < 0.6:
        return Name(random.choice(_FATHERS.split()), random.choice(_UYGHUR[gender].split()), "dotted")
    first, second = random.sample(_TIBETAN.split(), 2)
    return Name("", first + second, "dotted")


def western(random: Random, gender: str) -> Name:
    """A name in Latin letters."""
    return Name(random.choice(_WESTERN_FAMILY.split()), random.choice(_WESTERN_GIVEN[gender].split()), "western")


@cache
def _sounds() -> dict[str, tuple[str, ...]]:
    characters = set("".join((*_SINGLE.values(), *_COMMON.values(), *_FIRST.values(), *_LAST.values())))
    by_sound: dict[str, list[str]] = {}
    for character in sorted((characters | set(_HOMOPHONES_BESIDE)) - {" "}):
        by_sound.setdefault(lazy_pinyin(character)[0], []).append(character)
    return {sound: tuple(same) for sound, same in by_sound.items()}


def homophone(random: Random, character: str) -> str:
    """Another character that sounds alike; the same one when there is none."""
    others = [other for other in _sounds().get(lazy_pinyin(character)[0], ()) if other != character]
    return random.choice(others) if others else character


def pinyin(name: Name, random: Random) -> str:
    """The name in Latin letters, in one of the orders that people write it."""
    family = "".join(lazy_pinyin(name.family)).capitalize()
    own = "".join(lazy_pinyin(name.given)).capitalize()
    return random.choice((f"{family} {own}", f"{own} {family}", f"{family.upper()} {own}", f"{family}, {own}"))

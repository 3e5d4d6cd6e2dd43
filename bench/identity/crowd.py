"""People for training and for measuring, drawn with a seed: Chinese and Western names, and what sources make of them.

Every person has a name, a gender, a birth date and an address; some have a company. A *record* is what one source wrote
down: with typing errors, swapped fields, another spelling (characters or pinyin, Bob for Robert), fields left out, an
address that was moved away from. How often is in `Noise`, rates a field.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

_FAMILIES = """
王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 罗 高 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 肖 田 董 袁 潘 于 蒋
蔡 余 杜 叶 程 苏 魏 吕 丁 任 沈 姚 卢 姜 崔 钟 谭 陆 汪 范 金 石 廖 贾 夏 韦 付 方 白 邹 孟 熊 秦 邱 江 尹 薛 闫 段
雷 侯 龙 史 陶 黎 贺 顾 毛 郝 龚 邵 万 钱 严 覃 武 戴 莫 孔 向 汤 欧阳 司马 上官 诸葛
"""
_GIVEN = """
伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 桂英 秀英 建华 建国 志强 海燕 玉兰 文博 子涵 梓萱 浩然
雨桐 一诺 欣怡 宇轩 思远 佳琪 晓东 小红 春梅 国栋 俊杰 晨曦 嘉豪 雅婷 慧敏 婷婷 丹丹 志伟 永强 立新 德华 学友 丽华
美玲 天宇 浩宇 诗涵 梦琪 雪梅 红梅 凤英 玉珍 淑华 秀兰 桂兰 海波 振华 家辉 泽宇 博文 语嫣 若曦 可欣 安琪 乐瑶 星辰
景行
"""
_WEST_FAMILIES = """
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Wilson Anderson Taylor Thomas Moore
Jackson Martin Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen
Hill Green Adams Baker Nelson Hall Rivera Campbell Mitchell Carter Roberts Schmidt Müller Schneider Fischer Weber
Meyer Wagner Becker Hoffmann Dubois Moreau Laurent Rossi Ferrari Esposito Fernandez Lopez Gonzalez Silva Santos
Oliveira Kowalski Novak Ivanov Petrov Jensen Hansen Andersson Johansson O'Brien Murphy Kelly Walsh McDonald MacLeod
Ferguson
"""
_WEST_GIVEN = """
James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica
Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy Matthew Betty Anthony Sandra Mark Margaret Donald Ashley
Steven Kimberly Andrew Emily Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa George Deborah
Sophie Lukas Anna Pierre Marie Marco Giulia Carlos Sofia João Inês Piotr Katarzyna Ivan Olga Lars Ingrid Sean Aoife
"""
_COMPANIES = """
华为 腾讯 阿里巴巴 百度 京东 小米 美团 中国银行 工商银行 国家电网 Acme Globex Initech Umbrella Siemens Bosch Renault
"""
_ROADS = """
人民路 中山路 解放路 建设路 和平路 新华路 胜利街 南京路 北京路 长江路 黄河路 文化路 学院路 幸福街 朝阳路 滨江大道
科技路 西湖路
"""
SIGNS = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚华英玉兰文博子涵梓萱浩然雨桐欣怡宇轩思远佳琪晓东春"
    "梅国栋俊晨曦嘉豪雅婷慧志永立新德学友美玲天诗梦雪红凤珍淑秀桂海波振家辉泽语若可安乐瑶星辰景"
    "行云飞龙鹏程万里青山松柏林森"
)
_CITIES = """
北京/北京/1000 上海/上海/2000 广州/广东/5100 深圳/广东/5180 杭州/浙江/3100 南京/江苏/2100 苏州/江苏/2150
成都/四川/6100 重庆/重庆/4000 武汉/湖北/4300 西安/陕西/7100 长沙/湖南/4100 青岛/山东/2660 天津/天津/3000
郑州/河南/4500 沈阳/辽宁/1100 大连/辽宁/1160 厦门/福建/3610 昆明/云南/6500 合肥/安徽/2300
"""
_WEST_CITIES = """
London,England,EC1
Manchester,England,M1
New York,NY,100
Chicago,IL,606
Sydney,NSW,20
Melbourne,VIC,30
Berlin,Berlin,101
Paris,Île-de-France,750
Madrid,Madrid,280
Roma,Lazio,001
Toronto,ON,M5
Dublin,Leinster,D0
"""
_WEST_ROADS = """
High Street
Station Road
Main Street
Church Lane
Park Avenue
Mill Road
Oak Street
Maple Drive
Victoria Road
Green Lane
"""
_NICK = """
James/Jim Robert/Bob Michael/Mike William/Bill Elizabeth/Liz Jennifer/Jen Thomas/Tom Daniel/Dan Matthew/Matt
Anthony/Tony Christopher/Chris Patricia/Pat Steven/Steve Andrew/Andy Kenneth/Ken Joshua/Josh Margaret/Maggie
Susan/Sue
"""
FAMILIES, GIVEN, WEST_FAMILIES, WEST_GIVEN = (
    words.split() for words in (_FAMILIES, _GIVEN, _WEST_FAMILIES, _WEST_GIVEN)
)
COMPANIES, ROADS, WEST_ROADS = _COMPANIES.split(), _ROADS.split(), _WEST_ROADS.strip().splitlines()
CITIES = [entry.split("/") for entry in _CITIES.split()]
WEST_CITIES = [entry.split(",") for entry in _WEST_CITIES.strip().splitlines()]
NICK = dict(entry.split("/", 1) for entry in _NICK.split())
KEYS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Noise:
    """How often what happens to a record, as shares of records."""

    typo: float = 0.08
    pinyin: float = 0.12
    nickname: float = 0.08
    swapped: float = 0.02
    moved: float = 0.10
    date: float = 0.06
    gender: float = 0.01
    employer: float = 0.12
    married: float = 0.02
    left_out: dict[str, float] = field(
        default_factory=lambda: {
            "birth_date": 0.25,
            "street": 0.3,
            "city": 0.15,
            "gender": 0.2,
            "company": 0.6,
            "email": 0.4,
            "phone": 0.2,
        }
    )


Person = dict[str, str]


def person(dice: random.Random) -> Person:
    """Somebody: six in ten are Chinese."""
    chinese = dice.random() < 0.6
    year, month, day = dice.randrange(1940, 2008), dice.randrange(1, 13), dice.randrange(1, 29)
    city, region, code = dice.choice(CITIES if chinese else WEST_CITIES)
    if chinese:
        # Few families are of many people: the first names of the list are the most usual.
        family = FAMILIES[min(int(dice.expovariate(0.045)), len(FAMILIES) - 1)]
        given = dice.choice(GIVEN) if dice.random() < 0.5 else dice.choice(SIGNS) + dice.choice(SIGNS)
        road, number = dice.choice(ROADS), f"{dice.randrange(1, 900)}号"
    else:
        family = WEST_FAMILIES[min(int(dice.expovariate(0.04)), len(WEST_FAMILIES) - 1)]
        given = dice.choice(WEST_GIVEN)
        road, number = dice.choice(WEST_ROADS), str(dice.randrange(1, 300))
    tag = f"{dice.choice(KEYS)}{dice.choice(KEYS)}{dice.randrange(10, 100_000)}"
    return {
        "family_name": family,
        "given_name": given,
        "gender": dice.choice(("female", "male")),
        "birth_date": f"{year:04}-{month:02}-{day:02}",
        "street": road,
        "street_number": number,
        "city": city,
        "region": region,
        "postal_code": f"{code}{dice.randrange(0, 100):02}",
        "company": dice.choice(COMPANIES),
        "email": f"{tag}@{dice.choice(('qq.com', '163.com', 'gmail.com', 'example.com'))}",
        "phone": f"1{dice.choice('3578')}{dice.randrange(10**8, 10**9)}",
    }


def mistyped(dice: random.Random, text: str) -> str:
    """A text with one typing error: a sign left out, added, replaced or changed with its neighbour."""
    if not text:
        return text
    at = dice.randrange(len(text))
    sign = dice.choice("0123456789") if text[at].isdigit() else dice.choice(KEYS)
    match dice.randrange(4):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + sign + text[at:]
        case 2:
            return text[:at] + sign + text[at + 1 :]
        case _:
            return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def record(dice: random.Random, of: Person, noise: Noise) -> Person:
    """What a source wrote down of somebody."""
    said = dict(of)
    if dice.random() < noise.moved:
        elsewhere = person(dice)
        said |= {name: elsewhere[name] for name in ("street", "street_number", "city", "region", "postal_code")}
    _changed(dice, said, noise)
    if dice.random() < noise.nickname:
        said["given_name"] = NICK.get(said["given_name"], said["given_name"])
    if dice.random() < noise.pinyin:
        said |= {name: _pinyin(said[name]) for name in ("given_name", "family_name")}
    for name in ("given_name", "family_name", "street", "email", "phone", "postal_code"):
        if dice.random() < noise.typo and not (name.endswith("name") and not said[name].isascii()):
            said[name] = mistyped(dice, said[name])
    if dice.random() < noise.date:
        year, month, day = said["birth_date"].split("-")
        said["birth_date"] = (
            f"{year}-{day}-{month}"
            if int(day) <= 12 and dice.random() < 0.3
            else _other_digit(dice, said["birth_date"])
        )
    if dice.random() < noise.swapped:
        said["given_name"], said["family_name"] = said["family_name"], said["given_name"]
    _left_out(dice, said, noise)
    return said


def _changed(dice: random.Random, said: Person, noise: Noise) -> None:
    """What is another today, or was written down wrongly as a whole."""
    if dice.random() < noise.gender:
        said["gender"] = "male" if said["gender"] == "female" else "female"
    if dice.random() < noise.employer:
        said["company"] = dice.choice(COMPANIES)
    if dice.random() < noise.married:
        said["family_name"] = person(dice)["family_name"]


def _left_out(dice: random.Random, said: Person, noise: Noise) -> None:
    """What a source did not ask for; an address goes as a whole."""
    for name, share in noise.left_out.items():
        if dice.random() < share:
            said[name] = ""
            if name == "street":
                said["street_number"] = ""
            if name == "city":
                said["region"] = said["postal_code"] = ""


def _other_digit(dice: random.Random, date: str) -> str:
    at = dice.choice((2, 3, 6, 9))
    return date[:at] + str((int(date[at]) + dice.randrange(1, 10)) % 10) + date[at + 1 :]


@lru_cache(maxsize=1 << 16)
def _pinyin(name: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its tables take a moment

    return "".join(lazy_pinyin(name)).capitalize()


def records(
    people: int, seed: int, noise: Noise | None = None, each: tuple[int, ...] = (1, 1, 1, 2, 2, 3, 4)
) -> Iterator[tuple[int, Person]]:
    """Records with the number of their person, person after person; how many each has is drawn from `each`."""
    dice = random.Random(seed)
    how = noise or Noise()
    for number in range(people):
        somebody = person(dice)
        for _ in range(dice.choice(each)):
            yield number, record(dice, somebody, how)

"""Where people live: cities by size, streets and house numbers."""

from random import Random
from typing import NamedTuple

_CITIES = (
    "上海市 上海市 2487 200000|北京市 北京市 2189 100000|广东省 深圳市 1756 518000|广东省 广州市 1868 510000|"
    "四川省 成都市 2094 610000|重庆市 重庆市 1600 400000|湖北省 武汉市 1233 430000|浙江省 杭州市 1194 310000|"
    "陕西省 西安市 1295 710000|江苏省 南京市 931 210000|江苏省 苏州市 1275 215000|天津市 天津市 1387 300000|"
    "湖南省 长沙市 1005 410000|河南省 郑州市 1260 450000|山东省 青岛市 1007 266000|福建省 厦门市 516 361000|"
    "浙江省 宁波市 940 315000|辽宁省 沈阳市 907 110000|云南省 昆明市 846 650000|新疆维吾尔自治区 乌鲁木齐市 405 830000"
)
_STREETS = (
    "中山路 人民路 解放路 建设路 和平路 新华路 胜利路 文化路 南京路 北京路 长江路 黄河路 淮海路 朝阳路 光明路 迎宾路 "
    "学院路 科技路 滨江大道 世纪大道 幸福街 工农街 东风路 青年路 花园路 湖滨路 友谊路 滨河路 体育路 复兴路 西湖路 "
    "龙华路 延安路 四川路 复旦路 大学路 桃园路 金沙江路 虹桥路 天山路 莲花路 凤凰路 园林路 车站路 府前街 东大街 西大街"
)
_SIDES = ("东", "西", "南", "北", "中", "", "", "", "")

SHOPS_A_CITY = 4


class Home(NamedTuple):
    """An address: region, city, street, the number with building and flat, postal code."""

    region: str
    city: str
    street: str
    number: str
    postal_code: str


_PARTS = [city.split() for city in _CITIES.split("|")]
_WEIGHTS = [float(part[2]) for part in _PARTS]
CITIES = [part[1] for part in _PARTS]


def home(random: Random, cities: int, city: str = "") -> Home:
    """An address: in this city, or in one of the first so many, by their sizes."""
    part = _PARTS[CITIES.index(city)] if city else random.choices(_PARTS[:cities], _WEIGHTS[:cities])[0]
    street = random.choice(_STREETS.split())
    side = random.choice(_SIDES)
    street = street[:-1] + side + street[-1] if not street.endswith("道") else street
    number = f"{random.randint(1, 999)}号"
    if random.random() < 0.85:
        number += f"{random.randint(1, 20)}栋"
        number += f"{random.randint(1, 4)}单元" if random.random() < 0.4 else ""
        number += f"{random.randint(1, 28)}{random.randint(1, 6):02d}室"
    return Home(part[0], part[1], street, number, f"{int(part[3]) + random.randint(0, 90)}")


def shops(city: str) -> tuple[str, ...]:
    """The codes of a city's shops: each has a till that is a source of its own."""
    return tuple(f"till-{CITIES.index(city) + 1:02d}{letter}" for letter in "ABCD"[:SHOPS_A_CITY])

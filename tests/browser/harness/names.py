"""What things of the test world are called, in Chinese and English."""

from typing import Literal, NamedTuple

Tongue = Literal["zh", "en"]


class Name(NamedTuple):
    """One thing in both languages."""

    zh: str
    en: str

    def __call__(self, tongue: Tongue) -> str:
        return self.zh if tongue == "zh" else self.en


class Base(NamedTuple):
    """A product: its name, its category, its unit, and what a unit costs in minor units."""

    name: Name
    category: Name
    unit: str
    price_minor: int


PIECES = (
    Name("小份", "small"),
    Name("标准", "regular"),
    Name("大份", "large"),
    Name("家庭装", "family pack"),
    Name("礼盒", "gift box"),
)
MEASURED = (
    Name("本地", "local"),
    Name("有机", "organic"),
    Name("进口", "imported"),
    Name("特选", "select"),
    Name("普通", "standard"),
)

_DAIRY, _FRUIT = Name("食品/乳品", "Food/Dairy"), Name("食品/水果", "Food/Fruit")
_GREENS, _MEAT = Name("食品/蔬菜", "Food/Vegetables"), Name("食品/肉禽", "Food/Meat")
_STAPLE, _DRINK = Name("食品/粮油", "Food/Staples"), Name("食品/饮料", "Food/Drinks")
_SNACK, _BAKERY = Name("食品/零食", "Food/Snacks"), Name("食品/烘焙", "Food/Bakery")
_HOME, _CARE = Name("日用/家居", "Household/Home"), Name("日用/个护", "Household/Care")

BASES = (
    Base(Name("鲜牛奶", "Fresh milk"), _DAIRY, "pc", 1250),
    Base(Name("原味酸奶", "Plain yoghurt"), _DAIRY, "pc", 890),
    Base(Name("切达奶酪", "Cheddar"), _DAIRY, "pc", 3280),
    Base(Name("黄油", "Butter"), _DAIRY, "pc", 2690),
    Base(Name("富士苹果", "Fuji apples"), _FRUIT, "kg", 1590),
    Base(Name("香蕉", "Bananas"), _FRUIT, "kg", 790),
    Base(Name("赣南脐橙", "Navel oranges"), _FRUIT, "kg", 1180),
    Base(Name("阳光玫瑰葡萄", "Shine Muscat grapes"), _FRUIT, "kg", 3980),
    Base(Name("番茄", "Tomatoes"), _GREENS, "kg", 690),
    Base(Name("黄瓜", "Cucumbers"), _GREENS, "kg", 590),
    Base(Name("土豆", "Potatoes"), _GREENS, "kg", 390),
    Base(Name("小白菜", "Pak choi"), _GREENS, "kg", 480),
    Base(Name("五花肉", "Pork belly"), _MEAT, "kg", 3580),
    Base(Name("牛腩", "Beef brisket"), _MEAT, "kg", 7980),
    Base(Name("鸡胸肉", "Chicken breast"), _MEAT, "kg", 2580),
    Base(Name("东北大米", "Rice"), _STAPLE, "kg", 890),
    Base(Name("高筋面粉", "Bread flour"), _STAPLE, "kg", 720),
    Base(Name("花生油", "Peanut oil"), _STAPLE, "l", 2490),
    Base(Name("生抽", "Soy sauce"), _STAPLE, "pc", 1380),
    Base(Name("香醋", "Vinegar"), _STAPLE, "pc", 980),
    Base(Name("矿泉水", "Mineral water"), _DRINK, "pc", 300),
    Base(Name("乌龙茶", "Oolong tea"), _DRINK, "pc", 4580),
    Base(Name("龙井茶", "Longjing tea"), _DRINK, "pc", 12800),
    Base(Name("咖啡豆", "Coffee beans"), _DRINK, "kg", 13800),
    Base(Name("苹果汁", "Apple juice"), _DRINK, "pc", 1490),
    Base(Name("苏打饼干", "Crackers"), _SNACK, "pc", 990),
    Base(Name("黑巧克力", "Dark chocolate"), _SNACK, "pc", 2290),
    Base(Name("烤腰果", "Roasted cashews"), _SNACK, "kg", 8980),
    Base(Name("海苔", "Seaweed"), _SNACK, "pc", 1590),
    Base(Name("全麦面包", "Wholemeal bread"), _BAKERY, "pc", 1690),
    Base(Name("可颂", "Croissants"), _BAKERY, "pc", 1290),
    Base(Name("蛋黄酥", "Egg yolk pastry"), _BAKERY, "pc", 3990),
    Base(Name("陶瓷杯", "Ceramic mug"), _HOME, "pc", 3900),
    Base(Name("竹砧板", "Bamboo board"), _HOME, "pc", 5900),
    Base(Name("棉麻布", "Linen cloth"), _HOME, "m", 4800),
    Base(Name("抽纸", "Tissues"), _HOME, "pc", 1990),
    Base(Name("洗衣液", "Laundry liquid"), _HOME, "l", 1890),
    Base(Name("洗发水", "Shampoo"), _CARE, "pc", 4590),
    Base(Name("牙膏", "Toothpaste"), _CARE, "pc", 1990),
    Base(Name("护手霜", "Hand cream"), _CARE, "pc", 2990),
)


class Spot(NamedTuple):
    """A node: its code, name, kind, zone, and where it is."""

    code: str
    name: Name
    kind: Literal["store", "warehouse"]
    zone: str
    city: Name
    at: tuple[float, float]


WAREHOUSE = "WH-01"
STORES = ("SH-01", "UR-01", "TK-01")
SPOTS = (
    Spot(
        "SH-01",
        Name("上海南京路店", "Nanjing Road"),
        "store",
        "Asia/Shanghai",
        Name("上海", "Shanghai"),
        (31.235, 121.475),
    ),
    Spot(
        "UR-01", Name("乌鲁木齐天山店", "Tianshan"), "store", "Asia/Urumqi", Name("乌鲁木齐", "Urumqi"), (43.79, 87.6)
    ),
    Spot("TK-01", Name("东京银座店", "Ginza"), "store", "Asia/Tokyo", Name("东京", "Tokyo"), (35.671, 139.764)),
    Spot(
        "WH-01",
        Name("嘉兴中心仓", "Jiaxing warehouse"),
        "warehouse",
        "Asia/Shanghai",
        Name("嘉兴", "Jiaxing"),
        (30.75, 120.75),
    ),
)

TILL, WEB, MINI = "pos", "web", "mini"
CHANNELS: tuple[tuple[str, Name, Literal["till", "web", "mini_program"]], ...] = (
    (TILL, Name("收银台", "Tills"), "till"),
    (WEB, Name("网店", "Web shop"), "web"),
    (MINI, Name("小程序", "Mini-program"), "mini_program"),
)

PEOPLE = {
    "administrator": Name("林安", "Lin An"),
    "operations_manager": Name("周敏", "Zhou Min"),
    "store_associate": Name("陈悦", "Chen Yue"),
    "marketer": Name("赵琪", "Zhao Qi"),
    "service_agent": Name("孙晨", "Sun Chen"),
    "analyst": Name("吴桐", "Wu Tong"),
    "privacy_officer": Name("郑宁", "Zheng Ning"),
}

CUSTOMERS = tuple(
    Name(zh, en) for zh, en in (("王芳", "Wang Fang"), ("李娜", "Li Na"), ("刘洋", "Liu Yang"), ("张伟", "Zhang Wei"))
)
FOUND_BROKEN = Name("破损", "Broken in transit")
CHANGED_MIND = Name("客户改变主意", "Changed their mind")
MISCOUNTED = Name("复盘后确认是上次漏点", "Counted again: it was missed last time")

"""The rights that people have over their data, by law, with their deadlines: data, in both languages.

PIPL (个人信息保护法) articles 44 to 50, with the 15 working days of the rules on collecting personal information; GDPR
articles 12 and 15 to 22, one month.
"""

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from mainstem.platform.checks import Said

SATURDAY = 5


class Law(msgspec.Struct, frozen=True):
    """A law, and within which time a request under it is answered: working days, or calendar months, in its zone."""

    code: str
    name: Said
    zone: str
    working_days: int = 0
    months: int = 0


LAWS: Mapping[str, Law] = {
    law.code: law
    for law in (
        Law(
            "pipl",
            Said("Personal Information Protection Law (China)", "《中华人民共和国个人信息保护法》"),
            "Asia/Shanghai",
            working_days=15,
        ),
        Law(
            "gdpr",
            Said("General Data Protection Regulation (EU)", "欧盟《通用数据保护条例》"),
            "Europe/Brussels",
            months=1,
        ),
    )
}
"""Every law by its code."""

KINDS: Mapping[str, Said] = {
    "access": Said("See what is held", "查阅个人信息"),
    "portability": Said("A copy to take along", "复制与转移个人信息"),
    "rectification": Said("Correction", "更正个人信息"),
    "erasure": Said("Erasure", "删除个人信息"),
    "restriction": Said("Keep, but do not use", "限制处理"),
    "objection": Said("Objection to a use", "拒绝特定处理或自动化决策"),
}
"""What can be asked for."""

IDENTITY: Mapping[str, Said] = {
    "privacy_link": Said("A link with a one-time code", "带一次性验证码的链接"),
    "in_person": Said("In person, with a document", "当面出示证件"),
    "account": Said("Signed in to the account", "已登录账户"),
    "call_back": Said("A call back to the known number", "回拨已登记的电话"),
}
"""How it is checked that it is the person who asks."""

REASONS: Mapping[str, Said] = {
    "identity_not_shown": Said("It could not be shown who asks.", "无法核实请求人的身份。"),
    "excessive": Said("The same was asked for repeatedly, without need.", "无正当理由重复提出相同请求。"),
    "legal_obligation": Said("A law obliges us to keep it.", "法律要求我们保留相关信息。"),
    "others_rights": Said("It would harm the rights of others.", "会损害他人的合法权益。"),
    "not_held": Said("We hold nothing of that.", "我们未持有相关信息。"),
}
"""Why a request can be refused."""

KEPT = Said(
    "Orders, payments and returns are kept as the law asks, under a number that names nobody any more.",
    "订单、付款与退货记录依法保留，仅以不再指向任何人的编号标识。",
)
"""What erasure leaves."""


def due(law: Law, received_at: datetime) -> datetime:
    """When the time of a request is up: the end of its last day where the law holds.

    The day of arrival does not count. Public holidays are counted like other days, so that the time is never too long;
    a period of months that would end on a weekend ends on the Monday (Regulation 1182/71, article 3).
    """
    zone = ZoneInfo(law.zone)
    day = received_at.astimezone(zone).date()
    if law.months:
        day = _later(day, law.months)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
    left = law.working_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def _later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))

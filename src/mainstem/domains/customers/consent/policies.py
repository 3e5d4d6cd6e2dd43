"""What personal data may be used for, over which channels, and under which policies: data, in both languages.

Sources: PIPL (个人信息保护法) articles 13, 23, 24, 38 and 39; GDPR articles 6, 21, 22 and 49. Where one law knows a
basis and the other asks for consent, consent is asked for.
"""

from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from mainstem.platform.checks import Said


class Basis(StrEnum):
    """Why the law allows a use."""

    CONTRACT = "contract"
    OBLIGATION = "legal_obligation"
    CONSENT = "consent"


class Purpose(msgspec.Struct, frozen=True):
    """One use of personal data. `by_channel`: it is consented to for each channel, or for all of them."""

    code: str
    name: Said
    about: Said
    basis: Basis
    by_channel: bool = False

    @property
    def default(self) -> bool:
        """Whether it is allowed while nobody has said anything: never where consent is the basis."""
        return self.basis is not Basis.CONSENT


class Policy(msgspec.Struct, frozen=True):
    """A version of what people are told. `covers`: the purposes that it tells of.

    `renews`: the purposes that changed so much that what was given under earlier versions counts no longer (PIPL 14).
    """

    version: str
    since: datetime
    covers: frozenset[str]
    renews: frozenset[str] = frozenset()


def _by_code(*purposes: Purpose) -> dict[str, Purpose]:
    return {purpose.code: purpose for purpose in purposes}


BASES: dict[Basis, Said] = {
    Basis.CONTRACT: Said("The contract with you", "履行与您的合同"),
    Basis.OBLIGATION: Said("A legal obligation", "履行法定义务"),
    Basis.CONSENT: Said("Your consent", "您的同意"),
}
"""The bases in words."""

PURPOSES: dict[str, Purpose] = _by_code(
    Purpose(
        "service",
        Said("Service", "服务"),
        Said(
            "Your orders, deliveries, returns and questions. Without it we cannot serve you.",
            "处理您的订单、配送、退货与咨询。没有它，我们无法为您服务。",
        ),
        Basis.CONTRACT,
    ),
    Purpose(
        "legal",
        Said("Legal duties", "法定义务"),
        Said(
            "What the law asks of us: books, invoices, and the rights on this page.",
            "法律要求我们做的事：账簿、发票，以及本页所列的权利。",
        ),
        Basis.OBLIGATION,
    ),
    Purpose(
        "marketing",
        Said("Marketing", "营销"),
        Said("News and offers, sent over the channels that you choose.", "通过您选择的渠道发送资讯与优惠。"),
        Basis.CONSENT,
        by_channel=True,
    ),
    Purpose(
        "personalisation",
        Said("Personalisation", "个性化"),
        Said(
            "What you see and are offered follows what you bought and looked at.",
            "根据您的购买与浏览，调整向您展示和推荐的内容。",
        ),
        Basis.CONSENT,
    ),
    Purpose(
        "analytics",
        Said("Analysis", "分析"),
        Said(
            "Figures on how our shops are used, in which you are counted.", "统计门店与渠道的使用情况，您会被计入其中。"
        ),
        Basis.CONSENT,
    ),
    Purpose(
        "partners",
        Said("Sharing with partners", "与合作方共享"),
        Said("Handing your data to companies that work with us.", "将您的信息提供给与我们合作的公司。"),
        Basis.CONSENT,
    ),
    Purpose(
        "automated_decisions",
        Said("Automated decisions", "自动化决策"),
        Said(
            "Decisions about you that no person takes, such as your credit or your prices.",
            "不经人工、由系统作出的与您有关的决定，例如您的额度或价格。",
        ),
        Basis.CONSENT,
    ),
    Purpose(
        "cross_border",
        Said("Transfer abroad", "跨境传输"),
        Said("Handing your data to somebody in another country.", "将您的信息提供给境外的接收方。"),
        Basis.CONSENT,
    ),
)
"""Every purpose by its code."""

CHANNELS: dict[str, Said] = {
    "email": Said("E-mail", "电子邮件"),
    "sms": Said("Text message", "短信"),
    "phone": Said("Telephone", "电话"),
    "wechat": Said("WeChat", "微信"),
    "app": Said("App notification", "应用通知"),
    "post": Said("Post", "邮寄"),
}
"""The channels over which people are addressed."""

EVIDENCE: dict[str, Said] = {
    "web_form": Said("A form on the web", "网页表单"),
    "app": Said("The app or mini-program", "应用或小程序"),
    "till": Said("At the till", "收银台"),
    "paper": Said("A signed paper", "签署的纸质文件"),
    "call": Said("A telephone call", "电话"),
    "message": Said("A message", "消息"),
    "privacy_page": Said("The privacy page", "隐私页面"),
    "import": Said("Taken over from another system", "从其他系统导入"),
    "request": Said("A request about personal data", "个人信息权利请求"),
}
"""The ways in which it can be shown that somebody said so."""

POLICIES: tuple[Policy, ...] = (
    Policy("2026-1", datetime(2026, 1, 1, tzinfo=UTC), frozenset(PURPOSES), frozenset(PURPOSES)),
)
"""The versions of the privacy policy, oldest first."""

LATEST = POLICIES[-1].version


def policy(version: str, policies: tuple[Policy, ...] = POLICIES) -> Policy | None:
    """The policy of a version; None when there is none."""
    return next((one for one in policies if one.version == version), None)


def in_force(purpose: str, policies: tuple[Policy, ...] = POLICIES) -> tuple[str, ...]:
    """The versions under which what was given for a purpose still counts: from the latest on that renewed it."""
    found: list[str] = []
    for one in reversed(policies):
        if purpose in one.covers:
            found.append(one.version)
        if purpose in one.renews:
            break
    return tuple(found)

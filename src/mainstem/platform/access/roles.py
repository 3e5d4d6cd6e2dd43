"""Roles: which permissions each one holds, as data, and drawn as a matrix for people and for the golden file."""

import msgspec

from mainstem.platform.access import permissions as p


class Role(msgspec.Struct, frozen=True):
    """A named set of permission codes. `bound`: each principal of this role belongs to exactly one node."""

    name: str
    en: str
    zh: str
    permissions: frozenset[str]
    bound: bool = False


def _role(name: str, en: str, zh: str, *granted: p.Permission, bound: bool = False) -> Role:
    return Role(name=name, en=en, zh=zh, permissions=frozenset(one.code for one in granted), bound=bound)


_SHOP_WINDOW = (p.CATALOG_READ, p.PRICES_READ, p.AVAILABILITY_READ)
"""What everybody who speaks with customers must see."""

ADMINISTRATOR = _role("administrator", "Administrator", "管理员", *p.PERMISSIONS.values())
OPERATIONS_MANAGER = _role(
    "operations_manager",
    "Operations manager",
    "运营经理",
    *_SHOP_WINDOW,
    p.ORDERS_READ,
    p.ORDERS_WRITE,
    p.SALES_WRITE,
    p.STOCK_READ,
    p.STOCK_WRITE,
    p.STOCK_ADJUST,
    p.CATALOG_WRITE,
    p.PRICES_WRITE,
    p.PRICES_APPROVE,
    p.CUSTOMERS_READ,
    p.CUSTOMERS_WRITE,
    p.SEGMENTS_READ,
    p.QUARANTINE_READ,
    p.QUARANTINE_WRITE,
    p.REPORTS_READ,
    p.PLAN_WRITE,
    p.DATA_EXPORT,
    p.METRICS_READ,
    p.JOBS_READ,
    p.LOYALTY_READ,
    p.LOYALTY_WRITE,
    p.LOYALTY_APPROVE,
    p.GIFTCARDS_WRITE,
    p.PROMOTIONS_READ,
    p.PROMOTIONS_WRITE,
    p.PROMOTIONS_APPROVE,
    p.COUPONS_READ,
    p.COUPONS_WRITE,
    p.COUPONS_MANAGE,
)
STORE_ASSOCIATE = _role(
    "store_associate",
    "Store associate",
    "门店店员",
    *_SHOP_WINDOW,
    p.ORDERS_READ,
    p.ORDERS_WRITE,
    p.SALES_WRITE,
    p.STOCK_READ,
    p.STOCK_WRITE,
    p.CUSTOMERS_READ,
    p.LOYALTY_READ,
    p.PROMOTIONS_READ,
    p.COUPONS_READ,
    bound=True,
)
MARKETER = _role(
    "marketer",
    "Marketer",
    "营销人员",
    *_SHOP_WINDOW,
    p.CUSTOMERS_READ,
    p.SEGMENTS_READ,
    p.SEGMENTS_WRITE,
    p.REPORTS_READ,
    p.LOYALTY_READ,
    p.LOYALTY_WRITE,
    p.PROMOTIONS_READ,
    p.PROMOTIONS_WRITE,
    p.COUPONS_READ,
    p.COUPONS_WRITE,
    p.COUPONS_MANAGE,
)
SERVICE_AGENT = _role(
    "service_agent",
    "Service agent",
    "客服人员",
    *_SHOP_WINDOW,
    p.ORDERS_READ,
    p.ORDERS_WRITE,
    p.CUSTOMERS_READ,
    p.CUSTOMERS_UNMASK,
    p.CUSTOMERS_WRITE,
    p.CUSTOMERS_MERGE,
    p.CONSENT_WRITE,
    p.LOYALTY_READ,
    p.LOYALTY_WRITE,
    p.GIFTCARDS_WRITE,
    p.PROMOTIONS_READ,
    p.COUPONS_READ,
    p.COUPONS_WRITE,
)
ANALYST = _role(
    "analyst",
    "Analyst",
    "分析师",
    *_SHOP_WINDOW,
    p.ORDERS_READ,
    p.STOCK_READ,
    p.SEGMENTS_READ,
    p.REPORTS_READ,
    p.DATA_EXPORT,
    p.LOYALTY_READ,
    p.PROMOTIONS_READ,
    p.COUPONS_READ,
)
PRIVACY_OFFICER = _role(
    "privacy_officer",
    "Privacy officer",
    "隐私专员",
    p.ORDERS_READ,
    p.CUSTOMERS_READ,
    p.CUSTOMERS_UNMASK,
    p.CUSTOMERS_MERGE,
    p.CONSENT_WRITE,
    p.PRIVACY_HANDLE,
    p.QUARANTINE_READ,
    p.DATA_EXPORT,
    p.AUDIT_READ,
    p.KEYS_READ,
)
INTEGRATION = _role(
    "integration",
    "Integration (channel connector)",
    "系统集成（渠道连接器）",
    *_SHOP_WINDOW,
    p.ORDERS_READ,
    p.ORDERS_WRITE,
    p.SALES_WRITE,
    p.STOCK_READ,
    p.CUSTOMERS_WRITE,
    p.CONSENT_WRITE,
    p.LOYALTY_READ,
    p.GIFTCARDS_WRITE,
    p.PROMOTIONS_READ,
    p.COUPONS_READ,
    p.COUPONS_WRITE,
)

ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        ADMINISTRATOR,
        OPERATIONS_MANAGER,
        STORE_ASSOCIATE,
        MARKETER,
        SERVICE_AGENT,
        ANALYST,
        PRIVACY_OFFICER,
        INTEGRATION,
    )
}
"""Every role by its name."""


def granted(role: str, scopes: frozenset[str]) -> frozenset[str]:
    """The permissions of a key: its scopes as far as the role holds them today; no scopes mean the whole role.

    A role that this release does not know holds nothing.
    """
    known = ROLES.get(role)
    if known is None:
        return frozenset()
    return known.permissions & scopes if scopes else known.permissions


def matrix_text() -> str:
    """Role by permission as a table: `yes`, `node` (at the principal's own node only) or `-`; ends with a newline."""
    names = list(ROLES)
    first = max(len(code) for code in p.PERMISSIONS)
    rows = [["permission", *names]]
    rows += [[one.code, *(_cell(role, one) for role in ROLES.values())] for one in p.PERMISSIONS.values()]
    widths = [first, *(len(name) for name in names)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines) + "\n"


def _cell(role: Role, permission: p.Permission) -> str:
    if permission.code not in role.permissions:
        return "-"
    return "node" if role.bound and permission.at_node else "yes"

"""Permissions: what a caller may be allowed to do, each declared once, in English (`en`) and Chinese (`zh`)."""

import msgspec


class Permission(msgspec.Struct, frozen=True):
    """One thing to be allowed. `at_node`: it is exercised at a node, so a caller bound to a node has it there only."""

    code: str
    en: str
    zh: str
    at_node: bool = False


PERMISSIONS: dict[str, Permission] = {}
"""Every permission by its code, in the order of declaration."""


def _declare(code: str, en: str, zh: str, *, at_node: bool = False) -> Permission:
    if code in PERMISSIONS:
        raise ValueError(f"permission {code!r} is declared twice")
    PERMISSIONS[code] = Permission(code=code, en=en, zh=zh, at_node=at_node)
    return PERMISSIONS[code]


ORDERS_READ = _declare("orders:read", "See orders and their history.", "查看订单及其历史。", at_node=True)
ORDERS_WRITE = _declare(
    "orders:write",
    "Place, pay, ship, deliver, cancel and return orders.",
    "下单，以及订单的付款、发货、送达、取消和退货。",
    at_node=True,
)
SALES_WRITE = _declare("sales:write", "Record sales made at a till.", "登记收银台销售。", at_node=True)
STOCK_READ = _declare(
    "stock:read", "See stock, its movements and its discrepancies.", "查看库存、库存变动与差异。", at_node=True
)
STOCK_WRITE = _declare(
    "stock:write",
    "Receive, transfer, count, reserve and release stock.",
    "收货、调拨、盘点、预留和释放库存。",
    at_node=True,
)
STOCK_ADJUST = _declare(
    "stock:adjust",
    "Adjust stock with a reason, and set safety stock and channel buffers.",
    "注明原因调整库存，设置安全库存与渠道缓冲。",
    at_node=True,
)
AVAILABILITY_READ = _declare(
    "availability:read", "See what can be promised, at every node.", "查看所有节点的可承诺量。"
)
CATALOG_READ = _declare("catalog:read", "See products, nodes and channels.", "查看商品、节点与渠道。")
CATALOG_WRITE = _declare("catalog:write", "Change products, nodes and channels.", "修改商品、节点与渠道。")
PRICES_READ = _declare("prices:read", "See prices.", "查看价格。")
PRICES_WRITE = _declare("prices:write", "Change prices.", "修改价格。")
PRICES_APPROVE = _declare("prices:approve", "Approve or decline price changes by others.", "审批他人提交的价格变更。")
PROMOTIONS_READ = _declare(
    "promotions:read", "See promotions, their history and product lists.", "查看促销及其历史与商品清单。"
)
PROMOTIONS_WRITE = _declare(
    "promotions:write",
    "Write, start, pause and end promotions, and change product lists.",
    "编写、启动、暂停和结束促销，修改商品清单。",
)
PROMOTIONS_APPROVE = _declare(
    "promotions:approve",
    "Approve promotions by others, and set what needs approval.",
    "审批他人编写的促销，设置需审批的范围。",
)
COUPONS_READ = _declare("coupons:read", "See batches of coupons and customers' wallets.", "查看优惠券批次与客户卡包。")
COUPONS_WRITE = _declare(
    "coupons:write",
    "Issue, claim, check and transfer coupons for customers.",
    "为客户发放、领取、查验和转赠优惠券。",
)
COUPONS_MANAGE = _declare(
    "coupons:manage",
    "Make, change, stop and export batches of coupons.",
    "创建、修改、停用和导出优惠券批次。",
)
QUARANTINE_READ = _declare(
    "quarantine:read", "See what arrived and could not be read or applied.", "查看已到达但无法读取或处理的数据。"
)
QUARANTINE_WRITE = _declare(
    "quarantine:write", "Correct, resubmit or set aside what is in quarantine.", "更正、重新提交或搁置隔离区中的数据。"
)
CUSTOMERS_READ = _declare(
    "customers:read", "See customers, with personal data masked.", "查看客户，个人数据以掩码显示。"
)
CUSTOMERS_UNMASK = _declare(
    "customers:unmask",
    "See personal data of customers in the clear; each time is recorded.",
    "查看客户的个人数据明文；每次查看都会留下记录。",
)
CUSTOMERS_WRITE = _declare(
    "customers:write", "Identify customers and correct what is known of them.", "识别客户，更正客户资料。"
)
CUSTOMERS_MERGE = _declare(
    "customers:merge",
    "Merge and split customers, answer reviews, lift the suspension of an identifier.",
    "合并与拆分客户，处理待审核项，解除标识符的停用。",
)
SEGMENTS_READ = _declare("segments:read", "See tags and segments of customers.", "查看客户标签与分群。")
SEGMENTS_WRITE = _declare("segments:write", "Change tags and segments of customers.", "修改客户标签与分群。")
CONSENT_WRITE = _declare("consent:write", "Record what customers agree to and withdraw.", "登记客户的同意与撤回。")
PRIVACY_HANDLE = _declare(
    "privacy:handle",
    "Handle requests of customers about their data, up to erasure.",
    "处理客户的个人信息权利请求，包括删除。",
)
LOYALTY_READ = _declare(
    "loyalty:read", "See programmes, members, points and gift cards.", "查看忠诚度计划、会员、积分与礼品卡。"
)
LOYALTY_WRITE = _declare(
    "loyalty:write",
    "Change programmes, enrol members, give, move and adjust points and benefits.",
    "修改忠诚度计划，登记会员，发放、转移和调整积分与权益。",
)
LOYALTY_APPROVE = _declare(
    "loyalty:approve", "Approve or decline adjustments of points by others.", "审批他人提交的积分调整。"
)
GIFTCARDS_WRITE = _declare(
    "giftcards:write",
    "Issue, load, freeze, redeem and refund gift cards and store credit.",
    "发行、充值、冻结、使用和退回礼品卡与储值。",
)
REPORTS_READ = _declare("reports:read", "See figures of sales and stock.", "查看销售与库存统计。")
PLAN_WRITE = _declare("plan:write", "Set the plan of sales.", "设置销售计划。")
DATA_EXPORT = _declare("data:export", "Export data in bulk.", "批量导出数据。")
AUDIT_READ = _declare("audit:read", "See who did what, and when.", "查看操作审计记录。")
KEYS_READ = _declare(
    "keys:read", "See principals and their API keys, never a secret.", "查看主体及其 API 密钥（不含密文）。"
)
KEYS_WRITE = _declare(
    "keys:write",
    "Create principals, change roles, issue and revoke API keys; whoever may do this can give himself everything.",
    "创建主体、变更角色、签发与吊销 API 密钥；拥有此权限者可以授予自己所有权限。",
)
METRICS_READ = _declare("metrics:read", "Read the operating metrics of the system.", "读取系统运行指标。")
JOBS_READ = _declare("jobs:read", "See background jobs and their state.", "查看后台任务及其状态。")
JOBS_WRITE = _declare(
    "jobs:write", "Run failed background jobs again, and stop jobs.", "重新运行失败的后台任务，以及停止任务。"
)

"""The traits that ship: name, names for people, kind, where it comes from, how records combine, expression, unit.

Windows of days end on the day the traits were brought up to date, at least once a day. What only ages (days since,
tenure, age) is computed when it is asked for, and is never stale.
"""

from mainstem.domains.customers.traits.contracts import Combine, Grain, Kind, Trait


def _stored(
    name: str, en: str, zh: str, kind: Kind, combine: Combine, unit: str = "", grain: Grain = "activity"
) -> Trait:
    column = f"{name}_minor" if kind == "amount" else name
    return Trait(name, en, zh, kind, grain, combine, f"t.{column}", unit)


def _derived(name: str, en: str, zh: str, kind: Kind, sql: str, unit: str = "", grain: Grain = "activity") -> Trait:
    return Trait(name, en, zh, kind, grain, "derived", sql, unit)


def _percent(part: str, whole: str) -> str:
    return f"(100 * {part} / nullif({whole}, 0))"


_IDENTITY = (
    _stored("records", "Source records", "来源记录数", "number", "sum", "records", "identity"),
    _stored("sources", "Sources", "来源数", "number", "sum", "sources", "identity"),
    _stored("has_phone", "Has a phone number", "有手机号", "flag", "any", grain="identity"),
    _stored("has_email", "Has an e-mail address", "有邮箱", "flag", "any", grain="identity"),
    _stored("has_wechat", "Is known at WeChat", "有微信身份", "flag", "any", grain="identity"),
    _stored("has_card", "Has a member card", "有会员卡", "flag", "any", grain="identity"),
    _stored("has_device", "Has a known device", "有已知设备", "flag", "any", grain="identity"),
    _stored("phone_verified", "Phone number is verified", "手机号已验证", "flag", "any", grain="identity"),
    _stored("email_verified", "E-mail address is verified", "邮箱已验证", "flag", "any", grain="identity"),
    _derived(
        "first_seen",
        "First seen",
        "首次出现",
        "day",
        "(least(t.known_at, t.first_purchase_at) at time zone 'UTC')::date",
        grain="identity",
    ),
    _derived(
        "last_seen",
        "Last seen",
        "最近出现",
        "day",
        "(greatest(t.told_at, t.last_purchase_at) at time zone 'UTC')::date",
        grain="identity",
    ),
    _derived(
        "tenure_days",
        "Days since first seen",
        "首次出现距今天数",
        "number",
        "({today} - (least(t.known_at, t.first_purchase_at) at time zone 'UTC')::date)",
        "days",
        "identity",
    ),
    _derived(
        "days_since_seen",
        "Days since last seen",
        "最近出现距今天数",
        "number",
        "({today} - (greatest(t.told_at, t.last_purchase_at) at time zone 'UTC')::date)",
        "days",
        "identity",
    ),
)

_GOLDEN = (
    _stored("gender", "Gender", "性别", "text", "chosen", grain="golden"),
    _stored("birth_year", "Year of birth", "出生年份", "number", "chosen", "year", "golden"),
    _stored("birth_month", "Month of birth", "出生月份", "number", "chosen", "month", "golden"),
    _stored("country", "Country", "国家", "text", "chosen", grain="golden"),
    _stored("region", "Region", "省份或地区", "text", "chosen", grain="golden"),
    _stored("city", "City", "城市", "text", "chosen", grain="golden"),
    _stored("language", "Language", "语言", "text", "chosen", grain="golden"),
    _stored("is_company", "Is a company", "是企业客户", "flag", "chosen", grain="golden"),
    _derived(
        "age",
        "Age reached this year",
        "今年满多少岁",
        "number",
        "(extract(year from {today})::integer - t.birth_year)",
        "years",
        "golden",
    ),
    _derived(
        "months_to_birthday",
        "Months to the month of birth",
        "距生日月份的月数",
        "number",
        "mod(t.birth_month - extract(month from {today})::integer + 12, 12)",
        "months",
        "golden",
    ),
)

_PURCHASES = (
    _stored("orders_total", "Purchases", "购买次数", "number", "sum", "purchases"),
    _stored("orders_30d", "Purchases, 30 days", "近 30 天购买次数", "number", "sum", "purchases"),
    _stored("orders_90d", "Purchases, 90 days", "近 90 天购买次数", "number", "sum", "purchases"),
    _stored("orders_365d", "Purchases, 365 days", "近 365 天购买次数", "number", "sum", "purchases"),
    _stored(
        "orders_before_90d", "Purchases, 90 days before the last 90", "前 90 天购买次数", "number", "sum", "purchases"
    ),
    _stored(
        "orders_before_365d", "Purchases, year before the last 365 days", "上一年购买次数", "number", "sum", "purchases"
    ),
    _stored("visits_30d", "Visits, 30 days", "近 30 天到访次数", "number", "sum", "visits"),
    _stored("visits_90d", "Visits, 90 days", "近 90 天到访次数", "number", "sum", "visits"),
    _stored("visits_365d", "Visits, 365 days", "近 365 天到访次数", "number", "sum", "visits"),
    _stored("store_orders", "Purchases in stores", "门店购买次数", "number", "sum", "purchases"),
    _stored("remote_orders", "Purchases outside stores", "线上购买次数", "number", "sum", "purchases"),
    _derived("first_purchase", "First purchase", "首次购买", "day", "t.first_purchase_day"),
    _derived("last_purchase", "Last purchase", "最近购买", "day", "t.last_purchase_day"),
    _derived(
        "days_since_purchase",
        "Days since the last purchase",
        "最近购买距今天数",
        "number",
        "({today} - t.last_purchase_day)",
        "days",
    ),
    _derived(
        "days_since_first_purchase",
        "Days since the first purchase",
        "首次购买距今天数",
        "number",
        "({today} - t.first_purchase_day)",
        "days",
    ),
    _derived(
        "purchase_interval_days",
        "Days between purchases on average",
        "平均购买间隔天数",
        "number",
        "(case when t.orders_total > 1 then (t.last_purchase_day - t.first_purchase_day) / (t.orders_total - 1) end)",
        "days",
    ),
)

_LATENESS = _derived(
    "lateness",
    "Days since the last purchase, of the average interval",
    "最近购买距今天数占平均间隔的比例",
    "percent",
    "(case when t.orders_total > 2 then 100 * ({today} - t.last_purchase_day) * (t.orders_total - 1)"
    " / nullif(t.last_purchase_day - t.first_purchase_day, 0) end)",
)

_MONEY = (
    _stored("currency", "Main currency", "主要币种", "text", "most"),
    _stored("currencies_used", "Currencies used", "使用过的币种数", "number", "sum", "currencies"),
    _stored("spend_total", "Spent in all", "累计消费", "amount", "sum", "minor units"),
    _stored("spend_30d", "Spent, 30 days", "近 30 天消费", "amount", "sum", "minor units"),
    _stored("spend_90d", "Spent, 90 days", "近 90 天消费", "amount", "sum", "minor units"),
    _stored("spend_365d", "Spent, 365 days", "近 365 天消费", "amount", "sum", "minor units"),
    _stored("spend_before_365d", "Spent, year before the last 365 days", "上一年消费", "amount", "sum", "minor units"),
    _stored("largest_basket", "Largest basket", "最大单笔金额", "amount", "greatest", "minor units"),
    _derived(
        "average_basket",
        "Average basket",
        "平均客单价",
        "amount",
        "(t.gross_total_minor / nullif(t.orders_total, 0))",
        "minor units",
    ),
    _stored("units_total", "Units bought", "累计购买件数", "number", "sum", "pieces"),
    _stored("units_365d", "Units bought, 365 days", "近 365 天购买件数", "number", "sum", "pieces"),
    _derived(
        "units_per_basket",
        "Units a basket",
        "平均每单件数",
        "number",
        "(t.units_total / nullif(t.orders_total, 0))",
        "pieces",
    ),
    _derived(
        "discount_share",
        "Share of discounts",
        "折扣占比",
        "percent",
        _percent("t.discount_total_minor", "(t.gross_total_minor + t.discount_total_minor)"),
    ),
    _derived(
        "discounted_share",
        "Share of purchases with a discount",
        "有折扣的购买占比",
        "percent",
        _percent("t.discounted_orders", "t.orders_total"),
    ),
    _stored("returned_orders", "Purchases with returns", "有退货的购买次数", "number", "sum", "purchases"),
    _stored(
        "returned_orders_365d",
        "Purchases with returns, 365 days",
        "近 365 天有退货的购买次数",
        "number",
        "sum",
        "purchases",
    ),
    _derived(
        "returns_share",
        "Share of money returned",
        "退货金额占比",
        "percent",
        _percent("t.returned_minor", "t.gross_total_minor"),
    ),
    _stored("cancelled_orders", "Orders cancelled or lapsed", "取消或过期的订单数", "number", "sum", "orders"),
)

_TRENDS = (
    _derived(
        "order_trend",
        "Purchases of 90 days, of the 90 before",
        "近 90 天购买次数占前 90 天的比例",
        "percent",
        _percent("t.orders_90d", "t.orders_before_90d"),
    ),
    _derived(
        "spend_trend",
        "Spent in 365 days, of the year before",
        "近 365 天消费占上一年的比例",
        "percent",
        _percent("t.spend_365d_minor", "t.spend_before_365d_minor"),
    ),
    _derived(
        "recent_spend_share",
        "Share of the last 30 days in a year's spending",
        "近 30 天消费占全年的比例",
        "percent",
        _percent("t.spend_30d_minor", "t.spend_365d_minor"),
    ),
    _derived(
        "largest_basket_ratio",
        "Largest basket, of the average one",
        "最大单笔与平均客单价之比",
        "percent",
        _percent("t.largest_basket_minor", "(t.gross_total_minor / nullif(t.orders_total, 0))"),
    ),
)

_PLACES = (
    _stored("channels_used", "Channels used", "使用过的渠道数", "number", "sum", "channels"),
    _stored("channel_kinds_used", "Kinds of channels used", "使用过的渠道类型数", "number", "sum", "kinds"),
    _stored("stores_used", "Stores used", "光顾过的门店数", "number", "sum", "stores"),
    _stored("favourite_channel", "Favourite channel", "常用渠道", "text", "most"),
    _stored("favourite_store", "Favourite store", "常去门店", "text", "most"),
    _derived(
        "favourite_store_share",
        "Share of the favourite store",
        "常去门店购买占比",
        "percent",
        _percent("t.favourite_store_orders", "t.store_orders"),
    ),
    _derived(
        "store_share",
        "Share of purchases in stores",
        "门店购买占比",
        "percent",
        _percent("t.store_orders", "t.orders_total"),
    ),
    _stored("spend_by_channel", "Spent by channel", "各渠道消费", "map", "sum", "minor units"),
    _stored("orders_by_channel_kind", "Purchases by kind of channel", "各类渠道购买次数", "map", "sum", "purchases"),
)

_HABITS = (
    _stored("favourite_hour", "Favourite hour", "常购时段（小时）", "number", "most", "hour"),
    *(
        _derived(f"{name}_share", en, zh, "percent", _percent(f"t.{name}_orders", "t.orders_total"))
        for name, en, zh in (
            ("morning", "Share of purchases from 5 to 11", "早上（5–11 点）购买占比"),
            ("noon", "Share of purchases from 11 to 14", "中午（11–14 点）购买占比"),
            ("afternoon", "Share of purchases from 14 to 18", "下午（14–18 点）购买占比"),
            ("evening", "Share of purchases from 18 to 23", "晚上（18–23 点）购买占比"),
            ("night", "Share of purchases from 23 to 5", "深夜（23–5 点）购买占比"),
            ("weekend", "Share of purchases at weekends", "周末购买占比"),
        )
    ),
)

_GOODS = (
    _stored("spend_by_category", "Spent by category", "各品类消费", "map", "sum", "minor units"),
    _stored("orders_by_category", "Purchases by category", "各品类购买次数", "map", "sum", "purchases"),
    _stored("categories_used", "Categories bought from", "购买过的品类数", "number", "sum", "categories"),
    _stored("top_category", "Top category", "首选品类", "text", "most"),
    _derived(
        "top_category_share",
        "Share of the top category",
        "首选品类消费占比",
        "percent",
        _percent("t.top_category_minor", "t.category_spend_minor"),
    ),
    _stored("favourite_size", "Usual size", "常购尺码", "text", "most"),
    _stored("size_by_category", "Usual size by category", "各品类常购尺码", "text_map", "most"),
)

_RFM = (
    _stored("rfm_recency", "Recency, 1 to 5", "近度（R）1–5 分", "number", "derived", "score"),
    _stored("rfm_frequency", "Frequency, 1 to 5", "频度（F）1–5 分", "number", "derived", "score"),
    _stored("rfm_monetary", "Money, 1 to 5", "额度（M）1–5 分", "number", "derived", "score"),
    _derived(
        "rfm_score",
        "RFM, 3 to 15",
        "RFM 总分 3–15",
        "number",
        "(t.rfm_recency + t.rfm_frequency + t.rfm_monetary)",
        "score",
    ),
)


def _batch(name: str, en: str, zh: str, kind: Kind, unit: str = "") -> Trait:
    return Trait(name, en, zh, kind, "batch", "derived", f"(b.\"values\" ->> '{name}')::bigint", unit)


BATCH = (
    _batch("interval_regularity", "Regularity of purchases", "购买间隔规律性", "percent"),
    _batch("category_diversity", "Diversity of categories", "品类多样性", "percent"),
    _batch("price_sensitivity", "Sensitivity to prices", "价格敏感度", "percent"),
    _batch("median_interval_days", "Usual days between purchases", "通常购买间隔天数", "number", "days"),
)
"""What `analytics.traits` computes over all customers, and writes back."""

TRAITS: dict[str, Trait] = {
    trait.name: trait
    for group in (_IDENTITY, _GOLDEN, _PURCHASES, (_LATENESS,), _MONEY, _TRENDS, _PLACES, _HABITS, _GOODS, _RFM, BATCH)
    for trait in group
}
"""Every trait by its name."""

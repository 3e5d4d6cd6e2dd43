"""A promotion on a basket that somebody types in: every price step by step, with what did not apply and why."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.frame import Form, Visit
from mainstem.console.promotions.explaining import Tried, explained
from mainstem.console.promotions.telling import name
from mainstem.domains import catalog, pricing
from mainstem.kernel.money import to_minor
from mainstem.kernel.quantity import UNITS
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

LINES_MAX = 30
LIVE_MAX = 1_000
"""Live promotions that a basket is tried beside."""
FIELDS = (
    "lines",
    "channel",
    "node",
    "at",
    "tier",
    "groups",
    "tender",
    "method",
    "delivery",
    "member",
    "first",
    "alone",
)
"""The fields of a basket, each as `try-` and its name."""


class Typed(msgspec.Struct, frozen=True):
    """What was typed of a basket."""

    text: Mapping[str, str]

    def of(self, field: str) -> str:
        """What stands in a field."""
        return self.text.get(field, "")


class _WrongError(Exception):
    """What was typed is no basket."""


def typed_of(form: Form) -> Typed:
    """What a form sends of a basket."""
    return Typed({field: form.text(f"try-{field}") for field in FIELDS})


async def tried(visit: Visit, connection: Connection, typed: Typed, promotion: pricing.Promotion) -> Tried:
    """The basket under this promotion and, unless it is to be alone, all that are live. No limit counts as used."""
    try:
        basket = await _basket(visit, connection, typed, promotion)
    except _WrongError as error:
        return Tried(str(error))
    others = {} if typed.of("alone") else await live(connection)
    forms = others | {promotion.code: promotion}
    quoted = pricing.engine.quote(basket, pricing.engine.compile_book(forms.values()))
    called = {code: name(visit.language, form.name) for code, form in forms.items()}
    names = await _names(connection, basket)
    return explained(visit, basket, quoted, called, names, len(forms) - 1)


async def live(connection: Connection) -> dict[str, pricing.Promotion]:
    """The promotions that are live, by code."""
    (rows,) = await ask(connection, pricing.promotions_page(datetime.now(UTC), LIVE_MAX, state="live"))
    return {row.promotion.code: row.promotion for row in rows}


async def _names(connection: Connection, basket: pricing.quoting.Basket) -> dict[str, str]:
    (goods,) = await ask(connection, catalog.goods_by_sku([line.goods.sku for line in basket.lines]))
    return {sku: one.name for sku, one in goods.items()}


async def _basket(
    visit: Visit, connection: Connection, typed: Typed, promotion: pricing.Promotion
) -> pricing.quoting.Basket:
    channel = visit.network.channel(typed.of("channel")) or next(iter(visit.network.channels.values()), None)
    if channel is None:
        raise _WrongError(visit.t("There is no channel yet."))
    node = visit.network.node(typed.of("node"))
    zone = ZoneInfo(visit.zone if node is None else node.time_zone)
    moment = _moment(visit, typed, zone)
    wanted = [_line(visit, line) for line in typed.of("lines").splitlines() if line.strip()]
    if not wanted or len(wanted) > LINES_MAX:
        raise _WrongError(visit.t("Type 1 to {count} lines of SKU and quantity.", count=LINES_MAX))
    (variants,) = await ask(connection, catalog.variants_by_sku({sku for sku, _, _ in wanted}))
    ids = [variant.id for variant in variants.values()]
    unknown = next((sku for sku, _, _ in wanted if sku not in variants), None)
    if unknown is not None:
        raise _WrongError(visit.t("There is no SKU {sku}.", sku=unknown))
    quantities = [_steps(visit, text, variants[sku].unit) for sku, text, _ in wanted]
    groups = tuple(part.strip() for part in typed.of("groups").split(",") if part.strip())
    asked = pricing.lists.Asked(
        channel=channel.id,
        channel_code=channel.code,
        currency=channel.currency,
        lines=tuple((variants[sku].id, quantity) for (sku, _, _), quantity in zip(wanted, quantities, strict=True)),
        node=None if node is None else node.id,
        node_code="" if node is None else node.code,
        region="" if node is None else node.region,
        tier=typed.of("tier"),
        groups=groups,
    )
    goods, listed, book = await ask(
        connection, catalog.sold_goods(ids), pricing.lists_of(ids), pricing.lists.price_for([asked], moment)
    )
    lines = []
    for position, ((sku, _, price), quantity, found) in enumerate(zip(wanted, quantities, book.of(asked), strict=True)):
        one = goods[variants[sku].id]
        unit_price = _amount(visit, price, channel.currency) if price else None
        if unit_price is None and found is None:
            raise _WrongError(visit.t("SKU {sku} has no price here: type one behind the quantity.", sku=sku))
        lines.append(
            pricing.quoting.Priced(
                position=position,
                goods=pricing.quoting.Goods(
                    one.id, sku, one.product, one.category, one.brand, one.attributes, listed.get(one.id, ())
                ),
                quantity=quantity,
                steps_per_unit=UNITS[one.unit].steps_per_unit,
                unit_price_minor=found.unit_price_minor if unit_price is None and found else unit_price or 0,
                source=found.source if unit_price is None and found else "",
            )
        )
    tier = typed.of("tier")
    return pricing.quoting.Basket(
        moment=moment,
        local=moment.astimezone(zone),
        channel=channel.code,
        channel_kind=channel.kind,
        currency=channel.currency,
        lines=tuple(lines),
        node="" if node is None else node.code,
        region="" if node is None else node.region,
        customer=pricing.quoting.Customer(
            1 if typed.of("member") or tier or groups or typed.of("first") else None,
            member=bool(typed.of("member") or tier or groups),
            tier=tier,
            groups=groups,
            bought_before=not typed.of("first"),
        ),
        delivery=pricing.quoting.Delivery(
            typed.of("method"), _amount(visit, typed.of("delivery"), channel.currency) if typed.of("delivery") else 0
        ),
        tenders=tuple(part.strip() for part in typed.of("tender").split(",") if part.strip()),
        coupons={promotion.code: visit.t("Trial")} if promotion.coupon else {},
    )


def _moment(visit: Visit, typed: Typed, zone: ZoneInfo) -> datetime:
    if not typed.of("at"):
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(typed.of("at")).replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        raise _WrongError(visit.t("Choose a day and a time.")) from None


def _line(visit: Visit, text: str) -> tuple[str, str, str]:
    parts = text.split()
    if len(parts) > 3:  # noqa: PLR2004 - SKU, quantity, price
        raise _WrongError(visit.t("“{line}” is not an SKU, a quantity and, if you like, a price.", line=text.strip()))
    return (*parts, *("1", "")[len(parts) - 1 :])  # type: ignore[return-value]


def _steps(visit: Visit, text: str, unit: str) -> int:
    try:
        steps = Decimal(text) * UNITS[unit].steps_per_unit
    except InvalidOperation:
        raise _WrongError(visit.t("“{quantity}” is not a quantity.", quantity=text)) from None
    if not steps.is_finite() or steps != steps.to_integral_value() or not 0 < steps < 10**9:
        raise _WrongError(visit.t("“{quantity}” is not a quantity.", quantity=text))
    return int(steps)


def _amount(visit: Visit, text: str, currency: str) -> int:
    try:
        amount = to_minor(text, currency)
    except ValueError:
        amount = -1
    if not 0 <= amount < 10**12:
        raise _WrongError(visit.t("“{amount}” is not an amount of {currency}.", amount=text, currency=currency))
    return amount

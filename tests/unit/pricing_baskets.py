"""Baskets and promotions in a few words, for tests of the quote engine."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from mainstem.domains.pricing.engine import compile_book, quote
from mainstem.domains.pricing.promotions.form import Promotion
from mainstem.domains.pricing.quotes.contracts import Basket, Goods, Priced, Quoted

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
"""A Saturday."""

CATEGORIES = {"tea": "food/drinks", "coffee": "food/drinks", "bread": "food", "mug": "home", "rice": "food"}


def line(sku: str, price: int, quantity: int = 1, **more: Any) -> Priced:  # noqa: ANN401 - fields of a struct
    """A line; `position` is set by `basket`."""
    goods = Goods(
        sorted(CATEGORIES).index(sku),
        sku,
        f"product {sku}",
        CATEGORIES[sku],
        f"brand {sku}",
        {"colour": "red"},
        ("list",),
    )
    return Priced(
        **{"position": 0, "steps_per_unit": 1, **more}, goods=goods, quantity=quantity, unit_price_minor=price
    )


def basket(*lines: Priced, **more: Any) -> Basket:  # noqa: ANN401 - fields of a struct
    """A basket of the web shop at noon."""
    placed = tuple(msgspec.structs.replace(one, position=i) for i, one in enumerate(lines, 1))
    known = {"moment": NOON, "local": NOON, "channel": "web", "channel_kind": "web", "currency": "CNY"}
    return Basket(**{**known, **more}, lines=placed)


def promotion(code: str, reward: dict[str, Any], **more: Any) -> Promotion:  # noqa: ANN401 - fields of a struct
    """A promotion as it is written in JSON."""
    return msgspec.convert({"code": code, "name": {"en": code}, "reward": reward, **more}, Promotion, dec_hook=_decimal)


def _decimal(kind: type, value: object) -> object:
    return Decimal(str(value)) if kind is Decimal else value


def quoted(asked: Basket, *promotions: Promotion) -> Quoted:
    """The quote, of which every sum has been checked."""
    answer = quote(asked, compile_book(promotions))
    adds_up(asked, answer)
    return answer


def adds_up(asked: Basket, answer: Quoted) -> None:
    """Every sum is exact, nothing is negative, and no floor is broken that was not broken before."""
    below = {taken.promotion for one in answer.lines for taken in one.taken}
    for told in answer.lines:
        assert told.amount_minor == told.list_minor - sum(taken.amount_minor for taken in told.taken)
        assert 0 <= told.amount_minor <= told.list_minor
        assert told.tax_minor >= 0
        assert all(taken.amount_minor > 0 and taken.items >= 0 for taken in told.taken)
    assert answer.goods_minor == sum(told.amount_minor for told in answer.lines)
    assert answer.discount_minor == sum(told.list_minor for told in answer.lines) - answer.goods_minor
    taken = sum(one.amount_minor for one in answer.delivery_taken)
    assert answer.delivery_minor == asked.delivery.amount_minor - taken >= 0
    untaxed = answer.goods_minor + answer.delivery_minor
    assert answer.total_minor == untaxed + (0 if asked.tax_included else answer.tax_minor)
    assert sum(one.amount_minor for one in answer.applied) == answer.discount_minor + taken
    assert below <= {one.code for one in answer.applied}
    assert not {one.code for one in answer.applied} & {one.code for one in answer.not_applied}

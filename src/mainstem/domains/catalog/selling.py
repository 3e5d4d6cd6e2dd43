"""Goods and places as a price depends on them: what selectors of promotions look at, and where taxes are due."""

from collections.abc import Iterable

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row

_attributes = msgspec.json.Decoder(dict[str, str]).decode


class SoldGoods(msgspec.Struct, frozen=True, gc=False):
    """A variant with what its product says of it; "" for what the catalogue does not say."""

    id: int
    sku: str
    unit: str
    product: str
    category: str
    brand: str
    attributes: dict[str, str]


class SellingPlace(msgspec.Struct, frozen=True, gc=False):
    """A node with its time zone, its country (ISO 3166, "" where nobody has said it) and its region."""

    id: int
    code: str
    time_zone: str
    country: str
    region: str


def sold_goods(ids: Iterable[int]) -> Query[dict[int, SoldGoods]]:
    """What these variants are."""
    return Query(
        "select v.id, v.sku, v.unit, coalesce(p.external_id, ''), p.category, p.brand, v.attributes::text"
        " from catalog.variant as v join catalog.product as p on p.id = v.product where v.id = any(%b::bigint[])",
        (Bigints(ids),),
        lambda rows: {row[0]: _goods(row) for row in rows},
    )


def selling_places(ids: Iterable[int]) -> Query[dict[int, SellingPlace]]:
    """The nodes with these ids, as places where taxes are due and clocks run."""
    return Query(
        "select id, code, time_zone, country, region from catalog.node where id = any(%b::bigint[])",
        (Bigints(ids),),
        lambda rows: {row[0]: SellingPlace(*row) for row in rows},
    )


def _goods(row: Row) -> SoldGoods:
    number, sku, unit, product, category, brand, attributes = row
    return SoldGoods(number, sku, unit, product, category, brand, _attributes(attributes))

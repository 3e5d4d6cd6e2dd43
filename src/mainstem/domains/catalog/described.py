"""Variants as those see them who follow what people buy: where they belong, and which size they are."""

from collections.abc import Iterable

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query


class Described(msgspec.Struct, frozen=True, gc=False):
    """Category path, brand and size of a variant; "" for what the catalogue does not say."""

    category: str
    brand: str
    size: str
    unit: str


_DESCRIBED = """
select v.id, p.category, p.brand,
    coalesce(v.attributes ->> 'size', v.attributes ->> 'Size', v.attributes ->> '尺码', ''), v.unit
from catalog.variant as v join catalog.product as p on p.id = v.product
where v.id = any(%b::bigint[])
"""


def variants_described(ids: Iterable[int]) -> Query[dict[int, Described]]:
    """What these variants are."""
    return Query(_DESCRIBED, (Bigints(ids),), lambda rows: {row[0]: Described(*row[1:]) for row in rows})

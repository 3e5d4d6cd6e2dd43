"""What a variant is called by somebody who holds it in his hands."""

from collections.abc import Iterable

import msgspec

from mainstem.kernel.identifiers import normal_gtin
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row


class Goods(msgspec.Struct, frozen=True, gc=False):
    """A variant with its product's name and its own, and what can be scanned on it: GTINs of 14 digits."""

    id: int
    sku: str
    unit: str
    product: str
    variant: str
    gtins: tuple[str, ...]

    @property
    def name(self) -> str:
        """Product and variant as one name; the SKU when nobody has named either."""
        names = dict.fromkeys(name for name in (self.product, self.variant) if name)
        return " · ".join(names) or self.sku


_GOODS = """
select v.id, v.sku, v.unit, case when p.external_id is null then '' else p.name end, v.name,
    array(select g.gtin from catalog.gtin as g where g.variant = v.id order by g.gtin)
from catalog.variant as v join catalog.product as p on p.id = v.product
"""
_BY_ID = _GOODS + "where v.id = any(%b::bigint[])"
_BY_SKU = _GOODS + "where v.sku = any(%b::text[])"
_BY_CODE = (
    _GOODS  # noqa: S608 - constants
    + """
where v.id in (
    select id from catalog.variant where sku = any(%b::text[])
    union all
    select variant from catalog.gtin where gtin = any(%b::text[])
)
order by v.id
"""
)


def goods_by_id(ids: Iterable[int]) -> Query[dict[int, Goods]]:
    """The goods with these ids."""
    return Query(_BY_ID, (Bigints(ids),), lambda rows: {row[0]: _goods(row) for row in rows})


def goods_by_sku(skus: Iterable[str]) -> Query[dict[str, Goods]]:
    """The goods with these SKUs."""
    return Query(_BY_SKU, (Texts(_askable(skus)),), lambda rows: {row[1]: _goods(row) for row in rows})


def goods_by_code(code: str) -> Query[list[Goods]]:
    """What a scanned or typed code can mean: the goods with this SKU, else those with this GTIN in any of its forms."""

    def parse(rows: list[Row]) -> list[Goods]:
        found = [_goods(row) for row in rows]
        return [one for one in found if one.sku == code] or found

    gtin = normal_gtin(code)
    return Query(_BY_CODE, (Texts(_askable([code])), Texts([gtin] if gtin else [])), parse)


def _askable(codes: Iterable[str]) -> list[str]:
    """Codes without those that PostgreSQL cannot even be asked for."""
    return [code for code in codes if "\x00" not in code]


def _goods(row: Row) -> Goods:
    return Goods(*(*row[:5], tuple(row[5])))

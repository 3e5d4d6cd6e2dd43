"""All SQL that only reads the catalog.

The reads by code and id serve every order: one index look-up a key, and no more of a row than other rooms need.
"""

import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from mainstem.domains.catalog.contracts import (
    Channel,
    ChannelView,
    Node,
    NodeView,
    OpeningHours,
    ProductFilter,
    ProductView,
    Variant,
    VariantView,
)
from mainstem.kernel.identifiers import normal_gtin
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row

T = TypeVar("T")

_VARIANT = """
select v.id, v.sku, v.unit, p.category, v.placeholder
from catalog.variant as v join catalog.product as p on p.id = v.product
"""
_VARIANTS_BY_SKU = _VARIANT + "where v.sku = any(%b::text[])"
_VARIANTS_BY_ID = _VARIANT + "where v.id = any(%b::bigint[])"
_VARIANTS_BY_GTIN = """
select g.gtin, v.id, v.sku, v.unit, p.category, v.placeholder
from catalog.gtin as g join catalog.variant as v on v.id = g.variant join catalog.product as p on p.id = v.product
where g.gtin = any(%b::text[])
"""

_NODE = "select id, code, kind, time_zone, transit from catalog.node "
_NODES_BY_CODE = _NODE + "where code = any(%b::text[])"
_NODES_BY_ID = _NODE + "where id = any(%b::bigint[])"

_CHANNEL = """
select id, code, kind, currency, array(select node from catalog.channel_node where channel = c.id order by rank)
from catalog.channel as c
"""
_CHANNELS_BY_CODE = _CHANNEL + "where code = any(%b::text[])"
_CHANNELS_BY_ID = _CHANNEL + "where id = any(%b::bigint[])"

_PRODUCT_VIEW = """
select p.id, p.external_id, p.name, p.brand, p.category, p.updated_at, p.revision, (
    select coalesce(json_agg(json_build_object(
        'id', v.id, 'sku', v.sku, 'name', v.name, 'unit', v.unit, 'attributes', v.attributes,
        'placeholder', v.placeholder,
        'gtins', array(select g.gtin from catalog.gtin as g where g.variant = v.id order by g.gtin)
    ) order by v.sku), '[]')::text
    from catalog.variant as v where v.product = p.id
)
from catalog.product as p
"""
_IN_CATEGORY = "(p.category = %b or p.category like %b)"
_OF_BRAND = "p.brand = %b"
_BEGINS_LIKE = """p.id in (
    select id from catalog.product where lower(name) like lower(%b)
    union all
    select product from catalog.variant where sku like %b
)"""
# A word that many names have is found in the order of the ids, and the page is soon full; a rare one by its index.
_FOUND = """p.id in (
    (select p.id from catalog.product as p where {narrow} and p.words @@ lower(%b)::tsquery
        order by p.id limit %b::bigint)
    union all
    select id from catalog.product where external_id = %b
    union all
    select product from catalog.variant where sku like %b
    union all
    select v.product from catalog.gtin as g join catalog.variant as v on v.id = g.variant where g.gtin = %b
)"""
_PLACEHOLDER = "p.id in (select product from catalog.variant where placeholder)"
_DESCRIBED = "p.external_id is not null"

_NODE_VIEW = """
select id, code, name, kind, time_zone, country, region, city, postal_code, street, latitude, longitude,
    opening_hours::text, capabilities, updated_at, revision
from catalog.node
"""

_CHANNEL_VIEW = """
select c.id, c.code, c.name, c.kind, c.currency, array(
    select n.code from catalog.channel_node as cn join catalog.node as n on n.id = cn.node
    where cn.channel = c.id order by cn.rank
), c.updated_at, c.revision
from catalog.channel as c
"""

_CHINESE = "\u3400", "\u9fff"
_RUN = re.compile("[\u3400-\u9fff]+|[^\\s!-/:-@\\[-`{-~\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\u3400-\u9fff]+")

_variants = msgspec.json.Decoder(tuple[VariantView, ...]).decode
_hours = msgspec.json.Decoder(tuple[OpeningHours, ...]).decode


def variants_by_sku(skus: Iterable[str]) -> Query[dict[str, Variant]]:
    """The variants with these SKUs, placeholders included; a SKU that is unknown is missing from the answer."""
    return Query(_VARIANTS_BY_SKU, (_findable(skus),), lambda rows: {row[1]: Variant(*row) for row in rows})


def variants_by_id(ids: Iterable[int]) -> Query[dict[int, Variant]]:
    """The variants with these ids."""
    return Query(_VARIANTS_BY_ID, (Bigints(ids),), lambda rows: {row[0]: Variant(*row) for row in rows})


def variants_by_gtin(gtins: Iterable[str]) -> Query[dict[str, Variant]]:
    """The variants with these GTINs, by the GTIN as given (8 to 14 digits); what is no GTIN finds nothing."""
    normal = {gtin: normal_gtin(gtin) for gtin in gtins}

    def parse(rows: list[Row]) -> dict[str, Variant]:
        found = {row[0]: Variant(*row[1:]) for row in rows}
        return {gtin: found[digits] for gtin, digits in normal.items() if digits in found}

    return Query(_VARIANTS_BY_GTIN, ([digits for digits in normal.values() if digits],), parse)


def nodes_by_code(codes: Iterable[str] | None = None) -> Query[dict[str, Node]]:
    """The nodes with these codes, or all nodes."""
    sql, parameters = (_NODE, ()) if codes is None else (_NODES_BY_CODE, (_findable(codes),))
    return Query(sql, parameters, lambda rows: {row[1]: Node(*row) for row in rows})


def nodes_by_id(ids: Iterable[int]) -> Query[dict[int, Node]]:
    """The nodes with these ids."""
    return Query(_NODES_BY_ID, (Bigints(ids),), lambda rows: {row[0]: Node(*row) for row in rows})


def _channel(row: Row) -> Channel:
    return Channel(row[0], row[1], row[2], row[3], tuple(row[4]))


def channels_by_code(codes: Iterable[str]) -> Query[dict[str, Channel]]:
    """The channels with these codes, each with its node ids in the order in which they are tried."""
    return Query(_CHANNELS_BY_CODE, (_findable(codes),), lambda rows: {row[1]: _channel(row) for row in rows})


def channels_by_id(ids: Iterable[int]) -> Query[dict[int, Channel]]:
    """The channels with these ids, each with its node ids in the order in which they are tried."""
    return Query(_CHANNELS_BY_ID, (Bigints(ids),), lambda rows: {row[0]: _channel(row) for row in rows})


def find_product(external_id: str) -> Query[ProductView | None]:
    """The product with this external id, or None."""
    return Query(
        _PRODUCT_VIEW + "where p.external_id = any(%b::text[])",
        (_findable([external_id]),),
        lambda rows: _first(_product_views(rows)),
    )


def find_product_by_id(product: int) -> Query[ProductView | None]:
    """The product with this id, placeholders' products included, or None."""
    return Query(_PRODUCT_VIEW + "where p.id = %b::bigint", (product,), _first_product)


def list_products(narrow: ProductFilter, limit: int, after: int = 0) -> Query[list[ProductView]]:
    """Up to `limit` products in the order of their ids, beginning behind the id `after`."""
    conditions = ["p.id > %b::bigint"]
    parameters: list[object] = [after]
    if narrow.category is not None:
        conditions.append(_IN_CATEGORY)
        parameters += [narrow.category, _beginning(narrow.category + "/")]
    if narrow.brand is not None:
        conditions.append(_OF_BRAND)
        parameters.append(narrow.brand)
    if narrow.text is not None:
        conditions.append(_BEGINS_LIKE)
        parameters += [_beginning(narrow.text)] * 2
    if narrow.placeholder is not None:
        conditions.append(_PLACEHOLDER if narrow.placeholder else _DESCRIBED)
    if narrow.words is not None:
        words = narrow.words.replace("\x00", "")
        conditions.append(_FOUND.replace("{narrow}", " and ".join(conditions)))
        parameters += [*parameters, search_words(words), limit, words, _beginning(words), normal_gtin(words) or ""]
    sql = f"{_PRODUCT_VIEW} where {' and '.join(conditions)} order by p.id limit %b::bigint"
    return Query(sql, (*parameters, limit), _product_views)


def count_placeholders() -> Query[int]:
    """How many variants came to be because a fact named a SKU that nobody knew."""
    return Query("select count(*) from catalog.variant where placeholder", (), lambda rows: int(rows[0][0]))


def find_node(code: str) -> Query[NodeView | None]:
    """The node with this code, or None."""
    return Query(
        _NODE_VIEW + "where code = any(%b::text[])", (_findable([code]),), lambda rows: _first(_node_views(rows))
    )


def list_nodes(limit: int, after: str = "", kind: str = "", text: str = "") -> Query[list[NodeView]]:
    """Up to `limit` nodes in the order of their codes, beginning behind the code `after`.

    Of one kind, when it is given; with the text in code, name or city, in upper or lower case.
    """
    sql, parameters = "where code > %b", [after]
    if kind:
        sql += " and kind = %b"
        parameters.append(kind)
    if text:
        sql += " and lower(concat_ws(E'\\n', code, name, city)) like lower(%b)"
        parameters.append(f"%{_beginning(text)}")
    return Query(f"{_NODE_VIEW}{sql} order by code limit %b::bigint", (*parameters, limit), _node_views)


def find_channel(code: str) -> Query[ChannelView | None]:
    """The channel with this code, or None."""
    return Query(
        _CHANNEL_VIEW + "where c.code = any(%b::text[])",
        (_findable([code]),),
        lambda rows: _first(_channel_views(rows)),
    )


def list_channels(limit: int, after: str = "") -> Query[list[ChannelView]]:
    """Up to `limit` channels in the order of their codes, beginning behind the code `after`."""
    return Query(_CHANNEL_VIEW + "where c.code > %b order by c.code limit %b::bigint", (after, limit), _channel_views)


def search_words(text: str) -> str:
    """A tsquery of what the words of a name must begin with, as `catalog.words` splits names; "" for no word."""
    parts = []
    for run in _RUN.findall(text):
        if run[0] < _CHINESE[0] or run[0] > _CHINESE[1] or len(run) == 1:
            parts.append(f"{_quoted(run)}:*")
        else:
            parts += [_quoted(run[place : place + 2]) for place in range(len(run) - 1)]
    return " & ".join(parts)


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _findable(codes: Iterable[str]) -> Texts:
    """Codes without those that PostgreSQL cannot even be asked for."""
    return Texts(code for code in codes if "\x00" not in code)


def _beginning(text: str) -> str:
    """A LIKE pattern of everything that begins with the text."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def _first(views: list[T]) -> T | None:
    return views[0] if views else None


def _first_product(rows: list[Row]) -> ProductView | None:
    return _first(_product_views(rows))


def _product_views(rows: list[Row]) -> list[ProductView]:
    return [ProductView(*(*row[:6], _variants(row[7]), row[6])) for row in rows]


def _node_views(rows: list[Row]) -> list[NodeView]:
    return [NodeView(*(*row[:12], _hours(row[12]), tuple(row[13]), *row[14:])) for row in rows]


def _channel_views(rows: list[Row]) -> list[ChannelView]:
    return [ChannelView(*(*row[:5], tuple(row[5]), *row[6:])) for row in rows]

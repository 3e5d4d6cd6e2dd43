"""Products, variants and GTINs: locked, and written back."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from mainstem.domains.catalog.contracts import UpsertProduct
from mainstem.domains.catalog.rules.products import Assortment, ProductState, VariantState
from mainstem.platform.arrays import Bigints
from mainstem.platform.work import Work

# One lock order for every batch: products by id, then variants by id.
_PRODUCTS = """
select id, external_id, name, brand, category, revision
from catalog.product where external_id = any(%b::text[])
order by id for update
"""

_VARIANTS = """
select v.id, v.product, p.external_id, v.sku, v.name, v.unit, v.attributes::text, v.placeholder
from catalog.variant as v join catalog.product as p on p.id = v.product
where v.sku = any(%b::text[])
order by v.id for update of v
"""

_GTINS = """
select g.gtin, v.sku from catalog.gtin as g join catalog.variant as v on v.id = g.variant
where g.gtin = any(%b::text[])
union
select g.gtin, v.sku from catalog.variant as v join catalog.gtin as g on g.variant = v.id
where v.sku = any(%b::text[])
"""

_SAVE_PRODUCTS = """
insert into catalog.product (id, external_id, name, brand, category, revision, updated_at)
select n.*, %b::timestamptz
from unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bigint[])
    as n (id, external_id, name, brand, category, revision)
on conflict (id) do update
set name = excluded.name, brand = excluded.brand, category = excluded.category, revision = excluded.revision,
    updated_at = excluded.updated_at
"""

_SAVE_VARIANTS = """
insert into catalog.variant (id, product, sku, name, unit, attributes, placeholder, updated_at)
select id, product, sku, name, unit, attributes::jsonb, false, %b::timestamptz
from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[])
    as n (id, product, sku, name, unit, attributes)
on conflict (id) do update
set product = excluded.product, name = excluded.name, unit = excluded.unit, attributes = excluded.attributes,
    placeholder = false, updated_at = excluded.updated_at
"""

_ADD_PLACEHOLDERS = """
with made as (
    insert into catalog.product (id, name, updated_at)
    select id, name, %b::timestamptz from unnest(%b::bigint[], %b::text[]) as n (id, name)
)
insert into catalog.variant (id, product, sku, unit, placeholder, updated_at)
select id, product, sku, unit, true, %b::timestamptz
from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[]) as n (id, product, sku, unit)
"""

_encode = msgspec.json.Encoder(order="sorted").encode
_attributes = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a batch of commands names, locked, and what of it the database holds."""

    assortment: Assortment
    stored_gtins: dict[str, str]
    stored_variants: frozenset[int]


async def load(work: Work, commands: Sequence[UpsertProduct]) -> Loaded:
    """Lock and read everything the commands name, and reserve the ids they may need."""
    external_ids = {command.external_id for command in commands}
    skus = {variant.sku for command in commands for variant in command.variants}
    gtins = {gtin for command in commands for variant in command.variants for gtin in variant.gtins}
    product_rows, variant_rows, gtin_rows = await work.read(
        (_PRODUCTS, (sorted(external_ids),)),
        (_VARIANTS, (sorted(skus),)),
        (_GTINS, (sorted(gtins), sorted(skus))),
    )
    owners: dict[str, str] = dict(gtin_rows)
    gtins_of: dict[str, list[str]] = {}
    for gtin, sku in gtin_rows:
        gtins_of.setdefault(sku, []).append(gtin)
    variants = {
        row[3]: VariantState(*(*row[:6], _attributes(row[6]), row[7], frozenset(gtins_of.get(row[3], ()))))
        for row in variant_rows
    }
    products = {row[1]: ProductState(*row) for row in product_rows}
    await work.reserve_ids(len(external_ids) + len(skus) - len(products) - len(variants))
    stored = frozenset(variant.id for variant in variants.values())
    return Loaded(Assortment(products, variants, dict(owners)), owners, stored)


def save(work: Work, loaded: Loaded) -> tuple[int, ...]:
    """Queue everything the accepted commands changed; returns the ids of the variants that are new."""
    assortment = loaded.assortment
    products = [product for product in assortment.products.values() if product.changed]
    if products:
        work.write(
            _SAVE_PRODUCTS,
            work.now,
            Bigints(product.id for product in products),
            [product.external_id for product in products],
            [product.name for product in products],
            [product.brand for product in products],
            [product.category for product in products],
            Bigints(product.revision for product in products),
        )
    variants = [variant for variant in assortment.variants.values() if variant.changed]
    if variants:
        work.write(
            _SAVE_VARIANTS,
            work.now,
            Bigints(variant.id for variant in variants),
            Bigints(variant.product for variant in variants),
            [variant.sku for variant in variants],
            [variant.name for variant in variants],
            [variant.unit for variant in variants],
            [_encode(variant.attributes).decode() for variant in variants],
        )
    _save_gtins(work, loaded)
    if assortment.emptied:
        work.write("delete from catalog.product where id = any(%b::bigint[])", Bigints(assortment.emptied))
    return tuple(variant.id for variant in variants if variant.id not in loaded.stored_variants)


def _save_gtins(work: Work, loaded: Loaded) -> None:
    owners, stored = loaded.assortment.gtins, loaded.stored_gtins
    gone = [gtin for gtin, sku in stored.items() if owners.get(gtin) != sku]
    if gone:
        work.write("delete from catalog.gtin where gtin = any(%b::text[])", gone)
    added = sorted(gtin for gtin, sku in owners.items() if stored.get(gtin) != sku)
    if added:
        work.write(
            "insert into catalog.gtin (gtin, variant) select * from unnest(%b::text[], %b::bigint[])",
            added,
            Bigints(loaded.assortment.variants[owners[gtin]].id for gtin in added),
        )


def add_placeholders(work: Work, variants: Sequence[tuple[int, int, str, str]]) -> None:
    """Queue new placeholders, each (variant id, product id, SKU, unit) with a product of its own."""
    ids, products, skus, units = (list(column) for column in zip(*variants, strict=True))
    work.write(
        _ADD_PLACEHOLDERS,
        work.now,
        Bigints(products),
        skus,
        work.now,
        Bigints(ids),
        Bigints(products),
        skus,
        units,
    )

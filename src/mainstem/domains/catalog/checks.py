"""What is always true of the catalogue."""

from mainstem.platform.checks import Check, Said

CHECKS: tuple[Check, ...] = (
    Check(
        name="catalog.registered",
        question=Said(
            "Is every SKU an asset of the ledger and every node two of its places, and the other way round?",
            "每个 SKU 都是账本的资产、每个节点都是账本的两个位置，反之亦然吗？",
        ),
        sql="""
select 'SKU' as what, v.sku as name, v.id from catalog.variant as v
where not exists (select from ledger.asset as a where a.id = v.id and a.kind = 'sku')
union all
select 'node', n.code, n.id from catalog.node as n
where not exists (select from ledger.place as p where p.id = n.id and p.kind = 'node')
union all
select 'transit', n.code, n.transit from catalog.node as n
where not exists (select from ledger.place as p where p.id = n.transit and p.kind = 'transit')
union all
select 'asset', a.kind, a.id from ledger.asset as a
where a.kind = 'sku' and not exists (select from catalog.variant as v where v.id = a.id)
union all
select 'place', p.kind, p.id from ledger.place as p
where p.kind = 'node' and not exists (select from catalog.node as n where n.id = p.id)
   or p.kind = 'transit' and not exists (select from catalog.node as n where n.transit = p.id)
""",
        explain=Said(
            "{what} {name} ({id}) has no counterpart between catalogue and ledger",
            "{what} {name}（{id}）在目录与账本之间没有对应项",
        ),
        meaning=Said(
            "Stock is counted of something that nobody can name, or cannot be counted at all.",
            "库存记在了无名之物上，或根本无法记账。",
        ),
    ),
    Check(
        name="catalog.placeholders",
        question=Said("Is every product described, unless it is a placeholder?", "除占位商品外，每个商品都有描述吗？"),
        sql="""
select p.id, coalesce(p.external_id, '') as external_id, v.sku, v.placeholder
from catalog.variant as v join catalog.product as p on p.id = v.product
where v.placeholder <> (p.external_id is null)
""",
        explain=Said(
            "SKU {sku} of product {id} (external id {external_id!r}): placeholder is {placeholder}",
            "商品 {id}（外部编号 {external_id!r}）的 SKU {sku}：占位标记为 {placeholder}",
        ),
        meaning=Said(
            "The data-quality report counts it wrongly, or an import will not find it.",
            "数据质量报告会把它数错，或导入时找不到它。",
        ),
    ),
)

"""The layout of each kind of file, and an example to begin with."""

from mainstem.connectors.files import LAYOUTS, Column
from mainstem.console.frame import N_, MissingError, Reply, Visit, download, html
from mainstem.console.importing.kinds import KINDS

TYPES = {
    "code": N_("code, exactly as written"),
    "text": N_("text"),
    "integer": N_("whole number"),
    "decimal": N_("decimal number with a point"),
    "moment": N_("moment, such as 2026-01-31T18:30:00+08:00"),
    "list": N_("list, separated by |"),
    "json": N_("JSON, as the API takes it"),
}
# What is written in a file as it stands here is between backticks.
NOTES = {
    ("products", "category"): N_("From wide to narrow, such as Dairy/Milk"),
    ("products", "unit"): N_("`pc`, `kg`, `l`, `m` or `gal`; `pc` when blank"),
    ("products", "gtins"): N_("8, 12, 13 or 14 digits each"),
    ("products", "attributes"): N_('Such as `{"colour": "red"}`'),
    ("nodes", "kind"): N_("`store`, `warehouse`, `dark_store` or `virtual`"),
    ("nodes", "time_zone"): N_("IANA name, such as Asia/Shanghai"),
    ("nodes", "latitude"): N_("Degrees (WGS 84), such as 31.2304; both or none"),
    ("nodes", "opening_hours"): N_('Such as `[{"weekday": 1, "opens": "09:00", "closes": "21:00"}]`'),
    ("nodes", "capabilities"): N_(
        "`sell`, `ship`, `pick_up`, `receive`, `return`; blank: all but `pick_up`; `none`: none"
    ),
    ("prices", "channel"): N_("Narrows the price to a channel"),
    ("prices", "node"): N_("Narrows the price to a node"),
    ("prices", "currency"): N_("ISO 4217, such as CNY"),
    ("prices", "amount_minor"): N_("The price of one whole unit, in cents or fen"),
    ("prices", "amount"): N_("The price of one whole unit, with decimals"),
    ("prices", "valid_from"): N_("The moment from which it is in force"),
    ("prices", "derived"): N_("The rule, when it was derived and not observed"),
    ("stock", "type"): N_("`supplier` (a delivery), `opening` or `count`"),
    ("stock", "document"): N_("Number of the delivery note or count"),
    ("stock", "occurred_at"): N_("The moment of the import when blank"),
    ("stock", "quantity"): N_("In pieces, grams or millilitres"),
    ("stock", "units"): N_("In whole units, such as 1.5 with the unit kg"),
    ("stock", "unit"): N_("Must be the SKU's own"),
    ("stock", "derived"): N_("The rule, when it was derived and not observed"),
    ("orders", "node"): N_("Blank: the first node of the channel that can promise everything"),
    ("orders", "customer"): N_("An opaque reference, no name"),
    ("orders", "currency"): N_("Must be the channel's own"),
    ("orders", "hold_minutes"): N_("How long an unpaid order is promised"),
    ("orders", "quantity"): N_("In pieces, grams or millilitres"),
    ("orders", "units"): N_("In whole units, such as 1.5 with the unit kg"),
    ("orders", "unit_price_minor"): N_("Blank: the price in force"),
}

_EXAMPLES = {
    "nodes": """code,name,kind,time_zone,country,city,street,opening_hours,capabilities
BJ-01,Wangfujing store,store,Asia/Shanghai,CN,Beijing,Wangfujing St 1,"[{""weekday"": 1, ""opens"": ""09:00"",\
 ""closes"": ""21:00""}]",sell|ship|pick_up|receive|return
WH-01,Central warehouse,warehouse,Asia/Shanghai,CN,Beijing,,,
""",
    "products": """external_id,name,brand,category,sku,variant_name,unit,gtins,attributes
TEA-1,Green tea,Leaf,Drinks/Tea,TEA-100,100 g,pc,6901234567892,"{""size"": ""100 g""}"
TEA-1,Green tea,Leaf,Drinks/Tea,TEA-250,250 g,pc,,"{""size"": ""250 g""}"
APPLE,Apples,,Fruit,APPLE-KG,,kg,,
""",
    "prices": """sku,channel,node,currency,amount,valid_from
TEA-100,,,CNY,39.90,2026-01-01T00:00:00+08:00
TEA-250,,,CNY,89.00,2026-01-01T00:00:00+08:00
""",
    "stock": """type,node,document,occurred_at,sku,quantity,unit
supplier,BJ-01,NOTE-1,2026-01-02T09:00:00+08:00,TEA-100,120,pc
supplier,BJ-01,NOTE-1,2026-01-02T09:00:00+08:00,TEA-250,60,pc
count,WH-01,COUNT-1,2026-01-02T18:00:00+08:00,TEA-100,480,pc
""",
    "orders": """channel,external_id,node,customer,currency,sku,quantity,unit_price_minor
web,W-1001,,C-77,CNY,TEA-100,2,3990
web,W-1001,,C-77,CNY,TEA-250,1,8900
""",
}
assert _EXAMPLES.keys() == KINDS.keys()


async def show(visit: Visit) -> Reply:
    """The columns of a kind of file."""
    code = visit.path["kind"]
    if code not in KINDS:
        raise MissingError
    layout = LAYOUTS[code]
    return html(
        visit,
        "importing/templates/layout.html",
        code=code,
        kind=visit.t(KINDS[code].text),
        kinds=[(other, visit.t(kind.text)) for other, kind in KINDS.items()],
        columns=[_column(visit, code, column) for column in layout.columns if not column.told],
        key_columns=layout.keys,
        lines=bool(layout.lines),
        example=_EXAMPLES[code],
    )


def _column(visit: Visit, kind: str, column: Column) -> tuple[Column, str, str]:
    """A column, what a cell of it holds, and a note."""
    note = NOTES.get((kind, column.name), "")
    return column, visit.t(TYPES[column.type]), visit.t(note) if note else ""


async def example(visit: Visit) -> Reply:
    """A small file of a kind, in UTF-8 with the mark that spreadsheets ask for."""
    kind = visit.path["kind"].removesuffix(".csv")
    if kind not in KINDS:
        raise MissingError
    return download(f"{kind}.csv", "text/csv; charset=utf-8", b"\xef\xbb\xbf" + _EXAMPLES[kind].encode())

"""What the replay came to, beside the source's own totals."""

import msgspec

from mainstem.connectors.complete_journey import commands, source
from mainstem.connectors.complete_journey.replay import Took
from mainstem.domains import catalog, inventory, orders
from mainstem.platform import quarantine
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask


class Proof(msgspec.Struct, frozen=True):
    """How many lines the twin charges to the cent as they were, under derived prices and promotions; why not others."""

    reproduced: int
    lines: int
    reasons: dict[str, int]
    seconds: float


class Summary(msgspec.Struct, frozen=True):
    """The account of the replayed year; amounts in minor units.

    `differences` lists [ours, the source's] for every total that is not equal.
    """

    baskets: int
    lines: int
    sales_value_minor: int
    discounts_minor: dict[str, int]
    stores: int
    products: int
    households: int
    refused: int
    quarantined: int
    placeholder_products: int
    data_quality: dict[str, int]
    discrepancies: int
    seconds: float
    replay_seconds: float
    lines_per_second: float
    reconciled: bool
    differences: dict[str, list[int]]
    twin: Proof


async def summarise(database: Database, totals: source.Totals, took: Took, seconds: float, twin: Proof) -> Summary:
    """Compare what Mainstem holds with what the source holds; each side is computed on its own."""
    async with database.snapshot() as connection:
        (channels,) = await ask(connection, catalog.channels_by_code({commands.CHANNEL}))
        account, discrepancies, quarantined = await ask(
            connection,
            orders.account(channels[commands.CHANNEL].id),
            inventory.count_discrepancies(),
            quarantine.count_waiting(),
        )
    ours = {
        "baskets": account.orders,
        "lines": account.lines,
        "sales_value_minor": account.total_minor,
        "retail_discount_minor": account.discounts_minor.get("retail", 0),
        "coupon_discount_minor": account.tenders_minor.get(commands.COUPON_TENDER, 0),
        "coupon_match_discount_minor": account.discounts_minor.get("coupon_match", 0),
        "stores": account.nodes,
        "products_sold": account.variants,
        "households": account.customers,
        "placeholder_products": account.placeholders,
        "lines_without_product": account.findings.get("unknown_product", 0),
        "lines_with_zero_quantity": account.findings.get("zero_quantity", 0),
    }
    theirs = msgspec.structs.asdict(totals)
    differences = {name: [value, theirs[name]] for name, value in ours.items() if value != theirs[name]}
    return Summary(
        baskets=account.orders,
        lines=account.lines,
        sales_value_minor=account.total_minor,
        discounts_minor={
            "retail": ours["retail_discount_minor"],
            "coupon": ours["coupon_discount_minor"],
            "coupon_match": ours["coupon_match_discount_minor"],
        },
        stores=account.nodes,
        products=account.variants,
        households=account.customers,
        refused=took.refused,
        quarantined=quarantined,
        placeholder_products=account.placeholders,
        data_quality=account.findings,
        discrepancies=discrepancies,
        seconds=round(seconds, 1),
        replay_seconds=round(took.sales_seconds, 1),
        lines_per_second=round(account.lines / took.sales_seconds, 1),
        reconciled=not differences,
        differences=differences,
        twin=twin,
    )

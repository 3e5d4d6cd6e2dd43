"""The stock of the whole network at a glance."""

from collections.abc import Collection, Mapping

from mainstem.ledger.totals import PlaceTotal, count_assets_present, totals_by_place
from mainstem.platform.query import Query


def derived_documents() -> Query[dict[str, int]]:
    """How many documents brought stock that was derived by a rule instead of observed, by the name of the rule."""
    return Query(
        "select derived, count(*) from inventory.document where derived <> '' group by derived order by derived",
        (),
        dict,
    )


def stock_totals(nodes: Collection[int], measured: Mapping[int, int]) -> Query[list[PlaceTotal]]:
    """What the stock of each of these nodes adds up to, goods that are counted in pieces in group 0.

    `measured` gives the group of each variant that is not counted in pieces. Reads every balance.
    """
    return totals_by_place(nodes, measured)


def count_skus_in_stock(nodes: Collection[int]) -> Query[int]:
    """How many SKUs are in stock at any of these nodes. Reads every balance."""
    return count_assets_present(nodes)

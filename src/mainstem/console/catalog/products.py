"""The list of products, and one product with its variants and their prices."""

from datetime import UTC, datetime
from typing import Any

from mainstem.console.catalog import words
from mainstem.console.frame import MissingError, Reply, Visit, html
from mainstem.domains import catalog, pricing
from mainstem.platform.access.permissions import CATALOG_WRITE, PRICES_READ, STOCK_READ
from mainstem.platform.query import ask

ROWS = 50
HISTORY_ROWS = 20
WORDS_LENGTH_MAX = 200
"""Characters of a search that are looked for."""


async def listed(visit: Visit) -> Reply:
    """A page of the products that the address asks for."""
    query = visit.query
    typed = query.get("q", "")[:WORDS_LENGTH_MAX].replace("\x00", "")
    category = query.get("category", "").strip("/").replace("\x00", "")
    brand = query.get("brand", "").replace("\x00", "")
    kind = query.get("show", "")
    narrow = catalog.ProductFilter(
        words=typed or None,
        category=category or None,
        brand=brand or None,
        placeholder={"placeholders": True, "described": False}.get(kind),
    )
    after = query.get("after", "")
    start = int(after) if after.isdecimal() and len(after) < 19 else 0  # noqa: PLR2004 - what bigint holds
    async with visit.desk.database.transaction() as connection:
        (rows,) = await ask(connection, catalog.list_products(narrow, ROWS + 1, start))
    return html(
        visit,
        "catalog/templates/products.html",
        rows=rows[:ROWS],
        typed=typed,
        category=category,
        brand=brand,
        show=kind,
        filtered=bool(typed or category or brand or kind),
        next_url=visit.url(after=rows[ROWS - 1].id) if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if start else "",
        may_write=visit.allowed(CATALOG_WRITE),
    )


async def shown(visit: Visit) -> Reply:
    """One product; the prices of the variant that the address names, else of the first."""
    async with visit.desk.database.transaction() as connection:
        (product,) = await ask(connection, catalog.find_product_by_id(numbered(visit.path["product"])))
        if product is None:
            raise MissingError
        chosen = next((v for v in product.variants if v.sku == visit.query.get("sku")), None)
        chosen = chosen or next(iter(product.variants), None)
        prices: dict[str, Any] = {"in_force": [], "history": [], "older": ""}
        if chosen is not None and visit.allowed(PRICES_READ):
            behind = _behind(visit.query.get("behind", ""))
            in_force, history = await ask(
                connection,
                pricing.current_prices(chosen.id, datetime.now(UTC)),
                pricing.price_history(chosen.id, HISTORY_ROWS + 1, behind),
            )
            prices = {"in_force": in_force, "history": history[:HISTORY_ROWS], "older": ""}
            if len(history) > HISTORY_ROWS:
                last = history[HISTORY_ROWS - 1]
                prices["older"] = visit.url(behind=f"{last.valid_from.isoformat()}_{last.id}")
    return html(
        visit,
        "catalog/templates/product.html",
        product=product,
        placeholder=product.external_id is None,
        chosen=chosen,
        prices=prices,
        first_url=visit.url(behind=None) if visit.query.get("behind") else "",
        now=datetime.now(UTC),
        units={code: visit.t(text) for code, text in words.UNITS.items()},
        may_write=visit.allowed(CATALOG_WRITE),
        sees_prices=visit.allowed(PRICES_READ),
        sees_stock=visit.allowed(STOCK_READ),
    )


def numbered(product: int) -> int:
    """The id of an address, if it can be one."""
    if product >= 1 << 63:
        raise MissingError
    return product


def _behind(text: str) -> tuple[datetime, int] | None:
    """The position in a history that an address names; the beginning when it names none."""
    moment, _, number = text.partition("_")
    try:
        read = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None
    return read if read[0].tzinfo is not None else None

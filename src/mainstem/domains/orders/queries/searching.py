"""What a text that somebody types can mean: an order's number or external id, a customer or the end of one, a SKU."""

import msgspec

from mainstem.domains import catalog
from mainstem.domains.orders.queries.listing import CHANNELS_MAX
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

TAIL_LENGTH_MIN = 4
"""Characters of the end of a customer that find him."""

CUSTOMERS_MAX = 50
"""Customers with the same end that are looked up."""

_NUMBER_MAX = 2**63 - 1

# One step down the index for each customer: the customers with an end stand together in it, and are few.
_ENDING = """
with recursive found (backwards, orders) as (
    (
        select reverse(o.customer) collate "C", 1 from orders.customer_order as o
        where o.customer <> '' and reverse(o.customer) collate "C" >= %b::text
            and reverse(o.customer) collate "C" < %b::text
        order by 1 limit 1
    )
    union all
    select (
        select reverse(o.customer) collate "C" from orders.customer_order as o
        where o.customer <> '' and reverse(o.customer) collate "C" > f.backwards collate "C"
            and reverse(o.customer) collate "C" < %b::text
        order by 1 limit 1
    ), f.orders + 1
    from found as f where f.backwards is not null and f.orders <= %b::bigint
)
select reverse(backwards) from found where backwards is not null
"""


class Meanings(msgspec.Struct, frozen=True):
    """What a text means; a part is None or empty when it does not mean that.

    `customers` are the one with this very name, or else those that end like it, at most `CUSTOMERS_MAX`.
    """

    number: int | None = None
    external_id: str | None = None
    customers: tuple[str, ...] = ()
    more_customers: bool = False
    """Whether more customers than these end like it."""
    variant: int | None = None


async def meanings(connection: Connection, text: str) -> Meanings:
    """What a text means in the whole network. Two round trips."""
    if not text or "\x00" in text:
        return Meanings()
    (channels,) = await ask(connection, catalog.list_channels(CHANNELS_MAX))
    number = int(text) if text.isdecimal() and text.isascii() and int(text) <= _NUMBER_MAX else -1
    known, external, exact, ending, by_sku, by_gtin = await ask(
        connection,
        _exists("select from orders.customer_order where id = %b::bigint", number),
        _exists(
            "select from orders.customer_order where channel = any(%b::bigint[]) and external_id = %b::text"
            " and external_id <> ''",
            Bigints([channel.id for channel in channels]),
            text,
        ),
        _exists(
            "select from orders.customer_order where customer <> ''"
            ' and reverse(customer) collate "C" = reverse(%b::text)',
            text,
        ),
        _customers_ending(text),
        catalog.variants_by_sku([text]),
        catalog.variants_by_gtin([text]),
    )
    customers = (text,) if exact else tuple(ending[:CUSTOMERS_MAX])
    variant = by_sku.get(text) or by_gtin.get(text)
    return Meanings(
        number=number if known else None,
        external_id=text if external else None,
        customers=customers,
        more_customers=not exact and len(ending) > CUSTOMERS_MAX,
        variant=None if variant is None else variant.id,
    )


def _exists(sql: str, *parameters: object) -> Query[bool]:
    return Query(f"select exists ({sql})", parameters, lambda rows: bool(rows[0][0]))


def _customers_ending(text: str) -> Query[list[str]]:
    """Up to one more than `CUSTOMERS_MAX` customers that end like a text long enough."""
    start = text[::-1]
    if len(text) < TAIL_LENGTH_MIN:
        return Query("select 1 where false", (), lambda _: [])
    end = start + "\U0010ffff"  # in the collation C: behind all that begins with it
    return Query(_ENDING, (start, end, end, CUSTOMERS_MAX), lambda rows: [row[0] for row in rows])

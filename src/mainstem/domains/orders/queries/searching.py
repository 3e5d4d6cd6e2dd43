"""What a text that somebody types can mean: an order's number or external id, a customer, a SKU."""

import msgspec

from mainstem.domains import catalog, customers
from mainstem.domains.orders.queries.listing import CHANNELS_MAX
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask
from mainstem.platform.vault import Vault

_NUMBER_MAX = 2**63 - 1


class Meanings(msgspec.Struct, frozen=True):
    """What a text means; a part is None or empty when it does not mean that.

    `people` are those with this very reference, name or number, or else (`by_end`) those whose reference, telephone
    number or card ends like it; there are none when none of them has ordered or bought anything.
    """

    number: int | None = None
    external_id: str | None = None
    people: customers.Called = customers.Called()
    by_end: bool = False
    variant: int | None = None


async def meanings(connection: Connection, vault: Vault, text: str) -> Meanings:
    """What a text means in the whole network. Two round trips."""
    if not text or "\x00" in text:
        return Meanings()
    channels, exact, ending = await ask(
        connection, catalog.list_channels(CHANNELS_MAX), customers.called(vault, text), customers.ending(vault, text)
    )
    number = int(text) if text.isdecimal() and text.isascii() and int(text) <= _NUMBER_MAX else -1
    known, external, by_name, by_end, by_sku, by_gtin = await ask(
        connection,
        _exists("select from orders.customer_order where id = %b::bigint", number),
        _exists(
            "select from orders.customer_order where channel = any(%b::bigint[]) and external_id = %b::text"
            " and external_id <> ''",
            Bigints([channel.id for channel in channels]),
            text,
        ),
        _have_orders(exact),
        _have_orders(ending),
        catalog.variants_by_sku([text]),
        catalog.variants_by_gtin([text]),
    )
    variant = by_sku.get(text) or by_gtin.get(text)
    return Meanings(
        number=number if known else None,
        external_id=text if external else None,
        people=exact if by_name else ending if by_end else customers.Called(),
        by_end=by_end and not by_name,
        variant=None if variant is None else variant.id,
    )


def _exists(sql: str, *parameters: object) -> Query[bool]:
    return Query(f"select exists ({sql})", parameters, lambda rows: bool(rows[0][0]))


def _have_orders(found: customers.Called) -> Query[bool]:
    return _exists("select from orders.customer_order where customer = any(%b::bigint[])", Bigints(found.records))

"""The latest events that say something to a person."""

from datetime import datetime

import msgspec

from mainstem.domains import orders
from mainstem.domains.orders import OrderHead
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.texts import N_

FEED_LENGTH = 8
FEED_SCANNED_MAX = 500
"""How many of the latest events are looked through for the feed: an import may have written others."""

EVENTS: dict[str, str] = {
    "orders.order_placed": N_("Order placed"),
    "orders.sale_recorded": N_("Sale recorded"),
    "orders.order_paid": N_("Order paid"),
    "orders.order_allocated": N_("Order allocated"),
    "orders.order_shipped": N_("Order shipped"),
    "orders.order_delivered": N_("Order delivered"),
    "orders.order_cancelled": N_("Order cancelled"),
    "orders.order_returned": N_("Order returned"),
    "orders.order_lapsed": N_("Order lapsed"),
    "inventory.discrepancy_found": N_("Discrepancy found"),
    "inventory.stock_received": N_("Stock received"),
    "inventory.stock_adjusted": N_("Stock adjusted"),
    "inventory.stock_counted": N_("Stock counted"),
    "inventory.transfer_sent": N_("Transfer sent"),
    "inventory.transfer_received": N_("Transfer received"),
    "inventory.stock_low": N_("Stock low"),
}
"""What the feed calls each type of event that it shows."""

KINDS: dict[str, str] = {
    "oversold": N_("oversold"),
    "counted": N_("counted"),
    "transfer_short": N_("transfer short"),
    "transfer_over": N_("transfer over"),
}
"""The kinds of discrepancies."""

_FEED = """
select type, case when type like 'orders.%%' then subject else (payload ->> 'reference')::bigint end, recorded_at,
    coalesce(payload ->> 'node', ''), coalesce(payload ->> 'sku', ''), (payload ->> 'quantity')::bigint,
    coalesce(payload ->> 'kind', ''), coalesce(payload ->> 'derived', '')
from (select * from platform.event order by xid desc, id desc limit %b::bigint) as latest
where type = any(%b::text[])
order by xid desc, id desc limit %b::bigint
"""


class Happening(msgspec.Struct, frozen=True, gc=False):
    """An event for the feed: what of it a line shows.

    `order` is the order or sale that it is about, or whose sale a discrepancy contradicted, `number` its id. Of stock,
    `node` is a code, `quantity` what was found beyond what the ledger had, `kind` that of a discrepancy, `derived` the
    rule that stock follows.
    """

    type: str
    recorded_at: datetime
    order: OrderHead | None
    number: int | None
    node: str
    sku: str
    quantity: int | None
    kind: str
    derived: str


def latest() -> Query[list[Row]]:
    """The latest events of the types that the feed shows."""
    return Query(_FEED, (FEED_SCANNED_MAX, list(EVENTS), FEED_LENGTH), lambda rows: rows)


async def happenings(connection: Connection, rows: list[Row]) -> tuple[Happening, ...]:
    """The events with the orders that they are about."""
    (heads,) = await ask(connection, orders.heads({row[1] for row in rows if row[1] is not None}))
    return tuple([Happening(kind, moment, heads.get(number), number, *rest) for kind, number, moment, *rest in rows])

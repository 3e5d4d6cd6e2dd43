"""What a record did on one occasion: an order or a sale, summed over its lines."""

from datetime import date, datetime

import msgspec


class Goods(msgspec.Struct, frozen=True, gc=False):
    """What of an occasion was of one category and size; "" where the catalogue says nothing."""

    category: str
    size: str
    units: int
    amount_minor: int
    returned_units: int
    returned_minor: int


class Occasion(msgspec.Struct, frozen=True, gc=False):
    """An order or sale of a record: where, when (day and hour in the zone of the node), and what it came to.

    Amounts are in minor units of `currency`, without what was cancelled; `units` are pieces, a line of measured goods
    counting as one. `bought` is false when all of it was cancelled or lapsed.
    """

    occasion: int
    record: int
    kind: str
    day: date
    hour: int
    moment: datetime
    channel: str
    channel_kind: str
    node: str
    currency: str
    bought: bool
    units: int
    amount_minor: int
    discount_minor: int
    returned_units: int
    returned_minor: int
    cancelled_minor: int
    goods: tuple[Goods, ...]

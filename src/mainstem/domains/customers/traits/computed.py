"""How old the traits of a customer are."""

from datetime import date, datetime

import msgspec


class Computed(msgspec.Struct, frozen=True):
    """The day (UTC) that windows of days end on; when the customer last bought or a source last told something; and
    when the batch over all customers was last written, None: never.

    What only ages (days since, age) is computed when it is asked for.
    """

    as_of: date
    seen_at: datetime
    batch_at: datetime | None

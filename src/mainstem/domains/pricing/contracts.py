"""What pricing is told and answers: the price of one whole unit of a SKU, per channel and node, from a moment on."""

from datetime import datetime

import msgspec

from mainstem.kernel.refusals import Kind, declare


class SetPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `valid_from` (default: now) a unit of this SKU costs so much, until the next price of the same scope begins.

    Channel and node narrow the scope, node more than channel. Prices are never overwritten: another one follows.
    `derived` names the rule when it was derived, not observed.
    """

    sku: str
    currency: str
    amount_minor: int
    channel: str | None = None
    node: str | None = None
    valid_from: datetime | None = None
    derived: str = ""


class PriceSet(msgspec.Struct, frozen=True):
    """The id of the price that was recorded."""

    id: int


class PriceView(msgspec.Struct, frozen=True, gc=False):
    """A price as it was recorded: minor units of `currency` per whole unit of the variant.

    In force from `valid_from` until before `valid_until`, None for ever; equal when it was replaced at once.
    `channel` and `node` are ids; None does not narrow. `actor` is who set it, 0 where that is told by the event only.
    """

    id: int
    variant: int
    channel: int | None
    node: int | None
    currency: str
    amount_minor: int
    valid_from: datetime
    valid_until: datetime | None
    derived: str
    recorded_at: datetime
    actor: int = 0


class PriceRecorded(msgspec.Struct, frozen=True):
    """Payload of `pricing.price_set` (subject: the variant): the price's id, from when on, and the command."""

    price: int
    valid_from: datetime
    command: SetPrice


NO_PRICE = declare(
    "no_price", Kind.CONFLICT, "SKU {sku} has no price in {currency} for channel {channel}.", "Set a price first."
)
BAD_AMOUNT = declare(
    "bad_amount",
    Kind.INVALID,
    "{amount} is not an amount that can be used here.",
    "Send minor units between {least} and {most}.",
)
BAD_VALIDITY = declare(
    "bad_validity",
    Kind.INVALID,
    "{moment} cannot be the moment from which a price is valid.",
    "Send a moment from 2000 to 2099 with its offset from UTC.",
)

"""What price lists are told and answer, and why they turn something down."""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from mainstem.domains.pricing.promotions.form import Text
from mainstem.kernel.refusals import Kind, declare

ListKind = Literal["group", "tier", "region", "node", "channel", "general"]
KINDS: tuple[str, ...] = get_args(ListKind)
Expected = int | msgspec.UnsetType

BREAKS_MAX = 20
"""Quantity breaks of one price."""

PRIORITY_MAX = 1_000_000


class SavePriceList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Create the list with this code, or change what of it may change: name, label, priority, validity, `active`.

    `kind` and `scope` say for whom it is: a customer group or tier by name, a region by name, a node or channel by
    code, everybody (general, no scope). `label` is what labels on shelves say of its prices. Changes hold from now on:
    what a price was on an earlier day stays. The first terms count for the past as well.
    """

    code: str
    name: Text
    kind: ListKind
    currency: str
    scope: str = ""
    tax_included: bool = True
    priority: int = 0
    label: Text = Text("")
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    active: bool = True
    expected_revision: Expected = msgspec.UNSET


class PriceListSaved(msgspec.Struct, frozen=True):
    """The list and its revision now; neither created nor changed: everything was so already."""

    id: int
    revision: int
    created: bool
    changed: bool


class SetListPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a unit of a SKU costs in a list, from a quantity on (smallest steps), for a time.

    Without `valid_until` until the next price of the same list, SKU and quantity begins; with it the price before goes
    on afterwards. `amount_minor` None: from then on the list has no price. `currency` is the list's own, to be
    compared with it. `derived` names the rule when it was derived.
    """

    price_list: str
    sku: str
    amount_minor: int | None
    from_quantity: int = 1
    currency: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    derived: str = ""


class ListPriceSet(msgspec.Struct, frozen=True):
    """The id of the price that was recorded."""

    id: int


class PriceListView(msgspec.Struct, frozen=True):
    """A list as it is now."""

    id: int
    code: str
    name: Text
    label: Text
    kind: ListKind
    scope: str
    currency: str
    tax_included: bool
    priority: int
    active: bool
    valid_from: datetime | None
    valid_until: datetime | None
    revision: int
    actor: int
    changed_at: datetime


class PriceListTerms(msgspec.Struct, frozen=True):
    """What a list said from `since` (None: ever) until before `until` (None: now), and who changed it so."""

    revision: int
    name: Text
    label: Text
    priority: int
    active: bool
    valid_from: datetime | None
    valid_until: datetime | None
    since: datetime | None
    until: datetime | None
    actor: int
    recorded_at: datetime


class ListPriceView(msgspec.Struct, frozen=True, gc=False):
    """A price of a list as it was recorded, and who set it; `amount_minor` None: the list has no price.

    `batch` is the batch of price changes that it came with, `continues` the price that goes on here.
    """

    id: int
    variant: int
    from_quantity: int
    amount_minor: int | None
    valid_from: datetime
    valid_until: datetime | None
    derived: str
    batch: int | None
    continues: int | None
    actor: int
    recorded_at: datetime


class PriceListChanged(msgspec.Struct, frozen=True):
    """Payload of `pricing.price_list_saved` (subject: the list): the list as it is now."""

    revision: int
    command: SavePriceList


class ListPriceRecorded(msgspec.Struct, frozen=True):
    """Payload of `pricing.list_price_set` (subject: the variant): the price's id, from when on, and the command.

    A price of a batch names it.
    """

    price: int
    valid_from: datetime
    command: SetListPrice
    batch: int | None = None


UNKNOWN_LIST = declare(
    "unknown_price_list",
    Kind.NOT_FOUND,
    "There is no price list {list}.",
    "Create the list first, or correct its code.",
)
LIST_FIXED = declare(
    "price_list_fixed",
    Kind.CONFLICT,
    "The {field} of price list {list} is {value} for good.",
    "Create another list.",
)
BAD_SCOPE = declare(
    "bad_scope",
    Kind.INVALID,
    "{scope} cannot be the scope of a price list of kind {kind}.",
    "Name the group, tier, region, node or channel; a general list has none.",
)
BAD_PRIORITY = declare(
    "bad_priority",
    Kind.INVALID,
    "{priority} cannot be a priority.",
    "Send a whole number between {least} and {most}.",
)
BAD_SPAN = declare(
    "bad_span",
    Kind.INVALID,
    "It would end at {until}, before it begins at {start}.",
    "Send an end after the beginning, or none.",
)
CURRENCY_MISMATCH = declare(
    "currency_mismatch",
    Kind.INVALID,
    "The price is in {currency}; price list {list} is in {expected}.",
    "Send the currency of the list; nothing is converted.",
)
BAD_BREAK = declare(
    "bad_break",
    Kind.INVALID,
    "{quantity} cannot be a quantity from which a price counts.",
    "Send smallest steps between 1 and {most}.",
)
TOO_MANY_BREAKS = declare(
    "too_many_breaks",
    Kind.CONFLICT,
    "SKU {sku} has {limit} quantity breaks in price list {list} already.",
    "Take one away first: set its amount to null.",
)

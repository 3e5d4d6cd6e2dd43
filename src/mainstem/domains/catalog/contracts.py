"""What the catalog is told and what it answers: products and their variants, nodes, channels."""

from datetime import datetime
from typing import Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

NodeKind = Literal["store", "warehouse", "dark_store", "virtual"]
ChannelKind = Literal["till", "web", "mini_program", "app", "marketplace", "social", "call_centre", "agent"]
Capability = Literal["sell", "ship", "pick_up", "receive", "return"]
Expected = int | msgspec.UnsetType
"""The revision that whoever writes has seen, 0 when there must be none yet; without one the last writer wins."""

USUAL_CAPABILITIES: tuple[Capability, ...] = ("sell", "ship", "receive", "return")
"""What a node can do when nothing is said of it."""


class VariantInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sellable variant: its SKU, its GTINs, and the unit it is counted in (see `kernel.quantity.UNITS`)."""

    sku: str
    name: str = ""
    unit: str = "pc"
    gtins: tuple[str, ...] = ()
    attributes: dict[str, str] = {}


class UpsertProduct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Create or replace the product with this external id. Category is a path from wide to narrow, `Dairy/Milk`.

    Variants that are not named stay as they are: what was once sold is never forgotten.
    """

    external_id: str
    name: str
    variants: tuple[VariantInput, ...]
    brand: str = ""
    category: str = ""
    expected_revision: Expected = msgspec.UNSET


class OpeningHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local opening time on one weekday (1 Monday to 7 Sunday), `HH:MM`; closes after midnight when closes <= opens."""

    weekday: int
    opens: str
    closes: str


class UpsertNode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Create or replace the node with this code: a place that holds stock. Coordinates are WGS 84 degrees."""

    code: str
    name: str
    kind: NodeKind
    time_zone: str
    country: str = ""
    region: str = ""
    city: str = ""
    postal_code: str = ""
    street: str = ""
    latitude: float | None = None
    longitude: float | None = None
    opening_hours: tuple[OpeningHours, ...] = ()
    capabilities: tuple[Capability, ...] = USUAL_CAPABILITIES
    expected_revision: Expected = msgspec.UNSET


class UpsertChannel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Create or replace the channel with this code; `nodes` are tried in this order when an order names none."""

    code: str
    name: str
    kind: ChannelKind
    currency: str
    nodes: tuple[str, ...] = ()
    expected_revision: Expected = msgspec.UNSET


class Upserted(msgspec.Struct, frozen=True):
    """The id of what was created or changed, and its revision now; neither means that everything was so already."""

    id: int
    created: bool
    changed: bool = False
    revision: int = 0


class Variant(msgspec.Struct, frozen=True, gc=False):
    """A variant as other rooms need it; its id is also the id of its asset on the ledger."""

    id: int
    sku: str
    unit: str
    category: str
    placeholder: bool


class Node(msgspec.Struct, frozen=True, gc=False):
    """A node as other rooms need it; `id` is the place of its stock, `transit` the one of what is on its way to it."""

    id: int
    code: str
    kind: str
    time_zone: str
    transit: int


class Channel(msgspec.Struct, frozen=True, gc=False):
    """A channel as other rooms need it; `nodes` are node ids in the order in which they are tried."""

    id: int
    code: str
    kind: str
    currency: str
    nodes: tuple[int, ...]


class VariantView(msgspec.Struct, frozen=True, gc=False):
    """A variant as people and programs read it; GTINs have 14 digits."""

    id: int
    sku: str
    name: str
    unit: str
    gtins: tuple[str, ...]
    attributes: dict[str, str]
    placeholder: bool


class ProductView(msgspec.Struct, frozen=True):
    """A product with its variants in SKU order; a product without external id stands for a placeholder."""

    id: int
    external_id: str | None
    name: str
    brand: str
    category: str
    updated_at: datetime
    variants: tuple[VariantView, ...]
    revision: int


class NodeView(msgspec.Struct, frozen=True):
    """A node as people and programs read it."""

    id: int
    code: str
    name: str
    kind: str
    time_zone: str
    country: str
    region: str
    city: str
    postal_code: str
    street: str
    latitude: float | None
    longitude: float | None
    opening_hours: tuple[OpeningHours, ...]
    capabilities: tuple[str, ...]
    updated_at: datetime
    revision: int


class ChannelView(msgspec.Struct, frozen=True):
    """A channel as people and programs read it; `nodes` are node codes in the order in which they are tried."""

    id: int
    code: str
    name: str
    kind: str
    currency: str
    nodes: tuple[str, ...]
    updated_at: datetime
    revision: int


class ProductFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which products a list shows; what is None does not narrow it.

    `category` is a path: it matches itself and everything below it. `brand` matches exactly. `text` begins the
    product's name, in upper or lower case, or one of its SKUs, as written. `words` finds what people type: the
    beginnings of words of the name in any order, the beginning of a SKU, a GTIN, an external id.
    """

    category: str | None = None
    brand: str | None = None
    text: str | None = None
    placeholder: bool | None = None
    words: str | None = None


class ProductChanged(msgspec.Struct, frozen=True):
    """Payload of `catalog.product_changed` (subject: the product): what was accepted, GTINs in 14 digits.

    `variants` gives the id of each SKU named; `adopted` names the SKUs that were placeholders until now.
    """

    product: UpsertProduct
    created: bool
    variants: dict[str, int]
    adopted: tuple[str, ...]


class NodeChanged(msgspec.Struct, frozen=True):
    """Payload of `catalog.node_changed` (subject: the node): the node as it is now."""

    node: UpsertNode
    created: bool


class ChannelChanged(msgspec.Struct, frozen=True):
    """Payload of `catalog.channel_changed` (subject: the channel): the channel as it is now."""

    channel: UpsertChannel
    created: bool


class PlaceholderMade(msgspec.Struct, frozen=True):
    """Payload of `catalog.placeholder_made` (subject: the variant): a fact named a SKU the catalogue did not have."""

    sku: str
    unit: str


UNKNOWN_SKU = declare(
    "unknown_sku", Kind.NOT_FOUND, "SKU {sku} is not in the catalogue.", "Import the product first, or correct the SKU."
)
UNKNOWN_NODE = declare(
    "unknown_node", Kind.NOT_FOUND, "There is no node {node}.", "Create the node first, or correct its code."
)
UNKNOWN_CHANNEL = declare(
    "unknown_channel",
    Kind.NOT_FOUND,
    "There is no channel {channel}.",
    "Create the channel first, or correct its code.",
)
BAD_CODE = declare(
    "bad_code",
    Kind.INVALID,
    "{code} cannot be a code.",
    "Use 1 to 64 visible characters without blanks at either end.",
)
BAD_GTIN = declare(
    "bad_gtin", Kind.INVALID, "{gtin} is not a GTIN.", "Send 8, 12, 13 or 14 digits with the right check digit."
)
DUPLICATE_GTIN = declare(
    "duplicate_gtin",
    Kind.CONFLICT,
    "GTIN {gtin} belongs to SKU {sku} already.",
    "Remove it from the other variant first, or correct it.",
)
DUPLICATE_SKU = declare(
    "duplicate_sku",
    Kind.CONFLICT,
    "SKU {sku} belongs to product {product} already.",
    "Remove it from the other product first, or correct it.",
)
NO_VARIANTS = declare(
    "no_variants", Kind.INVALID, "Product {product} has no variant.", "Send at least one variant with a SKU."
)
UNKNOWN_UNIT = declare("unknown_unit", Kind.INVALID, "There is no unit {unit}.", "Use one of {units}.")
UNIT_IN_USE = declare(
    "unit_in_use",
    Kind.CONFLICT,
    "SKU {sku} is counted in {unit} and has movements.",
    "Create a new SKU for the other unit.",
)
UNKNOWN_TIME_ZONE = declare(
    "unknown_time_zone", Kind.INVALID, "There is no time zone {zone}.", "Use an IANA name such as Asia/Shanghai."
)
UNKNOWN_CURRENCY = declare(
    "unknown_currency", Kind.INVALID, "There is no currency {currency}.", "Use an ISO 4217 code such as CNY."
)
BAD_COORDINATES = declare(
    "bad_coordinates",
    Kind.INVALID,
    "{latitude}, {longitude} is not a point on Earth.",
    "Send latitude -90 to 90 and longitude -180 to 180, in degrees, both or none.",
)
BAD_OPENING_HOURS = declare(
    "bad_opening_hours", Kind.INVALID, "{hours} are no opening hours.", "Send weekday 1 to 7 and times as HH:MM."
)
TOO_LONG = declare("too_long", Kind.INVALID, "{field} has {size} characters.", "Send at most {limit}.")
TOO_MANY = declare("too_many", Kind.INVALID, "{field} has {size} entries.", "Send at most {limit}.")
BAD_TEXT = declare(
    "bad_text", Kind.INVALID, "{field} contains the character U+0000, which cannot be stored.", "Remove it."
)
DUPLICATE_NODE = declare("duplicate_node", Kind.INVALID, "Node {node} is named twice.", "Name each node once.")
REVISION_CONFLICT = declare(
    "revision_conflict",
    Kind.CONFLICT,
    "The {what} {id} has revision {revision} now; revision {expected} was expected.",
    "Read it again, and decide again what it should say.",
)

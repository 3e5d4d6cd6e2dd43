"""What the lines of baskets cost: prices and price lists together, in one statement for a batch of baskets.

The narrowest wins: lists of the customer's groups, of his tier; the price of channel and node; lists and the price of
the node; lists of the region; lists and the price of the channel; general lists and the base price. Of lists of one
kind the higher priority, then the code that sorts first; within a list the highest quantity break that is reached.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row

KIND_ORDER = ("group", "tier", "node", "region", "channel", "general")
"""Kinds of lists, narrowest first."""

Breaks = tuple[tuple[int, int], ...]
"""(from quantity, amount) of a variant, highest quantity first."""

_Layer = tuple[dict[int, Breaks], str, bool | None]
"""What costs what, the name of the source, and whether tax is in it (None: as the basket says)."""

_SQL = """
select p.variant, p.channel, p.node, p.currency, p.amount_minor, 1::bigint, null::bigint, null, null, null,
    null::integer, null::boolean
from pricing.price as p
where p.variant = any(%b::bigint[]) and p.valid_until > %b::timestamptz and p.valid_from <= %b::timestamptz
    and p.node is null
union all
select p.variant, p.channel, p.node, p.currency, p.amount_minor, 1, null, null, null, null, null, null
from unnest(%b::bigint[], %b::bigint[]) as k (variant, node)
join pricing.price as p on p.variant = k.variant and p.node = k.node
where p.valid_until > %b::timestamptz and p.valid_from <= %b::timestamptz
union all
select p.variant, null, null, l.currency, p.amount_minor, p.from_quantity, l.id, l.code, l.kind, l.scope, t.priority,
    l.tax_included
from unnest(%b::text[], %b::text[]) as k (kind, scope)
join pricing.price_list as l on l.kind = k.kind and l.scope = k.scope
join pricing.price_list_terms as t on t.list = l.id and t.since <= %b::timestamptz and t.until > %b::timestamptz
    and t.valid_from <= %b::timestamptz and t.valid_until > %b::timestamptz and t.active
join pricing.list_price as p on p.list = l.id and p.variant = any(%b::bigint[]) and p.valid_until > %b::timestamptz
    and p.valid_from <= %b::timestamptz and p.amount_minor is not null
"""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A basket, as far as its prices depend on it: ids of variants, channel and node with their codes.

    `lines` are (variant, quantity in smallest steps); quantities of one variant count together towards its breaks.
    Without a node, prices and lists of nodes do not count.
    """

    channel: int
    channel_code: str
    currency: str
    lines: tuple[tuple[int, int], ...]
    node: int | None = None
    node_code: str = ""
    region: str = ""
    tier: str = ""
    groups: tuple[str, ...] = ()


class FoundPrice(msgspec.Struct, frozen=True, gc=False):
    """Minor units of a whole unit, and what they came from.

    `source` is `list:CODE` (`list:CODE@10` for what counts from 10 smallest steps on), `channel:CODE,node:CODE`,
    `node:CODE`, `channel:CODE` or `base`. `tax_included` is None for prices outside of lists: as the basket says.
    """

    unit_price_minor: int
    source: str
    tax_included: bool | None = None


class PriceBook:
    """The prices in force at one moment for the baskets that were asked for."""

    __slots__ = ("_layers", "_lists", "_rows")

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[tuple[int | None, int | None, str], dict[int, Breaks]] = {}
        self._lists: dict[tuple[str, str, str], dict[tuple[int, str, bool], dict[int, list[tuple[int, int]]]]] = {}
        self._layers: dict[tuple[object, ...], list[_Layer]] = {}
        for variant, channel, node, currency, amount, quantity, number, code, kind, scope, priority, taxed in rows:
            if number is None:
                self._rows.setdefault((channel, node, currency), {})[variant] = ((1, amount),)
            else:
                lists = self._lists.setdefault((kind, scope, currency), {})
                lists.setdefault((-priority, code, taxed), {}).setdefault(variant, []).append((quantity, amount))

    def of(self, basket: Asked, without: str = "") -> list[FoundPrice | None]:
        """The price of each line of a basket, as if one list were not there; None where nothing is in force."""
        layers = [layer for layer in self._layers_of(basket) if not without or layer[1] != f"list:{without}"]
        wanted: dict[int, int] = {}
        for variant, quantity in basket.lines:
            wanted[variant] = wanted.get(variant, 0) + quantity
        found = {variant: _first(layers, variant, quantity) for variant, quantity in wanted.items()}
        return [found[variant] for variant, _ in basket.lines]

    def _layers_of(self, basket: Asked) -> list[_Layer]:
        scope = (basket.channel, basket.node, basket.region, basket.tier, basket.groups, basket.currency)
        layers = self._layers.get(scope)
        if layers is None:
            layers = self._layers[scope] = [*self._narrowest_first(basket)]
        return layers

    def _narrowest_first(self, basket: Asked) -> Iterable[_Layer]:
        currency, channel, node = basket.currency, basket.channel, basket.node
        at_channel, at_node = f"channel:{basket.channel_code}", f"node:{basket.node_code}"
        yield from self._of_kind("group", basket.groups, currency)
        yield from self._of_kind("tier", (basket.tier,), currency)
        if node is not None:
            yield self._rows.get((channel, node, currency), {}), f"{at_channel},{at_node}", None
            yield from self._of_kind("node", (basket.node_code,), currency)
            yield self._rows.get((None, node, currency), {}), at_node, None
        yield from self._of_kind("region", (basket.region,), currency)
        yield from self._of_kind("channel", (basket.channel_code,), currency)
        yield self._rows.get((channel, None, currency), {}), at_channel, None
        yield from self._of_kind("general", ("",), currency)
        yield self._rows.get((None, None, currency), {}), "base", None

    def _of_kind(self, kind: str, scopes: Sequence[str], currency: str) -> Iterable[_Layer]:
        lists = {
            key: prices for scope in scopes for key, prices in self._lists.get((kind, scope, currency), {}).items()
        }
        for (_, code, taxed), prices in sorted(lists.items(), key=lambda one: one[0]):
            yield {v: tuple(sorted(breaks, reverse=True)) for v, breaks in prices.items()}, f"list:{code}", taxed


def _first(layers: list[_Layer], variant: int, quantity: int) -> FoundPrice | None:
    for prices, source, taxed in layers:
        for least, amount in prices.get(variant, ()):
            if least <= quantity:
                return FoundPrice(amount, source if least == 1 else f"{source}@{least}", taxed)
    return None


def price_for(baskets: Sequence[Asked], moment: datetime) -> Query[PriceBook]:
    """The prices of all lines of a batch of baskets at a moment, past or future, in one statement."""
    variants = Bigints({variant for basket in baskets for variant, _ in basket.lines})
    spots = {(variant, basket.node) for basket in baskets if basket.node is not None for variant, _ in basket.lines}
    scopes = sorted({scope for basket in baskets for scope in _scopes(basket)})
    at = Bigints(variant for variant, _ in spots), Bigints(node for _, node in spots)
    named = Texts(kind for kind, _ in scopes), Texts(name for _, name in scopes)
    moments = (moment, moment)
    return Query(_SQL, (variants, *moments, *at, *moments, *named, *moments, *moments, variants, *moments), PriceBook)


def _scopes(basket: Asked) -> Iterable[tuple[str, str]]:
    yield "general", ""
    yield "channel", basket.channel_code
    yield from (("group", group) for group in basket.groups if group)
    for kind, name in (("tier", basket.tier), ("region", basket.region), ("node", basket.node_code)):
        if name:
            yield kind, name


def with_tax(amount_minor: int, rate_millionths: int, *, included: bool, wanted: bool) -> int:
    """A price with tax in it as one without, or the other way round, half up; unchanged when it is so already."""
    if included == wanted:
        return amount_minor
    whole = 1_000_000 + rate_millionths
    if wanted:
        return (2 * amount_minor * whole + 1_000_000) // 2_000_000
    return (2 * amount_minor * 1_000_000 + whole) // (2 * whole)

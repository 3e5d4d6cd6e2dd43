"""What a document says that the database does not say yet: column by column, before and after."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from mainstem.connectors.files.cells import join_items
from mainstem.domains import catalog, inventory, orders, pricing
from mainstem.kernel.identifiers import normal_gtin
from mainstem.kernel.money import from_minor
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

LINES_SHOWN_MAX = 20
"""Lines of a document that are compared; the others are counted."""

Fields = dict[tuple[str, str], str]
"""What is said, as text, by line (a SKU; "" for the document) and column."""


class Change(msgspec.Struct, frozen=True):
    """One cell that would be other than it is. `line` is a SKU, or "" for what is said of the whole document."""

    line: str
    column: str
    before: str
    after: str


Told = tuple[str, list[Change]]


async def changes(connection: Connection, commands: Sequence[Any]) -> list[Told]:
    """For each command, what it is called and what it changes. All commands are of one type."""
    first = commands[0]
    if isinstance(first, catalog.UpsertProduct):
        return await _catalogued(connection, commands, catalog.find_product, "external_id")
    if isinstance(first, catalog.UpsertNode):
        return await _catalogued(connection, commands, catalog.find_node, "code")
    if isinstance(first, catalog.UpsertChannel):
        return await _catalogued(connection, commands, catalog.find_channel, "code")
    if isinstance(first, pricing.SetPrice):
        return await _prices(connection, commands)
    if isinstance(first, pricing.lists.SetListPrice):
        return [_list_price(command) for command in commands]
    if isinstance(first, inventory.CountStock | inventory.ReceiveStock):
        return [await _stock(connection, command) for command in commands]
    return [_lines(command) for command in commands]


async def _catalogued(connection: Connection, commands: Sequence[Any], find: Any, name: str) -> list[Told]:  # noqa: ANN401
    codes = [getattr(command, name) for command in commands]
    (first, *others) = [find(code) for code in codes]
    views = await ask(connection, first, *others)
    return [
        (code, differences({} if view is None else fields(view), fields(command)))
        for code, command, view in zip(codes, commands, views, strict=True)
    ]


def differences(before: Fields, after: Fields) -> list[Change]:
    """The cells of `after` that say something else than `before`; what it does not name stays."""
    return [
        Change(line, column, before.get((line, column), ""), text)
        for (line, column), text in after.items()
        if before.get((line, column), "") != text
    ]


def fields(said: Any) -> Fields:  # noqa: ANN401 - a command of the catalogue, or the view of the same
    """What a product, node or channel says, as text, by line and column of the layout."""
    if isinstance(said, catalog.UpsertProduct | catalog.ProductView):
        found: Fields = {("", name): getattr(said, name) for name in ("name", "brand", "category")}
        for variant in said.variants:
            found[variant.sku, "variant_name"] = variant.name
            found[variant.sku, "unit"] = variant.unit
            found[variant.sku, "gtins"] = join_items(tuple(sorted(normal_gtin(g) or g for g in variant.gtins)))
            found[variant.sku, "attributes"] = _attributes(variant.attributes)
        return found
    if isinstance(said, catalog.UpsertChannel | catalog.ChannelView):
        return {
            ("", "name"): said.name,
            ("", "kind"): said.kind,
            ("", "currency"): said.currency,
            ("", "nodes"): join_items(said.nodes),
        }
    names = ("name", "kind", "time_zone", "country", "region", "city", "postal_code", "street")
    found = {("", name): getattr(said, name) for name in names}
    for name in ("latitude", "longitude"):
        value = getattr(said, name)
        found["", name] = "" if value is None else f"{value:g}"
    found["", "opening_hours"] = " ".join(f"{h.weekday}:{h.opens}-{h.closes}" for h in said.opening_hours)
    found["", "capabilities"] = join_items(tuple(said.capabilities))
    return found


def _attributes(attributes: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(attributes.items()))


async def _prices(connection: Connection, commands: Sequence[pricing.SetPrice]) -> list[Told]:
    variants, channels, nodes = await ask(
        connection,
        catalog.variants_by_sku(command.sku for command in commands),
        catalog.channels_by_code({command.channel for command in commands if command.channel}),
        catalog.nodes_by_code({command.node for command in commands if command.node}),
    )
    moment = datetime.now(UTC)
    asked = [
        pricing.current_prices(variants[command.sku].id, command.valid_from or moment)
        if command.sku in variants
        else pricing.current_prices(0, moment)
        for command in commands
    ]
    answers = await ask(connection, asked[0], *asked[1:])
    told: list[Told] = []
    for command, prices in zip(commands, answers, strict=True):
        channel = channels[command.channel].id if command.channel in channels else None
        node = nodes[command.node].id if command.node in nodes else None
        scope = (channel, node, command.currency)
        before = next((p.amount_minor for p in prices if (p.channel, p.node, p.currency) == scope), None)
        after = _amount(command.amount_minor, command.currency)
        change = Change("", "amount", "" if before is None else _amount(before, command.currency), after)
        name = " · ".join(part for part in (command.sku, command.channel, command.node) if part)
        told.append((name, [change]))
    return told


def _list_price(command: pricing.lists.SetListPrice) -> Told:
    """What a list is to ask; what it asks now depends on the quantity, and is told by the list itself."""
    currency = command.currency
    amount = "" if command.amount_minor is None else str(command.amount_minor)
    after = _amount(command.amount_minor, currency) if currency and command.amount_minor is not None else amount
    name = f"{command.price_list} · {command.sku} · {command.from_quantity}"
    return name, [Change("", "amount", "", after)]


def _amount(amount_minor: int, currency: str) -> str:
    return f"{from_minor(amount_minor, currency)} {currency}"


async def _stock(connection: Connection, command: inventory.CountStock | inventory.ReceiveStock) -> Told:
    lines = command.lines[:LINES_SHOWN_MAX]
    (variants,) = await ask(connection, catalog.variants_by_sku(line.sku for line in lines))
    known = [line.sku for line in lines if line.sku in variants]
    there = {row.sku: row.on_hand for row in await inventory.stock_at(connection, known, [command.node], _now())}
    adds = isinstance(command, inventory.ReceiveStock)
    found = []
    for line in lines:
        before = there.get(line.sku, 0)
        after = before + line.quantity if adds else line.quantity
        found.append(Change(line.sku, "quantity", str(before), str(after)))
    return f"{command.node} · {command.document}", found


def _now() -> datetime:
    return datetime.now(UTC)


def _lines(command: orders.PlaceOrder | orders.RecordSale) -> Told:
    """An order or a sale is new: nothing of it was there before."""
    found = [Change(line.sku, "quantity", "", str(line.quantity)) for line in command.lines[:LINES_SHOWN_MAX]]
    return f"{command.channel} · {command.external_id}", found

"""Labels on shelves: what each says, in the order in which it changed: whoever asks again hears only of changes."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from mainstem.domains import catalog
from mainstem.domains.pricing.lists.finding import Asked, price_for
from mainstem.domains.pricing.lists.omnibus import Scope, Step, reduced, steps_before
from mainstem.domains.pricing.lists.unit_prices import UnitPrice, unit_price
from mainstem.domains.pricing.promotions.form import Text
from mainstem.domains.pricing.store import LOCK_KEY
from mainstem.platform.arrays import Texts
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import Query, ask

_text = msgspec.json.Decoder(Text).decode
_NEW = Text("")

# Whatever begins or ends by the horizon and after the place that the reader has come to, once a variant: the latest.
_CHANGED = """
with here as (
    select l.id from unnest(%b::text[], %b::text[]) as k (kind, scope)
    join pricing.price_list as l on l.kind = k.kind and l.scope = k.scope and l.currency = %b::text
), turned as (
    select t.list, e.at from here join pricing.price_list_terms as t on t.list = here.id,
        lateral (values (greatest(t.since, t.recorded_at)), (greatest(t.valid_from, t.recorded_at)), (t.valid_until))
            as e (at)
    where e.at >= %b::timestamptz and e.at <= %b::timestamptz
), happened as (
    select variant, greatest(valid_from, recorded_at) as at from pricing.price
    where greatest(valid_from, recorded_at) >= %b::timestamptz and greatest(valid_from, recorded_at) <= %b::timestamptz
        and currency = %b::text and (node is null or node = %b::bigint) and (channel is null or channel = %b::bigint)
    union all
    select variant, valid_until from pricing.price
    where valid_until < 'infinity' and valid_until >= %b::timestamptz and valid_until <= %b::timestamptz
        and currency = %b::text and (node is null or node = %b::bigint) and (channel is null or channel = %b::bigint)
    union all
    select variant, greatest(valid_from, recorded_at) from pricing.list_price
    where greatest(valid_from, recorded_at) >= %b::timestamptz and greatest(valid_from, recorded_at) <= %b::timestamptz
        and list in (select id from here)
    union all
    select variant, valid_until from pricing.list_price
    where valid_until < 'infinity' and valid_until >= %b::timestamptz and valid_until <= %b::timestamptz
        and list in (select id from here)
    union all
    select p.variant, turned.at from turned join pricing.list_price as p on p.list = turned.list
)
select variant, max(at) from happened group by variant
having (max(at), variant) > (%b::timestamptz, %b::bigint)
order by max(at), variant limit %b::bigint
"""

Position = tuple[datetime, int]
"""When a label changed, and the variant."""


class Shelf(msgspec.Struct, frozen=True):
    """Whose labels: a node, through the channel of its tills (None: none has any), in a currency."""

    node: catalog.NodeView
    channel: catalog.ChannelView | None
    currency: str


class Label(msgspec.Struct, frozen=True):
    """What a label says: the price of a whole unit in minor units; None: it is not sold here, take the label down.

    `promotion` is the label of the price list that the price came from. `lowest_30_days_minor` is there when the price
    is a reduced one. `valid_from` is when the price came into force, `changed_at` when the label last changed.
    """

    sku: str
    name: str
    unit: str
    currency: str
    price_minor: int | None
    unit_price: UnitPrice | None
    promotion: Text
    lowest_30_days_minor: int | None
    valid_from: datetime | None
    source: str
    changed_at: datetime


async def horizon(database: Database) -> datetime:
    """A moment up to which everything that sets prices has committed: what commits later is of a later moment."""
    async with database.transaction() as connection:
        await connection.execute("select pg_advisory_xact_lock_shared(%b::bigint)", (LOCK_KEY,))
        cursor = await connection.execute("select clock_timestamp()")
        row = await cursor.fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def changed(shelf: Shelf, until: datetime, after: Position | None, limit: int) -> Query[list[Position]]:
    """Up to `limit` variants whose label changed behind a position and not after a moment, in the order of change."""
    since, variant = after or (datetime(1970, 1, 1, tzinfo=until.tzinfo), 0)
    scopes = list(_scopes(shelf))
    span = (since, until)
    channel = None if shelf.channel is None else shelf.channel.id
    row = (*span, shelf.currency, shelf.node.id, channel)
    return Query(
        _CHANGED,
        (
            *(Texts(kind for kind, _ in scopes), Texts(scope for _, scope in scopes), shelf.currency),
            *(*span, *row, *row, *span, *span, since, variant, limit),
        ),
        lambda rows: [(at, number) for number, at in rows],
    )


async def labels(connection: Connection, shelf: Shelf, positions: list[Position], moment: datetime) -> list[Label]:
    """What the labels of these variants say at a moment, in the same order."""
    ids = [variant for _, variant in positions]
    basket, scope = _basket(shelf, ids), _scope(shelf)
    goods, book, asked, texts = await ask(
        connection,
        catalog.variants_attributed(ids),
        price_for([basket], moment),
        steps_before(ids, scope, moment),
        _texts(shelf, moment),
    )
    found: list[Label] = []
    for (at, variant), price in zip(positions, book.of(basket), strict=True):
        one = goods[variant]
        steps: list[Step] = asked.get(variant, [])
        lower = reduced(steps, moment)
        amount = None if price is None else price.unit_price_minor
        source = "" if price is None else price.source
        since = [step.start for step in steps if step.start <= moment]
        found.append(
            Label(
                sku=one.sku,
                name=one.name,
                unit=one.unit,
                currency=shelf.currency,
                price_minor=amount,
                unit_price=None if amount is None else unit_price(amount, one.unit, one.attributes),
                promotion=texts.get(source.removeprefix("list:"), _NEW) if source.startswith("list:") else _NEW,
                lowest_30_days_minor=None if lower is None or lower.price_minor != amount else lower.lowest_minor,
                valid_from=since[-1] if since and amount is not None else None,
                source=source,
                changed_at=at,
            )
        )
    return found


def _texts(shelf: Shelf, moment: datetime) -> Query[dict[str, Text]]:
    """What lists say on labels, by code."""
    scopes = list(_scopes(shelf))
    return Query(
        "select l.code, t.label::text from unnest(%b::text[], %b::text[]) as k (kind, scope)"
        " join pricing.price_list as l on l.kind = k.kind and l.scope = k.scope"
        " join pricing.price_list_terms as t on t.list = l.id and t.since <= %b::timestamptz"
        " and t.until > %b::timestamptz",
        (Texts(kind for kind, _ in scopes), Texts(scope for _, scope in scopes), moment, moment),
        lambda rows: {code: _text(label) for code, label in rows},
    )


def _scopes(shelf: Shelf) -> Iterable[tuple[str, str]]:
    yield "general", ""
    yield "node", shelf.node.code
    if shelf.node.region:
        yield "region", shelf.node.region
    if shelf.channel is not None:
        yield "channel", shelf.channel.code


def _basket(shelf: Shelf, variants: list[int]) -> Asked:
    scope = _scope(shelf)
    return Asked(
        scope.channel or 0,
        scope.channel_code,
        scope.currency,
        tuple((variant, 1) for variant in variants),
        node=scope.node,
        node_code=scope.node_code,
        region=scope.region,
    )


def _scope(shelf: Shelf) -> Scope:
    channel, code = (None, "") if shelf.channel is None else (shelf.channel.id, shelf.channel.code)
    return Scope(channel, code, shelf.currency, shelf.node.id, shelf.node.code, shelf.node.region)

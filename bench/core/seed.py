"""A database to measure on: SKUs with stock at one node, written by SQL so that it takes seconds."""

from typing import NamedTuple

import psycopg

STOCK = 1_000_000_000
FIRST_VARIANT = 1_000_000

_NETWORK = """
insert into ledger.place (id, kind) values (1, 'node'), (3, 'transit');
insert into catalog.node (id, transit, code, name, kind, time_zone) values (1, 3, 'N1', 'Node 1', 'store', 'UTC');
insert into catalog.channel (id, code, name, kind, currency) values (2, 'web', 'Web shop', 'web', 'CNY');
insert into catalog.channel_node (channel, rank, node) values (2, 1, 1);
insert into catalog.product (id, external_id, name) values (4, 'B', 'Bench');
"""

_SKUS = """
insert into ledger.asset (id, kind) select %(first)s + n, 'sku' from generate_series(%(from)s::bigint, %(to)s) as n;
insert into catalog.variant (id, product, sku, unit)
    select %(first)s + n, 4, 'B' || n, 'pc' from generate_series(%(from)s::bigint, %(to)s) as n;
insert into pricing.price (id, variant, currency, amount_minor, valid_from)
    select %(first)s + 10000000 + n, %(first)s + n, 'CNY', 100 + n %% 900, '2020-01-01'
    from generate_series(%(from)s::bigint, %(to)s) as n;
insert into ledger.balance (asset, place, posted, held, floor)
    select %(first)s + n, 1, %(stock)s, 0, 0 from generate_series(%(from)s::bigint, %(to)s) as n;
"""

_HISTORY = """
insert into orders.customer_order (id, channel, node, external_id, fingerprint, kind, state, currency, total_minor,
    due_minor, occurred_at)
    select %(first)s + 4 * n, 2, 1, '', '', 'order', 'placed', 'CNY', 300, 300, now() - n * interval '1 second'
    from generate_series(1, %(orders)s::bigint) as n;
insert into orders.order_line (order_id, position, variant, quantity, unit_price_minor, amount_minor, hold)
    select %(first)s + 4 * n, p, %(variant)s + 1 + (n * 7 + p) %% %(skus)s, 1, 100, 100, %(first)s + 4 * n + p
    from generate_series(1, %(orders)s::bigint) as n, generate_series(1, 3) as p;
insert into ledger.hold (id, asset, place, quantity, reference)
    select %(first)s + 4 * n + p, %(variant)s + 1 + (n * 7 + p) %% %(skus)s, 1, 1, %(first)s + 4 * n
    from generate_series(1, %(orders)s::bigint) as n, generate_series(1, 3) as p;
insert into platform.event (id, type, subject, actor, trace, occurred_at, payload)
    select %(first)s + 4 * n, 'orders.order_placed', %(first)s + 4 * n, 0, '', now(), '{}'
    from generate_series(1, %(orders)s::bigint) as n;
insert into platform.idempotency (key, fingerprint, answer)
    select decode(md5('history' || (%(first)s + n)), 'hex'), '\\x00', '\\x2b'
    from generate_series(1, %(orders)s::bigint) as n;
"""


def seed(url: str, skus: int) -> None:
    """The network and this many SKUs with endless stock and a price."""
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(_NETWORK)
        connection.execute(_SKUS, {"first": FIRST_VARIANT, "from": 1, "to": skus, "stock": STOCK})
        connection.execute("vacuum analyze")


def history(url: str, orders: int, skus: int, round_number: int) -> None:
    """This many orders of three lines that were placed before."""
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        first = 10**15 + round_number * 10**12
        connection.execute(_HISTORY, {"first": first, "orders": orders, "skus": skus, "variant": FIRST_VARIANT})
        connection.execute("vacuum analyze")


class Promised(NamedTuple):
    """What orders hold of a SKU, and what is free of it."""

    orders: int
    quantity: int
    free: int


def set_free(url: str, sku: int, quantity: int) -> None:
    """Leave this much of a SKU free."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "update ledger.balance set posted = held + %s where asset = %s and place = 1",
            (quantity, FIRST_VARIANT + sku),
        )


def promised(url: str, sku: int) -> Promised:
    """What the database says that orders hold of a SKU."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select count(distinct l.order_id), coalesce(sum(h.quantity), 0)::bigint, (select posted - held"
            " from ledger.balance where asset = %(asset)s and place = 1) from ledger.hold as h"
            " join orders.order_line as l on l.hold = h.id where h.asset = %(asset)s",
            {"asset": FIRST_VARIANT + sku},
        ).fetchone()
    assert row is not None
    return Promised(*row)

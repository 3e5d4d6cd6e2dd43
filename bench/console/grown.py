"""Orders by the million, written by SQL: of the channels, nodes, SKUs and customers that are there, over the last year.

One in 500 is open, the others are delivered; two lines each. They have no events, movements or tenders: those are not
what lists go through.
"""

import psycopg

FIRST = 5 * 10**15
CHUNK = 1_000_000
LINES = 2

_ORDERS = """
insert into orders.customer_order (id, channel, node, external_id, fingerprint, kind, state, customer, currency,
    total_minor, due_minor, paid_minor, occurred_at)
select %(first)s + 4 * n, c.ids[1 + n %% cardinality(c.ids)], s.ids[1 + n %% cardinality(s.ids)], 'G' || n, '', 'order',
    case when n %% 500 = 0 then 'allocated' else 'delivered' end, r.ids[1 + n %% cardinality(r.ids)], 'CNY', 300, 300,
    300, now() - make_interval(secs => n * 31536000.0 / %(orders)s)
from generate_series(%(from)s::bigint, %(to)s) as n,
    (select array_agg(id order by id) as ids from catalog.channel where currency = 'CNY' and kind <> 'till') as c,
    (select array_agg(id order by id) as ids from catalog.node) as s,
    (select array_agg(id order by id) as ids from customers.source_record) as r
"""
_LINES = """
insert into orders.order_line (order_id, position, variant, quantity, unit_price_minor, amount_minor, hold, shipped)
select %(first)s + 4 * n, p, v.ids[1 + (n * 7 + p) %% cardinality(v.ids)], 1, 150, 150, 1,
    case when n %% 500 = 0 then 0 else 1 end
from generate_series(%(from)s::bigint, %(to)s) as n, generate_series(1, %(lines)s) as p,
    (select array_agg(id order by id) as ids from catalog.variant where unit = 'pc') as v
"""


def grow(url: str, orders: int) -> None:
    """Add this many orders."""
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("set synchronous_commit = off")
        connection.execute("set statement_timeout = 0")
        for start in range(1, orders + 1, CHUNK):
            end = min(orders, start + CHUNK - 1)
            values = {"first": FIRST, "from": start, "to": end, "orders": orders, "lines": LINES}
            connection.execute(_ORDERS, values)
            connection.execute(_LINES, values)
        connection.execute("vacuum analyze")

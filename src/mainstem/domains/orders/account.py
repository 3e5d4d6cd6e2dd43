"""The account of a channel: what its orders add up to."""

import msgspec

from mainstem.platform.query import Query


class Account(msgspec.Struct, frozen=True):
    """Sums over all orders of a channel; amounts in minor units of its currency."""

    orders: int
    lines: int
    total_minor: int
    nodes: int
    variants: int
    customers: int
    discounts_minor: dict[str, int]
    tenders_minor: dict[str, int]
    findings: dict[str, int]
    placeholders: int
    """Distinct products that were sold without being in the catalogue."""


def account(channel: int) -> Query[Account]:
    """The account of the channel with this id; all zero when it has no orders."""
    return Query(_ACCOUNT, (channel,), lambda rows: msgspec.convert(rows[0][0], Account))


_ACCOUNT = """
with o as materialized (
    select id, node, customer, total_minor from orders.customer_order
    where channel = %b
)
select jsonb_build_object(
    'orders', (select count(*) from o),
    'lines', (select count(*) from o join orders.order_line as l on l.order_id = o.id),
    'total_minor', (select coalesce(sum(total_minor), 0) from o),
    'nodes', (select count(distinct node) from o),
    'variants', (select count(distinct l.variant) from o join orders.order_line as l on l.order_id = o.id),
    'customers', (select count(distinct customer) from o where customer is not null),
    'discounts_minor', (select coalesce(jsonb_object_agg(kind, amount), '{}') from (
        select d.kind, sum(d.amount_minor) as amount from o join orders.line_discount as d on d.order_id = o.id
        group by d.kind) as by_kind),
    'tenders_minor', (select coalesce(jsonb_object_agg(kind, amount), '{}') from (
        select t.kind, sum(t.amount_minor) as amount from o join orders.tender as t on t.order_id = o.id
        group by t.kind) as by_kind),
    'findings', (select coalesce(jsonb_object_agg(code, n), '{}') from (
        select f.code, count(*) as n from o join orders.finding as f on f.order_id = o.id
        group by f.code) as by_code),
    'placeholders', (select count(distinct f.detail) from o join orders.finding as f on f.order_id = o.id
        where f.code = 'unknown_product')
)
"""

"""All SQL that writes what belongs to orders: discounts, tenders, taxes, findings, shipments, returns."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from mainstem.domains.orders import contracts as c
from mainstem.platform.arrays import Bigints, Moments, Texts
from mainstem.platform.work import Work

_INSERT_DISCOUNTS = """
insert into orders.line_discount (order_id, position, kind, amount_minor)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[])
"""

_INSERT_PROMOTIONS = """
insert into orders.line_discount (order_id, position, kind, code, amount_minor)
select order_id, position, 'promotion', code, amount_minor
from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[]) as n (order_id, position, code, amount_minor)
"""

_INSERT_TENDERS = """
insert into orders.tender (id, order_id, kind, amount_minor, reference, occurred_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::timestamptz[])
"""

_INSERT_TAXES = """
insert into orders.tax_line (order_id, position, name, amount_minor, rate_millionths, included)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::boolean[])
"""

_INSERT_FINDINGS = """
insert into orders.finding (id, order_id, position, code, detail)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[])
"""

_INSERT_SHIPMENTS = """
insert into orders.shipment (id, order_id, node, carrier, tracking, shipped_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[])
"""

_INSERT_SHIPMENT_LINES = """
insert into orders.shipment_line (shipment, position, quantity)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[])
"""

_INSERT_RETURNS = """
insert into orders.customer_return (id, order_id, node, reason, restock, refund_minor, returned_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::boolean[], %b::bigint[],
    %b::timestamptz[])
"""

_INSERT_RETURN_LINES = """
insert into orders.return_line (return_id, position, quantity, refund_minor)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
"""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """Something odd about a recorded fact."""

    order: int
    position: int | None
    code: str
    detail: str = ""


class Shipment(msgspec.Struct, frozen=True):
    """What left a node together."""

    id: int
    order: int
    node: int
    carrier: str
    tracking: str
    lines: Sequence[tuple[int, int]]


class Return(msgspec.Struct, frozen=True):
    """What came back together: (position, quantity, refund_minor) for each line."""

    id: int
    order: int
    node: int
    reason: str
    restock: bool
    refund_minor: int
    lines: Sequence[tuple[int, int, int]]


def discount_rows(order: int, lines: Sequence[c.OrderLine | c.SaleLine]) -> list[tuple[int, int, str, int]]:
    """The discounts of lines as (order, position, kind, amount_minor), one row for each kind of a line."""
    rows: list[tuple[int, int, str, int]] = []
    for position, line in enumerate(lines, 1):
        if len(line.discounts) == 1:
            rows.append((order, position, line.discounts[0].kind, line.discounts[0].amount_minor))
        elif line.discounts:
            kinds: dict[str, int] = {}
            for discount in line.discounts:
                kinds[discount.kind] = kinds.get(discount.kind, 0) + discount.amount_minor
            rows += [(order, position, kind, amount) for kind, amount in kinds.items()]
    return rows


def insert_discounts(work: Work, rows: Sequence[tuple[int, int, str, int]]) -> None:
    """Queue discounts as (order, position, kind, amount_minor), one for each kind of a line."""
    if rows:
        work.write(
            _INSERT_DISCOUNTS,
            Bigints([row[0] for row in rows]),
            Bigints([row[1] for row in rows]),
            Texts([row[2] for row in rows]),
            Bigints([row[3] for row in rows]),
        )


def insert_promotions(work: Work, rows: Sequence[tuple[int, int, str, int]]) -> None:
    """Queue what promotions took off lines as (order, position, code, amount_minor)."""
    if rows:
        work.write(
            _INSERT_PROMOTIONS,
            Bigints([row[0] for row in rows]),
            Bigints([row[1] for row in rows]),
            Texts([row[2] for row in rows]),
            Bigints([row[3] for row in rows]),
        )


def insert_tenders(work: Work, rows: Sequence[tuple[int, c.Tender, datetime]]) -> None:
    """Queue tenders as (order, tender, moment)."""
    if rows:
        work.write(
            _INSERT_TENDERS,
            Bigints([work.ids.take() for _ in rows]),
            Bigints([row[0] for row in rows]),
            Texts([row[1].kind for row in rows]),
            Bigints([row[1].amount_minor for row in rows]),
            Texts([row[1].reference for row in rows]),
            Moments([row[2] for row in rows]),
        )


def insert_taxes(work: Work, rows: Sequence[tuple[int, int, c.TaxLine]]) -> None:
    """Queue tax lines as (order, position, tax)."""
    if rows:
        work.write(
            _INSERT_TAXES,
            Bigints([row[0] for row in rows]),
            Bigints([row[1] for row in rows]),
            [row[2].name for row in rows],
            Bigints([row[2].amount_minor for row in rows]),
            Bigints([row[2].rate_millionths for row in rows]),
            [row[2].included for row in rows],
        )


def insert_findings(work: Work, rows: Sequence[Finding]) -> None:
    """Queue findings."""
    if rows:
        work.write(
            _INSERT_FINDINGS,
            Bigints([work.ids.take() for _ in rows]),
            Bigints([row.order for row in rows]),
            Bigints([row.position for row in rows]),
            Texts([row.code for row in rows]),
            Texts([row.detail for row in rows]),
        )


def replace_findings(work: Work, code: str, orders: Sequence[int], rows: Sequence[Finding]) -> None:
    """Queue the findings of a code about these orders, in place of those that there were."""
    work.write(
        "delete from orders.finding where order_id = any(%b::bigint[]) and code = %b::text", Bigints(orders), code
    )
    insert_findings(work, rows)


def insert_shipments(work: Work, shipments: Sequence[Shipment]) -> None:
    """Queue shipments that left now."""
    if not shipments:
        return
    work.write(
        _INSERT_SHIPMENTS,
        Bigints(s.id for s in shipments),
        Bigints(s.order for s in shipments),
        Bigints(s.node for s in shipments),
        [s.carrier for s in shipments],
        [s.tracking for s in shipments],
        Moments(work.now for _ in shipments),
    )
    rows = [(s.id, position, quantity) for s in shipments for position, quantity in s.lines]
    work.write(
        _INSERT_SHIPMENT_LINES,
        Bigints(row[0] for row in rows),
        Bigints(row[1] for row in rows),
        Bigints(row[2] for row in rows),
    )


def insert_returns(work: Work, returns: Sequence[Return]) -> None:
    """Queue returns that came in now."""
    if not returns:
        return
    work.write(
        _INSERT_RETURNS,
        Bigints(r.id for r in returns),
        Bigints(r.order for r in returns),
        Bigints(r.node for r in returns),
        [r.reason for r in returns],
        [r.restock for r in returns],
        Bigints(r.refund_minor for r in returns),
        Moments(work.now for _ in returns),
    )
    rows = [(r.id, *line) for r in returns for line in r.lines]
    work.write(
        _INSERT_RETURN_LINES,
        Bigints(row[0] for row in rows),
        Bigints(row[1] for row in rows),
        Bigints(row[2] for row in rows),
        Bigints(row[3] for row in rows),
    )


async def undelivered(work: Work, orders: Iterable[int]) -> dict[int, list[int]]:
    """The shipments of each order that have not arrived."""
    statement = (
        "select order_id, id from orders.shipment where order_id = any(%b::bigint[]) and delivered_at is null"
        " order by id"
    )
    (rows,) = await work.read((statement, (Bigints(sorted(set(orders))),)))
    found: dict[int, list[int]] = {}
    for order, shipment in rows:
        found.setdefault(order, []).append(shipment)
    return found


def mark_delivered(work: Work, shipments: Sequence[int]) -> None:
    """Queue that these shipments arrived now."""
    if shipments:
        work.write(
            "update orders.shipment set delivered_at = %b where id = any(%b::bigint[])", work.now, Bigints(shipments)
        )

"""All SQL that locks or writes the ledger."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from mainstem.ledger.contracts import Hold, Spot
from mainstem.ledger.rules import Balance, Book
from mainstem.platform.arrays import Bigints, Moments, Texts
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.work import Work

_LOCK_BALANCES = """
select b.asset, b.place, b.posted, b.held, b.floor
from unnest(%b::bigint[], %b::bigint[]) as k (asset, place)
join ledger.balance as b on b.asset = k.asset and b.place = k.place
order by b.asset, b.place
for update of b
"""

_READ_BALANCES = _LOCK_BALANCES.replace("order by b.asset, b.place\nfor update of b\n", "")

_HOLD_MORE = """
with more as (
    update ledger.balance as b set held = b.held + n.held, floor = least(0, b.posted - b.held - n.held)
    from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[]) as n (asset, place, held, least)
    where b.asset = n.asset and b.place = n.place and b.posted - b.held - n.held >= n.least
    returning 1
)
select ledger.require(count(*), %b::bigint) from more
"""

_LOCK_HOLDS = """
select id, asset, place, quantity, settled, released, reference, expires_at, state
from ledger.hold where reference = any(%b::bigint[]) and state = 'held'
order by id for update
"""

_UPDATE_BALANCES = """
update ledger.balance as b set posted = n.posted, held = n.held, floor = n.floor
from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
    as n (asset, place, posted, held, floor)
where b.asset = n.asset and b.place = n.place
"""

_INSERT_BALANCES = """
insert into ledger.balance (asset, place, posted, held, floor)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
"""

_INSERT_MOVEMENTS = """
insert into ledger.movement (id, asset, source, target, quantity, kind, reference, occurred_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[],
    %b::bigint[], %b::timestamptz[])
"""

_INSERT_HOLDS = """
insert into ledger.hold (id, asset, place, quantity, reference, expires_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::timestamptz[])
"""

_UPDATE_HOLDS = """
update ledger.hold as h
set settled = n.settled, released = n.released, expires_at = n.expires_at, state = n.state
from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::text[])
    as n (reference, id, settled, released, expires_at, state)
where h.reference = n.reference and h.id = n.id
"""


async def lock(work: Work, spots: Iterable[Spot], references: Iterable[int] = ()) -> Book:
    """The balances of the spots and the live holds of the references, locked until the transaction ends.

    Rows are locked in one order, balances by (asset, place) and then holds by id, so that batches cannot deadlock.
    A caller that settles or releases holds must name the spots of these holds too.
    """
    wanted = sorted(set(spots))
    about = list(references)
    statements: list[tuple[str, tuple[object, ...]]] = [(_LOCK_BALANCES, _columns(wanted))]
    if about:
        statements.append((_LOCK_HOLDS, (Bigints(about),)))
    rows = await work.read(*statements)
    balances = {
        (asset, place): Balance(posted, held, floor, known=True) for asset, place, posted, held, floor in rows[0]
    }
    return Book(balances, {row[0]: Hold(*row) for row in rows[1]} if about else None)


def balances_seen(spots: Iterable[Spot]) -> Query[dict[Spot, Balance]]:
    """The balances of the spots as last committed, for a `promise_book`; an empty one where there is none."""
    wanted = sorted(set(spots))

    def parse(rows: list[Row]) -> dict[Spot, Balance]:
        found = {(row[0], row[1]): Balance(row[2], row[3], row[4], known=True) for row in rows}
        return {spot: found.get(spot) or Balance() for spot in wanted}

    return Query(_READ_BALANCES, _columns(wanted), parse)


async def promise_book(work: Work, spots: Iterable[Spot], seen: dict[Spot, Balance]) -> Book:
    """A book to reserve in, and nothing else: its balances are locked only when the batch is tried again.

    On the first try they are used as `balances_seen` answered, and `save_promises` ends the batch when what was seen
    has changed too much since. So batches over the same spots wait for each other's last statement and not for each
    other's work. What was not `seen` is read here.
    """
    wanted = set(spots)
    if not work.first_try:
        return await lock(work, wanted)
    if not wanted <= seen.keys():
        (more,) = await ask(work.connection, balances_seen(wanted - seen.keys()))
        seen = seen | more
    return Book(seen)


async def save_promises(work: Work, book: Book) -> None:
    """Queue the holds of a `promise_book`, and last of all its balances, guarded."""
    if not work.first_try:
        await save(work, book)
        return
    assert not book.movements
    assert not book.changed_holds
    _save_holds(work, book)
    taken: dict[Spot, int] = {}
    for hold in book.new_holds:
        spot = (hold.asset, hold.place)
        taken[spot] = taken.get(spot, 0) + hold.quantity
    spots = sorted(taken)
    if spots:
        work.write_last(
            _HOLD_MORE,
            *_columns(spots),
            Bigints([taken[spot] for spot in spots]),
            Bigints([book.balances[spot].least for spot in spots]),
            len(spots),
        )


async def save(work: Work, book: Book) -> None:
    """Queue what the granted groups changed. A spot that somebody else created meanwhile makes the batch retry."""
    await work.reserve_ids(len(book.movements))
    await _ensure_months(work, book)
    _save_balances(work, book)
    _save_movements(work, book)
    _save_holds(work, book)


def _save_balances(work: Work, book: Book) -> None:
    spots = sorted(book.changed)
    for statement, known in ((_INSERT_BALANCES, False), (_UPDATE_BALANCES, True)):
        wanted = [spot for spot in spots if book.changed[spot].known is known]
        if wanted:
            balances = [book.changed[spot] for spot in wanted]
            work.write(
                statement,
                Bigints([asset for asset, _ in wanted]),
                Bigints([place for _, place in wanted]),
                Bigints([balance.posted for balance in balances]),
                Bigints([balance.held for balance in balances]),
                Bigints([balance.floor for balance in balances]),
            )


def _save_movements(work: Work, book: Book) -> None:
    rows = book.movements
    if rows:
        work.write(
            _INSERT_MOVEMENTS,
            Bigints([work.ids.take() for _ in rows]),
            Bigints([row.asset for row in rows]),
            Bigints([row.source for row in rows]),
            Bigints([row.target for row in rows]),
            Bigints([row.quantity for row in rows]),
            Texts([row.group.kind for row in rows]),
            Bigints([row.group.reference for row in rows]),
            Moments(row.group.occurred_at for row in rows),
        )


def _save_holds(work: Work, book: Book) -> None:
    if book.new_holds:
        rows = book.new_holds
        work.write(
            _INSERT_HOLDS,
            Bigints([row.id for row in rows]),
            Bigints([row.asset for row in rows]),
            Bigints([row.place for row in rows]),
            Bigints([row.quantity for row in rows]),
            Bigints([row.reference for row in rows]),
            Moments(row.expires_at for row in rows),
        )
    changed = list(book.changed_holds.values())  # those made in this batch included: they were inserted as new
    if changed:
        work.write(
            _UPDATE_HOLDS,
            Bigints([row.reference for row in changed]),
            Bigints([row.id for row in changed]),
            Bigints([row.settled for row in changed]),
            Bigints([row.released for row in changed]),
            Moments(row.expires_at for row in changed),
            Texts([row.state for row in changed]),
        )


async def _ensure_months(work: Work, book: Book) -> None:
    months = {(m.group.occurred_at.year, m.group.occurred_at.month) for m in book.movements}
    for year, month in sorted(months):
        if ("ledger.month", year, month) in work.lasting:
            continue
        ((existed,),) = (await work.read(("select ledger.ensure_month(%b)", (datetime(year, month, 1, tzinfo=UTC),))))[
            0
        ]
        if existed:
            work.lasting["ledger.month", year, month] = True


def register_assets(work: Work, kind: str, ids: Sequence[int]) -> None:
    """Queue the registration of assets of one kind; ids already registered stay as they are."""
    work.write(
        "insert into ledger.asset (id, kind) select id, %b from unnest(%b::bigint[]) as n (id) on conflict do nothing",
        kind,
        Bigints(sorted(ids)),
    )


def register_places(work: Work, kind: str, ids: Sequence[int]) -> None:
    """Queue the registration of kept places of one kind; ids already registered stay as they are."""
    work.write(
        "insert into ledger.place (id, kind) select id, %b from unnest(%b::bigint[]) as n (id) on conflict do nothing",
        kind,
        Bigints(sorted(ids)),
    )


def _columns(spots: Sequence[Spot]) -> tuple[Bigints, Bigints]:
    return Bigints([asset for asset, _ in spots]), Bigints([place for _, place in spots])

"""How programmes and the lots of their points are read, locked and written."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from mainstem import ledger
from mainstem.domains.loyalty.programmes.form import Programme
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.work import Work

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Programme).decode


class Kept(msgspec.Struct, frozen=True):
    """A programme as it is kept."""

    id: int
    revision: int
    form: Programme


class LotKey(NamedTuple):
    """What a lot is of. `benefit` "": points."""

    programme: int
    benefit: str
    expires_on: date
    pending: bool = False


class Programmes(msgspec.Struct, frozen=True):
    """Every programme, by its code and by its id."""

    by_code: dict[str, Kept]
    by_id: dict[int, Kept]


_READ = "select id, code, revision, form from loyalty.programme order by id"
_LOTS = """
select l.programme, l.benefit, l.expires_on, l.pending, l.asset
from unnest(%b::bigint[], %b::text[], %b::date[], %b::boolean[]) as k (programme, benefit, expires_on, pending)
join loyalty.lot as l on l.programme = k.programme and l.benefit = k.benefit and l.expires_on = k.expires_on
    and l.pending = k.pending
"""
_INSERT_LOTS = """
insert into loyalty.lot (asset, programme, benefit, expires_on, pending)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::date[], %b::boolean[])
"""
_UPSERT = """
insert into loyalty.programme (id, code, form, revision, updated_at) values (%b, %b, %b, %b, %b)
on conflict (id) do update set form = excluded.form, revision = excluded.revision, updated_at = excluded.updated_at
"""


def programmes(*, lock: bool = False) -> Query[Programmes]:
    """Every programme there is; they are few. `lock`: for whoever changes them."""

    def parse(rows: list[Row]) -> Programmes:
        kept = {row[1]: Kept(row[0], row[2], _decode(row[3])) for row in rows}
        return Programmes(kept, {one.id: one for one in kept.values()})

    return Query(_READ + (" for update" if lock else ""), (), parse)


def save(work: Work, kept: Kept) -> None:
    """Queue a programme as it is now."""
    work.write(_UPSERT, kept.id, kept.form.code, _encode(kept.form).decode(), kept.revision, work.now)


async def lots(work: Work, wanted: Collection[LotKey]) -> dict[LotKey, int]:
    """The assets of these lots; those that are not there yet are made.

    Of two batches that make one at once the later is tried again, and finds it.
    """
    found = {key: asset for key in wanted if (asset := work.lasting.get(("loyalty.lot", key))) is not None}
    missing = sorted(set(wanted) - found.keys())
    if not missing:
        return found
    (known,) = await ask(work.connection, _known(missing))
    work.lasting.update({("loyalty.lot", key): asset for key, asset in known.items()})
    fresh = [key for key in missing if key not in known]
    if fresh:
        await work.reserve_ids(len(fresh))
        made = {key: work.ids.take() for key in fresh}
        _insert(work, made)
        known = known | made
    return found | known


def _known(keys: Collection[LotKey]) -> Query[dict[LotKey, int]]:
    return Query(
        _LOTS,
        (
            Bigints(key.programme for key in keys),
            [key.benefit for key in keys],
            [key.expires_on for key in keys],
            [key.pending for key in keys],
        ),
        lambda rows: {LotKey(*row[:4]): row[4] for row in rows},
    )


def _insert(work: Work, made: Mapping[LotKey, int]) -> None:
    for kind, chosen in (
        ("points", {key: asset for key, asset in made.items() if not key.benefit}),
        ("benefit", {key: asset for key, asset in made.items() if key.benefit}),
    ):
        if chosen:
            ledger.register_assets(work, kind, list(chosen.values()))
    work.write(
        _INSERT_LOTS,
        Bigints(made.values()),
        Bigints(key.programme for key in made),
        [key.benefit for key in made],
        [key.expires_on for key in made],
        [key.pending for key in made],
    )

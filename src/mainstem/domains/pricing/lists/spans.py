"""How timelines are kept: one table each, of spans under a key, never two for one moment."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mainstem.domains.pricing.lists.timeline import Span
from mainstem.domains.pricing.store import LOCK_KEY
from mainstem.platform.arrays import Bigints, Moments, Texts
from mainstem.platform.query import Statement
from mainstem.platform.work import Work

Key = tuple[Any, ...]
Timelines = dict[Key, list[Span[Any]]]

_ARRAYS: dict[str, Callable[[Iterable[Any]], object]] = {"bigint": Bigints, "text": Texts}


@dataclass(frozen=True, slots=True)
class SpanTable:
    """A table of spans: the columns of the key, and those of the value, each with its type (bigint or text)."""

    name: str
    keys: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]

    async def load(self, work: Work, starts: Iterable[tuple[Key, datetime]]) -> Timelines:
        """Of each key named, the spans that reach beyond the earliest start named with it. `lock` comes before."""
        earliest: dict[Key, datetime] = {}
        for key, start in starts:
            earliest[key] = min(start, earliest.get(key, start))
        names = [name for name, _ in self.keys]
        given = ", ".join(f"%b::{type_}[]" for _, type_ in self.keys)
        joined = " and ".join(f"t.{name} = k.{name}" for name in names)
        kept = ", ".join(f"t.{name}" for name in (*names, *(name for name, _ in self.values)))
        sql = (
            f"select t.id, t.valid_from, nullif(t.valid_until, 'infinity'), t.continues, {kept}"  # noqa: S608 - constants
            f" from unnest({given}, %b::timestamptz[]) as k ({', '.join(names)}, start)"
            f" join {self.name} as t on {joined} and t.valid_until > k.start order by t.valid_from, t.id"
        )
        columns = [_ARRAYS[type_](key[place] for key in earliest) for place, (_, type_) in enumerate(self.keys)]
        (rows,) = await work.read((sql, (*columns, Moments(earliest.values()))))
        found: Timelines = {key: [] for key in earliest}
        for number, start, end, continues, *rest in rows:
            key, value = tuple(rest[: len(names)]), tuple(rest[len(names) :])
            found[key].append(Span(number, start, end, value, continues))
        return found

    def save(
        self, work: Work, timelines: Mapping[Key, list[Span[Any]]], actors: Mapping[int, int], now: datetime
    ) -> None:
        """Queue the new spans and the new ends of those before them. `actors` says who made a span, by its id."""
        ended = [span for spans in timelines.values() for span in spans if span.changed and not span.new]
        if ended:
            work.write(
                f"update {self.name} as t set valid_until = n.valid_until"  # noqa: S608 - constants
                " from unnest(%b::bigint[], %b::timestamptz[]) as n (id, valid_until) where t.id = n.id",
                Bigints(span.id for span in ended),
                Moments(span.end for span in ended),
            )
        added = [(key, span) for key, spans in timelines.items() for span in spans if span.new]
        if not added:
            return
        columns = (*self.keys, *self.values)
        names = ", ".join(name for name, _ in columns)
        given = ", ".join(f"%b::{type_}[]" for _, type_ in columns)
        rows = [(*key, *span.value) for key, span in added]
        work.write(
            f"insert into {self.name} (recorded_at, id, valid_from, valid_until, continues, actor, {names})"  # noqa: S608 - constants
            f" select %b::timestamptz, id, valid_from, coalesce(valid_until, 'infinity'), continues, actor, {names}"
            " from unnest(%b::bigint[], %b::timestamptz[], %b::timestamptz[], %b::bigint[], %b::bigint[],"
            f" {given}) as n (id, valid_from, valid_until, continues, actor, {names})",
            now,
            Bigints(span.id for _, span in added),
            Moments(span.start for _, span in added),
            Moments(span.end for _, span in added),
            Bigints(span.continues for _, span in added),
            Bigints(actors[span.id] for _, span in added),
            *(_ARRAYS[type_](row[place] for row in rows) for place, (_, type_) in enumerate(columns)),
        )


LIST_PRICES = SpanTable(
    "pricing.list_price",
    (("list", "bigint"), ("variant", "bigint"), ("from_quantity", "bigint")),
    (("amount_minor", "bigint"), ("derived", "text"), ("batch", "bigint")),
)
TAX_RATES = SpanTable(
    "pricing.tax_rate",
    (("country", "text"), ("region", "text"), ("category", "text")),
    (("name", "text"), ("rate_millionths", "bigint")),
)
GUARDS = SpanTable(
    "pricing.guard",
    (("variant", "bigint"), ("kind", "text"), ("currency", "text")),
    (("amount_minor", "bigint"),),
)


async def lock(work: Work, *statements: Statement) -> datetime:
    """Lock all that is priced until the commit, and the moment at which this was granted.

    What is recorded carries this moment: whoever commits later has a later one.
    """
    *_, rows = await work.read(
        ("select pg_advisory_xact_lock(%b::bigint)", (LOCK_KEY,)), *statements, ("select clock_timestamp()", ())
    )
    moment: datetime = rows[0][0]
    return moment

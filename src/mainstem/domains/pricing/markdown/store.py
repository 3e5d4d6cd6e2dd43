"""All SQL that locks or writes markdown rules, batches of price changes and competitors' prices."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from mainstem.domains.pricing.markdown.form import MarkdownRule, Why
from mainstem.domains.pricing.markdown.proposing import Line, Own
from mainstem.platform.arrays import Bigints, Moments, Texts
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

_encode = msgspec.json.Encoder().encode
_rule = msgspec.json.Decoder(MarkdownRule).decode
_why = msgspec.json.Decoder(Why).decode

_RULES = """
select r.id, r.code, l.code, r.form::text, r.revision, r.actor, r.updated_at
from pricing.markdown_rule as r join pricing.price_list as l on l.id = r.list
"""
_OWN = """
select variant, valid_from, nullif(valid_until, 'infinity'), amount_minor, derived
from pricing.list_price
where list = %b::bigint and variant = any(%b::bigint[]) and from_quantity = 1 and valid_until > %b::timestamptz
    and valid_until > valid_from
order by valid_from
"""
_INSERT_RULE = """
insert into pricing.markdown_rule (id, code, list, form, active, revision, actor, updated_at)
values (%b, %b, %b, %b::text::json, %b, %b, %b, %b)
on conflict (id) do update set form = excluded.form, active = excluded.active, revision = excluded.revision,
    actor = excluded.actor, updated_at = excluded.updated_at
"""
_INSERT_BATCH = """
insert into pricing.price_batch
    (id, list, state, effective_at, note, rule, lines, change_max, actor, created_at, decided_by, decided_at)
values (%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)
"""
_INSERT_LINES = """
insert into pricing.price_batch_line
    (batch, position, variant, before_minor, reference_minor, amount_minor, valid_from, valid_until, reason)
select %b::bigint, n.position::integer, n.variant, n.before, n.reference, n.amount, n.valid_from, n.valid_until,
    n.reason
from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::timestamptz[], %b::text[])
    with ordinality as n (variant, before, reference, amount, valid_from, valid_until, reason, position)
"""
_LOCK_BATCHES = """
select b.id, b.list, l.code, l.currency, b.state, b.effective_at, b.rule, b.lines, b.change_max, b.actor
from pricing.price_batch as b join pricing.price_list as l on l.id = b.list
where b.id = any(%b::bigint[]) order by b.id for update of b
"""
_LINES = """
select batch, variant, before_minor, reference_minor, amount_minor, valid_from, valid_until, reason
from pricing.price_batch_line where batch = any(%b::bigint[]) order by batch, position
"""


class KeptRule(msgspec.Struct, frozen=True):
    """A rule as it is kept."""

    id: int
    code: str
    price_list: str
    form: MarkdownRule
    revision: int
    actor: int
    updated_at: datetime


class KeptBatch(msgspec.Struct, frozen=True):
    """A batch as it is kept, without its lines."""

    id: int
    list: int
    price_list: str
    currency: str
    state: str
    effective_at: datetime
    rule: str
    lines: int
    change_max: int
    actor: int


def rules(codes: Iterable[str] | None = None, price_list: str | None = None) -> Query[dict[str, KeptRule]]:
    """The rules with these codes (None: all), of a list where one is given."""
    conditions, values = ["true"], list[object]()
    if codes is not None:
        conditions.append("r.code = any(%b::text[])")
        values.append(Texts(code for code in codes if "\x00" not in code))
    if price_list is not None:
        conditions.append("l.code = %b::text")
        values.append(price_list)
    sql = f"{_RULES} where {' and '.join(conditions)} order by r.code"
    return Query(
        sql, tuple(values), lambda rows: {row[1]: KeptRule(*(*row[:3], _rule(row[3]), *row[4:])) for row in rows}
    )


def save_rule(work: Work, rule: KeptRule, price_list: int) -> None:
    """Queue a rule, new or changed."""
    form = rule.form
    encoded = _encode(form).decode()
    work.write(
        _INSERT_RULE, rule.id, rule.code, price_list, encoded, form.active, rule.revision, rule.actor, rule.updated_at
    )


def own_prices(price_list: int, variants: Iterable[int], since: datetime) -> Query[dict[int, tuple[Own, ...]]]:
    """The prices of a list for single units that are in force at a moment or later, by variant."""

    def parse(rows: list[Row]) -> dict[int, tuple[Own, ...]]:
        found: dict[int, list[Own]] = {}
        for variant, *own in rows:
            found.setdefault(variant, []).append(Own(*own))
        return {variant: tuple(own) for variant, own in found.items()}

    return Query(_OWN, (price_list, Bigints(variants), since), parse)


def add_batch(work: Work, batch: KeptBatch, note: str, lines: Sequence[Line], decided_by: int | None) -> None:
    """Queue a batch with its lines; one that nobody has decided waits."""
    decided_at = None if decided_by is None else work.now
    head = (batch.id, batch.list, batch.state, batch.effective_at, note, batch.rule, len(lines), batch.change_max)
    work.write(_INSERT_BATCH, *head, batch.actor, work.now, decided_by, decided_at)
    work.write(
        _INSERT_LINES,
        batch.id,
        Bigints(line.variant for line in lines),
        Bigints(line.before_minor for line in lines),
        Bigints(line.reference_minor for line in lines),
        Bigints(line.amount_minor for line in lines),
        Moments(line.valid_from for line in lines),
        Moments(line.valid_until for line in lines),
        Texts(_encode(line.why).decode() for line in lines),
    )


def lock_batches(numbers: Iterable[int]) -> Query[dict[int, KeptBatch]]:
    """Lock these batches."""
    return Query(_LOCK_BATCHES, (Bigints(sorted(numbers)),), lambda rows: {row[0]: KeptBatch(*row) for row in rows})


def batch_lines(numbers: Iterable[int]) -> Query[dict[int, list[Line]]]:
    """The lines of these batches, in order; without their SKUs."""

    def parse(rows: list[Row]) -> dict[int, list[Line]]:
        found: dict[int, list[Line]] = {}
        for batch, variant, before, reference, amount, start, end, why in rows:
            line = Line(variant, "", before, reference, amount, start, end, _why(why), 0)
            found.setdefault(batch, []).append(line)
        return found

    return Query(_LINES, (Bigints(numbers),), parse)


def decide_batch(work: Work, batch: int, state: str, actor: int, effective_at: datetime) -> None:
    """Queue what became of a batch."""
    work.write(
        "update pricing.price_batch set state = %b, decided_by = %b, decided_at = %b, effective_at = %b where id = %b",
        *(state, actor, work.now, effective_at, batch),
    )

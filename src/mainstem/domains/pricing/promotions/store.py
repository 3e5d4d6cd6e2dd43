"""All SQL that locks or writes promotions and product lists."""

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from mainstem.domains.pricing.promotions.contracts import State, Verb
from mainstem.domains.pricing.promotions.form import Promotion
from mainstem.domains.pricing.promotions.life import Rule
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Promotion).decode

_LOCK = "select version from pricing.book_version for update"
_COLUMNS = "id, code, alike, form, revision, state, valid_until, items, budget"
_NAMED = f"""
select {_COLUMNS} from pricing.promotion
where state <> 'ended' or code = any(%b::text[]) or alike = any(%b::text[]) order by id
"""  # noqa: S608 - constants
_OVER = f"""
select {_COLUMNS} from pricing.promotion
where state in ('live', 'paused') and valid_until <= %b::timestamptz order by valid_until limit %b::bigint
"""  # noqa: S608 - constants
_SAVE = """
insert into pricing.promotion
    (id, code, alike, form, revision, state, valid_from, valid_until, items, budget, updated_at)
values (%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)
on conflict (id) do update set form = excluded.form, revision = excluded.revision, state = excluded.state,
    valid_from = excluded.valid_from, valid_until = excluded.valid_until, updated_at = excluded.updated_at
"""
_MOVE = "update pricing.promotion set state = %b::text, updated_at = %b::timestamptz where id = %b::bigint"
_CHANGE = """
insert into pricing.promotion_change (id, promotion, revision, verb, state, form, note, actor, recorded_at)
values (%b, %b, %b, %b, %b, %b, %b, %b, %b)
"""
_RENEW = "update pricing.book_version set version = nextval('pricing.book_version_number')"
_AUTHORS = """
select distinct c.promotion, c.actor from pricing.promotion_change as c
where c.promotion = any(%b::bigint[]) and c.verb = 'saved' and c.id > coalesce((
    select max(a.id) from pricing.promotion_change as a where a.promotion = c.promotion and a.verb = 'approved'), 0)
"""
_SET_RULE = """
insert into pricing.approval_rule (currency, percent_max, budget_minor_max, actor, updated_at)
values (%b, %b, %b, %b, %b)
on conflict (currency) do update set percent_max = excluded.percent_max,
    budget_minor_max = excluded.budget_minor_max, actor = excluded.actor, updated_at = excluded.updated_at
"""
_LISTS = "select id, name, revision from pricing.product_list where name = any(%b::text[])"
_ITEMS = "select list, variant from pricing.product_list_item where list = any(%b::bigint[])"
_SAVE_LIST = """
insert into pricing.product_list (id, name, revision, actor, updated_at) values (%b, %b, %b, %b, %b)
on conflict (id) do update set revision = excluded.revision, actor = excluded.actor, updated_at = excluded.updated_at
"""


class Kept(msgspec.Struct):
    """A promotion as it is stored, locked."""

    id: int
    code: str
    alike: str
    form: Promotion
    revision: int
    state: State
    valid_until: datetime | None
    items: int
    budget: int


class KeptList(msgspec.Struct):
    """A product list as it is stored, locked, with its variants."""

    id: int
    name: str
    revision: int
    variants: set[int]


async def lock(work: Work) -> None:
    """Promotions are changed by one batch at a time, and the book gets its new number with them."""
    await work.read((_LOCK, ()))


def promotions_named(codes: Iterable[str], alikes: Iterable[str]) -> Query[list[Kept]]:
    """All promotions that have not ended, and those with these codes, by id."""
    return Query(_NAMED, (Texts(codes), Texts(alikes)), lambda rows: [_kept(row) for row in rows])


def promotions_over(now: datetime, limit: int) -> Query[list[Kept]]:
    """Promotions whose time is over and that nobody has ended."""
    return Query(_OVER, (now, limit), lambda rows: [_kept(row) for row in rows])


def _kept(row: Row) -> Kept:
    return Kept(*(*row[:3], _decode(row[3]), *row[4:]))


def save(work: Work, kept: Kept) -> None:
    """Queue a promotion as it is now."""
    form = kept.form
    text = _encode(form).decode()
    work.write(
        _SAVE,
        kept.id,
        kept.code,
        kept.alike,
        text,
        kept.revision,
        kept.state,
        form.valid_from,
        form.valid_until,
        kept.items,
        kept.budget,
        work.now,
    )


def move(work: Work, kept: Kept) -> None:
    """Queue a promotion's state."""
    work.write(_MOVE, kept.state, work.now, kept.id)


def note_change(work: Work, kept: Kept, verb: Verb, note: str, actor: int) -> None:
    """Queue what was done to a promotion, for its history; an id must be reserved."""
    form = _encode(kept.form).decode() if verb == "saved" else None
    work.write(_CHANGE, work.ids.take(), kept.id, kept.revision, verb, kept.state, form, note, actor, work.now)


def renew_book(work: Work) -> None:
    """Queue a new number of the book: what is live is another."""
    work.write(_RENEW)


def authors(promotions: Collection[int]) -> Query[dict[int, set[int]]]:
    """Who has saved each of these promotions since it was last approved."""

    def parse(rows: list[tuple[int, int]]) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for promotion, actor in rows:
            found.setdefault(promotion, set()).add(actor)
        return found

    return Query(_AUTHORS, (Bigints(sorted(promotions)),), parse)


def rules() -> Query[dict[str, Rule]]:
    """The rules of approval that were set, by currency."""
    return Query(
        "select currency, percent_max, budget_minor_max from pricing.approval_rule",
        (),
        lambda rows: {row[0]: Rule(row[1], row[2]) for row in rows},
    )


def set_rule(work: Work, currency: str, rule: Rule, actor: int) -> None:
    """Queue the rule of a currency."""
    work.write(_SET_RULE, currency, rule.percent_max, rule.budget_minor_max, actor, work.now)


async def product_lists(work: Work, names: Collection[str]) -> dict[str, KeptList]:
    """The lists with these names, and their variants. Lock first."""
    (rows,) = await work.read((_LISTS, (Texts(names),)))
    found = {row[0]: KeptList(*(*row, set())) for row in rows}
    (items,) = await work.read((_ITEMS, (Bigints(found),)))
    for number, variant in items:
        found[number].variants.add(variant)
    return {one.name: one for one in found.values()}


def save_list(work: Work, kept: KeptList, added: Collection[int], removed: Collection[int], actor: int) -> None:
    """Queue a list as it is now."""
    work.write(_SAVE_LIST, kept.id, kept.name, kept.revision, actor, work.now)
    if removed:
        work.write(
            "delete from pricing.product_list_item where list = %b::bigint and variant = any(%b::bigint[])",
            kept.id,
            Bigints(sorted(removed)),
        )
    if added:
        work.write(
            "insert into pricing.product_list_item (list, variant) select %b::bigint, unnest(%b::bigint[])",
            kept.id,
            Bigints(sorted(added)),
        )

"""What would become of a merge or a split, as a table: who is there now beside who would be, and what changes."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

import msgspec

from mainstem.console.frame import Problem, Visit
from mainstem.console.identity import words
from mainstem.domains import customers
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.personal import HIDDEN

_REASON = "-"
"""A rehearsal needs one, and nobody reads it."""


class Value(msgspec.Struct, frozen=True):
    """A value in a cell: who says so, why it is there; `news`: it was not so before, `gone`: it will not be."""

    text: str
    source: str = ""
    note: str = ""
    news: bool = False
    gone: bool = False


class Line(msgspec.Struct, frozen=True):
    """A line of the table: a cell for each customer of now, then for each of afterwards. `differs`: not all agree."""

    name: str
    cells: tuple[tuple[Value, ...], ...]
    differs: bool


class Use(msgspec.Struct, frozen=True):
    """A use of the data over a channel, and whether each customer of now and of afterwards allows it."""

    text: str
    allowed: tuple[bool, ...]


class Preview(msgspec.Struct, frozen=True):
    """The whole: columns are customers, `now` of them as they are. Uses that change are `withheld` and `opened`."""

    now: tuple[int, ...]
    then: tuple[int, ...]
    lines: tuple[Line, ...]
    uses: tuple[Use, ...]
    withheld: tuple[str, ...]
    opened: tuple[str, ...]
    drawn_in: tuple[int, ...]
    seen: str


async def foresee(visit: Visit, operation: Operation[Any, customers.Foreseen], command: object) -> Preview | Problem:
    """What a merge or a split would come to now; why it would be refused. Nothing is written."""
    call = operation.call(command, uuid4().hex, actor=visit.caller.principal, trace=visit.trace)
    (outcome,) = await Executor(visit.desk.database).rehearse(operation, [call])
    if not outcome.accepted:
        return visit.problem(outcome.refusal())
    return _preview(visit, msgspec.json.decode(outcome.body, type=customers.Foreseen))


def merge_of(customer: int, other: int) -> customers.MergeCustomers:
    """A merge to be rehearsed."""
    return customers.MergeCustomers(customer, other, _REASON)


def split_of(customer: int, records: Sequence[int]) -> customers.SplitCustomer:
    """A split to be rehearsed."""
    return customers.SplitCustomer(customer, tuple(records), _REASON)


def seen_of(records: Iterable[int]) -> str:
    """The records of customers as a form carries them, to notice when they are others by then."""
    return ",".join(map(str, sorted(records)))


def _preview(visit: Visit, found: customers.Foreseen) -> Preview:
    columns = [*found.before, *found.after]
    count = len(found.before)
    uses, withheld, opened = _uses(visit, found)
    lines = [
        *_golden(visit, columns, count),
        _listed(visit.t("Identifiers"), [_identifiers(visit, one) for one in columns], count),
        _listed(visit.t("Records"), [[visit.fmt.number(len(one.records))] for one in columns], count, marked=False),
        _listed(visit.t("Sources"), [one.sources for one in columns], count),
        _listed(visit.t("Orders and sales"), [_orders(visit, one) for one in columns], count, marked=False),
        _listed(visit.t("Spent"), [_spent(visit, one) for one in columns], count, marked=False),
        _listed(visit.t("Tags"), _tags(visit, columns), count),
        _listed(visit.t("Segments"), [[segment.name for segment in one.segments] for one in columns], count),
    ]
    return Preview(
        now=tuple(one.customer for one in found.before),
        then=tuple(one.customer for one in found.after),
        lines=tuple(line for line in lines if any(line.cells)),
        uses=uses,
        withheld=withheld,
        opened=opened,
        drawn_in=tuple(found.drawn_in),
        seen=seen_of(record for one in found.before for record in one.records),
    )


def _golden(visit: Visit, columns: Sequence[customers.Standing], count: int) -> list[Line]:
    known = {name for one in columns for name in one.golden}
    ordered = [name for name in words.ATTRIBUTES if name in known] + sorted(known - words.ATTRIBUTES.keys())
    return [_attribute(visit, name, columns, count) for name in ordered]


def _attribute(visit: Visit, name: str, columns: Sequence[customers.Standing], count: int) -> Line:
    values = [one.golden.get(name) for one in columns]
    cells: list[tuple[Value, ...]] = []
    for number, value in enumerate(values):
        if value is None:
            cells.append(())
        elif number < count:
            cells.append((Value(words.shown(visit, name, value.value), value.source),))
        else:
            why = words.word(visit, words.SURVIVED, value.by)
            cells.append((Value(words.shown(visit, name, value.value), value.source, why),))
    told = {one.value for one in values if one is not None}
    alike = len(told) == 1 and not any(HIDDEN in text for text in told)  # of an address the other parts may differ
    differs = not alike and any(one is not None and one.by != "only" for one in values)
    return Line(words.attribute(visit, name), tuple(cells), differs)


def _listed(name: str, texts: Sequence[Sequence[str]], count: int, *, marked: bool = True) -> Line:
    """A line of lists; of those of afterwards what is new is marked, and in those of now what nobody keeps."""
    before, after = ({text for column in part for text in column} for part in (texts[:count], texts[count:]))
    cells = tuple(
        tuple(
            Value(
                text,
                news=marked and number >= count and text not in before,
                gone=marked and number < count and text not in after,
            )
            for text in column
        )
        for number, column in enumerate(texts)
    )
    return Line(name, cells, differs=False)


def _identifiers(visit: Visit, one: customers.Standing) -> list[str]:
    return [f"{words.word(visit, words.IDENTIFIERS, held.type)} {held.value}" for held in one.identifiers]


def _orders(visit: Visit, one: customers.Standing) -> list[str]:
    return [visit.fmt.number(sum(bought.purchases for bought in one.bought))]


def _spent(visit: Visit, one: customers.Standing) -> list[str]:
    return [visit.fmt.money(bought.net_minor, bought.currency) for bought in one.bought]


def _tags(visit: Visit, columns: Sequence[customers.Standing]) -> list[list[str]]:
    """What people attached, and of the tags that are computed those that not all have: there are very many."""
    named = [{tag.zh if visit.language == "zh" else tag.en: tag.attached for tag in one.tags} for one in columns]
    common = set.intersection(*(set(tags) for tags in named)) if named else set()
    return [[text for text, attached in tags.items() if attached or text not in common] for tags in named]


def _uses(visit: Visit, found: customers.Foreseen) -> tuple[tuple[Use, ...], tuple[str, ...], tuple[str, ...]]:
    """Uses of which somebody has said something, and which of them somebody loses or gains."""
    columns = [*found.before, *found.after]
    views = [{(view.purpose, view.channel): view for view in one.consents} for one in columns]
    said = [key for key in views[0] if any(key in column and column[key].said for column in views)] if views else []
    uses, withheld, opened = [], [], []
    for key in said:
        allowed = tuple(key in column and column[key].allowed for column in views)
        text = use(visit, *key)
        uses.append(Use(text, allowed))
        pairs = [
            (allowed[before], allowed[len(found.before) + after])
            for before, now in enumerate(found.before)
            for after, then in enumerate(found.after)
            if set(now.records) & set(then.records)
        ]
        if (True, False) in pairs:
            withheld.append(text)
        if (False, True) in pairs:
            opened.append(text)
    return tuple(uses), tuple(withheld), tuple(opened)


def use(visit: Visit, purpose: str, channel: str) -> str:
    """A use of data as people call it."""
    said = customers.consent.PURPOSES[purpose].name
    text = said.zh if visit.language == "zh" else said.en
    if not channel:
        return text
    over = customers.consent.CHANNELS[channel]
    return f"{text} · {over.zh if visit.language == 'zh' else over.en}"

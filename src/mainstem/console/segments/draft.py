"""A condition as somebody is putting it together: rows in groups, each with what was typed, whether it fits or not.

A form names the parts by where they stand: `field-0.2` is the third row of the first group. What the form sends is all
there is; nothing is kept between two requests.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from mainstem.console.frame import Form
from mainstem.console.segments.fields import FIELDS

NESTING_MAX = 2
"""Levels of groups within the whole."""

PARTS_MAX = 100
"""Rows and groups of a draft: the room takes no more comparisons."""

MODES = ("all", "any", "none")

Path = tuple[int, ...]

TYPED = ("op", "key", "value", "currency", "days", "category", "channel", "node")
"""The fields of a row beside `field`."""


@dataclass(slots=True)
class Row:
    """One comparison as it was typed."""

    field: str
    op: str = ""
    key: str = ""
    value: str = ""
    currency: str = ""
    days: str = ""
    category: str = ""
    channel: str = ""
    node: str = ""


@dataclass(slots=True)
class Group:
    """Parts of which all, at least one, or none must hold."""

    mode: str = "all"
    parts: list["Row | Group"] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """What is typed: rows and groups, or a condition in JSON that rows cannot show."""

    whole: Group = field(default_factory=Group)
    raw: str | None = None


FIRST = Row("spend_90d", ">=", value="")
"""What a new row asks until something else is chosen."""


def begun() -> Draft:
    """A draft with one row."""
    return Draft(Group("all", [replace(FIRST)]))


def label(path: Path) -> str:
    """A place as forms name it; "" for the whole."""
    return ".".join(map(str, path))


def place(text: str) -> Path | None:
    """The place that a form names; None when it is none."""
    parts = text.split(".") if text else []
    if len(parts) > NESTING_MAX + 1 or not all(part.isdecimal() and len(part) <= 3 for part in parts):  # noqa: PLR2004
        return None
    return tuple(map(int, parts))


def draft_of(form: Form) -> Draft:
    """The draft that a form sends. What is not as the page made it is left out."""
    if "raw" in form.typed():
        return Draft(raw=form.text("raw"))
    found: dict[Path, Row | Group] = {(): Group(_mode(form, ""))}
    for name in form.typed():
        kind, dash, where = name.partition("-")
        path = place(where)
        if not dash or path is None or path == ():
            continue
        if kind == "mode" and len(path) <= NESTING_MAX:
            found[path] = Group(_mode(form, where))
        elif kind == "field":
            found[path] = _row(form, where)
    whole = found[()]
    assert isinstance(whole, Group)
    for path in sorted(found)[: PARTS_MAX + 1]:
        above = found.get(path[:-1]) if path else None
        if isinstance(above, Group):
            above.parts.append(found[path])
    return Draft(whole)


def _mode(form: Form, where: str) -> str:
    chosen = form.text(f"mode-{where}")
    return chosen if chosen in MODES else "all"


def _row(form: Form, where: str) -> Row:
    chosen = form.text(f"field-{where}")
    if chosen not in FIELDS:
        chosen = FIRST.field
    row = Row(chosen, **{name: form.text(f"{name}-{where}") for name in TYPED})
    ops = FIELDS[chosen].ops
    return row if row.op in ops else replace(row, op=ops[0])


def group_at(draft: Draft, path: Path) -> Group | None:
    """The group at a place; None where there is none."""
    part: Row | Group = draft.whole
    for number in path:
        if not isinstance(part, Group) or number >= len(part.parts):
            return None
        part = part.parts[number]
    return part if isinstance(part, Group) else None


def changed(draft: Draft, act: str) -> Path | None:
    """Do what a button says: `row:<place>`, `group:<place>`, `remove:<place>`. The place of what is new, if any."""
    verb, _, where = act.partition(":")
    path = place(where)
    if path is None or draft.raw is not None:
        return None
    if verb == "remove" and path:
        above = group_at(draft, path[:-1])
        if above is not None and path[-1] < len(above.parts):
            del above.parts[path[-1]]
        return None
    group = group_at(draft, path)
    if group is None or sum(1 for _ in parts_of(draft.whole)) >= PARTS_MAX:
        return None
    if verb == "row":
        group.parts.append(replace(FIRST))
    elif verb == "group" and len(path) < NESTING_MAX:
        group.parts.append(Group("any", [replace(FIRST)]))
    else:
        return None
    return (*path, len(group.parts) - 1)


def parts_of(group: Group) -> Iterator[Row | Group]:
    """Every row and group within a group."""
    for part in group.parts:
        yield part
        if isinstance(part, Group):
            yield from parts_of(part)

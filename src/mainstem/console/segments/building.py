"""Making and changing a segment: rows are added and taken away, who fits is counted, and it is saved.

Every button sends the whole form and gets it back: without a script as a page, with htmx as the part that changed. So
nothing that was typed is lost, and nothing is kept between two requests.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from mainstem.console.frame import Form, MissingError, Problem, Reply, Visit, html, see_other
from mainstem.console.segments import fields
from mainstem.console.segments.draft import NESTING_MAX, PARTS_MAX, Draft, begun, changed, draft_of, label, parts_of
from mainstem.console.segments.drawing import drawn, pretty
from mainstem.console.segments.members import Line, lines
from mainstem.console.segments.reading import Read, decoded, read
from mainstem.console.segments.suggesting import Suggestions, suggested
from mainstem.console.segments.wording import sentence
from mainstem.domains import customers
from mainstem.kernel.refusals import NOT_FOUND, RefusedError
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import CUSTOMERS_READ
from mainstem.platform.query import ask

SAMPLE = 5
"""Customers who fit, shown as an example."""

COUNTED_AT_ONCE = 20_000
"""Customers among whom the count comes with the page; where there are more the page does not wait for it."""


class Outcome(msgspec.Struct, frozen=True):
    """What a condition comes to: in words, as JSON, how many fit, and some of them.

    `count` is None while they are not counted, `sample` too, and for who may not see customers.
    """

    words: str
    json: str
    count: customers.Count | None
    sample: list[Line] | None


class Meanwhile(msgspec.Struct, frozen=True):
    """What somebody else has made of the segment since the form was shown."""

    name: str
    description: str
    words: str
    who: str
    at: datetime


@dataclass(slots=True)
class Editing:
    """A form as it stands: of a new segment (`segment` None) or of one that there is, at the revision it has shown."""

    segment: int | None = None
    name: str = ""
    description: str = ""
    revision: int | None = None
    draft: Draft = field(default_factory=begun)
    pasted: str = ""
    pasted_wrong: str = ""
    new: str | None = None
    key: str = ""
    problem: Problem | None = None
    meanwhile: Meanwhile | None = None
    saving: bool = False

    @property
    def action(self) -> str:
        """Where the form is sent to be saved."""
        return "/segments/new" if self.segment is None else f"/segments/{self.segment}/edit"


async def begin(visit: Visit) -> Reply:
    """The form of a new segment; `copy` begins with the condition of another, `tag` with a tag of the library."""
    editing = Editing()
    if visit.query.get("copy", "").isdecimal():
        row = await _row(visit, int(visit.query["copy"]))
        editing.draft = drawn(visit, row.condition)
        editing.name = visit.t("{name} (copy)", name=row.name)[: customers.SEGMENT_NAME_LENGTH_MAX]
        editing.description = row.description
    elif visit.query.get("tag"):
        editing.draft = drawn(visit, {"tag": visit.query["tag"]})
    return await _page(visit, editing)


async def edit(visit: Visit) -> Reply:
    """The form of a segment that there is."""
    row = await _row(visit, visit.path["segment"])
    editing = Editing(row.id, row.name, row.description, row.revision, drawn(visit, row.condition))
    return await _page(visit, editing)


async def redraw(visit: Visit) -> Reply:
    """The form as it was sent, after what a button asked for; counted anew."""
    form = await visit.form()
    editing = _editing(form)
    verb = form.text("act")
    if verb == "paste":
        condition, editing.pasted_wrong = decoded(visit, editing.pasted)
        if condition is not None:
            editing.draft, editing.pasted = drawn(visit, condition), ""
    elif verb == "rows":
        editing.draft = begun()
    else:
        made = changed(editing.draft, verb)
        editing.new = None if made is None else label(made)
    return await _page(visit, editing, part=visit.htmx)


async def save(visit: Visit) -> Reply:
    """Save it; what cannot be saved is shown with all that was typed."""
    form = await visit.form()
    editing = _editing(form)
    editing.segment = visit.path.get("segment")
    editing.saving = True
    found = read(visit, editing.draft)
    if found.condition is None:
        return await _page(visit, editing, found=found, status=422)
    command = customers.SaveSegment(
        editing.name,
        found.condition,
        editing.description,
        editing.segment,
        msgspec.UNSET if editing.revision is None else editing.revision,
    )
    saved = await visit.run(customers.SAVE_SEGMENT, command, editing.key)
    if not isinstance(saved, Problem):
        return see_other(f"/segments/{saved.id}", notice=visit.t("Segment “{name}” has been saved.", name=editing.name))
    editing.key, editing.problem = "", saved
    if saved.code == customers.SEGMENT_CHANGED.code and editing.segment is not None:
        await _look_again(visit, editing)
    elif saved.code == NOT_FOUND.code:
        editing.segment = editing.revision = None
    return await _page(visit, editing, found=found, status=saved.status)


async def _look_again(visit: Visit, editing: Editing) -> None:
    """Show what there is now; the form is from here on about that revision."""
    assert editing.segment is not None
    async with visit.desk.database.snapshot() as connection:
        (row,) = await ask(connection, customers.segment_row(editing.segment))
        if row is None:
            return
        (called,) = await ask(connection, names([row.actor]))
    words = sentence(visit, row.condition) if readable(row.condition) else pretty(row.condition)
    who = called.get(row.actor, f"#{row.actor}")
    editing.revision = row.revision
    editing.meanwhile = Meanwhile(row.name, row.description, words, who, row.updated_at)


def readable(condition: dict[str, Any]) -> bool:
    """Whether this release can read a condition that an earlier one has stored."""
    try:
        customers.read_condition(condition, customers.tag_conditions())
    except RefusedError:
        return False
    return True


def _editing(form: Form) -> Editing:
    return Editing(
        segment=form.integer("segment"),
        name=form.text("name"),
        description=form.text("description"),
        revision=form.integer("revision"),
        draft=draft_of(form),
        pasted=form.text("pasted"),
        key=form.text("key"),
    )


async def _row(visit: Visit, segment: int) -> customers.SegmentRow:
    if segment >= 2**63:
        raise MissingError
    async with visit.desk.database.snapshot() as connection:
        (row,) = await ask(connection, customers.segment_row(segment))
    if row is None:
        raise MissingError
    return row


async def _page(
    visit: Visit, editing: Editing, *, found: Read | None = None, status: int = 200, part: bool = False
) -> Reply:
    found = found or read(visit, editing.draft)
    async with visit.desk.database.snapshot() as connection:
        offered: Suggestions = await suggested(connection, editing.draft)
        outcome = None
        if found.condition is not None:
            condition = customers.read_condition(found.condition, customers.tag_conditions())
            today = customers.today_of(datetime.now(UTC))
            (many,) = await ask(connection, customers.customers_kept())
            count = sample = None
            if visit.scope["method"] == "POST" or many <= COUNTED_AT_ONCE:
                count = await customers.count_customers(connection, condition, today)
            if count is not None and visit.allowed(CUSTOMERS_READ):
                ids = await customers.fitting_customers(connection, condition, today, SAMPLE)
                sample = await lines(visit, connection, ids)
            outcome = Outcome(sentence(visit, found.condition), pretty(found.condition), count, sample)
    return html(
        visit,
        f"segments/templates/{'_builder' if part else 'edit'}.html",
        status=status,
        editing=editing,
        outcome=outcome,
        found=found,
        problems=found.problems(all_of_them=editing.saving),
        offered=offered,
        menu=fields.menu(visit),
        fields=fields.FIELDS,
        tags=fields.tag_choices(visit),
        families=families(visit),
        purposes=fields.purposes(visit),
        currencies=fields.currencies(visit),
        operators=lambda row: fields.operators(visit, fields.FIELDS[row.field]),
        choices=lambda what: fields.choices(visit, what),
        nesting_max=NESTING_MAX,
        full=sum(1 for _ in parts_of(editing.draft.whole)) >= PARTS_MAX,
    )


def families(visit: Visit) -> list[fields.Choice]:
    """The tags that there are for each category, without it."""
    return [(tag.name.removesuffix("…"), fields.said(visit, tag)) for tag in customers.category_tags("…")]

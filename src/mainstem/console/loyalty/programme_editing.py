"""Making and changing a programme: what was typed is never lost, and what it earns is shown before it is saved."""

from dataclasses import dataclass, field

from mainstem.console.frame import Form, Problem, Reply, Visit, html, see_other
from mainstem.console.loyalty import words
from mainstem.console.loyalty.previewing import Preview, preview
from mainstem.console.loyalty.programme_fields import MORE, ROWS, Fields, closed_up, field_of, fields_of, rows_of
from mainstem.console.loyalty.programme_reading import Reader
from mainstem.console.loyalty.reading import kept_programmes, programme_of
from mainstem.domains import loyalty
from mainstem.kernel.moments import zone_names
from mainstem.kernel.money import CURRENCIES

BLANK = {"rule": 1, "tier": 1, "benefit": 1, "reward": 1}
"""Empty rows that wait to be filled in; another comes with each look at the preview."""


@dataclass(slots=True)
class Editing:
    """A form as it stands; of a programme that there is (`code`), or of a new one (""), at a revision."""

    code: str
    revision: int
    fields: Fields
    key: str = ""
    amount: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    saving: bool = False

    @property
    def action(self) -> str:
        """Where the form is sent to be saved."""
        return f"/programmes/{self.code}/edit" if self.code else "/programmes/new"


async def begin(visit: Visit) -> Reply:
    """The form of a new programme; `copy` begins with what another is."""
    currencies = [one.currency for one in visit.network.channels.values()]
    fields = {
        "currency": max(sorted(set(currencies)), key=currencies.count, default=""),
        "zone": visit.zone,
        "life": "12",
        "life-ends": "month",
        "points-en": "Points",
        "points-zh": "积分",
    }
    if visit.query.get("copy"):
        async with visit.desk.database.snapshot() as connection:
            fields = fields_of(programme_of(await kept_programmes(connection), visit.query["copy"]).form) | {"code": ""}
    return _page(visit, Editing("", 0, fields))


async def edit(visit: Visit) -> Reply:
    """The form of a programme that there is."""
    async with visit.desk.database.snapshot() as connection:
        kept = programme_of(await kept_programmes(connection), visit.path["programme"])
    return _page(visit, Editing(kept.form.code, kept.revision, fields_of(kept.form)))


async def redraw(visit: Visit) -> Reply:
    """The form as it was typed, with what it earns, and with room for more."""
    form = await visit.form()
    editing = _editing(form, form.text("programme"))
    return _page(visit, editing)


async def save(visit: Visit) -> Reply:
    """Save it; what cannot be saved is shown with all that was typed."""
    form = await visit.form()
    editing = _editing(form, str(visit.path.get("programme", "")))
    editing.saving = True
    reader = Reader(visit, editing.fields)
    programme = reader.programme()
    if programme is None:
        return _page(visit, editing, status=422)
    saved = await visit.run(loyalty.SAVE_PROGRAMME, loyalty.SaveProgramme(programme, editing.revision), editing.key)
    if not isinstance(saved, Problem):
        notice = visit.t("The programme “{name}” is saved.", name=words.said(visit, programme.name))
        return see_other(f"/programmes/{saved.code}", notice=notice)
    editing.problem = saved
    if saved.code == loyalty.PROGRAMME_CHANGED.code and editing.code:
        editing.revision = int(saved.refusal.params["revision"])  # saving again replaces what is there now
        editing.key = ""
    return _page(visit, editing, status=saved.status)


def _editing(form: Form, code: str) -> Editing:
    own = ("csrf", "key", "revision", "programme", "amount")
    fields = {name: form.text(name) for name in form.typed() if name not in own}
    revision = form.integer("revision") or 0
    return Editing(code, revision, closed_up(fields), form.text("key"), form.text("amount"))


def _page(visit: Visit, editing: Editing, status: int = 200) -> Reply:
    if editing.code:
        editing.fields["code"] = editing.code
    reader = Reader(visit, editing.fields)
    programme = reader.programme()
    editing.marks = reader.marks if editing.saving or visit.scope["method"] == "POST" else {}
    found: Preview | None = None
    if programme is not None:
        refusal = loyalty.programme_wrong(programme)
        if refusal is None:
            found = preview(visit, programme, editing.amount)
        elif visit.scope["method"] == "POST":
            problem = visit.problem(refusal)
            editing.marks[field_of(refusal.where)] = f"{problem.text} {problem.remedy}"
    if editing.problem is not None and editing.problem.code != loyalty.PROGRAMME_CHANGED.code:
        editing.marks.setdefault(field_of(editing.problem.where), editing.problem.text)
    rows = {}
    for kind, blank in BLANK.items():
        filled = rows_of(editing.fields, kind)
        empty = [dict.fromkeys((*ROWS[kind], *MORE.get(kind, ())), "")] * min(blank, loyalty.ENTRIES_MAX - len(filled))
        rows[kind] = filled + empty
    return html(
        visit,
        "loyalty/templates/programme_form.html",
        status=status,
        editing=editing,
        v=lambda name: editing.fields.get(name, ""),
        rows=rows,
        preview=found,
        words=words,
        currencies=[(one, one) for one in sorted(CURRENCIES)],
        zones=sorted(zone_names()),
        choices=lambda table: words.choices(visit, table),
    )

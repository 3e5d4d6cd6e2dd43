"""Making and changing a promotion: fields come and go, it is said in words and tried, and it is saved.

Every button sends the whole form and gets it back: without a script as a page, with htmx as the part that changed. So
nothing that was typed is lost, and nothing is kept between two requests.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from mainstem.console.frame import Form, MissingError, Problem, Reply, Visit, html, see_other
from mainstem.console.promotions import plan
from mainstem.console.promotions.draft import Draft, begun, change, draft_of, settle
from mainstem.console.promotions.drawing import drawn, pretty
from mainstem.console.promotions.explaining import Tried
from mainstem.console.promotions.offering import choices, currencies
from mainstem.console.promotions.reading import Read, decode, field_of, read
from mainstem.console.promotions.telling import Told, name, tell
from mainstem.console.promotions.trying import Typed, tried, typed_of
from mainstem.console.promotions.voice import voice_of
from mainstem.domains import pricing
from mainstem.platform.query import ask
from mainstem.processes.save_promotions import SAVE_PROMOTION

URL = "/promotions/{code}"


@dataclass(slots=True)
class Editing:
    """A form as it stands: of a new promotion (`revision` 0) or of the revision that it has shown."""

    draft: Draft
    revision: int = 0
    was: str = ""
    note: str = ""
    pasted: str = ""
    pasted_wrong: str = ""
    new: str = ""
    key: str = ""
    saving: bool = False
    problem: Problem | None = None
    meanwhile: pricing.PromotionView | None = None
    basket: Typed = field(default_factory=lambda: Typed({}))
    try_it: bool = False

    @property
    def action(self) -> str:
        """Where the form is sent to be saved."""
        return f"/promotions/{self.was}/edit" if self.was else "/new/promotion"


async def begin(visit: Visit) -> Reply:
    """The form of a new promotion; `copy` begins with another one."""
    editing = Editing(begun(currencies(visit)[0]))
    if visit.query.get("copy"):
        view = await found(visit, visit.query["copy"])
        editing.draft = drawn(view.promotion, visit.zone)
        editing.draft.typed["/code"] = ""
    return await _page(visit, editing)


async def edit(visit: Visit) -> Reply:
    """The form of a promotion that there is."""
    view = await found(visit, visit.path["code"])
    editing = Editing(drawn(view.promotion, visit.zone), view.revision, view.promotion.code)
    return await _page(visit, editing)


async def found(visit: Visit, code: str) -> pricing.PromotionView:
    """The promotion with a code; raises MissingError when there is none."""
    async with visit.desk.database.snapshot() as connection:
        (view,) = await ask(connection, pricing.promotion(code.replace("\x00", ""), datetime.now(UTC)))
    if view is None:
        raise MissingError
    return view


async def redraw(visit: Visit) -> Reply:
    """The form as it was sent, after what a button asked for."""
    form = await visit.form()
    editing = _editing(form)
    act = form.text("act")
    if act == "paste":
        _paste(visit, editing)
    elif act == "try":
        editing.try_it = True
    else:
        editing.new = change(editing.draft, act)
    settle(editing.draft)
    return await _page(visit, editing, part=visit.htmx)


def _paste(visit: Visit, editing: Editing) -> None:
    promotion, fault = decode(editing.pasted)
    if promotion is None:
        editing.pasted_wrong = visit.t("This is not a promotion: {fault}", fault=fault)
        return
    refusal = pricing.wrong_promotion(promotion)
    if refusal is not None:
        problem = visit.problem(refusal)
        editing.pasted_wrong = f"{problem.text} {problem.remedy} ({problem.where})"
        return
    editing.draft, editing.pasted = drawn(promotion, visit.zone), ""
    if editing.was:
        editing.draft.typed["/code"] = editing.was


async def save(visit: Visit) -> Reply:
    """Save it as a draft; what cannot be saved is shown with all that was typed."""
    form = await visit.form()
    editing = _editing(form)
    editing.was = visit.path.get("code", "")
    if editing.was:
        editing.draft.typed["/code"] = editing.was
    editing.saving = True
    settle(editing.draft)
    made = read(visit, editing.draft)
    if made.promotion is None:
        return await _page(visit, editing, made=made, status=422)
    command = pricing.SavePromotion(made.promotion, editing.revision, editing.note)
    saved = await visit.run(SAVE_PROMOTION, command, editing.key)
    if isinstance(saved, Problem):
        return await _refused(visit, editing, made, saved)
    said = [visit.t("Promotion {code} is saved as a draft.", code=saved.code)]
    said += [name(visit.language, one.text) + f" ({', '.join(one.promotions)})" for one in saved.warnings]
    return see_other(URL.format(code=saved.code), notice=" ".join(said))


async def _refused(visit: Visit, editing: Editing, made: Read, problem: Problem) -> Reply:
    editing.key = ""
    at = field_of(editing.draft, problem.where.removeprefix("/promotion"))
    if problem.where.startswith("/promotion") and at:
        made = Read(made.promotion, {at: f"{problem.text} {problem.remedy}"}, {})
    else:
        editing.problem = problem
    if problem.code == pricing.PROMOTION_CHANGED.code:
        async with visit.desk.database.snapshot() as connection:
            code = editing.draft.text("/code")
            (view,) = await ask(connection, pricing.promotion(code, datetime.now(UTC)))
        if view is not None and editing.was:
            editing.meanwhile, editing.revision = view, view.revision
    return await _page(visit, editing, made=made, status=problem.status)


def _editing(form: Form) -> Editing:
    return Editing(
        draft_of(form),
        revision=form.integer("revision") or 0,
        was=form.text("was"),
        note=form.text("note"),
        pasted=form.text("pasted"),
        key=form.text("key"),
        basket=typed_of(form),
    )


async def _page(
    visit: Visit, editing: Editing, *, made: Read | None = None, status: int = 200, part: bool = False
) -> Reply:
    made = made or read(visit, editing.draft)
    told: Told | None = None
    outcome: Tried | None = None
    if made.promotion is not None:
        told = tell(voice_of(visit, made.promotion.currency), made.promotion)
        if editing.try_it:
            async with visit.desk.database.snapshot() as connection:
                outcome = await tried(visit, connection, editing.basket, made.promotion)
    meanwhile = editing.meanwhile
    return html(
        visit,
        f"promotions/templates/{'_builder' if part else 'edit'}.html",
        status=status,
        editing=editing,
        draft=editing.draft,
        made=made,
        problems=made.problems(all_of_them=editing.saving or editing.try_it),
        told=told,
        json=pretty(made.promotion) if made.promotion is not None else "",
        meanwhile=None
        if meanwhile is None
        else tell(voice_of(visit, meanwhile.promotion.currency), meanwhile.promotion),
        outcome=outcome,
        plan=plan,
        choices=lambda what: choices(visit, what),
        filled=lambda at: any(text and name.startswith(f"{at}/") for name, text in editing.draft.typed.items()),
        marked=lambda at: any(name == at or name.startswith(f"{at}/") for name in made.wrong | made.missing),
    )

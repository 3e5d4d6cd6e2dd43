"""Making and changing programmes."""

from collections.abc import Sequence

import msgspec

from mainstem.domains.loyalty import contracts as c
from mainstem.domains.loyalty.programmes import store
from mainstem.domains.loyalty.programmes.form import Programme
from mainstem.domains.loyalty.programmes.validating import wrong
from mainstem.domains.loyalty.telling import tell
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class SaveProgramme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a programme (revision 0), or change the revision of it that was read. What happened stays as it was."""

    programme: Programme
    revision: int = 0


class ProgrammeSaved(msgspec.Struct, frozen=True):
    """The programme's id and its revision now."""

    id: int
    code: str
    revision: int


async def _save(work: Work, calls: Sequence[Call[SaveProgramme]]) -> list[ProgrammeSaved | Refusal]:
    await work.reserve_ids(len(calls))
    (known,) = await ask(work.connection, store.programmes(lock=True))
    answers: list[ProgrammeSaved | Refusal] = []
    for call in calls:
        form, given = call.command.programme, call.command.revision
        before = known.by_code.get(form.code)
        refusal = wrong(form) or _clash(before, form, given)
        if refusal is not None:
            answers.append(refusal)
            continue
        kept = store.Kept(before.id if before else work.ids.take(), given + 1, form)
        known.by_code[form.code] = kept
        store.save(work, kept)
        saved = ProgrammeSaved(kept.id, form.code, kept.revision)
        tell(work, call, "programme_saved", kept.id, saved)
        answers.append(saved)
    return answers


def _clash(before: store.Kept | None, form: Programme, given: int) -> Refusal | None:
    revision = before.revision if before else 0
    if revision != given:
        return refuse(c.PROGRAMME_CHANGED, "/revision", programme=form.code, revision=revision)
    if before is not None and before.form.currency != form.currency:
        return refuse(c.CURRENCY_FIXED, "/programme/currency", programme=form.code, currency=before.form.currency)
    return None


SAVE_PROGRAMME: Operation[SaveProgramme, ProgrammeSaved] = Operation(
    "loyalty.save_programme", SaveProgramme, ProgrammeSaved, _save
)

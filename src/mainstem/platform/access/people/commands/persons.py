"""Persons: whether they may sign in, and what they have chosen."""

from collections.abc import Iterable, Sequence

import msgspec

from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.access.contracts import LAST_ADMINISTRATOR
from mainstem.platform.access.people import rules, store
from mainstem.platform.access.people.commands.telling import tell, unknown
from mainstem.platform.access.people.contracts import ChangePreferences, ChangeStanding, PersonChanged
from mainstem.platform.access.people.rules import Person
from mainstem.platform.access.roles import ADMINISTRATOR
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def _change_standing(work: Work, calls: Sequence[Call[ChangeStanding]]) -> Sequence[PersonChanged | Refusal]:
    (persons,) = await ask(
        work.connection, store.lock_persons_and_administrators(call.command.principal for call in calls)
    )
    changed: dict[int, Person] = {}
    results: list[PersonChanged | Refusal] = []
    for call in calls:
        asked = call.command
        person = persons.get(asked.principal)
        if person is None:
            results.append(unknown(asked.principal))
            continue
        if asked.disabled and _is_last(person, persons.values()):
            results.append(refuse(LAST_ADMINISTRATOR, "/principal", principal=person.principal))
            continue
        result = PersonChanged(person.principal, person.login, person.name)
        results.append(result)
        if asked.disabled != (person.disabled_at is not None):
            after = msgspec.structs.replace(person, disabled_at=work.now if asked.disabled else None)
            persons[person.principal] = changed[person.principal] = after
            tell(work, call, "person_disabled" if asked.disabled else "person_enabled", person.principal, result)
    store.update_persons(work, list(changed.values()))
    disabled = [one.principal for one in changed.values() if one.disabled_at is not None]
    store.end_links(work, disabled, work.now)
    await store.end_sessions(work, disabled)
    return results


def _is_last(person: Person, persons: Iterable[Person]) -> bool:
    """Whether nobody else who signs in would be an administrator."""
    able = {one.principal for one in persons if one.role == ADMINISTRATOR.name and one.disabled_at is None}
    return able == {person.principal}


async def _change_preferences(
    work: Work, calls: Sequence[Call[ChangePreferences]]
) -> Sequence[PersonChanged | Refusal]:
    (persons,) = await ask(work.connection, store.lock_persons(call.command.principal for call in calls))
    changed: dict[int, Person] = {}
    results: list[PersonChanged | Refusal] = []
    for call in calls:
        asked = call.command
        person = persons.get(asked.principal)
        refusal = unknown(asked.principal) if person is None else rules.check_preferences(asked)
        if refusal is not None or person is None:
            results.append(refusal or unknown(asked.principal))
            continue
        after = msgspec.structs.replace(person, name=asked.name, language=asked.language, theme=asked.theme)
        result = PersonChanged(person.principal, person.login, asked.name)
        results.append(result)
        if after != person:
            persons[person.principal] = changed[person.principal] = after
            tell(work, call, "preferences_changed", person.principal, result)
    store.update_persons(work, list(changed.values()))
    return results


CHANGE_STANDING = Operation("access.change_standing", ChangeStanding, PersonChanged, _change_standing)
CHANGE_PREFERENCES = Operation("access.change_preferences", ChangePreferences, PersonChanged, _change_preferences)

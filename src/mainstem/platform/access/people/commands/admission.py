"""Who may sign in: invite a person, let a principal sign in, know whom an identity provider vouches for."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from mainstem.kernel.identifiers import CODE_LENGTH_MAX, is_code
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.access import rules as principals
from mainstem.platform.access import store as principal_store
from mainstem.platform.access.contracts import CreatePrincipal, PrincipalChanged
from mainstem.platform.access.people import rules, store
from mainstem.platform.access.people.commands.telling import mark, nobody, tell
from mainstem.platform.access.people.contracts import (
    LINK_SECONDS,
    LOGIN_TAKEN,
    NAME_LENGTH_MAX,
    NOT_ADMITTED,
    PERSON_DISABLED,
    PERSON_EXISTS,
    AdmitPrincipal,
    AdmitSubject,
    InvitePerson,
    PersonChanged,
    Purpose,
)
from mainstem.platform.access.people.rules import Link, Person
from mainstem.platform.access.rules import Principal
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

_FIRST_LINK: Purpose = "set_password"


async def _invite(work: Work, calls: Sequence[Call[InvitePerson]]) -> Sequence[PersonChanged | Refusal]:
    logins = [call.command.login for call in calls]
    (known,) = await ask(work.connection, store.persons_known(logins, []))
    taken = {person.login.lower() for person in known}
    names = await principal_store.names_taken(work, logins)
    await work.reserve_ids(len(calls))
    made: list[Principal] = []
    persons: list[Person] = []
    links: list[Link] = []
    results: list[PersonChanged | Refusal] = []
    for call in calls:
        asked = call.command
        refusal = rules.check_login(asked.login) or rules.check_name(asked.name)
        if refusal is None and asked.login.lower() in taken:
            refusal = refuse(LOGIN_TAKEN, "/login", login=asked.login)
        if refusal is None:
            refusal = principals.check_creation(CreatePrincipal(asked.login, asked.role, asked.node), names)
        if refusal is not None:
            results.append(refusal)
            continue
        one = Principal(work.ids.take(), asked.login, asked.role, asked.node)
        made.append(one)
        taken.add(asked.login.lower())
        names.add(asked.login)
        created = PrincipalChanged(one.id, one.name, one.role, one.node)
        tell(work, call, "principal_created", one.id, created)
        results.append(
            _admitted(work, call, nobody(one.id, asked.login, asked.name, one.role, one.node), persons, links)
        )
    if made:
        principal_store.insert_principals(work, made)
        store.insert_persons(work, persons)
        store.insert_links(work, links)
    return results


async def _admit_principals(work: Work, calls: Sequence[Call[AdmitPrincipal]]) -> Sequence[PersonChanged | Refusal]:
    (known,) = await ask(work.connection, store.persons_known([call.command.login for call in calls], []))
    (there,) = await ask(work.connection, store.lock_persons({call.command.principal for call in calls}))
    found, _ = await principal_store.principals_and_hashes(work, {call.command.principal for call in calls}, [])
    taken = {person.login.lower() for person in known}
    admitted = set(there)
    persons: list[Person] = []
    links: list[Link] = []
    results: list[PersonChanged | Refusal] = []
    for call in calls:
        asked = call.command
        one = found.get(asked.principal)
        refusal = rules.check_login(asked.login) or rules.check_name(asked.name)
        if refusal is not None or one is None:
            results.append(refusal or refuse(NOT_FOUND, "/principal", what="principal", id=asked.principal))
        elif one.id in admitted:
            results.append(refuse(PERSON_EXISTS, "/principal", principal=one.id))
        elif asked.login.lower() in taken:
            results.append(refuse(LOGIN_TAKEN, "/login", login=asked.login))
        else:
            taken.add(asked.login.lower())
            admitted.add(one.id)
            person = nobody(one.id, asked.login, asked.name, one.role, one.node)
            results.append(_admitted(work, call, person, persons, links))
    if persons:
        store.insert_persons(work, persons)
        store.insert_links(work, links)
    return results


def _admitted(
    work: Work,
    call: Call[InvitePerson] | Call[AdmitPrincipal],
    person: Person,
    persons: list[Person],
    links: list[Link],
) -> PersonChanged:
    expires_at = work.now + timedelta(seconds=LINK_SECONDS[_FIRST_LINK])
    persons.append(person)
    links.append(Link(call.command.link, person.principal, _FIRST_LINK, expires_at, None))
    result = PersonChanged(person.principal, person.login, person.name, mark(call.command.link))
    tell(work, call, "person_invited", person.principal, result)
    return result


async def _admit_subjects(work: Work, calls: Sequence[Call[AdmitSubject]]) -> Sequence[PersonChanged | Refusal]:
    """One at a time: signing in with a provider is rare, and each may be about the person of the one before."""
    return [await _admit_subject(work, call) for call in calls]


async def _admit_subject(work: Work, call: Call[AdmitSubject]) -> PersonChanged | Refusal:
    asked = call.command
    (known,) = await ask(work.connection, store.persons_known([asked.login], [asked.subject]))
    person = next((one for one in known if one.oidc_subject == asked.subject), None)
    if person is not None:
        if person.disabled_at is not None:
            return refuse(PERSON_DISABLED)
        return PersonChanged(person.principal, person.login, person.name)
    invited = next((one for one in known if one.login.lower() == asked.login.lower()), None)
    if invited is not None:
        # Whoever could name any address at the provider would be anybody: only what it has verified counts.
        if not asked.verified or invited.oidc_subject is not None:
            return refuse(LOGIN_TAKEN, "/login", login=asked.login[:CODE_LENGTH_MAX])
        if invited.disabled_at is not None:
            return refuse(PERSON_DISABLED)
        store.update_persons(work, [msgspec.structs.replace(invited, oidc_subject=asked.subject)])
        result = PersonChanged(invited.principal, invited.login, invited.name)
        tell(work, call, "person_linked", invited.principal, result, actor=invited.principal)
        await work.flush()
        return result
    return await _create_subject(work, call)


async def _create_subject(work: Work, call: Call[AdmitSubject]) -> PersonChanged | Refusal:
    asked = call.command
    login = asked.login if is_code(asked.login) else asked.subject[:CODE_LENGTH_MAX]
    names = await principal_store.names_taken(work, [login])
    if not asked.role or principals.check_creation(CreatePrincipal(login, asked.role, None), names) is not None:
        return refuse(NOT_ADMITTED)
    await work.reserve_ids(1)
    one = Principal(work.ids.take(), login, asked.role, None)
    name = asked.name[:NAME_LENGTH_MAX].strip()
    shown = name if rules.check_name(name) is None else login
    result = PersonChanged(one.id, login, shown)
    principal_store.insert_principals(work, [one])
    store.insert_persons(work, [nobody(one.id, login, shown, one.role, None, asked.subject)])
    tell(work, call, "principal_created", one.id, PrincipalChanged(one.id, login, one.role, None), actor=one.id)
    tell(work, call, "person_linked", one.id, result, actor=one.id)
    await work.flush()
    return result


INVITE_PERSON = Operation("access.invite_person", InvitePerson, PersonChanged, _invite)
ADMIT_PRINCIPAL = Operation("access.admit_principal", AdmitPrincipal, PersonChanged, _admit_principals)
ADMIT_SUBJECT = Operation("access.admit_subject", AdmitSubject, PersonChanged, _admit_subjects)

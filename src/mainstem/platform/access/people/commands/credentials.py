"""What a person proves himself with: links, passwords, codes."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.access.people import rules, store
from mainstem.platform.access.people.commands.telling import mark, tell, unknown
from mainstem.platform.access.people.contracts import (
    LINK_SECONDS,
    LINK_UNUSABLE,
    PERSON_DISABLED,
    SIGN_IN_OUTDATED,
    TOTP_PRESENT,
    ChangePassword,
    DropTotp,
    EnrolTotp,
    IssueLink,
    LinkIssued,
    PersonChanged,
    SetPassword,
)
from mainstem.platform.access.people.rules import Link, Person
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def _issue_links(work: Work, calls: Sequence[Call[IssueLink]]) -> Sequence[LinkIssued | Refusal]:
    (persons,) = await ask(work.connection, store.lock_persons(call.command.principal for call in calls))
    results: list[LinkIssued | Refusal] = []
    for call in calls:
        asked = call.command
        person = persons.get(asked.principal)
        if person is None:
            results.append(unknown(asked.principal))
        elif person.disabled_at is not None:
            results.append(refuse(PERSON_DISABLED))
        else:
            expires_at = work.now + timedelta(seconds=LINK_SECONDS[asked.purpose])
            issued = LinkIssued(person.principal, asked.purpose, expires_at, mark(asked.link))
            store.insert_links(work, [Link(asked.link, person.principal, asked.purpose, expires_at, None)])
            results.append(issued)
            tell(work, call, "link_issued", person.principal, issued)
    return results


async def _set_passwords(work: Work, calls: Sequence[Call[SetPassword]]) -> Sequence[PersonChanged | Refusal]:
    # The person is locked before the link, as everywhere here: the link says who that is, and never says another.
    hashes = {call.command.link for call in calls}
    owners = await store.owners_of_links(work, hashes)
    (persons,) = await ask(work.connection, store.lock_persons(owners.values()))
    (links,) = await ask(work.connection, store.lock_links(hashes))
    changed: dict[int, str] = {}
    results: list[PersonChanged | Refusal] = []
    for call in calls:
        link = links.get(call.command.link)
        refusal = rules.check_link(link, "set_password", work.now)
        if refusal is not None or link is None:
            results.append(refusal or refuse(LINK_UNUSABLE))
            continue
        person = persons[link.principal]
        if person.disabled_at is not None:
            results.append(refuse(PERSON_DISABLED))
            continue
        links[link.hash] = msgspec.structs.replace(link, used_at=work.now)
        changed[person.principal] = call.command.password_hash
        results.append(_told(work, call, "password_set", person, actor=person.principal))
    if changed:
        store.end_links(work, list(changed), work.now)
        store.update_passwords(work, changed, work.now)
        await store.end_sessions(work, list(changed))
    return results


async def _change_passwords(work: Work, calls: Sequence[Call[ChangePassword]]) -> Sequence[PersonChanged | Refusal]:
    (persons,) = await ask(work.connection, store.lock_persons(call.command.principal for call in calls))
    results: list[PersonChanged | Refusal] = []
    for call in calls:
        asked = call.command
        person = persons.get(asked.principal)
        if person is None:
            results.append(unknown(asked.principal))
        elif person.disabled_at is not None or person.password_changed_at != asked.known_at:
            results.append(refuse(SIGN_IN_OUTDATED))
        else:
            persons[person.principal] = msgspec.structs.replace(person, password_changed_at=work.now)
            store.update_passwords(work, {person.principal: asked.password_hash}, work.now)
            store.end_links(work, [person.principal], work.now)
            await store.end_sessions(work, [person.principal], keep=asked.session)
            results.append(_told(work, call, "password_changed", person))
    return results


async def _enrol(work: Work, calls: Sequence[Call[EnrolTotp]]) -> Sequence[PersonChanged | Refusal]:
    (persons,) = await ask(work.connection, store.lock_persons(call.command.principal for call in calls))
    results: list[PersonChanged | Refusal] = []
    for call in calls:
        asked = call.command
        person = persons.get(asked.principal)
        if person is None:
            results.append(unknown(asked.principal))
        elif person.has_totp:
            results.append(refuse(TOTP_PRESENT))
        else:
            persons[person.principal] = msgspec.structs.replace(person, has_totp=True)
            store.update_totp(work, person.principal, asked.secret, asked.step, asked.recovery)
            results.append(_told(work, call, "totp_enrolled", person))
    return results


async def _drop(work: Work, calls: Sequence[Call[DropTotp]]) -> Sequence[PersonChanged | Refusal]:
    (persons,) = await ask(work.connection, store.lock_persons(call.command.principal for call in calls))
    results: list[PersonChanged | Refusal] = []
    for call in calls:
        person = persons.get(call.command.principal)
        if person is None:
            results.append(unknown(call.command.principal))
        elif not person.has_totp:
            results.append(PersonChanged(person.principal, person.login, person.name))
        else:
            persons[person.principal] = msgspec.structs.replace(person, has_totp=False)
            store.update_totp(work, person.principal, None, 0, ())
            results.append(_told(work, call, "totp_dropped", person))
    return results


def _told(
    work: Work,
    call: Call[SetPassword] | Call[ChangePassword] | Call[EnrolTotp] | Call[DropTotp],
    kind: str,
    person: Person,
    *,
    actor: int | None = None,
) -> PersonChanged:
    result = PersonChanged(person.principal, person.login, person.name)
    tell(work, call, kind, person.principal, result, actor=actor)
    return result


ISSUE_LINK = Operation("access.issue_link", IssueLink, LinkIssued, _issue_links)
SET_PASSWORD = Operation("access.set_password", SetPassword, PersonChanged, _set_passwords)
CHANGE_PASSWORD = Operation("access.change_password", ChangePassword, PersonChanged, _change_passwords)
ENROL_TOTP = Operation("access.enrol_totp", EnrolTotp, PersonChanged, _enrol)
DROP_TOTP = Operation("access.drop_totp", DropTotp, PersonChanged, _drop)

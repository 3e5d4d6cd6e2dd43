"""Sessions: opened for who has proven himself, ended by him or by an administrator."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from mainstem.kernel.refusals import Refusal
from mainstem.platform.access.people import rules, store
from mainstem.platform.access.people.commands.telling import tell, unknown
from mainstem.platform.access.people.contracts import (
    EndSession,
    EndSessions,
    OpenSession,
    SessionOpened,
    SessionsEnded,
)
from mainstem.platform.access.people.rules import Person
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def _open(work: Work, calls: Sequence[Call[OpenSession]]) -> Sequence[SessionOpened | Refusal]:
    asked = [call.command for call in calls]
    persons, links, unused = await ask(
        work.connection,
        store.lock_persons(one.principal for one in asked),
        store.lock_links(one.link for one in asked if one.link is not None),
        store.lock_unused_codes(one.recovery for one in asked if one.recovery is not None),
    )
    await work.reserve_ids(len(calls))
    results: list[SessionOpened | Refusal] = []
    for call in calls:
        command = call.command
        person = persons.get(command.principal)
        link = None if command.link is None else links.get(command.link)
        refusal = rules.check_opening(command, person, link, unused, work.now)
        if refusal is not None or person is None:
            results.append(refusal or unknown(command.principal))
            continue
        if link is not None:
            links[link.hash] = msgspec.structs.replace(link, used_at=work.now)
        if command.recovery is not None:
            unused.discard((person.principal, command.recovery))
        if command.step is not None:
            persons[person.principal] = msgspec.structs.replace(person, totp_step=command.step)
        results.append(_opened(work, call, person))
    return results


def _opened(work: Work, call: Call[OpenSession], person: Person) -> SessionOpened:
    command = call.command
    opened = SessionOpened(person.principal, work.ids.take(), command.way)
    ends_at = work.now + timedelta(seconds=store.LIFE_SECONDS)
    store.insert_session(work, opened, person, command.token, command.agent, command.address, ends_at)
    store.insert_device(work, person.principal, command.device)
    if command.link is not None:
        store.update_used_links(work, [command.link], work.now)
    if command.recovery is not None:
        store.update_used_codes(work, [(person.principal, command.recovery)], work.now)
        tell(work, call, "recovery_code_used", person.principal, opened, actor=person.principal)
    if command.step is not None:
        store.update_steps(work, {person.principal: command.step})
    if command.renewed is not None:
        store.update_renewed(work, {person.principal: command.renewed})
    tell(work, call, "signed_in", person.principal, opened, actor=person.principal)
    return opened


async def _end(work: Work, calls: Sequence[Call[EndSession]]) -> Sequence[SessionsEnded | Refusal]:
    return [await _ended(work, call, call.command.principal, only=call.command.session) for call in calls]


async def _end_all(work: Work, calls: Sequence[Call[EndSessions]]) -> Sequence[SessionsEnded | Refusal]:
    return [await _ended(work, call, call.command.principal, keep=call.command.keep) for call in calls]


async def _ended(
    work: Work,
    call: Call[EndSession] | Call[EndSessions],
    principal: int,
    *,
    only: int | None = None,
    keep: int | None = None,
) -> SessionsEnded | Refusal:
    (persons,) = await ask(work.connection, store.lock_persons([principal]))
    if principal not in persons:
        return unknown(principal)
    ended = (await store.end_sessions(work, [principal], only=only, keep=keep)).get(principal, 0)
    result = SessionsEnded(principal, ended)
    if ended:
        tell(work, call, "sessions_ended", principal, result)
    return result


OPEN_SESSION = Operation("access.open_session", OpenSession, SessionOpened, _open)
END_SESSION = Operation("access.end_session", EndSession, SessionsEnded, _end)
END_SESSIONS = Operation("access.end_sessions", EndSessions, SessionsEnded, _end_all)

"""The writes of access: create a principal, issue and revoke keys, change a role, bootstrap."""

from collections.abc import Sequence
from typing import Any

import msgspec

from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.access import rules, store
from mainstem.platform.access.contracts import (
    ADMINISTRATOR_EXISTS,
    Bootstrap,
    ChangeRole,
    CreatePrincipal,
    IssueKey,
    KeyIssued,
    KeyRevoked,
    PrincipalChanged,
    RevokeKey,
    RoleChanged,
)
from mainstem.platform.access.roles import ADMINISTRATOR
from mainstem.platform.access.rules import Principal
from mainstem.platform.execution import Call, Operation
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


async def _create_principals(
    work: Work, calls: Sequence[Call[CreatePrincipal]]
) -> Sequence[PrincipalChanged | Refusal]:
    taken = await store.names_taken(work, {call.command.name for call in calls})
    await work.reserve_ids(len(calls))
    created: list[Principal] = []
    results: list[PrincipalChanged | Refusal] = []
    for call in calls:
        refusal = rules.check_creation(call.command, taken)
        if refusal is not None:
            results.append(refusal)
            continue
        command = call.command
        principal = Principal(id=work.ids.take(), name=command.name, role=command.role, node=command.node)
        taken.add(principal.name)
        created.append(principal)
        results.append(_changed(principal))
        _emit(work, call, "access.principal_created", principal.id, results[-1])
    if created:
        store.insert_principals(work, created)
    return results


async def _issue_keys(work: Work, calls: Sequence[Call[IssueKey]]) -> Sequence[KeyIssued | Refusal]:
    principals, known = await store.principals_and_hashes(
        work, {call.command.terms.principal for call in calls}, [call.command.hash for call in calls]
    )
    await work.reserve_ids(len(calls))
    issued: list[KeyIssued] = []
    hashes: list[bytes] = []
    results: list[KeyIssued | Refusal] = []
    for call in calls:
        command = call.command
        assert command.hash not in known, "an edge issued the same random key twice"
        known.add(command.hash)
        refusal = rules.check_terms(command.terms, principals.get(command.terms.principal), work.now)
        if refusal is not None:
            results.append(refusal)
            continue
        key = _issued(command, work.ids.take())
        issued.append(key)
        hashes.append(command.hash)
        results.append(key)
        _emit(work, call, "access.key_issued", key.key, key)
    if issued:
        store.insert_keys(work, issued, hashes)
    return results


async def _revoke_keys(work: Work, calls: Sequence[Call[RevokeKey]]) -> Sequence[KeyRevoked | Refusal]:
    keys = await store.lock_keys(work, {call.command.key for call in calls})
    revoked: list[KeyRevoked] = []
    results: list[KeyRevoked | Refusal] = []
    for call in calls:
        key = keys.get(call.command.key)
        if key is None:
            results.append(refuse(NOT_FOUND, "/key", what="key", id=call.command.key))
            continue
        moment = key.revoked_at or work.now
        result = KeyRevoked(key=key.id, principal=key.principal, prefix=key.prefix, revoked_at=moment)
        results.append(result)
        if key.revoked_at is None:
            keys[key.id] = msgspec.structs.replace(key, revoked_at=moment)
            revoked.append(result)
            _emit(work, call, "access.key_revoked", key.id, result)
    if revoked:
        store.update_revoked(work, revoked)
    return results


async def _change_roles(work: Work, calls: Sequence[Call[ChangeRole]]) -> Sequence[PrincipalChanged | Refusal]:
    principals = await store.lock_principals_and_administrators(work, {call.command.principal for call in calls})
    changed: dict[int, Principal] = {}
    results: list[PrincipalChanged | Refusal] = []
    for call in calls:
        command = call.command
        refusal = rules.check_role_change(command, principals)
        if refusal is not None:
            results.append(refusal)
            continue
        before = principals[command.principal]
        after = msgspec.structs.replace(before, role=command.role, node=command.node)
        results.append(_changed(after))
        if after != before:
            principals[after.id] = changed[after.id] = after
            payload = RoleChanged(
                principal=after.id,
                role_before=before.role,
                node_before=before.node,
                role=after.role,
                node=after.node,
            )
            _emit(work, call, "access.role_changed", after.id, payload)
    if changed:
        store.update_roles(work, list(changed.values()))
    return results


async def _bootstrap(work: Work, calls: Sequence[Call[Bootstrap]]) -> Sequence[KeyIssued | Refusal]:
    exists, names = await store.lock_bootstrap(work)
    if exists:
        return [refuse(ADMINISTRATOR_EXISTS) for _ in calls]
    await work.reserve_ids(2)
    call, *others = calls
    number = work.ids.take()
    name = ADMINISTRATOR.name if ADMINISTRATOR.name not in names else f"{ADMINISTRATOR.name}-{number}"
    principal = Principal(id=number, name=name, role=ADMINISTRATOR.name, node=None)
    key = KeyIssued(key=work.ids.take(), principal=principal.id, prefix=call.command.prefix, scopes=(), expires_at=None)
    store.insert_principals(work, [principal])
    store.insert_keys(work, [key], [call.command.hash])
    _emit(work, call, "access.principal_created", principal.id, _changed(principal))
    _emit(work, call, "access.key_issued", key.key, key)
    return [key, *(refuse(ADMINISTRATOR_EXISTS) for _ in others)]


def _changed(principal: Principal) -> PrincipalChanged:
    return PrincipalChanged(principal=principal.id, name=principal.name, role=principal.role, node=principal.node)


def _issued(command: IssueKey, number: int) -> KeyIssued:
    return KeyIssued(
        key=number,
        principal=command.terms.principal,
        prefix=command.prefix,
        scopes=tuple(sorted(set(command.terms.scopes))),
        expires_at=command.terms.expires_at,
    )


def _emit(work: Work, call: Call[Any], kind: str, subject: int, payload: object) -> None:
    work.emit(
        Event(
            type=kind,
            subject=subject,
            actor=call.actor,
            trace=call.trace,
            occurred_at=work.now,
            payload=_encode(payload),
        )
    )


CREATE_PRINCIPAL = Operation("access.create_principal", CreatePrincipal, PrincipalChanged, _create_principals)
ISSUE_KEY = Operation("access.issue_key", IssueKey, KeyIssued, _issue_keys)
REVOKE_KEY = Operation("access.revoke_key", RevokeKey, KeyRevoked, _revoke_keys)
CHANGE_ROLE = Operation("access.change_role", ChangeRole, PrincipalChanged, _change_roles)
BOOTSTRAP = Operation("access.bootstrap", Bootstrap, KeyIssued, _bootstrap)

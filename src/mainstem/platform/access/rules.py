"""Pure decisions of access: whether a command is accepted, given what is stored."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from mainstem.kernel.identifiers import CODE_LENGTH_MAX, is_code
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.access.contracts import (
    BAD_PRINCIPAL_NAME,
    EXPIRY_PAST,
    LAST_ADMINISTRATOR,
    NODE_NOT_ALLOWED,
    NODE_REQUIRED,
    PRINCIPAL_EXISTS,
    SCOPE_BEYOND_ROLE,
    UNKNOWN_PERMISSION,
    UNKNOWN_ROLE,
    ChangeRole,
    CreatePrincipal,
    KeyTerms,
)
from mainstem.platform.access.permissions import PERMISSIONS
from mainstem.platform.access.roles import ADMINISTRATOR, ROLES, granted


class Principal(msgspec.Struct, frozen=True):
    """A principal as it is stored."""

    id: int
    name: str
    role: str
    node: int | None


class StoredKey(msgspec.Struct, frozen=True):
    """A key as it is stored, as far as commands need it."""

    id: int
    principal: int
    prefix: str
    revoked_at: datetime | None


def check_creation(command: CreatePrincipal, taken: set[str]) -> Refusal | None:
    """Name, role and node fit; `taken` are the names in use."""
    if not is_code(command.name):
        return refuse(BAD_PRINCIPAL_NAME, "/name", name=command.name[:CODE_LENGTH_MAX])
    if (refusal := _check_binding(command.role, command.node)) is not None:
        return refusal
    return refuse(PRINCIPAL_EXISTS, "/name", name=command.name) if command.name in taken else None


def check_terms(terms: KeyTerms, principal: Principal | None, now: datetime) -> Refusal | None:
    """The principal exists, its role holds every scope, and the key would not be expired at birth."""
    if principal is None:
        return refuse(NOT_FOUND, "/principal", what="principal", id=terms.principal)
    held = granted(principal.role, frozenset())
    for index, scope in enumerate(terms.scopes):
        if scope not in PERMISSIONS:
            return refuse(UNKNOWN_PERMISSION, f"/scopes/{index}", permission=scope)
        if scope not in held:
            return refuse(SCOPE_BEYOND_ROLE, f"/scopes/{index}", role=principal.role, permission=scope)
    if terms.expires_at is not None and terms.expires_at <= now:
        return refuse(EXPIRY_PAST, "/expires_at", expires_at=terms.expires_at.isoformat())
    return None


def check_role_change(command: ChangeRole, principals: Mapping[int, Principal]) -> Refusal | None:
    """The principal exists, role and node fit, and an administrator remains. `principals` holds all administrators."""
    principal = principals.get(command.principal)
    if principal is None:
        return refuse(NOT_FOUND, "/principal", what="principal", id=command.principal)
    if (refusal := _check_binding(command.role, command.node)) is not None:
        return refusal
    leaves = principal.role == ADMINISTRATOR.name != command.role
    others = any(one.role == ADMINISTRATOR.name for one in principals.values() if one.id != principal.id)
    return refuse(LAST_ADMINISTRATOR, "/role", principal=principal.id) if leaves and not others else None


def _check_binding(name: str, node: int | None) -> Refusal | None:
    role = ROLES.get(name)
    if role is None:
        return refuse(UNKNOWN_ROLE, "/role", role=name, roles=", ".join(ROLES))
    if role.bound and node is None:
        return refuse(NODE_REQUIRED, "/node", role=name)
    if node is not None and not role.bound:
        return refuse(NODE_NOT_ALLOWED, "/node", role=name)
    return None

"""Access: who may do what. Permissions, roles, principals, API keys, and who sends a request."""

from mainstem.platform.access.authentication import Authenticator
from mainstem.platform.access.commands import BOOTSTRAP, CHANGE_ROLE, CREATE_PRINCIPAL, ISSUE_KEY, REVOKE_KEY
from mainstem.platform.access.contracts import (
    FORBIDDEN,
    FORBIDDEN_NODE,
    KEY_EXPIRED,
    UNAUTHENTICATED,
    Caller,
    ChangeRole,
    CreatePrincipal,
    IssueKey,
    KeyIssued,
    KeyRevoked,
    KeyRow,
    KeyTerms,
    PrincipalChanged,
    PrincipalRow,
    RevokeKey,
    RoleChanged,
)
from mainstem.platform.access.issuing import Issuance, ensure_administrator, issue, recover_administrator
from mainstem.platform.access.permissions import PERMISSIONS, Permission
from mainstem.platform.access.queries import list_keys, list_principals, roles_of
from mainstem.platform.access.roles import ROLES, Role, matrix_text

OPERATIONS = (CREATE_PRINCIPAL, ISSUE_KEY, REVOKE_KEY, CHANGE_ROLE)
"""The writes of access; run each through `Authenticator.forgetting`, so that this process sees them at once."""

__all__ = [
    "BOOTSTRAP",
    "CHANGE_ROLE",
    "CREATE_PRINCIPAL",
    "FORBIDDEN",
    "FORBIDDEN_NODE",
    "ISSUE_KEY",
    "KEY_EXPIRED",
    "OPERATIONS",
    "PERMISSIONS",
    "REVOKE_KEY",
    "ROLES",
    "UNAUTHENTICATED",
    "Authenticator",
    "Caller",
    "ChangeRole",
    "CreatePrincipal",
    "Issuance",
    "IssueKey",
    "KeyIssued",
    "KeyRevoked",
    "KeyRow",
    "KeyTerms",
    "Permission",
    "PrincipalChanged",
    "PrincipalRow",
    "RevokeKey",
    "Role",
    "RoleChanged",
    "ensure_administrator",
    "issue",
    "list_keys",
    "list_principals",
    "matrix_text",
    "recover_administrator",
    "roles_of",
]
